"""Courses: how a clock's time runs, around the clock or by calendars, and when so much of it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from deskterm.domain.errors import DeskError
from deskterm.domain.terms import Since, Terms
from deskterm.domain.ticket import Spell

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar

_NONE = timedelta()
_CENTURY = timedelta(days=36_500)


class Course(Protocol):
    """How the time of one clock runs."""

    def used(self, at: datetime) -> timedelta:
        """Return the time used at a moment."""

    def reach(self, seconds: int) -> datetime:
        """Return the moment at which so many seconds are used, if nothing stops it any more."""


class Straight:
    """Time around the clock: what has passed since `zero`, which every pause moves on."""

    __slots__ = ("zero",)

    def __init__(self, zero: datetime) -> None:
        self.zero = zero

    def used(self, at: datetime) -> timedelta:
        """Return the time used at a moment."""
        return at - self.zero

    def reach(self, seconds: int) -> datetime:
        """Return the moment at which so many seconds are used."""
        return self.zero + timedelta(seconds=seconds)


class Business:
    """Open time of one calendar since `start`, less what was open while the clock stood still."""

    __slots__ = ("calendar", "start", "stood")

    def __init__(self, calendar: Calendar, start: datetime, stood: timedelta = _NONE) -> None:
        self.calendar = calendar
        self.start = start
        self.stood = stood

    def used(self, at: datetime) -> timedelta:
        """Return the time used at a moment."""
        return self.calendar.elapsed(self.start, at) - self.stood

    def reach(self, seconds: int) -> datetime:
        """Return the moment at which so many seconds are used."""
        return add(self.calendar, self.start, timedelta(seconds=seconds) + self.stood)


def course(calendar: Calendar | None, start: datetime, stays: Iterable[Spell], before: int = 0) -> Course:
    """Return the course of a clock that one calendar measures all the way, less stays that have ended.

    `before` are seconds of pauses that were not kept as stays.
    """
    stood = timedelta(seconds=before)
    for spell in stays:
        if spell.end is not None:
            begun = spell.start if spell.start > start else start
            stood += spell.end - begun if calendar is None else calendar.elapsed(begun, spell.end)
    return Straight(start + stood) if calendar is None else Business(calendar, start, stood)


class Stretch(NamedTuple):
    """Some time in which a clock ran, by the calendar of its terms; `end` is None while it does."""

    start: datetime
    end: datetime | None
    terms: Terms

    def used(self, at: datetime) -> timedelta:
        """Return the business time of it up to a moment."""
        end = at if self.end is None or at < self.end else self.end
        if end <= self.start:
            return _NONE
        calendar = self.terms.calendar
        return end - self.start if calendar is None else calendar.elapsed(self.start, end)


class Counted:
    """Business time: stretches, each by its own calendar. `before` is what was paused without being kept."""

    __slots__ = ("before", "stretches")

    def __init__(self, stretches: Sequence[Stretch], before: int = 0) -> None:
        self.stretches = stretches
        self.before = timedelta(seconds=before)

    def used(self, at: datetime) -> timedelta:
        """Return the time used at a moment."""
        return sum((stretch.used(at) for stretch in self.stretches), _NONE) - self.before

    def reach(self, seconds: int) -> datetime:
        """Return the moment at which so many seconds are used: the one it truly was when that has passed."""
        left = timedelta(seconds=seconds) + self.before
        for stretch in self.stretches:
            spent = stretch.used(stretch.end) if stretch.end is not None else None
            if spent is None or spent >= left:
                return add(stretch.terms.calendar, stretch.start, left)
            left -= spent
        return self.stretches[-1].end or self.stretches[-1].start


def add(calendar: Calendar | None, start: datetime, span: timedelta) -> datetime:
    """Return when so much open time has passed; a century on where the calendar does not open any more."""
    if calendar is None:
        return start + span
    try:
        return calendar.add(start, span)
    except DeskError:
        # BeyondReach: the time never comes, and no ticket is the worse for it.
        return start + _CENTURY


def stretches(
    since: Sequence[Since], start: datetime, spells: Sequence[Spell], only: Collection[str] | None = None
) -> Iterator[Stretch]:
    """Iterate the time from `start` on less the stays in which a clock stands still.

    Which those are the terms in force say, or `only` for a clock that has states of its own.
    """
    for place, (at, terms) in enumerate(since):
        cursor: datetime | None = max(at, start)
        until = since[place + 1].at if place + 1 < len(since) else None
        for spell in spells:
            if cursor is None or (until is not None and spell.start >= until):
                break
            stood = terms.stands_still(spell) if only is None else spell.state in only
            if not stood or (spell.end is not None and spell.end <= cursor):
                continue
            if spell.start > cursor:
                yield Stretch(cursor, spell.start, terms)
            cursor = spell.end
        if cursor is not None and (until is None or cursor < until):
            yield Stretch(cursor, until, terms)
