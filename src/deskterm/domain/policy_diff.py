"""What changes between two plans of a desk, as lines for people: what comes, what goes, what is different."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from deskterm.domain.actions import Macro
from deskterm.domain.calendar import Calendar
from deskterm.domain.closures import Place
from deskterm.domain.durations import write_duration, write_share
from deskterm.domain.hours import WEEKDAYS
from deskterm.domain.kinds import Level, Priority
from deskterm.domain.mail_settings import MailSettings
from deskterm.domain.plan import AgentPlan, Plan
from deskterm.domain.policy import AS_THE_DESK, TARGETS, NamedState, Policy, QueueSettings, Targets
from deskterm.domain.policy_mail import written as written_mail
from deskterm.domain.policy_processes import process_facts
from deskterm.domain.policy_time import written as written_time
from deskterm.domain.process import Process
from deskterm.domain.rule import Action, Rule
from deskterm.domain.sla_policy import ANY, SlaPolicy, Threshold

Item = TypeVar("Item")
Facts = Mapping[str, str]
"""What is told of a thing: a name and a text for each of its parts; "" is not there."""

_USUAL = "usual"
_NONE = "none"

LINE_END = " ⏎ "
"""Where a line of a text ends, when all of it is shown as one."""

AROUND = 1
"""Lines that stay the same, shown on either side of those that differ."""


class Difference(NamedTuple):
    """One thing that differs: `before` is "" for what comes, `after` is "" for what goes."""

    what: str
    before: str
    after: str

    @property
    def sign(self) -> str:
        """+ for what comes, − for what goes, ~ for what is different."""
        return "~" if self.before and self.after else "+" if self.after else "−"

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.what} {self.before} → {self.after}"
        said = self.after or self.before
        return self.what if said == _USUAL else f"{self.what} {said}"

    def lines(self) -> Iterator[tuple[str, str]]:
        """Iterate what to show, each line with its sign; of texts of several lines those that differ."""
        if "\n" not in self.before + self.after:
            yield self.sign, str(self)
            return
        yield self.sign, f"{self.what}:"
        before, after = ("" if one == _NONE else one for one in (self.before, self.after))
        yield from _differing(before.splitlines(), after.splitlines())


def diff(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """Return what applying `after` to a desk that is as `before` says does to it."""
    found: list[Difference] = []
    old, new = before.policy, after.policy
    queues = _keyed(before.queues, after.queues, lambda one: one.key)
    found += _things("queue", *queues, _queue(old), _queue(new))
    found += _things("agent", *_keyed(_here(before), _here(after), lambda one: one.login), _agent, _agent)
    views = _keyed(before.views, after.views, lambda one: f"{one.name!r} of {one.agent}")
    found += _things("view", *views, lambda one: {"": one.query}, lambda one: {"": one.query})
    found += _facts("", _desk(old), _desk(new))
    found += _states(old, new)
    found += _things("calendar", *_named(old.calendars, new.calendars), _calendar, _calendar)
    found += _things("process", *_named(old.processes, new.processes), process_facts, process_facts)
    found += _order("process", old.processes, new.processes)
    found += _steps(old.processes, new.processes)
    found += _things("sla", *_named(old.sla, new.sla), _sla, _sla)
    found += _order("sla", old.sla, new.sla)
    found += _things("rule", *_named(old.rules, new.rules), _rule, _rule)
    found += _order("rule", old.rules, new.rules)
    macros = _named(old.macros, new.macros)
    found += _things("macro", *macros, _macro, _macro)
    return tuple(found)


def _here(plan: Plan) -> list[AgentPlan]:
    """The agents who work there; those who have left already are not told of again."""
    return [one for one in plan.agents if one.active]


def told(thing: Calendar | SlaPolicy | Rule | Macro | Process | AgentPlan) -> str:
    """Say all of a thing in one line."""
    facts: dict[type, Callable[[Any], Facts]] = {
        Calendar: _calendar,
        SlaPolicy: _sla,
        Rule: _rule,
        Macro: _macro,
        Process: process_facts,
        AgentPlan: _agent,
    }
    return _said(facts[type(thing)](thing)) or _USUAL


# Comparing


def _keyed(
    before: Iterable[Item], after: Iterable[Item], key: Callable[[Any], str]
) -> tuple[dict[str, Item], dict[str, Item]]:
    return {key(one): one for one in before}, {key(one): one for one in after}


def _named(before: Iterable[Any], after: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return _keyed(before, after, lambda one: f"'{one.name}'")


def _things(
    kind: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    was: Callable[[Any], Facts],
    will: Callable[[Any], Facts],
) -> Iterable[Difference]:
    for name in (*before, *(one for one in after if one not in before)):
        if name in before and name in after:
            yield from _facts(f"{kind} {name}", was(before[name]), will(after[name]))
        elif name in before:
            facts = was(before[name])
            yield Difference(f"{kind} {name}", _summary(_short(facts)), "")
            yield from (Difference(f"{kind} {name} {part}", text, "") for part, text in _long(facts))
        else:
            facts = will(after[name])
            yield Difference(f"{kind} {name}", "", _summary(_short(facts)))
            yield from (Difference(f"{kind} {name} {part}", "", text) for part, text in _long(facts))


def _facts(what: str, before: Facts, after: Facts) -> Iterable[Difference]:
    for name in (*before, *(one for one in after if one not in before)):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield Difference(f"{what} {name}".strip(), old or _NONE, new or _NONE)


def _differing(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    """Iterate the lines of two texts that differ, with what stands around them."""
    from difflib import SequenceMatcher

    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(AROUND):
        for tag, first, last, begin, end in group:
            if tag == "equal":
                yield from (("", f"    {line}") for line in before[first:last])
            else:
                yield from (("−", f"  {line}") for line in before[first:last])
                yield from (("+", f"  {line}") for line in after[begin:end])


def _short(facts: Facts) -> Facts:
    return {name: text for name, text in facts.items() if "\n" not in text}


def _long(facts: Facts) -> list[tuple[str, str]]:
    """The parts that are texts of several lines: told of by themselves."""
    return [(name, text) for name, text in facts.items() if "\n" in text]


def _summary(facts: Facts) -> str:
    said = _said(facts)
    return f"({said})" if said else _USUAL


def _said(facts: Facts) -> str:
    return one_line(", ".join(f"{name} {text}".strip() for name, text in facts.items() if text))


def one_line(text: str) -> str:
    """Show where the lines of a text end."""
    return text.replace("\n", LINE_END)


def _order(kind: str, before: Iterable[Any], after: Iterable[Any]) -> Iterable[Difference]:
    """Tell of those that are in both when they stand in another order."""
    old, new = [one.name for one in before], [one.name for one in after]
    kept, now = [name for name in old if name in new], [name for name in new if name in old]
    if kept != now:
        yield Difference(f"order of {kind}:", ", ".join(kept), ", ".join(now))


def _steps(before: Iterable[Process], after: Iterable[Process]) -> Iterable[Difference]:
    """Tell of processes whose steps are others, or stand in another order."""
    were = {one.name: one for one in before}
    for one in after:
        if one.name in were:
            old, new = ([f"'{step.name}'" for step in each.steps] for each in (were[one.name], one))
            if old != new:
                yield Difference(f"steps of process '{one.name}':", ", ".join(old), ", ".join(new))


# What is told of each thing


def _desk(policy: Policy) -> Facts:
    facts = {
        "calendar of the desk": policy.calendar,
        "at risk": write_share(policy.risk),
        "P1 share": write_share(policy.p1_share),
        "reopen window": _span(policy.reopen_window.total_seconds()),
        "auto-close": f"{policy.auto_close_days} business days",
        "return of untouched tickets": _duration(policy.return_after) or "off",
        "work next holds": _duration(policy.work_next_hold),
    }
    facts |= {**_mail("mail ", policy.mail), "undo send": _duration(policy.undo_send) or "off"}
    facts |= {f"time {name}": value.strip('"') for name, value in written_time(policy.time).items()}
    facts |= {f"role {role}": name for role, name in policy.roles.items()}
    for state in policy.states:
        if state.default:
            more = "".join(f", {name} {said}" for name, said in _moves(state).items())
            facts[f"state {state.category}"] = f"'{state.name}' ({state.effect}{more})"
    for impact in Level:
        for urgency in Level:
            facts[f"matrix {impact}/{urgency}"] = policy.matrix[impact, urgency].value
    facts |= {f"weight {priority}": str(policy.weights[priority]) for priority in Priority}
    return facts | _targets("default ", policy.targets)


def _states(old: Policy, new: Policy) -> Iterable[Difference]:
    """Tell of the states besides the defaults, which are told of by their category."""
    before = {f"'{one.name}'": one for one in old.states if not one.default}
    after, now = {}, {}
    for one in new.states:
        if not one.default:
            key = f"'{one.name}'"
            renamed = [former for former in one.was if f"'{former}'" in before]
            if renamed and key not in before:
                key, now[renamed[-1]] = f"'{renamed[-1]}'", one.name
            after[key] = one

    def along(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Moves follow those who are renamed: that is no change of theirs."""
        return None if names is None else tuple(now.get(name, name) for name in names)

    def was(state: NamedState) -> Facts:
        there = after.get(f"'{state.name}'")
        state = replace(state, comes_from=along(state.comes_from), leads_to=along(state.leads_to))
        if there is None:
            goes = f"'{new.named.of(state.category, state.name).name}'"
            return {**_state(state), "its tickets go to": goes}
        return _state(state) if there.name == state.name else {"called": f"'{state.name}'", **_state(state)}

    def will(state: NamedState) -> Facts:
        told = _state(replace(state, was=tuple(one for one in state.was if f"'{one}'" not in before)))
        return told if f"'{state.name}'" in after else {"called": f"'{state.name}'", **told}

    return _things("state", before, after, was, will)


