"""The tally: counts that follow the journal say what counting each ticket says, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from deskterm.domain import commands as c
from deskterm.domain.kinds import Level, State
from deskterm.domain.query_parser import parse
from deskterm.storage import tally
from deskterm.storage.tally import Group, Tally, can_tell
from deskterm.store.store import Store
from tests.small_desk import HR, NETWORK, START, Desk

QUERIES = (
    "",
    "is:active",
    "is:open",
    "is:new -owner:none",
    "owner:me OR (queue:me owner:none)",
    "priority:p1,p2",
    "queue:payments -priority:p3",
    "queue:hr is:confidential",
    "state:open,pending owner:b*",
    "is:active is:any",
)


def at_work(desk: Desk) -> None:
    """Some of everything that moves a ticket from one group to another."""
    numbers = [desk.create("bo", f"One of six, {at}", impact=Level.HIGH) for at in range(6)]
    desk.create("hugo", "Confidential", queue="hr")
    desk.do("bo", c.Assign((numbers[0], numbers[1]), desk.id("bo")))
    desk.do("bo", c.Move((numbers[1],), NETWORK, "theirs"))
    desk.do("alice", c.Reply((numbers[2],), "done", then=State.PENDING))
    desk.do("alice", c.Snooze((numbers[0],), START + timedelta(days=2)))
    desk.do("carol", c.SetPriority((numbers[3],), impact=Level.LOW, urgency=Level.LOW))
    desk.do("alice", c.Close((numbers[4],), "spam"))
    desk.do("alice", c.Reopen((numbers[4],), "it was none"))
    desk.do("alice", c.Close((numbers[5],), "withdrawn"))
    desk.create("bo", "Taken back")
    desk.do("bo", c.Undo())


def agrees(store: Store) -> None:
    """Every count that the tally answers is what counting row by row gives."""
    for query in QUERIES:
        listing = store.listing(query, limit=1000)
        assert listing.total == len(listing.rows), query
        assert store.count(query) == len(listing.rows), query
        for lanes in ("state", "owner", "priority", "queue"):
            for column in store.board(query, lanes=lanes, cards=1000).columns:
                assert column.count == len(column.cards), (query, lanes, column.value)
    views = store.counts().views
    for view in views:
        assert view.count == len(store.listing(view.query, limit=1000).rows), view.name


@pytest.mark.parametrize("who", ["alice", "carol", "hugo", "dana"])
def test_counts_follow_what_is_committed(desk: Desk, who: str) -> None:
    store = desk.seen_by(who)
    agrees(store)
    at_work(desk)
    agrees(store)
    desk.do("bo", c.Undo())
    desk.do("hugo", c.Move((7,), HR - 1, "not theirs after all"))
    agrees(store)
    desk.clock.forward(days=3)
    agrees(store)


def test_far_behind_it_counts_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    store = desk.seen_by("alice")
    agrees(store)
    monkeypatch.setattr(tally, "FAR_BEHIND", 3)
    at_work(desk)
    agrees(store)


def test_a_reader_whose_transaction_is_older_counts_for_itself(desk: Desk) -> None:
    desk.create()
    kept, database = Tally(), desk.store.database
    with database.read() as old:
        before = dict(Tally().groups(old))
        desk.create()
        with database.read() as new:
            assert sum(kept.groups(new).values()) == 2
        assert kept.groups(old) == before
        assert sum(before.values()) == 1


def test_a_late_reader_goes_on_from_what_was_counted_before_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create()
    kept, database = Tally(), desk.store.database
    with database.read() as first:
        kept.groups(first)
    at_work(desk)
    with database.read() as old:
        before = dict(Tally().groups(old))
        desk.create()
        with database.read() as new:
            after = dict(Tally().groups(new))

            def counted_anew(connection: Connection) -> Mapping[Group, int]:
                raise AssertionError("a large desk would be counted for each of those who wait")

            monkeypatch.setattr(tally, "_counted", counted_anew)
            assert kept.groups(new) == after
            assert kept.groups(old) == before != after


@pytest.mark.parametrize(
    ("query", "told"),
    [("", True), ("queue:me -owner:none", True), ("tag:vpn", False), ("is:breached", False), ("word", False)],
)
def test_it_answers_only_what_groups_decide(query: str, told: bool) -> None:
    assert can_tell(parse(query).root) is told
