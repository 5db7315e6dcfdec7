"""Contacts as rows: which addresses are one person's, and what is known of them, put and taken back whole."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from deskterm.domain.contacts import Card
from deskterm.storage import requester_words
from deskterm.storage.tables import requesters

FIELD = "contact:"
"""How a change of the journal names one address by its id."""


def same_people(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return these requesters (ids) and every other address of the contacts they belong to."""
    if not numbers:
        return set()
    firsts = select(func.coalesce(requesters.c.contact_id, requesters.c.id)).where(
        requesters.c.id.in_(numbers)
    )
    roots = set(connection.execute(firsts).scalars())
    further = select(requesters.c.id).where(requesters.c.contact_id.in_(roots))
    return roots | set(connection.execute(further).scalars())


def first_of(connection: Connection, number: int) -> int | None:
    """Return the first address (id) of the contact to whom one belongs, None for an unknown one."""
    column = func.coalesce(requesters.c.contact_id, requesters.c.id)
    found = connection.execute(select(column).where(requesters.c.id == number)).scalar()
    return int(found) if found is not None else None


def addresses(connection: Connection, number: int) -> tuple[str, ...]:
    """Return every address of the contact to whom one (id) belongs."""
    theirs = requesters.c.id.in_(same_people(connection, (number,)))
    return tuple(
        connection.execute(select(requesters.c.address).where(theirs).order_by(requesters.c.id)).scalars()
    )


def cards(connection: Connection, numbers: Collection[int]) -> dict[int, Card]:
    """Return what is kept beside addresses, by their ids, the oldest first."""
    statement = select(requesters).where(requesters.c.id.in_(numbers)).order_by(requesters.c.id)
    return {row["id"]: _card(row) for row in connection.execute(statement).mappings()}


def with_address(connection: Connection, address: str) -> int | None:
    """Return the id of an address, None when nobody has it."""
    found = select(requesters.c.id).where(requesters.c.address == address.casefold())
    return connection.execute(found).scalar()


def next_id(connection: Connection) -> int:
    """Return the id of an address that is added."""
    return int(connection.execute(select(func.coalesce(func.max(requesters.c.id), 0))).scalar_one()) + 1


def value(connection: Connection, number: int) -> str | None:
    """Return what is kept beside an address as the journal holds it; None when nothing but it is known."""
    found = cards(connection, (number,)).get(number)
    return packed(found) if found is not None else None


def packed(card: Card) -> str | None:
    """Return a card as one text, None for a bare one."""
    if card.bare:
        return None
    held = {name: getattr(card, name) for name in card.__slots__}
    return json.dumps(held, ensure_ascii=False, sort_keys=True)


def put(connection: Connection, number: int, packed_card: str | None) -> None:
    """Make an address be this value; None leaves nothing but the address, which tickets may name.

    A text that was erased from the journal reads as empty, and changes nothing any more.
    """
    if packed_card == "":
        return
    known = cards(connection, (number,)).get(number)
    if packed_card is None:
        if known is None:
            return
        card = Card(known.address, known.address)
    else:
        card = Card(**json.loads(packed_card))
    row = {
        "name": card.name,
        "address": card.address,
        "organization_id": card.organization,
        "contact_id": card.contact,
        "vip": int(card.vip),
        "zone": card.zone,
        "notes": card.notes,
    }
    if known is None:
        connection.execute(insert(requesters), {"id": number, **row})
    else:
        connection.execute(update(requesters).where(requesters.c.id == number).values(**row))
    requester_words.index(connection, number, card.name, card.address)


def _card(row: RowMapping) -> Card:
    return Card(
        row["name"],
        row["address"],
        row["organization_id"],
        row["contact_id"],
        bool(row["vip"]),
        row["zone"],
        row["notes"],
    )
