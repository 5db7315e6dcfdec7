"""Sending: what a mail of the outbox carries, who gets it, how often it was tried, and who is at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("message_id", "sender", "recipients", "auto", "error", "lease")


def upgrade() -> None:
    """Add them. What was queued before anything was ever sent is not sent by surprise, years later."""
    op.add_column("outbox", sa.Column("message", ID, nullable=True))
    for name in TEXTS:
        op.add_column("outbox", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    for name in ("next_at", "lease_until", "sent_at"):
        op.add_column("outbox", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("outbox_message", "outbox", ["message"])
    op.create_index("outbox_target", "outbox", ["target", "at"])
    op.create_index("outbox_at", "outbox", ["at"])
    op.execute(
        "UPDATE outbox SET state = 'cancelled', error = 'queued before this desk could send' "
        "WHERE state = 'queued'"
    )
