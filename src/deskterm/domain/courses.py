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
        """Return the moment at which so many seconds are used, if nothing stops it any more: the one it
        truly was when that has passed."""

    def lately(self) -> tuple[datetime, timedelta]:
        """Return since when it runs without a stop by its last calendar, and the time used until then."""

    def as_begun(self) -> datetime:
        """Return when it would have begun to be where it is, by its last calendar and without a stop."""


class Straight:
    """Time around the clock since `start`, less stays that have ended (in order), and `before`."""

    __slots__ = ("before", "start", "stays", "zero")

    def __init__(
        self, start: datetime, stays: Sequence[tuple[datetime, datetime]] = (), before: timedelta = _NONE
    ) -> None:
        self.start, self.stays, self.before = start, stays, before
        self.zero = start + sum((end - begun for begun, end in stays), before)

    def used(self, at: datetime) -> timedelta:
        """Return the time used at a moment, after all stays."""
        return at - self.zero

    def reach(self, seconds: int) -> datetime:
        """Return the moment at which so many seconds are used."""
        at = self.zero + timedelta(seconds=seconds)
        if self.stays and at <= self.stays[-1][1]:
            return _reached(None, self.start, self.stays, timedelta(seconds=seconds) + self.before)
        return at

    def lately(self) -> tuple[datetime, timedelta]:
        """Return since when it runs, and the time used until then."""
        at = self.stays[-1][1] if self.stays else self.start
        return at, self.used(at)

    def as_begun(self) -> datetime:
        """Return its start, moved on by every pause."""
        return self.zero


class Business:
    """Open time of one calendar since `start`, less what was open in stays that have ended, and `before`."""

    __slots__ = ("before", "calendar", "start", "stays", "stood")

    def __init__(
        self,
        calendar: Calendar,
        start: datetime,
        stays: Sequence[tuple[datetime, datetime]] = (),
        before: timedelta = _NONE,
    ) -> None:
        self.calendar, self.start, self.stays, self.before = calendar, start, stays, before
        self.stood = sum((calendar.elapsed(begun, end) for begun, end in stays), before)

    def used(self, at: datetime) -> timedelta:
        """Return the time used at a moment, after all stays."""
        return self.calendar.elapsed(self.start, at) - self.stood

    def reach(self, seconds: int) -> datetime:
        """Return the moment at which so many seconds are used."""
        span = timedelta(seconds=seconds)
        at = add(self.calendar, self.start, span + self.stood)
        if self.stays and at <= self.stays[-1][1]:
            return _reached(self.calendar, self.start, self.stays, span + self.before)
        return at

    def lately(self) -> tuple[datetime, timedelta]:
        """Return since when it runs, and the time used until then."""
        at = self.stays[-1][1] if self.stays else self.start
        return at, self.used(at)

    def as_begun(self) -> datetime:
        """Return its start, moved on by every pause."""
        return add(self.calendar, self.start, self.stood) if self.stood else self.start


def course(calendar: Calendar | None, start: datetime, stays: Iterable[Spell], before: int = 0) -> Course:
    """Return the course of a clock that one calendar measures all the way, less stays that have ended.

    `before` are seconds of pauses that were not kept as stays.
    """
    ended = tuple((max(spell.start, start), spell.end) for spell in stays if spell.end is not None)
    unkept = timedelta(seconds=before) if before else _NONE
    return Straight(start, ended, unkept) if calendar is None else Business(calendar, start, ended, unkept)


def _reached(
    calendar: Calendar | None, start: datetime, stays: Sequence[tuple[datetime, datetime]], left: timedelta
) -> datetime:
    """Return the moment at which so much was used, which was before the last of the stays had ended."""
    at = start
    for begun, end in stays:
        spent = begun - at if calendar is None else calendar.elapsed(at, begun)
        if spent >= left:
            break
        left -= spent
        at = end
    return add(calendar, at, left)


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

    def lately(self) -> tuple[datetime, timedelta]:
        """Return since when it runs by its last calendar, and the time used until then."""
        return self.stretches[-1].start, self.used(self.stretches[-1].start)

    def as_begun(self) -> datetime:
        """Return when it would have begun, had its last calendar counted all of it."""
        at, spent = self.lately()
        return back(self.stretches[-1].terms.calendar, at, spent)


def apart(course: Course, calendar: Calendar | None, seconds: int, due_at: datetime) -> int:
    """Return how many seconds of open time since a target was due its clock has not counted: it stood still,
    or ran by another calendar (less than none when it counted more)."""
    at, used = course.lately()
    if at <= due_at:
        return 0
    passed = at - due_at if calendar is None else calendar.elapsed(due_at, at)
    return int((passed - used).total_seconds()) + seconds


def back(calendar: Calendar | None, end: datetime, span: timedelta) -> datetime:
    """Return a moment from which so much open time passes until `end`."""
    if calendar is None or span <= _NONE:
        return end - span
    step = max(span, timedelta(days=1))
    try:
        while (spent := calendar.elapsed(end - step, end)) < span:
            # No further than needed: each year that is gone through has to be worked out.
            step *= max(1.1, min(4.0, 1.05 * (span / spent))) if spent else 4.0
        return calendar.add(end - step, spent - span)
    except (DeskError, OverflowError):
        return end - span


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
