"""Topics: what a stretch of the journal touched, as far as the actor may know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.events import Change, Event
from deskterm.domain.quarantine import MORE
from deskterm.domain.sides import RECEIVED
from deskterm.domain.views import Notice
from deskterm.storage import desk_rows, journal, mentions, visibility
from deskterm.store.recalculate import POLICY

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.storage.scope import Scope

STRETCH = 500
"""Events told one by one; more at once (an import) are told as the tickets they touched."""


def notices_since(connection: Connection, scope: Scope, seq: int) -> tuple[Notice, ...]:
    """Return what happened after `seq`: what a recalculation did, and what everybody else did."""
    last = journal.last_seq(connection)
    if last <= seq:
        return ()
    found = (_recounted_since(connection, scope, seq, last), notice_since(connection, scope, seq))
    return tuple(notice for notice in found if notice is not None)


def _recounted_since(connection: Connection, scope: Scope, seq: int, last: int) -> Notice | None:
    hidden = set(scope.hidden)
    tickets = journal.tickets_since(connection, seq, last, POLICY.via)
    touched = visibility.queues_of(connection, tickets)
    seen_of = {ticket: queue for ticket, queue in touched.items() if queue not in hidden}
    topics = {f"ticket:{ticket}" for ticket in seen_of} | {f"queue:{queue}" for queue in seen_of.values()}
    return Notice(last, frozenset(topics), recounted=True) if tickets else None


def notice_since(connection: Connection, scope: Scope, seq: int) -> Notice | None:
    """Return what happened after `seq` but for recalculations, None when nothing did. Hidden tickets leave no
    trace."""
    last = journal.last_seq(connection)
    count = journal.count_but(connection, seq, last, POLICY.via, STRETCH + 1)
    if not count:
        return None
    if count > STRETCH:
        return _in_bulk(connection, scope, seq, last)
    events = journal.since(connection, seq, STRETCH, POLICY.via)
    queues = visibility.queues_of(connection, {event.ticket for event in events if event.ticket is not None})
    hidden = set(scope.hidden)
    topics = set()
    seen = []
    for event in events:
        topics |= _reminders(connection, event) | _said_to(connection, event)
        if event.ticket is None:
            topics.add("desk")
            if event.kind != MORE and any(_set_aside(change) for change in event.changes):
                topics.add("quarantine")
            continue
        queue = queues.get(event.ticket)
        moved = event.change("queue")
        left = moved.before if moved is not None else None
        if left is not None and left not in hidden:
            # A ticket that went out of sight still has to leave the lists it was in.
            topics |= {f"ticket:{event.ticket}", f"queue:{left}"}
        if queue not in hidden:
            topics |= {f"ticket:{event.ticket}", f"queue:{queue}"}
            seen.append(event)
    return Notice(last, frozenset(topics), tuple(seen))


def _in_bulk(connection: Connection, scope: Scope, seq: int, last: int) -> Notice:
    hidden = set(scope.hidden)
    touched = visibility.queues_of(connection, journal.tickets_since(connection, seq, last))
    topics = {f"ticket:{ticket}" for ticket, queue in touched.items() if queue not in hidden}
    topics |= {f"queue:{queue}" for queue in scope.directory.queues if queue not in hidden}
    me = scope.actor.id
    mine = () if me is None else (f"reminder:{me}", f"said:{me}")
    return Notice(last, frozenset((*topics, "desk", *mine)))


def _set_aside(change: Change) -> bool:
    """Say whether a mail came that could not be handled."""
    return change.field.startswith("quarantine:") and change.before is None


def _said_to(connection: Connection, event: Event) -> set[str]:
    """Name the agents who are mentioned, or follow what a customer has written on."""
    told = {
        int(change.field.partition(":")[2])
        for change in event.changes
        if change.field.startswith("mention:") and change.after is not None
    }
    if event.kind in ("received", RECEIVED) and event.ticket is not None:
        told.update(mentions.followers(connection, event.ticket))
    if event.kind == RECEIVED and event.ticket is not None:
        told.update(mentions.owner(connection, event.ticket))
    return {f"said:{agent}" for agent in told}


def _reminders(connection: Connection, event: Event) -> set[str]:
    """Name the agents whose reminders an event set, rang or dismissed."""
    topics: set[str] = set()
    for change in event.changes:
        head, _, number = change.field.partition(":")
        if head == "reminder":
            found = desk_rows.reminder(connection, int(number))
            if found is not None:
                topics.add(f"reminder:{found['agent_id']}")
    return topics
