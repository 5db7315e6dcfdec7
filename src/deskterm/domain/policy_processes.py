"""The processes of a policy file: read with every mistake named, written, and told of in a diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from deskterm.domain.durations import read_duration, write_duration
from deskterm.domain.errors import Refused
from deskterm.domain.form_fields import field_name
from deskterm.domain.kinds import TYPES
from deskterm.domain.people import Role
from deskterm.domain.policy_reader import Part, pick
from deskterm.domain.policy_rules import Names, condition, unique
from deskterm.domain.process import LEAD, NO_PROCESS, OWNER, Gate, Process, Step

LONGEST = 366 * 86_400
"""Seconds of business time: a deadline beyond a year is a slip of the finger."""

APPROVERS = (Role.LEAD.value, Role.ADMIN.value)
"""Roles whose yes a step may ask for: an agent's is the step itself."""


def processes(whole: Part, names: Names) -> tuple[Process, ...]:
    """Read [[processes]]."""
    found, parts = list[Process](), list[tuple[str, Part]]()
    begun: dict[str, str] = {}
    for one in whole.tables("processes"):
        name = one.name()
        parts.append((name, one))
        if name.casefold() == NO_PROCESS:
            one.fault("name", '"none" means no process', "name it differently")
        types = tuple(_type(one, place, text) for place, text in enumerate(one.words("types")))
        for place, type_ in enumerate(types):
            if type_ in begun:
                said = f'tickets of the type "{type_}" begin {begun[type_]} already'
                one.reader.fault((*one.path, "types", place), said)
            begun.setdefault(type_, name)
        steps = tuple(_steps(one, names))
        if not steps:
            one.fault("steps" if "steps" in one else None, "the process has no steps")
        one.done()
        found.append(Process(name, steps, types))
    unique(parts, "processes")
    return tuple(found)


def _type(part: Part, place: int, text: str) -> str:
    try:
        return pick(text, TYPES)
    except ValueError as error:
        part.reader.fault((*part.path, "types", place), str(error))
        return text.casefold()


def _steps(process: Part, names: Names) -> Iterable[Step]:
    parts = []
    for one in process.tables("steps"):
        name = one.name()
        parts.append((name, one))
        if name.isdigit():
            one.fault("name", "a number is how steps are named by their place", "name what is to be done")
        approval = one.choice("approval", APPROVERS, "")
        if approval and "owner" in one:
            one.fault("owner", "an approval is given by a role", "leave owner out, or approval")
        yield Step(
            name,
            one.prose("text"),
            one.read("owner", _owner(names), OWNER),
            one.get("required", bool, True),
            Gate(one.choice("before", tuple(Gate), Gate.SOLVED)),
            one.read("within", _within, None),
            condition(one, names),
            Role(approval) if approval else None,
            tuple(_field(one, place, text) for place, text in enumerate(one.words("fields"))),
        )
        one.done()
    unique(parts, "steps")


def _owner(names: Names) -> Callable[[str], str]:
    def how(text: str) -> str:
        word = text.strip().casefold()
        return word if word in (OWNER, LEAD) else names.agent(text)

    return how


def _within(text: str) -> int:
    if "d" in text.lower() or "w" in text.lower():
        raise ValueError(f'"{text}": business days differ by calendar: write hours, such as 16h')
    seconds = read_duration(text)
    if not 60 <= seconds <= LONGEST:
        raise ValueError("a deadline is between a minute and a year of business time")
    return seconds


def _field(part: Part, place: int, text: str) -> str:
    try:
        return field_name(text.removeprefix("field."))
    except Refused as error:
        part.reader.fault((*part.path, "fields", place), error.message, error.hint)
        return text


def named(names: Names, found: Iterable[Process]) -> Names:
    """Return what a file may refer to, with its processes."""
    return replace(names, processes={one.name.casefold(): one.name for one in found})


def process_facts(process: Process) -> dict[str, str]:
    """Say a process for a diff, step by step; where each stands among them is told by their names."""
    facts = {"begun by": ", ".join(process.types)}
    for step in process.steps:
        facts[f"step '{step.name}'"] = step_words(step)
        facts[f"step '{step.name}' says"] = step.text
    return facts


def step_words(step: Step) -> str:
    """Say what a step asks for: "by owner, required before solved, within 4h"."""
    said = [f"{step.approval} approves" if step.approval else f"by {step.owner}"]
    said.append(f"{'required' if step.required else 'optional'} before {step.before}")
    said += [f"within {write_duration(step.within)}"] if step.within is not None else []
    said += [f"when {step.when}"] if step.when else []
    said += [f"fills {', '.join(step.fields)}"] if step.fields else []
    return ", ".join(said)
