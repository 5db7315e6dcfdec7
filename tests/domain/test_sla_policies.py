"""Clocks in business time under SLA policies: the rules S1 to S14 of the best desks, each as worked cases.

The week is that of November 2026: the 23rd is a Monday. The office of most cases is open from nine to five
in Berlin, which is 8:00 to 16:00 UTC then; times are written as they are on the wall there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.calendar import Calendar
from deskterm.domain.closures import Holiday
from deskterm.domain.decide import decide, settle
from deskterm.domain.due_work import due_work
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change, Event, evolve, fold, invert
from deskterm.domain.facts import Facts, Talk
from deskterm.domain.hours import parse_hours
from deskterm.domain.kinds import Level, Priority, Sla, State
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK, Actor, Requester
from deskterm.domain.policy import DEFAULT, HOUR, MINUTE, Effect, Policy, Targets
from deskterm.domain.proposal import Situation
from deskterm.domain.sla import ClockState, clocks, standing
from deskterm.domain.sla_policy import SlaPolicy, Threshold
from deskterm.domain.ticket import Leg, Ticket
from deskterm.domain.triage import opening
from tests.domain.situations import AGENTS, ALICE, QUEUES
from tests.hours import office_week

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar("Office", "Europe/Berlin", office_week("09:00-17:00"))
LUNCH = Calendar("Lunch", "Europe/Berlin", office_week("09:00-12:00,13:00-17:00"))
FEAST = replace(OFFICE, name="Feast", holidays=(Holiday(date(2026, 11, 24), "Founders' day"),))
LATE = Calendar("Late", "Europe/Berlin", office_week("09:00-24:00"))
SATURDAY = Calendar(
    "Saturday", "Europe/Berlin", (*office_week("09:00-17:00")[:5], parse_hours("10:00-14:00"), ())
)
SYDNEY = Calendar("Sydney", "Australia/Sydney", office_week("09:00-17:00"))


def each(**targets: int | None) -> dict[Priority, Targets]:
    """The same targets for every priority."""
    return {priority: Targets(**targets) for priority in Priority}


GRADED = {
    Priority.P1: Targets(15 * MINUTE, 4 * HOUR),
    Priority.P2: Targets(HOUR, 8 * HOUR),
    Priority.P3: Targets(4 * HOUR, 16 * HOUR, 2 * HOUR, 6 * HOUR),
    Priority.P4: Targets(8 * HOUR, 40 * HOUR),
}
ALL = (OFFICE, LUNCH, FEAST, LATE, SATURDAY, SYDNEY)


def policy(*sla: SlaPolicy, version: int = 2, past: tuple[Policy, ...] = (), **also: Any) -> Policy:
    """A policy as a file would make it, with every calendar of these tests."""
    known = {one.version: one for one in past}
    return Policy(version=version, calendars=ALL, sla=sla, past=known, **also)


GRADES = policy(SlaPolicy("Office hours", "", "Office", GRADED))


def at(text: str, month: int = 11) -> datetime:
    """A time on the wall in Berlin: "23 09:30" is that Monday."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return datetime(2026, month, int(day), int(hour), int(minute), tzinfo=BERLIN).astimezone(UTC)


def said(moment: datetime | None) -> str:
    """A moment as it is on the wall in Berlin."""
    return "none" if moment is None else f"{moment.astimezone(BERLIN):%d %H:%M}"


def asks(policy: Policy, now: datetime) -> Callable[[Ticket, Any], bool]:
    """What finds a ticket by a query."""

    def holds(ticket: Ticket, query: Any) -> bool:
        facts = Facts(
            ticket,
            QUEUES[ticket.queue],
            Requester(1, "Ana Ruiz", "ana@northwind.example"),
            lambda: Talk("", frozenset()),
            lambda: standing(ticket, policy),
            lambda: ticket.links,
            "Northwind",
            AGENTS,
        )
        return matches(query, facts, DESK, now, UTC)

    return holds


@dataclass
class Life:
    """A ticket's life, told as times on the wall and what was done; every step is an event that folds."""

    policy: Policy
    ticket: Ticket
    events: list[Event]

    def do(self, when: str | datetime, command: c.TicketCommand, agent: Any = ALICE) -> Life:
        """Let somebody do something."""
        now = at(when) if isinstance(when, str) else when
        situation = self._situation(now, agent)
        proposal = decide(command, self.ticket, situation)
        assert proposal is not None
        changes = proposal.changes
        if proposal.message is not None:
            changes = (*changes, Change("message", None, len(self.events)))
        self._add(proposal.kind, changes, now)
        return self.settle(now)

    def settle(self, now: datetime) -> Life:
        """Let follow what must."""
        follow = settle(self.ticket, self._situation(now, None))
        if follow:
            self._add("settled", follow, now)
        return self

    def under(self, when: str, policy: Policy) -> Life:
        """Let another policy hold from now on."""
        self.policy = policy
        return self.settle(at(when))

    def _situation(self, now: datetime, agent: Any) -> Situation:
        return Situation(Actor(agent, "test"), now, self.policy, QUEUES, AGENTS, asks=asks(self.policy, now))

    def _add(self, kind: str, changes: tuple[Change, ...], now: datetime) -> None:
        event = Event(len(self.events) + 1, len(self.events) + 1, 7, kind, now, 1, "test", "", changes)
        self.ticket = evolve(self.ticket, event)
        self.events.append(event)

    def clock(self, target: str, when: str) -> Any:
        """The clock of this name at a time."""
        return next(one for one in clocks(self.ticket, self.policy, at(when)) if one.target == target)

    def told(self, target: str, when: str) -> tuple[str, int, str]:
        """A clock as (state, minutes used, due)."""
        clock = self.clock(target, when)
        return clock.state.value, clock.used_seconds // 60, said(clock.due_at)

    def names(self, when: str) -> list[str]:
        """Which clocks there are."""
        return [one.target for one in clocks(self.ticket, self.policy, at(when))]


