"""The SELECTs behind lists: windowed by keyset, never by offset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select, tuple_

from deskterm.domain import query as q
from deskterm.domain.kinds import Priority, Sla, State
from deskterm.domain.left import seconds_left
from deskterm.domain.query import Query
from deskterm.domain.query_parser import parse
from deskterm.domain.views import Listing, Row
from deskterm.storage import full_text, search
from deskterm.storage.codec import from_ms, maybe_time
from deskterm.storage.journal import last_seq
from deskterm.storage.scope import Clause, Scope, visible
from deskterm.storage.tables import reads, requesters, tickets

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar

CAP = 1000
"""Counts of what is not active stop here ("1000+"): nothing may depend on the total number of tickets."""

DEEP_CAP = 10 * CAP
"""Where a list of such tickets stops counting."""

STEP = 400
"""As-you-type hits looked at together: one page of results needs few of them on most desks."""

SORTS: dict[str, ColumnElement[Any]] = {
    "breach": tickets.c.due_key,
    "number": tickets.c.number,
    "updated": tickets.c.updated_at,
    "created": tickets.c.created_at,
    "priority": tickets.c.priority,
}
"""What a list can be sorted by; a leading "-" reverses. The number breaks ties."""

_ROW = tuple(
    tickets.c[name]
    for name in (
        *("number", "subject", "state", "priority", "type", "channel", "queue_id", "owner_id", "tags"),
        *("created_at", "updated_at", "due_at", "risk_at", "sla_started_at", "sla_rest", "sla_left"),
        *("messages", "version", "status", "legs"),
    )
)


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
        status=scope.states().called(State(row.state), row.status),
        address=row.address,
        channel=row.channel,
        calendar=calendar_of(row, scope),
    )


def calendar_of(row: Any, scope: Scope) -> Calendar | None:
    """Return the calendar that a running target is counted by: that of the SLA policy that measures it."""
    if row.due_at is None or row.legs == "[]":
        return None
    calendar = scope.calendars().get(json.loads(row.legs)[-1][1])
    if calendar is not None:
        # Its years are compiled here: whoever paints the row only looks them up.
        seconds_left(calendar, from_ms(row.due_at), scope.now)
    return calendar


def _beyond(
    key: ColumnElement[Any], anchor: tuple[int | str, int], later: bool, include: bool = False
) -> Clause:
    """The keyset condition: rows after (or before) an anchor in ascending order, with or without its own."""
    value, number = anchor
    pair = tuple_(key, tickets.c.number)
    bound = tuple_(literal(value, key.type), literal(number, tickets.c.number.type))
    if include:
        return pair >= bound if later else pair <= bound
    return pair > bound if later else pair < bound


def ahead(sort: str, anchor: tuple[int | str, int]) -> Clause:
    """Return the condition of what comes before an anchor in a sorted list."""
    return _beyond(SORTS[sort.removeprefix("-")], anchor, later=sort.startswith("-"))


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
    rising = forward is not falling
    statement = _rows(scope, key).where(condition)
    if anchor is not None:
        statement = statement.where(_beyond(key, anchor, rising, include))
    order = (key.asc(), tickets.c.number.asc()) if rising else (key.desc(), tickets.c.number.desc())
    found = [row_of(row, scope) for row in connection.execute(statement.order_by(*order).limit(abs(limit)))]
    return found if forward else found[::-1]


def _page_and_total(
    connection: Connection, scope: Scope, condition: Clause, sort: str, limit: int
) -> tuple[list[Row], int]:
    """Return the first rows and how many there are, from one look: finding the words costs most."""
    falling, key = sort.startswith("-"), SORTS[sort.removeprefix("-")]
    order = (key.desc(), tickets.c.number.desc()) if falling else (key.asc(), tickets.c.number.asc())
    total = func.count().over().label("total")
    found = select(tickets.c.number, total).where(condition).order_by(*order).limit(limit).subquery()
    statement = _rows(scope, key).add_columns(found.c.total).join(found, found.c.number == tickets.c.number)
    lines = connection.execute(statement.order_by(*order)).all()
    return [row_of(row, scope) for row in lines], int(lines[0].total) if lines else 0


def place(connection: Connection, condition: Clause, number: int, sort: str) -> tuple[int | str, int] | None:
    """The keyset anchor of a ticket in a sorted list, None when it is not in it."""
    key = SORTS[sort.removeprefix("-")]
    found = connection.execute(select(key).where(tickets.c.number == number, condition)).first()
    return None if found is None else (found[0], number)


def count(connection: Connection, condition: Clause, cap: int | None) -> tuple[int, bool]:
    """Count tickets, up to a cap; the flag says that there are more."""
    if cap is None:
        statement = select(func.count()).select_from(tickets).where(condition)
        return int(connection.execute(statement).scalar_one()), False
    inner = select(tickets.c.number).where(condition).limit(cap + 1).subquery()
    found = int(connection.execute(select(func.count()).select_from(inner)).scalar_one())
    return min(found, cap), found > cap


def tallied(connection: Connection, scope: Scope, query: Query) -> int | None:
    """Return how many tickets a list of `query` holds where that is known without looking at each."""
    if scope.tally is None or not search.active_only(query):
        return None
    found = scope.tally.found(connection, scope, query)
    return None if found is None else sum(found.values())


def total(connection: Connection, scope: Scope, query: Query) -> int:
    """Return how many tickets a list of `query` holds."""
    known = tallied(connection, scope, query)
    return count(connection, search.where(query, scope), None)[0] if known is None else known


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
    counted: bool = True,
) -> Listing:
    """Return a window of a list with its place in the whole; `at` puts it around a ticket.

    A ticket that is not in the list any more leaves its place to `anchor`, where it was seen last. What is
    not `counted` comes with a total of its own rows, for whoever knows the place already.
    """
    condition = search.where(query, scope)
    seq = last_seq(connection)
    around = None
    if at is not None:
        around = (
            place(connection, condition, at, sort) or anchor or place(connection, visible(scope), at, sort)
        )
    if around is not None:

        def some(anchor: tuple[int | str, int], limit: int, include: bool = False) -> list[Row]:
            return page(connection, scope, condition, sort, anchor=anchor, limit=limit, include=include)

        rows = window(some, around, abs(limit), before)
    elif counted and at is None and anchor is None and limit > 0 and search.has_words(query):
        rows, total = _page_and_total(connection, scope, condition, sort, limit)
        return Listing(seq, query.text, sort, tuple(rows), 0, total)
    else:
        rows = page(connection, scope, condition, sort, anchor=None if at else anchor, limit=limit)
    if not counted:
        return Listing(seq, query.text, sort, tuple(rows), 0, len(rows), True)
    cap = None if search.active_only(query) else DEEP_CAP
    known = tallied(connection, scope, query)
    total, capped = count(connection, condition, cap) if known is None else (known, False)
    preceding = 0
    if rows and (anchor is not None or at is not None or limit < 0):
        before_first = ahead(sort, (rows[0].key, rows[0].number))
        preceding, _ = count(connection, and_(condition, before_first), cap)
    return Listing(seq, query.text, sort, tuple(rows), preceding, max(total, preceding + len(rows)), capped)


class _Page(Protocol):
    """Reads rows after an anchor (limit > 0) or before it, its own too with `include`."""

    def __call__(self, anchor: tuple[int | str, int], limit: int, include: bool = False) -> list[Row]: ...


def window(page: _Page, around: tuple[int | str, int], limit: int, before: int) -> list[Row]:
    """Return `limit` rows around a place: `before` of them ahead of it, more where the list ends early."""

    def some(anchor: tuple[int | str, int], limit: int, include: bool = False) -> list[Row]:
        return page(anchor, limit, include) if limit else []

    head = some(around, -min(before, limit))
    rows = head + some(around, limit - len(head), include=True)
    if len(rows) < limit and len(head) == before:
        first = (rows[0].key, rows[0].number) if rows else around
        rows = some(first, len(rows) - limit) + rows
    return rows


def numbers(connection: Connection, scope: Scope, query: Query, limit: int) -> list[int]:
    """Return the numbers of a view's tickets, by time to breach."""
    statement = (
        select(tickets.c.number)
        .where(search.where(query, scope))
        .order_by(tickets.c.due_key, tickets.c.number)
    )
    return list(connection.execute(statement.limit(limit)).scalars())


