"""Too much P1: an override to it needs a second reason, which the history keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import Level, Priority
from tests import invariants
from tests.small_desk import Desk


def with_p1(desk: Desk, p1: int, others: int) -> list[int]:
    """Open tickets, some P1 by impact and urgency; returns the others."""
    for _ in range(p1):
        desk.create(impact=Level.HIGH, urgency=Level.HIGH)
    return [desk.create() for _ in range(others)]


def override(number: int, beyond: str = "") -> c.SetPriority:
    """An override to P1 with its first reason."""
    return c.SetPriority((number,), Priority.P1, reason="a vip", beyond=beyond)


def test_beyond_its_share_p1_needs_a_second_reason(desk: Desk) -> None:
    number = with_p1(desk, 3, 20)[0]
    assert desk.store.urgent() == (3, 23)
    with pytest.raises(Refused, match="3 of 23 active tickets are P1 already, more than 10%") as refused:
        desk.do("alice", override(number))
    assert refused.value.field == "beyond"
    desk.do("alice", override(number, "the whole region is down"))
    assert desk.ticket(number).priority is Priority.P1
    reasons = [event.change("reason") for event in desk.seen_by("alice").ticket(number).events]
    assert "the whole region is down" in [change.after for change in reasons if change is not None]
    # What impact and urgency make P1 is no override.
    other = desk.create()
    desk.do("alice", c.SetPriority((other,), impact=Level.HIGH, urgency=Level.HIGH))
    assert desk.ticket(other).priority is Priority.P1
    invariants.check(desk.store.database)


def test_a_ticket_opened_as_p1_beyond_its_share_needs_one_too(desk: Desk) -> None:
    with_p1(desk, 3, 20)
    with pytest.raises(Refused, match="a new one: 3 of 23 active tickets are P1 already") as refused:
        desk.create("alice", priority=Priority.P1, reason="a vip")
    assert refused.value.field == "beyond"
    number = desk.create("alice", priority=Priority.P1, reason="a vip", beyond="the region is down")
    created = desk.seen_by("alice").ticket(number).events[0]
    reason = created.change("reason")
    assert reason is not None
    assert (created.kind, reason.after) == ("created", "the region is down")
    # What impact and urgency make P1 is no override, and what the desk opens itself asks nobody.
    assert desk.create("alice", impact=Level.HIGH, urgency=Level.HIGH, priority=Priority.P1)
    desk.do("", c.Create("x", "a@b.example", priority=Priority.P1, reason="monitoring"))
    desk.do("alice", c.Undo())
    desk.do("alice", c.Redo())
    invariants.check(desk.store.database)


def test_within_its_share_and_on_a_small_desk_one_reason_is_enough(desk: Desk) -> None:
    small = with_p1(desk, 5, 5)[0]
    desk.do("alice", override(small))
    rest = with_p1(desk, 0, 60)
    desk.do("alice", override(rest[0]))


def test_a_selection_that_goes_beyond_the_share_needs_a_second_reason_as_a_whole(desk: Desk) -> None:
    rest = with_p1(desk, 2, 58)
    assert desk.seen_by("alice").urgent(rest[:5]) == (6, 60)
    # Five more make seven of sixty; the sixth would be one beyond the share, as one at a time would be.
    outage = c.SetPriority(tuple(rest[:6]), Priority.P1, reason="outage")
    with pytest.raises(Refused, match=r"2 of 60 active tickets are P1 already, .*6 more need a second"):
        desk.do("alice", outage)
    assert desk.store.urgent() == (2, 60)
    assert desk.do("alice", replace(outage, beyond="the region is down")).refused == ()
    desk.do("alice", c.Undo())
    # Within it, and one that is P1 already takes no more of it, one reason is enough for all.
    desk.do("alice", override(rest[0]))
    assert desk.do("alice", c.SetPriority(tuple(rest[:5]), Priority.P1, reason="outage")).changed
    with pytest.raises(Refused, match="second reason"):
        desk.do("alice", override(rest[20]))
    invariants.check(desk.store.database)


def test_nobody_learns_from_it_what_is_confidential(desk: Desk) -> None:
    rest = with_p1(desk, 0, 25)
    for _ in range(5):
        desk.create("hana", queue="hr", impact=Level.HIGH, urgency=Level.HIGH)
    assert desk.seen_by("alice").urgent() == (0, 25)
    assert desk.seen_by("hana").urgent() == (5, 30)
    desk.do("alice", override(rest[0]))
