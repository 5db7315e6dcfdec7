"""The database of a desk: opening it safely, and the read and write transactions everything else runs in."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from deskterm.domain.errors import StorageError, Unstorable
from deskterm.storage import sqlite_library
from deskterm.storage.sqlite_library import APPLICATION_ID, MAGIC
from deskterm.storage.watch import PostgresWatch, SqliteWatch

Result = TypeVar("Result")

__all__ = ["Connection", "Database", "database_url", "translate"]

_AS_WE_ARE = os.access in os.supports_effective_ids
ATTEMPTS = 4
EAGER_SECONDS, LOOK_SECONDS = 1.0, 0.003
"""For how long, and how often, the lock for writing is looked for before SQLite is left to wait for it."""
APPEND_LOCK = 0x6465736B
"""The advisory lock that puts PostgreSQL's writers in one line, as SQLite's single writer does."""

HEAD = "0022"
"""The schema version this program reads and writes."""


def database_url(where: str) -> URL:
    """Return the URL of a path or URL. Raises StorageError for an engine that is not supported."""
    if "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser().absolute()))
    url = make_url(where)
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StorageError(
            f"{backend} is not supported", hint="a file path, sqlite:///PATH or postgresql://…"
        )
    return url


class Database:
    """One desk's database. `read` and `write` are the only ways in; both are safe from any thread."""

    def __init__(self, where: str, *, create: bool = True) -> None:
        self.url = database_url(where)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.upgraded_from: str | None = None
        """The schema that the desk had, when opening it has just brought it to this one."""
        self.name = str(self.url.database) if self.sqlite else _server_words(self.url)
        if self.sqlite:
            _prepare_file(Path(self.name), create)
        self.engine = _engine(self.url, self.sqlite)
        self._write = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        # What one read finds must hang together, as it does on SQLite; writers stand in line anyway.
        at_once = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        self._read = self.engine.execution_options(**at_once)
        self._passing = self._write.execution_options(sqlite_passing=sqlite_library.SOUND_WAL)
        try:
            self._check_version()
        except BaseException:
            self.engine.dispose()
            raise

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent read; short, because a long one holds back checkpoints. Raises StorageError."""
        try:
            with self._read.connect() as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            raise translate(error, self.name) from error

    def write(self, work: Callable[[Connection], Result], *, lasting: bool = True) -> Result:
        """Run `work` in one write transaction, again (with jitter) when the lock could not be had.

        `work` must not have effects outside the connection. Without `lasting` a power cut may undo it, whole,
        should it come before the next transaction that lasts: then nobody waits for the disk meanwhile.
        Raises StorageError when storage fails.
        """
        engine = self._write if lasting else self._passing
        for attempt in range(ATTEMPTS):
            try:
                with engine.connect() as connection, connection.begin():
                    if not self.sqlite:
                        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
                        if not lasting:
                            connection.execute(text("SET LOCAL synchronous_commit TO OFF"))
                    return work(connection)
            except DBAPIError as error:
                if attempt == ATTEMPTS - 1 or not _busy(error):
                    raise translate(error, self.name) from error
            threading.Event().wait(0.02 + secrets.randbelow(100) / 1000)
        raise AssertionError("unreachable")

    def notify(self, connection: Connection, seq: int) -> None:
        """Tell other processes of a commit; SQLite's are told by the file itself."""
        if not self.sqlite:
            connection.execute(text("SELECT pg_notify('deskterm', :seq)"), {"seq": str(seq)})

    @property
    def address(self) -> str:
        """What another process opens this database by; it may hold a password."""
        if self.sqlite and not self.url.query:
            return os.path.abspath(self.name)  # a file whose name is not UTF-8 has no URL
        return self.url.render_as_string(hide_password=False)

    def watch(self) -> SqliteWatch | PostgresWatch:
        """Return a watch on everybody's commits, for one thread. Raises StorageError."""
        try:
            if self.sqlite:
                return SqliteWatch(self.name)
            address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
            return PostgresWatch(address)
        except Exception as error:
            raise StorageError(f"the database cannot be watched: {error}") from error

    def housekeep(self) -> None:
        """Fold the write-ahead log back into the file when nobody needs it."""
        if self.sqlite and sqlite_library.SOUND_WAL:
            with suppress(DBAPIError), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def _check_version(self) -> None:
        """Create or upgrade the schema; refuse what is newer or no desk at all."""
        with self.read() as connection:
            found = _version(connection, self.sqlite, self.name)
        if found == HEAD:
            return
        if found is not None and not _known(found):
            raise StorageError(
                f"{self.name} was written by a newer deskterm (schema {found}, this one knows {HEAD})",
                hint="upgrade deskterm; the file was not touched",
            )
        from deskterm.storage.migrations import upgrade

        upgrade(self)
        self.upgraded_from = found


