"""What metrics count, as SQL expressions over the ticket rows: the definitions of CONTRACT section 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, text

from deskterm.storage.tables import tickets

DAY = 86_400_000
QUARTER = 900_000
"""Fifteen minutes: every time zone differs from UTC by a multiple, so local days and hours follow from it."""

_t = tickets.c
ACTIVE: ColumnElement[bool] = text("tickets.active = 1")  # type: ignore[assignment]
"""Written out, because a bound parameter would keep the partial indexes from serving it."""

SKIPPED: ColumnElement[bool] = text("events.kind = 'skipped'")  # type: ignore[assignment]
"""Written out for the same reason."""

ended_at = func.coalesce(_t.solved_at, _t.closed_at, _t.updated_at)
"""When a ticket that is not active any more stopped being so."""


@dataclass(frozen=True, slots=True)
class Span:
    """From (inclusive) and to (exclusive) in UTC milliseconds; None is open."""

    since: int | None
    until: int | None

    def holds(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """The column's time lies inside."""
        parts: list[ColumnElement[bool]] = [column.is_not(None)]
        if self.since is not None:
            parts.append(column >= self.since)
        if self.until is not None:
            parts.append(column < self.until)
        return and_(*parts)


def tally(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of the group meet a condition."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two conditions on a ticket: its target was met, or missed. Neither: there is no verdict (yet)."""

    met: ColumnElement[bool]
    missed: ColumnElement[bool]


def resolution(now: int, sla: str | None) -> Verdict:
    """The verdict on the resolution target by `sla`: imported, desk, or None for imported where there is one.

    A target that has passed is missed whether or not the ticket has been solved since.
    """
    has, good = _t.imported_sla.is_not(None), _t.imported_sla.is_(True)
    imported = Verdict(good, and_(has, ~good))
    if sla == "imported":
        return imported
    met = _t.solve_sla == "met"
    missed = or_(_t.solve_sla == "missed", and_(_t.solve_sla == "running", _t.solve_due_at <= now))
    if sla == "desk":
        return Verdict(met, missed)
    return Verdict(or_(imported.met, and_(~has, met)), or_(imported.missed, and_(~has, missed)))


def first_reply(now: int) -> Verdict:
    """The verdict on the first reply target.

    An imported ticket without a reply has none: its log holds no replies. Nor has one that was closed
    without solving before anybody replied.
    """
    told = or_(_t.first_replied_at.is_not(None), _t.imported_sla.is_(None))
    late = or_(_t.reply_sla == "missed", and_(_t.reply_sla == "running", _t.reply_due_at <= now))
    return Verdict(_t.reply_sla == "met", and_(told, late))


solved_once = and_(_t.active == 0, _t.solved_at.is_not(None), _t.first_replied_at.is_not(None))
"""Solved, with at least one reply: what first contact is a share of."""

first_contact = and_(solved_once, _t.replied_at == _t.first_replied_at, _t.reopens == 0, _t.handoffs == 0)
"""Solved with one reply by one team, and it stayed solved."""


def active_at(moment: int | None) -> ColumnElement[bool]:
    """The ticket was active at a moment; None is now. A reopened ticket counts as active all along."""
    if moment is None:
        return ACTIVE
    return and_(_t.created_at < moment, or_(_t.active == 1, ended_at >= moment))


def percentile(values: Sequence[int], share: float) -> float | None:
    """The linear percentile of sorted values, None when there are none."""
    if not values:
        return None
    place = (len(values) - 1) * share
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
