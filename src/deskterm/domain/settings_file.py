"""Changing one setting: the piece of a policy file that says it, with all that the file means whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from deskterm.domain.durations import write_duration
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import Role
from deskterm.domain.plan import Plan
from deskterm.domain.policy import TARGETS, Policy, Targets
from deskterm.domain.policy_format import format_process, format_rule, format_sla, format_state, quoted
from deskterm.domain.policy_format import key as toml_key
from deskterm.domain.policy_states import written
from deskterm.domain.sla_policy import SlaPolicy

NONE, ANY = "none", "any"
YES, NO = "yes", "no"
REMOVE = "remove"
ON, OFF = "on", "off"
_WORDS = frozenset({"queues", "skills"})
_FLAGS = frozenset({"confidential", "on", "ask"})
_NUMBERS = frozenset({"auto_close_days", "capacity", *(priority.value for priority in Priority)})
_TARGETS_OF_SLA = "[sla.targets]"
_THRESHOLDS_OF_SLA = "[[sla.thresholds]]"


def document(plan: Plan, way: tuple[str, ...], text: str) -> str:
    """Return the policy file that sets what `way` leads to; `text` is what was typed or chosen."""
    text = text.strip()
    part, *names = way
    whole = _WHOLE.get(part)
    if whole is not None:
        return whole(plan, names, text)
    head = ".".join(toml_key(name) for name in (part, *names[:-1]))
    return f"[{head}]\n{toml_key(names[-1])} = {_value(names[-1], text)}\n"


def _value(name: str, text: str) -> str:
    """Return a value as the file has it; what is no number stays a text, and is said to be none."""
    if name in _NUMBERS and text.isdecimal():
        return str(int(text))
    if name in _WORDS:
        return "[" + ", ".join(quoted(word.strip()) for word in text.split(",") if word.strip()) + "]"
    if name in _FLAGS:
        return "true" if text == YES else "false"
    return quoted(text)


def _targets(plan: Plan, names: list[str], text: str) -> str:
    lines = _goals(plan.policy.targets, Priority(names[0]), names[1], text)
    return "\n".join(["[targets]", *lines]) + "\n"


def _goals(targets: Mapping[Priority, Targets], changed: Priority, target: str, text: str) -> list[str]:
    """Return the lines of all targets, one of them changed; NONE leaves it out."""
    lines = []
    for priority in Priority:
        goals = targets.get(priority, Targets())
        parts = {name: write_duration(seconds) for name in TARGETS if (seconds := goals.of(name)) is not None}
        if priority is changed:
            parts.pop(target, None)
            if text.casefold() not in ("", NONE):
                parts[target] = text
        if parts:
            inner = ", ".join(f"{name} = {quoted(value)}" for name, value in parts.items())
            lines.append(f"{priority.value} = {{ {inner} }}")
    return lines


def _slas(plan: Plan, names: list[str], text: str) -> str:
    lines: list[str] = []
    for one in plan.policy.sla:
        lines += _sla(one, names[1:], text) if one.name == names[0] else format_sla(one)
    return "\n".join(lines) + "\n"


def _sla(one: SlaPolicy, names: list[str], text: str) -> list[str]:
    lines = format_sla(one)
    at = lines.index(_TARGETS_OF_SLA)
    if len(names) == 2:
        after = lines.index(_THRESHOLDS_OF_SLA) if _THRESHOLDS_OF_SLA in lines else len(lines)
        return [*lines[: at + 1], *_goals(one.targets, Priority(names[0]), names[1], text), *lines[after:]]
    head = [line for line in lines[:at] if not line.startswith(f"{names[0]} = ")]
    return [*head, f"{names[0]} = {quoted(text)}", *lines[at:]]


def _rules(plan: Plan, names: list[str], text: str) -> str:
    found = [
        replace(rule, active=text == ON) if rule.name == names[0] else rule for rule in plan.policy.rules
    ]
    return "\n".join(line for rule in found for line in format_rule(rule)) + "\n"


def _processes(plan: Plan, names: list[str], text: str) -> str:
    """A process begins with other types, or one of its steps is required or not, within another time."""
    lines: list[str] = []
    for one in plan.policy.processes:
        if one.name != names[0]:
            lines += format_process(one)
        elif names[-1] == "types":
            typed = ", ".join(quoted(word) for word in _ends(text) if word.casefold() != NONE)
            lines += format_process(one, {("types",): f"[{typed}]"})
        elif names[-1] == "within":
            lines += format_process(
                one, {(names[1], "within"): "" if text.casefold() in ("", NONE) else quoted(text)}
            )
        else:
            lines += format_process(one, {(names[1], names[-1]): "true" if text == YES else "false"})
    return "\n".join(lines) + "\n"


def _matrix(plan: Plan, names: list[str], text: str) -> str:
    lines = ["[matrix]"]
    for impact in Level:
        cells = {level: plan.policy.matrix[impact, level].value for level in Level}
        if impact == names[0]:
            cells[Level(names[1])] = text
        inner = ", ".join(f"{level} = {quoted(value)}" for level, value in cells.items())
        lines.append(f"{impact} = {{ {inner} }}")
    return "\n".join(lines) + "\n"


def _states(plan: Plan, names: list[str], text: str) -> str:
    """A state that is renamed is so in the moves of others too, and keeps its tickets by its former name."""
    category, *own, key = names
    known = plan.policy.named
    meant = known.find(own[0]) if own else known.default(State(category))
    changed = meant.name if meant is not None else ""
    lines: list[str] = []
    for state in plan.policy.states:
        said = written(state, plan.policy)
        if key == REMOVE and text == YES:
            if state.name == changed:
                continue
            for end in ("from", "to"):
                if end in said:
                    said[end] = tuple(one for one in _names(said.get(end)) if one != changed)
        if key == "name":
            for end in ("from", "to"):
                if end in said:
                    said[end] = tuple(text if one == changed else one for one in _names(said.get(end)))
        one_more = key == "more" and state.name == changed and text.casefold() not in ("", NONE)
        if state.name == changed and key == "name" and not state.default and text != changed:
            former = (*_names(said.get("was")), changed)
            said["was"] = tuple(one for one in former if one != text)
        if state.name == changed and key not in ("more", REMOVE):
            said[key] = _ends(text) if key in ("from", "to") else text
        if state.name == changed and key in ("from", "to") and text.casefold() == ANY:
            del said[key]
        if one_more:
            said["default"] = True
        lines += format_state(said)
        if one_more:
            lines += format_state({"name": text, "category": category})
    return "\n".join(lines) + "\n"


def _ends(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def _names(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _roles(plan: Plan, names: list[str], text: str) -> str:
    called = {role.value: role_name(plan.policy, role) for role in Role} | {names[0]: text}
    return "\n".join(["[roles]", *(f"{role} = {quoted(name)}" for role, name in called.items())]) + "\n"


def role_name(policy: Policy, role: Role) -> str:
    """Return what a role is called on this desk."""
    return policy.roles.get(role.value, role.value)


def _views(plan: Plan, names: list[str], text: str) -> str:
    agent, name = names
    values = {"agent": agent, "name": name, "query": text}
    return "\n".join(["[[views]]", *(f"{key} = {quoted(value)}" for key, value in values.items())]) + "\n"


_WHOLE: dict[str, Callable[[Plan, list[str], str], str]] = {
    "targets": _targets,
    "sla": _slas,
    "rules": _rules,
    "processes": _processes,
    "matrix": _matrix,
    "states": _states,
    "roles": _roles,
    "views": _views,
}
"""Parts of a file that are meant whole: whatever they leave out would be gone."""
