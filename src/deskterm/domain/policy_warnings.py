"""Warnings about a policy: what a file may say, and what its author most likely did not mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from deskterm.domain.actions import ACTIONS
from deskterm.domain.kinds import Priority, State
from deskterm.domain.plan import Plan
from deskterm.domain.policy import ALWAYS, DEFAULT_SLA, TARGETS, Policy, Targets
from deskterm.domain.policy_certain import SINGLE, Facts, Warned, all_of, facts_of, value_of
from deskterm.domain.policy_reader import Fault, Reader
from deskterm.domain.policy_rules import Names, terms_of, wrong
from deskterm.domain.process_warnings import process_doubts, unknown_step, unknown_steps
from deskterm.domain.query import Field, Query, Term
from deskterm.domain.rule import Action, Rule
from deskterm.domain.sla_policy import SlaPolicy, Threshold
from deskterm.domain.toml_places import Path

_RAISE = "raise"
_MOVES = {"untag": "tag", "assign": "owner", "follow": "follower"}
"""Fields that actions of another name change."""

_PARTS = {"queue": "queues", "process": "processes", "step": "processes"}
"""Where the names are written that a field asks for."""


def warnings(text: str, plan: Plan) -> tuple[Fault, ...]:
    """Return what is doubtful in a policy file that was read as `plan`, each with its line.

    What the file says nothing about is not told of: it is not this file that would change it.
    """
    reader = Reader(text.removeprefix("\ufeff"))
    for one in doubts(plan):
        for path in (one.path, one.other, ("sla",)):
            if path and path[0] in reader.values:
                reader.fault(path, one.message, one.hint)
                break
    return tuple(sorted(set(reader.faults)))


def doubts(plan: Plan) -> tuple[Warned, ...]:
    """Return all that is doubtful in a policy."""
    begun = {
        one.value.casefold() for _, _, done in _acting(plan.policy) for one in done if one.do == "process"
    }
    doubtful = (*_never_closed(plan.policy), *_clocks_end(plan), *_left(plan), *_lost(plan))
    return (*doubtful, *process_doubts(plan, begun))


def _never_closed(policy: Policy) -> Iterator[Warned]:
    for place, one in enumerate(policy.sla):
        if one.out_of_hours and policy.calendar_named(one.calendar).always:
            message = f"the calendar {ALWAYS} is never closed: nothing comes in outside its hours"
            yield Warned(("sla", place, "out_of_hours"), (), message)


def _left(plan: Plan) -> Iterator[Warned]:
    """Who has left stays known to a file, and gets nothing of what it says."""
    gone = {one.login for one in plan.agents if not one.active}
    for path, said, actions in _acting(plan.policy):
        for at, action in enumerate(actions):
            if action.value in gone and ACTIONS[action.do].names == "agent":
                message = f"{said} names {action.value}, who has left"
                yield Warned((*path, "do", at), ("agents", action.value), message)


def _lost(plan: Plan) -> Iterator[Warned]:
    """A condition keeps the names it was written with: of a queue, state or process that is called otherwise
    by now, or is gone, it finds nothing any more."""
    keys = {word.casefold(): one.key for one in plan.queues for word in (one.key, one.name)}
    processes = {one.name.casefold(): one.name for one in plan.policy.processes}
    names = Names(keys, states=plan.policy.named, processes=processes)
    asking: list[tuple[Path, str, Query]] = [
        (("rules", at), f'the rule "{one.name}"', one.query) for at, one in enumerate(plan.policy.rules)
    ]
    for at, sla in enumerate(plan.policy.sla):
        asking.append((("sla", at), f'the SLA policy "{sla.name}"', sla.query))
    for at, process in enumerate(plan.policy.processes):
        for place, step in enumerate(process.steps):
            asking.append((("processes", at, "steps", place), f'the step "{step.name}"', step.query))
    for path, said, done in _acting(plan.policy):
        for at, action in enumerate(done):
            for lost in unknown_step(action.value, plan.policy) if action.do == "step" else ():
                yield Warned((*path, "do", at), ("processes",), f"{said}: {lost}")
    for path, said, query in asking:
        for term in terms_of(query):
            part = _PARTS.get(term.name, "states") if isinstance(term, Field) else "states"
            for lost in (*wrong(term, names), *unknown_steps(term, plan.policy)):
                yield Warned((*path, "when"), (part,), f"{said}: {lost}")


def _acting(policy: Policy) -> Iterator[tuple[Path, str, Sequence[Action]]]:
    """Iterate all that acts, with where a file says it and what it is called."""
    for place, rule in enumerate(policy.rules):
        yield ("rules", place), f'the rule "{rule.name}"', rule.actions
    for place, macro in enumerate(policy.macros):
        yield ("macros", place), f'the macro "{macro.name}"', macro.actions
    for place, sla in enumerate(policy.sla):
        for number, level in enumerate(sla.thresholds):
            path = ("sla", place, "thresholds", number)
            yield path, f'the level "{level.level}" of "{sla.name}"', level.actions


# Priorities without targets


def _clocks_end(plan: Plan) -> Iterator[Warned]:
    keys = {word.casefold(): queue.key for queue in plan.queues for word in (queue.key, queue.name)}
    for place, rule in enumerate(plan.policy.rules):
        if rule.active and rule.since != State.SOLVED:
            yield from _by_rule(plan.policy, place, rule, keys)
    for place, sla in enumerate(plan.policy.sla):
        for number, level in enumerate(sla.thresholds):
            path = ("sla", place, "thresholds", number)
            yield from _at_level(plan.policy, place, path, level, keys)


def _by_rule(policy: Policy, place: int, rule: Rule, keys: Mapping[str, str]) -> Iterator[Warned]:
    known, asked = facts_of(rule.query, keys), all_of(rule.query)
    for at, to in _sets(rule.actions, known.get("priority", _PRIORITIES)):
        facts = {**known, **_given(rule.actions, keys), **_now(to)}
        for number, name in _without(policy, to, facts, asked, keys):
            said = f'the rule "{rule.name}" {_does(rule.actions[at], to)}'
            yield _warned(("rules", place, "do", at), number, said, to, name)


def _at_level(
    policy: Policy, place: int, path: Path, level: Threshold, keys: Mapping[str, str]
) -> Iterator[Warned]:
    sla = policy.sla[place]
    known, asked, given = facts_of(sla.query, keys), all_of(sla.query), _given(level.actions, keys)
    running = frozenset(
        priority.value.casefold()
        for priority in Priority
        if any(sla.of(priority).of(name) for name in TARGETS if level.target in ("any", name))
    )
    moved = frozenset({"priority", *given, *(_MOVES.get(one.do, one.do) for one in level.actions)})
    for at, to in _sets(level.actions, running & known.get("priority", running)):
        facts = {**known, **given, **_now(to)}
        for other, name in _without(policy, to, facts, asked, keys, (place, moved)):
            said = f'the level "{level.level}" of "{sla.name}" {_does(level.actions[at], to)}'
            yield _warned((*path, "do", at), other, said, to, name)


def _now(priority: Priority) -> Facts:
    return {"priority": frozenset({priority.value.casefold()})}


_PRIORITIES = frozenset(priority.value.casefold() for priority in Priority)


def _does(action: Action, to: Priority) -> str:
    return f"raises to {to.value}" if action.value == _RAISE else f"sets {to.value}"


def _warned(path: Path, number: int, said: str, to: Priority, name: str) -> Warned:
    default = name == DEFAULT_SLA
    where = "[targets]" if default else f'the SLA policy "{name}"'
    message = f"{said}, for which {where} has no targets: the clocks of a ticket that it measures would end"
    return Warned(
        path, ("targets",) if default else ("sla", number), message, f"give {to.value} targets there"
    )


def _sets(actions: Sequence[Action], was: frozenset[str]) -> Iterator[tuple[int, Priority]]:
    """Iterate the actions that set or raise a priority, with what it can be then; `was` it can be before."""
    priorities = list(Priority)
    for at, action in enumerate(actions):
        if action.do != "priority":
            continue
        if action.value != _RAISE:
            yield at, Priority(action.value)
            continue
        for lower, higher in zip(priorities[1:], priorities, strict=False):
            if lower.value.casefold() in was:
                yield at, higher


def _without(
    policy: Policy,
    to: Priority,
    facts: Facts,
    asked: Sequence[Term],
    keys: Mapping[str, str],
    measured: tuple[int, frozenset[str]] | None = None,
) -> Iterator[tuple[int, str]]:
    """Iterate the SLA policies without targets for a priority that may measure what the facts are about.

    The first that holds for certain ends the search. `measured` is the place of the one that measures the
    tickets already, and the fields that change: those before it may hold only when they ask for one of these.
    """
    for place, sla in enumerate(policy.sla):
        if measured is not None and place < measured[0] and not _asks(sla, measured[1]):
            continue
        if any(
            values.isdisjoint(facts.get(name, values)) for name, values in facts_of(sla.query, keys).items()
        ):
            continue
        if not any(sla.of(to).of(name) for name in TARGETS):
            yield place, sla.name
        if all(_holds(term, facts, asked, keys) for term in all_of(sla.query)):
            return
    if not any(policy.targets.get(to, Targets()).of(name) for name in TARGETS):
        yield -1, DEFAULT_SLA


def _holds(term: Term, facts: Facts, asked: Sequence[Term], keys: Mapping[str, str]) -> bool:
    """Say whether a term of a condition is certain to hold."""
    found = value_of(term, keys)
    if found is not None:
        name, values = found
        return name in facts and facts[name] <= values
    return term in asked


def _asks(sla: SlaPolicy, moved: frozenset[str]) -> bool:
    return any(
        isinstance(term, Field) and term.name.partition(".")[0] in moved for term in terms_of(sla.query)
    )


def _given(actions: Sequence[Action], keys: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return what actions make of fields of one value."""
    found: dict[str, frozenset[str]] = {}
    for action in actions:
        if action.do in SINGLE and action.do != "priority":
            value = action.value.casefold()
            found[action.do] = frozenset({keys.get(value, value) if action.do == "queue" else value})
    return found
