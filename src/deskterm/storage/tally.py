"""How many active tickets there are by queue, owner, state and priority, kept in step with the journal."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, func, or_, select

from deskterm.domain import query as q
from deskterm.domain.facts import Facts
from deskterm.domain.kinds import ACTIVE as ACTIVE_STATES
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.matching import matches, mentions
from deskterm.domain.people import Queue, Requester
from deskterm.domain.ticket import Ticket
from deskterm.storage.journal import last_seq
from deskterm.storage.scope import ACTIVE, Scope
from deskterm.storage.tables import events, snoozes, tickets

if TYPE_CHECKING:
    from deskterm.storage.people import Directory

FAR_BEHIND, MANY_MOVED = 20_000, 1_000
"""Events, and tickets moved by them, from which counting anew is cheaper than following them."""

STEPS_KEPT = 64
"""How many of the last counts are kept: readers go on from the last one that their transaction can see."""

MANY_ANSWERS = 200
"""Queries whose answers are kept: those of the sidebar, the board and whatever was listed lately."""

_FIELDS = frozenset({"queue", "owner", "state", "priority"})
_WORDS = frozenset(
    {"any", "active", "unassigned", "mine", "confidential", *(state.value for state in ACTIVE_STATES)}
)
_WATCHED = (*sorted(_FIELDS), "voided")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = frozenset(state.value for state in ACTIVE_STATES)


class Group(NamedTuple):
    """What active tickets are counted by: ids of the queue and the owner, and two words."""

    queue: int
    owner: int | None
    state: str
    priority: str


class Tally:
    """The groups of one desk's active tickets, for all readers of a process.

    The first reader counts them; each later one looks only at what was committed since. Nobody waits for
    another meanwhile: while commits come all the time, whoever waited would be late, and count for itself.
    """

    def __init__(self) -> None:
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._steps: list[tuple[int, Mapping[Group, int]]] = []
        """The last counts, each with the last event that was committed by then."""
        self._known: Directory | None = None
        self._answers: dict[tuple[q.Query, int | None], dict[Group, bool]] = {}

    def groups(self, connection: Connection) -> Mapping[Group, int]:
        """Return how many active tickets are in each group, as this transaction sees them."""
        seq = last_seq(connection)
        found = self._followed(connection, seq)
        if found is not None:
            return found
        with self._counting:
            # Another reader may have counted them just now.
            return self._followed(connection, seq) or self._keep(seq, _counted(connection))

    def _followed(self, connection: Connection, seq: int) -> Mapping[Group, int] | None:
        """Return the groups as of an event, from those of the last one before it that is known."""
        with self._lock:
            before = [step for step in self._steps if step[0] <= seq]
        if not before or not before[-1][1]:
            return None
        last, groups = before[-1]
        if last == seq:
            return groups
        moved = _moved(connection, last, seq)
        return None if moved is None else self._keep(seq, _added(groups, moved))

    def _keep(self, seq: int, groups: Mapping[Group, int]) -> Mapping[Group, int]:
        with self._lock:
            steps = dict(self._steps) | {seq: groups}
            self._steps = sorted(steps.items(), key=lambda step: step[0])[-STEPS_KEPT:]
        return groups

    def found(self, connection: Connection, scope: Scope, query: q.Query) -> Mapping[Group, int] | None:
        """Return the groups of the active tickets that a list of `query` holds; None when they cannot tell.

        A list leaves out what the actor has snoozed, unless the query speaks of that.
        """
        if not can_tell(query.root):
            return None
        groups = self.groups(connection)
        meant = self._meant(scope, query)
        found = Counter({group: n for group, n in groups.items() if meant(group)})
        if scope.actor.agent is not None and not mentions(query.root, ("any", "snoozed")):
            found.subtract(group for group in asleep(connection, scope) if meant(group))
        return found

    def _meant(self, scope: Scope, query: q.Query) -> Callable[[Group], bool]:
        """Return the test whether the tickets of a group are meant, which remembers its answers."""
        with self._lock:
            if scope.directory is not self._known or len(self._answers) > MANY_ANSWERS:
                self._known, self._answers = scope.directory, {}
            answers = self._answers.setdefault((query, scope.actor.id), {})

        def meant(group: Group) -> bool:
            answer = answers.get(group)
            if answer is None:
                facts = _facts(group, scope.directory)
                answer = answers[group] = matches(query, facts, scope.actor, scope.now, scope.zone)
            return answer

        return meant


def groups_of(connection: Connection, scope: Scope) -> Mapping[Group, int]:
    """Return how many active tickets are in each group, counted now where no reader keeps that."""
    return scope.tally.groups(connection) if scope.tally is not None else _counted(connection)


def can_tell(term: q.Term) -> bool:
    """Say whether groups alone decide a term."""
    if isinstance(term, q.And | q.Or):
        return all(can_tell(part) for part in term.terms)
    if isinstance(term, q.Not):
        return can_tell(term.term)
    if isinstance(term, q.Is):
        return term.value in _WORDS
    return isinstance(term, q.Field) and term.name in _FIELDS


def asleep(connection: Connection, scope: Scope) -> list[Group]:
    """Return the group of each active ticket that the actor has snoozed and may know of."""
    if scope.actor.id is None:
        return []
    statement = (
        select(tickets.c.queue_id, tickets.c.owner_id, tickets.c.state, tickets.c.priority)
        .join(snoozes, snoozes.c.ticket == tickets.c.number)
        .where(snoozes.c.agent_id == scope.actor.id, snoozes.c.until > scope.now_ms, tickets.c.active == 1)
    )
    hidden = set(scope.hidden)
    return [Group(*row) for row in connection.execute(statement) if row.queue_id not in hidden]


_GROUPED = (
    select(
        tickets.c.queue_id, tickets.c.owner_id, tickets.c.state, tickets.c.priority, func.count().label("n")
    )
    .where(ACTIVE)
    .group_by(tickets.c.queue_id, tickets.c.owner_id, tickets.c.state, tickets.c.priority)
)


def _counted(connection: Connection) -> Mapping[Group, int]:
    return {Group(*row[:4]): int(row.n) for row in connection.execute(_GROUPED)}


def _added(groups: Mapping[Group, int], moved: Iterable[tuple[Group | None, int]]) -> Mapping[Group, int]:
    found = Counter(groups)
    for group, n in moved:
        if group is not None:
            found[group] += n
    return {group: n for group, n in found.items() if n}


def _moved(connection: Connection, seq: int, last: int) -> list[tuple[Group | None, int]] | None:
    """Return what left each group (-1) and what came (1) with the events since; None when they are too many.

    A ticket was what its first event says it was before, and in all else what it still is.
    """
    if last - seq > FAR_BEHIND:
        return None
    # Most events move nothing, such as those of a recalculation: they are told apart before they are read.
    moves = or_(events.c.kind == "created", *(events.c.changes.contains(f'"{name}"') for name in _WATCHED))
    since = select(events.c.ticket, events.c.kind, events.c.changes).where(
        events.c.seq > seq, events.c.seq <= last, events.c.ticket.is_not(None), moves
    )
    before: dict[int, dict[str, Any] | None] = {}
    for event in connection.execute(since.order_by(events.c.seq)):
        if event.kind == "created" and event.ticket not in before:
            before[event.ticket] = None
            continue
        was = before.setdefault(event.ticket, {})
        if was is not None:
            for name, old, _ in json.loads(event.changes):
                if name in _WATCHED:
                    was.setdefault(name, old)
    if not before or len(before) > MANY_MOVED:
        return None if before else []
    columns = [tickets.c[name] for name in ("number", "queue_id", "owner_id", "state", "priority", "voided")]
    moved: list[tuple[Group | None, int]] = []
    for row in connection.execute(select(*columns).where(tickets.c.number.in_(sorted(before)))):
        now = dict(zip(("queue", "owner", "state", "priority", "voided"), row[1:], strict=True))
        was = before[row.number]
        moved.append((_group(now), 1))
        if was is not None:
            moved.append((_group(now | was), -1))
    return moved


def _group(values: Mapping[str, Any]) -> Group | None:
    if values["voided"] or values["state"] not in _STATES:
        return None
    return Group(values["queue"], values["owner"], values["state"], values["priority"])


def _facts(group: Group, known: Directory) -> Facts:
    """Return a ticket of a group, of which nothing else is asked."""

    def unasked() -> Any:
        raise AssertionError("a group says nothing of that")

    ticket = Ticket(
        number=0,
        subject="",
        state=State(group.state),
        priority=Priority(group.priority),
        impact=Level.MEDIUM,
        urgency=Level.MEDIUM,
        queue=group.queue,
        requester=0,
        created_at=_EPOCH,
        updated_at=_EPOCH,
        owner=group.owner,
    )
    queue = known.queues.get(group.queue, Queue(group.queue, "", ""))
    return Facts(ticket, queue, Requester(0, "", ""), unasked, unasked, unasked, None, known.agents)
