"""The SELECTs behind contacts: who is found, and what an actor may know of them and of their tickets.

Somebody of whom an actor could only know from tickets that are hidden from them does not exist for them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, false, func, or_, select

from deskterm.domain.contacts import ContactEvent, ContactLine, ContactView
from deskterm.domain.plain import clean_line
from deskterm.storage import contacts, reads
from deskterm.storage.codec import from_ms
from deskterm.storage.scope import Clause, Scope, contains, known_to, visible
from deskterm.storage.tables import commands, events, organizations, requesters, tickets

MOST = 200
"""Contacts that a list holds: beyond, looking for them is what helps."""

TICKETS = 100
"""Tickets that are shown with a contact."""

EVENTS = 20
"""Events that are shown with a contact."""


def lines(connection: Connection, scope: Scope, text: str, limit: int = MOST) -> tuple[ContactLine, ...]:
    """Return the contacts whose name, address or organization holds each word of a text, by name."""
    root = func.coalesce(requesters.c.contact_id, requesters.c.id)
    found = select(root.label("id")).where(*_words(text, scope), _known(connection, scope.hidden))
    statement = _rows().where(requesters.c.id.in_(found), requesters.c.contact_id.is_(None))
    order = statement.order_by(func.lower(requesters.c.name), requesters.c.id).limit(limit)
    return _lines(connection, scope, connection.execute(order).mappings().all())


def _words(text: str, scope: Scope) -> list[Clause]:
    parts: list[Clause] = []
    for word in clean_line(text).split():
        named = select(organizations.c.id).where(contains(organizations.c.name, word, scope))
        parts.append(
            or_(
                contains(requesters.c.name, word, scope),
                contains(requesters.c.address, word, scope),
                requesters.c.organization_id.in_(named),
            )
        )
    return parts


def _known(connection: Connection, hidden: Sequence[int]) -> Clause:
    """Return the condition of addresses that exist for somebody from whom these queues are hidden."""
    theirs = tickets.c.requester_id == requesters.c.id
    seen = select(tickets.c.number).where(theirs, known_to(hidden)).exists()
    said = or_(
        requesters.c.name != requesters.c.address,
        requesters.c.organization_id.is_not(None),
        requesters.c.vip == 1,
        requesters.c.notes != "",
    )
    if not hidden:
        return or_(seen, said)
    kept_from = select(tickets.c.number).where(theirs, tickets.c.queue_id.in_(hidden)).exists()
    copied: set[int] = set()
    held = select(tickets.c.ccs).where(tickets.c.queue_id.in_(hidden), tickets.c.ccs != "[]")
    for ccs in connection.execute(held).scalars():
        copied.update(json.loads(ccs))
    return or_(seen, and_(said, ~kept_from, requesters.c.id.not_in(copied)))


def condition(connection: Connection, hidden: Sequence[int]) -> Clause:
    """Return the condition of addresses that exist for somebody, for reads that are about more than them."""
    return _known(connection, hidden)


def of_organization(
    connection: Connection, scope: Scope, organization: int, limit: int
) -> tuple[ContactLine, ...]:
    """Return the contacts of an organization (id), by name."""
    root = func.coalesce(requesters.c.contact_id, requesters.c.id)
    theirs = (requesters.c.organization_id == organization, _known(connection, scope.hidden))
    statement = _rows().where(requesters.c.id.in_(select(root).where(*theirs)))
    order = statement.order_by(func.lower(requesters.c.name), requesters.c.id).limit(limit)
    return _lines(connection, scope, connection.execute(order).mappings().all())


def _rows() -> Any:
    return select(requesters, organizations.c.name.label("organization")).outerjoin(
        organizations, organizations.c.id == requesters.c.organization_id
    )


def _lines(connection: Connection, scope: Scope, rows: Sequence[RowMapping]) -> tuple[ContactLine, ...]:
    ids = [row["id"] for row in rows]
    kin = select(requesters.c.id, requesters.c.contact_id).where(
        or_(requesters.c.id.in_(ids), requesters.c.contact_id.in_(ids)), _known(connection, scope.hidden)
    )
    whose = {row.id: row.contact_id or row.id for row in connection.execute(kin)}
    held = _held(connection, scope, whose)
    found = []
    for row in rows:
        mine = [number for number, root in whose.items() if root == row["id"]]
        shown = row
        if row["id"] not in mine and mine:
            # The first address is known from hidden tickets alone: another one stands for the contact.
            shown = connection.execute(_rows().where(requesters.c.id == min(mine))).mappings().one()
        total, active = held[row["id"]]
        found.append(
            ContactLine(
                row["id"],
                shown["name"],
                shown["address"],
                shown["organization"] or "",
                bool(shown["vip"]),
                len(mine),
                total,
                active,
            )
        )
    return tuple(found)


def _held(connection: Connection, scope: Scope, whose: Mapping[int, int]) -> Mapping[int, tuple[int, int]]:
    """Return how many tickets of contacts there are, all and active, as far as the actor may know."""
    found: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    statement = (
        select(
            tickets.c.requester_id, func.count().label("total"), func.sum(tickets.c.active).label("active")
        )
        .where(tickets.c.requester_id.in_(whose), visible(scope))
        .group_by(tickets.c.requester_id)
    )
    for row in connection.execute(statement):
        total, active = found[whose[row.requester_id]]
        found[whose[row.requester_id]] = (total + row.total, active + int(row.active))
    return found


def known(connection: Connection, hidden: Sequence[int], number: int) -> int | None:
    """Return the first address (id) of a contact that exists for somebody, None when there is none."""
    ids = contacts.same_people(connection, (number,))
    condition = _known(connection, hidden)
    found = connection.execute(select(requesters.c.id).where(requesters.c.id.in_(ids), condition).limit(1))
    return contacts.first_of(connection, number) if found.first() is not None else None


def addresses_known(connection: Connection, hidden: Sequence[int], numbers: Collection[int]) -> set[int]:
    """Return those of some addresses (ids) that exist for somebody from whom these queues are hidden."""
    condition = and_(requesters.c.id.in_(numbers), _known(connection, hidden))
    return set(connection.execute(select(requesters.c.id).where(condition)).scalars())


def called(connection: Connection, scope: Scope, who: str) -> tuple[int, ...]:
    """Return the contacts (ids) that an address or a whole name means."""
    root = func.coalesce(requesters.c.contact_id, requesters.c.id)
    wanted = clean_line(who).strip()
    for condition in (
        requesters.c.address == wanted.casefold(),
        and_(contains(requesters.c.name, wanted, scope), func.length(requesters.c.name) == len(wanted)),
    ):
        statement = select(root).where(condition, _known(connection, scope.hidden)).distinct()
        found = tuple(sorted(connection.execute(statement).scalars()))
        if found:
            return found
    return ()


def one(connection: Connection, scope: Scope, number: int) -> ContactView | None:
    """Return all that is known of a contact, None when there is none for the actor."""
    first = known(connection, scope.hidden, number)
    if first is None:
        return None
    rows = connection.execute(_rows().where(requesters.c.id == first)).mappings().all()
    [line] = _lines(connection, scope, rows)
    ids = contacts.same_people(connection, (first,))
    shown = select(requesters).where(requesters.c.id.in_(ids), _known(connection, scope.hidden))
    kin = connection.execute(shown.order_by(requesters.c.id)).all()
    theirs = and_(tickets.c.requester_id.in_(ids), visible(scope))
    return ContactView(
        line,
        tuple(row.address for row in kin),
        rows[0]["zone"],
        rows[0]["notes"],
        tuple(reads.page(connection, scope, theirs, "-updated", limit=TICKETS)),
        tuple(_history(connection, scope, [row.id for row in kin])),
        rows[0]["organization_id"],
    )


def _history(connection: Connection, scope: Scope, ids: Collection[int]) -> list[ContactEvent]:
    named = (events.c.changes.like(f'%"{contacts.FIELD}{number}"%') for number in sorted(ids)[:EVENTS])
    statement = (
        select(events.c.seq, commands.c.at, commands.c.actor, commands.c.via, commands.c.summary)
        .join(commands, commands.c.id == events.c.command)
        .where(events.c.ticket.is_(None), or_(false(), *named))
        .order_by(events.c.seq.desc())
        .limit(EVENTS)
    )
    return [
        ContactEvent(from_ms(row.at), scope.directory.login(row.actor) or row.via, row.summary)
        for row in connection.execute(statement)
    ]
