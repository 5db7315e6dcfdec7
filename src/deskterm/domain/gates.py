"""Gates: the required steps of a process that stand before solving and before closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deskterm.domain.errors import NotAllowed, Refused
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.kinds import ACTIVE, State
from deskterm.domain.people import Role
from deskterm.domain.process import UNDECIDED, Gate, Step, StepState, marks_of, process_of, shut
from deskterm.domain.proposal import Situation
from deskterm.domain.step_marks import decided
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
    if before.state is after.state and followed(before) == followed(after):
        return
    if after.state is State.SOLVED:
        # What is begun, or asked for, while a ticket is solved keeps it from closing alone.
        if before.state is not State.SOLVED or (
            before.process == after.process and decisions(before) != decisions(after)
        ):
            refuse_shut(after, situation, Gate.SOLVED)
    elif after.state is State.CLOSED and after.close_reason in AFTER_SOLVING:
        refuse_shut(after, situation, Gate.CLOSED)
    elif after.merged_into is not None and after.solved_at is not None:
        # Unmerging brings it back as it was merged: solved.
        refuse_shut(after, situation, Gate.SOLVED)


def refuse_undecided(before: Ticket, after: Ticket, situation: Situation) -> None:
    """Refuse to take back, or do again, a decision on an approval to those who may not decide it, and what
    leaves marks of steps that there would not be. Raises NotAllowed, Refused."""
    process = process_of(after, situation.policy)
    names = {step.name for step in process.steps} if process is not None else set()
    if followed(before) != followed(after):
        strange = sorted(
            name for name, mark in marks_of(after).items() if decided(mark) and name not in names
        )
        if strange and not after.voided:
            raise Refused(f"#{after.number}: {listed(strange)} was marked since", field="steps")
    if process is None or followed(before)[:2] != followed(after)[:2]:
        return
    was, now = marks_of(before), marks_of(after)
    for step in process.steps:
        marks = (was.get(step.name), now.get(step.name))
        if marks[0] != marks[1] and any(mark is not None and decided(mark) for mark in marks):
            refuse_approval(step, situation)


def refuse_approval(step: Step, situation: Situation) -> None:
    """Refuse to decide on an approval to those whose role does not. Raises NotAllowed."""
    actor = situation.actor
    if step.approval is not None and (actor.agent is None or not actor.may(step.approval)):
        whom = {Role.LEAD: "a lead", Role.ADMIN: "an admin"}.get(step.approval, "an agent")
        raise NotAllowed(f"{actor.name} may not decide on {step.name}: that needs {whom}", hint=f"ask {whom}")


def decisions(ticket: Ticket) -> tuple[int, frozenset[Mark]]:
    """Return what people said of the steps of a ticket, and of which version of its process these are."""
    return ticket.process_version, frozenset(mark for mark in ticket.steps if decided(mark))


def followed(ticket: Ticket) -> tuple[str, int, frozenset[Mark]]:
    """Return what a ticket follows and what became of it: with the same, the same gates are shut."""
    return ticket.process, ticket.process_version, ticket.steps


def needless(ticket: Ticket, situation: Situation) -> tuple[Change, ...]:
    """Return the change that follows where conditions of steps hold, or no longer hold, for a ticket."""
    process = process_of(ticket, situation.policy)
    if process is None or ticket.state is State.CLOSED or ticket.voided or situation.asks is None:
        return ()
    asked = ticket if ticket.state in ACTIVE else replace(ticket, state=State.OPEN)
    held, marks = marks_of(ticket), list[tuple[Mark | None, Mark]]()
    for step in process.steps:
        mark = held.get(step.name)
        if not step.when.strip() or (mark is not None and StepState(mark.state) not in UNDECIDED):
            continue
        wanted, needed = situation.asks(asked, step.query), mark is None or mark.state == StepState.OPEN
        if wanted is not needed:
            state = StepState.OPEN if wanted else StepState.NEEDLESS
            marks.append((mark, Mark(step.name, state.value, situation.now, 0)))
    if not marks:
        return ()
    gone = in_order(before for before, _ in marks if before is not None)
    come = in_order(after for _, after in marks)
    return (Change("steps", gone, come),)


def listed(names: Sequence[str]) -> str:
    """Say several things in a row: "Fix, Root cause and Docs check"."""
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
