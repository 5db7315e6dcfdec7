"""The first schema: tickets, people, journal, search, workplace."""

from __future__ import annotations

from alembic import op

from deskterm.storage import guards
from deskterm.storage.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, the search index and the journal's guards."""
    connection = op.get_bind()
    metadata.create_all(connection)
    guards.create(connection)
