"""The query language finds the same tickets on both engines: each field, value, negation, time and word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.kinds import Level, State
from deskterm.domain.plain import fold_tokens
from deskterm.domain.query import QueryError
from deskterm.store.store import Store
from tests.small_desk import START, Desk

HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
EVERY = {1, 2, 3, 4, 5, 6, 7, 8}


def fill(desk: Desk) -> None:
    """Eight tickets, each unlike the others, made over two days by bo and hana."""
    desk.clock.at = START - timedelta(days=2)
    first: dict[str, Any] = {
        "impact": HIGH,
        "urgency": HIGH,
        "tags": ("vpn", "eu"),
        "type": "problem",
        "channel": "email",
    }
    desk.create(
        subject="Checkout fails 502", text="The café's till says größe", organization="Northwind",
        requester_name="Ana Ruiz", fields=(("Vendor", "Acme Ltd"), ("Site", "Oslo")), **first,
    )  # fmt: skip
    desk.clock.forward(hours=12)
    desk.create(
        subject="VPN drops", requester_address="joel@ek.se", requester_name="Joël Ék", queue="network"
    )
    desk.create(subject="100% of CPU_load", requester_address="mara@x.com", category="Émile", component="50%")
    desk.create(subject="你好 world", requester_address="li@x.com", requester_name="李雷", tags=("größe",))
    desk.clock.forward(hours=12)
    desk.create(
        subject='O\'Brien "quoted" back\\slash', requester_address="o'brien@x.com", category="Strasse"
    )
    desk.create("hana", subject="Salary", requester_address="boss@x.com", queue="hr")
    desk.clock.forward(hours=12)
    desk.create(subject="Printer jams", requester_address="joel@ek.se", category="Straße", channel="chat")
    desk.create(subject="Checkout again", requester_address="ana@northwind.example", type="question")
    # What happens to them
    alice, bo = desk.id("alice"), desk.id("bo")
    desk.do("bo", c.Assign((1,), alice))
    desk.do("alice", c.Reply((1,), "We restart the gateway"))
    desk.do("bo", c.ChangeState((2,), State.HOLD, "vendor"))
    desk.do("bo", c.Assign((3,), bo))
    desk.do("bo", c.Solve((4,), "hello", "answered"))
    desk.do("bo", c.Close((5,), "spam"))
    desk.do("bo", c.LinkTo((7,), "duplicate", 1))
    desk.do("bo", c.Close((7,), "duplicate"))
    desk.do("hana", c.LinkTo((6,), "related", 8))
    desk.do("alice", c.Snooze((8,), START + timedelta(hours=3)))
    desk.do("bo", c.Note((2,), "internal secretword"))
    desk.do("bo", c.Undo())
    desk.clock.at = START


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The eight tickets, once for the module and engine: nothing here changes them."""
    from tests.small_desk import copy_of, open_desk

    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("search") / "desk.db"
        url = copy_of(request.getfixturevalue("furnished_file"), path)
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create_database(request.getfixturevalue("furnished_postgres"))
    desk = open_desk(url)
    fill(desk)
    yield desk
    desk.close()
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server").drop_database(url)


def found(store: Store, query: str) -> set[int]:
    """The tickets a query finds; its count says the same."""
    rows = {row.number for row in store.listing(query).rows}
    assert store.count(query) == len(rows)
    assert set(store.numbers(query)) == rows
    return rows


