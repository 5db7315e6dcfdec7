"""What comes again, whose screens are open, the addresses of agents, mails in the outbox, ends of holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them; nothing recurs yet, nobody has an address, and every hold that is to end rings as it does."""
    op.add_column("reminders", sa.Column("recurs", sa.Text(), nullable=False, server_default=""))
    op.add_column("reminders", sa.Column("zone", sa.Text(), nullable=False, server_default=""))
    op.add_column("reminders", sa.Column("series", ID, nullable=True))
    op.add_column("reminders", sa.Column("rang_at", sa.BigInteger(), nullable=True))
    op.add_column("agents", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "recurring",
        sa.Column("id", ID, nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("recurs", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("last_ticket", ID, nullable=True),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"]),
        sa.ForeignKeyConstraint(["created_by"], ["agents.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("sessions_agent", "sessions", ["agent_id"])
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("ticket", existing_type=sa.BigInteger(), nullable=True)
        outbox.add_column(sa.Column("subject", sa.Text(), nullable=False, server_default=""))
        outbox.add_column(sa.Column("text", sa.Text(), nullable=False, server_default=""))
    now = {
        "sqlite": "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
        "postgresql": "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)",
    }[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO due (what, ticket, ref, at) SELECT 'hold', number, 0, hold_until FROM tickets "
        f"WHERE state = 'hold' AND hold_until > {now}"
    )
