"""Rules: how often each fired, and the outbox that keeps what they want sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "firings",
        sa.Column("seq", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("firings_rule", "firings", ["rule", "stopped", "at"])
    op.create_index("firings_ticket", "firings", ["ticket", "rule", "at"])
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
    )
    op.create_index("outbox_state", "outbox", ["state", "at"])
