"""Writing a plan as a policy file: one canonical form, so that what did not change reads the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from deskterm.domain.actions import Macro
from deskterm.domain.calendar import Calendar
from deskterm.domain.durations import BUSINESS, write_duration, write_share
from deskterm.domain.hours import WEEKDAYS
from deskterm.domain.kinds import Level, Priority
from deskterm.domain.mail_settings import AS_IT_COMES
from deskterm.domain.people import Role
from deskterm.domain.plan import Plan
from deskterm.domain.policy import AS_THE_DESK, TARGETS, Policy, QueueSettings, Targets
from deskterm.domain.policy_mail import written as written_mail
from deskterm.domain.policy_notes import NOTES
from deskterm.domain.policy_states import written as written_state
from deskterm.domain.policy_time import written as written_time
from deskterm.domain.process import Process, Step
from deskterm.domain.rule import Action, Rule
from deskterm.domain.sla_policy import ANY, SlaPolicy, Threshold

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def format_policy(policy: Policy) -> str:
    """Return the canonical document of a policy alone, without people: what a version keeps."""
    return _text(_policy(policy, None), explain=False)


def format_plan(plan: Plan, *, explain: bool = True) -> str:
    """Return a whole policy file; with `explain`, comments say what each part means."""
    return _text(_policy(plan.policy, plan), explain=explain)


def _text(sections: Iterator[tuple[str, list[str]]], explain: bool) -> str:
    blocks = [NOTES[""]] if explain else []
    said = set()
    for name, lines in sections:
        if explain and name in NOTES and name not in said:
            said.add(name)
            blocks.append(NOTES[name] + "\n" + "\n".join(lines))
        else:
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _policy(policy: Policy, plan: Plan | None) -> Iterator[tuple[str, list[str]]]:
    empty = [name for name in ("processes", "sla", "rules", "macros") if not getattr(policy, name)]
    if empty:
        yield "empty", [f"{name} = []" for name in empty]
    yield "desk", ["[desk]", *_pairs(_desk(policy))]
    roles = {role.value: quoted(policy.roles.get(role, role.value)) for role in Role}
    yield "roles", ["[roles]", *_pairs(roles)]
    for state in policy.states:
        yield "states", format_state(written_state(state, policy))
    rows = {
        impact.value: _inline({level.value: quoted(policy.matrix[impact, level]) for level in Level})
        for impact in Level
    }
    yield "matrix", ["[matrix]", *_pairs(rows)]
    weights = {priority.value: str(policy.weights[priority]) for priority in Priority}
    yield "weights", ["[weights]", *_pairs(weights)]
    for calendar in policy.calendars:
        yield "calendars", _calendar(calendar)
    if not policy.calendars:
        yield "calendars", ["[calendars]"]
    yield from _people(policy, plan)
    yield "mail", ["[mail]", *_pairs(_mail(policy))]
    yield "time", ["[time]", *_pairs(written_time(policy.time))]
    yield "targets", ["[targets]", *_targets(policy.targets)]
    yield from _list("processes", [format_process(one) for one in policy.processes])
    yield from _list("sla", [format_sla(one) for one in policy.sla])
    yield from _list("rules", [format_rule(one) for one in policy.rules])
    yield from _list("macros", [_macro(one) for one in policy.macros])
    for view in plan.views if plan else ():
        values = {"agent": quoted(view.agent), "name": quoted(view.name), "query": quoted(view.query)}
        yield "views", ["[[views]]", *_pairs(values)]


def _list(name: str, found: list[list[str]]) -> Iterator[tuple[str, list[str]]]:
    for lines in found:
        yield name, lines


def _desk(policy: Policy) -> dict[str, str]:
    return {
        "calendar": quoted(policy.calendar),
        "at_risk": quoted(write_share(policy.risk)),
        "p1_share": quoted(write_share(policy.p1_share)),
        "reopen_window": quoted(write_duration(int(policy.reopen_window.total_seconds()), days=True)),
        "auto_close_days": str(policy.auto_close_days),
        "return_after": quoted("off" if policy.return_after is None else write_duration(policy.return_after)),
        "work_next_hold": quoted(write_duration(policy.work_next_hold)),
    }


def _mail(policy: Policy) -> dict[str, str]:
    undo = quoted("off" if not policy.undo_send else write_duration(policy.undo_send))
    return {name: _prose(value) for name, value in written_mail(policy.mail, AS_IT_COMES).items()} | {
        "undo_send": undo
    }


def _calendar(calendar: Calendar) -> list[str]:
    lines = [f"[calendars.{key(calendar.name)}]", f"zone = {quoted(calendar.zone)}"]
    hours = {
        day: quoted(", ".join(map(str, parts)))
        for day, parts in zip(WEEKDAYS, calendar.week, strict=True)
        if parts
    }
    lines.append(f"hours = {_inline(hours)}")
    if calendar.places:
        lines.append(f"places = [{', '.join(quoted(str(place)) for place in calendar.places)}]")
    holidays = [_inline({"day": one.day.isoformat(), "name": quoted(one.name)}) for one in calendar.holidays]
    lines += _array("holidays", holidays)
    special = []
    for one in calendar.special_days:
        open_hours = quoted(", ".join(map(str, one.hours)) or "closed")
        special.append(_inline({"day": one.day.isoformat(), "name": quoted(one.name), "hours": open_hours}))
    return lines + _array("special_days", special)


def _people(policy: Policy, plan: Plan | None) -> Iterator[tuple[str, list[str]]]:
    if plan is None:
        for name, settings in policy.queues.items():
            yield "queues", [f"[queues.{key(name)}]", *_pairs(_settings(settings))]
        return
    for queue in plan.queues:
        values = {"name": quoted(queue.name), "confidential": _flag(queue.confidential)}
        lines = _pairs(values | _settings(policy.queue(queue.key)))
        yield "queues", [f"[queues.{key(queue.key)}]", *lines]
    for agent in plan.agents:
        values = {
            "name": quoted(agent.name),
            "role": quoted(agent.role),
            "queues": _words(agent.queues),
            "tier": quoted(agent.tier),
            "capacity": str(agent.capacity),
            "skills": _words(agent.skills),
            "address": quoted(agent.address),
        }
        if not agent.active:
            values["active"] = "false"
        yield "agents", [f"[agents.{key(agent.login)}]", *_pairs(values)]


def _settings(settings: QueueSettings) -> dict[str, str]:
    """What a queue does, all of it: what it does as the desk is said too, so that a file can take it back."""
    returns, window = AS_THE_DESK, AS_THE_DESK
    if settings.return_after is not None:
        returns = write_duration(settings.return_after) if settings.return_after else "off"
    if settings.reopen_window is not None:
        window = write_duration(int(settings.reopen_window.total_seconds()), days=True)
    return {
        "assign": quoted(settings.assignment),
        "fallback": quoted(settings.fallback),
        "reply": quoted(settings.reply),
        "calendar": quoted(settings.calendar or AS_THE_DESK),
        "return_after": quoted(returns),
        "reopen_window": quoted(window),
        "mail": _inline({name: quoted(value) for name, value in written_mail(settings.mail).items()}),
    }


def _targets(targets: Mapping[Priority, Targets]) -> list[str]:
    found = {}
    for priority in Priority:
        one = targets.get(priority, Targets())
        goals = {
            name: quoted(write_duration(seconds)) for name in TARGETS if (seconds := one.of(name)) is not None
        }
        if goals:
            found[priority.value] = _inline(goals)
    return _pairs(found)


def format_state(said: Mapping[str, str | bool | tuple[str, ...]]) -> list[str]:
    """Return the lines of a state."""
    found = {}
    for name, value in said.items():
        if isinstance(value, tuple):
            found[name] = _words(value)
        else:
            found[name] = _flag(value) if isinstance(value, bool) else quoted(value)
    return ["[[states]]", *_pairs(found)]


def format_sla(sla: SlaPolicy) -> list[str]:
    """Return the lines of an SLA policy."""
    lines = ["[[sla]]", f"name = {quoted(sla.name)}"]
    if sla.when:
        lines.append(f"when = {quoted(sla.when)}")
    lines += [f"calendar = {quoted(sla.calendar)}", f"at_risk = {quoted(write_share(sla.risk))}"]
    if sla.out_of_hours:
        lines.append(f"out_of_hours = {quoted(write_duration(sla.out_of_hours))}")
    lines += ["[sla.targets]", *_targets(sla.targets)]
    for threshold in sla.thresholds:
        lines += ["[[sla.thresholds]]", *_threshold(threshold)]
    return lines


def _threshold(threshold: Threshold) -> list[str]:
    at = (
        write_share(threshold.share)
        if threshold.before is None
        else f"{write_duration(threshold.before)} before"
    )
    values = {"level": quoted(threshold.level), "at": quoted(at)}
    if threshold.target != ANY:
        values["target"] = quoted(threshold.target)
    return _pairs(values) + _actions(threshold.actions)


def format_rule(rule: Rule) -> list[str]:
    """Return the lines of a rule."""
    values = {"name": quoted(rule.name), "on": quoted(rule.on)}
    if rule.when:
        values["when"] = quoted(rule.when)
    if rule.events:
        values["events"] = _words(rule.events)
    if rule.since:
        values["since"] = quoted(rule.since)
    if rule.after:
        business = f" {BUSINESS}" if rule.business else ""
        values["after"] = quoted(write_duration(rule.after, days=not rule.business) + business)
    if rule.stop:
        values["stop"] = "true"
    if not rule.active:
        values["active"] = "false"
    return ["[[rules]]", *_pairs(values), *_actions(rule.actions)]


def format_process(process: Process, changed: Mapping[tuple[str, ...], str] = {}) -> list[str]:
    """Return the lines of a process. `changed` values stand in place of its own, by their names and, before
    those of a step, the step's; "" leaves one out."""
    values = {"name": quoted(process.name), "types": _words(process.types) if process.types else ""}
    values |= {way[0]: value for way, value in changed.items() if len(way) == 1}
    lines = ["[[processes]]", *_pairs(_there(values))]
    for step in process.steps:
        own = {way[1]: value for way, value in changed.items() if way[0] == step.name and len(way) == 2}
        lines += ["[[processes.steps]]", *_pairs(_there(_step(step) | own))]
    return lines


