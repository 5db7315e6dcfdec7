"""Likely duplicates: candidates from the search index and the requester, then scored with reasons."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection, and_, func, or_, select

from deskterm.domain import query as q
from deskterm.domain.errors import NotFound
from deskterm.domain.kinds import MAY_BELONG, MERGED_INTO, SPLIT_FROM, SPLIT_INTO, MessageKind
from deskterm.domain.plain import fold_tokens
from deskterm.domain.similarity import (
    LEAST,
    Essence,
    Likeness,
    compare,
    look_up,
    mentions,
    references,
    weight,
)
from deskterm.domain.views import LikelyDuplicate
from deskterm.storage import contacts, full_text, reads
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.scope import Clause, Scope, visible
from deskterm.storage.tables import messages, requesters, ticket_links, tickets

NEWEST = 400
"""How many of the newest tickets with a word are looked at; how far back they reach tells how rare it is."""

SCORED = 48
"""Tickets that are read and compared."""

OF_REQUESTER = 12
"""The requester's newest tickets that are compared whatever their words."""

RARE = 12
"""Tickets in which a reference may occur and still say that two are the same."""

ENDED_WITHIN = timedelta(days=30)
"""Tickets that ended before are no duplicates any more but old acquaintances."""


def likely(connection: Connection, scope: Scope, number: int, limit: int) -> tuple[LikelyDuplicate, ...]:
    """Return the tickets that may be about the same, the likeliest first. Raises NotFound."""
    mine = next(iter(_essences(connection, [number], visible(scope))), None)
    if mine is None:
        raise NotFound(f"there is no ticket #{number}", field="ticket")
    newest = int(connection.execute(select(func.max(tickets.c.number))).scalar_one())
    weights: dict[str, float] = {}
    promise: defaultdict[int, float] = defaultdict(float)
    for word in look_up(mine):
        found = full_text.newest_said(connection, scope, q.Word(word), NEWEST)
        reach = 1.0 if len(found) < NEWEST else (newest - min(found) + 1) / newest
        weights[word] = said = weight(len(found), reach, newest)
        for other in found:
            promise[other] += said
    named = _named(connection, scope, mine)
    answered = set(
        connection.execute(
            select(ticket_links.c.other).where(
                ticket_links.c.ticket == number, ticket_links.c.kind == MAY_BELONG
            )
        ).scalars()
    )
    wanted = [
        *answered,
        *mentions(f"{mine.subject} {mine.text}"),
        *(other for others in named.values() for other in others),
    ]
    theirs = contacts.same_people(connection, (mine.requester,))
    wanted += connection.execute(
        select(tickets.c.number)
        .where(tickets.c.requester_id.in_(theirs), tickets.c.number != number)
        .order_by(tickets.c.number.desc())
        .limit(OF_REQUESTER)
    ).scalars()
    wanted += heapq.nlargest(SCORED, promise, key=lambda other: (promise[other], other))
    scored = []
    for one in _essences(connection, _first(wanted, number), _possible(scope, number)):
        shared = [(name, len(others) <= RARE) for name, others in named.items() if one.number in others]
        likeness = compare(mine, one, weights, shared, answers=one.number in answered)
        if likeness.score >= LEAST:
            scored.append((likeness, one.number))
    scored.sort(key=lambda each: (-each[0].score, -each[1]))
    return _shown(connection, scope, scored[:limit])


def _named(connection: Connection, scope: Scope, mine: Essence) -> dict[str, set[int]]:
    """Return the tickets in which each reference of a ticket occurs."""
    found = {}
    for reference in references(f"{mine.subject} {mine.text}"):
        words = tuple(fold_tokens(reference))
        term = q.Word(words[0]) if len(words) == 1 else q.Phrase(words)
        others = set(full_text.newest_said(connection, scope, term, SCORED)) - {mine.number}
        if others:
            found[reference] = others
    return found


def _first(wanted: Iterable[int], number: int) -> list[int]:
    """Return the first of the wanted tickets, each once."""
    return [other for other in dict.fromkeys(wanted) if other != number][: SCORED + OF_REQUESTER]


def _possible(scope: Scope, number: int) -> Clause:
    """Return the condition of tickets that this one could be a duplicate of."""
    lately = to_ms(scope.now - ENDED_WITHIN)
    related = select(ticket_links.c.other).where(
        ticket_links.c.ticket == number, ticket_links.c.kind.in_((SPLIT_FROM, SPLIT_INTO))
    )
    merged = select(ticket_links.c.ticket).where(
        ticket_links.c.ticket == tickets.c.number, ticket_links.c.kind == MERGED_INTO
    )
    return and_(
        visible(scope),
        or_(tickets.c.active == 1, tickets.c.updated_at >= lately),
        tickets.c.close_reason != "spam",
        tickets.c.number.not_in(related),
        ~merged.exists(),
    )


def _essences(connection: Connection, numbers: Sequence[int], condition: Clause) -> list[Essence]:
    """Read what is compared of tickets."""
    if not numbers:
        return []
    statement = (
        select(
            tickets.c.number,
            tickets.c.subject,
            func.coalesce(requesters.c.contact_id, requesters.c.id).label("requester_id"),
            tickets.c.created_at,
            requesters.c.organization_id,
        )
        .join(requesters, requesters.c.id == tickets.c.requester_id)
        .where(tickets.c.number.in_(numbers), condition)
    )
    rows = connection.execute(statement).all()
    opening = (
        select(func.min(messages.c.id))
        .where(
            messages.c.ticket.in_([row.number for row in rows]),
            messages.c.retracted.is_(False),
            messages.c.kind == MessageKind.PUBLIC.value,
        )
        .group_by(messages.c.ticket)
    )
    said = select(messages.c.ticket, messages.c.text).where(messages.c.id.in_(opening))
    texts = {row.ticket: row.text for row in connection.execute(said)}
    return [
        Essence(
            row.number,
            row.subject,
            texts.get(row.number, ""),
            row.requester_id,
            row.organization_id,
            from_ms(row.created_at),
        )
        for row in rows
    ]


def _shown(
    connection: Connection, scope: Scope, scored: Sequence[tuple[Likeness, int]]
) -> tuple[LikelyDuplicate, ...]:
    known = [other for _, other in scored]
    condition = and_(visible(scope), tickets.c.number.in_(known))
    rows = {
        row.number: row
        for row in reads.page(connection, scope, condition, "number", limit=max(1, len(known)))
    }
    return tuple(
        LikelyDuplicate(rows[other], likeness.score, likeness.reasons)
        for likeness, other in scored
        if other in rows
    )
