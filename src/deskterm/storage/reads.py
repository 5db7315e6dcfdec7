"""The SELECTs behind lists, counts and the sidebar: windowed by keyset, never by offset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select, text, tuple_

from deskterm.domain.query import Query
from deskterm.domain.query_parser import parse
from deskterm.domain.sla import Sla
from deskterm.domain.ticket import Priority, State
from deskterm.storage import search
from deskterm.storage.codec import from_ms, maybe_time, to_ms
from deskterm.storage.journal import last_seq
from deskterm.storage.search import Clause, Scope
from deskterm.storage.tables import drafts, reads, requesters, snoozes, tickets, views
from deskterm.domain.views import Counts, Draft, Listing, Row, ViewCount

CAP = 1000
"""Counts of what is not active stop here ("1000+"): nothing may depend on the total number of tickets."""

SORTS: dict[str, ColumnElement[Any]] = {
    "breach": tickets.c.due_key,
    "number": tickets.c.number,
    "updated": tickets.c.updated_at,
    "created": tickets.c.created_at,
    "priority": tickets.c.priority,
}
"""What a list can be sorted by; a leading "-" reverses. The number breaks ties."""

STANDARD_VIEWS = (
    ("My queue", "owner:me OR (queue:me owner:none)"),
    ("Unassigned", "owner:none"),
    ("Breaching soon", "sla:breached,atrisk"),
    ("Snoozed", "is:active is:snoozed"),
    ("All open", ""),
)
"""The views of PRODUCT section 8 that need nothing else of the desk."""

_ROW = (
    tickets.c.number, tickets.c.subject, tickets.c.state, tickets.c.priority, tickets.c.type, tickets.c.queue_id,
    tickets.c.owner_id, tickets.c.tags, tickets.c.created_at, tickets.c.updated_at, tickets.c.due_at,
    tickets.c.risk_at, tickets.c.sla_started_at, tickets.c.sla_rest, tickets.c.sla_left, tickets.c.messages,
    tickets.c.version, tickets.c.channel,
)  # fmt: skip


def _rows(scope: Scope, key: ColumnElement[Any]) -> Select[Any]:
    seen = reads.c.messages.label("seen")
    return (
        select(*_ROW, requesters.c.name.label("requester"), requesters.c.address, seen, key.label("sort_key"))
        .join(requesters, requesters.c.id == tickets.c.requester_id)
        .outerjoin(reads, and_(reads.c.ticket == tickets.c.number, reads.c.agent_id == (scope.actor.id or 0)))
    )


def row_of(row: Any, scope: Scope) -> Row:
    """Return the list row of a selected line."""
    people = scope.directory
    queue = people.queues.get(row.queue_id)
    seen = row.seen
    return Row(
        number=row.number,
        subject=row.subject,
        state=State(row.state),
        priority=Priority(row.priority),
        type=row.type,
        queue=queue.name if queue else "",
        owner=people.login(row.owner_id),
        requester=row.requester,
        tags=tuple(json.loads(row.tags)),
        created_at=from_ms(row.created_at),
        updated_at=from_ms(row.updated_at),
        due_at=maybe_time(row.due_at),
        risk_at=maybe_time(row.risk_at),
        started_at=maybe_time(row.sla_started_at),
        rest=Sla(row.sla_rest),
        left_seconds=row.sla_left,
        new_messages=max(0, row.messages - seen) if seen is not None else 0,
        unread=seen is None,
        version=row.version,
        key=row.sort_key,
        address=row.address,
        channel=row.channel,
    )


def _beyond(key: ColumnElement[Any], anchor: tuple[int | str, int], later: bool) -> Clause:
    """The keyset condition: rows after (or before) an anchor in ascending order."""
    value, number = anchor
    pair = tuple_(key, tickets.c.number)
    bound = tuple_(literal(value, key.type), literal(number, tickets.c.number.type))
    return pair > bound if later else pair < bound


def page(
    connection: Connection,
    scope: Scope,
    condition: Clause,
    sort: str,
    *,
    anchor: tuple[int | str, int] | None = None,
    limit: int = 128,
    include: bool = False,
) -> list[Row]:
    """Return up to |limit| rows after the anchor (limit > 0) or before it (limit < 0), in list order.

    Without an anchor: the first rows, or the last ones. `include` keeps the anchor's own row.
    """
    falling, key = sort.startswith("-"), SORTS[sort.removeprefix("-")]
    forward = limit > 0
    statement = _rows(scope, key).where(condition)
    if anchor is not None:
        later = forward is not falling
        beyond = _beyond(key, anchor, later)
        statement = statement.where(beyond | (tickets.c.number == anchor[1]) if include else beyond)
    rising = forward is not falling
    order = (key.asc(), tickets.c.number.asc()) if rising else (key.desc(), tickets.c.number.desc())
    found = [row_of(row, scope) for row in connection.execute(statement.order_by(*order).limit(abs(limit)))]
    return found if forward else found[::-1]


def anchor_of(connection: Connection, number: int, sort: str) -> tuple[int | str, int] | None:
    """The keyset anchor of a ticket in a sort, None when there is no such ticket."""
    key = SORTS[sort.removeprefix("-")]
    found = connection.execute(select(key).where(tickets.c.number == number)).first()
    return None if found is None else (found[0], number)


def count(connection: Connection, condition: Clause, cap: int | None) -> tuple[int, bool]:
    """Count tickets, up to a cap; the flag says that there are more."""
    if cap is None:
        return int(
            connection.execute(select(func.count()).select_from(tickets).where(condition)).scalar_one()
        ), False
    inner = select(tickets.c.number).where(condition).limit(cap + 1).subquery()
    found = int(connection.execute(select(func.count()).select_from(inner)).scalar_one())
    return min(found, cap), found > cap


def _cap(query: Query) -> int | None:
    return CAP * 10 if query.lifts_active and not _active_only(query) else None


def _active_only(query: Query) -> bool:
    words = query.text.split()
    return (
        any(word in ("is:active", "is:new", "is:open", "is:pending", "is:hold") for word in words)
        and " OR " not in query.text
    )


def listing(
    connection: Connection,
    scope: Scope,
    query: Query,
    *,
    sort: str = "breach",
    anchor: tuple[int | str, int] | None = None,
    at: int | None = None,
    limit: int = 128,
    before: int = 0,
) -> Listing:
    """Return a window of a list with its place in the whole; `at` puts it around a ticket."""
    condition = search.where(query, scope)
    seq = last_seq(connection)
    if at is not None:
        around = anchor_of(connection, at, sort) or anchor
        if around is None:
            rows = page(connection, scope, condition, sort, limit=limit)
        else:
            head = page(connection, scope, condition, sort, anchor=around, limit=-before) if before else []
            rows = head + page(
                connection, scope, condition, sort, anchor=around, limit=limit - len(head), include=True
            )
            if len(rows) < limit and not head and rows:
                first = (rows[0].key, rows[0].number)
                rows = page(connection, scope, condition, sort, anchor=first, limit=len(rows) - limit) + rows
    else:
        rows = page(connection, scope, condition, sort, anchor=anchor, limit=limit)
    cap = _cap(query)
    total, capped = count(connection, condition, cap)
    preceding = 0
    if rows and (anchor is not None or at is not None or limit < 0):
        key = SORTS[sort.removeprefix("-")]
        ahead = _beyond(key, (rows[0].key, rows[0].number), later=sort.startswith("-"))
        preceding, _ = count(connection, and_(condition, ahead), cap)
    return Listing(seq, query.text, sort, tuple(rows), preceding, max(total, preceding + len(rows)), capped)


def numbers(connection: Connection, scope: Scope, query: Query, limit: int) -> list[int]:
    """Return the numbers of a view's tickets, by time to breach."""
    statement = (
        select(tickets.c.number)
        .where(search.where(query, scope))
        .order_by(tickets.c.due_key, tickets.c.number)
    )
    return list(connection.execute(statement.limit(limit)).scalars())