CASES: dict[str, set[int]] = {
    "": {1, 2, 3, 6, 8},
    "is:any": EVERY,
    "is:active": {1, 2, 3, 6, 8},
    "is:new": {6, 8},
    "is:open": {3},
    "is:pending": {1},
    "is:hold": {2},
    "is:solved": {4},
    "is:closed": {5, 7},
    "is:open,hold": {2, 3},
    "is:open OR is:solved": {3, 4},
    "state:new": {6, 8},
    "state:Open,CLOSED": {3, 5, 7},
    "-state:closed": {1, 2, 3, 4, 6, 8},
    "is:unassigned": {2, 6, 8, 5, 7},
    "is:unassigned is:active": {2, 6, 8},
    "is:merged": {7},
    "is:confidential": {6},
    "is:any -is:confidential": EVERY - {6},
    "is:breached": {2, 3, 6, 8},
    "queue:payments": {1, 3, 8},
    "queue:PAYMENTS,network": {1, 2, 3, 8},
    "queue:net*": {2},
    "-queue:payments": {2, 6},
    "queue:none": set(),
    "queue:nowhere": set(),
    "owner:alice": {1},
    "owner:\"Alice Moreau\"": {1},
    "owner:none": {2, 6, 8},
    "-owner:none": {1, 3},
    "-owner:alice": {2, 3, 6, 8},
    "owner:b*": {3},
    "requester:joel@ek.se is:any": {2, 7},
    "requester:\"joël ék\" is:any": {2, 7},
    "requester:\"JOËL ÉK\" is:any": {2, 7},
    "requester:joel* is:any": {2, 7},
    "requester:joë* is:any": {2, 7},
    "requester:李* is:any": {4},
    "requester:o'brien@x.com is:any": {5},
    "requester:none": set(),
    "requester:ana": {1, 8},
    "requester:RUIZ": {1, 8},
    "requester:ui is:any": set(),
    "requester:an is:any": set(),
    "requester:joel is:any": {2, 7},
    "requester:ék is:any": {2, 7},
    "requester:É* is:any": set(),
    "requester:_na is:any": set(),
    "requester:northwind is:any": set(),
    "from:ruiz": {1, 8},
    "from:moreau": {1},
    "from:\"alice moreau\"": {1},
    "org:wind": set(),
    "from:ana@northwind.example": {1, 8},
    "from:alice": {1},
    "from:none": {2, 3, 6, 8},
    "org:northwind": {1, 8},
    "org:north*": {1, 8},
    "org:none": {2, 3, 6},
    "-org:northwind": {2, 3, 6},
    "type:problem": {1},
    "type:incident": {2, 3, 6},
    "-type:incident": {1, 8},
    "category:émile": {3},
    "category:ÉMILE": {3},
    "category:ém*": {3},
    "category:strasse is:any": {5},
    "category:straße is:any": {7},
    "category:none": {1, 2, 6, 8},
    "-category:émile": {1, 2, 6, 8},
    "component:50%": {3},
    "component:5*": {3},
    "component:5_*": set(),
    "component:%*": set(),
    "tag:vpn": {1},
    "tag:VPN": {1},
    "tag:#vpn": {1},
    "tag:vpn,größe is:any": {1, 4},
    "tag:grö* is:any": {4},
    "tag:GRÖSSE is:any": {4},
    "tag:none": {2, 3, 6, 8},
    "-tag:none": {1},
    "priority:p1": {1},
    "priority:p4": {2, 3, 6, 8},
    "priority:p1,p2": {1},
    "-priority:p4": {1},
    "impact:high urgency:high": {1},
    "channel:email": {1},
    "channel:chat is:any": {7},
    "has:link is:any": {1, 6, 7, 8},
    "has:link": {1, 6, 8},
    "-has:link": {2, 3},
    "has:attachment": set(),
    "link:duplicate is:any": {1, 7},
    "link:1 is:any": {7},
    "link:#7": {1},
    "link:8": {6},
    "link:none": {2, 3},
    "process:none": {1, 2, 3, 6, 8},
    "process:onboarding": set(),
    "step:none": {1, 2, 3, 6, 8},
    "rating:none": {1, 2, 3, 6, 8},
    "rating:>2": set(),
    "number:3": {3},
    "number:#3,8": {3, 8},
    "number:>3": {6, 8},
    "number:>=3 number:<8": {3, 6},
    "number:2..6": {2, 3, 6},
    "-number:2..6": {1, 8},
    "subject:checkout": {1, 8},
    "subject:check*": {1, 8},
    "subject:check": set(),
    "subject:\"checkout fails\"": {1},
    "subject:\"fails checkout\"": set(),
    "subject:till": set(),
    "subject:你好 is:any": {4},
    "-subject:checkout": {2, 3, 6},
    "field.vendor:\"acme ltd\"": {1},
    "field.VENDOR:acme*": {1},
    "field.vendor:none": {2, 3, 6, 8},
    "-field.vendor:acme*": {2, 3, 6, 8},
    "field.site:Oslo..Paris": {1},
    "field.site:>Rome": set(),
    "solved:none": {1, 2, 3, 6, 8},
    "closed:none is:any": {1, 2, 3, 4, 6, 8},
    "-closed:none is:any": {5, 7},
    "snoozed:none": {1, 2, 3, 6, 8},
    # Words
    "checkout": {1, 8},
    "checkout 502": {1},
    "checkout OR vpn": {1, 2, 8},
    "cafe": {1},
    "CAFÉ": {1},
    "grosse": {1},
    "ana": {1, 8},
    "northwind": {1, 8},
    "gateway": {1},
    "\"restart the gateway\"": {1},
    "\"gateway restart\"": set(),
    "-checkout": {2, 3, 6},
    "checkout -502": {8},
    "-(checkout OR vpn)": {3, 6},
    "100%": {3},
    "cpu_load": {3},
    "你好 is:any": {4},
    "好 is:any": {4},
    "o'brien is:any": {5},
    "secretword": set(),
    "check*": {1, 8},
    "check": set(),
    "\"checkout fa\"*": {1},
    "fails ruiz": {1},
    "\"fails ruiz\"": set(),
    "(is:new OR is:hold) -queue:hr": {2, 8},
}  # fmt: skip