def _there(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _step(step: Step) -> dict[str, str]:
    values = {"name": quoted(step.name)}
    values |= {"text": _prose(step.text)} if step.text else {}
    values |= {"approval": quoted(step.approval)} if step.approval else {"owner": quoted(step.owner)}
    values |= {"required": _flag(step.required), "before": quoted(step.before)}
    values |= {"within": quoted(write_duration(step.within))} if step.within is not None else {}
    values |= {"when": quoted(step.when)} if step.when else {}
    return values | ({"fields": _words(step.fields)} if step.fields else {})


def _macro(macro: Macro) -> list[str]:
    lines = ["[[macros]]", f"name = {quoted(macro.name)}"]
    if macro.text:
        lines.append(f"text = {_prose(macro.text)}")
    return lines + _actions(macro.actions)


def _actions(actions: Iterable[Action]) -> list[str]:
    found = []
    for action in actions:
        values = {action.do: quoted(action.value)}
        if action.text:
            values["text"] = quoted(action.text)
        found.append(_inline(values))
    if len(found) == 1:
        return [f"do = [{found[0]}]"]
    return _array("do", found)


# TOML


def quoted(text: str) -> str:
    """Return text as a TOML string on one line."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if ord(char) >= 32 and ord(char) != 127 else f"\\u{ord(char):04x}"


def _prose(text: str) -> str:
    """Return text of several lines so that it reads as such."""
    if "\n" not in text:
        return quoted(text)
    lines = ["".join(_escaped(char) for char in line) for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def key(name: str) -> str:
    """Return a name as a TOML key."""
    return name if _BARE.fullmatch(name) else quoted(name)


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{key(name)} = {value}" for name, value in values.items()]


def _inline(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(_pairs(values)) + " }" if values else "{}"


def _array(name: str, values: list[str]) -> list[str]:
    return [f"{name} = [", *(f"  {value}," for value in values), "]"] if values else []


def _words(words: Iterable[str]) -> str:
    return "[" + ", ".join(quoted(word) for word in words) + "]"


def _flag(value: bool) -> str:
    return "true" if value else "false"
