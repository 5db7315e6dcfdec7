"""Full-text search: folded words as FTS5 expressions or tsqueries in which nothing typed is an operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, text

from deskterm.domain import query as q
from deskterm.storage.scope import Clause, Scope

Words = Sequence[q.Word | q.Phrase]

DEPTH = 4000
"""How many of the newest hits as-you-type search looks through for those that its filters keep."""
FAR = 1 << 62
"""Beyond every number."""


_AMONG_ALL = "SELECT rowid FROM ticket_text WHERE ticket_text MATCH :words"
_AMONG_ACTIVE = """
    SELECT ticket_text.rowid FROM ticket_text
    CROSS JOIN tickets AS live INDEXED BY tickets_active_number ON live.number = ticket_text.rowid
    WHERE ticket_text MATCH :words AND live.active = 1 AND ticket_text.rowid >=
        (SELECT min(number) FROM tickets INDEXED BY tickets_active_number WHERE active = 1)
"""
"""Hits are looked up in an index of numbers alone, and those before the first active ticket not at all."""


def _tokens(term: q.Word | q.Phrase) -> tuple[str, ...]:
    return (term.text,) if isinstance(term, q.Word) else term.words


def fts_expression(terms: Words) -> str:
    """Return an FTS5 expression: every word is quoted, so nothing typed is an operator."""
    parts = []
    for term in terms:
        quoted = '"' + " ".join(token.replace('"', '""') for token in _tokens(term)) + '"'
        parts.append(quoted + ("*" if term.prefix else ""))
    return " AND ".join(parts)


def tsquery_expression(terms: Words, weight: str = "") -> str:
    """Return the same as the text of a tsquery; `weight` limits it to the words of the subject (A)."""
    parts = []
    for term in terms:
        tokens = _tokens(term)
        quoted = ["'" + token.replace("\\", "").replace("'", "''") + "'" for token in tokens]
        marks = [weight] * len(quoted)
        if term.prefix:
            marks[-1] = "*" + weight
        lexemes = [word + (f":{mark}" if mark else "") for word, mark in zip(quoted, marks, strict=True)]
        parts.append("(" + " <-> ".join(lexemes) + ")")
    return " & ".join(parts)


def matches(terms: Words, scope: Scope) -> Clause:
    """Return the condition that all words occur in the subject, the conversation or the names."""
    if scope.sqlite:
        found = _AMONG_ACTIVE if scope.active else _AMONG_ALL
        return _clause(f"tickets.number IN ({found})", words=fts_expression(terms))
    return _clause(
        "tickets.number IN (SELECT ticket FROM ticket_search WHERE body @@ CAST(:words AS tsquery))",
        words=tsquery_expression(terms),
    )


def in_subject(terms: Words, scope: Scope) -> Clause:
    """Return the condition that all words occur in the subject."""
    if scope.sqlite:
        return _clause(
            f"{_number(scope)} IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH :words)",
            words=f"subject : ({fts_expression(terms)})",
        )
    return _clause(
        "tickets.number IN (SELECT ticket FROM ticket_search WHERE quick @@ CAST(:words AS tsquery))",
        words=tsquery_expression(terms, "A"),
    )


def _number(scope: Scope) -> str:
    """Write the number so that SQLite walks the index of active tickets, and not the rows of all hits."""
    return "+tickets.number" if scope.active else "tickets.number"


def _clause(sql: str, **values: Any) -> Clause:
    # Several clauses may stand in one statement: each keeps its own parameter.
    from sqlalchemy import bindparam

    found: Clause = text(sql).bindparams(  # type: ignore[assignment]
        *(bindparam(name, value, unique=True) for name, value in values.items())
    )
    return found


def newest(
    connection: Connection, scope: Scope, terms: Words, limit: int, below: int | None = None
) -> Sequence[int]:
    """Return the newest tickets whose number, subject or requester has all the words, those `below` one."""
    statement: TextClause
    before = FAR if below is None else below
    if scope.sqlite:
        statement = text(
            "SELECT rowid FROM ticket_words WHERE ticket_words MATCH :words AND rowid < :before "
            "ORDER BY rowid DESC LIMIT :most"
        ).bindparams(words=fts_expression(terms), before=before, most=limit)
    else:
        statement = text(
            "SELECT ticket FROM ticket_search WHERE quick @@ CAST(:words AS tsquery) AND ticket < :before "
            "ORDER BY ticket DESC LIMIT :most"
        ).bindparams(words=tsquery_expression(terms), before=before, most=limit)
    return connection.execute(statement).scalars().all()


def newest_said(connection: Connection, scope: Scope, term: q.Word | q.Phrase, limit: int) -> list[int]:
    """Return the newest tickets in whose subject, names or conversation a term occurs, in no order.

    They come as one row: hundreds of them for dozens of words would cost more than finding them.
    """
    words = fts_expression([term]) if scope.sqlite else tsquery_expression([term])
    found = connection.execute(_SAID[scope.sqlite], {"words": words, "most": limit}).scalar()
    return [int(number) for number in found.split(",")] if found else []


_SAID = {
    True: text(
        "SELECT group_concat(number) FROM (SELECT rowid AS number FROM ticket_text "
        "WHERE ticket_text MATCH :words ORDER BY rowid DESC LIMIT :most)"
    ),
    False: text(
        "SELECT string_agg(CAST(ticket AS text), ',') FROM (SELECT ticket FROM ticket_search "
        "WHERE body @@ CAST(:words AS tsquery) ORDER BY ticket DESC LIMIT :most) AS newest"
    ),
}
