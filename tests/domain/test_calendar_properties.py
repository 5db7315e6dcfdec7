"""Business calendars, for any calendar: inverses, order, parts of the whole, and a count by minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deskterm.domain.calendar import Calendar
from deskterm.domain.closures import Holiday, Span, SpecialDay
from deskterm.domain.hours import MINUTES_OF_DAY, Hours, Interval, joined

MINUTE = timedelta(minutes=1)
# Zones with dates on which their clocks change, and on which they do not.
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # back for Ramadan
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("America/Havana", date(2026, 3, 8)),  # midnight is skipped
    ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
    ("America/Santiago", date(2026, 4, 4)),  # the last hour comes twice
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/St_Johns", date(2010, 11, 7)),  # back at 00:01, to the day before
    ("Atlantic/Azores", date(2026, 10, 25)),
    ("Pacific/Apia", date(2011, 12, 30)),  # never was
    ("Asia/Kathmandu", date(2026, 12, 31)),
    ("UTC", date(2028, 2, 29)),
)
ZONES = tuple(sorted({zone for zone, _ in CHANGES}))

PLACES = st.sampled_from(CHANGES) | st.tuples(
    st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2036, 12, 31))
)
NIGHT = st.sampled_from((0, 1, 30, 45, 60, 90, 105, 120, 135, 150, 165, 180, 240, 1380, 1395, 1410, 1440))
TIMES = NIGHT | st.integers(0, MINUTES_OF_DAY)


@st.composite
def hours(draw: st.DrawFn, nights: bool = False) -> Hours:
    """Up to three intervals of a day; those of nights open and close while the clocks change."""
    times = sorted(draw(st.lists(NIGHT if nights else TIMES, max_size=6, unique=True)))
    pairs = zip(times[::2], times[1::2], strict=False)
    return joined((Interval(opens, closes) for opens, closes in pairs), "a day")


@st.composite
def calendars(draw: st.DrawFn, zone: str, near: date) -> Calendar:
    """Any calendar, its holidays and special days within a week of a date."""
    days = st.integers(-7, 7).map(lambda number: near + timedelta(days=number))
    week = draw(st.tuples(*(hours() for _ in range(7))))
    assume(any(week))
    return Calendar(
        "any",
        zone,
        week,
        holidays=tuple(Holiday(day, "Holiday") for day in draw(st.lists(days, max_size=3, unique=True))),
        special_days=tuple(
            SpecialDay(day, "Special", draw(hours())) for day in draw(st.lists(days, max_size=3, unique=True))
        ),
    )


@st.composite
def situations(draw: st.DrawFn, minutes: bool = False) -> tuple[Calendar, datetime, datetime]:
    """A calendar and two moments in order, at most weeks apart; on whole minutes when asked."""
    zone, day = draw(PLACES)
    calendar = draw(calendars(zone, day))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if minutes:
        start = midnight + MINUTE * draw(st.integers(-MINUTES_OF_DAY, MINUTES_OF_DAY))
        return calendar, start, start + MINUTE * draw(st.integers(0, 3 * MINUTES_OF_DAY))
    start = midnight + draw(st.timedeltas(timedelta(days=-3), timedelta(days=3)))
    return calendar, start, start + draw(st.timedeltas(timedelta(), timedelta(days=40)))


BUSINESS = st.timedeltas(timedelta(), timedelta(hours=200))


def open_minutes(calendar: Calendar, first: datetime, last: datetime) -> set[datetime]:
    """The open minutes between two moments, one by one: the same rule, told as naively as it can be.

    Each interval of each local date is open from the first to the last minute whose wall time is in it.
    """
    zone = ZoneInfo(calendar.zone)
    special = {day.day: day.hours for day in calendar.special_days}
    holidays = {holiday.day for holiday in calendar.holidays}
    seen: dict[tuple[date, Interval], list[datetime]] = {}
    # A date is never over later than this, whatever its clocks do.
    minute, end = first - timedelta(hours=26), last + timedelta(hours=26)
    while minute < end:
        wall = minute.astimezone(zone)
        day, minutes = wall.date(), wall.hour * 60 + wall.minute
        usual = () if day in holidays else calendar.week[day.weekday()]
        for interval in special.get(day, usual):
            if interval.opens <= minutes < interval.closes:
                seen.setdefault((day, interval), []).append(minute)
        minute += MINUTE
    found = set()
    for shown in seen.values():
        minute = shown[0]
        while minute <= shown[-1]:
            found.add(minute)
            minute += MINUTE
    return {minute for minute in found if first <= minute < last}


def minutes_between(first: datetime, last: datetime) -> Iterator[datetime]:
    while first < last:
        yield first
        first += MINUTE


@given(situations(minutes=True))
@settings(max_examples=80)
def test_it_agrees_with_counting_minutes_one_by_one(situation: tuple[Calendar, datetime, datetime]) -> None:
    calendar, start, end = situation
    counted = open_minutes(calendar, start, end)
    assert calendar.elapsed(start, end) == MINUTE * len(counted)
    assert {m for s in calendar.open_spans(start, end) for m in minutes_between(s.start, s.end)} == counted
    for minute in minutes_between(start, min(end, start + timedelta(hours=30))):
        assert calendar.is_open(minute) is (minute in counted)
    if counted:
        assert calendar.next_open(start) == min(counted)
        in_order = sorted(counted)
        for place in (0, len(in_order) // 2, len(in_order) - 1):
            assert calendar.add(start, MINUTE * (place + 1)) == in_order[place] + MINUTE


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@given(opening_hours=hours(nights=True))
@settings(max_examples=30)
def test_it_agrees_with_counting_minutes_while_clocks_change(
    zone: str, day: date, opening_hours: Hours
) -> None:
    assume(opening_hours)
    calendar = Calendar("every day", zone, (opening_hours,) * 7)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    start, end = noon - timedelta(days=1), noon + timedelta(days=1)
    counted = open_minutes(calendar, start, end)
    assert calendar.elapsed(start, end) == MINUTE * len(counted)
    assert {m for s in calendar.open_spans(start, end) for m in minutes_between(s.start, s.end)} == counted


@given(situations(), BUSINESS)
def test_what_was_added_has_elapsed(
    situation: tuple[Calendar, datetime, datetime], business: timedelta
) -> None:
    calendar, start, _ = situation
    assert calendar.elapsed(start, calendar.add(start, business)) == business


@given(situations())
def test_adding_what_elapsed_comes_no_later(situation: tuple[Calendar, datetime, datetime]) -> None:
    calendar, start, end = situation
    back = calendar.add(start, calendar.elapsed(start, end))
    assert start <= back <= end
    assert calendar.elapsed(back, end) == timedelta()
    if calendar.is_open(end - timedelta(microseconds=1)):
        assert back == end


@given(situations(), BUSINESS, BUSINESS)
def test_more_time_is_later_and_so_is_a_later_start(
    situation: tuple[Calendar, datetime, datetime], one: timedelta, more: timedelta
) -> None:
    calendar, start, later = situation
    assert calendar.add(start, one) <= calendar.add(start, one + more)
    assert (calendar.add(start, one) == calendar.add(start, one + more)) is (more == timedelta())
    assert calendar.add(start, one) <= calendar.add(later, one)


@given(situations(), BUSINESS, BUSINESS)
def test_time_may_be_added_in_parts(
    situation: tuple[Calendar, datetime, datetime], one: timedelta, more: timedelta
) -> None:
    calendar, start, _ = situation
    assert calendar.add(calendar.add(start, one), more) == calendar.add(start, one + more)


@given(situations(), st.floats(0, 1))
def test_elapsed_time_is_the_sum_of_its_parts(
    situation: tuple[Calendar, datetime, datetime], share: float
) -> None:
    calendar, start, end = situation
    between = start + (end - start) * share
    parts = calendar.elapsed(start, between) + calendar.elapsed(between, end)
    assert parts == calendar.elapsed(start, end) <= end - start


@given(situations())
def test_open_and_closed_stretches_are_all_the_time_there_is(
    situation: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, start, end = situation
    opens, closes = list(calendar.open_spans(start, end)), list(calendar.closed_spans(start, end))
    pieces: list[Span] = sorted([*opens, *closes], key=lambda span: span.start)
    assert all(piece.start < piece.end for piece in pieces)
    if pieces:
        assert (pieces[0].start, pieces[-1].end) == (start, end)
    assert sum((piece.length for piece in pieces), timedelta()) == end - start
    assert all(one.end == next_one.start for one, next_one in pairwise(pieces))
    # As long as they are: no two open ones touch, no two closed ones that touch have the same cause.
    assert all(one.end < next_one.start for one, next_one in pairwise(opens))
    assert all(
        one.end < two.start or (one.cause, one.name) != (two.cause, two.name) for one, two in pairwise(closes)
    )
    assert sum((span.length for span in opens), timedelta()) == calendar.elapsed(start, end)


@given(situations())
def test_the_next_opening_is_the_end_of_the_closed_time(
    situation: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, at, _ = situation
    opening = calendar.next_open(at)
    assert opening >= at
    assert calendar.is_open(opening)
    assert calendar.elapsed(at, opening) == timedelta()
    assert (opening == at) is calendar.is_open(at)


@given(situations())
def test_the_next_business_day_is_the_next_one_with_hours(
    situation: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, at, _ = situation
    today = at.astimezone(ZoneInfo(calendar.zone)).date()
    found = calendar.next_business_day(at)
    assert found > today
    assert calendar.is_business_day(found)
    for number in range(1, (found - today).days):
        assert not calendar.is_business_day(today + timedelta(days=number))
