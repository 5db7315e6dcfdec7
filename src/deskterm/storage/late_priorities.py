"""Tickets that are judged by a priority they got later, from before the priority of then was kept."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from deskterm.domain.judging import unkept
from deskterm.storage import journal
from deskterm.storage.codec import ticket_of
from deskterm.storage.tables import events, tickets

_t = tickets.c
_GIVEN = '%["priority",%'
"""What the changes of an event hold that gave a ticket a priority."""


def judged_late(connection: Connection) -> Iterator[int]:
    """Iterate the tickets whose first reply or resolution ended under another priority than judges it.

    Those whose history cannot be replayed are left to the doctor's other findings.
    """
    given = (
        select(events.c.ticket)
        .join(tickets, _t.number == events.c.ticket)
        .where(
            events.c.changes.like(_GIVEN),
            events.c.kind != "created",
            _t.voided.is_(False),
            _t.imported_sla.is_(None),
            _t.first_replied_at.is_not(None) | _t.solved_at.is_not(None),
        )
        .distinct()
        .order_by(events.c.ticket)
    )
    for number in connection.execute(given).scalars().all():
        row = connection.execute(select(tickets).where(_t.number == number)).mappings().one()
        try:
            late = unkept(ticket_of(row), journal.of_ticket(connection, number))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        if late:
            yield number