def _moves(state: NamedState) -> dict[str, str]:
    found = (("from", state.comes_from), ("to", state.leads_to), ("formerly", state.was or None))
    return {name: ", ".join(there) or "nowhere" for name, there in found if there is not None}


def _state(state: NamedState) -> Facts:
    return {"in": state.category.value, "clock": state.effect.value, **_moves(state)}


def _mail(before: str, settings: MailSettings | None) -> dict[str, str]:
    said = written_mail(settings).items()
    return {f"{before}{name.replace('_', ' ')}": text for name, text in said}


def _targets(before: str, targets: Mapping[Priority, Targets]) -> dict[str, str]:
    return {
        f"{before}{priority} {name.replace('_', ' ')}": _duration(seconds)
        for priority in Priority
        for name in TARGETS
        if (seconds := targets.get(priority, Targets()).of(name)) is not None
    }


def _calendar(calendar: Calendar) -> Facts:
    facts = {"zone": calendar.zone}
    for day, hours in zip(WEEKDAYS, calendar.week, strict=True):
        facts[day] = ", ".join(map(str, hours)) or "closed"
    facts["holidays of"] = ", ".join(map(_place, calendar.places))
    facts |= {f"holiday {one.day}": f"'{one.name}'" for one in calendar.holidays}
    for special in calendar.special_days:
        plan = ", ".join(map(str, special.hours)) or "closed"
        facts[f"special day {special.day}"] = f"'{special.name}' {plan}"
    return facts


