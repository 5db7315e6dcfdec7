"""What a schema needs beyond tables: triggers that make the journal append-only, and the search index."""

from __future__ import annotations

from sqlalchemy import Connection

from deskterm.storage.sqlite_library import APPLICATION_ID, VERSION

_SQLITE = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    # INSERT OR REPLACE deletes without asking the triggers above.
    "CREATE TRIGGER events_no_replace BEFORE INSERT ON events "
    "WHEN EXISTS (SELECT 1 FROM events WHERE seq = new.seq) "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)

_POSTGRESQL = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
    "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TABLE ticket_search (ticket bigint PRIMARY KEY REFERENCES tickets(number), "
    "quick tsvector NOT NULL, body tsvector NOT NULL)",
    "CREATE INDEX ticket_search_quick ON ticket_search USING gin (quick)",
    "CREATE INDEX ticket_search_body ON ticket_search USING gin (body)",
)


def create(connection: Connection) -> None:
    """Create them on a fresh schema."""
    statements = list(_POSTGRESQL)
    if connection.dialect.name == "sqlite":
        # Contentless tables that can forget a row came with 3.43; before, FTS5 keeps a copy of the text.
        content = ", content='', contentless_delete=1" if VERSION >= (3, 43) else ""
        statements = [
            *_SQLITE,
            f"CREATE VIRTUAL TABLE ticket_words USING fts5(subject, words, prefix='1 2 3'{content})",
            f"CREATE VIRTUAL TABLE ticket_text USING fts5(words{content})",
        ]
    for statement in statements:
        connection.exec_driver_sql(statement)
