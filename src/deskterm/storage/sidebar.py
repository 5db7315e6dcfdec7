"""The figures of the sidebar and the header: live counts of views, queues and saved searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from deskterm.domain.query import QueryError
from deskterm.domain.query_parser import parse
from deskterm.domain.views import Counts, ViewCount
from deskterm.storage import search
from deskterm.storage.codec import from_ms
from deskterm.storage.journal import last_seq
from deskterm.storage.reads import CAP, count
from deskterm.storage.scope import ACTIVE, Scope, snoozed, stands
from deskterm.storage.tables import snoozes, tickets, views

STANDARD_VIEWS = (
    ("My queue", "owner:me OR (queue:me owner:none)"),
    ("Unassigned", "owner:none"),
    ("Breaching soon", "sla:breached,atrisk"),
    ("Snoozed", "is:active is:snoozed"),
    ("All open", ""),
)
"""The views of PRODUCT section 8 that need nothing else of the desk."""

_GROUPS = (
    select(tickets.c.queue_id, tickets.c.owner_id, func.count().label("n"))
    .where(ACTIVE)
    .group_by(tickets.c.queue_id, tickets.c.owner_id)
)


def counts(connection: Connection, scope: Scope) -> Counts:
    """Return the sidebar's and the header's figures from one pass over the active tickets' index."""
    actor, hidden = scope.actor, set(scope.hidden)
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
    seq, change = last_seq(connection), _next_change(connection, scope, hidden)
    return Counts(seq, tuple(lines), breached, atrisk, change)


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
    statement = select(func.count()).select_from(tickets).where(ACTIVE, stands(word, scope))
    if hidden:
        statement = statement.where(tickets.c.queue_id.not_in(hidden))
    found = int(connection.execute(statement).scalar_one())
    if scope.actor.agent is None:
        return found
    asleep = statement.where(snoozed(scope))
    return found - int(connection.execute(asleep).scalar_one())


def _next_change(connection: Connection, scope: Scope, hidden: set[int]) -> datetime | None:
    """When the next active ticket turns at risk or breached, or the next snooze of the actor ends."""
    now = scope.now_ms
    found = [
        connection.execute(
            select(func.min(column)).where(ACTIVE, column > now, tickets.c.queue_id.not_in(hidden))
            if hidden
            else select(func.min(column)).where(ACTIVE, column > now)
        ).scalar()
        for column in (tickets.c.due_at, tickets.c.risk_at)
    ]
    mine = snoozes.c.agent_id == (scope.actor.id or 0)
    found.append(
        connection.execute(select(func.min(snoozes.c.until)).where(mine, snoozes.c.until > now)).scalar()
    )
    times = [value for value in found if value is not None]
    return from_ms(min(times)) if times else None


def _saved(connection: Connection, scope: Scope) -> list[ViewCount]:
    lines = []
    statement = select(views).where(views.c.agent_id == (scope.actor.id or 0)).order_by(views.c.name)
    for row in connection.execute(statement):
        try:
            query = parse(row.query)
        except QueryError:
            # Saved when the language still had such a word: opening the view says what is wrong with it.
            lines.append(ViewCount("saved", row.name, row.query, 0))
            continue
        n, capped = count(connection, search.where(query, scope), CAP)
        lines.append(ViewCount("saved", row.name, row.query, n, capped))
    return lines