def opened(when: str | datetime, held: Policy = GRADES, **values: Any) -> Life:
    """A ticket that came in, P3 unless said otherwise."""
    now = at(when) if isinstance(when, str) else when
    given: dict[str, Any] = {"impact": Level.MEDIUM, "urgency": Level.MEDIUM, "text": "It fails"} | values
    situation = Situation(Actor(ALICE, "test"), now, held, QUEUES, AGENTS, asks=asks(held, now))
    proposal = opening(c.Create("It fails", "ana@northwind.example", **given), 1, situation)
    event = Event(1, 1, 7, "created", now, 1, "test", "", proposal.changes)
    return Life(held, fold([event]), [event]).settle(now)


T = (7,)
WAIT, HOLD, GO = (
    c.ChangeState(T, State.PENDING),
    c.ChangeState(T, State.HOLD, "vendor"),
    c.ChangeState(T, State.OPEN),
)
REPLY, ASK = c.Reply(T, "We look", State.OPEN), c.Reply(T, "Which one?", State.PENDING)
WROTE, SOLVE = c.Receive(T, "And now?"), c.Solve(T, "done")

# Due times: calendar, when it came in, seconds of business time, due on the wall in Berlin

DUE = [
    ("Office", "23 09:00", 4 * HOUR, "23 13:00"),
    ("Office", "23 16:00", 4 * HOUR, "24 12:00"),
    ("Office", "23 17:00", 4 * HOUR, "24 13:00"),
    ("Office", "23 03:00", 4 * HOUR, "23 13:00"),
    ("Office", "23 09:00", 8 * HOUR, "23 17:00"),
    ("Office", "23 09:00", 16 * HOUR, "24 17:00"),
    ("Office", "27 16:00", 2 * HOUR, "30 10:00"),
    ("Office", "28 12:00", 1 * HOUR, "30 10:00"),
    ("Office", "29 23:59", 15 * MINUTE, "30 09:15"),
    ("Office", "27 16:59", 2 * MINUTE, "30 09:01"),
    ("Lunch", "23 11:30", 1 * HOUR, "23 13:30"),
    ("Lunch", "23 12:30", 15 * MINUTE, "23 13:15"),
    ("Lunch", "23 09:00", 7 * HOUR, "23 17:00"),
    ("Lunch", "23 09:00", 3 * HOUR, "23 12:00"),
    ("Feast", "23 16:00", 2 * HOUR, "25 10:00"),
    ("Feast", "24 10:00", 1 * HOUR, "25 10:00"),
    ("Late", "23 23:30", 1 * HOUR, "24 09:30"),
    ("Late", "23 09:00", 15 * HOUR, "24 00:00"),
    ("Saturday", "27 16:00", 2 * HOUR, "28 11:00"),
    ("Saturday", "28 13:30", 1 * HOUR, "30 09:30"),
    ("Sydney", "23 09:00", 1 * HOUR, "24 00:00"),
    ("24x7", "28 12:00", 4 * HOUR, "28 16:00"),
]


@pytest.mark.parametrize(("calendar", "came", "seconds", "due"), DUE)
def test_a_target_is_due_in_time_of_the_policys_calendar(
    calendar: str, came: str, seconds: int, due: str
) -> None:
    held = policy(SlaPolicy("one", "", calendar, each(first_reply=seconds, resolution=seconds)))
    life = opened(came, held)
    first, resolution = clocks(life.ticket, held, at(came))
    assert (said(first.due_at), said(resolution.due_at)) == (due, due)
    assert (first.used_seconds, first.state) == (0, ClockState.RUNNING)


# What a timeline uses: calendar, steps (time, command), asked at, state, minutes used, due. Target: 16 h.

