"""The SELECTs behind the board: columns of cards by time to breach, load and the last events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, not_, select

from deskterm.domain.kinds import Priority, Sla, State
from deskterm.domain.matching import mentions
from deskterm.domain.people import Role
from deskterm.domain.query import Query
from deskterm.domain.views import BoardColumn, BoardView, Load, Row, Tick
from deskterm.domain.wording import sentence
from deskterm.storage import journal, reads, search
from deskterm.storage.scope import ACTIVE, SOLVED, Clause, Scope, snoozed, unhidden, visible
from deskterm.storage.tables import tickets
from deskterm.storage.tally import Group, groups_of

DEEPEST = 1000
"""How far down a column a ticket is looked for."""

LANES = ("state", "owner", "priority", "queue")
STATE_TITLES = (
    ("new", "New"),
    ("open", "Open"),
    ("pending", "Waiting on customer"),
    ("hold", "On hold"),
    ("solved", "Solved"),
)


class _Asked(NamedTuple):
    """A column: its value, its title, and which tickets it holds."""

    value: str
    title: str
    within: Clause

    state: State | None = None

    @property
    def sort(self) -> str:
        """By time to breach; what is solved has none."""
        return "-updated" if self.value == "solved" else "breach"


def urgent(connection: Connection, hidden: Sequence[int] = (), also: Sequence[int] = ()) -> tuple[int, int]:
    """Return how many active tickets outside hidden queues are P1, and how many there are.

    With several tickets that are `also` to be P1, all of them but one count as P1 already.
    """
    statement = select(func.count()).select_from(tickets).where(ACTIVE)
    if hidden:
        statement = statement.where(tickets.c.queue_id.not_in(hidden))
    p1 = statement.where(tickets.c.priority == Priority.P1.value)
    held = int(connection.execute(p1).scalar_one()) + others(connection, also)
    return held, int(connection.execute(statement).scalar_one())


def others(connection: Connection, numbers: Sequence[int]) -> int:
    """Return how many of these tickets besides one are active and not P1 yet."""
    found = 0
    for start in range(0, len(numbers) if len(numbers) > 1 else 0, journal.CHUNK):
        some = tickets.c.number.in_(numbers[start : start + journal.CHUNK])
        statement = select(func.count()).select_from(tickets).where(ACTIVE, some)
        found += int(
            connection.execute(statement.where(tickets.c.priority != Priority.P1.value)).scalar_one()
        )
    return max(0, found - 1)


def board(
    connection: Connection,
    scope: Scope,
    query: Query,
    lanes: str,
    cards: int,
    depths: Mapping[str, int] = MappingProxyType({}),
    at: int | None = None,
) -> BoardView:
    """Return the board of a query; by state it shows solved tickets as well.

    `cards` are read of each column, of some as many as `depths` says by the column's value. The column that
    holds the ticket `at` is read as far as that one, though not beyond DEEPEST.
    """
    base = search.says(query, scope)
    if scope.actor.agent is not None and not mentions(query.root, ("any", "snoozed")):
        base = and_(base, not_(snoozed(scope)))
    known = _tallied(connection, scope, query, lanes)
    asked = [
        _Asked(value, title, and_(base, within), State(value) if lanes == "state" else None)
        for value, title, within in _columns(scope, lanes)
    ]
    columns = [
        _column(connection, scope, each, max(cards, depths.get(each.value, 0)), known) for each in asked
    ]
    if at is not None and all(row.number != at for column in columns for row in column.cards):
        for index, each in enumerate(asked):
            depth = _depth_of(connection, each, at)
            if depth is not None and len(columns[index].cards) < depth <= DEEPEST:
                columns[index] = _column(connection, scope, each, depth, known)
    total = sum(column.count for column in columns if column.value != "solved")
    return BoardView(
        seq=journal.last_seq(connection),
        query=query.text,
        lanes=lanes,
        columns=tuple(columns),
        load=_load(connection, scope),
        ticks=ticks(connection, scope, 12),
        total=total,
    )


def _tallied(connection: Connection, scope: Scope, query: Query, lanes: str) -> Mapping[str, int] | None:
    """Return how many active tickets each column holds, where that is known without looking at each."""
    found = scope.tally.found(connection, scope, query) if scope.tally is not None else None
    if found is None:
        return None
    values: Counter[str] = Counter()
    for group, n in found.items():
        values[_lane(group, scope, lanes)] += n
    return values


def _lane(group: Group, scope: Scope, lanes: str) -> str:
    if lanes == "owner":
        return scope.directory.login(group.owner)
    if lanes == "queue":
        queue = scope.directory.queues.get(group.queue)
        return queue.key if queue is not None else ""
    return group.priority if lanes == "priority" else group.state


def _column(
    connection: Connection, scope: Scope, asked: _Asked, cards: int, known: Mapping[str, int] | None
) -> BoardColumn:
    if known is None or asked.value == "solved":
        cap = reads.CAP if asked.value == "solved" else None
        count, capped = reads.count(connection, asked.within, cap)
    else:
        count, capped = known.get(asked.value, 0), False
    rows = reads.page(connection, scope, asked.within, asked.sort, limit=cards) if count else []
    late = _late_below(connection, scope, asked, rows) if count > len(rows) else 0
    several = False
    if asked.state is not None:
        usual, *others = scope.states().within(asked.state)
        several = bool(others)
        # The column says what is usual in it: its cards say what is not.
        rows = [row._replace(status="") if row.status == usual.name else row for row in rows]
    return BoardColumn(
        asked.value, asked.title, count, tuple(rows), capped=capped, late=late, several=several
    )


def _late_below(connection: Connection, scope: Scope, asked: _Asked, rows: Sequence[Row]) -> int:
    """Count the breached tickets of a column below the cards that were read: none unless those all are."""
    if not rows or rows[-1].sla(scope.now) is not Sla.BREACHED:
        return 0
    breached = and_(asked.within, tickets.c.due_key <= scope.now_ms)
    return reads.count(connection, breached, None)[0] - len(rows)


def _depth_of(connection: Connection, asked: _Asked, number: int) -> int | None:
    """Return how many cards show a ticket in its column; None when that does not hold it."""
    place = reads.place(connection, asked.within, number, asked.sort)
    if place is None:
        return None
    before, _ = reads.count(connection, and_(asked.within, reads.ahead(asked.sort, place)), DEEPEST)
    return before + 1


def _columns(scope: Scope, lanes: str) -> list[tuple[str, str, Clause]]:
    """Return each column's value, title, and what the actor may see of it."""
    active = and_(ACTIVE, unhidden(scope))
    if lanes == "owner":
        people = [
            agent
            for agent in scope.directory.agents.values()
            if agent.active and agent.role is not Role.VIEWER
        ]
        found = [("", "Unassigned", and_(active, tickets.c.owner_id.is_(None)))]
        return found + [
            (agent.login, agent.login, and_(active, tickets.c.owner_id == agent.id)) for agent in people
        ]
    if lanes == "priority":
        return [
            (value.value, value.value, and_(active, tickets.c.priority == value.value)) for value in Priority
        ]
    if lanes == "queue":
        hidden = scope.hidden
        teams = [queue for queue in scope.directory.queues.values() if queue.id not in hidden]
        return [(queue.key, queue.name, and_(active, tickets.c.queue_id == queue.id)) for queue in teams]
    return [
        (
            value,
            title,
            and_(SOLVED, visible(scope)) if value == "solved" else and_(active, tickets.c.state == value),
        )
        for value, title in STATE_TITLES
    ]


def _load(connection: Connection, scope: Scope) -> tuple[Load, ...]:
    active: Counter[int | None] = Counter()
    hidden = set(scope.hidden)
    for group, n in groups_of(connection, scope).items():
        if group.queue not in hidden:
            active[group.owner] += n
    workers = [
        agent for agent in scope.directory.agents.values() if agent.active and agent.role is not Role.VIEWER
    ]
    return tuple(Load(agent.login, active[agent.id], agent.capacity) for agent in workers)


def ticks(connection: Connection, scope: Scope, limit: int) -> tuple[Tick, ...]:
    """Return the last ticket events in words, newest first."""
    agents, queues = scope.logins, scope.queue_names
    found = journal.latest(connection, limit, scope.hidden)
    return tuple(
        Tick(
            event.seq,
            event.at,
            agents.get(event.actor, event.via) if event.actor is not None else event.via,
            sentence(event, agents, queues),
            event.ticket,
        )
        for event in found
    )
