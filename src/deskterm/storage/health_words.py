"""Is the search index sound: what the engine says of it, and which tickets it knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

INDEXES = ("ticket_words", "ticket_text")
"""The full-text tables of SQLite."""


def integrity(connection: Connection, what: str) -> Iterator[str]:
    """Yield what SQLite finds wrong with a table, or with the whole file, as far as so many faults."""
    for (line,) in connection.exec_driver_sql(f"PRAGMA integrity_check({what})"):
        if line != "ok":
            yield f"the file is damaged: {line}"


def of_index(connection: Connection) -> Iterator[str]:
    """Yield what SQLite finds wrong with the search index alone."""
    for table in INDEXES:
        yield from integrity(connection, table)


def about_index(fault: str) -> bool:
    """Say whether a fault of the file is about the search index."""
    return "fts5" in fault.lower() and any(table in fault for table in INDEXES)


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
