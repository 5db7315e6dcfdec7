"""What a rule may need to know beside its ticket, read inside the walk that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from deskterm.domain import commands as c
from deskterm.domain.kinds import Priority
from deskterm.domain.people import DESK
from deskterm.storage import board_reads, journal, tickets, worktime

if TYPE_CHECKING:
    from datetime import tzinfo

    from deskterm.domain.facts import Facts
    from deskterm.domain.policy import Policy
    from deskterm.domain.query import Query
    from deskterm.domain.ticket import Ticket
    from deskterm.store.dispatch import Walk


def desk_zone(policy: Policy) -> tzinfo:
    """The zone in whose days conditions are asked: that of the desk's calendar."""
    return ZoneInfo(policy.calendar_named("").zone)


def asks(walk: Walk) -> Callable[[Ticket, Query], bool] | None:
    """Return what says whether the desk finds a ticket by a query; None on a desk that never had SLA policies
    and processes: tickets go on with a process that is not in the policy any more."""
    if not (walk.policy.sla or walk.policy.processes or walk.policy.version > 1):
        return None

    last: tuple[Ticket, Facts] | None = None

    def holds(ticket: Ticket, query: Query) -> bool:
        nonlocal last
        from deskterm.domain.matching import matches
        from deskterm.storage.facts import facts

        if last is None or last[0] is not ticket:
            # What one condition had to look up, the next ones know: of SLA policies, and of steps.
            last = ticket, facts(walk.connection, ticket, walk.directory, DESK, walk.policy)
        return matches(query, last[1], DESK, walk.now, desk_zone(walk.policy))

    return holds


def urgent(walk: Walk, command: c.SetPriority | c.Create) -> dict[str, Any]:
    """Return how many active tickets are P1, and all, when an agent overrides a priority to it."""
    if command.priority is not Priority.P1:
        return {}
    return _urgent(walk, command.tickets if isinstance(command, c.SetPriority) else ())


def urgent_by_macro(walk: Walk, command: c.UseMacro, ticket: Ticket) -> dict[str, Any]:
    """Return the same when a macro makes a ticket P1."""
    from deskterm.domain.macros import makes_p1

    if not makes_p1(command.actions_for(ticket.number), ticket.priority):
        return {}
    return _urgent(walk, command.tickets)


def _urgent(walk: Walk, selected: Sequence[int]) -> dict[str, Any]:
    if walk.actor.agent is None:
        return {}
    if walk.urgent is None:
        # Counted once for a selection, which is one decision: it is within the share as a whole, or not.
        others = board_reads.others(walk.connection, selected)
        walk.urgent = (*board_reads.urgent(walk.connection, tuple(walk.hidden)), others)
    p1, active, others = walk.urgent
    return {"urgent": (p1, active), "urging": others}


def known(walk: Walk, command: c.TicketCommand, number: int) -> dict[str, Any]:
    """Return what only some commands look at: unseen messages, snoozes, the ticket's history."""
    connection = walk.connection
    found: dict[str, Any] = {}
    if isinstance(command, c.Reply) and (seen := command.seen_on(number)) is not None:
        found["unseen"] = tickets.newer_messages(connection, number, seen, walk.actor.id)
    if isinstance(command, c.Snooze | c.SnoozeDue | c.Receive | c.ClockDue):
        found["snoozes"] = tickets.snoozes_of(connection, number)
    if isinstance(command, c.SetPriority):
        found |= urgent(walk, command)
    if isinstance(command, c.LogTime):
        found["entry"] = worktime.next_entry(connection)
    if isinstance(command, c.Recount | c.Rejudge):
        found["history"] = journal.of_ticket(connection, number)
    return found
