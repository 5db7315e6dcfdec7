"""Recurring tickets as rows: what they are opened with, when next, and the due work that opens them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from deskterm.domain.views import RecurringLine
from deskterm.storage import due
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.reminder_tables import recurring
from deskterm.storage.scope import Scope
from deskterm.storage.tables import due as due_table

WHAT = "recurring"
"""Due work: open the next ticket of a kind (ref)."""

ACTIVE, ENDED = "active", "ended"


class Kind(NamedTuple):
    """A kind of ticket that is opened again and again; `template` holds the fields it is opened with."""

    id: int
    queue: int
    template: dict[str, Any]
    recurs: str
    zone: str
    by: int | None
    active: bool


def add(
    connection: Connection, *, queue: int, template: dict[str, Any], recurs: str, zone: str, by: int | None
) -> int:
    """Store one and return its id; its event makes it active."""
    number = int(connection.execute(select(func.coalesce(func.max(recurring.c.id), 0))).scalar_one()) + 1
    row = {"id": number, "queue_id": queue, "recurs": recurs, "zone": zone, "created_by": by, "made": 0}
    connection.execute(insert(recurring), {**row, "template": json.dumps(template), "state": ENDED})
    return number


def go_on(connection: Connection, number: int, before: int) -> None:
    """Let one count on from another that it stands for: how many were opened, and the last of them."""
    held = connection.execute(
        select(recurring.c.made, recurring.c.last_ticket).where(recurring.c.id == before)
    ).one()
    values = {"made": held.made, "last_ticket": held.last_ticket}
    connection.execute(update(recurring).where(recurring.c.id == number).values(**values))


def kind(connection: Connection, number: int) -> Kind | None:
    """Return one, None when there is none."""
    row = connection.execute(select(recurring).where(recurring.c.id == number)).first()
    if row is None:
        return None
    template = json.loads(row.template)
    return Kind(row.id, row.queue_id, template, row.recurs, row.zone, row.created_by, row.state == ACTIVE)


def put(connection: Connection, number: int, at: datetime | None) -> None:
    """Let one be opened next at a time; None ends it."""
    connection.execute(delete(due_table).where(due_table.c.what == WHAT, due_table.c.ref == number))
    values = {"state": ENDED if at is None else ACTIVE, "next_at": None if at is None else to_ms(at)}
    connection.execute(update(recurring).where(recurring.c.id == number).values(**values))
    if at is not None:
        due.put(connection, WHAT, 0, number, at)


def opened(connection: Connection, number: int, ticket: int | None, at: datetime | None) -> None:
    """Remember the ticket that was opened (None: it could not be), and when the next one is."""
    if ticket is not None:
        values = {"made": recurring.c.made + 1, "last_ticket": ticket}
        connection.execute(update(recurring).where(recurring.c.id == number).values(**values))
    put(connection, number, at)


def lines(connection: Connection, scope: Scope) -> tuple[RecurringLine, ...]:
    """Return those of the queues the actor may know of, the next one first."""
    statement = select(recurring).where(
        recurring.c.state == ACTIVE, recurring.c.queue_id.not_in(scope.hidden)
    )
    return tuple(
        RecurringLine(
            row.id,
            json.loads(row.template)["subject"],
            scope.directory.queues[row.queue_id].key,
            row.recurs,
            row.zone,
            from_ms(row.next_at) if row.next_at is not None else None,
            row.made,
            row.last_ticket,
        )
        for row in connection.execute(statement.order_by(recurring.c.next_at, recurring.c.id))
    )
