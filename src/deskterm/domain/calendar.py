"""Business calendars: when a desk is open, how much open time passes, and why it is closed at a moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import chain, pairwise

from deskterm.domain.closures import (
    Cause,
    ClosedSpan,
    DayPlan,
    Holiday,
    HolidaySource,
    Place,
    Span,
    SpecialDay,
)
from deskterm.domain.errors import DeskError
from deskterm.domain.hours import ALL_DAY, CLOSED, MINUTES_OF_DAY, WEEKDAYS, CalendarError, Week, joined
from deskterm.domain.open_time import MICRO, OpenYear, compile_year
from deskterm.domain.wall_clock import EPOCH, SECONDS_OF_DAY, closing

FIRST_YEAR, LAST_YEAR = 2, 9998  # a year less than datetime at both ends, so that no zone leaves it
REACH_YEARS = 100  # how far a calendar is followed: beyond, a date or a target is a slip of the finger
PATIENCE_YEARS = 10  # without any open time, until a calendar counts as one that never opens again
_MOST = REACH_YEARS * 366 * SECONDS_OF_DAY * MICRO  # microseconds: no calendar opens longer in its reach
_KEPT_YEARS = 128  # more than REACH_YEARS, so that the longest walk compiles each year once


class BeyondReach(DeskError):
    """The calendar has not that much open time, or none near, or the date is beyond what it can say."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours of a place: a week on its wall clock, less holidays, with special days above both.

    `zone` is an IANA name. Holidays of `places` are asked of `source`, a year at a time when first needed;
    the source is no part of what a calendar is, so calendars compare and hash without it. Compiled years
    are kept with the value and may be used from any thread. Moments must be aware (ValueError otherwise)
    and are returned in UTC. Open time is half-open: the moment of opening is open, that of closing is not.
    """

    name: str
    zone: str
    week: Week
    holidays: tuple[Holiday, ...] = ()
    places: tuple[Place, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    source: HolidaySource | None = field(default=None, repr=False, compare=False)
    always: bool = field(init=False, repr=False, compare=False)
    _tz: tzinfo = field(init=False, repr=False, compare=False)
    _year: Callable[[int], OpenYear] = field(init=False, repr=False, compare=False)
    _plans: Callable[[int], dict[int, DayPlan]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != len(WEEKDAYS):
            raise CalendarError(f"calendar {self.name}: a week has seven days", field="hours")
        week = tuple(joined(hours, day) for hours, day in zip(self.week, WEEKDAYS, strict=True))
        special_days = tuple(sorted(self.special_days))
        holidays = tuple(sorted(self.holidays))
        for kind, days in (
            ("holiday", [h.day for h in holidays]),
            ("special day", [s.day for s in special_days]),
        ):
            for one, next_one in pairwise(days):
                if one == next_one:
                    raise CalendarError(f"calendar {self.name}: {one} is a {kind} twice", field=kind)
        if not any(week) and not any(special.hours for special in special_days):
            raise CalendarError(f"calendar {self.name} never opens", field="hours", hint="give it hours")
        if self.places and self.source is None:
            raise CalendarError(f"calendar {self.name}: nothing knows the holidays of {self.places[0]}")
        fixed = not holidays and not self.places and all(s.hours == ALL_DAY for s in special_days)
        values = {
            "week": week,
            "holidays": holidays,
            "places": tuple(sorted(set(self.places))),
            "special_days": special_days,
            "always": fixed and all(hours == ALL_DAY for hours in week),
            "_tz": _zone(self.zone, self.name),
            "_year": lru_cache(_KEPT_YEARS)(self._compile),
            "_plans": lru_cache(_KEPT_YEARS)(self._plans_of),
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)

    # Counting

    def add(self, start: datetime, business: timedelta | int) -> datetime:
        """Return the first moment from `start` on by which so much open time (seconds, or a span) has passed.

        No time at all is `start` itself, even when closed; a target that is used up as the desk closes is
        due as it closes, not as it opens again. Raises BeyondReach when it takes more than a century.
        """
        left = _micros(business) if isinstance(business, timedelta) else business * MICRO
        if left < 0:
            raise ValueError("business time to add must not be negative")
        at = _instant(start)
        if left == 0 or self.always:
            try:
                return start.astimezone(UTC) + timedelta(microseconds=left)
            except OverflowError:
                raise BeyondReach("That is beyond the year 9999") from None
        if left > _MOST:
            raise self._too_much()
        number, table = self._year_at(at, start.year)
        left += table.until(at)
        closed_years = 0
        for ahead in range(number, number + REACH_YEARS + 1):
            table = self._year(ahead)
            if left <= table.total:
                return _moment(table.reached(left))
            left -= table.total
            closed_years = 0 if table.total else closed_years + 1
            if closed_years >= PATIENCE_YEARS:
                raise self._never(start)
        raise self._too_much()

    @property
    def day(self) -> int:
        """How many seconds of open time a day is, as durations mean it: 24 hours where days differ."""
        from deskterm.domain.durations import DAY, usual_day

        try:
            return usual_day(self)
        except ValueError:
            return DAY

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from `start` to `end`, to the microsecond; none when `end` is earlier."""
        begin, finish = _instant(start), _instant(end)
        if finish <= begin:
            return timedelta()
        if self.always:
            return timedelta(microseconds=finish - begin)
        first, table = self._year_at(begin, start.year)
        if finish < table.ends:
            return timedelta(microseconds=table.until(finish) - table.until(begin))
        last, last_table = self._year_at(finish, end.year)
        if last - first > REACH_YEARS:
            raise BeyondReach(f"{start:%Y-%m-%d} and {end:%Y-%m-%d} are more than {REACH_YEARS} years apart")
        between = sum(self._year(number).total for number in range(first, last))
        return timedelta(microseconds=between - table.until(begin) + last_table.until(finish))

    # Asking

    def is_open(self, at: datetime) -> bool:
        """Say whether a moment is in open time."""
        instant = _instant(at)
        return self.always or self._year_at(instant, at.year)[1].is_open(instant)

    def next_open(self, at: datetime) -> datetime:
        """Return `at` when that is open, else when it opens next; BeyondReach when not in ten years."""
        instant = _instant(at)
        if self.always:
            return at.astimezone(UTC)
        number, table = self._year_at(instant, at.year)
        if table.is_open(instant):
            return at.astimezone(UTC)
        for ahead in range(number, number + PATIENCE_YEARS + 1):
            table = self._year(ahead)
            index = bisect_right(table.opens, instant)
            if index < len(table.opens):
                return _moment(table.opens[index])
        raise self._never(at)

    def plan(self, day: date) -> DayPlan:
        """Return the hours of a local date and what gave it them."""
        ordinal = day.toordinal()
        special = self._plans(day.year).get(ordinal)
        return special if special is not None else self._usual(ordinal)

    def is_business_day(self, day: date) -> bool:
        """Say whether a local date has any opening hours."""
        return bool(self.plan(day).hours)

    def next_business_day(self, at: datetime) -> date:
        """Return the first local date after that of `at` which has opening hours; BeyondReach as above."""
        _instant(at)
        day = at.astimezone(self._tz).date()
        for _ in range(PATIENCE_YEARS * 366):
            day += timedelta(days=1)
            if self.is_business_day(day):
                return day
        raise self._never(at)

    # Explaining

    def open_spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Iterate the open stretches between two moments, in order, as long as they are and cut to both."""
        begin, finish = _instant(start), _instant(end)
        spans = iter([(begin, finish)] if finish > begin else []) if self.always else self._open(start, end)
        return (Span(_moment(opens), _moment(closes)) for opens, closes in spans)

    def closed_spans(self, start: datetime, end: datetime) -> Iterator[ClosedSpan]:
        """Iterate the closed stretches between two moments, in order, each with its one cause.

        Nights and weekends are one stretch each; a stretch ends where the cause or its name changes.
        """
        begin, finish = _instant(start), _instant(end)
        return iter(()) if self.always or finish <= begin else self._closed(start, end, begin, finish)

    # Compiling

    def _compile(self, year: int) -> OpenYear:
        special = {ordinal: plan.hours for ordinal, plan in self._plans(year).items()}
        return compile_year(self._tz, year, self.week, special)

    def _plans_of(self, year: int) -> dict[int, DayPlan]:
        """The dates of a year, by ordinal, that are not as their weekday is."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise BeyondReach(f"Calendars know the years {FIRST_YEAR} to {LAST_YEAR}, not {year}")
        names = {h.day: h.name for h in self.holidays if h.day.year == year}
        for place in self.places:
            for day, name in self._dates(place, year).items():
                names.setdefault(day, name)
        # A holiday on a day that is closed anyway takes nothing away, so it is not the cause.
        plans = {
            day.toordinal(): DayPlan(CLOSED, Cause.HOLIDAY, name)
            for day, name in names.items()
            if self.week[day.weekday()]
        }
        for special in self.special_days:
            if special.day.year == year:
                plans[special.day.toordinal()] = DayPlan(special.hours, Cause.SPECIAL_DAY, special.name)
        return plans

    def _dates(self, place: Place, year: int) -> dict[date, str]:
        dates = self.source(place.country, place.region, year) if self.source is not None else {}
        return {day: name for day, name in dates.items() if day.year == year}

    def _usual(self, ordinal: int) -> DayPlan:
        hours = self.week[(ordinal - 1) % 7]
        return DayPlan(hours, Cause.OUTSIDE_HOURS if hours else Cause.CLOSED_DAY)

    def _year_at(self, instant: int, guess: int) -> tuple[int, OpenYear]:
        """The local year of a moment, guessed by its UTC year, which differs around New Year."""
        table = self._year(guess)
        while instant < table.begins:
            guess -= 1
            table = self._year(guess)
        while instant >= table.ends:
            guess += 1
            table = self._year(guess)
        return guess, table

    def _open(self, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
        """Open stretches in microseconds; one that goes on over New Year is put together again."""
        begin, finish = _instant(start), _instant(end)
        number, table = self._year_at(begin, start.year)
        held: tuple[int, int] | None = None
        while True:
            for index in range(bisect_right(table.closes, begin), len(table.opens)):
                opens, closes = max(begin, table.opens[index]), min(finish, table.closes[index])
                if opens >= closes:
                    break
                if held is not None and held[1] == opens:
                    held = held[0], closes
                    continue
                if held is not None:
                    yield held
                held = opens, closes
            if finish <= table.ends:
                break
            number += 1
            table = self._year(number)
        if held is not None:
            yield held

    def _closed(self, start: datetime, end: datetime, begin: int, finish: int) -> Iterator[ClosedSpan]:
        held: ClosedSpan | None = None
        at = begin
        for opens, closes in chain(self._open(start, end), ((finish, finish),)):
            for span in self._pieces(at, opens):
                if held is not None and (held.end, held.cause, held.name) == (
                    span.start,
                    span.cause,
                    span.name,
                ):
                    held = ClosedSpan(held.start, span.end, span.cause, span.name)
                    continue
                if held is not None:
                    yield held
                held = span
            at = closes
        if held is not None:
            yield held

    def _pieces(self, at: int, end: int) -> Iterator[ClosedSpan]:
        """One closed stretch in microseconds, day by day."""
        day = _moment(at).astimezone(self._tz).date()
        while at < end:
            stop = min(end, closing(self._tz, day.toordinal(), MINUTES_OF_DAY) * MICRO)
            if stop > at:
                plan = self.plan(day)
                yield ClosedSpan(_moment(at), _moment(stop), plan.cause, plan.name)
                at = stop
            day += timedelta(days=1)

    def _too_much(self) -> BeyondReach:
        return BeyondReach(f"Calendar {self.name} has not that much open time in {REACH_YEARS} years")

    def _never(self, at: datetime) -> BeyondReach:
        return BeyondReach(
            f"Calendar {self.name} does not open within {PATIENCE_YEARS} years of {at:%Y-%m-%d}",
            field="hours",
            hint="give it hours",
        )


def _zone(name: str, calendar: str) -> tzinfo:
    if name == "UTC":
        return UTC
    # Only calendars in a zone of their own need the zones, and only wrong ones need the list of them.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from difflib import get_close_matches

        near = get_close_matches(name, sorted(available_timezones()), 1)
        mend = f"; did you mean {near[0]}?" if near else "; expected such as Europe/Berlin"
        raise CalendarError(
            f'calendar {calendar}: there is no time zone "{name}"{mend}',
            field="zone",
            hint=near[0] if near else "",
        ) from None


def _instant(at: datetime) -> int:
    """An aware moment in microseconds since 1970 UTC."""
    if at.utcoffset() is None:
        raise ValueError(f"{at!r} has no time zone: a calendar counts between aware moments")
    return _micros(at - EPOCH)


def _micros(span: timedelta) -> int:
    return (span.days * SECONDS_OF_DAY + span.seconds) * MICRO + span.microseconds


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


AROUND_THE_CLOCK = Calendar("24×7", "UTC", (ALL_DAY,) * 7)
"""Always open: business time is time. Nothing is compiled for it."""
