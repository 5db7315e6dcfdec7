"""What comes again: every monday 9am, every last day of the month; when next, by the wall clock of a zone."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import ClassVar

from deskterm.domain.plain import clean_line
from deskterm.domain.when import MORNING, WhenError, monday_to_friday

REACH = timedelta(days=3660 * 2)
"""How far ahead a next time is looked for: 29 February of a leap year is eight years away at most."""

COUNTED = 1000
"""Missed occurrences are counted no further."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WORKING = (0, 1, 2, 3, 4)
LAST = -1
"""The last day of a month, or the last of its fridays."""

BUSINESS = 7
"""In place of a weekday: a day on which the calendar opens."""

EXAMPLES = ("every monday 9am", "every weekday 8:30", "every month on the 1st", "every 2 weeks fri 10am")

ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}

BusinessDay = Callable[[date], bool]


class Unit(StrEnum):
    """The stretch of time that comes again."""

    DAY = "day"
    BUSINESS_DAY = "business day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class RecurrenceError(WhenError):
    """The words name nothing that comes again: `reason` says why."""

    EXAMPLES: ClassVar[tuple[str, ...]] = EXAMPLES


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Times that come again, as a wall clock shows them; written as words that are read the same again.

    `weekdays` (0 is Monday) are those of a week; `days` are those of a month, or of `month` in a year, and
    LAST is its last; a month that is too short has its last day instead. `nth` are such as the first Monday
    of a month: which, and of which weekday. `start` is the first date it may be on, and from which every
    second, third … is counted; `end` is the last.
    """

    unit: Unit
    every: int = 1
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    nth: tuple[tuple[int, int], ...] = ()
    month: int = 0
    clock: time = MORNING
    start: date | None = None
    end: date | None = None

    def next(
        self, after: datetime, zone: tzinfo, is_business_day: BusinessDay = monday_to_friday
    ) -> datetime | None:
        """Return the first time after a moment, in UTC; None when there is none any more.

        A local time that the clocks skip moves forward, one that comes twice is the first.
        """
        # A day back, for a zone in which a day has gone missing.
        first = after.astimezone(zone).date() - timedelta(days=1)
        for day in self._dates(first, is_business_day):
            at = datetime.combine(day, self.clock, tzinfo=zone).astimezone(UTC)
            if at > after:
                return at
        return None

    def missed(
        self,
        after: datetime,
        upto: datetime,
        zone: tzinfo,
        is_business_day: BusinessDay = monday_to_friday,
    ) -> int:
        """Count the times after one moment up to another, no further than COUNTED."""
        count, at = 0, self.next(after, zone, is_business_day)
        while at is not None and at <= upto and count < COUNTED:
            count += 1
            at = self.next(at, zone, is_business_day)
        return count

    def _dates(self, first: date, is_business_day: BusinessDay) -> Iterator[date]:
        first = max(first, self.start) if self.start is not None else first
        upto = min(first + REACH, self.end) if self.end is not None else first + REACH
        index = self._period(first)
        if self.start is not None:
            index += (self._period(self.start) - index) % self.every
        while True:
            days = self._days(index, is_business_day)
            if days is None or (days and days[0] > upto):
                return
            yield from (day for day in days if first <= day <= upto)
            if not days and index > self._period(upto):
                return
            index += self.every

    def _period(self, day: date) -> int:
        match self.unit:
            case Unit.WEEK:
                return (day.toordinal() - 1) // 7
            case Unit.MONTH:
                return day.year * 12 + day.month - 1
            case Unit.YEAR:
                return day.year
        return day.toordinal()

    def _days(self, index: int, is_business_day: BusinessDay) -> list[date] | None:
        """Return the dates of a period in order, None beyond the calendar."""
        try:
            match self.unit:
                case Unit.DAY:
                    return [date.fromordinal(index)]
                case Unit.BUSINESS_DAY:
                    day = date.fromordinal(index)
                    return [day] if is_business_day(day) else []
                case Unit.WEEK:
                    return [date.fromordinal(index * 7 + 1 + weekday) for weekday in sorted(self.weekdays)]
                case Unit.MONTH:
                    return self._of_month(index // 12, index % 12 + 1, is_business_day)
                case Unit.YEAR:
                    return self._of_month(index, self.month, is_business_day)
        except (ValueError, OverflowError):
            return None

    def _of_month(self, year: int, month: int, is_business_day: BusinessDay) -> list[date]:
        last = calendar.monthrange(year, month)[1]
        found = {date(year, month, last if day == LAST else min(day, last)) for day in self.days}
        for which, weekday in self.nth:
            days = [date(year, month, day) for day in range(1, last + 1)]
            if weekday == BUSINESS:
                days = [day for day in days if is_business_day(day)]
            else:
                days = [day for day in days if day.weekday() == weekday]
            at = which if which == LAST else which - 1
            if -len(days) <= at < len(days):
                found.add(days[at])
        return sorted(found)

    def __str__(self) -> str:
        parts = [self._lead(), f"at {self.clock:%H:%M}"]
        if self.start is not None:
            parts.append(f"from {self.start}")
        if self.end is not None:
            parts.append(f"until {self.end}")
        return " ".join(parts)

    def _lead(self) -> str:
        plain = f"every {self.unit}" if self.every == 1 else f"every {self.every} {self.unit}s"
        match self.unit:
            case Unit.WEEK:
                names = ", ".join(WEEKDAYS[day] for day in sorted(self.weekdays))
                if self.every > 1:
                    return f"{plain} on {names}"
                return "every weekday" if tuple(sorted(self.weekdays)) == WORKING else f"every {names}"
            case Unit.MONTH:
                return f"{plain} on the {', '.join(self._days_words())}"
            case Unit.YEAR:
                return f"{plain} on {', '.join(str(day) for day in self.days)} {MONTHS[self.month - 1]}"
        return plain

    def _days_words(self) -> Iterator[str]:
        for day in sorted(self.days, key=lambda day: (day == LAST, day)):
            yield "last day" if day == LAST else ordinal(day)
        for which, weekday in self.nth:
            name = "business day" if weekday == BUSINESS else WEEKDAYS[weekday]
            yield f"{ORDINALS[which]} {name}"


def ordinal(number: int) -> str:
    """Write 1st, 2nd, 3rd, 11th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def zone_name(zone: tzinfo) -> str:
    """Return the name by which a zone is kept, "" for one that has none."""
    return str(getattr(zone, "key", "UTC" if zone is UTC else ""))


