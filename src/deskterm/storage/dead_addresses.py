"""Dead addresses: where mail came back from for good, until a person says that it may be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, or_, select, update

from deskterm.storage.codec import to_ms
from deskterm.storage.mail_tables import dead_addresses
from deskterm.storage.tables import tickets

DEAD, ALLOWED = "dead", "allowed"


def state(connection: Connection, address: str) -> str | None:
    """Return dead or allowed, None for an address that nothing came back from."""
    statement = select(dead_addresses.c.state).where(dead_addresses.c.address == address.casefold())
    return connection.execute(statement).scalar()


def is_dead(connection: Connection, address: str) -> bool:
    """Say whether nothing may be sent to an address."""
    return state(connection, address) == DEAD


def note(connection: Connection, address: str, reason: str, ticket: int | None, at: datetime) -> int:
    """Remember why mail came back from an address and return its number; its event says that it is dead."""
    address = address.casefold()
    values = {"at": to_ms(at), "reason": reason, "ticket": ticket}
    held = number(connection, address)
    if held is not None:
        connection.execute(update(dead_addresses).where(dead_addresses.c.id == held).values(**values))
        return held
    new = int(connection.execute(select(func.coalesce(func.max(dead_addresses.c.id), 0))).scalar_one()) + 1
    connection.execute(insert(dead_addresses), {"id": new, "address": address, **values, "state": ALLOWED})
    return new


def number(connection: Connection, address: str) -> int | None:
    """Return the number of an address that mail came back from, None for any other."""
    statement = select(dead_addresses.c.id).where(dead_addresses.c.address == address.casefold())
    return connection.execute(statement).scalar()


def state_of(connection: Connection, held: int) -> str | None:
    """Return dead or allowed by an address's number, None for none."""
    return connection.execute(select(dead_addresses.c.state).where(dead_addresses.c.id == held)).scalar()


def put_state(connection: Connection, held: int, state: str | None) -> None:
    """Make an address dead, or allow it again."""
    statement = update(dead_addresses).where(dead_addresses.c.id == held)
    connection.execute(statement.values(state=state or ALLOWED))


def all_dead(connection: Connection, hidden: Sequence[int] = ()) -> list[tuple[str, str, int | None]]:
    """Return the dead addresses with what was said and the ticket it was about, but in hidden queues."""
    statement = select(dead_addresses).where(dead_addresses.c.state == DEAD)
    if hidden:
        secret = select(tickets.c.number).where(tickets.c.queue_id.in_(hidden))
        known = or_(dead_addresses.c.ticket.is_(None), dead_addresses.c.ticket.not_in(secret))
        statement = statement.where(known)
    return [
        (row.address, row.reason, row.ticket)
        for row in connection.execute(statement.order_by(dead_addresses.c.address))
    ]
