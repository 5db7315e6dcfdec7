"""Clocks: a ticket's targets, what they have used, when they are due, and how that is said at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from deskterm.domain.courses import Counted, Course, apart, course, stretches
from deskterm.domain.judging import judged_as
from deskterm.domain.kinds import Priority, Sla, State, status
from deskterm.domain.left import seconds_left
from deskterm.domain.terms import NO_TARGETS, Since, Terms, in_force, measured
from deskterm.domain.ticket import Spell, Ticket, in_order

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
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
    """One target of one ticket at a moment, in seconds of business time; it has a due time while it runs.

    `apart` is the business time since it was due that has not counted, because it stood still.
    """

    target: str
    state: ClockState
    target_seconds: int
    used_seconds: int
    started_at: datetime
    due_at: datetime | None = None
    risk_at: datetime | None = None
    ended_at: datetime | None = None
    calendar: Calendar | None = None
    apart: int = 0

    def left(self, now: datetime) -> float:
        """Return the seconds of business time that are left at `now`, less than none when it is over."""
        if self.due_at is None:
            return self.target_seconds - self.used_seconds
        return seconds_left(self.calendar, self.due_at, now, self.apart)


@dataclass(frozen=True, slots=True)
class Standing:
    """What does not depend on the moment: the nearest running target, or the word for having none.

    `reply` and `solving` are the verdicts on first reply and resolution: a clock's state, or "" without a
    target. One that runs is missed from its due time on. `started_at` is when it would have begun if nothing
    had stood still. `left_seconds` is what a paused one has left, and of one that runs what has not counted
    since it was due.
    """

    rest: Sla
    target: str = ""
    due_at: datetime | None = None
    risk_at: datetime | None = None
    started_at: datetime | None = None
    left_seconds: int | None = None
    reply: str = ""
    reply_due_at: datetime | None = None
    solving: str = ""
    solving_due_at: datetime | None = None
    calendar: Calendar | None = None
    """By which the nearest running target is counted, None around the clock."""

    def at(self, now: datetime) -> Sla:
        """Say how the ticket stands at `now`."""
        return status(self.rest, self.due_at, self.risk_at, now)


class Line:
    """One target of a ticket with the course of its time: all that its clock, its alarms and its why need.

    `state` is None while it runs; `stopped` is when it last stood still or ended. `judged` is the priority
    that the ticket had as the target ended, None when it runs or the ticket has that one still. `added` of
    its `seconds` are there because the request came in outside hours.
    """

    __slots__ = (
        "added",
        "course",
        "ended",
        "judged",
        "seconds",
        "start",
        "state",
        "stopped",
        "target",
        "terms",
    )

    def __init__(
        self,
        target: str,
        seconds: int,
        start: datetime,
        course: Course,
        terms: Terms,
        state: ClockState | None = None,
        stopped: datetime | None = None,
        ended: datetime | None = None,
    ) -> None:
        self.target = target
        self.seconds = seconds
        self.start = start
        self.course = course
        self.terms = terms
        self.state = state
        self.stopped = stopped
        self.ended = ended
        self.judged: Priority | None = None
        self.added = 0

    @property
    def risk_at(self) -> datetime:
        """When it is at risk while nothing stops it."""
        return self.course.reach(self.terms.at_risk(self.target, self.seconds))

    def used(self, now: datetime) -> int:
        """Return the seconds used by now."""
        return max(0, int(self.course.used(now if self.stopped is None else self.stopped).total_seconds()))

    def clock(self, now: datetime) -> Clock:
        """Return it as it is seen at a moment."""
        used = self.used(now)
        if self.state is not None:
            return Clock(self.target, self.state, self.seconds, used, self.start, ended_at=self.ended)
        due, calendar = self.course.reach(self.seconds), self.terms.calendar
        return Clock(
            self.target,
            ClockState.RUNNING,
            self.seconds,
            used,
            self.start,
            due,
            self.risk_at,
            None,
            calendar,
            self.apart(due),
        )

    def apart(self, due_at: datetime) -> int:
        """Return the business time since it was due that has not counted."""
        return apart(self.course, self.terms.calendar, self.seconds, due_at)


def clocks(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Clock, ...]:
    """Return the clocks of a ticket at `now`, in the order first reply, next reply, update, resolution.

    First reply never pauses and ends with the first public reply of an agent; a ticket that is solved
    without one cancels it when its time was not up, and closing without solving cancels both. Resolution
    keeps the time used across pauses, reopening and changes of priority, calendar and policy (SEMANTICS S3,
    S6, S10). No update is due before the first reply (S7), and no reply while an agent spoke last (S8).
    """
    return tuple(line.clock(now) for line in lines(ticket, policy))


def lines(ticket: Ticket, policy: Policy) -> list[Line]:
    """Return the targets of a ticket with the course of each."""
    since = measured(ticket, policy)
    now = since[-1].terms
    targets = now.targets.get(ticket.priority, NO_TARGETS)
    own = dict(ticket.target_overrides) if ticket.target_overrides else {}
    # One measure all the way needs no stretches: this is every ticket of a desk that has set nothing.
    plain = len(since) == 1 or all(
        one.terms.calendar == now.calendar and one.terms.effects == now.effects for one in since
    )
    spells = spells_of(ticket)
    found: list[Line] = []
    line = _first_reply(ticket, since, own, plain)
    if line is not None:
        found.append(line)
    if ticket.first_replied_at is not None and not now.silences(ticket):
        seconds = own.get("next_reply", targets.next_reply)
        if seconds is not None and ticket.waiting_since is not None:
            runs = _straight(ticket.waiting_since, since, plain)
            found.append(_longer(Line("next_reply", seconds, ticket.waiting_since, runs, now), own))
        seconds = own.get("update", targets.update)
        if seconds is not None and ticket.active and ticket.replied_at is not None:
            found.append(_update(ticket, ticket.replied_at, seconds, since, spells, plain))
    solved_as = ticket.priority
    if not ticket.active and ticket.solved_at is not None:
        solved_as = judged_as(ticket, "resolution", ticket.solved_at)
        targets = now.targets.get(solved_as, NO_TARGETS)
    seconds = own.get("resolution", targets.resolution)
    if seconds is not None:
        line = _resolution(ticket, seconds, since, spells, plain, own)
        line.judged = solved_as if solved_as is not ticket.priority else None
        found.append(line)
    return found


def spells_of(ticket: Ticket) -> tuple[Spell, ...]:
    """Return the stays in order; what an older event left as `paused_at` is the last of them."""
    if ticket.paused_at is None:
        return in_order(ticket.spells) if len(ticket.spells) > 1 else tuple(ticket.spells)
    return (*in_order(ticket.spells), Spell(ticket.paused_at, ticket.state, None, ticket.status))


def _longer(line: Line, own: dict[str, int]) -> Line:
    """Return a line with what its SLA policy adds outside hours, unless its target is the ticket's own."""
    if line.terms.out_of_hours and line.target not in own:
        line.added = line.terms.added(line.start)
        line.seconds += line.added
    return line


