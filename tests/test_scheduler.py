"""The scheduler rings when something falls due, also what another process has just set."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.base import STATE_RUNNING

from deskterm import scheduler
from deskterm.domain.commands import ApplyPolicy, Remind
from deskterm.domain.lists import Notice
from deskterm.machine import utc_now
from deskterm.scheduler import Scheduler
from deskterm.storage import policies
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests.ui.desk import Clock, as_agent, small_desk

SOON = timedelta(milliseconds=300)
PATIENCE = 120.0
"""Seconds a test waits for what it expects, before it fails."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk of today, and a scheduler that would not look by itself within any test's patience."""
    monkeypatch.setattr(scheduler, "AT_LEAST_EVERY_SECONDS", 3600.0)
    path = tmp_path / "desk.db"
    small_desk(path, Clock(utc_now()))
    return path


def on_machine_time(path: Path, login: str) -> Store:
    """Open the desk on the machine's clock: the scheduler's jobs know no other."""
    store = as_agent(path, login, Clock(utc_now()))
    actor = store.actor
    store.close()
    return Store(Database(str(path)), actor, clock=utc_now)


def remind_soon(path: Path, text: str) -> None:
    """Set a reminder of alice's in another process, whose clock stands still: it is to come, however slow."""
    clock = Clock(utc_now())
    other = as_agent(path, "alice", clock)
    other.dispatch(Remind(clock.at + SOON, text, 1))
    other.close()


def rung(store: Store, text: str) -> Callable[[], bool]:
    """Return a wait for a reminder to ring."""
    heard = threading.Event()

    def look(_: object = None) -> None:
        if any(line.text == text and line.state == "fired" for line in store.reminders()):
            heard.set()

    store.subscribe(look)
    look()
    return lambda: heard.wait(PATIENCE)


def test_it_rings_for_what_was_set_before_it_began(desk: Path) -> None:
    alice = on_machine_time(desk, "alice")
    remind_soon(desk, "call Ana")
    heard = rung(alice, "call Ana")
    bell = Scheduler(alice)
    bell.start()
    try:
        assert heard()
    finally:
        bell.stop()
        alice.close()


def test_it_rings_for_what_another_process_sets_while_it_waits(desk: Path) -> None:
    alice = on_machine_time(desk, "alice")
    heard = rung(alice, "from next door")
    bell = Scheduler(alice)
    bell.start()
    try:
        while bell.run_due():
            pass
        remind_soon(desk, "from next door")
        assert heard()
    finally:
        bell.stop()
        alice.close()


def test_recalculating_gives_way_to_keys_for_a_while_and_goes_on(desk: Path) -> None:
    alice = on_machine_time(desk, "alice")
    asked: list[None] = []

    def is_answering() -> bool:
        asked.append(None)
        return True

    bell = Scheduler(alice, is_answering=is_answering)
    dana = on_machine_time(desk, "dana")
    dana.dispatch(ApplyPolicy('[[sla]]\nname = "Short"\n[sla.targets]\nP3 = { resolution = "5h" }\n'))
    try:
        bell.recalculate()
        assert asked
        with alice.database.read() as connection:
            assert policies.task(connection) is None
    finally:
        dana.close()
        alice.close()


def test_a_policy_that_comes_as_another_is_done_is_not_left_lying(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, dana = on_machine_time(desk, "alice"), on_machine_time(desk, "dana")
    heard, recalculate = threading.Event(), Store.recalculate
    policy = '[[sla]]\nname = "Short"\n[sla.targets]\nP3 = {{ resolution = "{}h" }}\n'

    def recalculated(store: Store, *what: Any, **how: Any) -> int:
        done = recalculate(store, *what, **how)
        if store is alice and store.policy.version == 2 and not heard.is_set():
            # Nothing is left, and the job has not ended.
            dana.dispatch(ApplyPolicy(policy.format(6)))
            assert heard.wait(PATIENCE)
            while bell._jobs.get_job("policy") is not None:
                threading.Event().wait(0.001)
        return done

    monkeypatch.setattr(Store, "recalculate", recalculated)
    ended = threading.Event()

    def look(notice: Notice) -> None:
        if alice.policy.version == 3:
            heard.set()
            with alice.database.read() as connection:
                if policies.task(connection) is None:
                    ended.set()

    dana.dispatch(ApplyPolicy(policy.format(5)))
    bell = Scheduler(alice)
    bell.start()
    # After the scheduler: what it does with a notice is done by then.
    alice.subscribe(look)
    try:
        assert ended.wait(PATIENCE)
    finally:
        bell.stop()
        dana.close()
        alice.close()


def test_a_pass_that_is_under_way_ends_before_the_scheduler(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    alice = on_machine_time(desk, "alice")
    bell = Scheduler(alice)
    handing, submit = threading.Event(), BasePoolExecutor.submit_job

    def held(executor: BasePoolExecutor, job: Job, times: list[datetime]) -> None:
        if job.id == "policy":
            handing.set()
            while bell._jobs.state == STATE_RUNNING:
                threading.Event().wait(0.001)
        submit(executor, job, times)

    monkeypatch.setattr(BasePoolExecutor, "submit_job", held)
    bell.start()
    assert handing.wait(PATIENCE)
    bell.stop()
    alice.close()
    assert not said, "a traceback would stand on the terminal"
