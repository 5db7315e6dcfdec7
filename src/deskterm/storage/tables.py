"""The tables of a desk, in SQLAlchemy Core: times are integer UTC milliseconds, sets and changes JSON."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.elements import TextClause

metadata = MetaData()

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite only numbers rows by itself for a column typed INTEGER."""

Millis = BigInteger
"""UTC milliseconds since 1970."""

FAR = 9_000_000_000_000
"""A sort key later than any due time: tickets without a running target come after all others."""

REST = 9_500_000_000_000
"""The sort key of a ticket that has neither a running nor a paused target."""

ACTIVE_SQL = "active = 1"

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""Small facts about the desk: its id, the sequence of the last change to its directory."""

organizations = Table(
    "organizations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

requesters = Table(
    "requesters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, unique=True),
    Column("organization_id", Id, ForeignKey("organizations.id")),
    Column("contact_id", Id),
    Column("vip", Integer, nullable=False, default=0, server_default="0"),
    Column("zone", Text, nullable=False, default="", server_default=""),
    Column("notes", Text, nullable=False, default="", server_default=""),
)
"""One row an address: `contact_id` names the first address of the contact whose further one it is."""

queues = Table(
    "queues",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, unique=True),
    Column("confidential", Boolean, nullable=False, default=False),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("tier", Text, nullable=False, default=""),
    Column("capacity", Integer, nullable=False, default=10),
    Column("active", Boolean, nullable=False, default=True),
    Column("skills", Text, nullable=False, default="[]", server_default="[]"),
    Column("away_until", Millis),
    Column("address", Text, nullable=False, default="", server_default=""),
)

turns = Table(
    "turns",
    metadata,
    Column("queue_id", Id, ForeignKey("queues.id"), primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("seq", Id, nullable=False),
)
"""Which event last gave an agent a ticket of a queue by itself: whose turn it is."""

memberships = Table(
    "memberships",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("queue_id", Id, ForeignKey("queues.id"), primary_key=True),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", Id, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("impact", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("queue_id", Id, ForeignKey("queues.id"), nullable=False),
    Column("requester_id", Id, ForeignKey("requesters.id"), nullable=False),
    Column("owner_id", Id, ForeignKey("agents.id")),
    Column("type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text, nullable=False, default=""),
    Column("component", Text, nullable=False, default=""),
    Column("requested_urgency", Text),
    Column("priority_reason", Text, nullable=False, default=""),
    Column("hold_reason", Text, nullable=False, default=""),
    Column("hold_until", Millis),
    Column("resolution", Text, nullable=False, default=""),
    Column("resolution_code", Text, nullable=False, default=""),
    Column("close_reason", Text, nullable=False, default=""),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("solved_at", Millis),
    Column("closed_at", Millis),
    Column("first_replied_at", Millis),
    Column("replied_at", Millis),
    Column("waiting_since", Millis),
    Column("paused_at", Millis),
    Column("paused_seconds", BigInteger, nullable=False, default=0),
    Column("reopens", Integer, nullable=False, default=0),
    Column("handoffs", Integer, nullable=False, default=0),
    Column("messages", Integer, nullable=False, default=0),
    Column("external_id", Text, nullable=False, default=""),
    Column("imported_sla", Boolean),
    Column("voided", Boolean, nullable=False, default=False),
    Column("version", BigInteger, nullable=False, default=0),
    Column("tags", Text, nullable=False, default="[]"),
    Column("followers", Text, nullable=False, default="[]"),
    Column("links", Text, nullable=False, default="[]"),
    Column("fields", Text, nullable=False, default="[]"),
    Column("alerts", Text, nullable=False, default="[]"),
    Column("status", Text, nullable=False, default="", server_default=""),
    Column("spells", Text, nullable=False, default="[]"),
    Column("legs", Text, nullable=False, default="[]"),
    Column("target_overrides", Text, nullable=False, default="[]"),
    Column("ccs", Text, nullable=False, default="[]", server_default="[]"),
    Column("worked", Text, nullable=False, default="[]", server_default="[]"),
    Column("process", Text, nullable=False, default="", server_default=""),
    Column("process_version", Integer, nullable=False, default=0, server_default="0"),
    Column("process_since", Millis),
    Column("steps", Text, nullable=False, default="[]", server_default="[]"),
    # The step it is at, and how many were skipped (domain/process.py).
    Column("step", Text, nullable=False, default="", server_default=""),
    Column("steps_skipped", Integer, nullable=False, default=0, server_default="0"),
    # What lists need, derived from the ticket whenever it is saved (domain/sla.py: standing).
    Column("active", Integer, nullable=False),
    Column("due_key", BigInteger, nullable=False),
    Column("due_at", Millis),
    Column("risk_at", Millis),
    Column("sla_started_at", Millis),
    Column("sla_rest", Text, nullable=False),
    Column("sla_left", BigInteger),
    # The verdicts on first reply and resolution; one that runs is missed from its due time on.
    Column("reply_sla", Text, nullable=False, default=""),
    Column("reply_due_at", Millis),
    Column("solve_sla", Text, nullable=False, default=""),
    Column("solve_due_at", Millis),
)


def _where(name: str, condition: str, *columns: Column[Any], unique: bool = False) -> Index:
    clause: TextClause = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=clause, postgresql_where=clause)


def _active(name: str, *columns: str) -> Index:
    return _where(name, ACTIVE_SQL, *(tickets.c[column] for column in columns))


# Wider than their order needs: a count reads the index alone, and rows only where a list shows them.
_active("tickets_active_due", "due_key", "number", "queue_id", "owner_id", "state", "priority")
_active("tickets_active_queue", "queue_id", "due_key", "number")
_active("tickets_active_owner", "owner_id", "due_key", "number", "queue_id")
_active("tickets_active_state", "state", "due_key", "number", "queue_id")
_active("tickets_active_load", "queue_id", "owner_id")
_active("tickets_active_requester", "requester_id", "due_key", "number", "queue_id")
_active("tickets_active_running", "due_at", "risk_at", "queue_id")
_active("tickets_active_risk", "risk_at", "due_at", "queue_id")
# The other orders of a list: without these, the oldest first would read all that has ended on the way.
_active("tickets_active_updated", "updated_at", "number")
_active("tickets_active_created", "created_at", "number")
_active("tickets_active_priority", "priority", "number")
# Which of a million hits are active: probed by number, without reading their rows.
_active("tickets_active_number", "number")
Index("tickets_updated", tickets.c.updated_at, tickets.c.number)
Index("tickets_created", tickets.c.created_at, tickets.c.number)
Index("tickets_solved", tickets.c.solved_at)
_where("tickets_solved_lately", "state = 'solved'", tickets.c.updated_at, tickets.c.number)
Index("tickets_requester", tickets.c.requester_id, tickets.c.number)
Index("tickets_queue_state", tickets.c.queue_id, tickets.c.state)
# Few tickets are in a state of the desk's own: its index holds those alone.
_where("tickets_status", "status <> ''", tickets.c.status, tickets.c.number)
# Only what follows a process, is at a step of one, or skipped one: none of it costs the other tickets.
_where("tickets_process", "process <> ''", tickets.c.process, tickets.c.number)
_where("tickets_step", "step <> ''", tickets.c.step, tickets.c.number)
_where("tickets_skipped", "steps_skipped > 0", tickets.c.number)
_where("tickets_external", "external_id <> ''", tickets.c.external_id, unique=True)

_where("requesters_contact", "contact_id IS NOT NULL", requesters.c.contact_id)
_where("requesters_vip", "vip = 1", requesters.c.id)

ticket_tags = Table(
    "ticket_tags",
    metadata,
    Column("tag", Text, primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), primary_key=True),
)
Index("ticket_tags_ticket", ticket_tags.c.ticket)

ticket_links = Table(
    "ticket_links",
    metadata,
    Column("ticket", Id, ForeignKey("tickets.number"), primary_key=True),
    Column("other", Id, primary_key=True),
    Column("kind", Text, primary_key=True),
)

ticket_fields = Table(
    "ticket_fields",
    metadata,
    Column("ticket", Id, ForeignKey("tickets.number"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
Index("ticket_fields_value", ticket_fields.c.name, ticket_fields.c.value)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("agent_id", Id, ForeignKey("agents.id")),
    Column("requester_id", Id, ForeignKey("requesters.id")),
    Column("channel", Text, nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("retracted", Boolean, nullable=False, default=False),
)
Index("messages_ticket", messages.c.ticket, messages.c.id)
Index("messages_agent", messages.c.agent_id, messages.c.at)

commands = Table(
    "commands",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("actor", Id, ForeignKey("agents.id")),
    Column("via", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("summary", Text, nullable=False),
    Column("undoes", Id),
)
Index("commands_actor", commands.c.actor, commands.c.id)
_where("commands_undoes", "undoes IS NOT NULL", commands.c.undoes)

events = Table(
    "events",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("command", Id, nullable=False),
    Column("ticket", Id),
    Column("kind", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("actor", Id),
    Column("via", Text, nullable=False),
    Column("login", Text, nullable=False, default=""),
    Column("changes", Text, nullable=False),
    Column("undoes", Id),
    Column("policy", Integer, nullable=False, default=1),
    Column("hash", Text, nullable=False),
)
"""The journal. Triggers refuse update and delete (guards.py); `hash` covers the row and the hash before."""
Index("events_ticket", events.c.ticket, events.c.seq)
Index("events_command", events.c.command)
_where("events_skipped", "kind = 'skipped'", events.c.at, events.c.ticket, events.c.actor, events.c.command)

texts = Table(
    "texts", metadata, Column("digest", Text, primary_key=True), Column("body", Text, nullable=False)
)
"""Free text that events refer to by its SHA-256: it can be erased without breaking the chain."""

policies = Table(
    "policies",
    metadata,
    Column("version", Id, primary_key=True, autoincrement=False),
    Column("at", Millis, nullable=False),
    Column("actor", Id, ForeignKey("agents.id")),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
"""Every policy that ever held, as canonical TOML; the highest version holds now."""
Index("policies_digest", policies.c.digest)

snoozes = Table(
    "snoozes",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("ticket", Id, ForeignKey("tickets.number"), primary_key=True),
    Column("until", Millis, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("ticket", Id, ForeignKey("tickets.number"), primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("until", Millis, nullable=False),
    Column("done", Boolean, nullable=False, default=False),
)
"""What work next handed to whom, and until when to nobody else; `done` once it was dealt with."""

due = Table(
    "due",
    metadata,
    Column("id", Id, primary_key=True),
    Column("what", Text, nullable=False),
    Column("ticket", Id, nullable=False, default=0),
    Column("ref", Id, nullable=False, default=0),
    Column("at", Millis, nullable=False),
    UniqueConstraint("ticket", "what", "ref", name="due_once"),
)
"""Work that a time brings: claimed and done in one transaction by whichever process comes first."""
Index("due_at", due.c.at)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("ticket", Id, ForeignKey("tickets.number")),
    Column("rule", Text, nullable=False, default=""),
    Column("at", Millis, nullable=False),
    Column("state", Text, nullable=False),
    Column("subject", Text, nullable=False, default="", server_default=""),
    Column("text", Text, nullable=False, default="", server_default=""),
    Column("message", Id),
    *(
        Column(name, Text, nullable=False, default="", server_default="")
        for name in ("message_id", "sender", "recipients", "auto", "error", "lease")
    ),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("next_at", Millis),
    Column("lease_until", Millis),
    Column("sent_at", Millis),
)
"""What leaves the house, webhooks and mails: waiting, sending (leased), sent, failed or cancelled."""
Index("outbox_state", outbox.c.state, outbox.c.at)
Index("outbox_message", outbox.c.message)
Index("outbox_target", outbox.c.target, outbox.c.at)
Index("outbox_at", outbox.c.at)

drafts = Table(
    "drafts",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("ticket", Id, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("saved_at", Millis, nullable=False),
    Column("seen", BigInteger, nullable=False, default=0),
    Column("also", Text, nullable=False, default=""),
)

reads = Table(
    "reads",
    metadata,
    Column("agent_id", Id, ForeignKey("agents.id"), primary_key=True),
    Column("ticket", Id, primary_key=True),
    Column("messages", Integer, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("id", Id, primary_key=True),
    Column("agent_id", Id, ForeignKey("agents.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    UniqueConstraint("agent_id", "name", name="views_name"),
)
