"""Why a clock stands as it does: every minute from its start has one cause, and what counted adds up."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.policy import HOUR
from deskterm.domain.sla import clocks
from deskterm.domain.sla_policy import SlaPolicy
from deskterm.domain.why import COUNTED, ClockWhy, Why, told, why
from tests.domain.situations import AGENTS, QUEUES
from tests.domain.test_sla_policies import (
    ASK,
    BERLIN,
    GO,
    HOLD,
    REPLY,
    SOLVE,
    STEPS,
    Life,
    T,
    at,
    each,
    lived,
    opened,
    policy,
)


def explained(life: Life, when: str) -> Why:
    """The explanation of a life at a time on the wall."""
    names = {agent.id: agent.login for agent in AGENTS.values()}
    queues = {queue.id: queue.name for queue in QUEUES.values()}
    return why(life.ticket, life.policy, at(when), life.events, names, queues)


def clock_of(found: Why, target: str) -> ClockWhy:
    """One clock of an explanation."""
    return next(clock for clock in found.clocks if clock.target == target)


def test_every_interval_says_what_counted_and_why_the_rest_did_not() -> None:
    held = policy(SlaPolicy("Gold", "", "Feast", each(resolution=16 * HOUR)))
    life = opened("23 15:00", held).do("23 16:00", HOLD).do("25 10:00", GO)
    resolution = clock_of(explained(life, "25 12:00"), "resolution")
    assert (resolution.policy, resolution.version, resolution.calendar) == ("Gold", 2, "Feast")
    wall = [
        (f"{one.start.astimezone(BERLIN):%d %H:%M}", one.cause, one.seconds) for one in resolution.intervals
    ]
    assert wall == [("23 15:00", COUNTED, 3600), ("23 16:00", "hold", 0), ("25 10:00", COUNTED, 7200)]
    first = opened("23 16:00", policy(SlaPolicy("Gold", "", "Feast", each(first_reply=4 * HOUR))))
    causes = [
        (one.cause, one.name, one.seconds // 3600)
        for one in clock_of(explained(first, "25 11:00"), "first_reply").intervals
    ]
    assert causes == [
        (COUNTED, "", 1),
        ("outside hours", "", 0),
        ("holiday", "Founders' day", 0),
        ("outside hours", "", 0),
        (COUNTED, "", 2),
    ]


def test_the_lines_name_the_policy_the_pauses_and_what_an_earlier_policy_measured() -> None:
    held = policy(
        SlaPolicy("VIP", "tag:vip", "24x7", each(resolution=9 * HOUR)),
        SlaPolicy("Office hours", "", "Office", each(resolution=16 * HOUR)),
    )
    life = opened("23 09:00", held).do("23 10:00", REPLY).do("23 12:00", ASK).do("23 13:00", GO)
    life.do("23 15:00", c.Tag(T, ("vip",))).do("23 16:00", c.Assign(T, 2, "knows the network"))
    said = told(explained(life, "23 17:00"), BERLIN)
    assert said == [
        "Resolution: running, used 7h00 of 9h00",
        "  2h00 left, due Mon 2026-11-23 19:00",
        "  SLA policy VIP (policy 2), calendar 24x7",
        "  Mon 11-23 09:00 – 12:00          3h00  counted (under Office hours, policy 2)",
        "  Mon 11-23 12:00 – 13:00             -  stood still: pending (under Office hours, policy 2)",
        "  Mon 11-23 13:00 – 15:00          2h00  counted (under Office hours, policy 2)",
        "  Mon 11-23 15:00 – 17:00          2h00  counted",
        "",
        "Decided",
        "  Mon 2026-11-23 16:00  assigned to bo by alice, because knows the network",
    ]


def test_what_was_used_and_what_is_left_make_the_target_to_the_minute() -> None:
    life = opened("23 09:00").do("23 10:00", c.SetTarget(T, "resolution", 9 * HOUR, "promised"))
    names = {agent.id: agent.login for agent in AGENTS.values()}
    later = at("23 11:20") + timedelta(seconds=29)
    said = told(why(life.ticket, life.policy, later, life.events, names, {}), BERLIN)
    place = said.index("Resolution: running, used 2h21 of 9h00, a target of this ticket's own")
    assert said[place + 1].startswith("  6h39 left")


def test_a_target_of_the_tickets_own_and_an_end_are_said() -> None:
    life = opened("23 09:00").do("23 10:00", c.SetTarget(T, "resolution", HOUR, "promised"))
    life.do("23 11:30", SOLVE)
    said = told(explained(life, "24 09:00"), BERLIN)
    assert "Resolution: missed, used 2h30 of 1h00, a target of this ticket's own" in said
    assert "  1h30 over" in said
    assert "First reply: cancelled, used 2h30 of 4h00" in said
    assert told(Why(7, (), ()), BERLIN) == ["No target holds for this ticket."]


@given(STEPS, st.integers(0, 9 * 86_400))
def test_the_intervals_leave_no_gap_and_what_counted_is_what_was_used(
    steps: list[tuple[str, int]], wait: int
) -> None:
    life, now = lived(steps)
    now += timedelta(seconds=wait)
    used = {clock.target: clock.used_seconds for clock in clocks(life.ticket, life.policy, now)}
    for clock in why(life.ticket, life.policy, now).clocks:
        intervals = clock.intervals
        assert all(one.end == following.start for one, following in pairwise(intervals))
        if intervals:
            assert intervals[0].start == clock.started_at
        exact = sum((one.end - one.start for one in intervals if one.cause == COUNTED), timedelta())
        assert int(exact.total_seconds()) == used[clock.target]
        waits = {State.SOLVED, State.CLOSED, State.PENDING, State.HOLD}
        never_stops = clock.target in ("first_reply", "next_reply")
        assert not never_stops or not any(one.cause in waits for one in intervals)
