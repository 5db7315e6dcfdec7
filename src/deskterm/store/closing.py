"""Closing by itself: what was solved closes with "no answer" when its requester stays silent long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.auto_close import closes_at
from deskterm.domain.decide import decide
from deskterm.domain.gates import followed
from deskterm.domain.kinds import State
from deskterm.storage import due
from deskterm.store import processes

if TYPE_CHECKING:
    from datetime import datetime

    from deskterm.domain.ticket import Ticket
    from deskterm.storage.due import Due
    from deskterm.store.dispatch import Walk

CLOSE = "close"
"""Due work: close a solved ticket, unless it was reopened, or solved again, since."""


def after(walk: Walk) -> None:
    """Let each ticket close in time that was solved in this walk, or whose steps stand otherwise by now."""
    for number, one in walk.all_touched().items():
        ticket, before = one.ticket, one.before
        if ticket is None or ticket.state is not State.SOLVED:
            continue
        if before is None or before.state is not State.SOLVED or followed(before) != followed(ticket):
            at = _closes_at(walk, ticket)
            if at is not None:
                due.put(walk.connection, CLOSE, number, 0, at)


def close(walk: Walk, item: Due, ticket: Ticket) -> None:
    """Close a ticket whose time has come; one that has more time by now is looked at again then."""
    at = _closes_at(walk, ticket) if ticket.state is State.SOLVED else None
    if at is None:
        return
    if at > walk.now:
        due.again(walk.connection, item, at)
        return
    if processes.held_open(walk, ticket):
        return
    proposal = decide(c.Close((ticket.number,), "no answer"), ticket, walk.situation())
    if proposal is not None:
        walk.carry_out(ticket, ticket.number, ticket.requester, proposal)


def _closes_at(walk: Walk, ticket: Ticket) -> datetime | None:
    days = walk.policy.auto_close_days
    queue = walk.directory.queues.get(ticket.queue)
    if not days or ticket.solved_at is None:
        return None
    return closes_at(ticket.solved_at, days, walk.policy.queue_calendar(queue.key if queue else ""))
