"""When whoever was reminded has seen what rang."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add it; what rang before counts as seen once its ticket is opened again."""
    op.add_column("reminders", sa.Column("seen_at", sa.BigInteger(), nullable=True))
