"""Windows of a list are pieces of the whole sorted list, whatever the sort, direction, anchor and place."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.kinds import Level, Sla, State
from deskterm.domain.views import Row
from deskterm.storage import board_reads, reads
from tests.small_desk import START, Desk, copy_of, open_desk

SORTS = [
    name for sort in ("breach", "number", "updated", "created", "priority") for name in (sort, "-" + sort)
]
TICKETS = 40


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Forty tickets in all states, several of which share every sort key."""
    if request.param == "sqlite":
        url = copy_of(
            request.getfixturevalue("furnished_file"), tmp_path_factory.mktemp("paging") / "desk.db"
        )
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(request.getfixturevalue("furnished_postgres"))
    desk, chance = open_desk(url), random.Random(7)
    for _ in range(TICKETS):
        if chance.random() < 0.6:
            desk.clock.forward(minutes=30)
        levels = {"impact": chance.choice(tuple(Level)), "urgency": chance.choice(tuple(Level))}
        desk.create(queue=chance.choice(("payments", "network")), **levels)
    for number in range(1, TICKETS + 1):
        if chance.random() < 0.3:
            desk.do(
                "bo", c.Reply((number,), "Hello", chance.choice((State.OPEN, State.PENDING, State.SOLVED)))
            )
    desk.clock.at = START + timedelta(hours=16)
    yield desk
    desk.close()
    if request.param == "postgresql":
        server.drop_database(url)


def whole(desk: Desk, query: str, sort: str) -> list[Row]:
    """The whole list, sorted here."""
    keys: dict[str, Callable[[Row], Any]] = {
        "breach": lambda row: row.key,
        "number": lambda row: row.number,
        "updated": lambda row: row.updated_at,
        "created": lambda row: row.created_at,
        "priority": lambda row: row.priority.value,
    }
    key = keys[sort.removeprefix("-")]
    rows = desk.store.listing(query, sort=sort, limit=1000).rows
    ordered = sorted(rows, key=lambda row: (key(row), row.number), reverse=sort.startswith("-"))
    assert list(rows) == ordered
    return ordered


PLACES = st.integers(0, TICKETS - 1)
SIZES = st.integers(1, 50)
QUERIES = st.sampled_from(("", "is:any", "is:open", "queue:payments is:any"))


@given(st.sampled_from(SORTS), QUERIES, PLACES, SIZES, st.booleans())
@settings(suppress_health_check=list(HealthCheck))
def test_a_page_is_what_follows_or_precedes_its_anchor(
    filled: Desk, sort: str, query: str, place: int, size: int, back: bool
) -> None:
    rows = whole(filled, query, sort)
    place = min(place, len(rows) - 1)
    anchor = (rows[place].key, rows[place].number)
    page = filled.store.listing(query, sort=sort, anchor=anchor, limit=-size if back else size)
    expected = rows[max(0, place - size) : place] if back else rows[place + 1 : place + 1 + size]
    assert list(page.rows) == expected
    assert page.total == len(rows)
    if expected:
        assert page.before == rows.index(expected[0])


@given(st.sampled_from(SORTS), QUERIES, SIZES)
@settings(suppress_health_check=list(HealthCheck))
def test_without_an_anchor_a_page_is_the_first_or_the_last(
    filled: Desk, sort: str, query: str, size: int
) -> None:
    rows = whole(filled, query, sort)
    first = filled.store.listing(query, sort=sort, limit=size)
    assert (list(first.rows), first.before, first.total) == (rows[:size], 0, len(rows))
    last = filled.store.listing(query, sort=sort, limit=-size)
    assert list(last.rows) == rows[-size:]
    assert last.before == len(rows) - len(last.rows)


@given(st.sampled_from(SORTS), QUERIES, PLACES, SIZES, st.integers(0, 30))
@settings(suppress_health_check=list(HealthCheck))
def test_a_window_at_a_ticket_has_it_and_is_full(
    filled: Desk, sort: str, query: str, place: int, size: int, before: int
) -> None:
    rows = whole(filled, query, sort)
    place = min(place, len(rows) - 1)
    number = rows[place].number
    window = filled.store.listing(query, sort=sort, at=number, limit=size, before=before)
    start = window.before
    assert list(window.rows) == rows[start : start + len(window.rows)]
    assert len(window.rows) == min(size, len(rows))
    if before < size:
        assert number in [row.number for row in window.rows]
        assert start <= place - min(before, place) or start == max(0, len(rows) - size)


