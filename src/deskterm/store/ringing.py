"""Reminders in their transaction: set, dismissed, and rung, on the screen or by mail when nobody is there."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.escalation import hold_over, owner_or_leads
from deskterm.domain.events import Change
from deskterm.domain.kinds import State
from deskterm.domain.people import Actor, Agent, Role
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import Ring, stamp
from deskterm.domain.recurrence import BusinessDay, parse_recurrence, stored
from deskterm.storage import desk_rows, outbox, sessions, tickets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deskterm.domain.ticket import Ticket
    from deskterm.storage.due import Due
    from deskterm.store.dispatch import Walk


# Setting and dismissing


def remind(walk: Walk, command: c.Remind) -> None:
    """Set a reminder, for oneself or a colleague, once or again and again. Raises Refused, NotFound."""
    _record(walk, command.ticket, "reminder", (_set(walk, command),))


def change(walk: Walk, command: c.ChangeReminder) -> str:
    """Let another reminder ring in place of one, and say what was changed. Raises Refused, NotFound."""
    found = _mine(walk, command.reminder)
    if found["state"] != "pending":
        raise Refused(f"reminder {command.reminder} is {found['state']} already", hint="set a new one")
    text = found["text"] if command.text is None else clean_line(command.text).strip()
    agent = found["agent_id"] if command.agent is None else command.agent
    at, every, zone = command.at, command.every, command.zone
    if not every and at in (None, found["at"]):
        if (text, agent) == (found["text"], found["agent_id"]):
            raise Refused("that is so already")
        every, zone = found["recurs"], found["zone"]
        at = None if every else found["at"]
    anew = c.Remind(at, text, found["ticket"], agent, every, zone)
    gone = Change(f"reminder:{found['id']}", "pending", "cancelled")
    _record(walk, found["ticket"], "reminder", (gone, _set(walk, anew)))
    return (
        f"Changed a reminder on #{found['ticket']}" if found["ticket"] is not None else "Changed a reminder"
    )


def _set(walk: Walk, command: c.Remind) -> Change:
    """Store a reminder and return the change that makes it ring."""
    agent = command.agent if command.agent is not None else walk.actor.id
    whom = walk.directory.agents.get(agent) if agent is not None else None
    if whom is None or not whom.active:
        raise NotFound("a reminder needs an agent to ring for", field="agent")
    queue = None
    if command.ticket is not None:
        ticket = walk.load(command.ticket)
        queue = ticket.queue
        if ticket.voided:
            raise Refused(f"#{ticket.number} was taken back", hint="redo brings it back")
        if ticket.queue in walk.directory.hidden(Actor(whom)):
            raise Refused(f"{whom.login} may not see #{ticket.number}", field="agent")
    at, recurs, zone = command.at, "", ""
    if command.every:
        known, zone = zone_of(walk, command.zone)
        found = parse_recurrence(command.every, walk.now, known)
        at, recurs = found.next(walk.now, known, business_days(walk, queue)), str(found)
    if at is None or at <= walk.now:
        raise Refused("that never comes" if command.every else "that time has passed", field="at")
    text = clean_line(command.text).strip()
    number = tickets.add_reminder(
        walk.connection,
        agent=whom.id,
        ticket=command.ticket,
        at=at,
        text=text,
        by=walk.actor.id,
        recurs=recurs,
        zone=zone,
    )
    return Change(f"reminder:{number}", None, "pending")


def _mine(walk: Walk, number: int) -> dict[str, Any]:
    """Return a reminder that the actor may change: theirs, set by them, or a lead's to change."""
    found = desk_rows.reminder(walk.connection, number)
    if found is None or (
        walk.actor.id not in (found["agent_id"], found["created_by"]) and not walk.actor.may(Role.LEAD)
    ):
        raise NotFound(f"there is no reminder {number}", field="reminder")
    return found


def dismiss(walk: Walk, command: c.DismissReminder) -> None:
    """Take a reminder away before it rings; one that recurs rings the time after, unless it is to end."""
    found = _mine(walk, command.reminder)
    if found["state"] != "pending" and found["recurs"]:
        found = desk_rows.pending_of(walk.connection, found["series"] or found["id"]) or found
    if found["state"] != "pending":
        raise Refused(f"reminder {command.reminder} is {found['state']} already")
    changes = [Change(f"reminder:{found['id']}", "pending", "cancelled")]
    if found["recurs"] and not command.end:
        changes += _following(walk, found, max(walk.now, found["at"]))
    _record(walk, found["ticket"], "reminder", tuple(changes))


def set_all(walk: Walk, ticket: int, rings: Iterable[Ring]) -> list[Change]:
    """Store reminders of a ticket and return the changes that make them ring."""
    return [
        Change(f"reminder:{_added(walk, ticket, ring, walk.actor.id)}", None, "pending") for ring in rings
    ]


# Ringing


def rung(walk: Walk, number: int) -> None:
    """Record that a reminder rang, unless it was dismissed since; one that recurs is set anew."""
    found = desk_rows.reminder(walk.connection, number)
    if found is None or found["state"] != "pending":
        return
    agent, said = walk.directory.agents.get(found["agent_id"]), []
    changes = [Change(f"reminder:{number}", "pending", "fired")]
    if found["recurs"] and agent is not None and agent.active:
        loaded = tickets.load(walk.connection, found["ticket"]) if found["ticket"] is not None else None
        if loaded is not None and (loaded.voided or loaded.state is State.CLOSED):
            said.append("it rings no more: the ticket is closed")
        else:
            zone, _ = zone_of(walk, found["zone"])
            days = business_days(walk, loaded.queue if loaded is not None else None)
            missed = stored(found["recurs"]).missed(found["at"], walk.now, zone, days)
            said += [f"{missed} more missed meanwhile"] if missed else []
            changes += _following(walk, found, max(walk.now, found["at"]))
    ring = Ring(found["agent_id"], found["at"], found["text"])
    _tell(walk, found["ticket"], [ring], changes, said)


