"""The SELECTs behind metrics: what the database counts, in short reads, over the tickets of a period."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from deskterm.domain.worktime import Spent
from deskterm.storage import metrics_sql as sql
from deskterm.storage.codec import to_ms
from deskterm.storage.journal import CHUNK
from deskterm.storage.metrics_sql import DAY, QUARTER, Span, tally
from deskterm.storage.tables import agents, commands, events, messages, tickets
from deskterm.storage.time_tables import time_entries

Reader = Callable[[], AbstractContextManager[Connection]]
"""Opens one short read transaction (`Database.read`)."""

SLICE = 60 * DAY
MOST_WORKED = 100
"""So many of the tickets that most time was worked on are named."""
_t = tickets.c


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: tickets meeting `where` (which includes what the actor may see), seen at `now`.

    `sla` chooses the verdict: imported, desk, or None for imported where there is one.
    """

    where: ColumnElement[bool]
    now: datetime
    sla: str | None = None

    @property
    def now_ms(self) -> int:
        """`now` as the rows have it."""
        return to_ms(self.now)


def _milliseconds() -> array[int]:
    """Room for one duration a ticket: a list of a million numbers would take five times as much."""
    return array("q")


@dataclass(slots=True)
class Tally:
    """What is added up over the tickets created in the period; verdicts by priority, durations sorted."""

    tickets: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    by_priority: Counter[str] = field(default_factory=Counter)
    reopened: int = 0
    steps_skipped: int = 0
    reassignments: int = 0
    imported: int = 0
    met: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    reply_met: Counter[str] = field(default_factory=Counter)
    reply_missed: Counter[str] = field(default_factory=Counter)
    first_contact: int = 0
    solved_once: int = 0
    created: Counter[int] = field(default_factory=Counter)
    to_reply: array[int] = field(default_factory=_milliseconds)
    to_solve: array[int] = field(default_factory=_milliseconds)


