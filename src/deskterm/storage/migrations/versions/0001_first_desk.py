"""The first schema, written out: tables.py moves on, and what made yesterday's desks must not."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from deskterm.storage import guards

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIVE = sa.text("active = 1")
WHILE_ACTIVE: dict[str, Any] = {"sqlite_where": _ACTIVE, "postgresql_where": _ACTIVE}


def upgrade() -> None:
    """Create every table, the search index and the journal's guards."""
    op.create_table(
        "agents",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "due",
        sa.Column("id", ID, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("ref", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket", "what", "ref", name="due_once"),
    )
    op.create_index("due_at", "due", ["at"])
    op.create_table(
        "events",
        sa.Column("seq", ID, nullable=False),
        sa.Column("command", ID, nullable=False),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", ID, nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("undoes", ID, nullable=True),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("events_command", "events", ["command"])
    op.create_index("events_ticket", "events", ["ticket", "seq"])
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "organizations",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "queues",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "texts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "commands",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor", ID, nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("undoes", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor"],
            ["agents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("commands_actor", "commands", ["actor", "id"])
    op.create_index(
        "commands_undoes",
        "commands",
        ["undoes"],
        sqlite_where=sa.text("undoes IS NOT NULL"),
        postgresql_where=sa.text("undoes IS NOT NULL"),
    )
    op.create_table(
        "drafts",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.PrimaryKeyConstraint("agent_id", "ticket", "kind"),
    )
    op.create_table(
        "memberships",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queues.id"],
        ),
        sa.PrimaryKeyConstraint("agent_id", "queue_id"),
    )
    op.create_table(
        "reads",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.PrimaryKeyConstraint("agent_id", "ticket"),
    )
    op.create_table(
        "requesters",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("organization_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("address"),
    )
    op.create_table(
        "views",
        sa.Column("id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("agent_id", "name", name="views_name"),
    )
    op.create_table(
        "tickets",
        sa.Column("number", ID, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("requester_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("requested_urgency", sa.Text(), nullable=True),
        sa.Column("priority_reason", sa.Text(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("resolution_code", sa.Text(), nullable=False),
        sa.Column("close_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("solved_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("first_replied_at", sa.BigInteger(), nullable=True),
        sa.Column("replied_at", sa.BigInteger(), nullable=True),
        sa.Column("waiting_since", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_seconds", sa.BigInteger(), nullable=False),
        sa.Column("reopens", sa.Integer(), nullable=False),
        sa.Column("handoffs", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("imported_sla", sa.Boolean(), nullable=True),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("followers", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("alerts", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("due_key", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("risk_at", sa.BigInteger(), nullable=True),
        sa.Column("sla_started_at", sa.BigInteger(), nullable=True),
        sa.Column("sla_rest", sa.Text(), nullable=False),
        sa.Column("sla_left", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["agents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queues.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"],
            ["requesters.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("tickets_active_created", "tickets", ["created_at", "number"], **WHILE_ACTIVE)
    op.create_index("tickets_active_priority", "tickets", ["priority", "number"], **WHILE_ACTIVE)
    op.create_index("tickets_active_updated", "tickets", ["updated_at", "number"], **WHILE_ACTIVE)
    op.create_index(
        "tickets_active_due",
        "tickets",
        ["due_key", "number", "queue_id", "owner_id", "state", "priority"],
        **WHILE_ACTIVE,
    )
    op.create_index("tickets_active_load", "tickets", ["queue_id", "owner_id"], **WHILE_ACTIVE)
    op.create_index(
        "tickets_active_owner", "tickets", ["owner_id", "due_key", "number", "queue_id"], **WHILE_ACTIVE
    )
    op.create_index("tickets_active_queue", "tickets", ["queue_id", "due_key", "number"], **WHILE_ACTIVE)
    op.create_index(
        "tickets_active_requester",
        "tickets",
        ["requester_id", "due_key", "number", "queue_id"],
        **WHILE_ACTIVE,
    )
    op.create_index("tickets_active_risk", "tickets", ["risk_at", "due_at", "queue_id"], **WHILE_ACTIVE)
    op.create_index("tickets_active_running", "tickets", ["due_at", "risk_at", "queue_id"], **WHILE_ACTIVE)
    op.create_index(
        "tickets_active_state", "tickets", ["state", "due_key", "number", "queue_id"], **WHILE_ACTIVE
    )
    op.create_index("tickets_created", "tickets", ["created_at", "number"])
    op.create_index(
        "tickets_external",
        "tickets",
        ["external_id"],
        unique=True,
        sqlite_where=sa.text("external_id <> ''"),
        postgresql_where=sa.text("external_id <> ''"),
    )
    op.create_index("tickets_queue_state", "tickets", ["queue_id", "state"])
    op.create_index("tickets_requester", "tickets", ["requester_id", "number"])
    op.create_index("tickets_solved", "tickets", ["solved_at"])
    op.create_index(
        "tickets_solved_lately",
        "tickets",
        ["updated_at", "number"],
        sqlite_where=sa.text("state = 'solved'"),
        postgresql_where=sa.text("state = 'solved'"),
    )
    op.create_index("tickets_updated", "tickets", ["updated_at", "number"])
    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("requester_id", ID, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"],
            ["requesters.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket"],
            ["tickets.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("messages_agent", "messages", ["agent_id", "at"])
    op.create_index("messages_ticket", "messages", ["ticket", "id"])
    op.create_table(
        "reminders",
        sa.Column("id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket"],
            ["tickets.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reminders_agent", "reminders", ["agent_id", "state", "at"])
    op.create_index("reminders_ticket", "reminders", ["ticket"])
    op.create_table(
        "snoozes",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket"],
            ["tickets.number"],
        ),
        sa.PrimaryKeyConstraint("agent_id", "ticket"),
    )
    op.create_table(
        "ticket_fields",
        sa.Column("ticket", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"],
            ["tickets.number"],
        ),
        sa.PrimaryKeyConstraint("ticket", "name"),
    )
    op.create_index("ticket_fields_value", "ticket_fields", ["name", "value"])
    op.create_table(
        "ticket_links",
        sa.Column("ticket", ID, nullable=False),
        sa.Column("other", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"],
            ["tickets.number"],
        ),
        sa.PrimaryKeyConstraint("ticket", "other", "kind"),
    )
    op.create_table(
        "ticket_tags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"],
            ["tickets.number"],
        ),
        sa.PrimaryKeyConstraint("tag", "ticket"),
    )
    op.create_index("ticket_tags_ticket", "ticket_tags", ["ticket"])
    guards.create(op.get_bind())
