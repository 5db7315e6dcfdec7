"""Work next: which ticket was handed to whom, and an index of what was skipped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the index; nothing is held and nothing was skipped."""
    op.create_table(
        "holds",
        sa.Column("ticket", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.PrimaryKeyConstraint("ticket"),
    )
    op.create_index(
        "events_skipped",
        "events",
        ["at", "ticket", "actor", "command"],
        sqlite_where=sa.text("kind = 'skipped'"),
        postgresql_where=sa.text("kind = 'skipped'"),
    )
