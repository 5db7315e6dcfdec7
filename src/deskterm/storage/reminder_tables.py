"""The tables of what a time brings: reminders, recurring tickets, and whose screens are open to hear it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from deskterm.storage.tables import Id, Millis, metadata

reminders = Table(
    "reminders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("ticket", Id, ForeignKey("tickets.number")),
    Column("at", Millis, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_by", Id),
    Column("recurs", Text, nullable=False, default="", server_default=""),
    Column("zone", Text, nullable=False, default="", server_default=""),
    Column("series", Id),
    Column("rang_at", Millis),
    Column("seen_at", Millis),
)
"""One row an occurrence: one that recurs is followed by the next as it rings; `series` is the first's id."""
Index("reminders_agent", reminders.c.agent_id, reminders.c.state, reminders.c.at)
Index("reminders_ticket", reminders.c.ticket)

recurring = Table(
    "recurring",
    metadata,
    Column("id", Id, primary_key=True),
    Column("queue_id", Id, ForeignKey("queues.id"), nullable=False),
    Column("template", Text, nullable=False),
    Column("recurs", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_by", Id, ForeignKey("agents.id")),
    Column("next_at", Millis),
    Column("made", Integer, nullable=False, default=0),
    Column("last_ticket", Id),
)
"""Tickets that are opened again and again: what they are opened with (JSON), when, and the last that was."""

sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("seen_at", Millis, nullable=False),
)
"""Open screens, each with a heartbeat: nobody has to be mailed what they see."""
Index("sessions_agent", sessions.c.agent_id)
