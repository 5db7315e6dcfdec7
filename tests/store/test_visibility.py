"""A confidential queue does not exist for those outside it: in no read, refusal, notice or figure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, NotFound
from deskterm.domain.kinds import State
from deskterm.domain.views import BoardColumn, Notice
from deskterm.store.store import Store
from tests.small_desk import HR, PAYMENTS, START, Desk, copy_of, open_desk

INSIDE = ("hana", "hugo")
OUTSIDE = ("alice", "carol", "dana", "vera")


def hide(desk: Desk) -> int:
    """Open a ticket in HR with everything a ticket may have, and a public one that is linked to it."""
    ana = {"requester_address": "boss@x.com", "requester_name": "Boss Person"}
    number = desk.create(
        "hana", subject="salary", queue="hr", text="dismissal", tags=("confidentialtag",),
        fields=(("hrfield", "dismissal"),), **ana,
    )  # fmt: skip
    desk.do("hana", c.Note((number,), "dismissal"))
    other = desk.create("hana", subject="Printer", requester_address="boss@x.com")
    desk.do("hana", c.LinkTo((number,), "causes", other))
    desk.do("hana", c.Assign((other,), desk.id("alice")))
    desk.do("hugo", c.Remind(desk.clock.at + timedelta(hours=2), "dismissal", number))
    return number


@pytest.fixture
def secret(desk: Desk) -> int:
    """A hidden ticket on a desk of this test's own."""
    return hide(desk)


class Hiding:
    """A desk with a hidden ticket on which nothing is changed any more: made once for many tests."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = hide(desk)
        desk.do("hana", c.Assign((self.number,), desk.id("hugo")))

    @cached_property
    def seen_by(self) -> dict[str, Store]:
        """The desk as each of them sees it."""
        return {login: self.desk.seen_by(login) for login in (*INSIDE, *OUTSIDE)}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def hiding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hiding]:
    """A desk with a hidden ticket, only to be read, and to refuse commands; on both engines."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("hiding") / "desk.db"
        desk = open_desk(copy_of(request.getfixturevalue("furnished_file"), path))
        yield Hiding(desk)
        desk.close()
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create_database(request.getfixturevalue("furnished_postgres"))
    desk = open_desk(url)
    yield Hiding(desk)
    desk.close()
    server.drop_database(url)


READS: dict[str, Callable[[Store, int], Any]] = {
    "list": lambda store, n: store.listing("is:any", limit=1000).rows,
    "list around": lambda store, n: store.listing("is:any", at=n, limit=5).rows,
    "list by number": lambda store, n: store.listing(f"number:{n}").rows,
    "list confidential": lambda store, n: store.listing("is:confidential").rows,
    "list queue": lambda store, n: store.listing("queue:hr is:any").rows,
    "list by tag": lambda store, n: store.listing("tag:confidentialtag is:any").rows,
    "list by words": lambda store, n: store.listing("dismissal is:any").rows,
    "list by field": lambda store, n: store.listing("field.hrfield:dismissal is:any").rows,
    "list by link": lambda store, n: store.listing(f"link:{n} is:any").rows,
    "list with links": lambda store, n: store.listing("has:link is:any").rows,
    "count": lambda store, n: store.count("is:confidential"),
    "numbers": lambda store, n: n in store.numbers("is:any"),
    "quick": lambda store, n: store.quick("is:any sal"),
    "quick by number": lambda store, n: [row.number for row in store.quick(f"{n} is:any") if row.number == n],
    "counts": lambda store, n: [(v.name, v.count) for v in store.counts().views if v.name == "HR"],
    "tags": lambda store, n: [tag for tag in store.tags() if "confidential" in tag],
    "people": lambda store, n: [queue for queue in store.people().queues.values() if queue.confidential],
    "members": lambda store, n: [agent for agent in store.people().agents.values() if HR in agent.queues],
    "board": lambda store, n: [column for column in _columns(store, "queue") if column.title == "HR"],
    "cards": lambda store, n: [n in {card.number for card in column.cards} for column in _columns(store)],
    "ticks": lambda store, n: [n == tick.ticket or "HR" in tick.text for tick in store.board("").ticks],
    "load": lambda store, n: [load for load in store.board("").load if load.agent == "hugo" and load.active],
    "links": lambda store, n: store.ticket(n + 1).links,
    "links of the ticket": lambda store, n: store.ticket(n + 1).ticket.links,
    "links in history": lambda store, n: [e.changes for e in store.history(n + 1) if e.kind == "linked"],
    "requester's open": lambda store, n: store.ticket(n + 1).requester_open,
    "requester's total": lambda store, n: store.ticket(n + 1).requester_total - 1,
    "queue names": lambda store, n: [name for name in store.ticket(n + 1).queues.values() if name == "HR"],
    "metrics": lambda store, n: store.metrics("is:confidential", None, None).tickets,
    "completion of metrics": lambda store, n: store.metrics("", None, None).tickets - 1,
}  # fmt: skip


