"""Sessions: whose screens are open, known by heartbeats, so that nobody is mailed what they can see."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from deskterm.storage.codec import to_ms
from deskterm.storage.reminder_tables import sessions

BEAT = timedelta(seconds=45)
"""How often open screens say that they are there."""

GONE = 2 * BEAT + timedelta(seconds=15)
"""Without a word for so long, two beats were missed: nobody is there."""


def beat(connection: Connection, token: str, agent: int, now: datetime) -> None:
    """Say that an agent's screens are open; what is long gone is forgotten on the way."""
    at = to_ms(now)
    seen = update(sessions).where(sessions.c.token == token).values(agent_id=agent, seen_at=at)
    if not connection.execute(seen).rowcount:
        connection.execute(delete(sessions).where(_gone(now)))
        connection.execute(insert(sessions), {"token": token, "agent_id": agent, "seen_at": at})


def leave(connection: Connection, token: str) -> None:
    """Say that screens were closed."""
    connection.execute(delete(sessions).where(sessions.c.token == token))


def is_here(connection: Connection, agent: int, now: datetime) -> bool:
    """Say whether any screen of an agent is open."""
    found = select(sessions.c.token).where(sessions.c.agent_id == agent, ~_gone(now)).limit(1)
    return connection.execute(found).first() is not None


def _gone(now: datetime) -> ColumnElement[bool]:
    # A beat from the future is one from before the clock was put back.
    return or_(sessions.c.seen_at < to_ms(now - GONE), sessions.c.seen_at > to_ms(now + GONE))
