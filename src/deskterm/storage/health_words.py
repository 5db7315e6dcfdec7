"""Is the search index sound: what the engine says of it, and which tickets it knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection

INDEXES = ("ticket_words", "ticket_text")
"""The full-text tables of SQLite."""


def integrity(connection: Connection) -> Iterator[str]:
    """Yield what SQLite finds wrong with the whole file, its search index too: 50 faults at most."""
    _look_into(connection)
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(50)"):
        if line != "ok":
            yield f"the file is damaged: {line}"


def _look_into(connection: Connection) -> None:
    """Look into each index in the transaction of the check, so that the check goes by how it is now.

    A connection remembers how an FTS5 table is laid out, and asks whether others wrote since only where
    something is looked up. The check asks nobody: after a write by another connection it would look for the
    pages of before, and call a sound index corrupt.
    """
    for table in INDEXES:
        # What cannot be looked up is damaged: the check then says how.
        with suppress(DBAPIError):
            connection.exec_driver_sql(f"SELECT rowid FROM {table} LIMIT 1").all()


def indexed(connection: Connection, after: int, upto: int) -> Iterator[Iterable[int]]:
    """Yield the numbers that each index knows, after a number and up to another."""
    span = {"after": after, "upto": upto}
    if connection.dialect.name != "sqlite":
        statement = "SELECT ticket FROM ticket_search WHERE ticket > :after AND ticket <= :upto"
        yield connection.execute(text(statement), span).scalars()
        return
    for table in INDEXES:
        statement = f"SELECT rowid FROM {table} WHERE rowid > :after AND rowid <= :upto"
        yield connection.execute(text(statement), span).scalars()
