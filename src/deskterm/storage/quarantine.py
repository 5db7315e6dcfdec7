"""The quarantine: mails that could not be handled, with their bytes and the reason, until a person looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from deskterm.domain.quarantine import DISCARDED, LISTED, WAITING, Quarantined
from deskterm.storage import blobs
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.mail_tables import quarantine


def add(
    connection: Connection,
    raw: bytes,
    reason: str,
    *,
    mailbox: str,
    queue: str,
    sender: str,
    subject: str,
    size: int,
    at: datetime,
) -> tuple[int, bool]:
    """Keep a mail and return its number here, and whether it is new: the same bytes are kept once."""
    digest = blobs.put(connection, raw)
    found = connection.execute(select(quarantine.c.id).where(quarantine.c.raw == digest)).scalar()
    if found is not None:
        return int(found), False
    number = int(connection.execute(select(func.coalesce(func.max(quarantine.c.id), 0))).scalar_one()) + 1
    connection.execute(
        insert(quarantine),
        {
            "id": number,
            "at": to_ms(at),
            "mailbox": mailbox,
            "queue": queue,
            "reason": reason,
            "sender": sender,
            "subject": subject,
            "raw": digest,
            "size": size,
            "state": WAITING,
        },
    )
    return number, True


def _line(row: Any) -> Quarantined:
    return Quarantined(
        number=row.id,
        at=from_ms(row.at),
        mailbox=row.mailbox,
        queue=row.queue,
        reason=row.reason,
        sender=row.sender,
        subject=row.subject,
        size=row.size,
        state=row.state,
        ticket=row.ticket,
    )


def waiting(connection: Connection) -> tuple[Quarantined, ...]:
    """Return the mails that wait for a person, the newest first."""
    statement = select(quarantine).where(quarantine.c.state == WAITING)
    newest = statement.order_by(quarantine.c.at.desc(), quarantine.c.id.desc()).limit(LISTED)
    return tuple(_line(row) for row in connection.execute(newest))


def count(connection: Connection) -> int:
    """Count the mails that wait for a person."""
    statement = select(func.count()).select_from(quarantine).where(quarantine.c.state == WAITING)
    return int(connection.execute(statement).scalar_one())


def one(connection: Connection, number: int) -> Quarantined | None:
    """Return a mail in quarantine, None when there is none of that number."""
    row = connection.execute(select(quarantine).where(quarantine.c.id == number)).first()
    return _line(row) if row is not None else None


def raw(connection: Connection, number: int) -> bytes:
    """Return the bytes of a mail in quarantine. Raises StorageError."""
    digest = connection.execute(select(quarantine.c.raw).where(quarantine.c.id == number)).scalar_one()
    return blobs.get(connection, digest)


def put_state(connection: Connection, number: int, state: str, ticket: int | None = None) -> None:
    """Put a mail to waiting, stored on a ticket, or discarded."""
    values = {"state": state, "ticket": ticket}
    connection.execute(update(quarantine).where(quarantine.c.id == number).values(**values))


def put_reason(connection: Connection, number: int, reason: str) -> None:
    """Say anew why a mail could not be handled."""
    connection.execute(update(quarantine).where(quarantine.c.id == number).values(reason=reason))


__all__ = [
    "DISCARDED", "WAITING", "add", "count", "one", "put_reason", "put_state", "raw", "waiting",
]  # fmt: skip
