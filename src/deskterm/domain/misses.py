"""Misses: the replies that came too late or never, so that a late one stays visible (SEMANTICS S7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.events import Event, evolve
from deskterm.domain.kinds import State
from deskterm.domain.sla import Clock, ClockState, Line, lines
from deskterm.domain.terms import measured
from deskterm.domain.ticket import Ticket

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy

TARGET = "next_reply"
_NO_END = ("undone", "split", "unmerged")
"""Kinds of events that take the question away, or give it back, but answer nothing."""


class _Wait(NamedTuple):
    """A wait of the requester that ended, with the ticket as it was until then."""

    ticket: Ticket
    ended: datetime


def clocks_with_misses(
    ticket: Ticket, policy: Policy, now: datetime, events: Sequence[Event]
) -> tuple[Clock, ...]:
    """Return the clocks of a ticket at `now`, and those of next replies that were missed before."""
    return tuple(line.clock(now) for line in all_lines(ticket, policy, events))


def with_missed(clocks: tuple[Clock, ...], judged: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """Return clocks as they are now with the next replies that were missed, in their place."""
    missed = [clock for clock in judged if clock.target == TARGET and clock.ended_at is not None]
    held = [clock for clock in clocks if clock.target != TARGET or clock.ended_at is None]
    at = 1 if held and held[0].target == "first_reply" else 0
    return (*held[:at], *missed, *held[at:])


def all_lines(ticket: Ticket, policy: Policy, events: Sequence[Event]) -> list[Line]:
    """Return the targets of a ticket, the missed next replies after its first reply, oldest first."""
    found = lines(ticket, policy)
    late = missed_replies(ticket, policy, events)
    at = 1 if found and found[0].target == "first_reply" else 0
    return [*found[:at], *late, *found[at:]]


def missed_replies(ticket: Ticket, policy: Policy, events: Sequence[Event]) -> list[Line]:
    """Return the next replies that came when their time was up, as the policy of then measured them.

    A reply that was taken back is no end: the clock runs on from where it began. What was closed without
    solving is cancelled, unless it was merged. Clocks that were counted anew are judged by what measures them
    since.
    """
    if not _could(ticket, policy, events):
        return []
    found: dict[datetime, _Wait] = {}
    taken_back: dict[datetime, _Wait] = {}
    before: Ticket | None = None
    after: Ticket | None = None
    for event in events:
        before, after = after, evolve(after, event)
        if event.kind == "recounted":
            found = {start: _anew(wait, after) for start, wait in found.items()}
        if before is None or before.waiting_since == after.waiting_since:
            continue
        start, begun = before.waiting_since, after.waiting_since
        if begun is not None and begun in found:
            taken_back[begun] = found.pop(begun)
        if start is None or event.kind in _NO_END:
            continue
        if event.kind == "redone" and start in taken_back:
            found[start] = taken_back.pop(start)
        elif after.merged_into is not None or not (
            after.state is State.CLOSED and before.state is not State.SOLVED
        ):
            found[start] = _Wait(before, event.at)
    judged = (_judged(wait, policy) for _, wait in sorted(found.items()))
    return [line for line in judged if line is not None]


def _judged(wait: _Wait, policy: Policy) -> Line | None:
    """Return the line of a wait when it ended too late."""
    line = next((one for one in lines(wait.ticket, policy) if one.target == TARGET), None)
    if line is None or line.used(wait.ended) < line.seconds:
        return None
    line.state, line.stopped, line.ended = ClockState.MISSED, wait.ended, wait.ended
    return line


def asks_next_reply(ticket: Ticket, policy: Policy) -> bool:
    """Say whether a ticket was ever measured by a target for next replies."""
    return any(one.target == TARGET for one in ticket.target_overrides) or any(
        targets.next_reply is not None
        for since in measured(ticket, policy)
        for targets in since.terms.targets.values()
    )


def _could(ticket: Ticket, policy: Policy, events: Sequence[Event]) -> bool:
    """Say whether it was ever measured by a target for next replies, and a wait of its requester ended."""
    ended = (event.change("waiting_since") for event in events)
    return asks_next_reply(ticket, policy) and any(
        change is not None and change.before is not None for change in ended
    )


def _anew(wait: _Wait, now: Ticket) -> _Wait:
    return wait._replace(ticket=replace(wait.ticket, legs=now.legs))
