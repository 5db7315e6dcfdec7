"""Doubts about processes: what nothing begins, whose step nobody does, and conditions that never hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from deskterm.domain.kinds import State
from deskterm.domain.people import Role
from deskterm.domain.plan import Plan
from deskterm.domain.policy import Policy
from deskterm.domain.policy_certain import Warned, all_of, facts_of
from deskterm.domain.process import Process, Step
from deskterm.domain.query import Exact, Field, Is, Term

_ENDED = frozenset({State.SOLVED.value, State.CLOSED.value, "merged"})
"""What no ticket is when the condition of a step is looked at: it is asked of it as an active one."""


def process_doubts(plan: Plan, begun: Collection[str]) -> Iterator[Warned]:
    """Return what is doubtful in the processes of a policy; `begun` are the names that actions begin."""
    keys = {word.casefold(): queue.key for queue in plan.queues for word in (queue.key, queue.name)}
    gone = {one.login for one in plan.agents if not one.active}
    here = [one for one in plan.agents if one.active]
    led = any(one.role is Role.LEAD for one in here) or not here
    for place, process in enumerate(plan.policy.processes):
        path = ("processes", place)
        if not process.types and process.name.casefold() not in begun:
            message = f'no type, rule or macro begins the process "{process.name}": only people do, by hand'
            yield Warned(path, (), message, 'such as types = ["incident"]')
        for number, step in enumerate(process.steps):
            there, said = (*path, "steps", number), f'the step "{step.name}"'
            if step.owner in gone:
                message = f"{said} is {step.owner}'s, who has left"
                yield Warned((*there, "owner"), ("agents", step.owner), message)
            if step.approval is Role.LEAD and not led:
                message = f"{said} asks for the yes of a lead, and nobody is one: only an admin can give it"
                yield Warned((*there, "approval"), ("agents",), message)
            if why := _never(step, process, keys):
                yield Warned((*there, "when"), (), f"{said} is there for no ticket: {why}")


def unknown_steps(term: Term, policy: Policy) -> Iterator[str]:
    """Say of a term that it asks for a step that no process has."""
    if isinstance(term, Field) and term.name == "step":
        for value in term.values:
            if isinstance(value, Exact):
                yield from unknown_step(value.text, policy)


def unknown_step(name: str, policy: Policy) -> Iterator[str]:
    """Say of a name that no process has a step of it."""
    if not any(process.step(name) for process in policy.processes):
        yield f'no process has a step "{name}"'


def _never(step: Step, process: Process, keys: Mapping[str, str]) -> str:
    """Say why the condition of a step can never hold, "" when it may."""
    for name, values in facts_of(step.query, keys).items():
        if not values:
            return f"it would have to be of two kinds of {name} at once"
    for term in all_of(step.query):
        if isinstance(term, Is) and term.value in _ENDED:
            return f"is:{term.value} is asked before it can be so"
        if not isinstance(term, Field) or term.op != "=":
            continue
        asked = {value.text.strip().casefold() for value in term.values if isinstance(value, Exact)}
        if len(asked) != len(term.values):
            continue
        if term.name == "state" and asked <= _ENDED:
            return f"state:{','.join(sorted(asked))} is asked before it can be so"
        if term.name == "process" and process.name.casefold() not in asked:
            return f'it follows "{process.name}" then'
    return ""
