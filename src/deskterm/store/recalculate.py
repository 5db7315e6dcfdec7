"""Recalculating after a changed policy: decided while everybody works, written in short transactions."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.decide import settle
from deskterm.domain.people import Actor
from deskterm.storage import due, journal, policies, recounting, tickets
from deskterm.storage.codec import to_ms
from deskterm.storage.policies import Task
from deskterm.store.assigning import RETURN, UNTOUCHED, returns_sooner

if TYPE_CHECKING:
    from datetime import datetime

    from deskterm.storage.database import Connection
    from deskterm.storage.recounting import Anew
    from deskterm.store.dispatch import Dispatcher, Walk

POLICY = Actor(None, "policy")
LOCK_SECONDS, THOUGHT_SECONDS = 0.015, 0.025
"""How long one transaction is to keep others from writing, and deciding what is in it this process from
painting; the next one takes as many tickets as fit."""
FIRST, LEAST, MOST = 32, 16, 200
"""Tickets of the first transaction, and of any: with fewer, beginning and ending it is most of the work."""
GIVEN_SECONDS = 1.0
"""How long the deciding of what is in one transaction may stand back for keys, in all."""
LEASE_MS = 5_000
"""How long after its last transaction nobody goes on in place of a process that recalculates."""
AHEAD_MS = 60_000
"""How far clocks of several machines may differ: a lease that is longer than that is none."""
LOOK_SECONDS = 1.0
"""How often the others look whether it still does."""

Rest = Callable[[float], bool]
"""Waits so many seconds; says whether to end."""
GiveWay = Callable[[], None]
"""Waits while a key is being answered, for a moment at most."""
Apart = Callable[[str, Rest], bool]
"""Recalculates in a process of its own, as the holder that it is given; says whether that went well."""
APART_FROM = 2_000
"""With fewer tickets left, starting a process would cost more than it spares."""


class Part(NamedTuple):
    """Tickets looked at in one go: what differs, the last one, and whether there are more.

    `returns` are the queues whose untouched tickets return from a time on, where they did not before.
    """

    task: Task
    work: list[Anew]
    last: int
    seen: int
    ended: bool
    returns: list[tuple[int, datetime]]


class Found(NamedTuple):
    """What is left, whether that is much, the next part of it where it is for this process to do, and for how
    many seconds of a processor that was thought about."""

    task: Task | None
    much: bool
    part: Part | None
    thought: float


Decide = Callable[[Callable[[], Found]], Found]
"""Finds out what is to be written next: in this thread or another."""


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
    under_way = policies.task(walk.connection)
    holder, until = (under_way.holder, under_way.until) if under_way is not None else ("", 0)
    # Who recalculates goes on, from the first ticket.
    policies.put_task(walk.connection, Task(version, command, 0, holder, until))


def recalculate(
    dispatcher: Dispatcher,
    rest: Rest | None = None,
    on_progress: Callable[[int], None] | None = None,
    give_way: GiveWay = lambda: None,
    *,
    apart: Apart | None = None,
    holder: str = "",
    decide: Decide = lambda job: job(),
) -> int:
    """Do what is left to recalculate, whoever began it; returns how many tickets were looked at here.

    Progress is kept in the database: what one process leaves, another goes on with. One at a time does it;
    the others wait until it is done, or until nothing was heard of that one for a while. Much is left to
    `apart`, where there is one; `holder` is who has the lease already, in whose place this goes on. `decide`
    runs what takes the processor and holds up nobody.
    """
    wait = rest or threading.Event().wait
    mine, seen, size = holder or secrets.token_hex(4), 0, FIRST
    while True:
        look = partial(_look, dispatcher, mine, size, give_way, leaves_much=apart is not None)
        task, much, part, thought = decide(look)
        if task is None:
            return seen
        if much and apart is not None:
            if task.holder == mine:
                # It said that all went well, and left it to us: so it would the next time, and for ever.
                apart = None
                continue
            if _hold(dispatcher, task, mine) and not apart(mine, wait):
                apart = None
            if wait(0):
                return seen
            continue
        if part is None:
            if wait(LOOK_SECONDS):
                return seen
            continue
        give_way()
        done, locked = _put(dispatcher, part, mine)
        seen += done
        if on_progress is not None:
            on_progress(seen)
        # By steps: one transaction that the machine was slow in says little about the next.
        fits = min(LOCK_SECONDS / max(locked, 0.001), THOUGHT_SECONDS / max(thought, 0.001))
        size = max(LEAST, min(MOST, round(size * max(0.8, min(1.25, fits)))))
        # As long a rest as the work took, and twice that of the lock: others get in between.
        if wait(max(thought + locked, 2 * locked)):
            _let_go(dispatcher, mine)
            return seen


def _look(dispatcher: Dispatcher, mine: str, size: int, give_way: GiveWay, *, leaves_much: bool) -> Found:
    """Look what is left, and decide the next part of it unless others do it, or it is to be left."""
    used, now = time.thread_time(), to_ms(dispatcher.now())
    part, much = None, False
    with dispatcher.database.read() as connection:
        task = policies.task(connection)
        if task is not None and (task.holder == mine or not now < task.until <= now + LEASE_MS + AHEAD_MS):
            much = leaves_much and recounting.are_left(connection, task.after, APART_FROM)
            part = None if much else _part(dispatcher, connection, task, size, give_way)
    return Found(task, much, part, time.thread_time() - used)


def _part(
    dispatcher: Dispatcher, connection: Connection, task: Task, size: int, give_way: GiveWay = lambda: None
) -> Part:
    """Decide what differs for the next tickets: nobody has to wait for that, and it stands back for keys."""
    walk = dispatcher.walk(connection, POLICY)
    situation = walk.situation()
    found = recounting.read(connection, task.after, size)
    work, until = [], time.perf_counter() + GIVEN_SECONDS
    for kept in found:
        settled = settle(kept.ticket, situation)
        one = recounting.differing(kept, settled, walk.policy, task.command, POLICY.via, walk.now)
        if one.changed:
            work.append(one)
        if time.perf_counter() < until:
            give_way()
    last = found[-1].ticket.number if found else task.after
    return Part(task, work, last, len(found), len(found) < size, returns_sooner(walk))


def _put(dispatcher: Dispatcher, part: Part, mine: str) -> tuple[int, float]:
    """Write it; returns how many tickets are done, and for how many seconds nobody else could write."""
    began = 0.0

    def work(connection: Connection) -> int:
        nonlocal began
        began = time.perf_counter()
        return _write(dispatcher, connection, part, mine)

    # Progress goes with it: what a power cut undoes is done again.
    done = dispatcher.database.write(work, lasting=False)
    return done, time.perf_counter() - began


def _write(dispatcher: Dispatcher, connection: Connection, part: Part, mine: str) -> int:
    """Write what differs, unless another policy came or somebody else took over; returns for how many.

    A ticket that something happened to meanwhile is decided anew.
    """
    if policies.task(connection) != part.task:
        return 0
    walk: Walk | None = None
    moved = recounting.moved(connection, part.work)
    seq = recounting.write(connection, [one for one in part.work if one.number not in moved])
    for number in sorted(moved):
        ticket = tickets.load(connection, number)
        if ticket is not None and ticket.active and not ticket.voided:
            if walk is None:
                walk = dispatcher.walk(connection, POLICY)
                walk.command = part.task.command
            tickets.wait_for_rules(connection, walk.settle(ticket), walk.policy)
            seq = max(seq, walk.seq)
    for queue, at in part.returns:
        due.put_for_owners(connection, RETURN, queue, UNTOUCHED, part.task.after, part.last, at)
    if part.ended:
        policies.put_watched(connection, part.task.version)
    left = part.task._replace(after=part.last, holder=mine, until=to_ms(dispatcher.now()) + LEASE_MS)
    policies.put_task(connection, None if part.ended else left)
    if seq:
        dispatcher.database.notify(connection, seq)
    return part.seen


def _hold(dispatcher: Dispatcher, task: Task, mine: str) -> bool:
    """Take the lease, unless something was done meanwhile; says whether."""

    def work(connection: Connection) -> bool:
        if policies.task(connection) != task:
            return False
        until = to_ms(dispatcher.now()) + LEASE_MS
        policies.put_task(connection, task._replace(holder=mine, until=until))
        return True

    return dispatcher.database.write(work, lasting=False)


def _let_go(dispatcher: Dispatcher, mine: str) -> None:
    """Let another process go on at once."""

    def work(connection: Connection) -> None:
        task = policies.task(connection)
        if task is not None and task.holder == mine:
            policies.put_task(connection, task._replace(holder="", until=0))

    dispatcher.database.write(work)
