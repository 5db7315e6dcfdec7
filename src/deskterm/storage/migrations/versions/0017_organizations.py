"""Organizations: VIP marks, notes and mail domains beside their names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them; of the organizations there are, no more is known than before."""
    op.create_table(
        "organization_cards",
        sa.Column("organization_id", ID, nullable=False, autoincrement=False),
        sa.Column("vip", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.PrimaryKeyConstraint("organization_id"),
    )
    op.create_table(
        "organization_domains",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.PrimaryKeyConstraint("domain"),
    )
    op.create_index("organization_domains_organization", "organization_domains", ["organization_id"])
    # Its people are listed, and their tickets found by it: one row an address of a large desk.
    op.create_index("requesters_organization", "requesters", ["organization_id"])
