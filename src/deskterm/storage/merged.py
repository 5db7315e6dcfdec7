"""Merged tickets: which were merged into one, over however many merges, and which goes on in the end."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import CTE, Connection, Select, and_, or_, select

from deskterm.domain.kinds import MERGED_FROM, MERGED_INTO
from deskterm.storage import contacts
from deskterm.storage.scope import Clause
from deskterm.storage.tables import queues, requesters, ticket_links, tickets

LONGEST = 1000
"""Tickets that are read as one; nobody merges more, and damaged links must not keep a reader for ever."""


def absorbed(connection: Connection, number: int, known: Clause) -> list[int]:
    """Return the tickets merged into one and into those in turn, as far as `known` lets them be known."""
    found: list[int] = []
    seen, open_ = {number}, [number]
    while open_ and len(found) < LONGEST:
        statement = (
            select(ticket_links.c.other)
            .join(tickets, tickets.c.number == ticket_links.c.other)
            .where(ticket_links.c.ticket.in_(open_), ticket_links.c.kind == MERGED_FROM, known)
        )
        open_ = sorted(set(connection.execute(statement).scalars()) - seen)
        seen.update(open_)
        found += open_
    return found


def one_reach(connection: Connection, number: int) -> Clause:
    """Return the condition of tickets that everybody who may know of this one may know of too."""
    place = select(queues.c.id, queues.c.confidential).join(tickets, tickets.c.queue_id == queues.c.id)
    queue = connection.execute(place.where(tickets.c.number == number)).one()
    same = tickets.c.queue_id == queue.id
    public = tickets.c.queue_id.in_(select(queues.c.id).where(queues.c.confidential.is_(False)))
    return and_(tickets.c.voided.is_(False), same if queue.confidential else or_(same, public))


def survivors(connection: Connection, number: int) -> list[int]:
    """Return the tickets that one was merged into, step by step, the one that goes on last."""
    found: list[int] = []
    at = number
    while len(found) < LONGEST:
        statement = select(ticket_links.c.other).where(
            ticket_links.c.ticket == at, ticket_links.c.kind == MERGED_INTO
        )
        following = connection.execute(statement.limit(1)).scalar()
        if following is None or following == number or following in found:
            break
        at = following
        found.append(at)
    return found


def homes(origins: Select[tuple[int]], known: Clause) -> CTE:
    """Return those of some tickets that were merged (`origin`), and each ticket they are read in (`home`)."""
    links = ticket_links
    into = links.c.kind == MERGED_INTO
    first = (
        select(links.c.ticket.label("origin"), links.c.other.label("home"))
        .join(tickets, tickets.c.number == links.c.ticket)
        .where(into, known, links.c.ticket.in_(origins))
    )
    up = first.cte(recursive=True)
    further = (
        select(up.c.origin, links.c.other)
        .join(links, links.c.ticket == up.c.home)
        .join(tickets, tickets.c.number == links.c.ticket)
        .where(into, known)
    )
    # A union that leaves out what is there already ends, whatever links there are.
    return up.union(further)


def with_merges(connection: Connection) -> list[int]:
    """Return the tickets that others were merged into."""
    statement = select(ticket_links.c.ticket).where(ticket_links.c.kind == MERGED_FROM)
    return sorted(set(connection.execute(statement).scalars()))


def participants(
    connection: Connection, numbers: Collection[int], ccs: Collection[int], but: int
) -> tuple[tuple[str, str], ...]:
    """Return name and address of the CCs (ids) of a ticket and of all who take part in those read in it.

    `but` is the requester (id) whom the ticket is for.
    """
    wanted = (set(ccs) | people_of(connection, numbers)) - {but}
    if not wanted:
        return ()
    wanted -= contacts.same_people(connection, (but,))
    statement = select(requesters).where(requesters.c.id.in_(wanted)).order_by(requesters.c.id.desc())
    # One address of each contact: nobody gets the same mail twice.
    once = {row.contact_id or row.id: (row.name, row.address) for row in connection.execute(statement)}
    return tuple(sorted(set(once.values())))


def people_of(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return the requesters and the CCs (ids) of tickets."""
    if not numbers:
        return set()
    found: set[int] = set()
    statement = select(tickets.c.requester_id, tickets.c.ccs).where(tickets.c.number.in_(numbers))
    for row in connection.execute(statement):
        found |= {row.requester_id, *json.loads(row.ccs)}
    return found
