"""The figures of the sidebar and the header: live counts of views, queues and saved searches."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, func, select

from deskterm.domain.query import QueryError
from deskterm.domain.query_parser import parse
from deskterm.domain.views import Counts, ViewCount
from deskterm.storage import mentions, outbox, search
from deskterm.storage.codec import from_ms
from deskterm.storage.journal import last_seq
from deskterm.storage.reads import CAP, count
from deskterm.storage.scope import ACTIVE, Scope, snoozed, stands
from deskterm.storage.tables import snoozes, tickets, views
from deskterm.storage.tally import asleep, groups_of

STANDARD_VIEWS = (
    ("My queue", "owner:me OR (queue:me owner:none)"),
    ("Unassigned", "owner:none"),
    ("Breaching soon", "sla:breached,atrisk"),
    ("Mentions", "is:active is:mentioned"),
    ("Snoozed", "is:active is:snoozed"),
    ("All open", ""),
)
"""The views of PRODUCT section 8 that need nothing else of the desk."""


class SavedCounts:
    """How many tickets each saved search has. What is slow to count is kept for a while.

    A search can be anything, so a large desk would spend its time on counting after each commit: slow ones
    get a small share of the time, and `lines` says when figures that were kept are due again.
    """

    SLOW_SECONDS = 0.005
    SHARE = 1 / 300

    def __init__(self) -> None:
        self._lines: list[ViewCount] = []
        self._asked: tuple[Any, ...] = ()
        self._fresh_until = 0.0

    def lines(self, connection: Connection, scope: Scope) -> tuple[list[ViewCount], datetime | None]:
        """Return the lines of the actor's saved searches, and when they are worth asking for again."""
        statement = select(views).where(views.c.agent_id == (scope.actor.id or 0)).order_by(views.c.name)
        asked = tuple((scope.actor.id, row.name, row.query) for row in connection.execute(statement))
        left = self._fresh_until - perf_counter()
        if asked == self._asked and left > 0:
            return self._lines, scope.now + timedelta(seconds=left)
        began = perf_counter()
        self._lines, self._asked = [_saved(connection, scope, name, query) for _, name, query in asked], asked
        took = perf_counter() - began
        self._fresh_until = began + took / self.SHARE if took > self.SLOW_SECONDS else 0.0
        return self._lines, None


def counts(connection: Connection, scope: Scope, saved: SavedCounts) -> Counts:
    """Return the sidebar's and the header's figures."""
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

    for group, n in groups_of(connection, scope).items():
        if group.queue not in hidden:
            add(group.queue, group.owner, n)
    sleeping = asleep(connection, scope)
    for group in sleeping:
        add(group.queue, group.owner, -1)
    breached = _severity(connection, scope, hidden, "breached")
    atrisk = _severity(connection, scope, hidden, "atrisk")
    called = mentions.count(connection, scope)
    figures = (totals["my"], totals["unassigned"], breached + atrisk, called, len(sleeping), totals["all"])
    lines = [
        ViewCount("view", name, query, n) for (name, query), n in zip(STANDARD_VIEWS, figures, strict=True)
    ]
    for queue in sorted(scope.directory.queues.values(), key=lambda q: q.name.casefold()):
        if queue.id not in hidden:
            lines.append(ViewCount("queue", queue.name, f'queue:"{queue.key}"', by_queue.get(queue.id, 0)))
    kept, again = saved.lines(connection, scope)
    times = [time for time in (_next_change(connection, scope, hidden), again) if time is not None]
    change = min(times, default=None)
    return Counts(
        last_seq(connection),
        (*lines, *kept),
        breached,
        atrisk,
        change,
        outbox.failed(connection, scope.hidden),
    )


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


def _saved(connection: Connection, scope: Scope, name: str, asked: str) -> ViewCount:
    try:
        query = parse(asked)
    except QueryError:
        # Saved when the language still had such a word: opening the view says what is wrong with it.
        return ViewCount("saved", name, asked, 0)
    return ViewCount("saved", name, asked, *count(connection, search.where(query, scope), CAP))
