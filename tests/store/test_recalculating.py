"""Recalculating: one process at a time, in steps, over nothing that happened meanwhile, and told gently."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import Level, Priority
from deskterm.domain.lists import Notice
from deskterm.storage import journal, policies
from deskterm.store import due_runner, recalculate, topics
from deskterm.store.pacing import EVERY_SECONDS, Pace
from tests import workers
from tests.small_desk import PAYMENTS, START, Desk
from tests.store.test_feed import Ear
from tests.store.test_policies import GOLD, clock_of, faults

PATIENCE = 120


def gold(desk: Desk, count: int) -> list[int]:
    """So many tickets that the policy will measure, and the policy applied."""
    numbers = [
        desk.create(tags=("gold",), priority=Priority.P1, reason="x", beyond="y") for _ in range(count)
    ]
    desk.do("dana", c.ApplyPolicy(GOLD))
    return numbers


def settled(desk: Desk) -> list[int | None]:
    """The tickets whose clocks were recalculated, in order, each time."""
    with desk.store.database.read() as connection:
        return [event.ticket for event in journal.since(connection, 0, 10_000) if event.via == "policy"]


def test_one_recalculates_and_the_others_wait(desk: Desk) -> None:
    numbers = gold(desk, 80)
    other = desk.seen_by("")
    tried: list[int] = []

    def meanwhile(seconds: float) -> bool:
        tried.append(other.recalculate(lambda seconds: True))
        return False

    assert desk.store.recalculate(meanwhile) == len(numbers)
    assert len(tried) > 1
    assert set(tried) == {0}


def test_the_others_go_on_when_nothing_is_heard_of_the_one(desk: Desk) -> None:
    numbers = gold(desk, 40)
    dispatcher = desk.store._dispatcher
    with desk.store.database.read() as connection:
        task = policies.task(connection)
        assert task is not None
        part = recalculate._part(dispatcher, connection, task, 10)
    assert recalculate._put(dispatcher, part, "killed soon after")[0] == 10
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        desk.clock.forward(seconds=seconds)
        return False

    assert desk.seen_by("").recalculate(wait) == len(numbers) - 10
    assert sum(waits) >= recalculate.LEASE_MS / 1000
    assert settled(desk) == numbers
    assert faults(desk) == []


def test_a_process_of_its_own_begins_with_the_lease(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculate, "APART_FROM", 2)
    numbers, other = gold(desk, 3), desk.seen_by("")
    asked: list[str] = []

    def apart(holder: str, _: recalculate.Rest) -> bool:
        with desk.store.database.read() as connection:
            task = policies.task(connection)
        assert task is not None
        assert task.holder == holder
        assert other.recalculate(lambda _: True, apart=lambda *_: pytest.fail("a second process")) == 0
        asked.append(holder)
        return desk.store.recalculate(holder=holder) == len(numbers)

    assert desk.store.recalculate(apart=apart) == 0
    assert len(asked) == 1
    assert settled(desk) == numbers


def test_a_lease_that_somebody_else_took_in_between_stays_theirs(desk: Desk) -> None:
    gold(desk, 1)
    dispatcher = desk.store._dispatcher
    with desk.store.database.read() as connection:
        task = policies.task(connection)
    assert task is not None
    assert recalculate._hold(dispatcher, task, "first")
    assert not recalculate._hold(dispatcher, task, "second")
    assert desk.store.recalculate(holder="first") == 1


def test_whoever_leaves_while_a_process_of_its_own_recalculates_does_nothing_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalculate, "APART_FROM", 2)
    gold(desk, 3)
    for went_well in (True, False):
        desk.clock.forward(minutes=1)
        assert desk.store.recalculate(lambda _: True, apart=lambda *_, said=went_well: said) == 0
    assert settled(desk) == []


def test_deciding_gives_way_at_every_ticket_and_writing_once(desk: Desk) -> None:
    numbers = gold(desk, recalculate.FIRST - 1)
    ways: list[int] = []
    assert desk.store.recalculate(give_way=lambda: ways.append(1)) == len(numbers)
    assert len(ways) == len(numbers) + 1
    assert settled(desk) == numbers


def test_what_happened_to_a_ticket_meanwhile_is_not_written_over(desk: Desk) -> None:
    first, second, third = gold(desk, 3)
    dispatcher = desk.store._dispatcher
    with desk.store.database.read() as connection:
        task = policies.task(connection)
        assert task is not None
        part = recalculate._part(dispatcher, connection, task, 10)
    desk.do("bo", c.Tag((first,), remove=("gold",)))
    desk.do("bo", c.Close((second,), "spam"))
    recalculate._put(dispatcher, part, "me")
    assert clock_of(desk, first) == (4, "default")
    assert desk.ticket(second).legs == frozenset()
    assert clock_of(desk, third) == (1, "Gold")
    assert faults(desk) == []


def test_a_policy_that_came_meanwhile_throws_away_what_was_decided(desk: Desk) -> None:
    (number,) = gold(desk, 1)
    dispatcher = desk.store._dispatcher
    with desk.store.database.read() as connection:
        task = policies.task(connection)
        assert task is not None
        part = recalculate._part(dispatcher, connection, task, 10)
    desk.do("dana", c.ApplyPolicy(GOLD.replace("1h", "2h")))
    assert recalculate._put(dispatcher, part, "me")[0] == 0
    assert desk.store.recalculate() == 1
    assert clock_of(desk, number) == (2, "Gold")


def test_it_is_told_gently_and_without_a_list_of_events(desk: Desk) -> None:
    numbers = gold(desk, 40)
    ear = Ear()
    desk.seen_by("").subscribe(ear)
    begun = time.monotonic()
    desk.store.recalculate()
    with desk.store.database.read() as connection:
        last = journal.last_seq(connection)
    gently = ear.until(last)
    took = time.monotonic() - begun
    told = ear.until(desk.do("bo", c.Note((numbers[0],), "Hm")).seq)
    assert {f"ticket:{number}" for number in numbers} <= frozenset().union(*(one.topics for one in gently))
    assert f"queue:{PAYMENTS}" in gently[0].topics
    assert all(one.recounted and "desk" not in one.topics and one.events == () for one in gently)
    assert len(gently) <= 2 + took / EVERY_SECONDS
    assert [event.kind for notice in told for event in notice.events] == ["noted"]


def test_what_is_held_back_comes_after_a_while_and_before_what_people_do() -> None:
    now = 0.0
    pace = Pace(lambda: now)

    def by_policy(seq: int) -> Notice:
        return Notice(seq, frozenset({f"ticket:{seq}"}), recounted=True)

    assert [one.seq for one in pace.take(by_policy(1))] == [1]
    assert pace.take(by_policy(2)) == ()
    assert pace.take(by_policy(3)) == ()
    assert pace.take(None) == ()
    assert pace.wait == EVERY_SECONDS
    note = Notice(4, frozenset({"ticket:9"}))
    held, told = pace.take(note)
    assert held == Notice(3, frozenset({"ticket:2", "ticket:3"}), recounted=True)
    assert told is note
    assert pace.wait is None
    pace.take(by_policy(5))
    now = EVERY_SECONDS + 0.5
    assert [one.seq for one in pace.take(None)] == [5]
    assert pace.take(None) == ()


def test_clocks_that_ring_meanwhile_do_not_bring_forward_what_is_held_back() -> None:
    pace = Pace(lambda: 0.0)
    pace.take(Notice(1, frozenset({"ticket:1"}), recounted=True))
    assert pace.take(Notice(2, frozenset({"ticket:2"}), recounted=True)) == ()
    rang = Event(3, 3, 3, "risk", START, None, "scheduler", "", (Change("alerts", (), ("a",)),), None, 1)
    ring = Notice(3, frozenset({"ticket:3"}), (rang,))
    assert pace.take(ring) == (ring,)
    assert pace.wait == EVERY_SECONDS


def test_what_people_do_during_a_recalculation_is_told_apart_from_it(desk: Desk) -> None:
    numbers, store = gold(desk, 3), desk.store
    with store.database.read() as connection:
        before = journal.last_seq(connection)
    desk.do("bo", c.Note((numbers[0],), "Hm"))
    assert store.recalculate() == len(numbers)
    counted, rest = store._read(lambda connection, scope: topics.notices_since(connection, scope, before))
    assert counted.recounted
    assert counted.topics >= {f"ticket:{number}" for number in numbers[1:]}
    assert not rest.recounted
    assert {event.ticket for event in rest.events} == {numbers[0]}
    assert rest.events[0].kind == "noted"
    assert counted.seq == rest.seq


def test_much_that_falls_due_at_once_is_done_in_short_transactions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_runner, "BUDGET_SECONDS", 0.0)
    for _ in range(3):
        desk.create(impact=Level.HIGH, urgency=Level.HIGH)
    desk.clock.forward(hours=1)
    others: list[int] = []

    def meanwhile(seconds: float) -> bool:
        others.append(desk.do("bo", c.Note((1,), "in between")).seq)
        return False

    monkeypatch.setattr(due_runner, "LONG", 0)
    assert desk.store.run_due(meanwhile) == 6
    assert len(others) == 6
    with desk.store.database.read() as connection:
        kinds = [event.kind for event in journal.since(connection, 0, 10_000)]
    assert (kinds.count("at_risk"), kinds.count("breached")) == (3, 3)
    assert faults(desk) == []


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(3))
def test_processes_that_are_killed_leave_it_to_the_others(desk: Desk, turn: int) -> None:
    numbers = gold(desk, 300)
    processes: list[Any] = []
    try:
        for one in range(3):
            ready, ahead = workers.PROCESSES.Event(), START + timedelta(seconds=10 * one)
            process = workers.PROCESSES.Process(
                target=workers.recalculate, args=(desk.url, ahead, ready), daemon=True
            )
            process.start()
            processes.append(process)
            assert ready.wait(PATIENCE)
            threading.Event().wait(random.Random(3 * turn + one).random() / 10)
            process.kill()
            process.join(PATIENCE)
    finally:
        for process in processes:
            process.kill()
            process.join(PATIENCE)
    desk.clock.forward(minutes=1)
    desk.store.recalculate()
    assert settled(desk) == numbers
    assert {clock_of(desk, number) for number in numbers[::50]} == {(1, "Gold")}
    assert faults(desk) == []
