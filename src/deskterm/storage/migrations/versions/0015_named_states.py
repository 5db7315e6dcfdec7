"""Named states: which of the desk's states in its category a ticket is in, "" the default one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add them; every ticket is in the default of its category."""
    op.add_column("tickets", sa.Column("status", sa.Text(), nullable=False, server_default=""))
    named = sa.text("status <> ''")
    op.create_index(
        "tickets_status", "tickets", ["status", "number"], sqlite_where=named, postgresql_where=named
    )
