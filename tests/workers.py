"""What other processes do in the tests: each function runs in a process of its own, on the same desk."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.queues import Queue, SimpleQueue
from multiprocessing.synchronize import Barrier, Event
from typing import Any

from deskterm.domain import commands as c
from deskterm.domain.people import DESK, Actor
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests.small_desk import START

_HOW = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PROCESSES: Any = multiprocessing.get_context(_HOW)
"""Starts processes that share nothing with the tests' own. Where it can, a server that has imported this
module, and opened nothing, forks them: importing takes each much longer than what it is there for."""
PROCESSES.set_forkserver_preload(
    [__name__, "sqlalchemy.dialects.sqlite.pysqlite", "sqlalchemy.dialects.postgresql.psycopg", "psycopg"]
)


def as_login(url: str, login: str, clock: Callable[[], datetime] = lambda: START) -> Store:
    """Open the desk as an agent."""
    store = Store(Database(url), DESK, clock=clock)
    if login:
        store.actor = Actor(store.people().agent(login), "test")
    return store


def make_desk(url: str, start: Barrier, answers: Queue[str]) -> None:
    """Open a database that may not be a desk yet, together with others."""
    start.wait()
    try:
        Database(url).close()
        answers.put("opened")
    except BaseException as error:
        answers.put(repr(error))


def write_much(url: str, login: str, times: int, start: Barrier, answers: Queue[Any]) -> None:
    """Open tickets and note on ticket 1, telling each success and each error."""
    store = as_login(url, login)
    start.wait()
    for turn in range(times):
        try:
            made = store.dispatch(c.Create(f"{login} {turn}", f"{login}@x.com", text="please"))
            store.dispatch(c.Note((1,), f"{login} {turn}"))
            answers.put(made.created)
        except BaseException as error:
            answers.put(repr(error))
    store.close()


def run_due(url: str, minutes: int, start: Barrier, answers: Queue[Any]) -> None:
    """Do due work until there is none, as a scheduler some minutes after the start."""
    store = as_login(url, "", lambda: START + timedelta(minutes=minutes))
    start.wait()
    done = 0
    try:
        while some := store.run_due():
            done += some
        answers.put(done)
    except BaseException as error:
        answers.put(repr(error))
    store.close()


def work_for_ever(url: str, login: str, ready: Event, said: SimpleQueue[Any]) -> None:
    """Write until killed, telling what was acknowledged."""
    store = as_login(url, login, lambda: START + timedelta(hours=3))
    turn = 0
    while True:
        made = store.dispatch(c.Create(f"{login} {turn}", "ana@x.com", text="please", tags=("vpn",)))
        assert made.created is not None
        store.dispatch(c.Reply((made.created,), f"reply {turn}"))
        said.put(made.created)
        store.dispatch(c.Undo())
        store.run_due()
        turn += 1
        ready.set()


def note_when_told(url: str, login: str, ticket: int, told: Event, said: Queue[Any]) -> None:
    """Note once, when told to, and say at what monotonic time that was committed."""
    import time

    store = as_login(url, login)
    said.put("ready")
    told.wait(120)
    seq = store.dispatch(c.Note((ticket,), "from afar")).seq
    said.put((seq, time.monotonic()))
    store.close()


def recalculate(url: str, at: datetime, ready: Event) -> None:
    """Do what a changed policy left to recalculate, with a rest after each step, until killed."""
    store = as_login(url, "", lambda: at)
    ready.set()
    pause = threading.Event()
    store.recalculate(lambda seconds: pause.wait(0.02))
    pause.wait(60)


def leave_to_a_child(url: str, lease: bool) -> None:
    """Leave to a process of its own what a changed policy left to recalculate, with or without the lease."""
    from deskterm.machine import utc_now
    from deskterm.recounter import Recounter
    from deskterm.store import recalculate as recalculating

    store = as_login(url, "", utc_now)
    if lease:
        recalculating.APART_FROM = 1
        store.recalculate(apart=Recounter(store.database))
    else:
        Recounter(store.database)("me", threading.Event().wait)
