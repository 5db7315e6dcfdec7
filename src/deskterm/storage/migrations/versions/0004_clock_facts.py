"""What clocks are computed from: a ticket's stays, SLA policies and targets; and the verdicts to count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# The figures that held for every ticket until now, in milliseconds.
_FIGURES = "CASE priority WHEN 'P1' THEN {} WHEN 'P2' THEN {} WHEN 'P3' THEN {} ELSE {} END"
_SOLVE = _FIGURES.format(14_400_000, 28_800_000, 86_400_000, 144_000_000)
_REPLY = _FIGURES.format(900_000, 3_600_000, 14_400_000, 28_800_000)
_UNSOLVED = "state = 'closed' AND solved_at IS NULL AND close_reason NOT IN ('', 'confirmed', 'no answer')"
_STOPPED = "COALESCE(paused_at, solved_at, closed_at, updated_at)"
_LATE = f"{_STOPPED} - created_at >= {_SOLVE} + paused_seconds * 1000"
_REPLIED = "COALESCE(first_replied_at, solved_at, closed_at, updated_at)"
_SILENT = f"first_replied_at IS NULL AND ({_REPLIED} - created_at < {_REPLY} OR ({_UNSOLVED}))"


def upgrade() -> None:
    """Add the columns; of what was paused before, only how long is known, and that stays as it is."""
    for name in ("spells", "legs", "target_overrides"):
        op.add_column("tickets", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    for name in ("reply", "solve"):
        op.add_column("tickets", sa.Column(f"{name}_sla", sa.Text(), nullable=False, server_default=""))
        op.add_column("tickets", sa.Column(f"{name}_due_at", sa.BigInteger(), nullable=True))
    op.execute(f"""
        UPDATE tickets SET
            solve_sla = CASE
                WHEN active = 0 AND {_UNSOLVED} THEN 'cancelled'
                WHEN active = 0 THEN CASE WHEN {_LATE} THEN 'missed' ELSE 'met' END
                WHEN paused_at IS NULL THEN 'running'
                WHEN {_LATE} THEN 'missed'
                ELSE 'paused' END,
            solve_due_at = CASE WHEN active = 1 AND paused_at IS NULL
                THEN created_at + {_SOLVE} + paused_seconds * 1000 END,
            reply_sla = CASE
                WHEN active = 1 AND first_replied_at IS NULL THEN 'running'
                WHEN {_SILENT} THEN 'cancelled'
                WHEN {_REPLIED} - created_at >= {_REPLY} THEN 'missed'
                ELSE 'met' END,
            reply_due_at = CASE WHEN active = 1 AND first_replied_at IS NULL THEN created_at + {_REPLY} END
    """)
