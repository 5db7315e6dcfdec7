"""The outbox: what is to leave the house, kept with the change that asked for it until something sends it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from deskterm.storage.codec import to_ms
from deskterm.storage.tables import outbox

QUEUED = "queued"


def add(
    connection: Connection,
    kind: str,
    target: str,
    *,
    ticket: int | None,
    rule: str,
    at: datetime,
    subject: str = "",
    text: str = "",
) -> int:
    """Keep something to send (webhook, or mail to an address) and return its id; its event queues it."""
    number = int(connection.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one()) + 1
    values = {"id": number, "kind": kind, "target": target, "ticket": ticket, "rule": rule, "at": to_ms(at)}
    said = {"subject": subject, "text": text}
    connection.execute(insert(outbox), {**values, **said, "state": "cancelled"})
    return number


def put_state(connection: Connection, number: int, state: str) -> None:
    """Queue it, or cancel it again."""
    connection.execute(update(outbox).where(outbox.c.id == number).values(state=state))
