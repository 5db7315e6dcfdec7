"""The search index: what is written when a ticket or its conversation changes, the same words on both engines."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from deskterm.domain.plain import fold
from deskterm.storage.tables import messages, requesters, tickets

BODY_LIMIT = 200_000
"""Characters of one ticket's conversation that are searchable; a longer one is found by its beginning."""

_FORGET = (
    text("DELETE FROM ticket_words WHERE rowid = :ticket"),
    text("DELETE FROM ticket_text WHERE rowid = :ticket"),
)
_LEARN = (
    text("INSERT INTO ticket_words (rowid, words) VALUES (:ticket, :quick)"),
    text("INSERT INTO ticket_text (rowid, words) VALUES (:ticket, :body)"),
)
_UPSERT = text(
    "INSERT INTO ticket_search (ticket, quick, body) VALUES (:ticket, to_tsvector('simple', :quick), "
    "to_tsvector('simple', :body)) ON CONFLICT (ticket) DO UPDATE SET quick = excluded.quick, body = excluded.body"
)


def quick_words(number: int, subject: str, name: str, address: str) -> str:
    """The words as-you-type search looks at: number, subject and requester."""
    return fold(f"{number} {subject} {name} {address}")


def index(connection: Connection, number: int) -> None:
    """Index a ticket anew from its row and its conversation."""
    row = connection.execute(
        select(tickets.c.subject, requesters.c.name, requesters.c.address)
        .join(requesters, requesters.c.id == tickets.c.requester_id)
        .where(tickets.c.number == number)
    ).one()
    said = connection.execute(
        select(messages.c.text)
        .where(messages.c.ticket == number, messages.c.retracted.is_(False))
        .order_by(messages.c.id)
    ).scalars()
    quick = quick_words(number, row.subject, row.name, row.address)
    write(connection, [(number, quick, body_words(quick, said))], known=True)


def body_words(quick: str, said: Iterable[str]) -> str:
    """The words a full search looks at: those of the list, and the whole conversation."""
    room = BODY_LIMIT
    parts = [quick]
    for message in said:
        parts.append(fold(message[:room]))
        room -= len(message)
        if room <= 0:
            break
    return " ".join(parts)


def write(connection: Connection, entries: list[tuple[int, str, str]], *, known: bool) -> None:
    """Store (ticket, quick, body) entries; `known` when the tickets may be indexed already."""
    if not entries:
        return
    rows = [{"ticket": ticket, "quick": quick, "body": body} for ticket, quick, body in entries]
    if connection.dialect.name != "sqlite":
        connection.execute(_UPSERT, rows)
        return
    if known:
        for statement in _FORGET:
            connection.execute(statement, rows)
    for statement in _LEARN:
        connection.execute(statement, rows)
