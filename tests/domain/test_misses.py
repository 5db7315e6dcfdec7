"""A next reply that came too late stays visible as a miss, and only as long as it is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from deskterm.domain import commands as c
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.misses import clocks_with_misses
from deskterm.domain.policy import HOUR
from deskterm.domain.sla_policy import SlaPolicy
from tests.domain.test_sla_policies import REPLY, SOLVE, WROTE, Life, T, at, each, opened, policy

HELD = policy(SlaPolicy("Gold", "", "Office", each(first_reply=4 * HOUR, next_reply=2 * HOUR)))
"""Office is open from 9 to 17."""


def states(life: Life, when: str) -> list[tuple[str, str, int]]:
    """The clocks as (target, state, minutes used)."""
    found = clocks_with_misses(life.ticket, life.policy, at(when), life.events)
    return [(one.target, one.state.value, one.used_seconds // 60) for one in found]


def late() -> Life:
    """A ticket whose second reply came an hour of business time too late, over a night."""
    return opened("23 09:00", HELD).do("23 10:00", REPLY).do("23 16:00", WROTE).do("24 11:00", REPLY)


FIRST = ("first_reply", "met", 60)


def test_a_late_reply_stays_a_miss_and_one_in_time_is_none() -> None:
    life = late()
    assert states(life, "25 12:00") == [FIRST, ("next_reply", "missed", 180)]
    life.do("25 13:00", WROTE).do("25 14:00", REPLY)
    assert states(life, "25 15:00") == [FIRST, ("next_reply", "missed", 180)]
    life.do("26 09:00", WROTE).do("26 12:00", REPLY).do("26 13:00", WROTE)
    assert states(life, "26 14:00") == [
        FIRST, ("next_reply", "missed", 180), ("next_reply", "missed", 180), ("next_reply", "running", 60)
    ]  # fmt: skip


def test_solving_late_without_an_answer_is_a_miss_and_closing_without_solving_cancels() -> None:
    asked = opened("23 09:00", HELD).do("23 10:00", REPLY).do("23 10:30", WROTE)
    solved = Life(asked.policy, asked.ticket, list(asked.events)).do("23 14:30", SOLVE)
    assert ("next_reply", "missed", 240) in states(solved, "23 15:00")
    closed = asked.do("23 14:30", c.Close(T, "spam"))
    assert "next_reply" not in [target for target, *_ in states(closed, "23 15:00")]


@pytest.mark.parametrize("redo", [False, True])
def test_a_late_reply_that_was_taken_back_is_none_until_it_is_done_again(redo: bool) -> None:
    life = late()
    event, now = life.events[-1], at("24 11:05")
    undone = tuple(
        Change(one.field, one.after, one.before) for one in event.changes if one.field != "message"
    )
    add(life, "undone", undone, now)
    assert [state for target, state, _ in states(life, "24 12:00") if target == "next_reply"] == ["running"]
    if redo:
        add(life, "redone", tuple(one for one in event.changes if one.field != "message"), at("24 11:10"))
        assert ("next_reply", "missed", 180) in states(life, "24 12:00")


def take_back(life: Life, when: str) -> Event:
    """Undo the last event, which is returned."""
    event = life.events[-1]
    kept = [one for one in event.changes if one.field != "message"]
    add(life, "undone", tuple(Change(one.field, one.after, one.before) for one in kept), at(when))
    return event


def add(life: Life, kind: str, changes: tuple[Change, ...], now: datetime) -> None:
    """Append an event as undo and redo do."""
    event = replace(life.events[-1], seq=len(life.events) + 1, kind=kind, at=now, changes=changes)
    life.ticket = evolve(life.ticket, event)
    life.events.append(event)


def test_the_policy_that_held_then_judges_and_a_desk_without_the_target_knows_no_miss() -> None:
    life = late()
    lenient = policy(
        SlaPolicy("Gold", "", "Office", each(first_reply=4 * HOUR, next_reply=8 * HOUR)),
        version=3,
        past=(HELD,),
    )
    life.under("24 12:00", lenient)
    assert ("next_reply", "missed", 180) in states(life, "25 12:00")
    plain = opened("23 09:00", policy(SlaPolicy("Gold", "", "Office", each(first_reply=4 * HOUR))))
    plain.do("23 10:00", REPLY).do("23 16:00", WROTE).do("26 11:00", REPLY)
    assert states(plain, "26 12:00") == [FIRST]


def test_a_question_that_was_taken_back_was_not_answered_late() -> None:
    life = opened("23 09:00", HELD).do("23 10:00", REPLY).do("23 11:00", WROTE)
    event = life.events[-1]
    undone = tuple(
        Change(one.field, one.after, one.before) for one in event.changes if one.field != "message"
    )
    add(life, "undone", undone, at("23 16:00"))
    assert states(life, "24 12:00") == [FIRST]
