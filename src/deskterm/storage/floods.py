"""Floods: how much mail a sender has sent lately, counted no further than what decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, func, select, text

from deskterm.domain.quarantine import FLOOD, WAITING
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.mail_tables import quarantine
from deskterm.storage.tables import ACTIVE_SQL, messages, tickets

LOOKED_AT = 400
"""Messages of a ticket that are looked at, the newest ones: a long one costs no more than a short one."""


def opened(connection: Connection, requesters: Collection[int], since: datetime, most: int) -> int:
    """Count the tickets that the mail of somebody (all their addresses) opened since a time, up to `most`."""
    found = 0
    for requester in requesters:
        theirs = and_(tickets.c.requester_id == requester, tickets.c.channel == "email")
        newest = select(tickets.c.created_at).where(theirs).order_by(tickets.c.number.desc()).limit(most)
        found += sum(at > to_ms(since) for at in connection.execute(newest).scalars())
    return found


def active(connection: Connection, requesters: Collection[int]) -> int:
    """Count somebody's tickets that are neither solved nor closed."""
    theirs = and_(text(ACTIVE_SQL), tickets.c.requester_id.in_(requesters))
    return int(connection.execute(select(func.count()).select_from(tickets).where(theirs)).scalar_one())


def newest(connection: Connection, requesters: Collection[int]) -> int | None:
    """Return the newest of somebody's tickets, None when they have none."""
    found = [
        connection.execute(select(func.max(tickets.c.number)).where(tickets.c.requester_id == one)).scalar()
        for one in requesters
    ]
    return max((number for number in found if number is not None), default=None)


def held(connection: Connection, sender: str, since: datetime, most: int) -> int:
    """Count the mails of a sender that are held as a flood since a time, up to `most`."""
    theirs = and_(
        quarantine.c.state == WAITING,
        quarantine.c.at > to_ms(since),
        func.lower(quarantine.c.sender) == sender.lower(),
        quarantine.c.reason.startswith(FLOOD, autoescape=True),
    )
    some = select(quarantine.c.id).where(theirs).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def times_on(connection: Connection, ticket: int, requesters: Collection[int]) -> list[datetime]:
    """Return when mails of somebody came to a ticket lately; of nobody: when mails came back for it."""
    newest = (
        select(messages.c.at, messages.c.requester_id, messages.c.kind)
        .where(messages.c.ticket == ticket)
        .order_by(messages.c.id.desc())
        .limit(LOOKED_AT)
    )
    rows = connection.execute(newest)
    if not requesters:
        return [from_ms(row.at) for row in rows if row.kind == "system"]
    return [from_ms(row.at) for row in rows if row.requester_id in requesters]
