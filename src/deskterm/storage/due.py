"""Due work: what a time brings, claimed once by whichever process comes first, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, literal, or_, select, text

from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.tables import ACTIVE_SQL, due, tickets


@dataclass(frozen=True, slots=True)
class Due:
    """One piece of work: clock:TARGET:LEVEL, rule:NAME, arm, hold, snooze (ref: agent), reminder or
    recurring (ref: its id)."""

    id: int
    what: str
    ticket: int
    ref: int
    at: datetime


def any_due(connection: Connection, now_ms: int) -> bool:
    """Say whether anything is due: a cheap read, so that idle processes never take the write lock."""
    found = connection.execute(select(due.c.id).where(due.c.at <= now_ms).limit(1)).first()
    return found is not None


def next_at(connection: Connection) -> datetime | None:
    """When the next piece of work is due."""
    found = connection.execute(select(func.min(due.c.at))).scalar()
    return from_ms(found) if found is not None else None


def again(connection: Connection, item: Due, at: datetime) -> None:
    """Put a piece of work back for another time, in place of one that was put there meanwhile."""
    put(connection, item.what, item.ticket, item.ref, at)


def put(connection: Connection, what: str, ticket: int, ref: int, at: datetime) -> None:
    """Let a piece of work fall due at a time, whenever it would have before."""
    same = (due.c.what == what, due.c.ticket == ticket, due.c.ref == ref)
    connection.execute(delete(due).where(*same))
    connection.execute(insert(due), {"what": what, "ticket": ticket, "ref": ref, "at": to_ms(at)})


def first(connection: Connection, what: str, ticket: int) -> Due | None:
    """Return the earliest work of a kind (`what`, or `what:` and more) that waits for a ticket."""
    kind = or_(due.c.what == what, due.c.what.startswith(f"{what}:", autoescape=True))
    row = connection.execute(select(due).where(due.c.ticket == ticket, kind).order_by(due.c.at)).first()
    return Due(row.id, row.what, row.ticket, row.ref, from_ms(row.at)) if row is not None else None


def ripe(connection: Connection, now_ms: int, limit: int) -> list[Due]:
    """Return the oldest work that is due."""
    statement = select(due).where(due.c.at <= now_ms).order_by(due.c.at, due.c.id).limit(limit)
    return [
        Due(row.id, row.what, row.ticket, row.ref, from_ms(row.at))
        for row in connection.execute(statement.with_for_update(skip_locked=True))
    ]


def put_for_owners(
    connection: Connection,
    what: str,
    queue: int,
    states: Collection[str],
    after: int,
    last: int,
    at: datetime,
) -> None:
    """Let work fall due for the owner of every active ticket of a queue in some states, with a number after
    one and up to another; what falls due for them before stays as it is."""
    t, at_ms = tickets.c, to_ms(at)
    these = (
        text(ACTIVE_SQL),
        t.number > after,
        t.number <= last,
        t.queue_id == queue,
        t.owner_id.is_not(None),
        t.state.in_(sorted(states)),
        t.voided.is_(False),
    )
    of_them = exists().where(t.number == due.c.ticket, t.owner_id == due.c.ref, *these)
    later = (due.c.ticket > after, due.c.ticket <= last, due.c.what == what, due.c.at > at_ms)
    connection.execute(delete(due).where(*later, of_them))
    there = exists().where(due.c.what == what, due.c.ticket == t.number, due.c.ref == t.owner_id)
    fresh = select(literal(what), t.number, t.owner_id, literal(at_ms)).where(*these, ~there)
    connection.execute(insert(due).from_select(["what", "ticket", "ref", "at"], fresh))


_CLAIM = delete(due).where(
    due.c.ticket == bindparam("of"),
    due.c.what == bindparam("named"),
    due.c.ref == bindparam("by"),
    due.c.at <= bindparam("until"),
)


def claim(connection: Connection, item: Due, now_ms: int) -> bool:
    """Take a piece of work off the table, a rollback puts it back; False when it is not due any more."""
    found = connection.execute(
        _CLAIM, {"of": item.ticket, "named": item.what, "by": item.ref, "until": now_ms}
    )
    return found.rowcount > 0
