"""What work next looks at: tickets that wait, nearest breach first, and who was handed which of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)

from deskterm.domain.kinds import Priority
from deskterm.domain.left import seconds_left
from deskterm.domain.work_next import Candidate
from deskterm.storage.codec import from_ms, maybe_time, to_ms
from deskterm.storage.reads import calendar_of
from deskterm.storage.scope import ACTIVE, Clause, Scope, snoozed, unhidden
from deskterm.storage.tables import commands, drafts, events, holds, tickets

PAGE = 8
"""Tickets looked at together until one is found that suits the agent."""

DEPTH = 300
"""So many of each priority are looked at for one that suits: nobody may wait for a search of everything."""

NEAR = 200
"""Where calendars differ, so many are weighed by the business time they have left, whatever their priority:
the nearest to their breach by the clock on the wall."""

OWN = 500
"""So many of an agent's own tickets are weighed, the nearest to their breach: more than anybody carries."""

RECENT = 300
"""So many of an agent's last commands are looked at for what they have just dealt with."""

ENDED = ("skipped", "replied", "noted")
"""After one of these a ticket is not handed to the same agent again at once."""

WAITING: Clause = text("+tickets.owner_id IS NULL")  # type: ignore[assignment]
"""The plus keeps SQLite from going by owner: the index in the order of breaches answers all by itself.

What follows is written in as roundabout a way for the same reason.
"""

TURN: Clause = text("tickets.state || '' IN ('new', 'open')")  # type: ignore[assignment]
"""It is the desk's turn."""

_t = tickets.c
_NEEDED = (
    _t.number,
    _t.priority,
    _t.queue_id,
    _t.owner_id,
    _t.due_at,
    _t.risk_at,
    _t.due_key,
    _t.legs,
    _t.sla_left,
)
_SAYS = (_t.tags, _t.category, _t.component)


@dataclass(frozen=True, slots=True)
class Hold:
    """A ticket that was handed to an agent; until its end nobody else is, unless it is `done` with."""

    ticket: int
    agent: int
    until: datetime
    done: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What a ticket says of the skills it needs."""

    tags: tuple[str, ...]
    category: str
    component: str


Suits = Callable[[int, Words], bool]
"""Says whether a ticket of a queue (id) with such words is one for the agent."""

_HOLDS = select(holds)


def all_holds(connection: Connection) -> list[Hold]:
    """Return every hold that is kept: at most a few an agent."""
    return [
        Hold(row.ticket, row.agent_id, from_ms(row.until), bool(row.done))
        for row in connection.execute(_HOLDS)
    ]


def hold(connection: Connection, ticket: int, agent: int, now: datetime, until: datetime) -> None:
    """Hand a ticket to an agent in place of what they were handed before; what is over is forgotten."""
    gone = (holds.c.until <= to_ms(now)) | (holds.c.ticket == ticket)
    undone = and_(holds.c.agent_id == agent, holds.c.done.is_(False))
    connection.execute(delete(holds).where(gone | undone))
    connection.execute(
        insert(holds), {"ticket": ticket, "agent_id": agent, "until": to_ms(until), "done": False}
    )


def end_hold(connection: Connection, ticket: int, kind: str) -> None:
    """End a hold by an event of a kind; what the journal does not tell of by itself is kept as done."""
    mine = holds.c.ticket == ticket
    if kind in ENDED:
        connection.execute(delete(holds).where(mine))
    else:
        connection.execute(update(holds).where(mine).values(done=True))


def without(connection: Connection, agent: int, now: datetime, since: datetime) -> set[int]:
    """Return the tickets that are not to be handed to an agent now.

    Those another agent was handed, or has been writing on since a time, those the agent was handed and
    has dealt with, and those the agent answered, noted on or skipped since then, unless something happened
    there that was not the agent's doing.
    """
    found = {
        one.ticket for one in all_holds(connection) if one.until > now and (one.agent == agent) is one.done
    }
    writing = select(drafts.c.ticket).where(drafts.c.agent_id != agent, drafts.c.saved_at >= to_ms(since))
    found |= set(connection.execute(writing).scalars())
    return found | _dealt_with(connection, agent, since)


def _dealt_with(connection: Connection, agent: int, since: datetime) -> set[int]:
    recent = (
        select(commands.c.id, commands.c.at)
        .where(commands.c.actor == agent)
        .order_by(commands.c.id.desc())
        .limit(RECENT)
        .subquery()
    )
    later, undo = events.alias(), commands.alias()
    statement = (
        select(events.c.ticket)
        .join(recent, recent.c.id == events.c.command)
        .where(
            recent.c.at >= to_ms(since),
            events.c.actor == agent,
            events.c.ticket.is_not(None),
            events.c.kind.in_(ENDED),
            ~exists().where(
                later.c.ticket == events.c.ticket,
                later.c.seq > events.c.seq,
                later.c.actor.is_distinct_from(agent),
                later.c.kind != "settled",
            ),
            ~exists().where(undo.c.undoes == events.c.command, undo.c.name == "Undo"),
        )
    )
    return set(connection.execute(statement).scalars())


def own(connection: Connection, scope: Scope, but: Collection[int]) -> list[Candidate]:
    """Return the agent's own tickets that wait for the desk, without some."""
    statement = (
        select(*_NEEDED)
        .where(ACTIVE, _t.owner_id == scope.actor.id, TURN, unhidden(scope), ~snoozed(scope))
        .where(_t.number.not_in(sorted(but)))
        .order_by(_t.due_key, _t.number)
        .limit(OWN)
    )
    return [_candidate(row, scope) for row in connection.execute(statement)]