USED = [
    ("runs", "Office", [], "23 12:00", "running", 180, "24 17:00"),
    ("night", "Office", [], "24 08:00", "running", 480, "24 17:00"),
    ("over", "Office", [], "25 10:00", "running", 1020, "24 17:00"),
    ("pending", "Office", [("23 10:00", WAIT)], "23 15:00", "paused", 60, "none"),
    (
        "pending over night",
        "Office",
        [("23 16:00", WAIT), ("24 10:00", GO)],
        "24 10:00",
        "running",
        420,
        "25 11:00",
    ),
    ("resumed", "Office", [("23 10:00", WAIT), ("23 11:00", GO)], "23 12:00", "running", 120, "25 10:00"),
    ("hold", "Office", [("23 10:00", HOLD), ("23 15:00", GO)], "23 16:00", "running", 120, "25 14:00"),
    (
        "hold over a weekend",
        "Office",
        [("27 16:00", HOLD), ("30 10:00", GO)],
        "30 10:00",
        "running",
        2340,
        "24 17:00",  # it was late before that
    ),
    (
        "pause at night",
        "Office",
        [("23 18:00", WAIT), ("23 23:00", GO)],
        "24 09:00",
        "running",
        480,
        "24 17:00",
    ),
    (
        "pause through opening",
        "Office",
        [("23 18:00", WAIT), ("24 09:30", GO)],
        "24 10:00",
        "running",
        510,
        "25 09:30",
    ),
    (
        "two pauses",
        "Office",
        [("23 10:00", WAIT), ("23 11:00", GO), ("23 13:00", HOLD), ("23 14:00", GO)],
        "23 15:00",
        "running",
        240,
        "25 11:00",
    ),
    (
        "pending then hold",
        "Office",
        [("23 10:00", WAIT), ("23 11:00", HOLD), ("23 12:00", GO)],
        "23 13:00",
        "running",
        120,
        "25 11:00",
    ),
    ("solved", "Office", [("23 15:00", SOLVE)], "25 12:00", "met", 360, "none"),
    ("solved at the last moment", "Office", [("24 16:59", SOLVE)], "25 12:00", "met", 959, "none"),
    ("solved late", "Office", [("24 17:00", SOLVE)], "25 12:00", "missed", 960, "none"),
    ("solved at night in time", "Office", [("23 22:00", SOLVE)], "25 12:00", "met", 480, "none"),
    (
        "reopened",
        "Office",
        [("23 15:00", SOLVE), ("24 10:00", c.Reopen(T, "no"))],
        "24 11:00",
        "running",
        420,
        "25 12:00",
    ),
    (
        "reopened by night",
        "Office",
        [("23 15:00", SOLVE), ("23 22:00", c.Reopen(T, "no"))],
        "24 10:00",
        "running",
        420,
        "25 11:00",
    ),
    ("closed as spam", "Office", [("23 10:00", c.Close(T, "spam"))], "25 12:00", "cancelled", 60, "none"),
    ("lunch", "Lunch", [], "23 14:00", "running", 240, "25 11:00"),
    (
        "pause over lunch",
        "Lunch",
        [("23 11:30", WAIT), ("23 13:30", GO)],
        "23 14:00",
        "running",
        180,
        "25 12:00",
    ),
    ("holiday", "Feast", [], "25 10:00", "running", 540, "25 17:00"),
    (
        "pause over a holiday",
        "Feast",
        [("23 16:00", WAIT), ("25 10:00", GO)],
        "25 10:00",
        "running",
        420,
        "26 11:00",
    ),
    ("to midnight", "Late", [], "24 00:00", "running", 900, "24 10:00"),
    (
        "around the clock",
        "24x7",
        [("23 10:00", WAIT), ("23 11:00", GO)],
        "23 12:00",
        "running",
        120,
        "24 02:00",
    ),
]


@pytest.mark.parametrize(
    ("calendar", "steps", "when", "state", "used", "due"),
    [case[1:] for case in USED],
    ids=[case[0] for case in USED],
)
def test_the_resolution_counts_the_open_time_in_which_nothing_stopped_it(
    calendar: str, steps: list[Any], when: str, state: str, used: int, due: str
) -> None:
    life = opened("23 09:00", policy(SlaPolicy("one", "", calendar, each(resolution=16 * HOUR))))
    for time, command in steps:
        life.do(time, command, None if isinstance(command, c.Receive) else ALICE)
    assert life.told("resolution", when) == (state, used, due)


# The rules of SEMANTICS S, by number


def test_s1_the_first_policy_whose_condition_holds_measures_the_ticket() -> None:
    held = policy(
        SlaPolicy("Urgent payments", "queue:payments priority:P1", "24x7", each(resolution=HOUR)),
        SlaPolicy("Payments", "queue:payments", "Office", each(resolution=2 * HOUR)),
        SlaPolicy("Northwind", "org:Northwind", "Office", each(resolution=3 * HOUR)),
    )

    def name(**values: Any) -> str:
        leg = opened("23 09:00", held, **values).ticket.leg
        assert leg is not None
        return leg.policy

    high = {"impact": Level.HIGH, "urgency": Level.HIGH}
    assert name(queue="payments") == "Payments"
    assert name(queue="payments", **high) == "Urgent payments"
    assert name(queue="network", **high) == "Northwind"


def test_s1_without_a_matching_policy_the_last_resort_measures_as_ever() -> None:
    held = policy(SlaPolicy("VIP", "tag:vip", "Office", each(resolution=HOUR)))
    life = opened("28 12:00", held)
    assert life.ticket.legs == frozenset()
    assert life.told("resolution", "28 13:00") == ("running", 60, "29 12:00")


def test_s1_tagging_moves_a_ticket_under_another_policy_with_its_time_used() -> None:
    held = policy(
        SlaPolicy("VIP", "tag:vip", "24x7", each(resolution=4 * HOUR)),
        SlaPolicy("Office hours", "", "Office", GRADED),
    )
    life = opened("23 15:00", held).do("24 10:00", c.Tag(T, ("vip",)))
    assert life.told("resolution", "24 10:00") == ("running", 180, "24 11:00")
    assert [leg.policy for leg in sorted(life.ticket.legs)] == ["Office hours", "VIP"]
    life.do("24 10:30", c.Tag(T, (), ("vip",)))
    assert life.told("resolution", "24 10:30") == ("running", 210, "25 15:00")


