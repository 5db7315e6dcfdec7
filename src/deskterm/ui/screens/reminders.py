"""My reminders and the recurring tickets from any screen: what is to come, what rang, and ending either."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line
from deskterm.domain.recurrence import zone_name
from deskterm.domain.views import RecurringLine
from deskterm.ui.dialogs import kept
from deskterm.ui.dialogs.choice_list import Choice
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.remind import FreeReminder, changed, local_time, reminder

if TYPE_CHECKING:
    from datetime import tzinfo

    from deskterm.domain.views import ReminderLine
    from deskterm.ui.screens.everywhere import Everywhere


class Seen(NamedTuple):
    """Take the mark off a reminder that rang."""

    reminder: int


class Edit(NamedTuple):
    """Change a reminder or a recurring ticket."""

    line: ReminderLine | RecurringLine


class New(NamedTuple):
    """Set something new: a reminder, or a recurring ticket."""

    ticket: bool


async def look_at_reminders(screen: Everywhere) -> None:
    """List what rings for me and what is opened again and again; what is chosen is asked about."""
    store, zone = screen.store, screen.desk.zone
    try:
        reminders = await asyncio.to_thread(store.reminders)
        recurring = await asyncio.to_thread(store.recurring)
    except DeskError as error:
        screen.status(error.message, error=True, hint=error.hint)
        return
    choices: list[Choice[New | ReminderLine | RecurringLine]] = [
        Choice(line, _reminder(line, zone), line.recurs or "rang" * (line.state == "fired"))
        for line in reminders
    ]
    choices += [Choice(line, _recurring(line, zone), line.recurs) for line in recurring]
    choices.append(Choice(New(ticket=False), "new reminder", "for me or a colleague, about no ticket", "+"))
    if store.actor.may(Role.AGENT):
        choices.append(Choice(New(ticket=True), "new recurring ticket", "opened again and again", "+"))
    detail = "z on a ticket sets one about it" if not reminders else ""
    chosen = await screen.ask(Choose("Reminders and recurring tickets", choices, detail=detail))
    if chosen is None:
        return
    value = chosen.value
    if isinstance(value, New):
        await (_recurring_form(screen) if value.ticket else _new_reminder(screen))
    else:
        await _about(screen, value)


def _reminder(line: ReminderLine, zone: tzinfo) -> str:
    mark = "●" if line.state == "fired" else "◷"
    about = f"#{line.ticket} " if line.ticket else ""
    return clean_line(f"{mark} {local_time(line.at, zone)}  {about}{line.text or 'have a look'}", 90)


def _recurring(line: RecurringLine, zone: tzinfo) -> str:
    at = local_time(line.next_at, zone) if line.next_at is not None else "never"
    return clean_line(f"↻ {at}  {line.subject} ({line.queue})", 90)


async def _about(screen: Everywhere, line: ReminderLine | RecurringLine) -> None:
    """Ask what to do with one of them."""
    opens = isinstance(line, RecurringLine)
    ticket = line.last_ticket if isinstance(line, RecurringLine) else line.ticket
    choices: list[Choice[c.Command | Seen | Edit | int]] = []
    if ticket:
        choices.append(Choice(ticket, f"open #{ticket}", "the last one" if opens else ""))
    if not isinstance(line, RecurringLine) and line.state == "fired" and not line.seen and line.ticket:
        choices.append(Choice(Seen(line.id), "it is seen", "takes the mark off the row"))
    if isinstance(line, RecurringLine):
        choices.append(Choice(c.EndRecurring(line.id), "end it", "no more are opened"))
    elif line.recurs:
        if line.state == "pending":
            choices.append(
                Choice(c.DismissReminder(line.id), "leave this one out", "it rings the time after")
            )
        choices.append(Choice(c.DismissReminder(line.id, end=True), "end it", "it rings no more"))
    elif line.state == "pending":
        choices.append(Choice(c.DismissReminder(line.id), "dismiss it", "it does not ring"))
    if isinstance(line, RecurringLine) or line.state == "pending":
        choices.append(Choice(Edit(line), "change it", "when, what, for whom"))
    if not choices:
        return
    words = line.subject if isinstance(line, RecurringLine) else line.text
    chosen = await screen.ask(Choose(clean_line(words, 60) or "Reminder", choices, detail=line.recurs))
    if chosen is None:
        return
    if isinstance(chosen.value, Edit):
        edited = chosen.value.line
        await (
            _recurring_form(screen, edited) if isinstance(edited, RecurringLine) else _change(screen, edited)
        )
    elif isinstance(chosen.value, Seen):
        await screen.desk.alarms.acknowledge(chosen.value.reminder)
    elif isinstance(chosen.value, int):
        screen.open_ticket(chosen.value)
    else:
        screen.run_command(chosen.value)


async def _new_reminder(screen: Everywhere) -> None:
    people = await asyncio.to_thread(screen.store.people)
    logins = {agent.login.casefold(): agent.id for agent in people.agents.values() if agent.active}
    now, zone = screen.store.now(), screen.desk.zone
    form = FreeReminder(now, zone, sorted(logins))
    answer = await screen.ask(form)
    if answer is not None:
        agent = logins.get(answer["whom"].strip().casefold())
        command = reminder(answer, now, zone, None, agent)
        screen.run_command(command, lambda outcome: kept.forget(screen.app, form.keep_as))


async def _change(screen: Everywhere, line: ReminderLine) -> None:
    people = await asyncio.to_thread(screen.store.people)
    logins = {agent.login.casefold(): agent.id for agent in people.agents.values() if agent.active}
    now, zone = screen.store.now(), screen.desk.zone
    answer = await screen.ask(FreeReminder(now, zone, sorted(logins), line))
    if answer is not None:
        agent = logins.get(answer["whom"].strip().casefold(), screen.store.actor.id)
        screen.run_command(changed(answer, line, now, zone, agent))


async def _recurring_form(screen: Everywhere, line: RecurringLine | None = None) -> None:
    from deskterm.ui.dialogs.new_ticket import command_from
    from deskterm.ui.dialogs.recurring import KEEP_AS, RecurringTicket
    from deskterm.ui.screens.opening import in_order, with_reasons

    store, zone, me = screen.store, screen.desk.zone, screen.store.actor.agent
    people = await asyncio.to_thread(store.people)
    policy = await asyncio.to_thread(lambda: store.policy)
    queues = in_order(list(people.queues.values()), me)
    requester = (me.address or me.login) if me is not None else ""
    try:
        held = await asyncio.to_thread(store.recurring_ticket, line.id) if line is not None else None
    except DeskError as error:
        screen.status(error.message, error=True, hint=error.hint)
        return
    names = [queue.name for queue in queues]
    queue = next((each.name for each in queues if line is not None and each.key == line.queue), "")
    form = RecurringTicket(
        names, store.now(), zone, requester=requester, policy=policy, line=line, ticket=held, queue=queue
    )
    answer = await screen.ask(form)
    ticket = await with_reasons(screen, command_from(answer), policy) if answer is not None else None
    if answer is None or ticket is None:
        return
    if line is not None and held is not None:
        # What the form does not ask for stays as it was.
        kept_parts = {
            name: getattr(held, name) for name in ("organization", "category", "component", "fields", "owner")
        }
        every = "" if answer["every"].strip() == line.recurs else answer["every"]
        if ticket.priority == held.priority and not ticket.reason:
            kept_parts |= {"reason": held.reason, "beyond": held.beyond}
        screen.run_command(c.ChangeRecurring(line.id, replace(ticket, **kept_parts), every, zone_name(zone)))
    else:
        command = c.AddRecurring(ticket, answer["every"], zone_name(zone))
        screen.run_command(command, lambda outcome: kept.forget(screen.app, KEEP_AS))
