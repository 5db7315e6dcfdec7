"""The time worked on a ticket from any screen: its entries, and recording, changing and deleting one."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line
from deskterm.domain.time_words import time_words
from deskterm.domain.wording import which
from deskterm.domain.worktime import Entry, read_day, read_worked, rounded, summary
from deskterm.ui.dialogs import kept
from deskterm.ui.dialogs.choice_list import Choice
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.worked import TimeForm
from deskterm.ui.screens.targets import Targets, subject
from deskterm.ui.timekeeper import keeper_of

if TYPE_CHECKING:
    from deskterm.domain.views import TicketView
    from deskterm.ui.screens.timing import Timing
    from deskterm.ui.timekeeper import Taken

CHANGE, DELETE = "change", "delete"


async def look_at_time(screen: Targets) -> None:
    """List a ticket's entries; what is chosen is changed or deleted, or a new one is recorded."""
    numbers, view = await screen.meant()
    if not numbers:
        return
    if view is None or not view.worked:
        await _new(screen, numbers, view)
        return
    zone = screen.desk.zone
    choices: list[Choice[Entry | None]] = [Choice(None, "record time", "by hand", glyph="+", style="$accent")]
    choices += [
        Choice(one, _line(one, zone), _beside(one, numbers[0]), words=one.worked.text)
        for one in reversed(view.worked)
    ]
    title = f"Time worked on #{numbers[0]}: {summary(view.worked)}"
    chosen = await screen.ask(Choose(title, choices, detail=subject(view)))
    if chosen is None:
        return
    if chosen.value is None:
        await _new(screen, numbers, view)
    else:
        await _about(screen, chosen.value)


def _line(one: Entry, zone: tzinfo) -> str:
    at = one.worked.at.astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M}  {time_words(one.worked.seconds):>6}  {clean_line(one.agent, 30)}"


def _beside(one: Entry, number: int) -> str:
    told = [one.worked.text, "timer" * one.worked.timed]
    told.append(f"changed by {one.changed_by}" if one.changed_by else "")
    told.append(f"#{one.ticket}" if one.ticket != number else "")
    return clean_line(" · ".join(filter(None, told)), 120)


async def _new(screen: Targets, numbers: tuple[int, ...], view: TicketView | None) -> None:
    now, zone, key = screen.store.now(), screen.desk.zone, f"time {which(numbers)}"
    form = TimeForm(f"Record time on {which(numbers)}", now, zone, detail=subject(view), keep_as=key)
    answer = await screen.ask(form)
    if answer is None:
        return
    at = read_day(answer["when"], now, zone) if answer["when"].strip() else None
    command = c.LogTime(numbers, read_worked(answer["long"]), answer["text"], at)
    screen.send(command, None, keep_as=key)


async def _about(screen: Targets, one: Entry) -> None:
    """Change or delete an entry, where the agent may."""
    mine = one.worked.agent == screen.store.actor.id
    if not mine and not screen.store.actor.may(Role.LEAD):
        screen.status(f"This is {one.agent}'s time: that needs a lead", error=True, hint="ask a lead")
        return
    choices = [Choice(CHANGE, "change it"), Choice(DELETE, "delete it", "u takes that back")]
    chosen = await screen.ask(Choose(_line(one, screen.desk.zone), choices, detail=one.worked.text))
    if chosen is None:
        return
    if chosen.value == DELETE:
        screen.run_command(c.RemoveTime((one.ticket,), one.worked.id))
    else:
        await _change(screen, one)


async def _change(screen: Targets, one: Entry) -> None:
    now, zone, key = screen.store.now(), screen.desk.zone, f"time entry {one.worked.id}"
    long, when = time_words(one.worked.seconds), f"{one.worked.at.astimezone(zone):%Y-%m-%d %H:%M}"
    long = "1m" if long.startswith("<") else long
    form = TimeForm(
        f"Change {one.agent}'s time on #{one.ticket}",
        now,
        zone,
        long=long,
        when=when,
        text=one.worked.text,
        keep_as=key,
        verb="change",
    )
    answer = await screen.ask(form)
    if answer is None:
        return
    # What was left as it stood keeps its seconds, which are not written.
    seconds = read_worked(answer["long"]) if answer["long"] != long else None
    at = read_day(answer["when"], now, zone) if answer["when"] != when else None
    text = answer["text"] if answer["text"] != one.worked.text else None
    if seconds is None and at is None and text is None:
        return
    command = c.ChangeTime((one.ticket,), one.worked.id, seconds, text, at)
    screen.run_command(command, lambda outcome: kept.forget(screen.app, key))


async def ask_time(screen: Timing, taken: Taken) -> None:
    """Ask for the time that was counted until a reply or a solution; left unanswered, it is counted on."""
    keeper = keeper_of(screen.desk)
    counted = max(1, round(rounded(taken.seconds, keeper.settings) / 60)) * 60
    title = f"Time worked on #{taken.ticket}"
    answer = await screen.ask(TimeForm(title, screen.store.now(), screen.desk.zone, long=time_words(counted)))
    if answer is None:
        keeper.give_back(taken)
        return
    at = read_day(answer["when"], screen.store.now(), screen.desk.zone) if answer["when"].strip() else None
    seconds = read_worked(answer["long"])
    command = c.LogTime((taken.ticket,), seconds, answer["text"], at)
    screen.run_command(command, lambda outcome: keeper.forget(taken))
