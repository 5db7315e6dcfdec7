"""The table of what rules did: which fired for which ticket, and which the loop guard stopped."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from deskterm.storage.tables import Id, Millis, metadata

firings = Table(
    "firings",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("ticket", Id, nullable=False),
    Column("at", Millis, nullable=False),
    Column("stopped", Boolean, nullable=False, default=False),
)
"""Every time a rule fired, by the event that says so; `stopped` when the loop guard kept it from firing."""
Index("firings_rule", firings.c.rule, firings.c.stopped, firings.c.at)
Index("firings_ticket", firings.c.ticket, firings.c.rule, firings.c.at)
