"""Policy files: a desk's policy and people as TOML, read with every mistake named by its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from deskterm.domain.calendar import Calendar
from deskterm.domain.closures import HolidaySource
from deskterm.domain.durations import read_duration, read_share
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Role, mail_address
from deskterm.domain.plan import AgentPlan, Plan, QueuePlan, ViewPlan
from deskterm.domain.policy import AS_THE_DESK, Assignment, Policy, QueueSettings, Targets
from deskterm.domain.policy_mail import desk_mail, queue_mail, undo_send
from deskterm.domain.policy_notes import NOTES
from deskterm.domain.policy_parts import (
    calendars,
    matrix,
    slas,
    targets,
    weights,
)
from deskterm.domain.policy_processes import named, processes
from deskterm.domain.policy_reader import Fault, Part, PolicyError, Reader, meant
from deskterm.domain.policy_rules import Names, business_time, macros, rules, unique
from deskterm.domain.policy_states import in_use, states
from deskterm.domain.policy_time import time_settings
from deskterm.domain.process import NO_PROCESS
from deskterm.domain.query_parser import parse as parse_query

__all__ = ["Fault", "PolicyError", "parse", "read_policy"]

PARTS = ("complete", *(name for name in NOTES if name))
"""What a file may say, in the order in which it is written."""

LONGEST = 2_000_000
"""Characters: a policy is read whole."""

ON, OFF = "on", "off"
RETURN = 30 * 60
"""Seconds of business time after which untouched tickets return where that is on (CONTRACT section 5)."""

SHORTEST_HOLD, LONGEST_HOLD = 60, 86400
"""Seconds for which work next may hold a ticket for whom it was handed to."""

_LOGIN = re.compile(r"[\w][\w.@-]{0,63}")


def read_policy(document: str, source: HolidaySource | None = None) -> Policy:
    """Return the policy of a document that was stored: names of queues and agents are taken as they are.

    Raises PolicyError.
    """
    reader = _reader(document)
    whole = reader.whole()
    policy = _policy(whole, Policy(), Names(), source)
    queues: dict[str, QueueSettings] = {}
    for key, part in whole.named("queues"):
        queues[key] = _settings(part, QueueSettings(), Names(calendars=_by_name(policy)))
        part.done()
    whole.done()
    reader.finish()
    return replace(policy, queues=MappingProxyType(queues))


def parse(text: str, current: Plan, source: HolidaySource | None = None) -> Plan:
    """Return what the desk will be: a file says what changes, and what it leaves out stays.

    A list that is there (sla, rules, states, macros), all calendars, the matrix and the targets are meant
    whole; queues, agents and views are only added and changed, and the keys they leave out stay. With
    `complete = true` agents that are not in the file have left. Raises PolicyError with every fault.
    """
    reader = _reader(text)
    whole = reader.whole()
    complete = whole.get("complete", bool, False)
    queues = _queues(whole, current)
    keys = {word.casefold(): one.key for one in queues.values() for word in (one.key, one.name)}
    agents = _agents(whole, current, keys, complete)
    logins = {one.login.casefold(): one.login for one in agents.values()}
    names = Names(keys, logins)
    policy = _policy(whole, current.policy, names, source)
    held = dict(policy.queues)
    for key, part in whole.named("queues"):
        if key in queues:
            named = replace(names, calendars=_by_name(policy))
            held[key] = _settings(part, held.get(key, QueueSettings()), named)
            part.done()
    policy = replace(policy, queues=_worth(held))
    _calendars_in_use(whole, policy)
    in_use(whole, policy)
    _processes_in_use(whole, policy)
    views = _views(whole, current, logins)
    whole.done(PARTS)
    reader.finish()
    return Plan(
        policy,
        tuple(sorted(queues.values())),
        tuple(sorted(agents.values())),
        tuple(sorted(views.values())),
        complete,
    )


def _reader(text: str) -> Reader:
    if len(text) > LONGEST:
        raise PolicyError([Fault(1, 1, "", f"is longer than {LONGEST:,} characters")])
    return Reader(text.removeprefix("\ufeff"))


def _by_name(policy: Policy) -> Mapping[str, Calendar]:
    return {one.name: one for one in policy.calendars}


def _worth(queues: Mapping[str, QueueSettings]) -> Mapping[str, QueueSettings]:
    """Leave out queues that do everything as the desk does."""
    return MappingProxyType({key: one for key, one in sorted(queues.items()) if one != QueueSettings()})


# The policy


def _policy(whole: Part, base: Policy, names: Names, source: HolidaySource | None) -> Policy:
    policy = base
    if "calendars" in whole:
        policy = replace(policy, calendars=calendars(whole, source))
    names = replace(names, calendars=_by_name(policy))
    policy = _desk(whole.table("desk"), policy, names)
    if "roles" in whole:
        policy = replace(policy, roles=_roles(whole.table("roles")))
    if "states" in whole:
        policy = replace(policy, states=states(whole, strict=names.agents is not None))
    if names.agents is not None:
        names = replace(names, states=policy.named)
    if "matrix" in whole:
        policy = replace(policy, matrix=matrix(whole.table("matrix")))
    if "weights" in whole:
        policy = replace(policy, weights=weights(whole.table("weights"), base.weights))
    if "processes" in whole:
        policy = replace(policy, processes=processes(whole, names))
    if names.agents is not None:
        names = named(names, policy.processes)
    if "targets" in whole:
        policy = replace(policy, targets=_whole_targets(whole, policy, names))
    if "sla" in whole:
        policy = replace(policy, sla=slas(whole, names, policy.calendar, policy.risk))
    else:
        # Those that said nothing of their own follow the desk.
        followed = (replace(one, risk=policy.risk) if one.risk == base.risk else one for one in policy.sla)
        policy = replace(policy, sla=tuple(followed))
    if "rules" in whole:
        policy = replace(policy, rules=rules(whole, names))
    if "macros" in whole:
        policy = replace(policy, macros=macros(whole, names))
    if "mail" in whole:
        part = whole.table("mail")
        undo = part.read("undo_send", undo_send, policy.undo_send)
        policy = replace(policy, mail=desk_mail(part, policy.mail), undo_send=undo)
    if "time" in whole:
        policy = replace(policy, time=time_settings(whole.table("time"), policy.time))
    return policy


def _whole_targets(whole: Part, policy: Policy, names: Names) -> Mapping[Priority, Targets]:
    found = targets(whole.table("targets"), policy.calendar, names)
    return MappingProxyType({priority: found.get(priority, Targets()) for priority in Priority})


def _desk(part: Part, base: Policy, names: Names) -> Policy:
    calendar = part.read("calendar", names.calendar, base.calendar)

    def day() -> int:
        return names.day_of(calendar)

    def share(name: str, default: float) -> float:
        found = part.read(name, read_share, default)
        if not 0 < found <= 1:
            part.fault(name, "must be more than 0 % and at most 100 %")
        return found

    days = part.get("auto_close_days", int, base.auto_close_days)
    if not 0 <= days <= 366:
        part.fault("auto_close_days", "must be 0 to 366 business days; 0 never closes")
    found = replace(
        base,
        risk=share("at_risk", base.risk),
        p1_share=share("p1_share", base.p1_share),
        reopen_window=part.read("reopen_window", _span, base.reopen_window),
        calendar=calendar,
        auto_close_days=days,
        return_after=_returns(part, base.return_after, day, names),
        work_next_hold=part.read("work_next_hold", _hold, base.work_next_hold),
    )
    part.done()
    return found


def _hold(text: str) -> int:
    seconds = read_duration(text)
    if not SHORTEST_HOLD <= seconds <= LONGEST_HOLD:
        raise ValueError("must be 1 minute to 24 hours")
    return seconds


def _returns(part: Part, base: int | None, day: Callable[[], int], names: Names) -> int | None:
    """Read after how many seconds of business time untouched tickets return; None is never."""

    def how(text: str) -> int | None:
        word = text.strip().casefold()
        if word in (ON, OFF):
            return RETURN if word == ON else None
        seconds = business_time(text, day)
        if seconds == 0 and names.agents is not None:
            raise ValueError("every ticket would return at once: write off for never")
        return seconds

    return part.read("return_after", how, base)


def _span(text: str) -> timedelta:
    """Read a span of the calendar on the wall, whose days have 24 hours."""
    return timedelta(seconds=read_duration(text))


def _roles(part: Part) -> Mapping[str, str]:
    found = {role.value: part.text(role.value, longest=40) for role in Role if role.value in part}
    part.done(Role)
    return MappingProxyType({role: name for role, name in found.items() if name and name != role})


# Queues, agents and views


def _settings(part: Part, base: QueueSettings, names: Names) -> QueueSettings:
    calendar, returns, window = "", None, None
    if not _as_the_desk(part, "calendar"):
        calendar = part.read("calendar", names.calendar, base.calendar)
    if "return_after" not in part:
        returns = base.return_after
    elif not _as_the_desk(part, "return_after"):
        returns = _returns(part, None, lambda: names.day_of(calendar), names) or 0
    if not _as_the_desk(part, "reopen_window"):
        window = part.read("reopen_window", _span, base.reopen_window)
    modes = tuple(Assignment)
    replies = (State.PENDING, State.OPEN)
    return QueueSettings(
        Assignment(part.choice("assign", modes, base.assignment)),
        Assignment(part.choice("fallback", modes, base.fallback)),
        calendar,
        returns,
        window,
        State(part.choice("reply", replies, base.reply)),
        queue_mail(part.table("mail")) if "mail" in part else base.mail,
    )


def _as_the_desk(part: Part, name: str) -> bool:
    return str(part.get(name, object, "")).strip().casefold() == AS_THE_DESK


def _queues(whole: Part, current: Plan) -> dict[str, QueuePlan]:
    found = {one.key: one for one in current.queues}
    taken: list[tuple[str, Part]] = []
    for key, part in whole.named("queues"):
        if re.fullmatch(r"[\w]+(-[\w]+)*", key) is None or key != key.casefold():
            near = re.sub(r"[\W]+", "-", key.casefold()).strip("-")
            hint = f"such as {near}" if near else ""
            part.fault(None, f'"{key}" is no key: small letters, digits and single hyphens', hint)
            continue
        known = found.get(key, QueuePlan(key, key))
        hidden = part.get("confidential", bool, known.confidential)
        found[key] = one = QueuePlan(key, part.name("name", known.name), hidden)
        taken.append((one.name, part))
    unique(taken, "queues")
    named = {key for key, _ in whole.named("queues")}
    others = {one.name.casefold(): one.key for one in current.queues if one.key not in named}
    for name, part in taken:
        other = found.get(name.casefold())
        if name.casefold() in others:
            part.fault("name", f"the queue {others[name.casefold()]} has this name")
        elif other is not None and part.path[-1] != other.key:
            part.fault("name", f"{other.key} is the key of another queue")
    return found


def _agents(whole: Part, current: Plan, keys: Mapping[str, str], complete: bool) -> dict[str, AgentPlan]:
    known = {one.login: one for one in current.agents}
    folded = {login.casefold(): login for login in known}
    found = {
        login: replace(one, active=False) if complete and "agents" in whole else one
        for login, one in known.items()
    }
    seen = set()
    for written, part in whole.named("agents"):
        if _LOGIN.fullmatch(written) is None:
            part.fault(None, f'"{written}" is no login: letters, digits and . @ - _')
            continue
        login = folded.setdefault(written.casefold(), written)
        if login in seen:
            part.fault(None, f"the agent {login} is there twice")
        seen.add(login)
        found[login] = _agent(part, known.get(login, AgentPlan(login, login)), keys)
    admins = any(one.role is Role.ADMIN and one.active for one in found.values())
    if "agents" in whole and not admins and any(one.active for one in found.values()):
        whole.fault("agents", "nobody would be an admin", "one active agent must be an admin")
    return found


def _agent(part: Part, base: AgentPlan, keys: Mapping[str, str]) -> AgentPlan:
    queues = []
    for place, text in enumerate(part.words("queues", base.queues)):
        key = keys.get(text.casefold())
        if key is None:
            near = meant(text, sorted(set(keys.values())))
            part.reader.fault((*part.path, "queues", place), f'there is no queue "{text}"{near}')
        else:
            queues.append(key)
    capacity = part.get("capacity", int, base.capacity)
    if not 0 <= capacity <= 10_000:
        part.fault("capacity", "must be 0 to 10000")
    skills = {word.casefold() for word in part.words("skills", base.skills)}
    found = AgentPlan(
        base.login,
        part.name("name", base.name),
        Role(part.choice("role", tuple(Role), base.role)),
        tuple(sorted(set(queues))),
        part.text("tier", base.tier, 20),
        capacity,
        tuple(sorted(skills)),
        part.get("active", bool, True),
        part.read("address", mail_address, base.address),
    )
    part.done()
    return found


def _views(whole: Part, current: Plan, logins: Mapping[str, str]) -> dict[tuple[str, str], ViewPlan]:
    found = {(one.agent, one.name): one for one in current.views}
    seen = set()
    for part in whole.tables("views"):
        agent, name = part.name("agent"), part.name()
        login = logins.get(agent.casefold())
        if login is None and agent:
            part.fault("agent", f'there is no agent "{agent}"' + meant(agent, sorted(logins.values())))
        if len(name) > 60:
            part.fault("name", "is longer than 60 characters")
        if (login, name) in seen:
            part.fault("name", f'{agent} has two views named "{name}"')
        seen.add((login, name))
        query = part.read("query", lambda text: parse_query(text).text.strip(), "")
        if not query:
            part.fault("query" if "query" in part else None, "query is missing")
        part.done()
        if login is not None:
            found[login, name] = ViewPlan(login, name, query)
    return found


def _calendars_in_use(whole: Part, policy: Policy) -> None:
    """A calendar that a part of the policy still goes by cannot be left out."""
    there = {one.name for one in policy.calendars} | {"24x7", ""}
    users = [("the desk", policy.calendar)]
    users += [(f"queue {key}", one.calendar) for key, one in policy.queues.items()]
    users += [(f'SLA policy "{one.name}"', one.calendar) for one in policy.sla]
    for user, calendar in users:
        if calendar not in there:
            whole.fault("calendars", f'{user} goes by the calendar "{calendar}", which is left out')


def _processes_in_use(whole: Part, policy: Policy) -> None:
    """A process that a rule or macro still begins cannot be left out."""
    if "processes" not in whole:
        return
    users = [(f'the rule "{one.name}"', one.actions) for one in policy.rules]
    users += [(f'the macro "{one.name}"', one.actions) for one in policy.macros]
    users += [(f'SLA policy "{one.name}"', level.actions) for one in policy.sla for level in one.thresholds]
    for user, done in users:
        for action in done:
            begins = action.do == "process" and action.value != NO_PROCESS
            if begins and policy.process_named(action.value) is None:
                whole.fault("processes", f'{user} begins the process "{action.value}", which is left out')
