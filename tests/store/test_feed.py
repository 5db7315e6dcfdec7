"""The feed: every commit is told once, in order, to whoever subscribed, and to nobody else."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.history import Fact, History
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.views import Notice
from deskterm.store import topics
from deskterm.store.feed import POLL_SECONDS
from tests.small_desk import NETWORK, PAYMENTS, START, Desk


class Ear:
    """Collects notices, and waits for a sequence number."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.heard = threading.Condition()

    def __call__(self, notice: Notice) -> None:
        with self.heard:
            self.notices.append(notice)
            self.heard.notify_all()

    def until(self, seq: int) -> list[Notice]:
        """Wait for the notice of this number and return all of them."""
        with self.heard:
            assert self.heard.wait_for(lambda: bool(self.notices) and self.notices[-1].seq >= seq, 120)
            found, self.notices = self.notices, []
            return found


def test_another_process_is_looked_for_as_often_as_the_contract_says() -> None:
    assert POLL_SECONDS <= 0.1


def test_each_commit_is_told_once_and_in_order(desk: Desk) -> None:
    ear = Ear()
    stop = desk.seen_by("").subscribe(ear)
    last = [desk.do("bo", c.Create(f"{n}", "a@x", queue="payments")).seq for n in range(5)][-1]
    told = ear.until(last)
    events = [event.seq for notice in told for event in notice.events]
    assert events == sorted(set(events))
    assert events[-1] == last
    assert frozenset().union(*(notice.topics for notice in told)) == {
        f"queue:{PAYMENTS}", *(f"ticket:{n}" for n in range(1, 6))
    }  # fmt: skip
    stop()
    desk.create()
    after = Ear()
    desk.others[-1].subscribe(after)
    after.until(desk.do("bo", c.Note((1,), "Hm")).seq)
    assert ear.notices == []


def test_topics_say_what_was_touched(desk: Desk) -> None:
    number = desk.create()
    ear = Ear()
    desk.seen_by("carol").subscribe(ear)
    alice = desk.id("alice")
    at = START + timedelta(hours=1)
    cases: tuple[tuple[str, c.Command, set[str]], ...] = (
        ("carol", c.Move((number,), NETWORK), {f"ticket:{number}", f"queue:{PAYMENTS}", f"queue:{NETWORK}"}),
        (
            "carol",
            c.Remind(at, "x", number, alice),
            {f"ticket:{number}", f"queue:{NETWORK}", f"reminder:{alice}"},
        ),
        ("alice", c.Remind(at, "x"), {"desk", f"reminder:{alice}"}),
        ("carol", c.SaveView("Mine", "owner:me"), {"desk"}),
        ("dana", c.AddQueue("Billing"), {"desk"}),
        ("dana", c.AddAgent("eve", "Eve"), {"desk"}),
    )
    for login, command, expected in cases:
        told = ear.until(desk.do(login, command).seq)
        assert frozenset().union(*(notice.topics for notice in told)) == expected
    desk.clock.at = at
    desk.store.run_due()
    told = ear.until(0)
    assert f"reminder:{alice}" in frozenset().union(*(notice.topics for notice in told))


def test_desk_events_of_others_are_not_handed_out(desk: Desk) -> None:
    ear = Ear()
    desk.seen_by("alice").subscribe(ear)
    desk.do("hana", c.SaveView("Salaries", "queue:hr"))
    told = ear.until(desk.do("dana", c.AddQueue("Board", confidential=True)).seq)
    assert [event for notice in told for event in notice.events] == []


def test_a_listener_that_fails_does_not_silence_the_others(desk: Desk) -> None:
    def broken(notice: Notice) -> None:
        raise RuntimeError("broken")

    ear, store = Ear(), desk.seen_by("alice")
    store.subscribe(broken)
    store.subscribe(ear)
    for _ in range(3):
        seq = desk.do("bo", c.Create("x", "a@x", queue="payments")).seq
        assert ear.until(seq)[-1].seq == seq


def test_much_at_once_is_told_as_tickets(desk: Desk) -> None:
    ear = Ear()
    desk.seen_by("alice").subscribe(ear)
    values = {
        "subject": "It fails", "state": State.OPEN, "priority": Priority.P3, "impact": Level.LOW,
        "urgency": Level.LOW, "queue": "Payments", "created_at": START,
    }  # fmt: skip
    secret = values | {"queue": "HR"}
    made = [
        History((f"p{n}", f"p{n}@x", ""), (Fact(START, "created", secret if n % 2 else values),))
        for n in range(topics.STRETCH + 10)
    ]
    desk.store.write_histories(made, via="import")
    with desk.store.database.read() as connection:
        from deskterm.storage.journal import last_seq

        last = last_seq(connection)
    told = ear.until(last)
    found = frozenset().union(*(notice.topics for notice in told))
    assert {"ticket:1", f"queue:{PAYMENTS}"} <= found
    assert "ticket:2" not in found
    assert "queue:3" not in found


def test_reading_a_conversation_tells_the_reader_s_own_screens(desk: Desk) -> None:
    number = desk.create(text="please")
    ear, store = Ear(), desk.seen_by("alice")
    store.subscribe(ear)
    store.mark_read(number)
    (notice,) = ear.until(0)
    assert notice.topics == {f"workplace:{desk.id('alice')}", f"ticket:{number}"}
    store.mark_read(number)
    assert ear.notices == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_store_closes_promptly(desk: Desk, times: int) -> None:
    for _ in range(times):
        store, before = desk.seen_by("alice"), set(threading.enumerate())
        store.subscribe(lambda notice: None)
        begun = set(threading.enumerate()) - before
        assert begun
        store.close()
        for thread in begun:
            thread.join(60)
            assert not thread.is_alive()
    desk.others.clear()
