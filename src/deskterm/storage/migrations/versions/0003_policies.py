"""Versions of the desk's policy, and the skills of agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what a policy needs; a desk keeps its first policy, the one it had."""
    op.create_table(
        "policies",
        sa.Column("version", ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", ID, nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["agents.id"]),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("policies_digest", "policies", ["digest"])
    op.add_column("agents", sa.Column("skills", sa.Text(), nullable=False, server_default="[]"))
