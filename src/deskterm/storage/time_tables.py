"""The tables of time worked: what the rows of tickets say, to be found by agent, and timers that run."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from deskterm.storage.tables import Id, Millis, metadata

time_entries = Table(
    "time_entries",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("ticket", Id, ForeignKey("tickets.number"), nullable=False),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("at", Millis, nullable=False),
    Column("seconds", Integer, nullable=False),
)
"""What the rows of tickets say of time worked; an entry is numbered like the event that made it."""
Index("time_entries_ticket", time_entries.c.ticket, time_entries.c.seconds)
Index("time_entries_agent", time_entries.c.agent_id, time_entries.c.ticket)

timers = Table(
    "timers",
    metadata,
    Column("token", Text, primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("ticket", Id, ForeignKey("tickets.number"), nullable=False),
    Column("at", Millis, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("seen_at", Millis, nullable=False),
)
"""What the timer of a session (`token`) has counted on a ticket until `at` and not recorded yet."""
Index("timers_agent", timers.c.agent_id)