def quick(connection: Connection, scope: Scope, typed: str, limit: int, depth: int = 4000) -> list[Row]:
    """Return as-you-type hits on number, subject and requester: newest first, from the newest `depth` hits."""
    query = parse(typed, typing=True)
    terms = [part for part in _leaves(query) if isinstance(part, search.q.Word | search.q.Phrase)]
    if not terms:
        return page(connection, scope, search.where(query, scope), "-number", limit=limit)
    if scope.sqlite:
        hits = text(
            "SELECT rowid AS hit FROM ticket_words WHERE ticket_words MATCH :words ORDER BY rowid DESC LIMIT :depth"
        ).bindparams(words=search.fts_expression(terms), depth=depth)
    else:
        hits = text(
            "SELECT ticket AS hit FROM ticket_search WHERE quick @@ to_tsquery('simple', :words) "
            "ORDER BY ticket DESC LIMIT :depth"
        ).bindparams(words=search.tsquery_expression(terms), depth=depth)
    found = list(connection.execute(hits).scalars())
    rest = tuple(part for part in _leaves(query) if not isinstance(part, search.q.Word | search.q.Phrase))
    condition = search.where(search.q.Query(search.q.And(rest), query.text, query.lifts_active), scope)
    rows: list[Row] = []
    for start in range(0, len(found), 400):
        chunk = found[start : start + 400]
        statement = _rows(scope, tickets.c.number).where(tickets.c.number.in_(chunk), condition)
        ordered = statement.order_by(tickets.c.number.desc()).limit(limit - len(rows))
        rows += [row_of(row, scope) for row in connection.execute(ordered)]
        if len(rows) >= limit:
            break
    return rows


