"""Arming: when rules change, solved tickets wait for the new ones too, a few at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, select

from deskterm.domain.kinds import State
from deskterm.domain.policy import Policy
from deskterm.domain.rules import time_rules
from deskterm.storage import due
from deskterm.storage import tickets as ticket_rows
from deskterm.storage.tables import due as due_table
from deskterm.storage.tables import tickets

WHAT = "arm"
CHUNK = 40
"""Tickets in one transaction: short enough that no key waits for it."""


def begin(connection: Connection, now: datetime) -> None:
    """Let the scheduler go through the solved tickets; a round that is under way begins anew.

    Active tickets wait for new rules when their clocks are recalculated; closed ones wait for nothing.
    """
    connection.execute(delete(due_table).where(due_table.c.what == WHAT))
    due.put(connection, WHAT, 0, 0, now)


def go_on(connection: Connection, policy: Policy, item: due.Due) -> None:
    """Let the next solved tickets wait for the rules on time, and leave the rest for another transaction."""
    if not time_rules(policy.rules):
        connection.execute(delete(due_table).where(due_table.c.what.like("rule:%")))
        return
    statement = (
        select(tickets.c.number)
        .where(
            tickets.c.number > item.ref,
            tickets.c.state == State.SOLVED.value,
            tickets.c.voided.is_(False),
        )
        .order_by(tickets.c.number)
        .limit(CHUNK)
    )
    numbers = list(connection.execute(statement).scalars())
    for number in numbers:
        ticket = ticket_rows.load(connection, number)
        if ticket is not None:
            ticket_rows.wait_for_rules(connection, ticket, policy)
    if len(numbers) == CHUNK:
        due.again(connection, replace(item, ref=numbers[-1]), item.at)
