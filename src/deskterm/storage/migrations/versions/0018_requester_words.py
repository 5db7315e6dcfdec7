"""An index of the words that requesters are found by, filled from those there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
LONGEST = 100
BATCH = 5000


def upgrade() -> None:
    """Add it and fill it."""
    op.create_table(
        "requester_words",
        sa.Column("word", WORD, nullable=False),
        sa.Column("requester_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["requester_id"], ["requesters.id"]),
        sa.PrimaryKeyConstraint("word", "requester_id"),
    )
    connection = op.get_bind()
    some = sa.text("SELECT id, name, address FROM requesters WHERE id > :last ORDER BY id LIMIT :batch")
    put = sa.text("INSERT INTO requester_words (word, requester_id) VALUES (:word, :requester)")
    last = 0
    while found := connection.execute(some, {"last": last, "batch": BATCH}).all():
        rows = [
            {"word": word, "requester": row.id}
            for row in found
            for word in sorted(_words(row.name, row.address))
        ]
        if rows:
            connection.execute(put, rows)
        last = found[-1].id
    op.create_index("requester_words_requester", "requester_words", ["requester_id"])


def _words(name: str, address: str) -> set[str]:
    return {word[:LONGEST] for word in (*name.lower().replace(",", " ").split(" "), address.lower()) if word}
