"""Spells: the stays of a ticket in states that may stop its clocks, as they begin, end and are put right."""

from __future__ import annotations

from datetime import datetime

from deskterm.domain.events import Change
from deskterm.domain.kinds import State
from deskterm.domain.ticket import SPELLED, Spell, Ticket, in_order


def stays(spells: frozenset[Spell], to: State, at: datetime, status: str = "") -> frozenset[Spell]:
    """Return the stays after coming into a state: the one that lasts ends, another may begin.

    A stay without any time is none, and none begins before another ended, should a clock have been put back.
    """
    kept = {spell for spell in spells if spell.end is not None}
    for lasts in spells - kept:
        if at > lasts.start:
            kept.add(lasts._replace(end=at))
    if to in SPELLED or status:
        start = max([at, *(spell.end for spell in kept if spell.end is not None)])
        kept.add(Spell(start, to, None, status))
    return frozenset(kept)


def moving(ticket: Ticket, to: State, now: datetime, status: str = "") -> list[Change]:
    """Return what coming into a state changes; what an older event left as `paused_at` becomes a stay."""
    changes: list[Change] = []
    before = ticket.spells
    if ticket.paused_at is not None:
        changes.append(Change("paused_at", ticket.paused_at, None))
        before |= {Spell(ticket.paused_at, ticket.state, None, ticket.status)}
    after = stays(before, to, now, status)
    if after != ticket.spells:
        gone, come = in_order(ticket.spells - after), in_order(after - ticket.spells)
        changes.append(Change("spells", gone, come))
    return changes


def mended(ticket: Ticket, now: datetime) -> list[Change]:
    """Return what brings the stay that lasts in line with the state again, from now on."""
    lasts, status = ticket.spell, ticket.status
    if ticket.state in SPELLED or status:
        same = lasts is not None and (lasts.state, lasts.status) == (ticket.state, status)
        if ticket.paused_at is not None or same:
            return []
        return moving(ticket, ticket.state, now, status)
    if lasts is not None:
        return moving(ticket, ticket.state, now)
    if ticket.paused_at is None:
        return []
    stood = max(0, int((now - ticket.paused_at).total_seconds()))
    return [
        Change("paused_at", ticket.paused_at, None),
        Change("paused_seconds", ticket.paused_seconds, ticket.paused_seconds + stood),
    ]
