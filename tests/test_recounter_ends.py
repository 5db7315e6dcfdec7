"""A process that recalculates, on both databases: it does it all, and ends, whoever is killed."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import make_url

import deskterm
from deskterm import desk as composed
from deskterm import recounter
from deskterm.domain import commands as c
from deskterm.domain.kinds import Priority
from deskterm.machine import utc_now
from deskterm.recounter import Recounter
from deskterm.scheduler import Scheduler
from deskterm.storage import policies
from deskterm.storage.database import HEAD, Connection, Database
from deskterm.store import recalculate
from deskterm.store.store import Store
from tests import workers
from tests.small_desk import Desk, open_desk
from tests.store.test_policies import GOLD, clock_of, faults
from tests.store.test_recalculating import settled

PATIENCE = 120.0
MANY = recalculate.FIRST + 8
"""Tickets that take more than one transaction."""
FOLDER = str(Path(deskterm.__file__).parents[1])


class Asked:
    """Lets a child recalculate, and counts how often it was asked to; `first` is done before each."""

    def __init__(self, store: Store, first: Callable[[], object] = lambda: None) -> None:
        self.holders: list[str] = []
        self._recounter, self._first = Recounter(store.database), first

    def __call__(self, holder: str, rest: recalculate.Rest) -> bool:
        self.holders.append(holder)
        self._first()
        return self._recounter(holder, rest)


@pytest.fixture(autouse=True)
def a_few_are_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a process be worth its start for two tickets."""
    monkeypatch.setattr(recalculate, "APART_FROM", 2)


def changed(desk: Desk) -> Desk:
    """Open tickets on a desk of now, and apply a policy that measures them otherwise."""
    desk.store._dispatcher.clock = utc_now
    for _ in range(MANY):
        desk.create(tags=("gold",), priority=Priority.P1, reason="x", beyond="y")
    desk.do("dana", c.ApplyPolicy(GOLD))
    return desk


@pytest.fixture
def due(desk: Desk) -> Desk:
    """A desk whose policy was changed just now."""
    return changed(desk)


@pytest.fixture
def due_in_a_file(sqlite_desk: Desk) -> Desk:
    """The same on SQLite, for what the engine does not matter to."""
    return changed(sqlite_desk)


def task(desk: Desk) -> policies.Task | None:
    """What is left to recalculate."""
    with desk.store.database.read() as connection:
        return policies.task(connection)


def done(desk: Desk, hours: int = 1) -> None:
    """Assert that every ticket was recalculated, once for the policy that holds."""
    assert task(desk) is None
    numbers = [row.number for row in desk.store.listing("is:active", sort="number", limit=200).rows]
    assert len(numbers) == MANY
    assert {clock_of(desk, number) for number in numbers} == {(hours, "Gold")}
    assert faults(desk) == []


def once(desk: Desk) -> None:
    """Assert that nobody recalculated what another had."""
    told = settled(desk)
    assert len(told) == len(set(told)) == MANY


