"""Time worked: entries on tickets, to be found by agent, and timers that run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them; nobody recorded any time before."""
    op.add_column("tickets", sa.Column("worked", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "time_entries",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("time_entries_ticket", "time_entries", ["ticket", "seconds"])
    op.create_index("time_entries_agent", "time_entries", ["agent_id", "ticket"])
    op.create_table(
        "timers",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("timers_agent", "timers", ["agent_id"])