@pytest.mark.parametrize("query", CASES)
def test_a_query_finds_its_tickets(filled: Desk, query: str) -> None:
    assert found(filled.store, query) == CASES[query]


ALICE = {
    "": {1, 2, 3},
    "is:any": EVERY - {6},
    "is:mine": {1},
    "owner:me": {1},
    "-owner:me": {2, 3},
    "queue:me": {1, 3},
    "is:snoozed": {8},
    "is:active is:snoozed": {8},
    "-is:snoozed": {1, 2, 3, 4, 5, 7},
    "-is:snoozed is:active": {1, 2, 3},
    "snoozed:<4h": {8},
    "snoozed:<2h": set(),
    "snoozed:today": {8},
    "snoozed:none": {1, 2, 3},
    "is:unread is:any": EVERY - {6},
    "from:me": {1},
    "is:confidential": set(),
    "queue:hr": set(),
    "has:link is:any": {1, 7},
    "link:6 is:any": set(),
    "salary is:any": set(),
    "number:6": set(),
    "requester:boss@x.com is:any": set(),
    "requester:me": set(),
}


@pytest.mark.parametrize("query", ALICE)
def test_a_query_asks_for_whoever_asks(filled: Desk, query: str) -> None:
    store = filled.seen_by("alice")
    assert found(store, query) == ALICE[query]


def test_the_desk_itself_is_nobody_with_tickets_of_its_own(filled: Desk) -> None:
    for query in ("is:mine", "owner:me", "is:snoozed", "from:me", "has:draft is:any"):
        assert found(filled.store, query) == set()
    assert found(filled.store, "queue:me") == {1, 2, 3, 6, 8}