def ended(process: psutil.Process) -> bool:
    """Say whether a process is gone; one whose parent was killed may wait for whoever inherits it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(found: Callable[[], Any], what: str) -> Any:
    """Wait until something is so, and return it."""
    tick = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if said := found():
            return said
        tick.wait(0.02)
    pytest.fail(f"{what}: not within {PATIENCE:.0f} s")


def children(pid: int | None = None) -> list[psutil.Process]:
    """The processes of a process, or of this one, that recalculate."""
    found = []
    for each in psutil.Process(pid).children():
        try:
            if any("deskterm.recounter" in part for part in each.cmdline()):
                found.append(each)
        except psutil.Error:
            continue
    return found


@contextmanager
def writing(url: str) -> Iterator[None]:
    """Keep everybody else from writing."""
    begun, over = threading.Event(), threading.Event()

    def work(_: Connection) -> None:
        begun.set()
        over.wait(PATIENCE * 3)

    database = Database(url)
    thread = threading.Thread(target=database.write, args=(work,))
    thread.start()
    try:
        assert begun.wait(PATIENCE)
        yield
    finally:
        over.set()
        thread.join(PATIENCE)
        database.close()


@contextmanager
def session(url: str, lease: bool) -> Iterator[Any]:
    """Another process that leaves recalculating to a child."""
    process = workers.PROCESSES.Process(target=workers.leave_to_a_child, args=(url, lease))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(PATIENCE)


def test_another_process_does_it_all_on_either_database(due: Desk) -> None:
    asked = Asked(due.store)
    assert due.store.recalculate(apart=asked) == 0
    assert len(asked.holders) == 1
    assert not children()
    done(due)
    once(due)


def test_a_server_is_reached_by_the_same_address(fresh_postgres_url: str) -> None:
    from tests.small_desk import furnish

    furnish(fresh_postgres_url)
    odd = make_url(fresh_postgres_url).set(password="p@ss:/ %w?&#")
    desk = open_desk(
        odd.update_query_dict(
            {"options": "-c lock_timeout=0", "application_name": "a b&c=d"}
        ).render_as_string(hide_password=False)
    )
    try:
        assert changed(desk).store.recalculate(apart=Recounter(desk.store.database)) == 0
        done(desk)
    finally:
        desk.close()


@pytest.mark.parametrize("name", [b"d e?s%20k#&=\xc3\xbc.db", b"desk\xff.db", b"~"])
def test_a_file_is_found_whatever_it_is_called(
    furnished_file: Path, tmp_path: Path, name: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name.decode("utf-8", "surrogateescape")
    try:
        shutil.copyfile(furnished_file, path)
    except OSError:
        pytest.skip("no such names here")
    monkeypatch.chdir(tmp_path)
    desk = open_desk(path.name if name != b"~" else "sqlite:///~")
    try:
        assert changed(desk).store.recalculate(apart=Recounter(desk.store.database)) == 0
        done(desk)
    finally:
        desk.close()


def test_it_imports_what_this_process_does(
    due_in_a_file: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder, module in ((here, "json"), (here, "deskterm"), (elsewhere, "deskterm")):
        folder.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    desk = due_in_a_file
    assert desk.store.recalculate(apart=Recounter(desk.store.database)) == 0
    done(desk)


def test_another_deskterm_than_this_leaves_the_desk_alone(
    due_in_a_file: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(Path(FOLDER) / "deskterm", tmp_path / "deskterm")
    database = tmp_path / "deskterm/storage/database.py"
    text = database.read_text(encoding="utf-8")
    assert f'HEAD = "{HEAD}"' in text
    database.write_text(text.replace(f'HEAD = "{HEAD}"', 'HEAD = "9999"'), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    desk = due_in_a_file
    assert desk.store.recalculate(apart=Recounter(desk.store.database)) == MANY
    done(desk)


def test_a_session_that_is_killed_leaves_no_process_that_goes_on(due: Desk) -> None:
    with writing(due.url), session(due.url, lease=False) as other:
        (child,) = until(lambda: children(other.pid), "the child")
        other.kill()
        other.join(PATIENCE)
        until(lambda: ended(child), "the child ended, though nobody could write")
    assert task(due) is not None
    assert due.store.recalculate() == MANY
    done(due)
    once(due)


def test_a_session_that_is_killed_leaves_it_to_the_others(due: Desk) -> None:
    with session(due.url, lease=True) as other:
        until(lambda: children(other.pid) or task(due) is None, "the child")
        found = children(other.pid)
        other.kill()
        other.join(PATIENCE)
        until(lambda: all(map(ended, found)), "the child ended")
    due.store.recalculate()
    done(due)
    once(due)


def test_when_both_are_killed_another_goes_on_after_the_lease(due: Desk) -> None:
    with session(due.url, lease=True) as other:
        until(lambda: children(other.pid) or task(due) is None, "the child")
        for each in (*children(other.pid), other):
            each.kill()
        other.join(PATIENCE)
    asked = Asked(due.store)
    due.store.recalculate(apart=asked)
    assert len(asked.holders) <= 1
    done(due)
    once(due)


def test_when_the_child_is_killed_its_session_goes_on_itself(due: Desk) -> None:
    child = Recounter(due.store.database)

    def rest(seconds: float) -> bool:
        for each in children():
            each.kill()
        return False

    def apart(holder: str, _: recalculate.Rest) -> bool:
        with writing(due.url):
            return child(holder, rest)

    assert due.store.recalculate(apart=apart) == MANY
    done(due)
    once(due)


def test_a_child_that_is_told_to_end_lets_go(due: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounter, "END_SECONDS", PATIENCE)
    assert Recounter(due.store.database)("me", lambda seconds: True)
    left = task(due)
    assert left is not None
    assert left.holder == ""
    assert due.store.recalculate() >= MANY - recalculate.FIRST
    done(due)
    once(due)


def test_the_scheduler_takes_its_child_along(due: Desk) -> None:
    asked = Asked(due.store)
    bell = Scheduler(due.store, apart=asked)
    bell.start()
    until(lambda: asked.holders, "the child")
    bell.stop()
    assert not children()
    due.store.recalculate()
    done(due)
    once(due)


def test_a_child_that_cannot_write_does_not_keep_anybody_from_leaving(due: Desk) -> None:
    told: list[bool] = []
    leaving = threading.Event()
    with writing(due.url):
        parent = threading.Thread(
            target=lambda: told.append(Recounter(due.store.database)("me", leaving.wait)), daemon=True
        )
        parent.start()
        until(children, "the child")
        leaving.set()
        parent.join(PATIENCE)
        assert told == [True]
        assert not children()


@pytest.mark.parametrize("undone", [False, True])
def test_what_holds_by_now_is_what_counts(due: Desk, undone: bool) -> None:
    def meanwhile() -> None:
        due.do("dana", c.ApplyPolicy(GOLD.replace("1h", "2h")))
        if undone:
            due.do("dana", c.Undo())

    assert due.store.recalculate(apart=Asked(due.store, meanwhile)) == 0
    done(due, 1 if undone else 2)


def test_of_two_sessions_one_counts_and_neither_asks_again(due: Desk) -> None:
    stores = [due.store, due.seen_by("")]
    stores[1]._dispatcher.clock = utc_now
    asked = [Asked(store) for store in stores]
    threads = [
        threading.Thread(target=store.recalculate, kwargs={"apart": each})
        for store, each in zip(stores, asked, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
        assert not thread.is_alive()
    assert sum(len(each.holders) for each in asked) >= 1
    assert all(len(each.holders) <= 1 for each in asked)
    done(due)
    once(due)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of a shell")
def test_a_process_that_does_nothing_and_says_it_did_is_not_asked_again(
    due_in_a_file: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(path))
    asked = Asked(due_in_a_file.store)
    assert due_in_a_file.store.recalculate(lambda _: len(asked.holders) > 9, apart=asked) == MANY
    assert len(asked.holders) == 1
    done(due_in_a_file)


@pytest.mark.parametrize("none", [None, ""])
def test_where_there_is_no_python_to_start_it_is_done_here(
    due_in_a_file: Desk, monkeypatch: pytest.MonkeyPatch, none: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", none)
    assert due_in_a_file.store.recalculate(apart=Recounter(due_in_a_file.store.database)) == MANY
    done(due_in_a_file)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of a shell")
def test_a_session_with_a_screen_asks_for_a_process(
    due_in_a_file: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = tmp_path / "python", tmp_path / "asked"
    path.write_text(f"#!/bin/sh\ntouch '{asked}'\nexit 1\n")
    path.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(path))
    due_in_a_file.store.actor = due_in_a_file.actors["dana"]
    opened = composed.Desk(due_in_a_file.store)
    opened.start_scheduler()
    try:
        until(lambda: task(due_in_a_file) is None, "recalculated")
        assert asked.exists()
        done(due_in_a_file)
    finally:
        opened.close()
