"""Running due work: claimed, decided and recorded in one transaction, once however many processes run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.decide import decide
from deskterm.domain.people import Actor
from deskterm.storage import arming, due, journal, tickets
from deskterm.storage import recurring as recurring_rows
from deskterm.storage.codec import to_ms
from deskterm.store import asking, assigning, closing, processes, recurring, ringing, rule_runner, sending
from deskterm.store.candidates import GIVE

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.storage.due import Due
    from deskterm.store.dispatch import Dispatcher, Walk

SCHEDULER = Actor(None, "scheduler")
BATCH = 100
"""Pieces of work that are done in one go."""
BUDGET_SECONDS = 0.02
"""How long one transaction may keep others from writing: what is left is for the next."""

LONG = 1
"""More pieces than these may take several transactions."""

Rest = Callable[[float], bool]
"""Waits so many seconds; says whether to end."""


def run_due(dispatcher: Dispatcher, limit: int = BATCH, rest: Rest | None = None) -> int:
    """Do what is due, oldest first, at most `limit` pieces; returns how many were claimed.

    Much of it takes several transactions, and `rest` in between: whoever waits to write gets in.
    """
    wait = rest or threading.Event().wait
    now, total = to_ms(dispatcher.now()), 0
    while total < limit:
        began = time.perf_counter()
        with dispatcher.database.read() as connection:
            if not due.any_due(connection, now):
                break
        portion = partial(_run, dispatcher, now=now, limit=limit - total)
        done = dispatcher.database.write(portion)
        total += done
        if not done or (total > LONG and wait(2 * (time.perf_counter() - began))):
            break
    return total


def _run(dispatcher: Dispatcher, connection: Connection, *, now: int, limit: int) -> int:
    until = time.perf_counter() + BUDGET_SECONDS
    walk = dispatcher.walk(connection, SCHEDULER)
    ripe = due.ripe(connection, now, limit)
    if not ripe:
        return 0
    walk.command = journal.new_command(
        connection, "Due", actor=None, via=SCHEDULER.via, at=to_ms(walk.now), summary=""
    )
    done = 0
    for item in ripe:
        done += 1
        if not due.claim(connection, item, now):
            continue
        walk.touched.clear()
        walk.ruled.clear()
        opened = _do(walk, item)
        rule_runner.after(walk, intake=opened)
        processes.after(walk)
        closing.after(walk)
        assigning.after(walk)
        sending.after(walk)
        if time.perf_counter() >= until:
            break
    journal.rename_command(connection, walk.command, f"{done} due")
    dispatcher.database.notify(connection, walk.seq)
    return done


def _do(walk: Walk, item: Due) -> bool:
    """Do a piece of work; True when that has opened a ticket."""
    if item.what == recurring_rows.WHAT:
        return recurring.fall_due(walk, item)
    _do_one(walk, item)
    return False


def _do_one(walk: Walk, item: Due) -> None:
    kind, _, rest = item.what.partition(":")
    if kind == "reminder":
        ringing.rung(walk, item.ref)
        return
    if kind == arming.WHAT:
        arming.go_on(walk.connection, walk.policy, item)
        return
    ticket = tickets.load(walk.connection, item.ticket)
    if ticket is None or ticket.voided:
        return
    if kind == "rule":
        rule_runner.at_time(walk, item, ticket)
        return
    if kind == tickets.HOLD:
        ringing.held_until(walk, item, ticket)
        return
    if kind == GIVE:
        assigning.again(walk, ticket, item)
        return
    if kind == assigning.RETURN:
        assigning.take_back(walk, item, ticket)
        return
    if kind == closing.CLOSE:
        closing.close(walk, item, ticket)
        return
    command: c.TicketCommand
    if kind == "clock":
        target, _, level = rest.partition(":")
        command = c.ClockDue((ticket.number,), target, level)
    elif kind == "step":
        command = c.StepDue((ticket.number,), rest)
    else:
        command = c.SnoozeDue((ticket.number,), item.ref)
    proposal = decide(command, ticket, walk.situation(**asking.known(walk, command, ticket.number)))
    if proposal is None:
        return
    rings = ringing.set_all(walk, ticket.number, proposal.rings)
    after = walk.apply(ticket, ticket.number, proposal.kind, (*proposal.changes, *rings))
    if isinstance(command, c.ClockDue):
        rule_runner.at_level(walk, command.target, command.level, after)
