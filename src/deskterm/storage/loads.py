"""Loads: what every agent holds, by weight and number, and which of it could be given to a colleague."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, not_, select

from deskterm.domain.kinds import Priority
from deskterm.domain.people import Role
from deskterm.domain.rebalancing import Carrier, Held
from deskterm.storage import search
from deskterm.storage.scope import ACTIVE
from deskterm.storage.tables import drafts, tickets

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from deskterm.domain.query import Query
    from deskterm.storage.scope import Scope


def carriers(connection: Connection, scope: Scope, weights: Mapping[Priority, int]) -> tuple[Carrier, ...]:
    """Return every agent with what they hold; who has left can carry nothing, and is given nothing."""
    columns = (tickets.c.queue_id, tickets.c.owner_id, tickets.c.priority)
    statement = (
        select(*columns, func.count().label("n"))
        .where(ACTIVE, tickets.c.owner_id.is_not(None))
        .group_by(*columns)
    )
    hidden, held = frozenset(scope.hidden), dict[int, list[int]]()
    for row in connection.execute(statement):
        count, weight = int(row.n), int(row.n) * weights[Priority(row.priority)]
        sums = held.setdefault(row.owner_id, [0, 0, 0, 0])
        sums[0] += count
        sums[1] += weight
        if row.queue_id in hidden:
            sums[2] += count
            sums[3] += weight
    found = []
    for agent in scope.directory.agents.values():
        count, load, unseen, unseen_load = held.get(agent.id, (0, 0, 0, 0))
        here = agent.active and not agent.is_away(scope.now) and agent.role.includes(Role.AGENT)
        person = agent if agent.active else replace(agent, capacity=0)
        found.append(Carrier(person, count, load, here, unseen, unseen_load))
    return tuple(found)


def movable(
    connection: Connection, scope: Scope, query: Query, queues: Collection[int], agent: int
) -> list[Held]:
    """Return an agent's tickets in these queues that a query finds and that could change hands.

    It is the desk's turn on them, and their owner has not begun to write. What waits for somebody else stays
    with the one who knows what for.
    """
    writing = exists().where(
        drafts.c.ticket == tickets.c.number, drafts.c.agent_id == agent, drafts.c.text != ""
    )
    statement = select(
        tickets.c.number,
        tickets.c.queue_id,
        tickets.c.priority,
        tickets.c.first_replied_at.is_(None).label("untouched"),
        tickets.c.tags,
        tickets.c.category,
        tickets.c.component,
    ).where(
        and_(
            ACTIVE,
            tickets.c.owner_id == agent,
            tickets.c.state.in_(("new", "open")),
            tickets.c.queue_id.in_(sorted(queues)),
            not_(writing),
            search.says(query, scope),
        )
    )
    return [
        Held(
            row.number,
            row.queue_id,
            Priority(row.priority),
            bool(row.untouched),
            frozenset(
                word.strip().casefold() for word in (*json.loads(row.tags), row.category, row.component)
            ),
        )
        for row in connection.execute(statement)
    ]


def counts(connection: Connection, agents: Collection[int]) -> dict[int, int]:
    """Return how many active tickets agents own; who owns none is missing."""
    statement = (
        select(tickets.c.owner_id, func.count().label("n"))
        .where(ACTIVE, tickets.c.owner_id.in_(sorted(agents)))
        .group_by(tickets.c.owner_id)
    )
    return {row.owner_id: int(row.n) for row in connection.execute(statement)}


def subjects(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """Return the subjects of tickets by number."""
    statement = select(tickets.c.number, tickets.c.subject).where(tickets.c.number.in_(sorted(numbers)))
    return {row.number: row.subject for row in connection.execute(statement)}
