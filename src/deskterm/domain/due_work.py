"""Due work: what is to be recorded about a ticket's clocks on their way, each level once, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from deskterm.domain.kinds import State
from deskterm.domain.process import LATE, current, due_at
from deskterm.domain.sla import lines

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy
    from deskterm.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class DueWork:
    """Something to be done when a time comes; `what` is "clock:TARGET:LEVEL" or "step:NAME"."""

    what: str
    at: datetime


def due_work(ticket: Ticket, policy: Policy) -> tuple[DueWork, ...]:
    """Return what the scheduler must record about a ticket: each level of its clocks, and the lateness of the
    step it is at, once, when its time comes."""
    steps = _step_work(ticket, policy) if ticket.process else ()
    if not ticket.active:
        return steps
    return steps + tuple(
        DueWork(f"clock:{line.target}:{level}", line.course.reach(after))
        for line in lines(ticket, policy)
        if line.state is None
        for level, after in line.terms.levels(line.target, line.seconds)
        if f"{line.target}:{level}" not in ticket.alerts
    )


def _step_work(ticket: Ticket, policy: Policy) -> tuple[DueWork, ...]:
    stand = current(ticket, policy)
    if stand is None or ticket.voided or ticket.state is State.CLOSED:
        return ()
    at = due_at(stand, ticket, policy)
    name = f"{LATE}{stand.step.name}"
    return () if at is None or name in ticket.alerts else (DueWork(name, at),)


def _late(ticket: Ticket, policy: Policy, now: datetime) -> str:
    """Return what is recorded of the step a ticket is at when that is late, "" when it is not."""
    stand = current(ticket, policy)
    at = due_at(stand, ticket, policy) if stand is not None else None
    return f"{LATE}{stand.step.name}" if stand is not None and at is not None and at <= now else ""


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
    steps = {name for name in ticket.alerts if name.startswith(LATE)}
    if steps:
        stale |= steps - {_late(ticket, policy, now)}
    if ticket.active and ticket.waiting_since is None:
        stale |= {name for name in ticket.alerts if name.startswith("next_reply:")}
    return tuple(sorted(stale & ticket.alerts))
