"""The search index: what is written when a ticket or its conversation changes, the same on both engines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from deskterm.domain.kinds import MERGED_FROM
from deskterm.domain.plain import fold
from deskterm.storage import merged
from deskterm.storage.tables import messages, requesters, ticket_links, tickets

BODY_LIMIT = 200_000
"""Characters of one ticket's conversation that are searchable; a longer one is found by its beginning."""

_FORGET = (
    text("DELETE FROM ticket_words WHERE rowid = :ticket"),
    text("DELETE FROM ticket_text WHERE rowid = :ticket"),
)
_LEARN = (
    text("INSERT INTO ticket_words (rowid, subject, words) VALUES (:ticket, :subject, :names)"),
    text("INSERT INTO ticket_text (rowid, words) VALUES (:ticket, :body)"),
)
# The words are cast, not parsed: PostgreSQL's own parser would cut them in other places than SQLite's.
_UPSERT = text(
    "INSERT INTO ticket_search (ticket, quick, body) "
    "VALUES (:ticket, CAST(:quick AS tsvector), CAST(:body AS tsvector)) "
    "ON CONFLICT (ticket) DO UPDATE SET quick = excluded.quick, body = excluded.body"
)
_ABOUT = (
    select(tickets.c.subject, requesters.c.name, requesters.c.address)
    .join(requesters, requesters.c.id == tickets.c.requester_id)
    .where(tickets.c.number == bindparam("ticket"))
)
_MERGES = (
    select(ticket_links.c.ticket)
    .where(ticket_links.c.ticket == bindparam("of"), ticket_links.c.kind == MERGED_FROM)
    .limit(1)
)
_SAID = (
    select(messages.c.text)
    .where(messages.c.ticket.in_(bindparam("around", expanding=True)), messages.c.retracted.is_(False))
    .order_by(messages.c.id)
)
"""Every message runs these: built once, because building one takes longer than running it."""


class Entry(NamedTuple):
    """What is searchable of a ticket, folded: its subject, its number and names, and what was said."""

    ticket: int
    subject: str
    names: str
    said: str


def entry(number: int, subject: str, name: str, address: str, said: Iterable[str]) -> Entry:
    """Fold a ticket's texts."""
    room, parts = BODY_LIMIT, []
    for message in said:
        folded = fold(message[:room])[:room]
        parts.append(folded)
        room -= len(folded)
        if room <= 0:
            break
    return Entry(number, fold(subject), fold(f"{number} {name} {address}"), " ".join(parts))


def index(connection: Connection, number: int) -> None:
    """Index a ticket anew from its row and its conversation.

    What was merged into it is found with it, unless not everybody who sees the one may see the other.
    """
    row = connection.execute(_ABOUT, {"ticket": number}).one()
    around = [number]
    if connection.execute(_MERGES, {"of": number}).first() is not None:
        around += merged.absorbed(connection, number, merged.one_reach(connection, number))
    said = connection.execute(_SAID, {"around": around}).scalars()
    write(connection, [entry(number, row.subject, row.name, row.address, said)], known=True)


def index_survivors(connection: Connection, number: int) -> None:
    """Index anew every ticket that this one is read in."""
    for survivor in merged.survivors(connection, number):
        index(connection, survivor)


def index_merges(connection: Connection) -> None:
    """Index every ticket anew that others were merged into: a queue became confidential, or public."""
    for number in merged.with_merges(connection):
        index(connection, number)


def write(connection: Connection, entries: list[Entry], *, known: bool) -> None:
    """Store entries; `known` when the tickets may be indexed already."""
    if not entries:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(_UPSERT, [_vectors(one) for one in entries])
        return
    rows: list[dict[str, Any]] = [
        {**one._asdict(), "body": f"{one.subject} {one.names} {one.said}"} for one in entries
    ]
    if known:
        for statement in _FORGET:
            connection.execute(statement, rows)
    for statement in _LEARN:
        connection.execute(statement, rows)


def _vectors(one: Entry) -> dict[str, Any]:
    """The words as tsvectors, those of the subject with weight A; a gap keeps phrases inside one text."""
    parts: list[str] = []
    place = 0
    for words, weight in ((one.subject, "A"), (one.names, "")):
        for word in words.split():
            place += 1
            parts.append(f"'{word}':{place}{weight}")
        place += 1
    quick = list(parts)
    for word in one.said.split():
        place += 1
        parts.append(f"'{word}':{place}")
    return {"ticket": one.ticket, "quick": " ".join(quick), "body": " ".join(parts)}