def _place(place: Place) -> str:
    return str(place)


def _sla(sla: SlaPolicy) -> Facts:
    facts = {"when": sla.when or "always", "calendar": sla.calendar, "at risk": write_share(sla.risk)}
    facts["outside hours adds"] = _duration(sla.out_of_hours or None)
    facts |= _targets("", sla.targets)
    for place, one in enumerate(sla.thresholds, 1):
        facts[f"threshold {place}"] = _threshold(one)
    return facts


def _threshold(one: Threshold) -> str:
    at = write_share(one.share) if one.before is None else f"{_duration(one.before)} before"
    target = "" if one.target == ANY else f" of {one.target.replace('_', ' ')}"
    does = _actions(one.actions)
    return f"'{one.level}' at {at}{target}" + (f": {does}" if does else "")


def _rule(rule: Rule) -> Facts:
    business = " of business time" if rule.business else ""
    counted = f"{_span(rule.after)}{business} since {rule.since}" if rule.since else ""
    return {
        "on": rule.on.value,
        "events": ", ".join(rule.events),
        "after": counted,
        "when": rule.when or "always",
        "does": _actions(rule.actions),
        "stops the others": "yes" if rule.stop else "",
        "switched off": "" if rule.active else "yes",
    }


def _macro(macro: Macro) -> Facts:
    return {"text": _quoted(macro.text), "does": _actions(macro.actions)}


def _quoted(text: str) -> str:
    """A line in quotes; a text of several lines stands by itself."""
    return text if "\n" in text or not text else repr(text)


def _actions(actions: Iterable[Action]) -> str:
    return "; ".join(f"{one.do} {one.value!r}" + (f" ({one.text})" if one.text else "") for one in actions)


def _queue(policy: Policy) -> Callable[[Any], Facts]:
    def facts(queue: Any) -> Facts:
        settings: QueueSettings = policy.queue(queue.key)
        return {
            "name": queue.name,
            "confidential": "yes" if queue.confidential else "no",
            "assignment": settings.assignment.value,
            "fallback": settings.fallback.value,
            "calendar": settings.calendar or AS_THE_DESK,
            "reply leaves": settings.reply.value,
            "return after": "off"
            if settings.return_after == 0
            else _duration(settings.return_after) or AS_THE_DESK,
            "reopen window": (
                AS_THE_DESK
                if settings.reopen_window is None
                else _span(settings.reopen_window.total_seconds())
            ),
            **_mail("mail ", settings.mail),
        }

    return facts


def _agent(agent: AgentPlan) -> Facts:
    return {
        "name": agent.name,
        "role": agent.role.value,
        "queues": ", ".join(agent.queues),
        "tier": agent.tier,
        "capacity": str(agent.capacity),
        "skills": ", ".join(agent.skills),
        "address": agent.address,
    }


def _duration(seconds: int | None) -> str:
    return "" if seconds is None else write_duration(seconds)


def _span(seconds: float) -> str:
    return write_duration(int(seconds), days=True)