def quick(connection: Connection, scope: Scope, typed: str, limit: int) -> list[Row]:
    """Return as-you-type hits on number, subject and requester, newest first, from the newest hits alone."""
    query = parse(typed, typing=True)
    leaves = query.root.terms if isinstance(query.root, q.And) else (query.root,)
    terms = [part for part in leaves if isinstance(part, q.Word | q.Phrase)]
    if not terms:
        return page(connection, scope, search.where(query, scope), "-number", limit=limit)
    rest = q.And(tuple(part for part in leaves if not isinstance(part, q.Word | q.Phrase)))
    condition = search.where(Query(rest, query.text, query.lifts_active), scope)
    rows: list[Row] = []
    below = None
    for _ in range(0, full_text.DEPTH, STEP):
        found = full_text.newest(connection, scope, terms, STEP, below)
        statement = _rows(scope, tickets.c.number).where(tickets.c.number.in_(found), condition)
        ordered = statement.order_by(tickets.c.number.desc()).limit(limit - len(rows))
        rows += [row_of(row, scope) for row in connection.execute(ordered)]
        if len(rows) >= limit or len(found) < STEP:
            break
        below = found[-1]
    return rows


def one_row(connection: Connection, scope: Scope, number: int) -> Row | None:
    """Return the list row of one ticket, None when it is not visible."""
    statement = _rows(scope, tickets.c.due_key).where(tickets.c.number == number, visible(scope))
    found = connection.execute(statement).first()
    return row_of(found, scope) if found is not None else None
