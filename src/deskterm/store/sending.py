"""Sending: what a change says to the outside, put into the outbox in the transaction of that change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.mail import Address
from deskterm.domain.recipients import Recipients, recipients
from deskterm.storage import dead_addresses, merged, people
from deskterm.storage.scope import known_to

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy
    from deskterm.domain.ticket import Ticket
    from deskterm.storage.database import Connection
    from deskterm.storage.people import Directory


def who_gets(connection: Connection, policy: Policy, directory: Directory, ticket: Ticket) -> Recipients:
    """Return who gets what is answered on a ticket, as it is now."""
    queue = directory.queues.get(ticket.queue)
    settings = policy.mail_of(queue.key if queue is not None else "")
    requester, _ = people.requester(connection, ticket.requester)
    inside = merged.absorbed(connection, ticket.number, known_to(())) if ticket.absorbed else []
    others = merged.participants(connection, inside, ticket.ccs, but=ticket.requester)
    return recipients(
        settings.address,
        Address(requester.name, requester.address),
        (Address(name, address) for name, address in others),
        own=policy.own_addresses,
        is_dead=lambda address: dead_addresses.is_dead(connection, address),
    )
