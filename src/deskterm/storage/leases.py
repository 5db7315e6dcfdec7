"""Leases: which process does what only one may do at a time; when it dies, another takes over in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.mail_tables import leases


def take(connection: Connection, name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Take or renew a lease; False when another holds it. A clock that was put back does not lock it up."""
    row = connection.execute(select(leases).where(leases.c.name == name)).first()
    values = {"holder": holder, "until": to_ms(now + span)}
    if row is None:
        connection.execute(insert(leases), {"name": name, **values})
        return True
    until = from_ms(row.until)
    if row.holder != holder and now < until <= now + 2 * span:
        return False
    connection.execute(update(leases).where(leases.c.name == name).values(**values))
    return True


def give_back(connection: Connection, name: str, holder: str) -> None:
    """Let go of a lease that this process holds."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def holder(connection: Connection, name: str, now: datetime) -> str:
    """Return who holds a lease, "" for nobody."""
    row = connection.execute(select(leases).where(leases.c.name == name)).first()
    return str(row.holder) if row is not None and from_ms(row.until) > now else ""
