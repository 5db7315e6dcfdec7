"""Mending: clock fields put right after an undo that could not restore them, because they moved on since."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from deskterm.domain.events import Change
from deskterm.domain.kinds import ACTIVE, State
from deskterm.domain.proposal import changed
from deskterm.domain.spells import mended
from deskterm.domain.ticket import END_FIELDS, PAUSE_FIELDS, REPLY_FIELDS, Ticket


class Spoken(NamedTuple):
    """What the visible conversation says: first and last reply, what waits longest, and when it was asked."""

    first: datetime | None
    last: datetime | None
    waiting: datetime | None
    asked: frozenset[datetime]


def mend(ticket: Ticket, moved: frozenset[str], spoken: Spoken | None, now: datetime) -> tuple[Change, ...]:
    """Return the changes that bring the moved clock fields in line with the ticket's state and messages.

    `spoken` is None for a ticket whose replies are not in its conversation (an imported log).
    """
    values: dict[str, object] = {}
    stays = mended(ticket, now) if moved & PAUSE_FIELDS else []
    if moved & END_FIELDS:
        if ticket.state in ACTIVE:
            values |= {"solved_at": None, "closed_at": None}
        elif ticket.state is State.SOLVED:
            values |= {"solved_at": ticket.solved_at or now, "closed_at": None}
        else:
            values["closed_at"] = ticket.closed_at or now
    if spoken is not None:
        values |= {"first_replied_at": spoken.first, "replied_at": spoken.last}
        # What was asked before an end was settled by it; without an end the conversation says it all.
        never_ended = ticket.state in ACTIVE and ticket.reopens == 0
        waits_for_nothing = ticket.waiting_since not in (None, ticket.created_at, *spoken.asked)
        if moved & REPLY_FIELDS or never_ended or waits_for_nothing:
            waiting = spoken.waiting
            if spoken.last is None and (waiting is None or ticket.reopens == 0):
                # Nobody has answered what it was opened for, with a message of the requester's or without.
                waiting = min(waiting or ticket.created_at, ticket.created_at)
            values["waiting_since"] = waiting if ticket.state in ACTIVE else None
    return (*stays, *changed(ticket, **values))
