"""Mending: clock fields put right after an undo that could not restore them, because they moved on since."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from deskterm.domain.events import Change
from deskterm.domain.policy import Policy
from deskterm.domain.proposal import changed
from deskterm.domain.sla import pauses
from deskterm.domain.ticket import ACTIVE, END_FIELDS, PAUSE_FIELDS, REPLY_FIELDS, State, Ticket


class Spoken(NamedTuple):
    """What the visible conversation says: the first reply, the last, and the oldest unanswered message."""

    first: datetime | None
    last: datetime | None
    waiting: datetime | None


def mend(
    ticket: Ticket, moved: frozenset[str], spoken: Spoken, policy: Policy, now: datetime
) -> tuple[Change, ...]:
    """Return the changes that bring the moved clock fields in line with the ticket's state and messages."""
    values: dict[str, object] = {}
    if moved & PAUSE_FIELDS:
        stands = pauses(ticket.state, policy)
        if stands and ticket.paused_at is None:
            values["paused_at"] = now
        elif not stands and ticket.paused_at is not None:
            stood = max(0, int((now - ticket.paused_at).total_seconds()))
            values |= {"paused_at": None, "paused_seconds": ticket.paused_seconds + stood}
    if moved & END_FIELDS:
        if ticket.state in ACTIVE:
            values |= {"solved_at": None, "closed_at": None}
        elif ticket.state is State.SOLVED:
            values |= {"solved_at": ticket.solved_at or now, "closed_at": None}
        else:
            values["closed_at"] = ticket.closed_at or now
    if moved & REPLY_FIELDS:
        waiting = spoken.waiting
        if spoken.last is None and waiting is None:
            waiting = ticket.created_at
        values |= {
            "first_replied_at": spoken.first,
            "replied_at": spoken.last,
            "waiting_since": waiting if ticket.state in ACTIVE else None,
        }
    return changed(ticket, **values)
