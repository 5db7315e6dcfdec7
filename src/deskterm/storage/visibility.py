"""Which queue a ticket is in: what decides whether somebody may hear of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from deskterm.storage.journal import CHUNK
from deskterm.storage.tables import tickets


def queues_of(connection: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """Return the queue id of each ticket."""
    found: dict[int, int] = {}
    keys = list(numbers)
    for start in range(0, len(keys), CHUNK):
        statement = select(tickets.c.number, tickets.c.queue_id).where(
            tickets.c.number.in_(keys[start : start + CHUNK])
        )
        found |= {row.number: row.queue_id for row in connection.execute(statement)}
    return found
