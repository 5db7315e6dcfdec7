"""The tables of mail: what came in, its files, what could not be handled, and who fetches."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from deskterm.storage.tables import Id, Millis, metadata

blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("size", Integer, nullable=False),
)
"""Bytes by their SHA-256, each once however often they came."""

blob_chunks = Table(
    "blob_chunks",
    metadata,
    Column("digest", Text, ForeignKey("blobs.digest"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("packed", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""The bytes of a blob in pieces, so that none has to be in memory whole; `packed` ones are compressed."""

message_parts = Table(
    "message_parts",
    metadata,
    Column("message", Id, ForeignKey("messages.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, ForeignKey("blobs.digest"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("inline", Boolean, nullable=False, default=False),
    Column("content_id", Text, nullable=False, default=""),
)
"""The files of messages, in their order."""

mails = Table(
    "mails",
    metadata,
    Column("message", Id, ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("message_id", Text, nullable=False),
    Column("mailbox", Text, nullable=False, default=""),
    Column("raw", Text, ForeignKey("blobs.digest"), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("auto", Text, nullable=False, default=""),
    Column("dated", Millis),
)
"""The mail a message came as: its bytes, and its whole text where the message is only what is new in it."""

mail_ids = Table(
    "mail_ids",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), nullable=False),
    Column("message", Id, ForeignKey("messages.id"), nullable=False),
)
"""Every id of a mail that came in or went out: a second delivery is known, and an answer finds its ticket."""
Index("mail_ids_ticket", mail_ids.c.ticket, mail_ids.c.message)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Millis, nullable=False),
    Column("mailbox", Text, nullable=False, default=""),
    Column("queue", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False),
    Column("sender", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False, default=""),
    Column("raw", Text, ForeignKey("blobs.digest"), nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("ticket", Id, ForeignKey("tickets.number")),
)
"""Mails that could not be handled, waiting for a person: waiting, stored (by a retry), or discarded."""
Index("quarantine_raw", quarantine.c.raw, unique=True)
Index("quarantine_state", quarantine.c.state, quarantine.c.at)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Millis, nullable=False),
)
"""Which process does what only one may do at a time, such as fetching a mailbox."""

dead_addresses = Table(
    "dead_addresses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("at", Millis, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ticket", Id, ForeignKey("tickets.number")),
    Column("state", Text, nullable=False),
)
"""Addresses that mail came back from for good: dead, or allowed again by a person."""