TIMES = {
    "created:<12h is:any": {7, 8},
    "created:<13h is:any": {7, 8},
    "created:>30h is:any": {1, 2, 3, 4},
    "created:2026-11-21": {1, 2, 3},
    "created:2026-11-21 is:any": {1, 2, 3, 4},
    "created:yesterday is:any": {5, 6, 7, 8},
    "created:today is:any": set(),
    "created:2026-11-22,2026-11-21": {1, 2, 3, 6, 8},
    "created:2026-11-21..2026-11-22": {1, 2, 3, 6, 8},
    "created:>=2026-11-22": {6, 8},
    "created:<2026-11-22": {1, 2, 3},
    "created:>2026-11-21": {6, 8},
    "-created:2026-11-21": {6, 8},
    "updated:yesterday is:any": EVERY,
    "solved:yesterday is:any": {4},
    "-solved:yesterday is:any": EVERY - {4},
    "closed:<13h is:any": {5, 7},
    "due:<8h": {3, 6},
    "due:none": {1},
    "-due:<8h": {1, 2, 8},
    "sla:paused": {1},
    "sla:breached": set(),
    "sla:none is:any": {5, 7},
    "sla:met is:any": {4},
    "sla:ok,atrisk": {2, 3, 6, 8},
}


@pytest.mark.parametrize("query", TIMES)
def test_a_time_finds_its_tickets(filled: Desk, query: str) -> None:
    now = filled.clock.at
    if query.startswith(("due", "-due", "sla")):
        expected = {
            row.number
            for row in filled.store.listing("is:any" if "is:any" in query else "").rows
            if _matches(query, row.due_at, row.sla(now).value, now)
        }
        assert found(filled.store, query) == expected
        return
    assert found(filled.store, query) == TIMES[query]


def _matches(query: str, due: datetime | None, sla: str, now: datetime) -> bool:
    name, _, value = query.removesuffix(" is:any").partition(":")
    if name == "sla":
        return sla in value.split(",")
    if value == "none":
        return due is None
    soon = due is not None and due < now + timedelta(hours=8)
    return soon is not name.startswith("-")


@pytest.mark.parametrize(
    ("zone", "day", "numbers"),
    [
        ("UTC", "2026-11-21", {1, 2, 3, 4}),
        ("Pacific/Auckland", "2026-11-21", {1}),
        ("Pacific/Auckland", "2026-11-22", {2, 3, 4, 5, 6}),
        ("America/Los_Angeles", "2026-11-21", {1, 2, 3, 4}),
        ("America/Los_Angeles", "2026-11-22", {5, 6, 7, 8}),
        ("Asia/Kolkata", "2026-11-22", {2, 3, 4, 5, 6}),
    ],
)
def test_a_day_is_the_agents_day(filled: Desk, zone: str, day: str, numbers: set[int]) -> None:
    store = filled.seen_by("", ZoneInfo(zone))
    expected = {
        row.number
        for row in filled.store.listing("is:any").rows
        if row.created_at.astimezone(ZoneInfo(zone)).date().isoformat() == day
    }
    assert found(store, f"created:{day} is:any") == expected
    assert expected == numbers


def test_breached_and_at_risk_are_the_moment_s(desk: Desk) -> None:
    number = desk.create(impact=HIGH, urgency=HIGH)
    for minutes, word in ((0, "ok"), (11, "ok"), (12, "atrisk"), (14, "atrisk"), (15, "breached")):
        desk.clock.at = START + timedelta(minutes=minutes)
        for other in ("ok", "atrisk", "breached", "paused", "met", "missed", "none"):
            assert found(desk.store, f"sla:{other}") == ({number} if other == word else set())
        if word != "ok":
            assert found(desk.store, f"is:{word}") == {number}
        assert found(desk.store, f"-sla:{word}") == set()
    assert found(desk.store, "sla:<2h") == {number}
    assert found(desk.store, "sla:>2h") == set()


