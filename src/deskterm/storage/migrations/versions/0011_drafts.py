"""Drafts: the macros and files that go with what was typed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; nothing goes with the drafts there are."""
    op.add_column("drafts", sa.Column("also", sa.Text(), nullable=False, server_default=""))
