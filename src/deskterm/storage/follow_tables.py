"""The tables of who is told of a ticket: who follows it, and who was mentioned in which message."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from deskterm.storage.tables import Id, metadata

ticket_followers = Table(
    "ticket_followers",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), primary_key=True),
)
"""What the rows of tickets say of followers, to be found by agent."""
Index("ticket_followers_ticket", ticket_followers.c.ticket)

mentions = Table(
    "mentions",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("message", Id, ForeignKey("messages.id"), primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), nullable=False),
    Column("seen", Integer, nullable=False, default=0),
)
"""Who was mentioned where; `seen` is 1 once they have read the ticket or written on it since."""
Index("mentions_waiting", mentions.c.agent_id, mentions.c.seen, mentions.c.ticket)
Index("mentions_ticket", mentions.c.ticket)
