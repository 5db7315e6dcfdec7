"""Organizations as rows: what is known of them, put and taken back whole, and what an actor may know.

An organization that an actor could only know of from people who are hidden from them is not there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Select, and_, case, delete, func, insert, or_, select, update

from deskterm.domain.contacts import ContactEvent
from deskterm.domain.errors import Refused
from deskterm.domain.organizations import (
    OrganizationCard,
    OrganizationLine,
    OrganizationView,
    policies_of,
)
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import Policy
from deskterm.storage import contact_reads, reads
from deskterm.storage.codec import from_ms
from deskterm.storage.organization_tables import organization_cards, organization_domains
from deskterm.storage.scope import Scope, contains, visible
from deskterm.storage.tables import commands, events, organizations, requesters, tickets

FIELD = "organization:"
"""How a change of the journal names an organization by its id."""

MOST = 200
"""Organizations that a list holds, and people that are shown with one."""

EVENTS = 20


def card(connection: Connection, number: int) -> OrganizationCard | None:
    """Return what is kept of an organization, None when there is none."""
    row = connection.execute(
        select(organizations.c.name, organization_cards.c.vip, organization_cards.c.notes)
        .outerjoin(organization_cards, organization_cards.c.organization_id == organizations.c.id)
        .where(organizations.c.id == number)
    ).first()
    if row is None:
        return None
    held = select(organization_domains.c.domain).where(organization_domains.c.organization_id == number)
    domains = tuple(connection.execute(held.order_by(organization_domains.c.domain)).scalars())
    return OrganizationCard(row.name, bool(row.vip), row.notes or "", domains)


def value(connection: Connection, number: int) -> str | None:
    """Return what is kept of an organization as the journal holds it, None when there is none."""
    found = card(connection, number)
    return packed(found) if found is not None else None


def packed(one: OrganizationCard) -> str:
    """Return a card as one text."""
    held = {"name": one.name, "vip": one.vip, "notes": one.notes, "domains": list(one.domains)}
    return json.dumps(held, ensure_ascii=False, sort_keys=True)


def put(connection: Connection, number: int, packed_card: str | None) -> None:
    """Make an organization be this value; an erased text changes nothing. Raises Refused for a taken name."""
    if not packed_card:
        return
    held = json.loads(packed_card)
    other = connection.execute(
        select(organizations.c.id).where(organizations.c.name == held["name"])
    ).scalar()
    if other is not None and other != number:
        raise Refused(f"another organization is called {held['name']}", field="name")
    taken = connection.execute(
        select(organization_domains.c.domain).where(
            organization_domains.c.domain.in_(held["domains"]),
            organization_domains.c.organization_id != number,
        )
    ).scalar()
    if taken is not None:
        raise Refused(f"{taken} is another organization's", field="domains")
    connection.execute(update(organizations).where(organizations.c.id == number).values(name=held["name"]))
    for table in (organization_cards, organization_domains):
        connection.execute(delete(table).where(table.c.organization_id == number))
    if held["vip"] or held["notes"]:
        row = {"organization_id": number, "vip": int(held["vip"]), "notes": held["notes"]}
        connection.execute(insert(organization_cards), row)
    if held["domains"]:
        rows = [{"domain": domain, "organization_id": number} for domain in held["domains"]]
        connection.execute(insert(organization_domains), rows)


def people_of(connection: Connection, number: int) -> list[int]:
    """Return the addresses (ids) of an organization's people."""
    theirs = select(requesters.c.id).where(requesters.c.organization_id == number)
    return list(connection.execute(theirs).scalars())


def known(connection: Connection, hidden: Sequence[int], number: int) -> bool:
    """Say whether an organization exists for somebody from whom these queues are hidden."""
    if not hidden:
        return card(connection, number) is not None
    return connection.execute(_people(connection, hidden, (number,)).limit(1)).first() is not None


def called(connection: Connection, scope: Scope, name: str) -> tuple[int, ...]:
    """Return the organizations (ids) that are called so."""
    wanted = clean_line(name).strip()
    named = and_(
        contains(organizations.c.name, wanted, scope), func.length(organizations.c.name) == len(wanted)
    )
    ids = connection.execute(select(organizations.c.id).where(named).order_by(organizations.c.id)).scalars()
    return tuple(each for each in ids if known(connection, scope.hidden, each))


