"""Processes: the steps that tickets of a kind go through, and which stand before solving and closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.people import Role

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.policy import Policy
    from deskterm.domain.query import Query
    from deskterm.domain.ticket import Mark, Ticket

OWNER, LEAD = "owner", "lead"
"""Who does a step that names no agent: who owns the ticket, or the leads of its queue."""

NO_PROCESS = "none"
"""How a policy file and a query say that there is no process."""

LATE = "step:"
"""How an alert begins that says a step's deadline has passed, and the due work that looks for it."""


class Gate(StrEnum):
    """What a required step stands before."""

    SOLVED = "solved"
    CLOSED = "closed"


class StepState(StrEnum):
    """What became of a step; `needless` is one whose condition does not hold for the ticket."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"
    NEEDLESS = "needless"

    @property
    def over(self) -> bool:
        """Say whether nothing is left to do; who refuses leaves the gate shut."""
        return self not in (StepState.OPEN, StepState.REFUSED)


UNDECIDED = (StepState.OPEN, StepState.NEEDLESS)
"""States that are no decision of anybody about a step."""


@dataclass(frozen=True)
class Step:
    """One step of a process.

    `owner` is "owner", "lead" or an agent's login. `within` is how many seconds of business time it may take
    from when it is its turn, None for as long as it takes. `when` is a query: the step is there for tickets
    that it finds alone, "" for all. One with an `approval` is done by the yes of that role, and those after
    it wait for it. `fields` are the form fields that must be filled when it is done.
    """

    name: str
    text: str = ""
    owner: str = OWNER
    required: bool = True
    before: Gate = Gate.SOLVED
    within: int | None = None
    when: str = ""
    approval: Role | None = None
    fields: tuple[str, ...] = ()

    @cached_property
    def query(self) -> Query:
        """Which tickets it is for. Raises QueryError."""
        from deskterm.domain.query_parser import parse

        return parse(self.when)


@dataclass(frozen=True)
class Process:
    """A process template: its steps in order, and the types of tickets that begin it by themselves."""

    name: str
    steps: tuple[Step, ...] = ()
    types: tuple[str, ...] = ()

    def step(self, name: str) -> Step | None:
        """Find a step by its name, whatever the case."""
        wanted = name.strip().casefold()
        return next((step for step in self.steps if step.name.casefold() == wanted), None)


class Stand(NamedTuple):
    """How one step of a ticket stands. `since` is when its turn came, None before; `current` is whose turn it
    is: the first that is not over."""

    step: Step
    state: StepState
    mark: Mark | None
    current: bool
    since: datetime | None

    @property
    def shuts(self) -> bool:
        """Say whether it stands before a gate."""
        return self.step.required and not self.state.over


def process_of(ticket: Ticket, policy: Policy) -> Process | None:
    """Return the process a ticket follows, as it was when the ticket began it; None without one."""
    if not ticket.process:
        return None
    return policy.at(ticket.process_version).process_named(ticket.process)


def marks_of(ticket: Ticket) -> dict[str, Mark]:
    """Return what became of steps, by their names; of two marks of one step the later counts."""
    return {mark.step: mark for mark in sorted(ticket.steps, key=lambda mark: mark.at)}


def stands(ticket: Ticket, policy: Policy) -> tuple[Stand, ...]:
    """Return how each step of a ticket's process stands, in order; none without a process."""
    process = process_of(ticket, policy)
    if process is None:
        return ()
    marks, found = marks_of(ticket), list[Stand]()
    turn, come = ticket.process_since, False
    for step in process.steps:
        mark = marks.get(step.name)
        state = StepState.OPEN if mark is None else StepState(mark.state)
        current, since = not come and not state.over, turn
        if mark is not None and state is StepState.OPEN:
            # It was opened again, or is asked for since: it has its whole time from then on.
            since, mark = max(turn or mark.at, mark.at), None
        found.append(Stand(step, state, mark, current, None if come else since))
        come = come or current
        if mark is not None and turn is not None and state is not StepState.NEEDLESS:
            turn = max(turn, mark.at)
    return tuple(found)


def current(ticket: Ticket, policy: Policy) -> Stand | None:
    """Return the step whose turn it is; None when all are over, or without a process."""
    if not ticket.process:
        return None
    return next((stand for stand in stands(ticket, policy) if stand.current), None)


def step_name(ticket: Ticket, policy: Policy) -> str:
    """Return the name of the step a ticket is at, "" for none: what `step:` asks for."""
    stand = current(ticket, policy)
    return stand.step.name if stand is not None else ""


def shut(ticket: Ticket, policy: Policy, gate: Gate) -> tuple[Stand, ...]:
    """Return the steps that must be over before a ticket passes a gate; closing passes both."""
    if not ticket.process:
        return ()
    gates = (Gate.SOLVED,) if gate is Gate.SOLVED else tuple(Gate)
    return tuple(stand for stand in stands(ticket, policy) if stand.shuts and stand.step.before in gates)


def calendar_of(ticket: Ticket, policy: Policy) -> Calendar | None:
    """Return the calendar that deadlines of a ticket's steps go by, that of its clocks; None: all hours."""
    from deskterm.domain.terms import measured

    return measured(ticket, policy)[-1].terms.calendar


def due_at(stand: Stand, ticket: Ticket, policy: Policy) -> datetime | None:
    """Return when a step whose turn has come is late, by the calendars that the ticket's clocks went by; None
    for one without a deadline, whose turn has not come, or that was refused: it is answered."""
    if stand.step.within is None or stand.since is None or stand.state is StepState.REFUSED:
        return None
    from deskterm.domain.terms import measured

    at, left, parts = stand.since, timedelta(seconds=stand.step.within), measured(ticket, policy)
    for part, following in pairwise((*parts, None)):
        assert part is not None
        until, calendar = following.at if following is not None else None, part.terms.calendar
        if until is not None and until <= at:
            continue
        due = _after(at, left, calendar)
        if until is None or (due is not None and due <= until):
            return due
        # What was used by a calendar that held before stays used.
        left -= until - at if calendar is None else calendar.elapsed(at, until)
        at = until
    return None


def _after(at: datetime, time: timedelta, calendar: Calendar | None) -> datetime | None:
    from deskterm.domain.calendar import BeyondReach

    if calendar is None:
        return at + time
    try:
        return calendar.add(at, time)
    except BeyondReach:
        return None
