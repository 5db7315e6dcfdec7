"""Steps as they are shown: with whose each is, until when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.left import seconds_left
from deskterm.domain.process import OWNER, Step, StepState, calendar_of, due_at, stands

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.policy import Policy
    from deskterm.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step. `whose` is a login, "lead" or "admin", "" when nobody owns the ticket; `by`, `at` and `text`
    say who marked it, when, and what was said. `due_at` is when it is late, None unless it is its turn, by
    `calendar`, None around the clock.
    """

    step: Step
    state: StepState
    current: bool
    whose: str
    by: str = ""
    at: datetime | None = None
    text: str = ""
    due_at: datetime | None = None
    calendar: Calendar | None = None

    def late(self, now: datetime) -> bool:
        """Say whether its deadline has passed."""
        return self.due_at is not None and self.due_at <= now

    def left(self, now: datetime) -> float:
        """Return the seconds of business time until it is late, less than none when it is."""
        return 0.0 if self.due_at is None else seconds_left(self.calendar, self.due_at, now)

    @property
    def shuts(self) -> bool:
        """Say whether it stands before a gate."""
        return self.step.required and not self.state.over


class Stepped(NamedTuple):
    """A ticket with the steps of the process it follows, none without one."""

    ticket: Ticket
    steps: tuple[StepLine, ...]


def step_lines(ticket: Ticket, policy: Policy, names: Mapping[int, str]) -> tuple[StepLine, ...]:
    """Return the steps of a ticket's process in order; `names` are logins by agent."""
    owner = names.get(ticket.owner or 0, "")
    found = []
    for stand in stands(ticket, policy):
        step, mark = stand.step, stand.mark
        due = due_at(stand, ticket, policy) if stand.current else None
        whose = step.approval.value if step.approval else owner if step.owner == OWNER else step.owner
        found.append(
            StepLine(
                step,
                stand.state,
                stand.current,
                whose,
                names.get(mark.agent, "") if mark is not None else "",
                mark.at if mark is not None else None,
                mark.text if mark is not None else "",
                due,
                calendar_of(ticket, policy) if due is not None else None,
            )
        )
    return tuple(found)
