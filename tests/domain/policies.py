"""Policies and plans for tests: a believable whole one, and strategies for any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from hypothesis import assume
from hypothesis import strategies as st

from deskterm.domain.actions import ACTIONS, Macro
from deskterm.domain.calendar import Calendar
from deskterm.domain.causes import SINCE
from deskterm.domain.closures import Holiday, Place, SpecialDay
from deskterm.domain.hours import Interval, week_of
from deskterm.domain.kinds import ACTIVE, TYPES, Level, Priority, State
from deskterm.domain.named_states import States
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.plan import AgentPlan, Plan, QueuePlan, ViewPlan
from deskterm.domain.policy import Assignment, Effect, NamedState, Policy, QueueSettings, Targets
from deskterm.domain.policy_processes import LONGEST
from deskterm.domain.process import LEAD, NO_PROCESS, OWNER, Gate, Process, Step
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.sla_policy import BREACHED, SlaPolicy, Threshold


def no_holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """A world without holidays."""
    return {}


DAYS = week_of(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00"))
_CHARS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"))
words = st.text(_CHARS, min_size=1, max_size=12).map(lambda text: clean_line(text).strip()).filter(bool)
lines = st.lists(words, min_size=1, max_size=3).map(" ".join)
proses = st.lists(lines, min_size=1, max_size=3).map("\n".join).map(lambda text: clean_text(text).strip())
shares = st.integers(1, 1000).map(lambda one: one / 1000)
spans = st.integers(1, 400_000)
maybe_spans = st.none() | spans
dates = st.dates(date(2024, 1, 1), date(2030, 12, 31))
queries = st.sampled_from(("", "tag:vip", 'org:"Blue Fin" priority:p1,p2', "vpn -type:question", "is:any"))


_EFFECTS = {
    State.NEW: (Effect.RUNS, Effect.PAUSED),
    State.OPEN: (Effect.RUNS, Effect.PAUSED),
    State.PENDING: tuple(Effect),
    State.HOLD: tuple(Effect),
    State.SOLVED: (Effect.STOPPED,),
    State.CLOSED: (Effect.STOPPED,),
}


@st.composite
def named_states(draw: st.DrawFn) -> tuple[NamedState, ...]:
    """Any states a file may name, in the order in which they are written."""
    more = draw(st.lists(st.sampled_from(State), max_size=4))
    taken = {state.value for state in State}
    called = draw(
        st.lists(
            lines.filter(lambda one: one.casefold() not in taken),
            min_size=6 + 2 * len(more),
            max_size=6 + 2 * len(more),
            unique_by=str.casefold,
        )
    )
    runs = (State.NEW, State.OPEN)
    found = [
        NamedState(
            called.pop(), state, Effect.RUNS if state in runs else draw(st.sampled_from(_EFFECTS[state]))
        )
        for state in State
    ]
    for state in more:
        was = (called.pop(),) if draw(st.booleans()) else ()
        effect = draw(st.sampled_from(_EFFECTS[state]))
        found.append(NamedState(called.pop(), state, effect, default=False, was=was))
    found.sort(key=lambda one: (list(State).index(one.category), not one.default))
    known = States(found)
    for at, one in enumerate(found):
        if draw(st.integers(0, 4)) == 0:
            to = [there.name for there in known.onward(one)]
            kept = tuple(draw(st.lists(st.sampled_from(to), unique=True))) if to else ()
            found[at] = replace(one, leads_to=kept)
    made = States(found)
    stuck = any(one.category in ACTIVE and not made.onward(one) for one in found)
    assume(not stuck and not made.unreachable())
    return tuple(found)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    """The hours of a day."""
    minutes = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    pairs = zip(minutes[0::2], minutes[1::2], strict=False)
    return tuple(Interval(opens, closes) for opens, closes in pairs)


@st.composite
def calendars(draw: st.DrawFn, name: str) -> Calendar:
    """Any calendar that opens at all."""
    mon, tue, wed, thu, fri, sat = (draw(st.just(()) | intervals()) for _ in range(6))
    holidays = draw(st.dictionaries(dates, lines, max_size=3))
    special = draw(st.dictionaries(dates, st.tuples(lines, st.just(()) | intervals()), max_size=3))
    return Calendar(
        name,
        draw(st.sampled_from(("UTC", "Europe/Berlin", "America/New_York"))),
        (mon, tue, wed, thu, fri, sat, draw(intervals())),
        tuple(Holiday(day, text) for day, text in holidays.items()),
        tuple(draw(st.lists(st.sampled_from((Place("DE", "BY"), Place("US"))), max_size=2))),
        tuple(SpecialDay(day, text, hours) for day, (text, hours) in special.items()),
        no_holidays,
    )


_goals = st.none() | st.integers(15, 400_000)
targets = st.builds(Targets, _goals, _goals, _goals, _goals)
goals = st.dictionaries(st.sampled_from(Priority), targets.filter(lambda one: one != Targets()), min_size=1)


@st.composite
def processes(draw: st.DrawFn, agents: tuple[str, ...]) -> tuple[Process, ...]:
    """Any processes a file may name."""
    called = st.lists(
        lines.filter(lambda one: one.casefold() != NO_PROCESS), unique_by=str.casefold, max_size=3
    )
    names, types = draw(called), list(TYPES)
    found = []
    for name in names:
        begun = tuple(draw(st.lists(st.sampled_from(types), unique=True, max_size=2))) if types else ()
        types = [one for one in types if one not in begun]
        steps = st.lists(
            lines.filter(lambda one: not one.isdigit()), unique_by=str.casefold, min_size=1, max_size=4
        )
        found.append(Process(name, tuple(draw(_step(step, agents)) for step in draw(steps)), begun))
    return tuple(found)


@st.composite
def _step(draw: st.DrawFn, name: str, agents: tuple[str, ...]) -> Step:
    approval = draw(st.sampled_from((None, Role.LEAD, Role.ADMIN)))
    return Step(
        name,
        draw(st.just("") | proses),
        draw(st.sampled_from((OWNER, LEAD, *agents))) if approval is None else OWNER,
        draw(st.booleans()),
        draw(st.sampled_from(Gate)),
        draw(st.none() | st.integers(60, LONGEST)),
        draw(queries),
        approval,
        tuple(draw(st.lists(lines, max_size=2))),
    )


@st.composite
def actions(
    draw: st.DrawFn, queues: tuple[str, ...], agents: tuple[str, ...], begun: tuple[str, ...]
) -> Action:
    """One action with a value it may have."""
    # A step is marked by a macro alone.
    verb = draw(st.sampled_from(sorted(ACTIONS.keys() - {"step"})))
    info = ACTIONS[verb]
    named = {"queue": queues, "agent": agents, "process": begun}.get(info.names, ())
    named = {"remind": ("in 2h", "fri 9am"), "webhook": ("https://x.example/hook",)}.get(verb, named)
    value = draw(st.sampled_from((*info.choices, *named)) if info.choices or named else proses)
    return Action(verb, value, "vendor" if value == "hold" else draw(st.just("") | proses))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan a desk can have."""
    keys = draw(
        st.lists(st.from_regex(r"[a-z]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True), unique=True, max_size=3)
    )
    logins = draw(st.lists(st.from_regex(r"[a-z][a-z0-9.@-]{0,8}", fullmatch=True), unique=True, max_size=3))
    named = draw(
        st.lists(
            words.filter(lambda one: one.casefold() not in ("24x7", "24×7")),
            max_size=2,
            unique_by=str.casefold,
        )
    )
    known = tuple(draw(calendars(name)) for name in sorted(named))
    hours = st.sampled_from(("24x7", *named))
    tagging = st.builds(Action, st.just("tag"), words, st.just("") | proses)
    followed = draw(processes(tuple(logins)))
    begun = tuple(one.name for one in followed)
    thing = actions(tuple(keys), tuple(logins), begun) if keys and logins else tagging
    things = st.lists(thing, min_size=1, max_size=3).map(tuple)
    called = words.filter(lambda one: ":" not in one and one != BREACHED)
    thresholds = st.builds(
        Threshold,
        called,
        shares,
        st.none(),
        st.sampled_from(("any", "first_reply", "resolution")),
        things | st.just(()),
    ) | st.builds(Threshold, called, st.just(1.0), spans, actions=things)
    levels = st.lists(thresholds, max_size=2, unique_by=lambda one: (one.target, one.level))
    names = st.lists(lines, unique_by=str.casefold, max_size=3)
    settings = st.builds(
        QueueSettings,
        st.sampled_from(Assignment),
        st.sampled_from(Assignment),
        st.just("") | hours,
        maybe_spans,
        st.none() | spans.map(lambda one: timedelta(seconds=one)),
        st.sampled_from((State.PENDING, State.OPEN)),
    ).filter(lambda one: one != QueueSettings())
    policy = Policy(
        targets=MappingProxyType({one: draw(targets) for one in Priority}),
        matrix=MappingProxyType({(a, b): draw(st.sampled_from(Priority)) for a in Level for b in Level}),
        risk=draw(shares),
        reopen_window=timedelta(seconds=draw(spans)),
        p1_share=draw(shares),
        calendar=draw(hours),
        calendars=known,
        sla=tuple(
            SlaPolicy(
                name,
                draw(queries),
                draw(hours),
                draw(goals),
                tuple(draw(levels)),
                draw(shares),
                draw(st.just(0) | spans),
            )
            for name in draw(names)
            if name.casefold() != "default"
        ),
        states=draw(named_states()),
        rules=tuple(draw(rules(name, things)) for name in draw(names)),
        macros=tuple(Macro(name, draw(proses), draw(things)) for name in draw(names)),
        queues=MappingProxyType(draw(st.dictionaries(st.sampled_from(keys), settings)) if keys else {}),
        roles=MappingProxyType({"lead": "Team lead"} if draw(st.booleans()) else {}),
        weights=MappingProxyType({one: draw(st.integers(0, 100)) for one in Priority}),
        auto_close_days=draw(st.integers(0, 30)),
        return_after=draw(maybe_spans),
        work_next_hold=draw(st.integers(60, 86400)),
        processes=followed,
    )
    return Plan(
        policy,
        tuple(sorted(QueuePlan(key, key.upper(), draw(st.booleans())) for key in keys)),
        tuple(sorted(draw(agents(login, tuple(keys), login == logins[0])) for login in logins)),
        tuple(sorted(ViewPlan(login, draw(lines), "is:any") for login in logins)),
    )


@st.composite
def rules(draw: st.DrawFn, name: str, things: st.SearchStrategy[tuple[Action, ...]]) -> Rule:
    """Any rule of a name."""
    on = draw(st.sampled_from(On))
    since, after, business = "", 0, False
    events: tuple[str, ...] = ()
    if on is On.TIME:
        since, after, business = draw(st.sampled_from(sorted(SINCE))), draw(spans), draw(st.booleans())
    elif on is On.UPDATE:
        event = st.sampled_from(("created", "breached", "changed:reply", "changed:priority"))
        events = tuple(draw(st.lists(event, min_size=1, max_size=2)))
    stop, active = draw(st.booleans()), draw(st.booleans())
    return Rule(name, on, draw(queries), draw(things), events, since, after, stop, active, business)


@st.composite
def agents(draw: st.DrawFn, login: str, keys: tuple[str, ...], admin: bool) -> AgentPlan:
    """Any agent of a login."""
    queues = draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
    skills = draw(st.sets(words.map(str.casefold), max_size=2))
    return AgentPlan(
        login,
        draw(lines),
        Role.ADMIN if admin else draw(st.sampled_from(Role)),
        tuple(sorted(queues)),
        draw(st.just("") | words),
        draw(st.integers(0, 99)),
        tuple(sorted(skills)),
        admin or draw(st.booleans()),
    )
