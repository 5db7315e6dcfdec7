"""The numbers of active tickets as an index: words are looked for among them instead of among all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the index."""
    active = sa.text("active = 1")
    op.create_index(
        "tickets_active_number", "tickets", ["number"], sqlite_where=active, postgresql_where=active
    )
