"""Lists in groups: the same tickets as without, group by group, from whatever place they are read."""

from __future__ import annotations

from itertools import groupby, product

import pytest

from deskterm.domain import commands as c
from deskterm.domain.kinds import Priority, State
from deskterm.domain.lists import GROUPED_BY, group_of
from tests.small_desk import Desk

SORTS = ("breach", "priority", "-updated", "-number")
COUNT = 40


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A desk of forty tickets in all states but the ended ones."""
    for index in range(COUNT):
        number = desk.create(
            queue="network" if index % 3 else "payments",
            priority=Priority("P1" if index < 2 else f"P{index % 3 + 2}"),
            reason="so it is",
        )
        if index % 5 == 0:
            desk.do("bo", c.Assign((number,), desk.id("alice" if index % 2 else "bo")))
        if index % 7 == 0:
            desk.do("bo", c.ChangeState((number,), State.PENDING))
        desk.clock.forward(minutes=3)
    desk.store.actor = desk.actors["bo"]
    return desk


def test_groups_hold_the_same_tickets_in_the_same_order(filled: Desk) -> None:
    for by, inner in product(GROUPED_BY, SORTS):
        _holds_the_same(filled, by, inner)


def _holds_the_same(filled: Desk, by: str, inner: str) -> None:
    plain = filled.store.listing("", sort=inner).rows
    found = filled.store.listing("", sort=f"{by}/{inner}")
    assert found.total == COUNT
    titles = [title for title, _ in groupby(found.rows, lambda row: group_of(row, by))]
    assert titles == [title for title, _ in found.groups]
    assert dict(found.groups) == {title: sum(group_of(row, by) == title for row in plain) for title in titles}
    for title in titles:
        of_it = [row.number for row in plain if group_of(row, by) == title]
        assert [row.number for row in found.rows if group_of(row, by) == title] == of_it


def test_paging_meets_every_ticket_once_in_both_directions(filled: Desk) -> None:
    for sort, size in product(("state/breach", "owner/-updated", "queue/priority"), (1, 7, 16)):
        _meets_each_once(filled, sort, size)


def _meets_each_once(filled: Desk, sort: str, size: int) -> None:
    whole = [row.number for row in filled.store.listing("", sort=sort).rows]
    for step in (size, -size):
        met: list[int] = []
        rows = filled.store.listing("", sort=sort, limit=step).rows
        while rows:
            numbers = [row.number for row in rows]
            met = met + numbers if step > 0 else numbers + met
            edge = rows[-1] if step > 0 else rows[0]
            rows = filled.store.listing("", sort=sort, anchor=(edge.key, edge.number), limit=step).rows
        assert met == whole


def test_a_ticket_is_found_with_its_place(filled: Desk) -> None:
    for by in GROUPED_BY:
        _finds_each(filled, by)


def _finds_each(filled: Desk, by: str) -> None:
    sort = f"{by}/breach"
    whole = [row.number for row in filled.store.listing("", sort=sort).rows]
    for number in whole[::9]:
        around = filled.store.listing("", sort=sort, at=number, before=2, limit=5)
        at = whole.index(number)
        first = max(0, min(at - 2, COUNT - 5))
        assert [row.number for row in around.rows] == whole[first : first + 5]
        assert (around.before, around.total) == (first, COUNT)


def test_what_is_mine_comes_first_and_what_nobody_has_next(filled: Desk) -> None:
    groups = filled.store.listing("", sort="owner/breach").groups
    assert [title for title, _ in groups] == ["bo", "nobody", "alice"]


def test_lists_of_ended_tickets_have_no_groups(filled: Desk) -> None:
    found = filled.store.listing("is:any", sort="state/breach")
    plain = filled.store.listing("is:any", sort="breach")
    assert (found.groups, found.rows, found.sort) == ((), plain.rows, "state/breach")


def test_an_anchor_of_another_order_is_no_place(filled: Desk) -> None:
    row = filled.store.listing("", sort="breach").rows[5]
    grouped = filled.store.listing("", sort="state/breach")
    anchored = filled.store.listing("", sort="state/breach", anchor=(row.key, row.number))
    assert anchored.rows == grouped.rows
    edge = grouped.rows[5]
    ended = filled.store.listing("is:any", sort="state/breach", anchor=(edge.key, edge.number))
    assert ended.rows == filled.store.listing("is:any", sort="breach").rows


def test_a_hidden_queue_is_no_group(filled: Desk) -> None:
    filled.create("hana", queue="hr")
    assert [title for title, _ in filled.store.listing("", sort="queue/breach").groups] == [
        "Network",
        "Payments",
    ]
