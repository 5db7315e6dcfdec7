"""Stepping: following a process, marking its steps, and whose they are, also when one is late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deskterm.domain import process as p
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.escalation import leads, may_see, owner_or_leads
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.form_fields import form_changes
from deskterm.domain.gates import listed, needless, refuse_approval
from deskterm.domain.kinds import State
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line
from deskterm.domain.process import LATE, Gate, Stand, Step, StepState
from deskterm.domain.process_commands import FollowProcess, MarkStep, StepDue
from deskterm.domain.proposal import Proposal, Ring, Situation, changed, stamp
from deskterm.domain.step_marks import decided
from deskterm.domain.ticket import Mark, Ticket, in_order

if TYPE_CHECKING:
    from deskterm.domain.people import Agent
    from deskterm.domain.policy import Policy
    from deskterm.domain.process import Process

LONGEST_TEXT = 500
"""Characters of what is said of a step."""


# Which process


def follow_process(command: FollowProcess, ticket: Ticket, situation: Situation) -> Proposal:
    """Begin, change or leave a process; what became of steps that the new one has too stays."""
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed", field="state", hint="reopen it first")
    reason = clean_line(command.reason).strip()
    wanted = clean_line(command.process).strip()
    found = situation.policy.process_named(wanted) if wanted else None
    if wanted and found is None:
        known = ", ".join(one.name for one in situation.policy.processes)
        hint = f"one of {known}" if known else "an admin adds one to the policy"
        raise NotFound(f"there is no process {wanted!r}", field="process", hint=hint)
    held = p.process_of(ticket, situation.policy)
    if found is None and not ticket.process:
        raise Refused(f"#{ticket.number} follows no process", field="process")
    if found is not None and found == held:
        raise Refused(f"#{ticket.number} follows {found.name} already", field="process")
    other = found is None or found.name.casefold() != ticket.process.casefold()
    if ticket.process and other and not (reason or command.by):
        raise Refused(f"#{ticket.number}: leaving {ticket.process} needs a reason", field="reason")
    steps = () if found is None or other else _going_on(found, held)
    gone = in_order(mark for mark in ticket.steps if mark.step not in steps)
    changes = list(
        changed(
            ticket,
            process=found.name if found is not None else "",
            process_version=situation.policy.version if found is not None else 0,
            process_since=None if found is None else ticket.process_since if not other else situation.now,
        )
    )
    changes += [Change("steps", gone, ())] if gone else []
    changes += stamp(reason or command.by)
    return _with_rings("process", tuple(changes), ticket, situation)


def _going_on(process: Process, held: Process | None) -> tuple[str, ...]:
    """Return the names of the steps that stay as they stand: what became an approval is yet to be given."""
    before = {step.name: step.approval for step in held.steps} if held is not None else {}
    return tuple(step.name for step in process.steps if before.get(step.name) == step.approval)


def begun(ticket: Ticket) -> bool:
    """Say whether somebody has done, skipped or refused a step of its process."""
    return any(decided(mark) for mark in ticket.steps)


def by_type(before: Ticket | None, ticket: Ticket, policy: Policy) -> FollowProcess | None:
    """Return what lets a ticket follow the process of its type when it was opened or its type was changed;
    None when it follows that, or one that somebody chose or began."""
    if not policy.processes or ticket.voided or ticket.state is State.CLOSED:
        return None
    if before is not None and before.type == ticket.type:
        return None
    usual = policy.process_for(ticket.type)
    former = policy.process_for(before.type) if before is not None else None
    held = ticket.process.casefold()
    if held and (former is None or former.name.casefold() != held or begun(ticket)):
        return None
    wanted = usual.name if usual is not None else ""
    if wanted.casefold() == held:
        return None
    return FollowProcess((ticket.number,), wanted, by=f"its type is {ticket.type}")


# Its steps


def mark_step(command: MarkStep, ticket: Ticket, situation: Situation) -> Proposal:
    """Say what became of a step. Raises Refused, NotFound, NotAllowed."""
    stand = _found(command.step, ticket, situation.policy)
    step, state = stand.step, StepState(command.state)
    _refuse_ended(ticket, step, state)
    said = clean_line(command.text, LONGEST_TEXT + 1).strip()
    if len(said) > LONGEST_TEXT:
        raise Refused(f"what is said of a step has at most {LONGEST_TEXT} characters", field="text")
    _may_mark(stand, state, situation)
    filled = form_changes(command.values, ticket)
    if state is stand.state and not (state is StepState.DONE and filled):
        raise Refused(f"#{ticket.number}: {step.name} is {state} already", field="step")
    if state is StepState.DONE:
        _refuse_early(stand, ticket, situation.policy)
        held = dict(evolve(ticket, _event(filled, ticket, situation)).fields)
        empty = [name for name in step.fields if not held.get(name)]
        if empty:
            raise Refused(
                f"#{ticket.number}: {step.name} is done when {listed(empty)} {_are(empty)} filled",
                field=f"field.{empty[0]}",
                hint=f"fill field.{empty[0]} with it",
            )
    if state in (StepState.SKIPPED, StepState.REFUSED) and not said:
        verb = "skipping" if state is StepState.SKIPPED else "refusing"
        raise Refused(f"#{ticket.number}: {verb} {step.name} needs a reason", field="text")
    before = in_order(mark for mark in ticket.steps if mark.step == step.name)
    agent = situation.actor.id or 0
    after = (Mark(step.name, state.value, situation.now, agent, said),)
    # Fields that are filled later leave when it was done, by whom, and what was said as it is.
    steps = () if state is stand.state and not said else (Change("steps", before, after),)
    return _with_rings("step", (*steps, *filled), ticket, situation)


def _found(name: str, ticket: Ticket, policy: Policy) -> Stand:
    """Return the step that is meant, by its name or its place from 1 on."""
    there = p.stands(ticket, policy)
    wanted = clean_line(name).strip().casefold()
    for place, stand in enumerate(there, 1):
        if wanted in (stand.step.name.casefold(), str(place)):
            return stand
    if not there:
        raise Refused(f"#{ticket.number} follows no process", field="step", hint="begin one first")
    known = ", ".join(stand.step.name for stand in there)
    raise NotFound(f"#{ticket.number}: {ticket.process} has no step {name!r}", field="step", hint=known)


def _refuse_ended(ticket: Ticket, step: Step, state: StepState) -> None:
    """Refuse what would make a gate untrue that a ticket has passed."""
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed", field="state", hint="reopen it first")
    shuts = step.required and step.before is Gate.SOLVED and not state.over
    if ticket.state is State.SOLVED and shuts:
        raise Refused(
            f"#{ticket.number} is solved, and {step.name} stands before that",
            field="state",
            hint="reopen it first",
        )


def _may_mark(stand: Stand, state: StepState, situation: Situation) -> None:
    step = stand.step
    if state is StepState.NEEDLESS or stand.state is StepState.NEEDLESS:
        raise Refused(f"{step.name} is not for this ticket: {step.when}", field="step")
    if step.approval is None:
        if state is StepState.REFUSED:
            raise Refused(f"{step.name} is no approval: nobody can refuse it", field="step", hint="skip it")
        return
    refuse_approval(step, situation)


def _refuse_early(stand: Stand, ticket: Ticket, policy: Policy) -> None:
    """Nothing is done that waits for a yes which was not given."""
    for other in p.stands(ticket, policy):
        if other.step is stand.step:
            return
        if other.step.approval is not None and other.shuts:
            was = "was refused" if other.state is StepState.REFUSED else "is not given yet"
            raise Refused(
                f"#{ticket.number}: {stand.step.name} waits for {other.step.name}, which {was}", field="step"
            )


def _event(changes: Sequence[Change], ticket: Ticket, situation: Situation) -> Event:
    return Event(ticket.version, 0, ticket.number, "step", situation.now, None, "", "", tuple(changes))


# What time and other changes do


def step_due(command: StepDue, ticket: Ticket, situation: Situation) -> Proposal | None:
    """Record that a step is late, once, and tell whose it is; None when it is not (any more)."""
    stand, name = p.current(ticket, situation.policy), f"{LATE}{command.step}"
    if stand is None or stand.step.name != command.step or name in ticket.alerts:
        return None
    if ticket.state is State.CLOSED or ticket.voided:
        return None
    at = p.due_at(stand, ticket, situation.policy)
    if at is None or at > situation.now:
        return None
    text = f"{stand.step.name} is late ({ticket.process})"
    rings = tuple(Ring(agent.id, situation.now, text) for agent in whose(stand.step, ticket, situation))
    return Proposal("step_late", (Change("alerts", (), (name,)),), rings=rings)


def whose(step: Step, ticket: Ticket, situation: Situation) -> list[Agent]:
    """Return whose a step is: who is told that its turn has come, and that it is late."""
    here = [agent for agent in situation.agents.values() if agent.active]
    if step.approval is Role.ADMIN:
        return [agent for agent in here if agent.role is Role.ADMIN and may_see(agent, ticket, situation)]
    if step.owner == p.LEAD or step.approval is Role.LEAD:
        return leads(ticket, situation)
    named = [agent for agent in here if agent.login.casefold() == step.owner.casefold()]
    if named and may_see(named[0], ticket, situation):
        return named
    return owner_or_leads(ticket, situation)


def _with_rings(kind: str, changes: tuple[Change, ...], ticket: Ticket, situation: Situation) -> Proposal:
    """Return a proposal that tells whose step it is now, unless they do it themselves or own the ticket: what
    is its owner's is part of the ticket, and rings for nobody while nobody owns it."""
    after = evolve(ticket, _event(changes, ticket, situation))
    # Conditions are looked at with what follows: a step that is not for this ticket rings for nobody.
    for change in needless(after, situation):
        after = evolve(after, _event((change,), after, situation))
    was, now = p.current(ticket, situation.policy), p.current(after, situation.policy)
    owners = now is not None and now.step.owner == p.OWNER and now.step.approval is None
    if now is None or owners or (was is not None and was.step == now.step):
        return Proposal(kind, changes)
    told = _others(whose(now.step, after, situation), after, situation)
    text = f"{now.step.name} is yours now ({after.process})"
    return Proposal(kind, changes, rings=tuple(Ring(agent, situation.now, text) for agent in told))


def _others(agents: Iterable[Agent], ticket: Ticket, situation: Situation) -> list[int]:
    return [agent.id for agent in agents if agent.id not in (situation.actor.id, ticket.owner)]


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
