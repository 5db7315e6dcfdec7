"""Side conversations: mail beside a ticket with somebody who is not its requester."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add their tables; there were none before."""
    op.create_table(
        "sides",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )
    op.create_index("sides_ticket", "sides", ["ticket"])
    op.create_table(
        "side_messages",
        sa.Column("message", ID, nullable=False),
        sa.Column("side", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"]),
        sa.ForeignKeyConstraint(["side"], ["sides.id"]),
        sa.PrimaryKeyConstraint("message"),
    )
    op.create_index("side_messages_side", "side_messages", ["side", "message"])
    op.create_table(
        "side_people",
        sa.Column("message", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("side", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"]),
        sa.ForeignKeyConstraint(["side"], ["sides.id"]),
        sa.PrimaryKeyConstraint("message", "place"),
    )
    op.create_index("side_people_side", "side_people", ["side", "message"])
