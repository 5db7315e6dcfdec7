"""When a target was truly due, and how much of the time since then has not counted."""

from __future__ import annotations

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Change no table: who opens the desk counts anew what its rows say of clocks (storage/recounting)."""