def _straight(start: datetime, since: tuple[Since, ...], plain: bool) -> Course:
    """The course of a clock that nothing stops."""
    if plain:
        return course(since[-1].terms.calendar, start, ())
    return Counted(tuple(stretches(since, start, (), ())))


def _first_reply(ticket: Ticket, since: tuple[Since, ...], own: dict[str, int], plain: bool) -> Line | None:
    ended = ticket.first_replied_at or (None if ticket.active else ticket.solved_at or ticket.closed_at)
    if ended is None and not ticket.active:
        ended = ticket.updated_at
    terms = since[-1].terms if ended is None else in_force(since, ended)
    priority = ticket.priority if ended is None else judged_as(ticket, "first_reply", ended)
    targets = terms.targets.get(priority, NO_TARGETS)
    seconds = own.get("first_reply", targets.first_reply)
    if seconds is None:
        return None
    line = Line("first_reply", seconds, ticket.created_at, _straight(ticket.created_at, since, plain), terms)
    line = _longer(line, own)
    if ended is not None:
        missed = line.course.used(ended) >= timedelta(seconds=line.seconds)
        line.state = ClockState.MISSED if missed else ClockState.MET
        if ticket.first_replied_at is None and (not missed or _closed_without_solving(ticket)):
            line.state = _let_go(ticket, missed)
        line.stopped = line.ended = ended
        line.judged = priority if priority is not ticket.priority else None
    return line


