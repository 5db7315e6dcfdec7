"""Topics: what a stretch of the journal touched, as far as the actor may know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.views import Notice
from deskterm.storage import journal, visibility

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.storage.scope import Scope

STRETCH = 500
"""Events read at a time; an import of a million tells in stretches."""


def notice_since(connection: Connection, scope: Scope, seq: int) -> Notice | None:
    """Return what happened after `seq`, None when nothing did. Hidden tickets leave no trace."""
    events = journal.since(connection, seq, STRETCH)
    if not events:
        return None
    queues = visibility.queues_of(connection, {event.ticket for event in events if event.ticket is not None})
    hidden = set(scope.hidden)
    topics: set[str] = set()
    seen = []
    for event in events:
        if event.ticket is None:
            topics.add("desk")
            topics |= {
                f"reminder:{c.field.partition(':')[2]}"
                for c in event.changes
                if c.field.startswith("reminder:")
            }
            seen.append(event)
            continue
        queue = queues.get(event.ticket)
        if queue in hidden:
            continue
        topics |= {f"ticket:{event.ticket}", f"queue:{queue}"}
        moved = event.change("queue")
        if moved is not None and moved.before is not None:
            topics.add(f"queue:{moved.before}")
        seen.append(event)
    return Notice(events[-1].seq, frozenset(topics), tuple(seen))