def waiting(
    connection: Connection,
    scope: Scope,
    queues: Collection[int],
    but: Collection[int],
    suits: Suits,
    *,
    several: bool = False,
) -> Iterator[Candidate]:
    """Yield of each priority what is nearest to its breach and nobody has, in some queues, without some.

    By one calendar the nearest of a priority is the best of it, so the best of these is the best there is.
    Where `several` count, one that is due later may have less business time left: then the nearest of all are
    looked at too, which costs no more than one priority that is rare.
    """
    where = and_(
        ACTIVE, WAITING, TURN, _unindexed_queues(queues), ~snoozed(scope), _t.number.not_in(sorted(but))
    )
    # Most often there is nothing when there is nothing: one look instead of one for each priority.
    if not queues or connection.execute(_pages(where).limit(1)).first() is None:
        return
    priorities = list(Priority)
    if several:
        found, all_of_them = _nearest(connection, where, suits, NEAR)
        yield from (_candidate(row, scope) for row in found)
        if all_of_them:
            return
        seen = {row.priority for row in found}
        priorities = [priority for priority in Priority if priority.value not in seen]
    for priority in priorities:
        alone: Clause = text(f"tickets.priority || '' = '{priority.value}'")  # type: ignore[assignment]
        found, _ = _nearest(connection, and_(where, alone), suits, 1)
        yield from (_candidate(row, scope) for row in found)


def _unindexed_queues(queues: Collection[int]) -> Clause:
    """Return the condition of these queues, asked row by row for the same reason as `WAITING`."""
    listed = ", ".join(str(int(queue)) for queue in sorted(queues))
    found: Clause = text(f"+tickets.queue_id IN ({listed})") if queues else text("1 = 0")  # type: ignore[assignment]
    return found


def _pages(where: Clause) -> Select[Any]:
    return select(*_NEEDED, *_SAYS).where(where).order_by(_t.due_key, _t.number)


def _nearest(connection: Connection, where: Clause, suits: Suits, count: int) -> tuple[list[Any], bool]:
    """Return the first rows that suit, at most so many, and whether those are all there are."""
    after: Clause = literal(True)
    size, seen = max(PAGE, count), 0
    found: list[Any] = []
    while seen < DEPTH:
        rows = connection.execute(_pages(where).where(after).limit(size)).all()
        for row in rows:
            if suits(row.queue_id, Words(tuple(json.loads(row.tags)), row.category, row.component)):
                found.append(row)
                if len(found) == count:
                    return found, False
        if len(rows) < size:
            return found, True
        last, seen = rows[-1], seen + size
        key = tuple_(literal(last.due_key, _t.due_key.type), literal(last.number, _t.number.type))
        after = tuple_(_t.due_key, _t.number) > key
        size = min(size * 4, 500)
    return found, False


def held_by(connection: Connection, agent: int) -> int:
    """Return how many active tickets an agent owns."""
    statement = select(func.count()).select_from(tickets).where(ACTIVE, _t.owner_id == agent)
    return int(connection.execute(statement).scalar_one())


def candidate(connection: Connection, scope: Scope, number: int) -> Candidate | None:
    """Return a ticket as a candidate, None when it is not the agent's turn or it is out of sight."""
    free = _t.owner_id.is_(None) | (_t.owner_id == scope.actor.id)
    statement = select(*_NEEDED).where(_t.number == number, ACTIVE, TURN, free, unhidden(scope))
    found = connection.execute(statement).first()
    return _candidate(found, scope) if found is not None else None


def _candidate(row: Any, scope: Scope) -> Candidate:
    queue = scope.directory.queues.get(row.queue_id)
    due, calendar = maybe_time(row.due_at), calendar_of(row, scope)
    return Candidate(
        row.number,
        Priority(row.priority),
        queue.name if queue is not None else "",
        due,
        maybe_time(row.risk_at),
        row.owner_id is not None,
        seconds_left(calendar, due, scope.now, row.sla_left or 0) if due is not None else None,
    )
