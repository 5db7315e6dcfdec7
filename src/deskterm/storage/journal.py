"""The journal: appending events to each ticket's hash chain, and reading them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from deskterm.domain.events import Event
from deskterm.storage.codec import chain, encode_changes, event_of, text_digests, to_ms
from deskterm.storage.tables import commands, events, texts, tickets

CHUNK = 400
"""How many values one IN list holds: below every engine's limit of parameters."""

_LAST_HASH = (
    select(events.c.hash)
    .where(events.c.ticket.is_not_distinct_from(bindparam("ticket")))
    .order_by(events.c.seq.desc())
    .limit(1)
)
_APPEND = insert(events)
_LAST_SEQ = select(func.coalesce(func.max(events.c.seq), 0))


def last_seq(connection: Connection) -> int:
    """The sequence number of the newest event, 0 on an empty desk."""
    return int(connection.execute(_LAST_SEQ).scalar_one())


def append(connection: Connection, event: Event) -> Event:
    """Append one event (its `seq` is ignored) and return it with the sequence number it got."""
    kept: dict[str, str] = {}
    row: dict[str, Any] = {
        "command": event.command,
        "ticket": event.ticket,
        "kind": event.kind,
        "at": to_ms(event.at),
        "actor": event.actor,
        "via": event.via,
        "login": event.login,
        "changes": encode_changes(event.changes, kept),
        "undoes": event.undoes,
        "policy": event.policy,
    }
    before = connection.execute(_LAST_HASH, {"ticket": event.ticket}).scalar() or ""
    row["hash"] = chain(before, row)
    row["seq"] = last_seq(connection) + 1
    connection.execute(_APPEND, row)
    keep_texts(connection, kept)
    return Event(row["seq"], event.command, event.ticket, event.kind, event.at, event.actor, event.via,
                 event.login, event.changes, event.undoes, event.policy)  # fmt: skip


def keep_texts(connection: Connection, kept: dict[str, str]) -> None:
    """Store free texts by digest; those already there stay as they are."""
    if not kept:
        return
    if connection.dialect.name == "sqlite":
        statement = insert(texts).prefix_with("OR IGNORE")
    else:
        from sqlalchemy.dialects.postgresql import insert as pg_insert

        statement = pg_insert(texts).on_conflict_do_nothing()
    connection.execute(statement, [{"digest": key, "body": body} for key, body in kept.items()])


def new_command(
    connection: Connection,
    name: str,
    *,
    actor: int | None,
    via: str,
    at: int,
    summary: str,
    undoes: int | None = None,
) -> int:
    """Record a command and return its id, which its events carry."""
    number = int(connection.execute(select(func.coalesce(func.max(commands.c.id), 0))).scalar_one()) + 1
    connection.execute(
        insert(commands),
        {
            "id": number,
            "name": name,
            "actor": actor,
            "via": via,
            "at": at,
            "summary": summary,
            "undoes": undoes,
        },
    )
    return number


def _decoded(connection: Connection, rows: Sequence[Any]) -> list[Event]:
    wanted: set[str] = set()
    for row in rows:
        wanted |= text_digests(row["changes"])
    bodies = read_texts(connection, wanted)
    return [event_of(row, bodies) for row in rows]


def read_texts(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """Return the bodies of digests; an erased or unknown one is missing."""
    found: dict[str, str] = {}
    keys = list(wanted)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        for row in connection.execute(select(texts).where(texts.c.digest.in_(chunk))):
            found[row.digest] = row.body
    return found


def of_ticket(
    connection: Connection, ticket: int, *, after: int = 0, since: datetime | None = None
) -> list[Event]:
    """Return a ticket's events in order, those after a sequence number and not before a time."""
    statement = select(events).where(events.c.ticket == ticket, events.c.seq > after).order_by(events.c.seq)
    if since is not None:
        statement = statement.where(events.c.at >= to_ms(since))
    return _decoded(connection, connection.execute(statement).mappings().all())


def of_command(connection: Connection, command: int) -> list[Event]:
    """Return a command's events in order."""
    statement = select(events).where(events.c.command == command).order_by(events.c.seq)
    return _decoded(connection, connection.execute(statement).mappings().all())


def since(connection: Connection, seq: int, limit: int = 500, but: str = "") -> list[Event]:
    """Return the events after a sequence number, at most `limit`, without those that came one way."""
    statement = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
    if but:
        statement = statement.where(events.c.via != but)
    return _decoded(connection, connection.execute(statement).mappings().all())


def tickets_since(connection: Connection, seq: int, last: int, via: str = "") -> list[int]:
    """Return the tickets that events after a sequence number, up to another, are about: of one way or all."""
    statement = select(events.c.ticket).where(
        events.c.seq > seq, events.c.seq <= last, events.c.ticket.is_not(None)
    )
    if via:
        statement = statement.where(events.c.via == via)
    return list(connection.execute(statement.distinct()).scalars())


def count_but(connection: Connection, seq: int, last: int, via: str, most: int) -> int:
    """Count the events after a sequence number, up to another, that did not come one way, up to `most`."""
    other = select(events.c.seq).where(events.c.seq > seq, events.c.seq <= last, events.c.via != via)
    counted = select(func.count()).select_from(other.limit(most).subquery())
    return int(connection.execute(counted).scalar_one())


def latest(connection: Connection, limit: int, hidden: Sequence[int] = ()) -> list[Event]:
    """Return the newest ticket events, newest first, but for tickets in hidden queues and taken back ones."""
    statement = (
        select(events)
        .join(tickets, tickets.c.number == events.c.ticket)
        .where(tickets.c.voided.is_(False))
        .order_by(events.c.seq.desc())
        .limit(limit)
    )
    if hidden:
        statement = statement.where(tickets.c.queue_id.not_in(hidden))
    return _decoded(connection, connection.execute(statement).mappings().all())


def rename_command(connection: Connection, command: int, summary: str) -> None:
    """Say what a command did once it is known."""
    connection.execute(update(commands).where(commands.c.id == command).values(summary=summary))


def recent_commands(
    connection: Connection, actor: int, limit: int = 300
) -> list[tuple[int, str, str, int | None]]:
    """Return an actor's last commands, oldest first, as (id, name, summary, undoes).

    What the demo desk was filled with was nobody's doing and is left out.
    """
    statement = (
        select(commands.c.id, commands.c.name, commands.c.summary, commands.c.undoes)
        .where(commands.c.actor == actor, commands.c.via != "demo")
        .order_by(commands.c.id.desc())
        .limit(limit)
    )
    return [(row.id, row.name, row.summary, row.undoes) for row in connection.execute(statement)][::-1]


def undos_of(connection: Connection, command: int) -> list[int]:
    """Return the undos (and redos) of a command, whoever made them."""
    statement = select(commands.c.id).where(commands.c.undoes == command).order_by(commands.c.id)
    return list(connection.execute(statement).scalars())


def command_of(connection: Connection, command: int) -> tuple[str, int | None, str] | None:
    """Return a command's name, actor and summary, None when there is none."""
    row = connection.execute(
        select(commands.c.name, commands.c.actor, commands.c.summary).where(commands.c.id == command)
    ).first()
    return (row.name, row.actor, row.summary) if row is not None else None
