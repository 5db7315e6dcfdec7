"""The migrations make exactly the tables that the program reads and writes, on both engines."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from deskterm.storage.database import HEAD, Database
from deskterm.storage.migrations import known_versions
from deskterm.storage.tables import metadata

SEARCH = ("ticket_words", "ticket_text", "ticket_search")
"""Made by guards.py, not by tables.py."""


def test_the_newest_migration_is_the_version_the_program_asks_for() -> None:
    assert known_versions()[0] == HEAD


def test_they_make_the_tables_of_the_program(database_url: str) -> None:
    database = Database(database_url)
    try:
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            found = [
                change
                for change in compare_metadata(context, metadata)
                if not any(name in repr(change) for name in (*SEARCH, "alembic_version"))
            ]
            assert found == []
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
            inspector = inspect(connection)
            indexes = {
                index["name"]: tuple(index["column_names"])
                for table in metadata.tables
                for index in inspector.get_indexes(table)
                if not index.get("duplicates_constraint")
            }
            wanted = {
                index.name: tuple(column.name for column in index.columns)
                for table in metadata.tables.values()
                for index in table.indexes
            }
            assert {name: indexes.get(str(name)) for name in wanted} == wanted
    finally:
        database.close()
