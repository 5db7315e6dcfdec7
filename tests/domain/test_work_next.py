"""Work next: the nearest breach weighed by priority, one's own first where it presses, and why in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import Priority, State
from deskterm.domain.policy import DEFAULT
from deskterm.domain.work_next import Candidate, Load, best, ends_hold, order, score, urgency, why_next

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEIGHTS = DEFAULT.weights
FREE, FULL = Load(3, 10), Load(10, 10)


def ticket(
    number: int,
    priority: str,
    minutes: float | None = None,
    *,
    mine: bool = False,
    risk: float | None = None,
    business: float | None = None,
) -> Candidate:
    """A ticket so many minutes from its breach, in `business` time where a calendar counts it; at risk from
    `risk` minutes before it, else never."""
    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    at = due - timedelta(minutes=risk) if due is not None and risk is not None else None
    return Candidate(
        number, Priority(priority), "payments", due, at, mine, None if business is None else business * 60
    )


NEXT = {
    "the nearer of two of a priority": (ticket(1, "P2", 50), ticket(2, "P2", 49), FREE, 2),
    "the more urgent of two as near": (ticket(1, "P3", 30), ticket(2, "P2", 30), FREE, 2),
    "a P1 in an hour before a P3 in ten minutes": (ticket(1, "P3", 10), ticket(2, "P1", 60), FREE, 2),
    "a P4 in five minutes before a P2 in four hours": (ticket(1, "P4", 5), ticket(2, "P2", 240), FREE, 1),
    "a P1 in twelve minutes before a P3 just late": (ticket(1, "P3", -5), ticket(2, "P1", 12), FREE, 2),
    "a P1 in an hour before a P4 days late": (ticket(1, "P4", -5000), ticket(2, "P1", 60), FREE, 2),
    "a P4 days late before a P1 in four hours": (ticket(1, "P4", -5000), ticket(2, "P1", 240), FREE, 1),
    "of two that are days late the later": (ticket(1, "P2", -5000), ticket(2, "P2", -5001), FREE, 2),
    "less business time left before what is due first": (
        ticket(1, "P2", 600),
        ticket(2, "P2", 900, business=30),
        FREE,
        2,
    ),
    "a P2 with ten minutes of business time before a P1 due in four hours": (
        ticket(1, "P1", 240),
        ticket(2, "P2", 900, business=10),
        FREE,
        2,
    ),
    "late by less business time is less late": (
        ticket(1, "P2", -5000, business=-10),
        ticket(2, "P2", -60),
        FREE,
        2,
    ),
    "of two with as much business time what is due first": (
        ticket(1, "P2", 900, business=60),
        ticket(2, "P2", 800, business=60),
        FREE,
        2,
    ),
    "one with a clock before one without": (ticket(1, "P1"), ticket(2, "P4", 60 * 24 * 30), FREE, 2),
    "without clocks by priority": (ticket(1, "P4"), ticket(2, "P3"), FREE, 2),
    "without clocks the older": (ticket(2, "P3"), ticket(1, "P3"), FREE, 1),
    "my own breached P4 before a stranger's P1": (
        ticket(1, "P4", -1, mine=True),
        ticket(2, "P1", 2),
        FREE,
        1,
    ),
    "my own at risk before a stranger's P1": (
        ticket(1, "P3", 20, mine=True, risk=30),
        ticket(2, "P1", 2),
        FREE,
        1,
    ),
    "a stranger's P1 before my own with time": (
        ticket(1, "P3", 200, mine=True, risk=30),
        ticket(2, "P1", 2),
        FREE,
        2,
    ),
    "all of my own first when I am full": (
        ticket(1, "P3", 200, mine=True, risk=30),
        ticket(2, "P1", 2),
        FULL,
        1,
    ),
    "my own before a stranger's that is the same": (
        ticket(1, "P3", 60),
        ticket(2, "P3", 60, mine=True),
        FREE,
        2,
    ),
}


@pytest.mark.parametrize(("one", "two", "load", "expected"), NEXT.values(), ids=NEXT)
def test_which_of_two_is_next(one: Candidate, two: Candidate, load: Load, expected: int) -> None:
    for pair in ((one, two), (two, one)):
        chosen = best(pair, WEIGHTS, load, NOW)
        assert chosen is not None
        assert chosen.number == expected


def test_nothing_is_next_where_there_is_nothing() -> None:
    assert best((), WEIGHTS, FREE, NOW) is None


WORDS = {
    "P1, breaches in 0:12, in your queue payments, nobody has it": (ticket(1, "P1", 12.9), FREE),
    "P1, breaches now, in your queue payments, nobody has it": (ticket(1, "P1", 0.5), FREE),
    "P2, breaches in 3:05, in your queue payments, nobody has it": (ticket(1, "P2", 185), FREE),
    "P3, breaches in 1 day, in your queue payments, nobody has it": (ticket(1, "P3", 60 * 30), FREE),
    "P3, breaches in 4 days, in your queue payments, nobody has it": (ticket(1, "P3", 60 * 24 * 4.5), FREE),
    "P1, breached just now, in your queue payments, nobody has it": (ticket(1, "P1", 0), FREE),
    "P1, breached 34m ago, yours, and it is your turn": (ticket(1, "P1", -34, mine=True), FREE),
    "P1, breached 3h ago, yours, and it is your turn": (ticket(1, "P1", -200, mine=True), FULL),
    "P4, breached 2d ago, in your queue payments, nobody has it": (ticket(1, "P4", -60 * 50), FREE),
    "P2, breaches in 0:30, in your queue payments, nobody has it": (
        ticket(1, "P2", 900, business=30),
        FREE,
    ),
    "P4, no clock runs, in your queue payments, nobody has it": (ticket(1, "P4"), FREE),
    "P2, breaches in 1:00, in your queue payments, nobody has it, yours all wait (you hold 10 of 10)": (
        ticket(1, "P2", 60),
        FULL,
    ),
}


@pytest.mark.parametrize(("words", "case"), WORDS.items(), ids=WORDS)
def test_the_reason_is_said_in_words(words: str, case: tuple[Candidate, Load]) -> None:
    found, load = case
    assert why_next(found, load, NOW) == words


minutes = st.none() | st.integers(-100_000, 100_000) | st.floats(-600, 600)
candidates = st.builds(
    lambda number, priority, due, mine, risk: ticket(number, priority, due, mine=mine, risk=risk),
    st.integers(1, 10**9),
    st.sampled_from(("P1", "P2", "P3", "P4")),
    minutes,
    st.booleans(),
    st.none() | st.integers(0, 10_000),
)
loads = st.sampled_from((FREE, FULL))


@given(st.lists(candidates, unique_by=lambda one: one.number), loads, st.randoms())
def test_the_choice_does_not_depend_on_the_order(found: list[Candidate], load: Load, chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert best(found, WEIGHTS, load, NOW) == best(shuffled, WEIGHTS, load, NOW)
    keys = [order(one, WEIGHTS, load, NOW) for one in found]
    assert len(set(keys)) == len(found)


@given(st.lists(candidates, unique_by=lambda one: one.number), loads)
def test_the_nearest_of_each_priority_are_enough_to_look_at(found: list[Candidate], load: Load) -> None:
    """What storage reads of the tickets that nobody has."""
    own = [one for one in found if one.mine]
    nearest = []
    for priority in Priority:
        of_it = [one for one in found if one.priority is priority and not one.mine]
        far = datetime.max.replace(tzinfo=UTC)
        nearest += sorted(of_it, key=lambda one: (one.due_at or far, one.number))[:1]
    assert best(own + nearest, WEIGHTS, load, NOW) == best(found, WEIGHTS, load, NOW)


@given(st.integers(-100_000, 100_000), st.integers(0, 100_000))
def test_the_nearer_a_breach_the_more_it_weighs(left: int, further: int) -> None:
    assert 0 < urgency(left + further) <= urgency(left) <= 2


@given(minutes)
def test_a_more_urgent_priority_never_weighs_less(due: float | None) -> None:
    weighed = [score(ticket(1, priority, due), WEIGHTS, NOW) for priority in ("P1", "P2", "P3", "P4")]
    assert weighed == sorted(weighed, reverse=True)


def happened(kind: str, actor: int | None, *changes: Change) -> Event:
    """An event on a ticket."""
    return Event(5, 1, 7, kind, NOW, actor, "tui", "", changes)


ENDS = {
    "taken": (happened("assigned", 1, Change("owner", None, 1)), True),
    "taken by a colleague": (happened("assigned", 2, Change("owner", None, 2)), True),
    "answered": (happened("replied", 1, Change("message", None, 9)), True),
    "answered by a colleague": (happened("replied", 2, Change("message", None, 9)), True),
    "moved": (happened("moved", 1, Change("queue", 1, 2)), True),
    "put on hold": (happened("state", 1, Change("state", State.OPEN, State.HOLD)), True),
    "skipped": (happened("skipped", 1, Change("reason", None, "later")), True),
    "skipped by a colleague": (happened("skipped", 2, Change("reason", None, "later")), False),
    "snoozed": (happened("snoozed", 1, Change("snooze:1", None, NOW)), True),
    "snoozed by a colleague": (happened("snoozed", 2, Change("snooze:2", None, NOW)), False),
    "the customer wrote": (happened("received", None, Change("message", None, 9)), False),
    "tagged": (happened("tagged", 1, Change("tags", (), ("vpn",))), False),
    "a clock rang": (happened("breached", None, Change("alerts", (), ("first_reply:breached",))), False),
}


@pytest.mark.parametrize(("event", "ended"), ENDS.values(), ids=ENDS)
def test_what_ends_a_hold(event: Event, ended: bool) -> None:
    assert ends_hold(event, 1) is ended