def _prepare_file(path: Path, create: bool) -> None:
    """Make the file private before SQLite opens it, or say what is in the way."""
    try:
        if path.is_dir():
            raise StorageError(f"{path} is a folder, not a database", hint="name a file")
        if path.exists() and path.stat().st_size:
            with path.open("rb") as file:
                if file.read(16) != MAGIC:
                    raise StorageError(f"{path} is no database", hint="it was not touched")
            if not all(os.access(each, os.W_OK, effective_ids=_AS_WE_ARE) for each in (path, path.parent)):
                raise StorageError(
                    f"{path} is read-only for you", hint="a desk needs a writable file in a writable folder"
                )
            return
        if not create and not path.exists():
            raise StorageError(
                f"there is no desk at {path}",
                hint="deskterm alone sets one up, deskterm demo opens a believable one, --db names another",
            )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be opened: {error.strerror}", hint="check the folder and its rights"
        ) from error


def _server_words(url: URL) -> str:
    """Name a database on a server without what connects to it: it stands in messages of one line."""
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"{url.database} on {host if isinstance(host, str) else ', '.join(host)}{port}"


def _engine(url: URL, sqlite: bool) -> Engine:
    if not sqlite:
        return create_engine(
            url, pool_size=3, max_overflow=2, pool_pre_ping=True, isolation_level="READ COMMITTED"
        )
    engine = create_engine(url, module=sqlite_library.sqlite, pool_size=3, max_overflow=4, pool_timeout=30)

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.create_function("lower_case", 1, _lower_case, deterministic=True)
        sqlite_library.prepare(connection)

    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        passing = options.get("sqlite_passing", False)
        if connection.info.get("passing", False) != passing:
            # With a write-ahead log, NORMAL can lose the last commits to a power cut, and nothing else.
            connection.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if passing else 'FULL'}")
            connection.info["passing"] = passing
        how = options.get("sqlite_begin", "BEGIN")
        if how == "BEGIN" or passing or not _lock_soon(connection.connection.dbapi_connection, how):
            connection.exec_driver_sql(how)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _lock_soon(connection: Any, how: str) -> bool:
    """Take the lock for writing, looking every few milliseconds; False when that did not help for a while.

    SQLite itself waits longer each time it looks, up to a tenth of a second, and so misses the rests that
    work in the background leaves to those who press keys.
    """
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        rest, until = threading.Event(), time.monotonic() + EAGER_SECONDS
        while time.monotonic() < until:
            try:
                connection.execute(how)
            except sqlite_library.sqlite.OperationalError as error:
                if "locked" not in str(error).lower():
                    return False
                rest.wait(LOOK_SECONDS)
            else:
                return True
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def _lower_case(value: object) -> str | None:
    """SQL's `lower`, for every script."""
    return None if value is None else str(value).lower()


def _version(connection: Connection, sqlite: bool, name: str) -> str | None:
    if sqlite:
        tables = {
            row[0]
            for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if not tables:
            return None
        mark = connection.exec_driver_sql("PRAGMA application_id").scalar()
        if mark != APPLICATION_ID or "alembic_version" not in tables:
            raise StorageError(f"{name} is a database, but not a desk", hint="it was not touched")
    elif connection.execute(text("SELECT to_regclass('alembic_version')")).scalar() is None:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _known(version: str) -> bool:
    from deskterm.storage.migrations import known_versions

    return version in known_versions()


def _busy(error: DBAPIError) -> bool:
    words = str(error.orig).lower()
    return "locked" in words or "busy" in words or "deadlock" in words or "serializ" in words


_CAUSES = (
    ("disk is full", "the disk is full", "free some space; nothing was half-written"),
    ("readonly", "the database is read-only", "check the rights of the file and its folder"),
    ("not a database", "this is no database", "restore a backup; the file was not touched"),
    ("malformed", "the database is damaged", "run deskterm doctor and restore a backup"),
    ("vtable constructor", "the database is damaged", "run deskterm doctor and restore a backup"),
    ("disk i/o error", "the disk reported an error", "check the disk; nothing was half-written"),
    ("unable to open", "the database cannot be opened", "check the folder and its rights"),
    ("locked", "the database stayed busy", "another process holds it; try again"),
    ("busy", "the database stayed busy", "another process holds it; try again"),
    ("connection", "the database cannot be reached", "check the address and that the server runs"),
)


FULL = 4 * 1024 * 1024
"""Bytes that SQLite may need beside what it writes: with less, an I/O error is that of a full disk."""


def _is_full(name: str) -> bool:
    """Say whether the disk of a file has no room: SQLite says "I/O error" when its log cannot grow."""
    try:
        return shutil.disk_usage(Path(name).parent).free < FULL
    except (OSError, ValueError):
        return False


def translate(error: DBAPIError, name: str) -> StorageError:
    """Turn a driver's error into what happened and what to do."""
    words = str(error.orig).lower()
    if ("disk i/o error" in words or "unable to open" in words) and _is_full(name):
        words = "disk is full"
    for mark, what, hint in _CAUSES:
        if mark in words:
            return StorageError(f"{what} ({name})", hint=hint)
    kind = Unstorable if isinstance(error, DataError | IntegrityError) else StorageError
    first = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    return kind(f"storage failed: {first} ({name})", hint="nothing was half-written")
