"""The databases that are measured: made once per size by the demo's own script, then kept and reused."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import or_, select

from deskterm.domain.commands import SetTarget
from deskterm.domain.errors import Refused
from deskterm.domain.history import Fact, History
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.people import DESK, Actor
from deskterm.domain.proposal import NewMessage
from deskterm.domain.ticket import Spell
from deskterm.storage.codec import to_ms
from deskterm.storage.database import Database
from deskterm.storage.sqlite_library import sqlite
from deskterm.storage.tables import tickets
from deskterm.store.store import Store
from deskterm.upkeep.demo import fill
from deskterm.upkeep.demo_cast import HOME

SIZES = (1_000, 100_000, 1_000_000)
SEED = 1
AGENT = HOME
"""Who sits at the terminal."""
LONG = "A thousand messages and no end"
"""The subject of the ticket with the longest conversation."""
LONG_MESSAGES = 1000
AHEAD = timedelta(minutes=10)
"""Longer than one program is measured."""
FAR_SECONDS = 360 * 86400
BULK = 200


def folder() -> Path:
    """Return where the databases are kept: $DESKTERM_BENCH, else bench/data, which git ignores."""
    return Path(os.environ.get("DESKTERM_BENCH", "") or Path(__file__).parent / "data")


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def open_store(path: Path, login: str = AGENT, clock: Callable[[], datetime] = utc_now) -> Store:
    """Open a desk as an agent, in this process."""
    store = Store(Database(str(path), create=False), DESK, clock=clock)
    agent = store.people().agent(login)
    store.actor = Actor(agent, "bench") if agent else DESK
    return store


def desk(tickets: int) -> Path:
    """Return a desk of a size, with everything done that fell due since it was made."""
    path = folder() / f"{tickets}.db"
    if not path.exists():
        _make(path, tickets)
    _talk_long(path)
    _do_due(path, utc_now)
    return path


def _talk_long(path: Path) -> None:
    """Put the ticket with the longest conversation on a desk, once: asked, noted and answered in turn.

    It waits for the customer, so that it stands at the end of lists and disturbs no other measure.
    """
    now = utc_now()
    begun = now - timedelta(days=40)
    store = open_store(path, login="")
    try:
        queue = next(iter(store.people().queues.values())).name
        created = {
            **{"subject": LONG, "state": "pending", "priority": "P4", "impact": "low", "urgency": "low"},
            **{"queue": queue, "created_at": begun, "channel": "email", "owner": AGENT},
            "spells": frozenset({Spell(begun, State.PENDING)}),
        }
        facts = [Fact(begun, "created", created, None, _said(0))]
        facts += [
            Fact(
                begun + timedelta(minutes=50 * turn),
                ("received", "noted", "replied")[turn % 3],
                {"first_replied_at": begun + timedelta(minutes=50 * turn)} if turn == 2 else {},
                None if turn % 3 == 0 else AGENT,
                _said(turn),
            )
            for turn in range(1, LONG_MESSAGES)
        ]
        history = History(("Ana Ruiz", "ana@northwind.example", "Northwind"), tuple(facts), "bench-long")
        store.write_histories([history], via="bench")
    finally:
        store.close()


def _said(turn: int) -> NewMessage:
    quoted = "\n".join(f"> line {line} of what was said before" for line in range(12))
    if turn % 3 == 0:
        text = f"Message {turn}: it still happens.\n\nCould you have another look?\n\nAna\n\n{quoted}"
        return NewMessage(MessageKind.PUBLIC, text, requester=True, channel="email")
    if turn % 3 == 1:
        return NewMessage(MessageKind.INTERNAL, f"Message {turn}: looked at the gateway, nothing new there.")
    return NewMessage(MessageKind.PUBLIC, f"Message {turn}: thank you, we are looking at it.\n\nAlice")


def settle(path: Path) -> None:
    """Do ahead what falls due on a desk within a round, so that only what is measured happens in it.

    Tickets whose clocks would come to a level in it are given targets that are far away.
    """
    _do_due(path, lambda: utc_now() + AHEAD)
    store = open_store(path, login="")
    try:
        soon = _soon(store)
        for start in range(0, len(soon), BULK):
            for target in ("first_reply", "next_reply", "resolution"):
                with suppress(Refused):  # they have it already
                    store.dispatch(SetTarget(soon[start : start + BULK], target, FAR_SECONDS, "measured"))
    finally:
        store.close()
    _see_reminders(path)


def _see_reminders(path: Path) -> None:
    """Acknowledge what rang for whoever is measured: a toast over the list keeps it from scrolling."""
    store = open_store(path)
    try:
        for line in store.reminders():
            if line.state == "fired":
                store.see_reminders(reminder=line.id)
    finally:
        store.close()


def _soon(store: Store) -> tuple[int, ...]:
    """Return the active tickets that turn at risk or breached within a round."""
    now = utc_now()
    bounds = (to_ms(now), to_ms(now + AHEAD))
    within = or_(*(column.between(*bounds) for column in (tickets.c.due_at, tickets.c.risk_at)))
    with store.database.read() as connection:
        return tuple(
            connection.execute(select(tickets.c.number).where(tickets.c.active == 1, within)).scalars()
        )


def _do_due(path: Path, clock: Callable[[], datetime]) -> None:
    store = open_store(path, clock=clock)
    try:
        while store.run_due():
            pass
        store.housekeep()
    finally:
        store.close()


def _make(path: Path, tickets: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    for old in path.parent.glob(half.name + "*"):
        old.unlink()
    started = perf_counter()

    def progress(done: int) -> None:
        if done % 20_000 == 0 and sys.stderr.isatty():
            print(f"\r{path}: {done:,} of {tickets:,} tickets", end="", file=sys.stderr, flush=True)

    store = Store(Database(str(half)), DESK, clock=utc_now)
    try:
        fill(store, tickets, SEED, utc_now(), progress)
    finally:
        store.close()
    half.rename(path)
    print(f"\r{path}: {tickets:,} tickets in {perf_counter() - started:.0f} s", file=sys.stderr)


_TABLE = """
    CREATE TABLE tickets (id INTEGER PRIMARY KEY, state TEXT, priority INTEGER, queue TEXT, subject TEXT,
                          requester TEXT, due TEXT)
"""
_EXPORT = """
    INSERT INTO tickets
    SELECT row_number() OVER (ORDER BY t.number), t.state, CAST(substr(t.priority, 2) AS INTEGER), q.name,
           t.subject, r.name, coalesce(datetime(t.due_at / 1000, 'unixepoch'), '')
    FROM desk.tickets t
    JOIN desk.queues q ON q.id = t.queue_id
    JOIN desk.requesters r ON r.id = t.requester_id
"""
"""The floors need ids without gaps."""


def floor_table(path: Path) -> Path:
    """Return a file with the `tickets` table that the floor programs list, exported from the same desk."""
    target = path.with_suffix(".floor.db")
    if target.exists():
        return target
    half = path.with_suffix(".floor.half")
    half.unlink(missing_ok=True)
    connection = sqlite.connect(str(half), isolation_level=None)
    try:
        connection.execute("ATTACH ? AS desk", (str(path),))
        connection.execute(_TABLE)
        connection.execute(_EXPORT)
    finally:
        connection.close()
    half.rename(target)
    return target
