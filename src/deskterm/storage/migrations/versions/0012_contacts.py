"""Contacts: further addresses of one person, VIP marks, time zones and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them; every requester is a contact of their own, of whom no more is known."""
    op.add_column("requesters", sa.Column("contact_id", ID, nullable=True))
    op.add_column("requesters", sa.Column("vip", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("requesters", sa.Column("zone", sa.Text(), nullable=False, server_default=""))
    op.add_column("requesters", sa.Column("notes", sa.Text(), nullable=False, server_default=""))
    held, vip = sa.text("contact_id IS NOT NULL"), sa.text("vip = 1")
    op.create_index(
        "requesters_contact", "requesters", ["contact_id"], sqlite_where=held, postgresql_where=held
    )
    op.create_index("requesters_vip", "requesters", ["id"], sqlite_where=vip, postgresql_where=vip)