@pytest.mark.parametrize("read", READS)
def test_what_is_confidential_leaves_no_trace(hiding: Hiding, read: str) -> None:
    look, secret = READS[read], hiding.number
    for login in OUTSIDE:
        found = look(hiding.seen_by[login], secret)
        rows = [row for row in found if getattr(row, "number", secret) == secret] if _rows(found) else found
        assert not _told(rows), (login, found)
    for login in INSIDE:
        assert _told(look(hiding.seen_by[login], secret)), login


def _rows(found: object) -> bool:
    return isinstance(found, tuple) and bool(found) and hasattr(found[0], "subject")


def _columns(store: Store, lanes: str = "state") -> tuple[BoardColumn, ...]:
    return store.board("", lanes=lanes).columns


def _told(found: object) -> bool:
    if isinstance(found, list):
        return any(found)
    if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], bool):
        return bool(found[0])
    return bool(found)


@pytest.mark.parametrize("login", OUTSIDE)
def test_a_hidden_ticket_and_none_are_the_same_answer(hiding: Hiding, login: str) -> None:
    store, secret = hiding.seen_by[login], hiding.number
    for ask in (store.ticket, store.history):
        with pytest.raises(NotFound) as hidden:
            ask(secret)
        with pytest.raises(NotFound) as missing:
            ask(999)
        assert hidden.value.message.replace(str(secret), "999") == missing.value.message


COMMANDS: tuple[Callable[[int], c.Command], ...] = (
    lambda n: c.Note((n,), "Hm"),
    lambda n: c.Reply((n,), "Hm"),
    lambda n: c.Assign((n,), 1),
    lambda n: c.Move((n,), PAYMENTS),
    lambda n: c.Tag((n,), ("x",)),
    lambda n: c.Solve((n,), "x"),
    lambda n: c.Close((n,), "spam"),
    lambda n: c.Snooze((n,), None),
    lambda n: c.Follow((n,)),
    lambda n: c.LinkTo((n,), "related", 2),
    lambda n: c.LinkTo((2,), "related", n),
    lambda n: c.Together((c.Note((n,), "Hm"),)),
    lambda n: c.Classify((n,), (("subject", "x"),)),
)


@pytest.mark.parametrize("make", COMMANDS)
def test_a_hidden_ticket_cannot_be_touched(hiding: Hiding, make: Callable[[int], c.Command]) -> None:
    errors = []
    for number in (hiding.number, 999):
        with pytest.raises(NotFound) as refused:
            hiding.desk.do("carol", make(number))
        errors.append(refused.value.message.replace(str(number), "N"))
    assert errors[0] == errors[1]