HOSTILE = (
    *("NEAR(a b)", "a NOT b", "a AND b", "subject : a", "^a", "a + b", "{a b}:c", "rowid:1", "ticket_text"),
    *(
        "'; DROP TABLE tickets; --",
        '" OR 1=1 --',
        "a & b | !c",
        "a <-> b",
        "a:*",
        "\\",
        "\\'",
        "''",
        "%",
        "_",
    ),
    *(
        "\x00",
        "a\x00b",
        "\ud800",
        "\u202e",
        "💥",
        "🇩🇪",
        "x" * 900,
        "a:b:c",
        "http://a/b?c=d",
        "-",
        "--",
        "OR",
    ),
    *('"', "()", "a*b*c", "(", ")", "a OR", "-(", "is:", "state:"),
)


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_is_an_operator(filled: Desk, typed: str) -> None:
    quoted = '"' + typed.replace('"', '""') + '"'
    for query in (typed, quoted, f"-{quoted}", f"subject:{quoted}", f"tag:{quoted}", f"field.x:{quoted}*"):
        for typing in (False, True):
            with suppress(QueryError):
                rows = filled.store.listing(query, typing=typing).rows
                assert {row.number for row in rows} <= EVERY
    with suppress(QueryError):
        filled.store.quick(typed)


WORDS = st.text(st.sampled_from("ab éßǅ你 '\"*()-:|&!<>\\%_^~0９"), min_size=1, max_size=12)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_words_are_found_as_they_were_written(desk: Desk, pairs: list[tuple[str, str]]) -> None:
    for subject, word in pairs:
        name = f"{subject} x"
        number = desk.create(subject=name)
        have, wanted = fold_tokens(name), fold_tokens(word)
        quoted = '"' + word.replace('"', '""') + '"'
        inside = any(have[at : at + len(wanted)] == wanted for at in range(len(have)))
        if wanted:
            assert (number in found(desk.store, f"subject:{quoted}")) is inside
            assert (number in found(desk.store, f"{quoted} number:{number}")) is (
                inside or wanted == [str(number)] or _in_names(wanted)
            )


def _in_names(wanted: list[str]) -> bool:
    names = fold_tokens("ana@northwind.example ana@northwind.example")
    return any(names[at : at + len(wanted)] == wanted for at in range(len(names)))


def test_as_you_type_looks_at_subject_number_and_requester(filled: Desk) -> None:
    def quick(typed: str, who: str = "") -> list[int]:
        store = filled.seen_by(who) if who else filled.store
        return [row.number for row in store.quick(typed)]

    assert quick("che") == [8, 1]
    assert quick("checkout fa") == [1]
    assert quick("ana ru") == [8, 1]
    assert quick("joel") == [2]
    assert quick("joel is:any") == [7, 2]
    assert quick("3") == [3]
    assert quick("gateway") == []
    assert quick("check queue:network") == []
    assert quick("vpn OR printer is:any") == [7, 2]
    assert quick("") == [8, 6, 3, 2, 1]
    assert quick("sal") == [6]
    assert quick("sal", "alice") == []
    assert quick("check", "alice") == [1]
    assert filled.store.quick("check", limit=1)[0].number == 8


def test_unread_is_what_has_messages_that_were_not_read(desk: Desk) -> None:
    number = desk.create(text="please")
    store = desk.seen_by("alice")
    (row,) = store.listing("is:unread").rows
    assert row.unread
    store.mark_read(number)
    assert found(store, "is:unread") == set()
    (row,) = store.listing("").rows
    assert (row.unread, row.new_messages) == (False, 0)
    desk.do("bo", c.Note((number,), "Hm"))
    (row,) = store.listing("is:unread").rows
    assert (row.unread, row.new_messages) == (False, 1)
    desk.do("bo", c.Undo())
    assert found(store, "is:unread") == set()


def test_drafts_are_found_by_their_author(desk: Desk) -> None:
    number = desk.create()
    alice, bo = desk.seen_by("alice"), desk.seen_by("bo")
    alice.save_draft(number, "reply", "Dear \x00 \ud800 Ana", 1)
    assert found(alice, "has:draft") == {number}
    assert found(bo, "has:draft") == set()
    (draft,) = alice.drafts(number)
    assert draft.text.startswith("Dear")
    assert bo.drafts(number) == ()