def _update(
    ticket: Ticket,
    start: datetime,
    seconds: int,
    since: tuple[Since, ...],
    spells: tuple[Spell, ...],
    plain: bool,
) -> Line:
    """The next update is due so long after the last public reply; it is not while the customer is asked."""
    waits = [spell for spell in spells if spell.state is State.PENDING and (spell.end or start) >= start]
    runs: Course
    if plain:
        runs = course(since[-1].terms.calendar, start, waits)
    else:
        runs = Counted(tuple(stretches(since, start, waits, (State.PENDING,))))
    line = Line("update", seconds, start, runs, since[-1].terms)
    if waits and waits[-1].end is None:
        line.state, line.stopped = ClockState.PAUSED, max(waits[-1].start, start)
    return line


def _resolution(
    ticket: Ticket,
    seconds: int,
    since: tuple[Since, ...],
    spells: tuple[Spell, ...],
    plain: bool,
    own: dict[str, int],
) -> Line:
    start, terms = ticket.created_at, since[-1].terms
    runs: Course
    last = spells[-1] if spells and spells[-1].end is None and terms.stands_still(spells[-1]) else None
    if plain:
        stays = (spell for spell in spells if terms.stands_still(spell))
        runs = course(terms.calendar, start, stays, ticket.paused_seconds)
    else:
        runs = Counted(tuple(stretches(since, start, spells)), ticket.paused_seconds)
    line = _longer(Line("resolution", seconds, start, runs, terms), own)
    if ticket.active:
        if last is not None:
            line.state, line.stopped = ClockState.PAUSED, last.start
            if isinstance(runs, Counted) and runs.stretches:
                # It may have run there until another policy came.
                line.stopped = max(last.start, runs.stretches[-1].end or last.start)
        return line
    ended = ticket.solved_at or ticket.closed_at or ticket.updated_at
    line.stopped = last.start if last is not None else ended
    line.ended = line.stopped if ticket.paused_at is not None else ended
    missed = runs.used(line.stopped) >= timedelta(seconds=line.seconds)
    if _closed_without_solving(ticket):
        line.state = _let_go(ticket, missed)
    else:
        line.state = ClockState.MISSED if missed else ClockState.MET
    return line


def _let_go(ticket: Ticket, missed: bool) -> ClockState:
    """What becomes of a clock that nothing was done for: merging takes no miss away (SEMANTICS M2)."""
    return ClockState.MISSED if missed and ticket.merged_into is not None else ClockState.CANCELLED


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
    nearest: Line | None = None
    due_at: datetime | None = None
    paused: Line | None = None
    reply = solving = ""
    reply_due = solving_due = None
    resolution: ClockState | None = None
    for line in lines(ticket, policy):
        due = None
        if line.state is None:
            due = line.course.reach(line.seconds)
            if due_at is None or (due, line.target) < (due_at, nearest.target if nearest else ""):
                nearest, due_at = line, due
        elif line.state is ClockState.PAUSED:
            paused = line
        if line.target == "first_reply":
            reply, reply_due = (line.state or ClockState.RUNNING).value, due
        elif line.target == "resolution":
            resolution = line.state
            solving, solving_due = (line.state or ClockState.RUNNING).value, due
            if line.state is ClockState.PAUSED and line.used(ticket.updated_at) >= line.seconds:
                solving = ClockState.MISSED.value
    verdicts = (reply, reply_due, solving, solving_due)
    if nearest is not None and due_at is not None:
        calendar, begun, stood = nearest.terms.calendar, nearest.course.as_begun(), nearest.apart(due_at)
        risk_at = nearest.risk_at
        return Standing(Sla.NONE, nearest.target, due_at, risk_at, begun, stood or None, *verdicts, calendar)
    if paused is not None:
        left = paused.seconds - paused.used(ticket.updated_at)
        return Standing(Sla.PAUSED, "", None, None, None, left, *verdicts)
    rest = Sla.NONE
    if ticket.imported_sla is not None and not ticket.active:
        rest = Sla.MET if ticket.imported_sla else Sla.MISSED
    elif resolution in (ClockState.MET, ClockState.MISSED):
        rest = Sla.MET if resolution is ClockState.MET else Sla.MISSED
    return Standing(rest, "", None, None, None, None, *verdicts)