def lines(
    connection: Connection, scope: Scope, text: str = "", limit: int = MOST
) -> tuple[OrganizationLine, ...]:
    """Return the organizations whose name or a domain holds each word of a text, by name."""
    found = select(organizations.c.id)
    for word in clean_line(text).split():
        by_domain = select(organization_domains.c.organization_id).where(
            contains(organization_domains.c.domain, word, scope)
        )
        found = found.where(
            or_(contains(organizations.c.name, word, scope), organizations.c.id.in_(by_domain))
        )
    if scope.hidden:
        theirs = contact_reads.condition(connection, scope.hidden)
        found = found.where(
            select(requesters.c.id).where(requesters.c.organization_id == organizations.c.id, theirs).exists()
        )
    ordered = found.order_by(func.lower(organizations.c.name), organizations.c.id).limit(limit)
    return _lines(connection, scope, list(connection.execute(ordered).scalars()))


def _people(connection: Connection, hidden: Sequence[int], ids: Collection[int]) -> Select[tuple[int]]:
    theirs = contact_reads.condition(connection, hidden)
    return select(requesters.c.id).where(requesters.c.organization_id.in_(ids), theirs)


def _lines(connection: Connection, scope: Scope, ids: Sequence[int]) -> tuple[OrganizationLine, ...]:
    if not ids:
        return ()
    firsts = func.count(func.distinct(func.coalesce(requesters.c.contact_id, requesters.c.id)))
    theirs = contact_reads.condition(connection, scope.hidden)
    heads = select(requesters.c.organization_id, firsts).where(requesters.c.organization_id.in_(ids), theirs)
    heads = heads.group_by(requesters.c.organization_id)
    people = {row[0]: int(row[1]) for row in connection.execute(heads)}
    counted = (
        select(
            requesters.c.organization_id,
            func.count().label("total"),
            func.sum(case((tickets.c.active == 1, 1), else_=0)).label("active"),
        )
        .join(tickets, tickets.c.requester_id == requesters.c.id)
        .where(requesters.c.organization_id.in_(ids), visible(scope))
        .group_by(requesters.c.organization_id)
    )
    held = {row.organization_id: row for row in connection.execute(counted)}
    named = (
        select(organizations.c.id, organizations.c.name, organization_cards.c.vip)
        .outerjoin(organization_cards, organization_cards.c.organization_id == organizations.c.id)
        .where(organizations.c.id.in_(ids))
    )
    rows = {row.id: row for row in connection.execute(named)}
    return tuple(
        OrganizationLine(
            each,
            rows[each].name,
            bool(rows[each].vip),
            people.get(each, 0),
            held[each].total if each in held else 0,
            int(held[each].active) if each in held else 0,
        )
        for each in ids
    )


def one(connection: Connection, scope: Scope, policy: Policy, number: int) -> OrganizationView | None:
    """Return all that is known of an organization, None when there is none for the actor."""
    held = card(connection, number)
    if held is None or not known(connection, scope.hidden, number):
        return None
    [line] = _lines(connection, scope, (number,))
    theirs = tickets.c.requester_id.in_(select(requesters.c.id).where(requesters.c.organization_id == number))
    return OrganizationView(
        line,
        held.notes,
        held.domains,
        contact_reads.of_organization(connection, scope, number, MOST),
        tuple(
            reads.page(
                connection, scope, and_(theirs, visible(scope)), "-updated", limit=contact_reads.TICKETS
            )
        ),
        policies_of(policy, held.name, held.vip),
        tuple(_history(connection, scope, number)),
    )


def _history(connection: Connection, scope: Scope, number: int) -> list[ContactEvent]:
    statement = (
        select(commands.c.at, commands.c.actor, commands.c.via, commands.c.summary)
        .join(events, events.c.command == commands.c.id)
        .where(events.c.ticket.is_(None), events.c.changes.like(f'%"{FIELD}{number}"%'))
        .order_by(events.c.seq.desc())
        .limit(EVENTS)
    )
    return [
        ContactEvent(from_ms(row.at), scope.directory.login(row.actor) or row.via, row.summary)
        for row in connection.execute(statement)
    ]