class Work(NamedTuple):
    """One agent: active now; solved, replies, reopened and skipped in the period."""

    agent: str
    active: int
    solved: int
    replies: int
    reopened: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What is counted by its own time: solved and ended by quarter hour, the backlog by age, the agents."""

    solved: Counter[int]
    ended: Counter[int]
    ages: tuple[int, int, int, int]
    agents: tuple[Work, ...]
    seq: int
    skips: Counter[int]
    """How often each ticket was skipped."""
    worked: tuple[Spent, ...]
    """What was worked by all together, then by each agent; nothing where nobody did."""


def count(
    read: Reader, question: Question, since: datetime | None, until: datetime | None
) -> tuple[Tally, Flow]:
    """Count everything about [since, until); None is open."""
    span = Span(to_ms(since) if since else None, to_ms(until) if until else None)
    total = _tally(read, question, span)
    with read() as connection:
        return total, _flow(connection, question, span)


def _slices(read: Reader, question: Question, span: Span) -> Iterator[Span]:
    """Cut the period into pieces that are read one by one: a long read would hold back checkpoints."""
    with read() as connection:
        inside = select(func.min(_t.created_at), func.max(_t.created_at)).where(question.where)
        first, last = connection.execute(inside.where(span.holds(_t.created_at))).one()
    if first is None:
        return
    for start in range(int(first), int(last) + 1, SLICE):
        yield Span(start, min(start + SLICE, int(last) + 1))


def _tally(read: Reader, question: Question, span: Span) -> Tally:
    """Add up what is counted over the tickets created in the period."""
    total = Tally()
    for piece in _slices(read, question, span):
        where = and_(piece.holds(_t.created_at), question.where)
        with read() as connection:
            _add_groups(connection, question, where, total)
            total.created.update(_by_quarter(connection, _t.created_at, where))
            for end, hours in ((_t.first_replied_at, total.to_reply), (_t.solved_at, total.to_solve)):
                taken = select(end - _t.created_at).where(where, end.is_not(None))
                hours.extend(connection.execute(taken).scalars())
    total.to_reply, total.to_solve = _in_order(total.to_reply), _in_order(total.to_solve)
    return total


def _in_order(values: array[int]) -> array[int]:
    return array("q", sorted(values))


def _add_groups(connection: Connection, question: Question, where: ColumnElement[bool], total: Tally) -> None:
    resolution = sql.resolution(question.now_ms, question.sla)
    reply = sql.first_reply(question.now_ms)
    rows = connection.execute(
        select(
            _t.state,
            _t.priority,
            func.count().label("rows"),
            tally(_t.reopens > 0).label("reopened"),
            tally(_t.steps_skipped > 0).label("steps_skipped"),
            func.coalesce(func.sum(_t.handoffs), 0).label("handoffs"),
            tally(_t.imported_sla.is_not(None)).label("imported"),
            tally(resolution.met).label("met"),
            tally(resolution.missed).label("missed"),
            tally(reply.met).label("reply_met"),
            tally(reply.missed).label("reply_missed"),
            tally(sql.first_contact).label("first_contact"),
            tally(sql.solved_once).label("solved_once"),
        )
        .where(where)
        .group_by(_t.state, _t.priority)
    )
    for row in rows:
        count = int(row.rows)
        total.tickets += count
        total.by_state[row.state] += count
        total.by_priority[row.priority] += count
        for name in ("met", "missed", "reply_met", "reply_missed"):
            getattr(total, name)[row.priority] += int(getattr(row, name))
        total.reopened += int(row.reopened)
        total.steps_skipped += int(row.steps_skipped)
        total.reassignments += int(row.handoffs)
        total.imported += int(row.imported)
        total.first_contact += int(row.first_contact)
        total.solved_once += int(row.solved_once)


def _by_quarter(
    connection: Connection, column: ColumnElement[Any], where: ColumnElement[bool]
) -> Counter[int]:
    """Count rows by the quarter hour of a time."""
    quarter = (column // QUARTER).label("quarter")
    rows = connection.execute(select(quarter, func.count()).where(where).group_by(quarter))
    return Counter({int(at): int(count) for at, count in rows})


def _flow(connection: Connection, question: Question, span: Span) -> Flow:
    """Count what goes by other times than creation: solving, ending, and what is active at the end."""
    seq = connection.execute(select(func.coalesce(func.max(events.c.seq), 0))).scalar_one()
    solved = _by_quarter(connection, _t.solved_at, and_(span.holds(_t.solved_at), question.where))
    # Two reads instead of one over coalesce(): each can use an index.
    over = and_(_t.active == 0, question.where)
    ended = _by_quarter(connection, _t.solved_at, and_(span.holds(_t.solved_at), over))
    other = and_(_t.solved_at.is_(None), span.holds(sql.ended_at), over)
    ended.update(_by_quarter(connection, sql.ended_at, other))
    moment = span.until if span.until is not None and span.until < question.now_ms else None
    ages = _ages(connection, question, moment)
    skips = _skips(connection, question, span)
    agents, tickets = Counter[int](), Counter[int]()
    for (agent, ticket), times in skips.items():
        agents[agent] += times
        tickets[ticket] += times
    busy, worked = _agents(connection, question, span, agents), _worked(connection, question, span)
    return Flow(solved, ended, ages, busy, int(seq), tickets, worked)


def _worked(connection: Connection, question: Question, span: Span) -> tuple[Spent, ...]:
    """Add up the time worked in the period, by its own time and where it was recorded."""
    entries = time_entries.c
    asked = (
        select(agents.c.login, entries.ticket, func.sum(entries.seconds))
        .select_from(time_entries)
        .join(tickets, _t.number == entries.ticket)
        .join(agents, agents.c.id == entries.agent_id)
        .where(span.holds(entries.at), question.where)
        .group_by(agents.c.login, entries.ticket)
    )
    together, each = Counter[int](), dict[str, Counter[int]]()
    for login, ticket, seconds in connection.execute(asked):
        together[int(ticket)] += int(seconds)
        each.setdefault(login, Counter())[int(ticket)] += int(seconds)
    if not together:
        return ()
    found = sorted(
        (_spent(login, on) for login, on in each.items()), key=lambda one: (-one.seconds, one.name)
    )
    return (_spent("", together), *found)


def _spent(name: str, on: Counter[int]) -> Spent:
    most = sorted(on, key=lambda ticket: (-on[ticket], ticket))[:MOST_WORKED]
    return Spent(name, on.total(), len(on), tuple(most))


def _skips(connection: Connection, question: Question, span: Span) -> Counter[tuple[int, int]]:
    """Count what was handed out and left, by agent and ticket, without what was taken back."""
    undo = commands.alias()
    happened = (
        select(events.c.actor, events.c.ticket, func.count())
        .where(sql.SKIPPED, span.holds(events.c.at), events.c.actor.is_not(None))
        .where(~exists().where(undo.c.undoes == events.c.command, undo.c.name == "Undo"))
        .group_by(events.c.actor, events.c.ticket)
    )
    found = Counter({(int(agent), int(on)): int(times) for agent, on, times in connection.execute(happened)})
    numbers = sorted({number for _, number in found})
    asked: set[int] = set()
    for start in range(0, len(numbers), CHUNK):
        these = select(_t.number).where(_t.number.in_(numbers[start : start + CHUNK]), question.where)
        asked |= set(connection.execute(these).scalars())
    return Counter({key: times for key, times in found.items() if key[1] in asked})


def _ages(connection: Connection, question: Question, moment: int | None) -> tuple[int, int, int, int]:
    """Count what was active at a moment (None: now) by age: under 1 day, 1-3, 3-7, over 7."""
    at = question.now_ms if moment is None else moment
    steps = [at - days * DAY for days in (1, 3, 7)]
    born = _t.created_at
    young = tally(born > steps[0])
    days = tally(and_(born <= steps[0], born > steps[1]))
    week = tally(and_(born <= steps[1], born > steps[2]))
    old = tally(born <= steps[2])
    found = connection.execute(
        select(young, days, week, old).where(question.where, sql.active_at(moment))
    ).one()
    return (int(found[0]), int(found[1]), int(found[2]), int(found[3]))


def _agents(connection: Connection, question: Question, span: Span, skips: Counter[int]) -> tuple[Work, ...]:
    """What each agent carries now and did in the period, the busiest first."""
    names = {int(key): name for key, name in connection.execute(select(agents.c.id, agents.c.login))}
    owned = select(_t.owner_id, func.count()).where(question.where, _t.owner_id.is_not(None))
    active = dict(_pairs(connection, owned.where(sql.ACTIVE).group_by(_t.owner_id)))
    finished = select(_t.owner_id, func.count(), tally(_t.reopens > 0)).where(
        span.holds(_t.solved_at), question.where, _t.owner_id.is_not(None)
    )
    solved: dict[int, int] = {}
    reopened: dict[int, int] = {}
    for owner, count, again in connection.execute(finished.group_by(_t.owner_id)):
        solved[int(owner)], reopened[int(owner)] = int(count), int(again)
    written = (
        select(messages.c.agent_id, func.count())
        .join(tickets, _t.number == messages.c.ticket)
        .where(messages.c.agent_id.in_(list(names)), span.holds(messages.c.at), question.where)
        .where(messages.c.kind == "public", messages.c.retracted.is_(False))
        .group_by(messages.c.agent_id)
    )
    replies = dict(_pairs(connection, written)) if names else {}
    busy = {agent for counts in (active, solved, replies, skips) for agent in counts if agent in names}
    order = sorted(busy, key=lambda agent: (-active.get(agent, 0), -solved.get(agent, 0), names[agent]))
    return tuple(
        Work(
            names[agent],
            active.get(agent, 0),
            solved.get(agent, 0),
            replies.get(agent, 0),
            reopened.get(agent, 0),
            skips[agent],
        )
        for agent in order
    )


def _pairs(connection: Connection, statement: Any) -> Iterator[tuple[int, int]]:
    for key, count in connection.execute(statement):
        yield int(key), int(count)