@pytest.mark.parametrize(
    ("steps", "when", "names"),
    [
        ([], "23 10:00", ["first_reply", "resolution"]),
        ([("23 10:00", REPLY)], "23 11:00", ["first_reply", "update", "resolution"]),
        (
            [("23 10:00", REPLY), ("23 11:00", WROTE)],
            "23 12:00",
            ["first_reply", "next_reply", "update", "resolution"],
        ),
        (
            [("23 10:00", REPLY), ("23 11:00", WROTE), ("23 12:00", REPLY)],
            "23 13:00",
            ["first_reply", "update", "resolution"],
        ),
        ([("23 10:00", WROTE)], "23 11:00", ["first_reply", "resolution"]),
        ([("23 10:00", REPLY), ("23 11:00", SOLVE)], "23 12:00", ["first_reply", "resolution"]),
        (
            [("23 10:00", REPLY), ("23 11:00", WROTE), ("23 12:00", SOLVE)],
            "23 13:00",
            ["first_reply", "resolution"],
        ),
    ],
    ids=("new", "answered", "asked again", "answered again", "asked twice", "solved", "solved unanswered"),
)
def test_s2_s7_s8_which_clocks_there_are(steps: list[Any], when: str, names: list[str]) -> None:
    """No update is due before the first reply, and no reply while an agent spoke last."""
    life = opened("23 09:00")
    for time, command in steps:
        life.do(time, command, None if isinstance(command, c.Receive) else ALICE)
    assert life.names(when) == names


@pytest.mark.parametrize(
    ("steps", "when", "told"),
    [
        ([("23 16:00", WROTE)], "24 09:30", ("running", 90, "24 10:00")),
        (
            [("23 16:00", WROTE), ("23 16:30", c.Receive(T, "Hello?"))],
            "24 09:30",
            ("running", 90, "24 10:00"),
        ),
        (
            [("23 16:00", WROTE), ("23 16:30", REPLY), ("24 09:00", WROTE)],
            "24 10:00",
            ("running", 60, "24 11:00"),
        ),
        ([("23 16:00", WROTE), ("23 16:30", HOLD)], "24 09:30", ("running", 90, "24 10:00")),
        ([("23 18:00", WROTE)], "24 09:30", ("running", 30, "24 11:00")),
    ],
    ids=("over night", "the oldest counts", "begins anew", "hold does not stop it", "asked at night"),
)
def test_s2_s3_the_next_reply_counts_from_the_oldest_unanswered_message(
    steps: list[Any], when: str, told: Any
) -> None:
    life = opened("23 09:00").do("23 10:00", REPLY)
    for time, command in steps:
        life.do(time, command, None if isinstance(command, c.Receive) else ALICE)
    assert life.told("next_reply", when) == told


@pytest.mark.parametrize(
    ("steps", "when", "told"),
    [
        ([], "23 12:00", ("running", 120, "23 16:00")),
        ([("23 12:00", REPLY)], "23 13:00", ("running", 60, "24 10:00")),
        ([("23 12:00", HOLD)], "23 13:00", ("running", 180, "23 16:00")),
        ([("23 12:00", WAIT)], "23 15:00", ("paused", 120, "none")),
        ([("23 12:00", WAIT), ("23 14:00", GO)], "23 15:00", ("running", 180, "24 10:00")),
        ([("23 12:00", ASK)], "23 15:00", ("paused", 0, "none")),
        ([("23 12:00", ASK), ("23 14:00", GO)], "23 15:00", ("running", 60, "24 12:00")),
    ],
    ids=("runs", "begins anew", "on hold", "pending", "went on", "asked and waits", "asked and went on"),
)
def test_s2_the_periodic_update_stands_still_while_the_customer_is_asked(
    steps: list[Any], when: str, told: Any
) -> None:
    life = opened("23 09:00").do("23 10:00", REPLY)
    for time, command in steps:
        life.do(time, command)
    assert life.told("update", when) == told


def with_effect(state: State, effect: Effect, held: Policy = GRADES) -> Policy:
    """The same policy with another effect of a state."""
    states = tuple(replace(one, effect=effect) if one.category is state else one for one in held.states)
    return replace(held, states=states)


@pytest.mark.parametrize(
    ("effect", "told", "names"),
    [
        (Effect.RUNS, ("running", 180, "24 17:00"), ["first_reply", "next_reply", "update", "resolution"]),
        (Effect.PAUSED, ("paused", 60, "none"), ["first_reply", "next_reply", "update", "resolution"]),
        (Effect.STOPPED, ("paused", 60, "none"), ["first_reply", "resolution"]),
    ],
    ids=str,
)
def test_s4_a_state_has_one_of_three_effects(effect: Effect, told: Any, names: list[str]) -> None:
    life = opened("23 09:00", with_effect(State.HOLD, effect)).do("23 09:30", REPLY)
    life.do("23 09:45", WROTE, None).do("23 10:00", HOLD)
    assert life.told("resolution", "23 12:00") == told
    assert life.names("23 12:00") == names


@pytest.mark.parametrize(
    ("held_from", "until", "due"),
    [
        ("23 10:00", "23 12:00", "25 11:00"),
        ("23 16:00", "24 10:00", "25 11:00"),
        ("23 17:00", "24 09:00", "24 17:00"),
        ("23 20:00", "23 21:00", "24 17:00"),
        ("24 16:00", "30 10:00", "30 11:00"),
        ("27 16:00", "30 10:00", "24 17:00"),  # it was late before, and stays as late as it was
    ],
)
def test_s5_hold_counts_in_working_time(held_from: str, until: str, due: str) -> None:
    life = opened("23 09:00").do(held_from, HOLD).do(until, GO)
    assert said(life.clock("resolution", until).due_at) == due


