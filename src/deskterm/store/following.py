"""Beginning the ticket that follows a closed one, when its requester writes after the reopen window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain import follow_up
from deskterm.storage import tickets

if TYPE_CHECKING:
    from deskterm.domain.commands import Receive
    from deskterm.domain.ticket import Ticket
    from deskterm.store.dispatch import Walk


def would(walk: Walk, command: Receive, ticket: Ticket) -> bool:
    """Say whether a message opens the ticket that follows this one: no machine's does."""
    return not command.automatic and follow_up.is_too_late(ticket, walk.situation())


def begun(walk: Walk, command: Receive, ticket: Ticket, sender: int | None = None) -> int | None:
    """Open a new ticket with the message when the old one is closed for good; returns its number.

    `sender` is the requester (id) who wrote, when that is not the ticket's own.
    """
    if not would(walk, command, ticket):
        return None
    number = tickets.next_number(walk.connection)
    writer = ticket.requester if sender is None else sender
    walk.carry_out(None, number, writer, follow_up.begin(command, ticket, walk.situation()))
    walk.apply(ticket, ticket.number, "linked", follow_up.mark(number))
    return number