def _leaves(query: Query) -> tuple[search.q.Term, ...]:
    return query.root.terms if isinstance(query.root, search.q.And) else (query.root,)


_ACTIVE = text("tickets.active = 1")
_GROUPS = (
    select(tickets.c.queue_id, tickets.c.owner_id, func.count().label("n"))
    .where(_ACTIVE)
    .group_by(tickets.c.queue_id, tickets.c.owner_id)
)


def counts(connection: Connection, scope: Scope) -> Counts:
    """Return the sidebar's and the header's figures from one pass over the active tickets' index."""
    actor, hidden = scope.actor, set(scope.directory.hidden(scope.actor))
    mine = actor.agent.queues if actor.agent else frozenset()
    totals = {"all": 0, "unassigned": 0, "my": 0}
    by_queue: dict[int, int] = {}

    def add(queue: int, owner: int | None, n: int) -> None:
        totals["all"] += n
        by_queue[queue] = by_queue.get(queue, 0) + n
        totals["unassigned"] += n if owner is None else 0
        if owner == actor.id or (owner is None and queue in mine):
            totals["my"] += n

    for row in connection.execute(_GROUPS):
        if row.queue_id not in hidden:
            add(row.queue_id, row.owner_id, row.n)
    asleep = _asleep(connection, scope, hidden)
    for row in asleep:
        add(row.queue_id, row.owner_id, -1)
    breached = _severity(connection, scope, hidden, "breached")
    atrisk = _severity(connection, scope, hidden, "atrisk")
    figures = (totals["my"], totals["unassigned"], breached + atrisk, len(asleep), totals["all"])
    lines = [
        ViewCount("view", name, query, n) for (name, query), n in zip(STANDARD_VIEWS, figures, strict=True)
    ]
    for queue in sorted(scope.directory.queues.values(), key=lambda q: q.name.casefold()):
        if queue.id not in hidden:
            lines.append(ViewCount("queue", queue.name, f'queue:"{queue.key}"', by_queue.get(queue.id, 0)))
    lines += _saved(connection, scope)
    return Counts(last_seq(connection), tuple(lines), breached, atrisk, _next_change(connection, scope))


def _asleep(connection: Connection, scope: Scope, hidden: set[int]) -> Sequence[Any]:
    if actor_id := scope.actor.id:
        statement = (
            select(tickets.c.queue_id, tickets.c.owner_id)
            .join(snoozes, snoozes.c.ticket == tickets.c.number)
            .where(snoozes.c.agent_id == actor_id, snoozes.c.until > scope.now_ms, tickets.c.active == 1)
        )
        return [row for row in connection.execute(statement) if row.queue_id not in hidden]
    return []


def _severity(connection: Connection, scope: Scope, hidden: set[int], word: str) -> int:
    statement = select(func.count()).select_from(tickets).where(_ACTIVE, search.stands(word, scope))
    if hidden:
        statement = statement.where(tickets.c.queue_id.not_in(hidden))
    found = int(connection.execute(statement).scalar_one())
    if scope.actor.agent is None:
        return found
    asleep = statement.where(search.snoozed(scope))
    return found - int(connection.execute(asleep).scalar_one())


def _next_change(connection: Connection, scope: Scope) -> datetime | None:
    """When the next active ticket turns at risk or breached."""
    found = [
        connection.execute(select(func.min(column)).where(_ACTIVE, column > scope.now_ms)).scalar()
        for column in (tickets.c.due_at, tickets.c.risk_at)
    ]
    times = [value for value in found if value is not None]
    return from_ms(min(times)) if times else None


def _saved(connection: Connection, scope: Scope) -> list[ViewCount]:
    lines = []
    statement = select(views).where(views.c.agent_id == (scope.actor.id or 0)).order_by(views.c.name)
    for row in connection.execute(statement):
        n, capped = count(connection, search.where(parse(row.query), scope), CAP)
        lines.append(ViewCount("saved", row.name, row.query, n, capped))
    return lines


def drafts_of(connection: Connection, agent: int, ticket: int) -> tuple[Draft, ...]:
    """Return what an agent has typed on a ticket and not sent."""
    statement = (
        select(drafts).where(drafts.c.agent_id == agent, drafts.c.ticket == ticket).order_by(drafts.c.kind)
    )
    return tuple(
        Draft(row.ticket, row.kind, row.text, from_ms(row.saved_at), row.seen)
        for row in connection.execute(statement)
    )


def one_row(connection: Connection, scope: Scope, number: int) -> Row | None:
    """Return the list row of one ticket, None when it is not visible."""
    statement = _rows(scope, tickets.c.due_key).where(tickets.c.number == number, search.visible(scope))
    found = connection.execute(statement).first()
    return row_of(found, scope) if found is not None else None


__all__ = [
    "CAP",
    "SORTS",
    "STANDARD_VIEWS",
    "count",
    "counts",
    "listing",
    "numbers",
    "page",
    "quick",
    "to_ms",
]
