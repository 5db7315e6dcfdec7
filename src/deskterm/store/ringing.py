"""Reminders in their transaction: set, dismissed, and rung once their time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.escalation import hold_over, owner_or_leads
from deskterm.domain.events import Change
from deskterm.domain.kinds import State
from deskterm.domain.people import Actor, Role
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import Ring
from deskterm.storage import desk_rows, tickets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deskterm.domain.ticket import Ticket
    from deskterm.storage.due import Due
    from deskterm.store.dispatch import Walk


def remind(walk: Walk, command: c.Remind) -> None:
    """Set a reminder, for oneself or a colleague. Raises Refused, NotFound."""
    agent = command.agent if command.agent is not None else walk.actor.id
    whom = walk.directory.agents.get(agent) if agent is not None else None
    if whom is None or not whom.active:
        raise NotFound("a reminder needs an agent to ring for", field="agent")
    if command.at <= walk.now:
        raise Refused("that time has passed", field="at")
    if command.ticket is not None:
        ticket = walk.load(command.ticket)
        if ticket.voided:
            raise Refused(f"#{ticket.number} was taken back", hint="redo brings it back")
        if ticket.queue in walk.directory.hidden(Actor(whom)):
            raise Refused(f"{whom.login} may not see #{ticket.number}", field="agent")
    text = clean_line(command.text).strip()
    number = tickets.add_reminder(
        walk.connection, agent=whom.id, ticket=command.ticket, at=command.at, text=text, by=walk.actor.id
    )
    _record(walk, command.ticket, "reminder", Change(f"reminder:{number}", None, "pending"))


def dismiss(walk: Walk, command: c.DismissReminder) -> None:
    """Take a reminder away before it rings. Raises Refused, NotFound."""
    found = desk_rows.reminder(walk.connection, command.reminder)
    if found is None or (
        walk.actor.id not in (found["agent_id"], found["created_by"]) and not walk.actor.may(Role.LEAD)
    ):
        raise NotFound(f"there is no reminder {command.reminder}", field="reminder")
    if found["state"] != "pending":
        raise Refused(f"reminder {command.reminder} is {found['state']} already")
    change = Change(f"reminder:{command.reminder}", "pending", "cancelled")
    _record(walk, found["ticket"], "reminder", change)


def rung(walk: Walk, number: int) -> None:
    """Record that a reminder rang, unless it was dismissed since."""
    found = desk_rows.reminder(walk.connection, number)
    if found is not None and found["state"] == "pending":
        _record(walk, found["ticket"], "reminded", Change(f"reminder:{number}", "pending", "fired"))


def set_all(walk: Walk, ticket: int, rings: Iterable[Ring]) -> list[Change]:
    """Store reminders of a ticket and return the changes that make them ring."""
    return [
        Change(f"reminder:{_added(walk, ticket, ring, walk.actor.id)}", None, "pending") for ring in rings
    ]


def held_until(walk: Walk, item: Due, ticket: Ticket) -> None:
    """Tell its owner that a hold is over, unless it was put to another time since."""
    if ticket.state is not State.HOLD or ticket.hold_until != item.at:
        return
    told = owner_or_leads(ticket, walk.situation())
    rings = [Ring(agent.id, item.at, hold_over(ticket)) for agent in told]
    numbers = [_added(walk, ticket.number, ring, None) for ring in rings]
    changes = tuple(Change(f"reminder:{number}", None, "fired") for number in numbers)
    if changes:
        walk.apply(ticket, ticket.number, "reminded", changes)


def _added(walk: Walk, ticket: int, ring: Ring, by: int | None) -> int:
    return tickets.add_reminder(
        walk.connection, agent=ring.agent, ticket=ticket, at=ring.at, text=ring.text, by=by
    )


def _record(walk: Walk, ticket: int | None, kind: str, *changes: Change) -> None:
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
    """Make a reminder's row be what a change says."""
    number = int(change.field.partition(":")[2])
    tickets.set_reminder_state(walk.connection, number, change.after or "cancelled")