@pytest.mark.parametrize("sort", SORTS)
def test_a_ticket_that_left_the_list_leaves_its_place(filled: Desk, sort: str) -> None:
    rows = whole(filled, "is:any", sort)
    listed = whole(filled, "is:open", sort)
    for gone in [row for row in rows if row not in listed][:6]:
        seen = (listed[len(listed) // 2].key, gone.number)
        window = filled.store.listing("is:open", sort=sort, at=gone.number, anchor=seen, limit=6, before=3)
        assert gone.number not in [row.number for row in window.rows]
        start = window.before
        assert list(window.rows) == listed[start : start + 6]
        assert abs(start - (len(listed) // 2 - 3)) <= 4


def test_counts_stop_at_their_cap(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "DEEP_CAP", 5)
    page = filled.store.listing("is:any", limit=3)
    assert (page.total, page.capped) == (5, True)
    last = filled.store.listing("is:any", limit=-3)
    assert (last.before, last.total, last.capped) == (5, 8, True)
    active = filled.store.listing("", limit=3)
    assert (active.total, active.capped) == (len(whole(filled, "", "breach")), False)
    assert filled.store.listing("is:open", limit=3).capped is False
    assert filled.store.listing("is:open OR is:solved", limit=3).capped is True


def test_the_sidebar_counts_what_its_lists_hold(filled: Desk) -> None:
    filled.do("alice", c.Snooze(tuple(range(1, 9)), filled.clock.at + timedelta(hours=2)))
    filled.do("alice", c.SaveView("Mine", "owner:me OR queue:network"))
    for login in ("alice", "carol", "hugo", "vera", ""):
        store = filled.seen_by(login)
        counts = store.counts()
        for line in counts.views:
            assert line.count == len(store.listing(line.query, limit=1000).rows), (login, line)
        assert counts.breached == store.count("is:breached")
        assert counts.atrisk == store.count("is:atrisk")
        change = counts.next_change_at
        rows = store.listing("", limit=1000).rows
        times = [at for row in rows for at in (row.due_at, row.risk_at) if at and at > filled.clock.at]
        times += [filled.clock.at + timedelta(hours=2)] if login == "alice" else []
        assert change == min(times, default=None)
    filled.do("alice", c.Undo())
    filled.do("alice", c.Undo())


@pytest.mark.parametrize("lanes", ["state", "owner", "priority", "queue"])
def test_the_board_shows_what_its_columns_count(filled: Desk, lanes: str) -> None:
    for query in ("", "queue:payments", "priority:p1,p2"):
        board = filled.store.board(query, lanes=lanes, cards=100)
        for column in board.columns:
            assert column.count == len(column.cards)
        listed = {row.number for row in filled.store.listing(query, limit=1000).rows}
        shown = {card.number for column in board.columns if column.value != "solved" for card in column.cards}
        assert shown == listed
        assert board.total == len(listed)
    assert sum(load.active for load in filled.store.board("").load) == filled.store.count("-owner:none")


@pytest.mark.parametrize("lanes", ["state", "owner", "priority", "queue"])
def test_a_column_is_read_as_far_as_it_is_asked_for(
    filled: Desk, monkeypatch: pytest.MonkeyPatch, lanes: str
) -> None:
    whole_board = filled.store.board("", lanes=lanes, cards=1000)
    longest = max(whole_board.columns, key=lambda column: column.count)
    last = longest.cards[-1]
    monkeypatch.setattr(board_reads, "DEEPEST", longest.count)
    found = filled.store.board("", lanes=lanes, cards=2, at=last.number)
    for column, full in zip(found.columns, whole_board.columns, strict=True):
        asked = column.count if column.value == longest.value else 2
        assert column.cards == full.cards[:asked]
        assert column.count == full.count
    deeper = filled.store.board("", lanes=lanes, cards=2, depths={longest.value: 3})
    assert [len(column.cards) for column in deeper.columns if column.value == longest.value] == [3]
    monkeypatch.setattr(board_reads, "DEEPEST", longest.count - 1)
    too_deep = filled.store.board("", lanes=lanes, cards=2, at=last.number)
    assert last.number not in [card.number for column in too_deep.columns for card in column.cards]


def test_a_column_says_how_many_are_breached_below_what_is_read(filled: Desk) -> None:
    for hours in (0, 30, 400):
        now = filled.clock.at
        filled.clock.forward(hours=hours)
        whole_board = filled.store.board("", cards=1000)
        for column, full in zip(filled.store.board("", cards=2).columns, whole_board.columns, strict=True):
            late = [card.sla(filled.clock.at) is Sla.BREACHED for card in full.cards]
            assert column.late == sum(late[2:])
            assert full.late == 0
        filled.clock.at = now