def is_recurrence(text: str) -> bool:
    """Say whether words are about what comes again, understood or not."""
    from deskterm.domain.recurrence_words import LEADS

    words = clean_line(text).casefold().split()
    return bool(words) and words[0] in LEADS


def parse_recurrence(text: str, now: datetime, zone: tzinfo) -> Recurrence:
    """Return what words such as "every 2 weeks fri 10am" mean to somebody in `zone`.

    An hour that is not said is 09:00. What is not counted from a date ("from 1 dec") is counted from its
    first time after `now`. Raises RecurrenceError.
    """
    from deskterm.domain.recurrence_words import Reader

    found = Reader(text, now.astimezone(zone), zone).read()
    if found.every > 1 and found.start is None:
        first = replace(found, every=1).next(now, zone)
        found = replace(found, start=first.astimezone(zone).date() if first is not None else None)
    if found.next(now, zone) is None and found.unit is not Unit.BUSINESS_DAY:
        raise RecurrenceError(text, "that never comes any more")
    return found


def stored(text: str) -> Recurrence:
    """Return what `str` of a recurrence wrote. Raises RecurrenceError."""
    from deskterm.domain.recurrence_words import Reader

    return Reader(text, datetime(2000, 1, 1, tzinfo=UTC), UTC, len(text)).read()