def ring_now(walk: Walk, ticket: int | None, rings: Iterable[Ring]) -> None:
    """Ring at once, as something that has come due rings."""
    told = list(rings)
    changes = [Change(f"reminder:{_added(walk, ticket, ring, None)}", None, "fired") for ring in told]
    if changes:
        _tell(walk, ticket, told, changes, [])


def held_until(walk: Walk, item: Due, ticket: Ticket) -> None:
    """Tell its owner that a hold is over, unless it was put to another time since."""
    if ticket.state is State.HOLD and ticket.hold_until == item.at:
        told = owner_or_leads(ticket, walk.situation())
        ring_now(walk, ticket.number, [Ring(agent.id, item.at, hold_over(ticket)) for agent in told])


def _tell(
    walk: Walk, ticket: int | None, rings: Iterable[Ring], changes: list[Change], said: list[str]
) -> None:
    """Record that reminders rang; who has no screen open is mailed, and what nobody can be mailed is said."""
    for ring in rings:
        agent = walk.directory.agents.get(ring.agent)
        if agent is None or not agent.active or sessions.is_here(walk.connection, agent.id, walk.now):
            continue
        if agent.address:
            changes += _mail(walk, ticket, agent, ring)
        else:
            said.append(f"{agent.login} is not here and has no address: not mailed")
    _record(walk, ticket, "reminded", (*changes, *stamp("; ".join(said))))


def _mail(walk: Walk, ticket: int | None, agent: Agent, ring: Ring) -> list[Change]:
    about = tickets.load(walk.connection, ticket) if ticket is not None else None
    if about is not None and about.queue in walk.directory.hidden(Actor(agent)):
        return []
    text = ring.text or "have a look"
    lines = [f"{text}"]
    subject = f"Reminder: {text}"
    if about is not None:
        subject = f"Reminder: #{about.number} {text}"
        lines.append(f"#{about.number} {about.subject} ({about.priority}, {about.state})")
    zone, _ = zone_of(walk, "")
    local = ring.at.astimezone(zone)
    lines.append(f"It was set for {local:%a %Y-%m-%d %H:%M %Z} and rang while no screen of yours was open.")
    number = outbox.add(
        walk.connection,
        "mail",
        agent.address,
        ticket=ticket,
        rule="",
        at=walk.now,
        subject=clean_line(subject, 200),
        text="\n\n".join(lines) + "\n",
    )
    return [Change(f"outbox:{number}", None, outbox.QUEUED)]


# The calendar and the clock on the wall


def zone_of(walk: Walk, name: str) -> tuple[tzinfo, str]:
    """Return a zone and its name; the desk's for "" and for one that is not known here."""
    desk = walk.policy.calendar_named("").zone
    for each in (name, desk):
        try:
            return ZoneInfo(each), each
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC"), "UTC"


def business_days(walk: Walk, queue: int | None) -> BusinessDay:
    """Return what says whether a date is a business day: by a queue's calendar, else by the desk's."""
    team = walk.directory.queues.get(queue or 0)
    calendar = walk.policy.queue_calendar(team.key) if team is not None else walk.policy.calendar_named("")
    return calendar.is_business_day


def _following(walk: Walk, found: dict[str, Any], after: datetime) -> list[Change]:
    """Store the next reminder of a series and return the change that sets it; nothing after the last."""
    zone, _ = zone_of(walk, found["zone"])
    loaded = tickets.load(walk.connection, found["ticket"]) if found["ticket"] is not None else None
    days = business_days(walk, loaded.queue if loaded is not None else None)
    at = stored(found["recurs"]).next(after, zone, days)
    if at is None:
        return []
    number = tickets.add_reminder(
        walk.connection,
        agent=found["agent_id"],
        ticket=found["ticket"],
        at=at,
        text=found["text"],
        by=found["created_by"],
        recurs=found["recurs"],
        zone=found["zone"],
        series=found["series"] or found["id"],
    )
    return [Change(f"reminder:{number}", None, "pending")]


# In rows and on histories


def _added(walk: Walk, ticket: int | None, ring: Ring, by: int | None) -> int:
    return tickets.add_reminder(
        walk.connection, agent=ring.agent, ticket=ticket, at=ring.at, text=ring.text, by=by
    )


def _record(walk: Walk, ticket: int | None, kind: str, changes: tuple[Change, ...]) -> None:
    """Put changes of reminders on their ticket's history, or on the desk's when they are free."""
    if ticket is not None:
        loaded = tickets.load(walk.connection, ticket)
        if loaded is not None:
            walk.apply(loaded, ticket, kind, changes)
            return
    for change in changes:
        put(walk, change)
    walk.append(None, kind, changes)


def put(walk: Walk, change: Change) -> None:
    """Make a reminder's row, or that of a mail, be what a change says."""
    head, _, number = change.field.partition(":")
    if head == "reminder":
        tickets.set_reminder_state(walk.connection, int(number), change.after or "cancelled", walk.now)
    elif head == "outbox":
        outbox.put_state(walk.connection, int(number), change.after or "cancelled", walk.now)
