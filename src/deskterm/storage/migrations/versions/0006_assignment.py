"""Assignment: whose turn it is in each queue, and until when an agent is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the column; nobody is away and nobody has had a turn."""
    op.create_table(
        "turns",
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.PrimaryKeyConstraint("queue_id", "agent_id"),
    )
    op.add_column("agents", sa.Column("away_until", sa.BigInteger(), nullable=True))
