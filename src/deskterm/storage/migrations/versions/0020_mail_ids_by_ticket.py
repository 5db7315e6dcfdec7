"""An index of mail ids by ticket: every mail that leaves names those before it."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add it."""
    op.create_index("mail_ids_ticket", "mail_ids", ["ticket", "message"])
