"""Recalculating after a changed policy: ticket by ticket in short transactions, while everybody works on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from deskterm.domain.people import Actor
from deskterm.storage import journal, policies, tickets
from deskterm.storage.codec import to_ms

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher, Walk

POLICY = Actor(None, "policy")
BUDGET_SECONDS = 0.02
"""How long one transaction may keep others from writing."""
READ = 64
"""Tickets read for one transaction."""

Rest = Callable[[float], bool]
"""Waits so many seconds; says whether to end."""


def begin(walk: Walk, version: int) -> None:
    """Let all tickets be looked at under a policy that was just applied, from the first one on."""
    command = journal.new_command(
        walk.connection,
        "Recalculate",
        actor=None,
        via=POLICY.via,
        at=to_ms(walk.now),
        summary=f"Recalculated clocks for policy {version}",
    )
    policies.put_task(walk.connection, policies.Task(version, command, 0))


def recalculate(
    dispatcher: Dispatcher, rest: Rest | None = None, on_progress: Callable[[int], None] | None = None
) -> int:
    """Do what is left to recalculate, whoever began it; returns how many tickets were looked at.

    Progress is kept in the database: what one process leaves, another goes on with.
    """
    wait = rest or threading.Event().wait
    seen = 0
    while True:
        with dispatcher.database.read() as connection:
            if policies.task(connection) is None:
                return seen
        started = time.perf_counter()
        seen += dispatcher.database.write(lambda connection: _step(dispatcher, connection))
        if on_progress is not None:
            on_progress(seen)
        # As long a rest as the work took: whoever waits to write gets in between.
        if wait(time.perf_counter() - started):
            return seen


def _step(dispatcher: Dispatcher, connection: Connection) -> int:
    """Look at the next tickets until the time is up."""
    until = time.perf_counter() + BUDGET_SECONDS
    task = policies.task(connection)
    if task is None:
        return 0
    walk = dispatcher.walk(connection, POLICY)
    walk.command = task.command
    read = tickets.lively(connection, task.after, READ)
    last, seen = task.after, 0
    for ticket in read:
        tickets.wait_for_rules(connection, walk.settle(ticket), walk.policy)
        last, seen = ticket.number, seen + 1
        if time.perf_counter() >= until:
            break
    ended = seen == len(read) < READ
    policies.put_task(connection, None if ended else task._replace(after=last))
    if walk.seq:
        dispatcher.database.notify(connection, walk.seq)
    return seen
