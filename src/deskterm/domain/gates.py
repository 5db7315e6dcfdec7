"""Gates: the required steps of a process that stand before solving and before closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deskterm.domain.errors import Refused
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.kinds import ACTIVE, State
from deskterm.domain.process import Gate, StepState, marks_of, process_of, shut
from deskterm.domain.proposal import Situation
from deskterm.domain.ticket import Mark, Ticket, in_order

AFTER_SOLVING = ("confirmed", "no answer")
"""The reasons to close that follow solving: any other ends a ticket without it, and passes no gate."""


def left(ticket: Ticket, situation: Situation, gate: Gate) -> list[str]:
    """Return the names of the steps that stand before a gate, conditions looked at as they hold now."""
    if not ticket.process:
        return []
    follow = Event(0, 0, ticket.number, "settled", situation.now, None, "", "", needless(ticket, situation))
    return [stand.step.name for stand in shut(evolve(ticket, follow), situation.policy, gate)]


def refuse_shut(ticket: Ticket, situation: Situation, gate: Gate) -> None:
    """Refuse what required steps stand before, naming them. Raises Refused."""
    names = left(ticket, situation, gate)
    if names:
        verb = "solving" if gate is Gate.SOLVED else "closing"
        raise Refused(
            f"#{ticket.number}: before {verb}, {ticket.process} asks for {listed(names)}",
            field="steps",
            hint="mark them as done, or skip them with a reason",
        )


def refuse_untrue(before: Ticket, after: Ticket, situation: Situation) -> None:
    """Refuse to take back, or do again, what leaves a ticket behind a gate that is shut. Raises Refused."""
    if before.state is after.state and before.steps == after.steps and before.process == after.process:
        return
    if after.state is State.SOLVED:
        refuse_shut(after, situation, Gate.SOLVED)
    elif after.state is State.CLOSED and after.close_reason in AFTER_SOLVING:
        refuse_shut(after, situation, Gate.CLOSED)


def needless(ticket: Ticket, situation: Situation) -> tuple[Change, ...]:
    """Return the change that follows where conditions of steps hold, or no longer hold, for a ticket."""
    process = process_of(ticket, situation.policy)
    if process is None or ticket.state is State.CLOSED or ticket.voided or situation.asks is None:
        return ()
    asked = ticket if ticket.state in ACTIVE else replace(ticket, state=State.OPEN)
    held, marks = marks_of(ticket), list[tuple[Mark | None, Mark | None]]()
    for step in process.steps:
        mark = held.get(step.name)
        if not step.when.strip() or (mark is not None and mark.state != StepState.NEEDLESS):
            continue
        wanted = situation.asks(asked, step.query)
        if wanted and mark is not None:
            marks.append((mark, None))
        if not wanted and mark is None:
            marks.append((None, Mark(step.name, StepState.NEEDLESS.value, situation.now, 0)))
    if not marks:
        return ()
    gone = in_order(before for before, _ in marks if before is not None)
    come = in_order(after for _, after in marks if after is not None)
    return (Change("steps", gone, come),)


def listed(names: Sequence[str]) -> str:
    """Say several things in a row: "Fix, Root cause and Docs check"."""
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