@pytest.mark.parametrize(
    ("steps", "raised", "told"),
    [
        ([], "23 10:00", ("running", 60, "23 13:00")),
        ([("23 10:00", WAIT), ("23 15:00", GO)], "23 15:00", ("running", 60, "24 10:00")),
        ([("23 10:00", HOLD), ("25 15:00", GO)], "25 16:00", ("running", 120, "26 10:00")),
        ([], "23 14:00", ("running", 300, "23 13:00")),
        ([("23 10:00", WAIT), ("26 15:00", GO)], "26 15:00", ("running", 60, "27 10:00")),
    ],
    ids=("early", "after a pause", "after days on hold", "time had run out", "waited for days"),
)
def test_s6_becoming_p1_keeps_the_time_used_and_credits_the_pauses(
    steps: list[Any], raised: str, told: Any
) -> None:
    """Nothing breaches merely because it became P1, unless the time truly ran out."""
    life = opened("23 09:00")
    for time, command in steps:
        life.do(time, command)
    life.do(raised, c.SetPriority(T, Priority.P1, reason="the board asks"))
    assert life.told("resolution", raised) == told
    assert len(life.ticket.legs) == 1
    calm = life.do(raised, c.SetPriority(T, Priority.P4, reason="it does not"))
    assert calm.clock("resolution", raised).state is ClockState.RUNNING
    assert calm.clock("resolution", raised).target_seconds == 40 * HOUR


