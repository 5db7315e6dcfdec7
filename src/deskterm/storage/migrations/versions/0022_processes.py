"""Processes: which one a ticket follows, what became of its steps, the one it is at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add them; no ticket follows a process yet."""
    for name in ("process", "step"):
        op.add_column("tickets", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("process_version", "steps_skipped"):
        op.add_column("tickets", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("tickets", sa.Column("process_since", sa.BigInteger()))
    op.add_column("tickets", sa.Column("steps", sa.Text(), nullable=False, server_default="[]"))
    for name in ("process", "step"):
        where = sa.text(f"{name} <> ''")
        op.create_index(
            f"tickets_{name}", "tickets", [name, "number"], sqlite_where=where, postgresql_where=where
        )
    some = sa.text("steps_skipped > 0")
    op.create_index("tickets_skipped", "tickets", ["number"], sqlite_where=some, postgresql_where=some)
