"""The tables of side conversations: which there are beside tickets, what was said in each, and with whom."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from deskterm.storage.tables import Id, Millis, metadata

sides = Table(
    "sides",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), nullable=False),
    Column("ref", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("agent_id", Id, ForeignKey("agents.id")),
    Column("at", Millis, nullable=False),
    Column("state", Text, nullable=False, default=""),
)
"""`ref` is what names it in mails; `state` is open or closed, empty for one that was taken back."""
Index("sides_ticket", sides.c.ticket)

side_messages = Table(
    "side_messages",
    metadata,
    Column("message", Id, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("side", Id, ForeignKey("sides.id"), nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("address", Text, nullable=False, default=""),
)
"""Which messages are of which side conversation; who wrote those that came in, by name and address."""
Index("side_messages_side", side_messages.c.side, side_messages.c.message)

side_people = Table(
    "side_people",
    metadata,
    Column("message", Id, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("side", Id, ForeignKey("sides.id"), nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("address", Text, nullable=False),
)
"""Who takes part, each by the message that brought them in: taken back with it, they do no more."""
Index("side_people_side", side_people.c.side, side_people.c.message)
