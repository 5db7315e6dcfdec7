"""Facts: one ticket with all that a query can ask of it, read only as far as the query asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, and_, select

from deskterm.domain.facts import Facts, Seen, Talk
from deskterm.domain.people import Actor, Queue
from deskterm.domain.policy import Policy
from deskterm.domain.process import step_name
from deskterm.domain.sla import standing
from deskterm.domain.ticket import Link, Ticket
from deskterm.storage import contacts, mail, mentions, merged, people, sides, words, worktime
from deskterm.storage.codec import from_ms
from deskterm.storage.people import Directory
from deskterm.storage.tables import drafts, messages, reads, snoozes, tickets


def facts(connection: Connection, ticket: Ticket, known: Directory, actor: Actor, policy: Policy) -> Facts:
    """Return what is true of a ticket for an actor; what is read later is read by this connection."""
    requester, organization = people.requester(connection, ticket.requester)

    @cache
    def talk() -> Talk:
        statement = select(messages.c.text, messages.c.agent_id).where(
            messages.c.ticket == ticket.number, messages.c.retracted.is_(False)
        )
        said = connection.execute(statement.order_by(messages.c.id)).all()
        entry = words.entry(
            ticket.number, ticket.subject, requester.name, requester.address, (row.text for row in said)
        )
        writers = frozenset(row.agent_id for row in said if row.agent_id is not None)
        return Talk(f"{entry.subject} {entry.names} {entry.said}", writers)

    @cache
    def linked() -> frozenset[Link]:
        if not ticket.links:
            return frozenset()
        others = select(tickets.c.number).where(
            tickets.c.number.in_({link.number for link in ticket.links}),
            tickets.c.voided.is_(False),
            tickets.c.queue_id.not_in(known.hidden(actor)),
        )
        seen = set(connection.execute(others).scalars())
        return frozenset(link for link in ticket.links if link.number in seen)

    @cache
    def inside() -> list[int]:
        seen = and_(tickets.c.voided.is_(False), tickets.c.queue_id.not_in(known.hidden(actor)))
        return merged.absorbed(connection, ticket.number, seen) if ticket.absorbed else []

    @cache
    def worked() -> Mapping[int, int]:
        return worktime.by_agent(connection, ticket.number, inside())

    return Facts(
        ticket,
        known.queues.get(ticket.queue, Queue(ticket.queue, "", "")),
        requester,
        talk,
        cache(lambda: standing(ticket, policy)),
        linked,
        organization if requester.organization is not None else None,
        known.agents,
        cache(lambda: _seen(connection, ticket, actor.id)),
        cache(lambda: mail.has_files(connection, ticket.number)),
        worked,
        cache(lambda: sides.states(connection, (ticket.number, *inside()))),
        cache(lambda: contacts.addresses(connection, requester.id)),
        lambda: policy.named,
        lambda: step_name(ticket, policy),
    )


def _seen(connection: Connection, ticket: Ticket, agent: int | None) -> Seen:
    if agent is None:
        return Seen()

    def mine(table: Table, column: str) -> Any:
        held = select(table.c[column]).where(table.c.agent_id == agent, table.c.ticket == ticket.number)
        return connection.execute(held.limit(1)).scalar()

    until, read = mine(snoozes, "until"), mine(reads, "messages")
    return Seen(
        from_ms(until) if until is not None else None,
        read is None or read < ticket.messages,
        mine(drafts, "kind") is not None,
        mentions.waits(connection, agent, ticket.number),
    )
