"""Clocks: a ticket's targets, what they have used, when they are due, and how that is said at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from deskterm.domain.kinds import ACTIVE, Sla, State, status
from deskterm.domain.ticket import Ticket

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy


class ClockState(StrEnum):
    """Where a clock stands (CONTRACT section 3)."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Clock:
    """One target of one ticket at a moment, in seconds. `due_at` and `risk_at` are None unless it runs."""

    target: str
    state: ClockState
    target_seconds: int
    used_seconds: int
    started_at: datetime
    due_at: datetime | None = None
    risk_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What does not depend on the moment: the nearest running target, or the word for having none."""

    rest: Sla
    target: str = ""
    due_at: datetime | None = None
    risk_at: datetime | None = None
    started_at: datetime | None = None
    left_seconds: int | None = None

    def at(self, now: datetime) -> Sla:
        """Say how the ticket stands at `now`."""
        return status(self.rest, self.due_at, self.risk_at, now)


@dataclass(frozen=True, slots=True)
class DueWork:
    """Something to be done when a time comes; `what` is "clock:TARGET:LEVEL"."""

    what: str
    at: datetime


def pauses(state: State, policy: Policy) -> bool:
    """Say whether the resolution clock stands still in a state: pending, hold by policy, and once solved."""
    return state not in ACTIVE or state is State.PENDING or (state is State.HOLD and policy.hold_pauses)


def clocks(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Clock, ...]:
    """Return the clocks of a ticket at `now`, in the order first reply, next reply, resolution.

    First reply never pauses and ends with the first public reply of an agent; a ticket that is solved
    without one cancels it when its time was not up, and closing without solving cancels both. Resolution
    keeps the time used across pauses, reopening and changes of priority (SEMANTICS S3, S6).
    """
    targets = policy.targets[ticket.priority]
    found: list[Clock] = []
    if targets.first_reply is not None:
        found.append(_first_reply(ticket, targets.first_reply, policy, now))
    if (
        targets.next_reply is not None
        and ticket.waiting_since is not None
        and ticket.first_replied_at is not None
    ):
        found.append(_running("next_reply", ticket.waiting_since, 0, targets.next_reply, policy, now))
    if targets.resolution is not None:
        found.append(_resolution(ticket, targets.resolution, policy, now))
    return tuple(found)


def _over(start: datetime, end: datetime, allowed: int) -> bool:
    """Say whether a clock's time was up at its end: the same moment at which it breaches while it runs."""
    return end - start >= timedelta(seconds=allowed)


def _running(name: str, start: datetime, paused: int, target: int, policy: Policy, now: datetime) -> Clock:
    due = start + timedelta(seconds=target + paused)
    risk = start + timedelta(seconds=int(target * policy.risk) + paused)
    used = max(0, int((now - start).total_seconds()) - paused)
    return Clock(name, ClockState.RUNNING, target, used, start, due, risk)


def _first_reply(ticket: Ticket, target: int, policy: Policy, now: datetime) -> Clock:
    name, start = "first_reply", ticket.created_at
    ended = ticket.first_replied_at or (None if ticket.active else ticket.solved_at or ticket.closed_at)
    if ended is None and not ticket.active:
        ended = ticket.updated_at
    if ended is None:
        return _running(name, start, 0, target, policy, now)
    used = max(0, int((ended - start).total_seconds()))
    state = ClockState.MISSED if _over(start, ended, target) else ClockState.MET
    if ticket.first_replied_at is None and (state is ClockState.MET or _closed_without_solving(ticket)):
        state = ClockState.CANCELLED
    return Clock(name, state, target, used, start, ended_at=ended)


def _resolution(ticket: Ticket, target: int, policy: Policy, now: datetime) -> Clock:
    name, start = "resolution", ticket.created_at
    if ticket.active and ticket.paused_at is None:
        return _running(name, start, ticket.paused_seconds, target, policy, now)
    stopped = ticket.paused_at or ticket.solved_at or ticket.closed_at or ticket.updated_at
    used = max(0, int((stopped - start).total_seconds()) - ticket.paused_seconds)
    if ticket.active:
        return Clock(name, ClockState.PAUSED, target, used, start)
    if _closed_without_solving(ticket):
        return Clock(name, ClockState.CANCELLED, target, used, start, ended_at=stopped)
    met = ClockState.MISSED if _over(start, stopped, target + ticket.paused_seconds) else ClockState.MET
    return Clock(name, met, target, used, start, ended_at=stopped)


def _closed_without_solving(ticket: Ticket) -> bool:
    return (
        ticket.state is State.CLOSED
        and ticket.solved_at is None
        and ticket.close_reason not in ("", "confirmed", "no answer")
    )


def standing(ticket: Ticket, policy: Policy) -> Standing:
    """Summarise a ticket for lists: its nearest running target, else paused, met, missed or none.

    An imported ticket carries the verdict of the system it came from once it has ended.
    """
    all_clocks = clocks(ticket, policy, ticket.updated_at)
    running = [clock for clock in all_clocks if clock.due_at is not None]
    if running:
        nearest = min(running, key=lambda clock: (clock.due_at, clock.target))
        return Standing(Sla.NONE, nearest.target, nearest.due_at, nearest.risk_at, nearest.started_at)
    by_name = {clock.target: clock for clock in all_clocks}
    resolution = by_name.get("resolution")
    if ticket.active and resolution is not None:
        return Standing(Sla.PAUSED, left_seconds=resolution.target_seconds - resolution.used_seconds)
    if ticket.imported_sla is not None:
        return Standing(Sla.MET if ticket.imported_sla else Sla.MISSED)
    if resolution is None or resolution.state is ClockState.CANCELLED:
        return Standing(Sla.NONE)
    return Standing(Sla.MET if resolution.state is ClockState.MET else Sla.MISSED)


def due_work(ticket: Ticket, policy: Policy) -> tuple[DueWork, ...]:
    """Return what the scheduler must record about a ticket's clocks: each level once, when its time comes."""
    if not ticket.active:
        return ()
    work: list[DueWork] = []
    for clock in clocks(ticket, policy, ticket.updated_at):
        if clock.due_at is None:
            continue
        for level, at in (("at_risk", clock.risk_at), ("breached", clock.due_at)):
            if at is not None and f"{clock.target}:{level}" not in ticket.alerts:
                work.append(DueWork(f"clock:{clock.target}:{level}", at))
    return tuple(work)


def stale_alerts(ticket: Ticket, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return recorded alerts that are not true any more: their running clock is not that far (again)."""
    stale: list[str] = []
    for clock in clocks(ticket, policy, now):
        if clock.due_at is None or clock.risk_at is None:
            continue
        if now < clock.due_at:
            stale.append(f"{clock.target}:breached")
        if now < clock.risk_at:
            stale.append(f"{clock.target}:at_risk")
    return tuple(name for name in stale if name in ticket.alerts)
