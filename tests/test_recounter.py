"""Recalculating in a process of its own: done as a whole, given up at once, and done here when that fails."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from deskterm.domain.commands import ApplyPolicy
from deskterm.domain.people import DESK
from deskterm.machine import utc_now
from deskterm.recounter import Recounter
from deskterm.scheduler import Scheduler
from deskterm.storage import policies
from deskterm.storage.database import Database
from deskterm.store import recalculate
from deskterm.store.store import Store
from tests.ui.desk import Clock, small_desk

SHORT = '[[sla]]\nname = "Short"\n[sla.targets]\nP3 = { resolution = "5h" }\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A desk of today whose policy was changed just now, where two tickets are much."""
    monkeypatch.setattr(recalculate, "APART_FROM", 2)
    path = tmp_path / "desk.db"
    small_desk(path, Clock(utc_now()))
    desk = Store(Database(str(path)), DESK, clock=utc_now)
    desk.dispatch(ApplyPolicy(SHORT))
    assert 5 not in measured(desk)
    return desk


def left(store: Store) -> policies.Task | None:
    """What is still to be recalculated."""
    with store.database.read() as connection:
        return policies.task(connection)


def measured(store: Store) -> set[int]:
    """For how many hours the active tickets of the third priority may be worked on."""
    rows = store.listing("priority:p3 is:active").rows
    clocks = [clock for row in rows for clock in store.ticket(row.number).clocks]
    return {clock.target_seconds // 3600 for clock in clocks if clock.target == "resolution"}


def test_another_process_does_it_all(store: Store) -> None:
    assert store.recalculate(apart=Recounter(store.database)) == 0
    assert left(store) is None
    assert measured(store) == {5}
    store.close()


def test_a_few_tickets_are_not_worth_a_process(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculate, "APART_FROM", 1_000)
    assert store.recalculate(apart=Recounter(store.database)) > 0
    assert measured(store) == {5}
    store.close()


def test_the_scheduler_of_a_screen_waits_for_it(store: Store) -> None:
    asked: list[str] = []
    recounter = Recounter(store.database)

    def apart(holder: str, rest: recalculate.Rest) -> bool:
        asked.append(holder)
        return recounter(holder, rest)

    Scheduler(store, apart=apart).recalculate()
    assert len(asked) == 1
    assert left(store) is None
    assert measured(store) == {5}
    store.close()


def test_whoever_leaves_ends_it_and_another_goes_on(store: Store) -> None:
    before = left(store)
    assert before is not None
    ended = threading.Event()

    def rest(seconds: float) -> bool:
        ended.set()
        return True

    assert Recounter(store.database)("me", rest)
    assert ended.is_set()
    store.recalculate()
    assert left(store) is None
    assert measured(store) == {5}
    store.close()


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 3\n", "no program", None])
@pytest.mark.skipif(sys.platform == "win32", reason="scripts of a shell")
def test_what_the_process_cannot_do_is_done_here(
    store: Store,
    tmp_path: Path,
    program: str | None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "python"
    if program is not None:
        path.write_text(program)
        path.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(path))
    assert store.recalculate(apart=Recounter(store.database)) > 0
    assert left(store) is None
    assert measured(store) == {5}
    assert "process" in caplog.text
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of a shell")
def test_the_address_is_not_for_everybody_who_lists_processes(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = tmp_path / "python", tmp_path / "told"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\nread line\nprintf "%s" "$line" >> {told}\n')
    path.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(path))
    Recounter(store.database)("me", threading.Event().wait)
    *arguments, line = told.read_text().splitlines()
    assert arguments
    assert not any("desk.db" in each for each in arguments)
    assert "desk.db" in line
    store.close()
