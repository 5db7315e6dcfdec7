"""Mentions: who was mentioned in which message, and who follows which ticket, to be found by agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them. Nobody was mentioned before; who follows what is in the tickets."""
    op.create_table(
        "ticket_followers",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
        sa.PrimaryKeyConstraint("agent_id", "ticket"),
    )
    op.create_index("ticket_followers_ticket", "ticket_followers", ["ticket"])
    op.create_table(
        "mentions",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("message", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["message"], ["messages.id"]),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"]),
        sa.PrimaryKeyConstraint("agent_id", "message"),
    )
    op.create_index("mentions_waiting", "mentions", ["agent_id", "seen", "ticket"])
    op.create_index("mentions_ticket", "mentions", ["ticket"])
    held = {
        "sqlite": "json_each(tickets.followers) AS who",
        "postgresql": "jsonb_array_elements_text(tickets.followers::jsonb) AS who(value)",
    }[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO ticket_followers (agent_id, ticket) "
        f"SELECT CAST(who.value AS BIGINT), tickets.number FROM tickets, {held} "
        "WHERE tickets.followers <> '[]'"
    )
