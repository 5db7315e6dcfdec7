"""Floods of mail: past what one sender may send, mail waits in quarantine, and people are told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.errors import Refused
from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail_guard import HOUR, why_held, why_not_opened
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal
from deskterm.domain.quarantine import FLOOD, SAID_LIMIT
from deskterm.storage import floods, sides, tickets
from deskterm.storage import mail as kept

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from deskterm.domain.delivery import Mailbox
    from deskterm.domain.sides import Side
    from deskterm.domain.ticket import Ticket
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Walk
    from deskterm.store.receiving import Delivery


class Flood(Refused):
    """One mail too many. `ticket` is where people are told of it, 0 for nowhere.

    `queue` is the key of the confidential queue that its mail concerns: nobody else may read it.
    """

    def __init__(self, why: str, ticket: int, queue: str = "") -> None:
        super().__init__(FLOOD + why)
        self.ticket = ticket
        self.queue = queue


def guard(
    walk: Walk, delivery: Delivery, requester: int | None, ticket: Ticket | None = None, beside: int = 0
) -> None:
    """Let a mail join a ticket, or without one open another, `beside` what it may belong to. Raises Flood.

    `requester` is who wrote, None for a mail system. What a person brings in is never too much.
    """
    mailbox, sender = delivery.mailbox, delivery.mail.sender
    address = sender.address if sender is not None else ""
    if delivery.asked or delivery.past is not None or mailbox.may_flood(address):
        return
    theirs: Collection[int] = ()
    if requester is not None:
        theirs = {requester, *kept.requesters_with(walk.connection, address)}
    if ticket is not None:
        why = why_held(_said(address), floods.times_on(walk.connection, ticket.number, theirs), walk.now)
        told = ticket.number
    else:
        why = _why_not_opened(walk, _said(address), theirs, mailbox)
        told = floods.newest(walk.connection, theirs) or 0 if why else 0
        ticket = tickets.load(walk.connection, beside) if why and beside else None
    if why:
        queue = walk.directory.queues.get(ticket.queue) if ticket is not None else None
        raise Flood(why, told, queue.key if queue is not None and queue.confidential else "")


def guard_beside(walk: Walk, delivery: Delivery, side: Side, address: str) -> None:
    """Let a mail join a side conversation; `address` is who wrote, "" for a mail system. Raises Flood."""
    if delivery.asked or delivery.past is not None or delivery.mailbox.may_flood(address):
        return
    why = why_held(_said(address), sides.times_in(walk.connection, side.id, address), walk.now)
    home = tickets.load(walk.connection, side.ticket) if why else None
    if why:
        queue = walk.directory.queues.get(home.queue) if home is not None else None
        raise Flood(why, side.ticket, queue.key if queue is not None and queue.confidential else "")


def _why_not_opened(walk: Walk, address: str, theirs: Collection[int], mailbox: Mailbox) -> str:
    connection, since, an_hour = walk.connection, walk.now - HOUR, mailbox.tickets_an_hour
    lately = active = 0
    if an_hour:
        lately = floods.opened(connection, theirs, since, an_hour)
        lately += floods.held(connection, address, since, an_hour)
    if mailbox.open_tickets:
        active = floods.active(connection, theirs)
    return why_not_opened(address, lately, active, an_hour=an_hour, most_open=mailbox.open_tickets)


def was_told(connection: Connection, address: str, now: datetime) -> bool:
    """Say whether people were told of a sender's flood: mail of theirs is held since, none an hour ago."""
    return floods.held(connection, _said(address), now - HOUR, 1) > 0


def warn(walk: Walk, flood: Flood) -> None:
    """Tell people on the ticket where it was noticed, once."""
    ticket = tickets.load(walk.connection, flood.ticket) if flood.ticket else None
    if ticket is None or ticket.voided:
        return
    why = flood.message.removeprefix(FLOOD)
    text = f"A flood of mail: {why}. What follows waits in quarantine, to be tried again or thrown away."
    message = NewMessage(MessageKind.SYSTEM, text)
    walk.carry_out(ticket, ticket.number, ticket.requester, Proposal("flooded", (), message))


def _said(address: str) -> str:
    return clean_line(address, SAID_LIMIT)
