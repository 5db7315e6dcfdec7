"""Clocks: when they run, stand, end and breach, and what is recorded about them exactly once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.due_work import due_work, stale_alerts
from deskterm.domain.kinds import Priority, Sla, State, status
from deskterm.domain.policy import DEFAULT, HOUR, MINUTE, Effect, Policy, Targets
from deskterm.domain.sla import Clock, ClockState, clocks, standing
from deskterm.domain.ticket import Ticket
from tests.domain.situations import NOON, after, carried_out, done, propose, ticket_in

FIGURES = {
    Priority.P1: (15 * MINUTE, 4 * HOUR),
    Priority.P2: (1 * HOUR, 8 * HOUR),
    Priority.P3: (4 * HOUR, 24 * HOUR),
    Priority.P4: (8 * HOUR, 40 * HOUR),
}


def clock(ticket: Ticket, target: str, now: datetime = NOON, policy: Policy = DEFAULT) -> Clock:
    """The clock of this name."""
    return next(found for found in clocks(ticket, policy, now) if found.target == target)


@pytest.mark.parametrize("priority", Priority, ids=str)
def test_the_targets_are_those_of_the_contract(priority: Priority) -> None:
    first, resolution = clocks(ticket_in(State.OPEN, priority=priority), DEFAULT, NOON)
    reply_seconds, solve_seconds = FIGURES[priority]
    assert (first.target, first.due_at) == ("first_reply", after(seconds=reply_seconds))
    assert (resolution.target, resolution.due_at) == ("resolution", after(seconds=solve_seconds))
    assert first.risk_at == after(seconds=reply_seconds * 0.8)
    assert resolution.risk_at == after(seconds=solve_seconds * 0.8)


def test_a_policy_may_leave_targets_out() -> None:
    none = Policy(targets={priority: Targets(None, None) for priority in Priority})
    assert clocks(ticket_in(State.OPEN), none, NOON) == ()
    assert standing(ticket_in(State.OPEN), none).rest is Sla.NONE


# First reply


@pytest.mark.parametrize(
    ("minutes", "seconds", "state"),
    [
        (0, 0, ClockState.MET),
        (239, 59.9, ClockState.MET),
        (240, 0, ClockState.MISSED),
        (600, 0, ClockState.MISSED),
    ],
)
def test_the_first_reply_is_met_before_its_time_is_up(
    minutes: int, seconds: float, state: ClockState
) -> None:
    at = after(minutes=minutes, seconds=seconds)
    replied = done(c.Reply((7,), "Hello"), ticket_in(State.NEW), at=at)
    found = clock(replied, "first_reply", after(days=9))
    assert (found.state, found.ended_at, found.due_at) == (state, at, None)
    assert found.used_seconds == int((at - NOON).total_seconds())


@pytest.mark.parametrize("state", [State.PENDING, State.HOLD], ids=str)
def test_the_first_reply_never_pauses(state: State) -> None:
    waiting = ticket_in(state)
    assert clock(waiting, "first_reply", after(hours=3)).due_at == after(hours=4)
    assert clock(waiting, "first_reply", after(hours=3)).used_seconds == 3 * HOUR


@pytest.mark.parametrize(
    ("hours", "state"), [(3.9, ClockState.CANCELLED), (4, ClockState.MISSED), (9, ClockState.MISSED)]
)
def test_solving_unanswered_cancels_the_first_reply_unless_its_time_was_up(
    hours: float, state: ClockState
) -> None:
    solved = done(c.Solve((7,), "ok"), ticket_in(State.OPEN), at=after(hours=hours))
    assert clock(solved, "first_reply", after(days=9)).state is state


@pytest.mark.parametrize("hours", [1, 30])
def test_closing_without_solving_cancels_every_clock(hours: int) -> None:
    closed = done(c.Close((7,), "spam"), ticket_in(State.OPEN), at=after(hours=hours))
    assert [found.state for found in clocks(closed, DEFAULT, after(days=9))] == [ClockState.CANCELLED] * 2
    assert standing(closed, DEFAULT).rest is Sla.NONE
    assert due_work(closed, DEFAULT) == ()


def test_a_late_first_reply_stays_a_miss_whatever_follows() -> None:
    late = done(c.Reply((7,), "Hello"), ticket_in(State.OPEN), at=after(hours=5))
    for command in (c.Close((7,), "spam"), c.Solve((7,), "ok")):
        ended = done(command, late, at=after(hours=6))
        assert clock(ended, "first_reply").state is ClockState.MISSED


def test_the_next_reply_runs_from_the_oldest_unanswered_message() -> None:
    policy = Policy(targets={priority: Targets(HOUR, None, HOUR) for priority in Priority})
    ticket = done(c.Reply((7,), "Hello"), ticket_in(State.NEW), at=after(minutes=5))
    assert [found.target for found in clocks(ticket, policy, NOON)] == ["first_reply"]
    ticket = done(c.Receive((7,), "and?"), ticket, at=after(minutes=30))
    ticket = done(c.Receive((7,), "well?"), ticket, at=after(minutes=50))
    assert clock(ticket, "next_reply", NOON, policy).due_at == after(minutes=90)
    ticket = done(c.Reply((7,), "Yes"), ticket, at=after(minutes=60))
    assert [found.target for found in clocks(ticket, policy, NOON)] == ["first_reply"]


# Resolution


def test_waiting_stops_the_resolution_and_going_on_keeps_the_time_used() -> None:
    ticket = done(c.ChangeState((7,), State.PENDING), ticket_in(State.OPEN), at=after(hours=2))
    found = clock(ticket, "resolution", after(hours=50))
    assert (found.state, found.used_seconds, found.due_at) == (ClockState.PAUSED, 2 * HOUR, None)
    ticket = done(c.ChangeState((7,), State.OPEN), ticket, at=after(hours=10))
    found = clock(ticket, "resolution", after(hours=11))
    assert (found.used_seconds, found.due_at) == (3 * HOUR, after(hours=32))


def test_hold_pauses_as_the_policy_says() -> None:
    states = tuple(replace(state, effect=Effect.RUNS) for state in DEFAULT.states)
    strict = replace(DEFAULT, states=states)
    held = done(c.ChangeState((7,), State.HOLD, "vendor"), ticket_in(State.OPEN), policy=strict)
    assert clock(held, "resolution", after(hours=1), strict).state is ClockState.RUNNING
    held = done(c.ChangeState((7,), State.HOLD, "vendor"), ticket_in(State.OPEN))
    assert clock(held, "resolution", after(hours=1)).state is ClockState.PAUSED


@pytest.mark.parametrize(
    ("hours", "state"), [(23.9, ClockState.MET), (24, ClockState.MISSED), (30, ClockState.MISSED)]
)
def test_solving_ends_the_resolution(hours: float, state: ClockState) -> None:
    solved = done(c.Solve((7,), "ok"), ticket_in(State.OPEN), at=after(hours=hours))
    assert clock(solved, "resolution", after(days=9)).state is state
    confirmed = done(c.Close((7,), "confirmed"), solved, at=after(days=3))
    assert clock(confirmed, "resolution", after(days=9)).state is state
    assert standing(confirmed, DEFAULT).rest is (Sla.MET if state is ClockState.MET else Sla.MISSED)


def test_reopening_goes_on_with_the_time_used() -> None:
    solved = done(c.Solve((7,), "ok"), ticket_in(State.OPEN), at=after(hours=20))
    opened = done(c.Reopen((7,), "no"), solved, at=after(days=3))
    found = clock(opened, "resolution", after(days=3, hours=1))
    assert (found.used_seconds, found.due_at) == (21 * HOUR, after(days=3, hours=4))


def test_a_change_of_priority_keeps_the_time_used_and_the_pauses_earned() -> None:
    ticket = done(c.ChangeState((7,), State.PENDING), ticket_in(State.OPEN), at=after(hours=1))
    ticket = done(c.ChangeState((7,), State.OPEN), ticket, at=after(hours=11))
    urgent = done(c.SetPriority((7,), Priority.P1, reason="vip"), ticket, at=after(hours=12))
    found = clock(urgent, "resolution", after(hours=12))
    assert (found.used_seconds, found.due_at) == (2 * HOUR, after(hours=14))


# Verdicts


@pytest.mark.parametrize(
    ("before", "hours", "later", "state"),
    [
        (Priority.P4, 2, Priority.P1, ClockState.MET),
        (Priority.P1, 2, Priority.P4, ClockState.MISSED),
        (Priority.P4, 9, Priority.P1, ClockState.MISSED),
        (Priority.P1, 0.1, Priority.P4, ClockState.MET),
    ],
)
def test_a_first_reply_is_judged_by_the_priority_it_was_given_under(
    before: Priority, hours: float, later: Priority, state: ClockState
) -> None:
    ticket = ticket_in(State.NEW, priority=before)
    ticket = done(c.Reply((7,), "Hello", State.OPEN), ticket, at=after(hours=hours))
    for at, priority in ((10, later), (11, Priority.P2), (12, Priority.P3)):
        ticket = done(c.SetPriority((7,), priority, reason="so"), ticket, at=after(hours=at))
        found = clock(ticket, "first_reply", after(hours=at))
        assert (found.state, found.target_seconds) == (state, FIGURES[before][0])
        assert clock(ticket, "resolution", after(hours=at)).target_seconds == FIGURES[priority][1]


@pytest.mark.parametrize(
    ("before", "hours", "later", "state"),
    [
        (Priority.P1, 5, Priority.P4, ClockState.MISSED),
        (Priority.P4, 5, Priority.P1, ClockState.MET),
    ],
)
def test_a_resolution_is_judged_by_the_priority_it_was_solved_under(
    before: Priority, hours: float, later: Priority, state: ClockState
) -> None:
    solved = done(c.Solve((7,), "ok"), ticket_in(State.OPEN, priority=before), at=after(hours=hours))
    other = done(c.SetPriority((7,), later, reason="so"), solved, at=after(hours=6))
    closed = done(c.Close((7,), "confirmed"), other, at=after(hours=7))
    for ticket in (solved, other, closed):
        assert clock(ticket, "resolution", after(days=9)).state is state
    # Reopened it is due by the priority it has, and judged anew.
    reopened = done(c.Reopen((7,), "no"), other, at=after(hours=8))
    assert clock(reopened, "resolution", after(hours=8)).target_seconds == FIGURES[later][1]
    again = done(c.Solve((7,), "ok"), reopened, at=after(hours=8))
    assert clock(again, "resolution").target_seconds == FIGURES[later][1]


def test_an_unanswered_ticket_keeps_the_verdict_on_its_first_reply_too() -> None:
    late = done(c.Solve((7,), "ok"), ticket_in(State.OPEN, priority=Priority.P1), at=after(hours=1))
    calmer = done(c.SetPriority((7,), Priority.P4, reason="so"), late, at=after(hours=2))
    assert clock(calmer, "first_reply").state is ClockState.MISSED


# How it stands


def test_the_nearest_running_target_decides_how_a_ticket_stands() -> None:
    ticket = ticket_in(State.OPEN)
    stands = standing(ticket, DEFAULT)
    assert (stands.target, stands.due_at, stands.started_at) == ("first_reply", after(hours=4), NOON)
    assert stands.at(after(hours=3)) is Sla.OK
    assert stands.at(after(hours=3, minutes=12)) is Sla.ATRISK
    assert stands.at(after(hours=4)) is Sla.BREACHED
    answered = done(c.Reply((7,), "Hello", State.OPEN), ticket)
    assert standing(answered, DEFAULT).target == "resolution"


def test_a_paused_ticket_says_what_is_left() -> None:
    paused = done(c.Reply((7,), "Hello"), ticket_in(State.NEW), at=after(hours=4, minutes=30))
    stands = standing(paused, DEFAULT)
    assert (stands.rest, stands.left_seconds, stands.due_at) == (Sla.PAUSED, 19.5 * HOUR, None)


@pytest.mark.parametrize(("verdict", "word"), [(True, Sla.MET), (False, Sla.MISSED), (None, Sla.MET)])
def test_an_imported_verdict_counts_once_the_ticket_has_ended(verdict: bool | None, word: Sla) -> None:
    ended = ticket_in(State.CLOSED, imported_sla=verdict, first_replied_at=NOON)
    assert standing(ended, DEFAULT).rest is word
    assert standing(ticket_in(State.OPEN, imported_sla=verdict), DEFAULT).at(after(days=9)) is Sla.BREACHED


def test_status_says_nothing_of_what_does_not_run() -> None:
    assert status(Sla.PAUSED, None, None, NOON) is Sla.PAUSED
    assert status(Sla.NONE, after(hours=1), None, NOON) is Sla.OK


# What is recorded


def test_each_level_is_due_once_at_its_time() -> None:
    ticket = ticket_in(State.OPEN)
    assert {(work.what, work.at) for work in due_work(ticket, DEFAULT)} == {
        ("clock:first_reply:at_risk", after(hours=3.2)),
        ("clock:first_reply:breached", after(hours=4)),
        ("clock:resolution:at_risk", after(hours=19.2)),
        ("clock:resolution:breached", after(hours=24)),
    }
    rung = done(c.ClockDue((7,), "first_reply", "at_risk"), ticket, agent=None, at=after(hours=3.2))
    assert rung.alerts == {"first_reply:at_risk"}
    assert "clock:first_reply:at_risk" not in {work.what for work in due_work(rung, DEFAULT)}


@pytest.mark.parametrize(
    ("target", "level", "hours", "rings"),
    [
        ("first_reply", "at_risk", 3.19, False),
        ("first_reply", "at_risk", 3.2, True),
        ("first_reply", "breached", 3.99, False),
        ("first_reply", "breached", 4, True),
        ("resolution", "breached", 24, True),
        ("next_reply", "breached", 99, False),
    ],
)
def test_a_clock_rings_when_its_time_has_come_and_once(
    target: str, level: str, hours: float, rings: bool
) -> None:
    from deskterm.domain.decide import decide
    from tests.domain.situations import situation

    command, at = c.ClockDue((7,), target, level), after(hours=hours)
    proposal = decide(command, ticket_in(State.OPEN), situation(None, at))
    assert (proposal is not None) is rings
    if proposal is not None:
        assert proposal.kind == level
        again = carried_out(ticket_in(State.OPEN), proposal, at)
        assert decide(command, again, situation(None, at)) is None
        assert decide(command, ticket_in(State.SOLVED), situation(None, at)) is None


def test_an_alert_that_is_not_true_any_more_is_taken_back_and_rings_again_later() -> None:
    breached = ticket_in(State.OPEN, priority=Priority.P1, first_replied_at=NOON).alerts
    ticket = ticket_in(
        State.OPEN,
        priority=Priority.P1,
        first_replied_at=NOON,
        alerts=frozenset({"resolution:at_risk", "resolution:breached"}),
    )
    assert breached == frozenset()
    now = after(hours=5)
    assert stale_alerts(ticket, DEFAULT, now) == ()
    calmer = done(c.SetPriority((7,), Priority.P4, reason="calmer"), ticket, at=now)
    assert not {name for name in calmer.alerts if name.startswith("resolution")}
    assert {work.what for work in due_work(calmer, DEFAULT)} == {
        "clock:resolution:at_risk",
        "clock:resolution:breached",
    }


def test_a_pause_keeps_what_was_recorded() -> None:
    ticket = ticket_in(State.OPEN, first_replied_at=NOON, alerts=frozenset({"resolution:at_risk"}))
    waiting = done(c.ChangeState((7,), State.PENDING), ticket, at=after(hours=20))
    assert waiting.alerts == {"resolution:at_risk"}
    assert due_work(waiting, DEFAULT) == ()


SPANS = st.lists(st.integers(1, 20 * HOUR), min_size=1, max_size=12)


@given(SPANS)
def test_the_time_used_is_the_time_not_paused(spans: list[int]) -> None:
    """Alternate between open and pending; the clock counts every second spent open, and no other."""
    ticket, now, used = ticket_in(State.OPEN, first_replied_at=NOON), NOON, 0
    for turn, span in enumerate(spans):
        now += timedelta(seconds=span)
        if turn % 2 == 0:
            used += span
        state = State.PENDING if turn % 2 == 0 else State.OPEN
        ticket = carried_out(ticket, propose(c.ChangeState((7,), state), ticket, at=now), now)
        assert clock(ticket, "resolution", now).used_seconds == used
    running = clock(ticket, "resolution", now)
    if running.due_at is not None:
        assert running.left(now) == 24 * HOUR - used
        assert running.left(now + timedelta(minutes=7)) == 24 * HOUR - used - 7 * 60
    if running.due_at is not None and used < 24 * HOUR:
        assert running.due_at == now + timedelta(seconds=24 * HOUR - used)
