"""What assignment looks at: how much each agent holds, and when each queue last gave them something."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, func, insert, select

from deskterm.domain.kinds import Priority
from deskterm.storage.scope import ACTIVE
from deskterm.storage.tables import tickets, turns


def held(connection: Connection, agents: Collection[int]) -> dict[int, dict[Priority, int]]:
    """Return how many active tickets of each priority agents own; who owns none is missing."""
    found: dict[int, dict[Priority, int]] = {}
    statement = (
        select(tickets.c.owner_id, tickets.c.priority, func.count().label("n"))
        .where(ACTIVE, tickets.c.owner_id.in_(sorted(agents)))
        .group_by(tickets.c.owner_id, tickets.c.priority)
    )
    for row in connection.execute(statement):
        found.setdefault(row.owner_id, {})[Priority(row.priority)] = int(row.n)
    return found


def last(connection: Connection, queue: int) -> dict[int, int]:
    """Return by which event a queue last gave each agent (id) a ticket by itself."""
    statement = select(turns.c.agent_id, turns.c.seq).where(turns.c.queue_id == queue)
    return {row.agent_id: int(row.seq) for row in connection.execute(statement)}


def take(connection: Connection, queue: int, agent: int, seq: int) -> None:
    """Keep that an agent has had their turn in a queue."""
    mine = (turns.c.queue_id == queue, turns.c.agent_id == agent)
    connection.execute(delete(turns).where(*mine))
    connection.execute(insert(turns), {"queue_id": queue, "agent_id": agent, "seq": seq})
