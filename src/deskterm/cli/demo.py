"""`demo`: a desk of its own in the cache folder, filled anew when it has grown old, never a real one."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.cli.session import Session
from deskterm.domain.errors import Refused, UsageError

if TYPE_CHECKING:
    from deskterm.config import Config
    from deskterm.store.store import Store

MOST = 5_000_000
BELIEVABLE = timedelta(days=1)
"""How long a demo desk is used again: its tickets are told relative to when it was filled."""

LARGE = 20_000
"""From this many tickets on filling takes long enough to keep a desk for longer."""

KEPT_LARGE = timedelta(days=30)
GONE = timedelta(days=7)
"""After this an old demo desk is removed; nobody has a terminal open on it any more."""

_STAMP = "%Y%m%dT%H%M%S"


def demo(session: Session) -> int:
    """Fill a demo desk unless there is one, say where it is, and open it."""
    options = session.options
    if not 1 <= options.tickets <= MOST:
        raise UsageError(f"--tickets must be 1 to {MOST:,}", field="tickets")
    if not options.no_open:
        from deskterm.cli.screen import require_terminal

        require_terminal(os.environ)
    config = _filled_at(session, options.db) if options.db else _filled_in_cache(session)
    if session.out.json:
        session.out.emit({"db": config.db, "tickets": options.tickets, "seed": options.seed})
    else:
        session.out.say(f"the demo desk is {config.db}; your own desk is not touched")
    if options.no_open:
        return 0
    from deskterm.cli.screen import run_screens
    from deskterm.upkeep.demo_cast import HOME

    return run_screens(replace(config, agent=options.agent or HOME))


def _filled_in_cache(session: Session) -> Config:
    """Use today's demo desk, else fill one under another name and put it in place when it is whole."""
    from deskterm.config import cache_folder, with_db
    from deskterm.machine import utc_now

    options, now = session.options, utc_now()
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    head = f"demo-{options.tickets}-{options.seed}-"
    found = _recent(folder, head, now, KEPT_LARGE if options.tickets >= LARGE else BELIEVABLE)
    if found is None or options.fresh:
        found = folder / f"{head}{now:{_STAMP}}.db"
        half = folder / f".filling-{os.getpid()}.db"
        try:
            _fill(session, with_db(session.config, str(half)))
            half.replace(found)
        finally:
            _remove(half)
        _tidy(folder, now)
    return with_db(session.config, str(found))


def _recent(folder: Path, head: str, now: datetime, age: timedelta) -> Path | None:
    for path in sorted(folder.glob(f"{head}*.db"), reverse=True):
        filled = _filled(path)
        if filled is not None and timedelta(0) <= now - filled < age:
            return path
    return None


def _filled(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.stem.rpartition("-")[2], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _tidy(folder: Path, now: datetime) -> None:
    for path in folder.glob("demo-*.db"):
        filled = _filled(path)
        large = path.stat().st_size > LARGE * 1000
        if filled is not None and now - filled > (KEPT_LARGE if large else GONE):
            _remove(path)
    for path in folder.glob(".filling-*.db"):
        if now.timestamp() - path.stat().st_mtime > GONE.total_seconds():
            _remove(path)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            Path(f"{path}{suffix}").unlink()


def _filled_at(session: Session, where: str) -> Config:
    """Fill the database that was named on the command line, if it is empty; refuse a real desk."""
    from deskterm.config import with_db
    from deskterm.domain.people import DESK
    from deskterm.machine import utc_now
    from deskterm.storage.database import Database
    from deskterm.store.store import Store

    config = with_db(session.config, where)
    store = Store(Database(where), DESK, clock=utc_now, zone=config.zone())
    try:
        kind = _kind(store)
    finally:
        store.close()
    if kind == "real":
        raise Refused(f"{where} is a real desk: the demo would mix invented tickets into it", field="db")
    if kind == "empty":
        _fill(session, config)
    else:
        session.out.say(f"{where} is filled already and used as it is")
    return config


def _kind(store: Store) -> str:
    """Say whether a desk is empty, a demo or real."""
    some = store.numbers("is:any", 1)
    if not some:
        return "real" if store.people().agents else "empty"
    return "demo" if store.history(some[0])[0].via == "demo" else "real"


def _fill(session: Session, config: Config) -> None:
    from deskterm.domain.people import DESK
    from deskterm.machine import utc_now
    from deskterm.storage.database import Database
    from deskterm.store.store import Store
    from deskterm.upkeep.demo import fill

    options = session.options
    store = Store(Database(config.db), DESK, clock=utc_now, zone=config.zone())
    try:
        with session.out.progress("filling the demo desk", options.tickets) as progress:
            fill(store, options.tickets, options.seed, utc_now(), progress)
    finally:
        store.close()
