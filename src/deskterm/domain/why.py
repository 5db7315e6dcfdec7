"""Why: a clock taken apart into the time that counted and the time that did not, each with its cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from deskterm.domain.assignment import Waits
from deskterm.domain.courses import Stretch, stretches
from deskterm.domain.decisions import Because, decisions
from deskterm.domain.events import Event
from deskterm.domain.kinds import State
from deskterm.domain.misses import all_lines
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import ALWAYS, Policy
from deskterm.domain.sla import ClockState, Line, spells_of
from deskterm.domain.terms import Since, measured
from deskterm.domain.ticket import Ticket

NAMES = {
    "first_reply": "First reply",
    "next_reply": "Next reply",
    "update": "Update",
    "resolution": "Resolution",
}
COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Interval:
    """Some time of a clock. `cause` is "counted", the category it stood still in, or why the desk was closed;
    `name` is that of the holiday or special day, or what the desk calls the state; `policy` measured it, as
    that version of the desk's policy.
    """

    start: datetime
    end: datetime
    cause: str
    name: str
    policy: str
    version: int

    @property
    def seconds(self) -> int:
        """How much of it counted."""
        return int((self.end - self.start).total_seconds()) if self.cause == COUNTED else 0


@dataclass(frozen=True, slots=True)
class ClockWhy:
    """One clock explained at a moment. `earlier_seconds` were paused before pauses were kept one by one."""

    target: str
    state: ClockState
    policy: str
    version: int
    calendar: str
    target_seconds: int
    own_target: bool
    used_seconds: int
    started_at: datetime
    due_at: datetime | None
    intervals: tuple[Interval, ...]
    earlier_seconds: int = 0
    added_seconds: int = 0
    """How much of the target was added because the request came in outside hours."""
    judged: str = ""
    """The priority that the ticket had as the target ended, where it has another one now."""


@dataclass(frozen=True, slots=True)
class Why:
    """All that can be explained of a ticket: its clocks, and why it is where it is, or with nobody yet."""

    number: int
    clocks: tuple[ClockWhy, ...]
    decisions: tuple[Because, ...]
    waits: Waits | None = None


def why(
    ticket: Ticket,
    policy: Policy,
    now: datetime,
    events: Sequence[Event] = (),
    agents: Mapping[int, str] | None = None,
    queues: Mapping[int, str] | None = None,
    waits: Waits | None = None,
) -> Why:
    """Explain a ticket at a moment; `events` is its history, `agents` and `queues` the names of ids in it.

    `waits` is what its queue says of one that nobody has been given.
    """
    since = measured(ticket, policy)
    found = tuple(_clock(line, ticket, policy, since, now) for line in all_lines(ticket, policy, events))
    return Why(ticket.number, found, tuple(decisions(events, agents or {}, queues or {})), waits)


def _clock(line: Line, ticket: Ticket, policy: Policy, since: tuple[Since, ...], now: datetime) -> ClockWhy:
    stop = now if line.stopped is None else line.stopped
    running = line.state is None
    still = {"resolution": None, "update": (State.PENDING,)}.get(line.target, ())
    spells = spells_of(ticket) if still is None or still else ()
    end = now if running or line.state is ClockState.PAUSED else stop
    counted = list(stretches(since, line.start, spells, still))
    calendar = line.terms.calendar
    return ClockWhy(
        line.target,
        line.state or ClockState.RUNNING,
        line.terms.name,
        line.terms.version,
        ALWAYS if calendar is None else calendar.name,
        line.seconds,
        any(one.target == line.target for one in ticket.target_overrides),
        line.used(now),
        line.start,
        line.course.reach(line.seconds) if running else None,
        tuple(_intervals(line.start, end, counted, since, ticket, policy)),
        ticket.paused_seconds if line.target == "resolution" else 0,
        line.added,
        line.judged.value if line.judged is not None else "",
    )


def _intervals(
    start: datetime,
    end: datetime,
    counted: Sequence[Stretch],
    since: tuple[Since, ...],
    ticket: Ticket,
    policy: Policy,
) -> Iterator[Interval]:
    """Iterate the time of a clock in order, without a gap: stretches, and the stays between them."""
    at = start
    for stretch in counted:
        if stretch.start >= end:
            break
        if stretch.start > at:
            yield from _stood(at, stretch.start, since, ticket, policy)
        at = end if stretch.end is None or stretch.end > end else stretch.end
        yield from _ran(stretch, at)
    if at < end:
        yield from _stood(at, end, since, ticket, policy)


def _stood(
    start: datetime, end: datetime, since: tuple[Since, ...], ticket: Ticket, policy: Policy
) -> Iterator[Interval]:
    for spell in spells_of(ticket):
        begun, ended = max(start, spell.start), min(end, spell.end or end)
        if begun < ended:
            terms = next((one.terms for one in reversed(since) if one.at <= begun), since[0].terms)
            called = policy.at(terms.version).named.called(spell.state, spell.status)
            yield Interval(begun, ended, spell.state.value, called, terms.name, terms.version)


def _ran(stretch: Stretch, end: datetime) -> Iterator[Interval]:
    terms, calendar = stretch.terms, stretch.terms.calendar
    if calendar is None:
        yield Interval(stretch.start, end, COUNTED, "", terms.name, terms.version)
        return
    found = [
        Interval(span.start, span.end, COUNTED, "", terms.name, terms.version)
        for span in calendar.open_spans(stretch.start, end)
    ]
    found += [
        Interval(span.start, span.end, span.cause.value, span.name, terms.name, terms.version)
        for span in calendar.closed_spans(stretch.start, end)
    ]
    yield from sorted(found, key=lambda one: one.start)


# In words


def told(found: Why, zone: tzinfo) -> list[str]:
    """Return the explanation as lines of plain text, times on the wall of `zone`."""
    said: list[str] = []
    for clock in found.clocks:
        said += [*_head(clock, zone), *(_line(one, clock, zone) for one in clock.intervals), ""]
    if not found.clocks:
        said += ["No target holds for this ticket.", ""]
    if found.waits is not None:
        said += ["Nobody has it yet", f"  {clean_line(found.waits.reason)}"]
        said += [f"  tried again {_when(found.waits.until, zone)}", ""]
    if found.decisions:
        said.append("Decided")
        said += [line for one in found.decisions for line in _decided(one, zone)]
    while said and not said[-1]:
        said.pop()
    return said


def _decided(one: Because, zone: tzinfo) -> Iterator[str]:
    because = f", because {clean_line(one.reason)}" if one.reason else ""
    yield f"  {_when(one.at, zone)}  {clean_line(one.what)}{because}"
    if one.did:
        yield f"      did: {clean_line(' · '.join(one.did))}"
    if one.fired:
        yield f"      fired because: {clean_line(one.fired)}, under policy {one.policy}"


def _head(clock: ClockWhy, zone: tzinfo) -> Iterator[str]:
    left = clock.target_seconds - clock.used_seconds
    own = ", a target of this ticket's own" if clock.own_target else ""
    own += f", as the {clock.judged} it was then" if clock.judged else ""
    # What is left is cut to the minute, as lists cut it: with what was used it makes the target.
    used = (
        clock.used_seconds if left < 0 or clock.used_seconds < 60 else clock.target_seconds - left // 60 * 60
    )
    yield (
        f"{NAMES[clock.target]}: {clock.state.value}, used {span(used)} of {span(clock.target_seconds)}{own}"
    )
    rest = f"{span(left)} left" if left >= 0 else f"{span(-left)} over"
    due = f", due {_when(clock.due_at, zone)}" if clock.due_at is not None else ""
    yield f"  {rest}{due}"
    calendar = clean_line(clock.calendar)
    yield f"  SLA policy {clean_line(clock.policy)} (policy {clock.version}), calendar {calendar}"
    if clock.added_seconds:
        yield f"  target {span(clock.added_seconds)} longer: it came in outside hours"
    if clock.earlier_seconds:
        yield f"  less {span(clock.earlier_seconds)} of earlier pauses, kept as a sum"


def _line(one: Interval, clock: ClockWhy, zone: tzinfo) -> str:
    begin, end = one.start.astimezone(zone), one.end.astimezone(zone)
    upto = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%m-%d %H:%M}"
    cause = COUNTED if one.cause == COUNTED else _cause(one)
    amount = span(one.seconds) if one.cause == COUNTED else "-"
    other = f" (under {clean_line(one.policy)}, policy {one.version})"
    same = (one.policy, one.version) == (clock.policy, clock.version)
    return f"  {begin:%a %m-%d %H:%M} – {upto:<11} {amount:>7}  {cause}{'' if same else other}"


def _cause(one: Interval) -> str:
    name = clean_line(one.name)
    if one.cause in tuple(State):
        said = "on hold" if one.cause == State.HOLD else one.cause
        ended = one.cause in (State.SOLVED, State.CLOSED)
        return f"{'stopped' if ended else 'stood still'}: {said}{f', {name}' if name else ''}"
    return f"closed, {one.cause.replace('_', ' ')}{f': {name}' if name else ''}"


def _when(moment: datetime | None, zone: tzinfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"


def span(seconds: int) -> str:
    """Say a length of time as hours and minutes, seconds only below a minute: 2h05, 0h40, 12s."""
    if 0 < seconds < 60:
        return f"{seconds}s"
    minutes = seconds // 60
    return f"{minutes // 60}h{minutes % 60:02}"