@pytest.mark.parametrize(
    "command",
    [
        c.Create("x", "a@x", queue="hr"),
        c.Create("x", "a@x", queue="HR"),
        c.Move((2,), HR),
        c.Remind(START, "x", 1),
        c.DismissReminder(1),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_hidden_queue_cannot_be_named(hiding: Hiding, command: c.Command) -> None:
    desk = hiding.desk
    if isinstance(command, c.Remind):
        command = c.Remind(desk.clock.at + timedelta(hours=1), "x", hiding.number)
    with pytest.raises(NotFound) as refused:
        desk.do("alice", command)
    assert "hr" not in refused.value.hint.lower().split(", ")


def test_nobody_outside_is_reminded_or_made_owner(desk: Desk, secret: int) -> None:
    at = desk.clock.at + timedelta(hours=1)
    for command in (c.Remind(at, "x", secret, desk.id("alice")), c.Assign((secret,), desk.id("alice"))):
        with pytest.raises(DeskError, match="alice"):
            desk.do("hana", command)


def test_leaving_the_queue_takes_everything_out_of_sight(desk: Desk, secret: int) -> None:
    hugo = desk.seen_by("hugo")
    assert [line.ticket for line in hugo.reminders()] == [secret]
    hugo.save_draft(secret, "note", "dismissal", 1)
    desk.do("dana", c.AddAgent("hugo", "Hugo Ek", queues=("payments",)))
    assert hugo.reminders() == ()
    assert hugo.listing("has:draft is:any").rows == ()
    with pytest.raises(NotFound):
        hugo.ticket(secret)
    with pytest.raises(NotFound):
        desk.do("hugo", c.Undo())


class Ear:
    """Collects the notices of a store until one says what is waited for."""

    def __init__(self, store: Store) -> None:
        self.notices: list[Notice] = []
        self._heard = threading.Condition()
        self.stop = store.subscribe(self._hear)

    def _hear(self, notice: Notice) -> None:
        with self._heard:
            self.notices.append(notice)
            self._heard.notify_all()

    def until(self, seq: int) -> frozenset[str]:
        """Wait for the notices up to a sequence number and return their topics."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(n.seq >= seq for n in self.notices), 120)
            found = frozenset().union(*(notice.topics for notice in self.notices))
            self.notices.clear()
            return found


def test_notices_tell_those_inside_and_nobody_else(desk: Desk, secret: int) -> None:
    ears = {login: Ear(desk.seen_by(login)) for login in ("hana", "alice")}
    outcome = desk.do("hana", c.Note((secret,), "dismissal"))
    assert ears["hana"].until(outcome.seq) == {f"ticket:{secret}", f"queue:{HR}"}
    assert ears["alice"].until(outcome.seq) == frozenset()


def test_a_ticket_that_goes_out_of_sight_leaves_the_lists_it_was_in(desk: Desk, secret: int) -> None:
    number = desk.create("hana")
    alice = desk.seen_by("alice")
    heard: list[Notice] = []
    ear = Ear(alice)
    alice.subscribe(heard.append)
    moved = desk.do("hana", c.Move((number,), HR, "dismissal"))
    assert ear.until(moved.seq) == {f"ticket:{number}", f"queue:{PAYMENTS}"}
    noted = desk.do("hana", c.Note((number,), "dismissal"))
    assert ear.until(noted.seq) == frozenset()
    assert [event for notice in heard for event in notice.events] == []
    back = desk.do("hana", c.Move((number,), PAYMENTS))
    assert ear.until(back.seq) == {f"ticket:{number}", f"queue:{PAYMENTS}"}


def test_a_moved_ticket_says_nothing_of_where_it_was(desk: Desk) -> None:
    number = desk.create("hana", queue="hr")
    desk.do("hana", c.Move((number,), PAYMENTS))
    store = desk.seen_by("alice")
    assert "HR" not in store.ticket(number).queues.values()
    assert not any("HR" in tick.text for tick in store.board("").ticks)
    assert any("another queue" in tick.text for tick in store.board("").ticks)


def test_views_are_ones_own(desk: Desk) -> None:
    desk.do("hana", c.SaveView("Salaries", "queue:hr salary"))
    assert "Salaries" in [line.name for line in desk.seen_by("hana").counts().views]
    for login in (*OUTSIDE, "hugo"):
        assert "Salaries" not in [line.name for line in desk.seen_by(login).counts().views]


def test_solved_in_secret_stays_secret(desk: Desk, secret: int) -> None:
    desk.do("hana", c.Reply((secret,), "done", State.SOLVED))
    assert not any(tick.ticket == secret for tick in desk.seen_by("carol").board("").ticks)
