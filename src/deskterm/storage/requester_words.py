"""Finding requesters by name and address without reading all of them: an index of the words that name them.

It only says who may be meant: whoever asks compares the names themselves, and a search means the same with
it as without.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Select,
    Table,
    Text,
    and_,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql

from deskterm.domain import query as q
from deskterm.storage.tables import Id, metadata, requesters

LONGEST = 100
"""Characters of a word that are kept: enough to find few."""
CHECKED = 1000
"""Requesters whose words are compared at once."""
LAST = "\U0010ffff"
"""Behind whatever goes on from a beginning."""

requester_words = Table(
    "requester_words",
    metadata,
    # In the order of bytes on both engines: beginnings are looked for as a range.
    Column("word", Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"), primary_key=True),
    Column("requester_id", Id, ForeignKey("requesters.id"), primary_key=True),
)
Index("requester_words_requester", requester_words.c.requester_id)


def words_of(name: str, address: str) -> set[str]:
    """Return what one requester is found by: the words of the name, and the address as one."""
    return {word[:LONGEST] for word in (*_words(name), address.lower()) if word}


def _words(text: str) -> list[str]:
    return [word for word in text.lower().replace(",", " ").split(" ") if word]


def index(connection: Connection, number: int, name: str, address: str, *, fresh: bool = False) -> None:
    """Let a requester (id) be found by a name and an address, and by nothing else."""
    if not fresh:
        connection.execute(delete(requester_words).where(requester_words.c.requester_id == number))
    rows = [{"word": word, "requester_id": number} for word in sorted(words_of(name, address))]
    if rows:
        connection.execute(insert(requester_words), rows)


def faults(connection: Connection) -> Iterator[str]:
    """Yield whose words are not those of their name and address: a search by name would miss them, or lose
    time."""
    after: int | None = 0
    while after is not None:
        people = select(requesters.c.id, requesters.c.name, requesters.c.address).where(
            requesters.c.id > after
        )
        rows = connection.execute(people.order_by(requesters.c.id).limit(CHECKED)).all()
        upto = rows[-1].id if len(rows) == CHECKED else None
        kept: dict[int, set[str]] = {}
        held = select(requester_words).where(requester_words.c.requester_id > after)
        if upto is not None:
            held = held.where(requester_words.c.requester_id <= upto)
        for word in connection.execute(held):
            kept.setdefault(word.requester_id, set()).add(word.word)
        for row in rows:
            if kept.pop(row.id, set()) != words_of(row.name, row.address):
                yield f"requester {row.id} cannot be searched by name and address as they are"
        for number in sorted(kept):
            yield f"words name requester {number}, who is not there"
        after = upto


def candidates(value: q.Exact | q.Prefix) -> Select[tuple[int]] | None:
    """Return the requesters (ids) who may be meant by a value, None when the index cannot tell."""
    text, words = value.text.lower(), _words(value.text)
    if not words:
        return None
    if isinstance(value, q.Prefix):
        if not text.startswith(words[0]):
            return None
        first = requester_words.c.word == words[0][:LONGEST] if len(words[0]) < len(text) else _from(text)
        said = or_(first, _from(text))
    else:
        # The longest word of a name is the one that fewest have.
        rarest = max(words, key=len)[:LONGEST]
        whole = {rarest, text[:LONGEST], value.text.casefold()[:LONGEST]}
        said = or_(requester_words.c.word.in_(sorted(whole)), _from(f"{text}@"))
    return select(requester_words.c.requester_id).where(said)


def _from(start: str) -> ColumnElement[bool]:
    begin = start[:LONGEST]
    return and_(requester_words.c.word >= begin, requester_words.c.word < begin + LAST)