@pytest.mark.parametrize(
    ("steps", "state", "used"),
    [
        ([("23 10:00", REPLY)], ClockState.MET, 60),
        ([("23 13:00", REPLY)], ClockState.MISSED, 240),
        ([("24 10:00", REPLY), ("24 11:00", SOLVE)], ClockState.MISSED, 540),
        ([("23 10:00", WAIT), ("24 10:00", REPLY)], ClockState.MISSED, 540),
        ([("23 10:00", c.Note(T, "hm")), ("23 12:00", SOLVE)], ClockState.CANCELLED, 180),
        ([("23 12:59", SOLVE)], ClockState.CANCELLED, 239),
        ([("23 13:00", SOLVE)], ClockState.MISSED, 240),
        ([("23 18:00", SOLVE)], ClockState.MISSED, 480),
        ([("23 10:00", c.Solve(T, "ok", message="Done"))], ClockState.MET, 60),
        ([("25 10:00", c.Close(T, "spam"))], ClockState.CANCELLED, 1020),
        ([("23 10:00", SOLVE), ("23 11:00", c.Reopen(T, "no"))], ClockState.RUNNING, 1440),
    ],
    ids=(
        "in time",
        "late",
        "late stays a miss",
        "never pauses",
        "a note is none",
        "solved unanswered in time",
        "solved as it ran out",
        "solved unanswered too late",
        "solved with an answer",
        "spam",
        "reopened",
    ),
)
def test_s7_the_first_reply_is_settled_once_and_stays_visible(
    steps: list[Any], state: ClockState, used: int
) -> None:
    life = opened("23 09:00")
    for time, command in steps:
        life.do(time, command)
    clock = life.clock("first_reply", "25 17:00")
    assert (clock.state, clock.used_seconds // 60) == (state, used)


@pytest.mark.parametrize(
    ("calendar", "changed", "told"),
    [
        ("Lunch", "23 11:00", ("running", 120, "25 11:00")),
        ("24x7", "23 11:00", ("running", 120, "24 01:00")),
        ("24x7", "24 08:00", ("running", 480, "24 16:00")),
        ("Feast", "23 17:00", ("running", 480, "25 17:00")),
        ("Late", "23 17:00", ("running", 480, "24 01:00")),
        ("Sydney", "23 17:00", ("running", 480, "24 07:00")),
    ],
)
def test_s10_another_calendar_keeps_what_was_used_and_counts_the_rest_anew(
    calendar: str, changed: str, told: Any
) -> None:
    life = opened("23 09:00", policy(SlaPolicy("one", "", "Office", each(resolution=16 * HOUR))))
    after = policy(SlaPolicy("one", "", calendar, each(resolution=16 * HOUR)), version=3, past=(life.policy,))
    if calendar == "Late":
        told = ("running", 480, "24 10:00")
    life.under(changed, after)
    assert life.told("resolution", changed) == told
    assert [leg.version for leg in sorted(life.ticket.legs)] == [2, 3]


def test_s10_a_new_version_that_measures_the_same_begins_nothing() -> None:
    life = opened("23 09:00")
    life.under("23 11:00", replace(GRADES, version=3, past={2: GRADES}, p1_share=0.2))
    assert [leg.version for leg in life.ticket.legs] == [2]


def test_s10_what_has_ended_keeps_the_policy_it_ended_under() -> None:
    strict = policy(SlaPolicy("Office hours", "", "Office", each(resolution=60)), version=3, past=(GRADES,))
    life = opened("23 09:00").do("23 15:00", SOLVE)
    life.under("24 09:00", strict)
    assert life.told("resolution", "24 09:00") == ("met", 360, "none")
    life.do("24 10:00", c.Reopen(T, "no"))
    assert life.told("resolution", "24 10:00")[:2] == ("running", 360)
    assert standing(life.ticket, strict).at(at("24 10:00")) is Sla.BREACHED


def test_s10_a_first_reply_given_under_an_earlier_policy_is_judged_by_it() -> None:
    strict = policy(SlaPolicy("Office hours", "", "Office", each(first_reply=60)), version=3, past=(GRADES,))
    life = opened("23 09:00").do("23 10:00", REPLY).under("23 11:00", strict)
    clock = life.clock("first_reply", "23 12:00")
    assert (clock.state, clock.target_seconds) == (ClockState.MET, 4 * HOUR)


def test_s10_counting_anew_from_the_beginning_is_asked_for_and_logged() -> None:
    after = policy(SlaPolicy("one", "", "Lunch", each(resolution=HOUR)), version=3, past=(GRADES,))
    life = opened("23 09:00").do("23 15:00", SOLVE)
    life.policy = after
    with pytest.raises(Refused, match="needs a reason"):
        decide(c.Recount(T), life.ticket, Situation(DESK, at("24 09:00"), after))
    life.do("24 09:00", c.Recount(T, "the contract changed in October"))
    assert life.told("resolution", "24 09:00") == ("missed", 300, "none")
    assert life.events[-1].kind == "recounted"
    assert sorted(life.ticket.legs) == [Leg(at("23 09:00"), "one", 3)]


@pytest.mark.parametrize(
    ("came", "due"),
    [("23 03:00", "23 13:00"), ("28 10:00", "30 13:00"), ("23 17:00", "24 13:00"), ("27 16:59", "30 12:59")],
)
def test_s11_what_comes_in_outside_hours_starts_as_the_desk_opens(came: str, due: str) -> None:
    life = opened(came)
    assert standing(life.ticket, GRADES).target == "first_reply"
    assert said(standing(life.ticket, GRADES).due_at) == due


LATER = policy(
    SlaPolicy(
        "Office hours",
        "",
        "Office",
        each(first_reply=2 * HOUR, next_reply=HOUR, update=HOUR, resolution=16 * HOUR),
        out_of_hours=30 * MINUTE,
    ),
    SlaPolicy("Never", "", "24x7", each(resolution=HOUR), out_of_hours=30 * MINUTE),
)
"""Half an hour of the office's time more for what comes in while it is closed."""


@pytest.mark.parametrize(
    ("came", "first_reply", "resolution"),
    [
        ("23 09:00", "23 11:00", "24 17:00"),  # as it opens: inside
        ("23 08:59", "23 11:30", "25 09:30"),  # a minute before: outside
        ("23 16:59", "24 10:59", "25 16:59"),
        ("23 17:00", "24 11:30", "26 09:30"),  # as it closes: outside
        ("27 20:00", "30 11:30", "02 09:30"),  # Friday evening
        ("28 12:00", "30 11:30", "02 09:30"),  # Saturday
    ],
)
def test_s11_outside_hours_targets_are_longer_by_what_the_policy_adds(
    came: str, first_reply: str, resolution: str
) -> None:
    life = opened(came, LATER)
    due = {one.target: said(one.due_at) for one in clocks(life.ticket, life.policy, at(came))}
    assert due == {"first_reply": first_reply, "resolution": resolution}


def test_s11_a_next_reply_is_longer_by_when_its_message_came_and_an_update_never_is() -> None:
    life = opened("23 09:00", LATER).do("23 10:00", REPLY)
    life.do("23 18:00", WROTE, None)
    found = clocks(life.ticket, life.policy, at("23 19:00"))
    due = {one.target: said(one.due_at) for one in found if one.state is ClockState.RUNNING}
    assert due == {"next_reply": "24 10:30", "update": "23 11:00", "resolution": "24 17:00"}
    life.do("24 09:00", REPLY).do("24 10:00", WROTE, None)
    due = {one.target: said(one.due_at) for one in clocks(life.ticket, life.policy, at("24 10:00"))}
    assert due["next_reply"] == "24 11:00"


@pytest.mark.parametrize(("replied", "verdict"), [("24 11:29", "met"), ("24 11:30", "missed")])
def test_s11_the_longer_target_is_what_a_reply_is_judged_by(replied: str, verdict: str) -> None:
    life = opened("23 17:00", LATER).do(replied, REPLY)
    assert life.told("first_reply", "25 09:00")[0] == verdict


def test_s11_levels_are_placed_on_the_longer_target() -> None:
    held = policy(
        SlaPolicy(
            "Office hours",
            "",
            "Office",
            each(resolution=90 * MINUTE),
            (Threshold("half", 0.5),),
            0.75,
            HOUR // 2,
        )
    )
    work = due_work(opened("23 17:00", held).ticket, held)
    assert {one.what.removeprefix("clock:resolution:"): said(one.at) for one in work} == {
        "half": "24 10:00",
        "at_risk": "24 10:30",
        "breached": "24 11:00",
    }


def test_s11_a_target_of_the_tickets_own_is_what_it_says() -> None:
    life = opened("23 17:00", LATER)
    life.do("23 18:00", c.SetTarget(T, "resolution", 2 * HOUR, "promised"))
    assert said(standing(life.ticket, LATER).due_at) == "24 11:00"


def test_s11_another_calendar_says_anew_whether_it_came_in_outside_hours() -> None:
    """What came in on Saturday at noon is outside the hours of one calendar and inside those of the other."""
    life = opened("28 12:00", LATER)
    assert said(standing(life.ticket, life.policy).due_at) == "30 11:30"
    sla = SlaPolicy("Office hours", "", "Saturday", each(first_reply=4 * HOUR), out_of_hours=30 * MINUTE)
    life.under("28 13:00", policy(sla, version=3, past=(LATER,)))
    assert said(standing(life.ticket, life.policy).due_at) == "30 12:00"
    none = policy(replace(LATER.sla[0], out_of_hours=0), version=4, past=(LATER, life.policy))
    life.under("28 13:30", none)
    assert said(standing(life.ticket, life.policy).due_at) == "30 10:30"


def test_s11_the_earlier_of_reply_and_resolution_is_due_and_a_passed_resolution_stays_it() -> None:
    held = policy(
        SlaPolicy("one", "", "Office", each(first_reply=HOUR, next_reply=HOUR, resolution=4 * HOUR))
    )
    life = opened("23 09:00", held)
    due = [("first_reply", "23 10:00")]
    for when, command, agent in (
        ("23 09:30", REPLY, ALICE),
        ("23 10:00", WROTE, None),
        ("23 10:30", REPLY, ALICE),
        ("23 14:00", WROTE, None),
        ("23 15:00", REPLY, ALICE),
        ("23 15:10", WROTE, None),
    ):
        life.do(when, command, agent)
        stands = standing(life.ticket, held)
        due.append((stands.target, said(stands.due_at)))
    assert due == [
        ("first_reply", "23 10:00"),
        ("resolution", "23 13:00"),
        ("next_reply", "23 11:00"),
        ("resolution", "23 13:00"),
        ("resolution", "23 13:00"),
        ("resolution", "23 13:00"),
        ("resolution", "23 13:00"),
    ]


WARNED = policy(
    SlaPolicy(
        "Office hours",
        "",
        "Office",
        each(resolution=4 * HOUR),
        (
            Threshold("half", 0.5),
            Threshold("soon", before=15 * MINUTE),
            Threshold("at_risk", 0.75, target="resolution"),
        ),
    )
)


@pytest.mark.parametrize(
    ("came", "half", "at_risk", "soon", "breached"),
    [
        ("23 09:00", "23 11:00", "23 12:00", "23 12:45", "23 13:00"),
        ("23 15:00", "23 17:00", "24 10:00", "24 10:45", "24 11:00"),
        ("27 16:00", "30 10:00", "30 11:00", "30 11:45", "30 12:00"),
        ("23 13:05", "23 15:05", "23 16:05", "23 16:50", "24 09:05"),
    ],
)
def test_s12_s13_warnings_are_placed_by_working_time(
    came: str, half: str, at_risk: str, soon: str, breached: str
) -> None:
    """Each threshold rings in opening hours: no alarm at midnight for a desk that opens at nine."""
    life = opened(came, WARNED)
    found = {work.what.rpartition(":")[2]: said(work.at) for work in due_work(life.ticket, WARNED)}
    assert found == {"half": half, "at_risk": at_risk, "soon": soon, "breached": breached}
    assert said(life.clock("resolution", came).risk_at) == at_risk


def test_s13_each_threshold_is_recorded_once_and_again_only_when_it_comes_again() -> None:
    life = opened("23 09:00", WARNED)
    life.do("23 11:00", c.ClockDue(T, "resolution", "half"), None)
    assert life.ticket.alerts == {"resolution:half"}
    now = at("23 11:30")
    situation = Situation(DESK, now, WARNED)
    assert decide(c.ClockDue(T, "resolution", "half"), life.ticket, situation) is None
    assert decide(c.ClockDue(T, "resolution", "soon"), life.ticket, situation) is None
    assert "clock:resolution:half" not in {work.what for work in due_work(life.ticket, WARNED)}
    life.do("23 11:30", c.SetTarget(T, "resolution", 8 * HOUR, "agreed with the customer"))
    assert life.ticket.alerts == frozenset()
    half = next(work for work in due_work(life.ticket, WARNED) if work.what.endswith("half"))
    assert said(half.at) == "23 13:00"


# Targets of a ticket's own


def test_a_target_may_be_set_on_a_ticket_with_a_reason_and_taken_back() -> None:
    life = opened("23 09:00").do("23 10:00", c.SetTarget(T, "resolution", 2 * HOUR, "promised"))
    assert life.told("resolution", "23 10:00") == ("running", 60, "23 11:00")
    life.do("23 10:30", c.SetPriority(T, Priority.P1, reason="x"))
    assert said(life.clock("resolution", "23 10:30").due_at) == "23 11:00"
    life.do("23 10:45", c.SetTarget(T, "resolution", None, "not any more"))
    assert said(life.clock("resolution", "23 10:45").due_at) == "23 13:00"


@pytest.mark.parametrize(
    ("target", "seconds", "reason", "words"),
    [
        ("fixing", HOUR, "x", "is no target"),
        ("resolution", HOUR, " ", "needs a reason"),
        ("resolution", 59, "x", "between a minute and a year"),
        ("resolution", 10**9, "x", "between a minute and a year"),
        ("resolution", None, "x", "has that target already"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(
    target: str, seconds: int | None, reason: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        opened("23 09:00").do("23 10:00", c.SetTarget(T, target, seconds, reason))


# What holds whatever happens

KINDS = st.sampled_from(
    ("reply", "ask", "wait", "hold", "go", "write", "solve", "reopen", "P1", "P4", "vip", "plain", "policy")
)
STEPS = st.lists(st.tuples(KINDS, st.integers(1, 5 * 86_400)), min_size=1, max_size=10)
FIRST = policy(
    SlaPolicy("VIP", "tag:vip", "24x7", GRADED, thresholds=(Threshold("half", 0.5),)),
    SlaPolicy("Office hours", "", "Lunch", GRADED),
)
SECOND = policy(
    SlaPolicy("VIP", "tag:vip", "Late", GRADED),
    SlaPolicy("Rest", "", "Sydney", GRADED),
    version=3,
    past=(FIRST,),
)
DONE: dict[str, Any] = {
    "reply": REPLY,
    "ask": ASK,
    "wait": WAIT,
    "hold": HOLD,
    "go": GO,
    "write": WROTE,
    "solve": SOLVE,
    "reopen": c.Reopen(T, "no"),
    "P1": c.SetPriority(T, Priority.P1, reason="x"),
    "P4": c.SetPriority(T, Priority.P4, reason="x"),
    "vip": c.Tag(T, ("vip",)),
    "plain": c.Tag(T, (), ("vip",)),
}


def lived(steps: list[tuple[str, int]]) -> tuple[Life, datetime]:
    """A life of whatever the rules allow, and when it is looked at."""
    now = at("20 13:20")
    life = opened(now, FIRST)
    for kind, seconds in steps:
        now += timedelta(seconds=seconds)
        if kind == "policy":
            life.policy = SECOND
            life.settle(now)
            continue
        command = DONE[kind]
        try:
            life.do(now, command, None if isinstance(command, c.Receive) else ALICE)
        except Refused:
            continue
    return life, now


@given(STEPS, st.integers(0, 9 * 86_400))
def test_clocks_never_go_back_and_breach_at_their_due_time(steps: list[tuple[str, int]], wait: int) -> None:
    life, now = lived(steps)
    later = now + timedelta(seconds=wait)
    then = {clock.target: clock for clock in clocks(life.ticket, life.policy, later)}
    for clock in clocks(life.ticket, life.policy, now):
        after = then[clock.target]
        assert 0 <= clock.used_seconds <= after.used_seconds <= clock.used_seconds + wait + 1
        assert clock.due_at == after.due_at
        if clock.due_at is not None and clock.risk_at is not None:
            assert clock.risk_at <= clock.due_at
            assert (later >= clock.due_at) == (after.used_seconds >= clock.target_seconds)


@given(STEPS)
def test_what_was_used_paused_and_closed_is_all_the_time_there_was(steps: list[tuple[str, int]]) -> None:
    """Counted second by second over the ticket's own events, apart from the engine."""
    life, now = lived(steps)
    used, marks = timedelta(), [(event.at, event) for event in life.events]
    held, state = FIRST, State.NEW
    ticket: Ticket | None = None
    for (start, event), end in zip(marks, [*(at for at, _ in marks[1:]), now], strict=True):
        ticket = evolve(ticket, event)
        state = ticket.state
        leg = ticket.leg
        if leg is None:
            assert start == end  # it is chosen in the moment of its creation
            continue
        held = {2: FIRST, 3: SECOND}[leg.version]
        found = held.sla_named(leg.policy)
        assert found is not None
        if state in (State.NEW, State.OPEN):
            used += held.calendar_named(found.calendar).elapsed(start, end)
    clock = next(one for one in clocks(life.ticket, life.policy, now) if one.target == "resolution")
    assert clock.used_seconds == int(used.total_seconds())


@given(STEPS, st.integers(0, 30 * 86_400), st.sampled_from(ALL), st.sampled_from((60, HOUR, 20 * HOUR)))
def test_s11_what_is_added_outside_hours_is_added_once_and_only_there(
    steps: list[tuple[str, int]], wait: int, calendar: Calendar, extra: int
) -> None:
    """The same life twice, with and without: every target is longer by so much, or the same, by its start."""
    goals = each(first_reply=HOUR, next_reply=2 * HOUR, update=HOUR, resolution=9 * HOUR)
    begun = at("20 13:20") + timedelta(seconds=wait)
    lives = []
    for out_of_hours in (0, extra):
        held = policy(SlaPolicy("one", "", calendar.name, goals, out_of_hours=out_of_hours))
        life, now = opened(begun, held), begun
        for kind, seconds in steps:
            now += timedelta(seconds=seconds)
            if kind != "policy":
                with suppress(Refused):
                    life.do(now, DONE[kind], None if kind == "write" else ALICE)
        lives.append({one.target: one for one in clocks(life.ticket, held, now)})
    without, longer = lives
    assert without.keys() == longer.keys()
    for target, clock in longer.items():
        closed = target != "update" and not calendar.is_open(clock.started_at)
        assert clock.target_seconds == without[target].target_seconds + (extra if closed else 0)
        assert clock.used_seconds == without[target].used_seconds
        assert (clock.state is ClockState.MISSED) <= (without[target].state is ClockState.MISSED)
        if clock.due_at is not None and (before := without[target].due_at) is not None:
            assert calendar.elapsed(before, clock.due_at) == timedelta(seconds=extra if closed else 0)


@given(STEPS)
def test_a_replay_gives_the_same_clocks(steps: list[tuple[str, int]]) -> None:
    life, now = lived(steps)
    assert fold(life.events) == life.ticket
    assert clocks(fold(life.events), life.policy, now) == clocks(life.ticket, life.policy, now)


@given(STEPS, KINDS)
def test_taking_back_at_once_gives_the_clocks_back(steps: list[tuple[str, int]], last: str) -> None:
    life, now = lived([(kind, seconds) for kind, seconds in steps if kind != "policy"])
    if last == "policy":
        return
    before, count = life.ticket, len(life.events)
    try:
        life.do(now, DONE[last], None if last == "write" else ALICE)
    except Refused:
        return
    taken = invert(life.events[count:], life.ticket)
    assert taken.moved == frozenset()
    life._add("undone", taken.changes, now)
    life.settle(now)
    assert replace(life.ticket, version=0, updated_at=now) == replace(before, version=0, updated_at=now)


def test_the_default_policy_counts_around_the_clock_without_any_leg() -> None:
    life = opened("28 12:00", DEFAULT)
    assert life.ticket.legs == frozenset()
    assert life.told("resolution", "28 13:00") == ("running", 60, "29 12:00")
