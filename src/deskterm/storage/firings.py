"""Firings: how often each rule fired, on which tickets, and when the loop guard stopped it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.rule_tables import firings

HOURLY = 10
"""How often a rule may fire on one ticket within an hour."""

EVER = 100
"""How often a rule may fire on one ticket at all."""


@dataclass(frozen=True, slots=True)
class Hits:
    """How often a rule fired and on how many tickets, when last, and how often the loop guard stopped it."""

    rule: str
    fired: int
    tickets: int
    last_at: datetime | None
    stopped: int


def add(
    connection: Connection, seq: int, rule: str, ticket: int, at: datetime, *, stopped: bool = False
) -> None:
    """Keep that a rule fired, or was stopped, with this event."""
    values = {"seq": seq, "rule": rule, "ticket": ticket, "at": to_ms(at), "stopped": stopped}
    connection.execute(insert(firings), values)


def too_often(connection: Connection, rule: str, ticket: int, now: datetime) -> str:
    """Say why a rule must not fire on a ticket once more, "" when it may."""
    times = _count(connection, rule, ticket, now - timedelta(hours=1))
    if times >= HOURLY:
        return f"fired {times} times within an hour"
    times = _count(connection, rule, ticket, None)
    return f"fired {times} times on this ticket" if times >= EVER else ""


def told(connection: Connection, rule: str, ticket: int, now: datetime) -> bool:
    """Say whether the ticket tells already that this rule was stopped, within the last hour."""
    return _count(connection, rule, ticket, now - timedelta(hours=1), stopped=True) > 0


def _count(
    connection: Connection, rule: str, ticket: int, since: datetime | None, *, stopped: bool = False
) -> int:
    statement = select(func.count()).where(
        firings.c.ticket == ticket, firings.c.rule == rule, firings.c.stopped.is_(stopped)
    )
    if since is not None:
        statement = statement.where(firings.c.at > to_ms(since))
    return int(connection.execute(statement).scalar_one())


def hits(connection: Connection) -> dict[str, Hits]:
    """Return what each rule that ever fired has done, by its name."""
    fired, stopped = firings.c.stopped.is_(False), firings.c.stopped.is_(True)
    statement = select(
        firings.c.rule,
        func.count().filter(fired).label("fired"),
        func.count(firings.c.ticket.distinct()).filter(fired).label("tickets"),
        func.max(firings.c.at).filter(fired).label("last"),
        func.count().filter(stopped).label("stopped"),
    ).group_by(firings.c.rule)
    return {
        row.rule: Hits(
            row.rule, row.fired, row.tickets, from_ms(row.last) if row.last is not None else None, row.stopped
        )
        for row in connection.execute(statement)
    }
