"""Due work: what is to be recorded about a ticket's clocks on their way, each level once, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from deskterm.domain.sla import lines

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy
    from deskterm.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class DueWork:
    """Something to be done when a time comes; `what` is "clock:TARGET:LEVEL"."""

    what: str
    at: datetime


def due_work(ticket: Ticket, policy: Policy) -> tuple[DueWork, ...]:
    """Return what the scheduler must record about a ticket's clocks: each level once, when its time comes."""
    if not ticket.active:
        return ()
    return tuple(
        DueWork(f"clock:{line.target}:{level}", line.course.reach(after))
        for line in lines(ticket, policy)
        if line.state is None
        for level, after in line.terms.levels(line.target, line.seconds)
        if f"{line.target}:{level}" not in ticket.alerts
    )


def reached(ticket: Ticket, policy: Policy, target: str, level: str, now: datetime) -> bool:
    """Say whether a running clock of the ticket is that far."""
    return any(
        line.course.reach(after) <= now
        for line in lines(ticket, policy)
        if line.target == target and line.state is None
        for name, after in line.terms.levels(target, line.seconds)
        if name == level
    )


def stale_alerts(ticket: Ticket, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return recorded alerts that are not true any more: their clock is not that far (again), or its wait is
    over, and the next one rings anew however soon."""
    if not ticket.alerts:
        return ()
    stale = {
        f"{line.target}:{level}"
        for line in lines(ticket, policy)
        if line.state is None
        for level, after in line.terms.levels(line.target, line.seconds)
        if now < line.course.reach(after)
    }
    if ticket.active and ticket.waiting_since is None:
        stale |= {name for name in ticket.alerts if name.startswith("next_reply:")}
    return tuple(sorted(stale & ticket.alerts))
