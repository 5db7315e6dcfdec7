"""A query means the same of one ticket in memory as of all of them in SQL, whoever asks and whenever."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK
from deskterm.domain.policy import DEFAULT
from deskterm.domain.query import QueryError
from deskterm.domain.query_parser import parse
from deskterm.storage import tickets
from deskterm.storage.facts import facts
from deskterm.store.store import Store
from tests.small_desk import START, Desk, copy_of, open_desk
from tests.storage import test_search as search

ZONE = ZoneInfo("Pacific/Auckland")


@pytest.fixture(scope="module")
def full(furnished_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The eight tickets of the search tests, one that was taken back, and what alice has to do with them."""
    desk = open_desk(copy_of(furnished_file, tmp_path_factory.mktemp("matching") / "desk.db"))
    search.fill(desk)
    desk.create(subject="Taken back")
    desk.do("bo", c.Undo())
    alice = desk.seen_by("alice")
    alice.mark_read(1)
    full_of = desk.seen_by("alice").numbers("is:any")
    for number in full_of[:4]:
        with suppress(DeskError):
            desk.do("carol", c.Note((number,), "@alice @bo please"))
    for who, number, seconds in (("alice", 1, 600), ("bo", 1, 3000), ("carol", 3, 7200), ("alice", 6, 30)):
        with suppress(DeskError):
            desk.do(who, c.LogTime((number,), seconds))
    alice.mark_read(full_of[0])
    alice.save_draft(3, "reply", "Dear", 1)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def stores(full: Desk) -> dict[str, Store]:
    """The same desk as others see it, in Auckland."""
    return {who: full.seen_by(who, ZONE) for who in ("", "alice", "hana")}


def remembered(store: Store, query: str) -> set[int]:
    """The tickets that match a query one by one, for whoever the store acts for."""
    parsed, now = parse(query), store.now()
    with store.database.read() as connection:
        known = store.people() if store.actor is DESK else store._dispatcher.directory(connection)
        found = set()
        for number in range(1, tickets.next_number(connection)):
            ticket = tickets.load(connection, number)
            assert ticket is not None
            held = facts(connection, ticket, known, store.actor, DEFAULT)
            if matches(parsed, held, store.actor, now, store.zone):
                found.add(number)
    return found


def listed(store: Store, query: str) -> set[int]:
    """The tickets that a list of a query holds."""
    return {row.number for row in store.listing(query, limit=500).rows}


@pytest.mark.parametrize("query", [*search.CASES, *search.TIMES])
def test_a_ticket_matches_what_finds_it(full: Desk, query: str) -> None:
    assert remembered(full.store, query) == listed(full.store, query)


CALLED = (
    *("is:unread", "-is:unread is:any", "has:draft is:any", "is:mentioned", "-is:mentioned is:any"),
    *("follower:me is:any", "follower:bo", "follower:none", "follower:a*"),
    *("worker:me is:any", "worker:bo,carol is:any", "worker:none", "-worker:none is:any"),
    *("worked:>=1h is:any", "worked:<1h is:any", "worked:10m..2h", "worked:none"),
    *("worked:>0m is:any", "worked:>=0m is:any", "worked:<0m is:any", "worked:0m..10m is:any"),
)
"""What depends on who asks, or on what they were told."""


@pytest.mark.parametrize("who", ["alice", "bo", "hana", "dana"])
def test_a_ticket_matches_for_whoever_asks(full: Desk, who: str) -> None:
    store = full.seen_by(who)
    for query in (
        *search.ALICE,
        *search.CASES,
        "is:unread",
        "has:draft is:any",
        "-is:unread is:any",
        *CALLED,
    ):
        assert remembered(store, query) == listed(store, query), query


VALUES = (
    *(
        "met",
        "missed",
        "none",
        "me",
        "vpn",
        "VPN",
        "größe",
        "payments",
        "net*",
        "alice",
        "bo",
        "ana",
        "joel*",
        "hr",
        "P1",
        "low",
    ),
    *(
        "high",
        "open",
        "closed",
        "northwind",
        "problem",
        "email",
        "1",
        "7",
        "2..6",
        "o'brien",
        "É*",
        "50%",
        "_*",
    ),
    *(
        "<12h",
        ">30h",
        "<=2h",
        ">=8h",
        "today",
        "yesterday",
        "2026-11-21",
        ">2026-11-21",
        "2026-11-20..2026-11-22",
    ),
    *(
        "ok",
        "atrisk",
        "breached",
        "paused",
        "met",
        "link",
        "draft",
        "duplicate",
        "checkout",
        "acme*",
        "Oslo..Paris",
    ),
)
NAMES = (
    *(
        "state",
        "queue",
        "owner",
        "requester",
        "from",
        "org",
        "type",
        "category",
        "component",
        "tag",
        "priority",
    ),
    *(
        "impact",
        "channel",
        "has",
        "link",
        "process",
        "number",
        "subject",
        "sla",
        "created",
        "updated",
        "solved",
    ),
    *("closed", "due", "snoozed", "rating", "field.vendor", "field.SITE", "is"),
    *("reply", "resolution", "reopens", "handoffs", "replied", "follower", "worker", "worked", "status"),
)
IS = (
    "any",
    "active",
    "new",
    "pending",
    "solved",
    "closed",
    "unassigned",
    "mine",
    "unread",
    "mentioned",
    "snoozed",
    "merged",
    "firstcontact",
)
WORDS = (
    "checkout",
    "check*",
    "502",
    "gateway",
    '"restart the"',
    '"checkout fa"*',
    "joël",
    "你",
    "1",
    "x.com",
    "é*",
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query that parses: some filters, words, negations and groups."""
    chance = random.Random(draw(st.integers(0, 2**32)))

    def term(depth: int) -> str:
        kind = chance.random()
        if kind < 0.15 and depth < 3:
            text = "(" + chance.choice((" ", " OR ")).join(term(depth + 1) for _ in range(2)) + ")"
        elif kind < 0.35:
            text = chance.choice(WORDS)
        elif kind < 0.55:
            text = f"is:{chance.choice(IS)}"
        else:
            text = next(filter(_parses, (_filter(chance) for _ in range(1000))))
        return f"-{text}" if chance.random() < 0.25 else text

    return chance.choice((" ", " OR ")).join(term(0) for _ in range(chance.randint(1, 3)))


def _filter(chance: random.Random) -> str:
    values = chance.sample(VALUES, chance.choice((1, 1, 2)))
    return f"{chance.choice(NAMES)}:{','.join(values)}"


def _parses(text: str) -> bool:
    try:
        parse(text)
    except QueryError:
        return False
    return True


@given(queries(), st.sampled_from(("", "alice", "hana")), st.integers(-3000, 3000))
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
def test_any_query_means_the_same_in_memory(
    full: Desk, stores: dict[str, Store], query: str, who: str, minutes: int
) -> None:
    full.clock.at = START + timedelta(minutes=minutes)
    assert remembered(stores[who], query) == listed(stores[who], query)
