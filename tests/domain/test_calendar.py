"""Business calendars, case by case: every expected moment is worked out by hand, in local time."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskterm.domain.calendar import AROUND_THE_CLOCK, BeyondReach, Calendar
from deskterm.domain.closures import Cause, Holiday, Place, SpecialDay
from deskterm.domain.errors import DeskError
from deskterm.domain.hours import (
    ALL_DAY,
    CLOSED,
    CalendarError,
    Interval,
    joined,
    parse_hours,
    week_of,
)
from tests.hours import office_week

HOUR = 3600
DAY = 24 * HOUR
OFFICE = office_week("09:00-17:00")
LUNCH = office_week("09:00-12:00, 13:00-17:00")
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def kept(country: str, region: str, year: int, /) -> Mapping[date, str]:
    """Two national holidays, and one more in the region BY."""
    dates = {date(year, 5, 1): "Labour Day", date(year, 12, 25): "Christmas Day"}
    if region == "BY":
        dates[date(year, 1, 6)] = "Epiphany"
    return dates if country == "DE" else {}


def every_day(hours: str) -> Calendar:
    return Calendar("every day", "UTC", week_of(dict.fromkeys(EVERY_DAY, hours)))


BERLIN = Calendar("office", "Europe/Berlin", OFFICE)
WITH_LUNCH = Calendar("with lunch", "Europe/Berlin", LUNCH)
LATE = Calendar("late", "Europe/Berlin", office_week("16:00-24:00"))
NIGHTS = replace(every_day("00:00-06:00, 22:00-24:00"), name="nights", zone="Europe/Berlin")
ALL_WEEK = replace(every_day("00:00-24:00"), name="whole days", zone="Europe/Berlin")
SMALL_HOURS = replace(every_day("02:30-04:00"), name="small hours", zone="Europe/Berlin")
UNTIL_TWO = replace(every_day("00:00-02:00"), name="until two", zone="Europe/Berlin")
IN_THE_GAP = replace(every_day("02:10-02:50"), name="in the gap", zone="Europe/Berlin")
ROUND_THE_HOUR = replace(every_day("01:00-02:30, 02:45-04:00"), name="round the hour", zone="Europe/Berlin")
NEW_YORK = Calendar("new york", "America/New_York", OFFICE)
NEW_YORK_NIGHTS = replace(NIGHTS, name="nights there", zone="America/New_York")
LORD_HOWE = replace(every_day("01:00-03:00"), name="island", zone="Australia/Lord_Howe")
LORD_HOWE_DAYS = replace(ALL_WEEK, name="island days", zone="Australia/Lord_Howe")
CASABLANCA = replace(every_day("01:00-04:00"), name="casablanca", zone="Africa/Casablanca")
KATHMANDU = Calendar("kathmandu", "Asia/Kathmandu", OFFICE)
HAVANA = replace(every_day("00:00-24:00"), name="havana", zone="America/Havana")
HAVANA_EVENINGS = replace(every_day("20:00-24:00"), name="evenings", zone="America/Havana")
ST_JOHNS_EVENINGS = replace(every_day("20:00-24:00"), name="evenings", zone="America/St_Johns")
APIA = replace(every_day("09:00-17:00"), name="apia", zone="Pacific/Apia")
HOLIDAYS = replace(
    BERLIN,
    name="with holidays",
    holidays=(Holiday(date(2026, 12, 24), "Christmas Eve"), Holiday(date(2026, 12, 26), "Second Day")),
    places=(Place("DE", "BY"),),
    special_days=(
        SpecialDay(date(2026, 12, 25), "Emergency desk", parse_hours("10:00-12:00")),
        SpecialDay(date(2026, 12, 29), "Stocktaking"),
        SpecialDay(date(2027, 1, 2), "Catching up", parse_hours("09:00-11:00")),
    ),
    source=kept,
)

# The week of 2026-03-02 is an ordinary one: Monday the 2nd to Sunday the 8th, winter time in Berlin.
CASES: list[tuple[str, Calendar, str, float, str]] = [
    # What it shows, calendar, start, hours of open time, the local moment by which they have passed.
    ("within a day", BERLIN, "2026-03-02 09:30", 2, "2026-03-02 11:30"),
    ("from before opening", BERLIN, "2026-03-02 06:00", 2, "2026-03-02 11:00"),
    ("from the moment of opening", BERLIN, "2026-03-02 09:00", 2, "2026-03-02 11:00"),
    ("from after closing", BERLIN, "2026-03-02 19:00", 2, "2026-03-03 11:00"),
    ("from the moment of closing", BERLIN, "2026-03-02 17:00", 2, "2026-03-03 11:00"),
    ("exactly to closing", BERLIN, "2026-03-02 15:00", 2, "2026-03-02 17:00"),
    ("a whole day", BERLIN, "2026-03-02 09:00", 8, "2026-03-02 17:00"),
    ("over a night", BERLIN, "2026-03-02 16:00", 2, "2026-03-03 10:00"),
    ("over a weekend", BERLIN, "2026-03-06 16:00", 2, "2026-03-09 10:00"),
    ("from a Saturday", BERLIN, "2026-03-07 12:00", 2, "2026-03-09 11:00"),
    ("from Sunday midnight", BERLIN, "2026-03-09 00:00", 1, "2026-03-09 10:00"),
    ("no time at all, while open", BERLIN, "2026-03-02 10:00", 0, "2026-03-02 10:00"),
    ("no time at all, while closed", BERLIN, "2026-03-07 12:00", 0, "2026-03-07 12:00"),
    ("a second", BERLIN, "2026-03-06 16:59:59", 1 / HOUR, "2026-03-06 17:00"),
    ("a second more than the day has", BERLIN, "2026-03-06 16:59:59", 2 / HOUR, "2026-03-09 09:00:01"),
    ("a week of work", BERLIN, "2026-03-02 09:00", 40, "2026-03-06 17:00"),
    ("a week of work and a little", BERLIN, "2026-03-02 09:00", 40.5, "2026-03-09 09:30"),
    ("three weeks", BERLIN, "2026-03-02 09:00", 121, "2026-03-23 10:00"),
    ("three weeks into summer time", BERLIN, "2026-03-16 09:00", 121, "2026-04-06 10:00"),
    ("to the gap at lunch", WITH_LUNCH, "2026-03-02 11:00", 1, "2026-03-02 12:00"),
    ("over lunch", WITH_LUNCH, "2026-03-02 11:00", 2, "2026-03-02 14:00"),
    ("from lunch", WITH_LUNCH, "2026-03-02 12:30", 1, "2026-03-02 14:00"),
    ("over lunch and a night", WITH_LUNCH, "2026-03-02 11:30", 5, "2026-03-03 09:30"),
    ("over lunch and a weekend", WITH_LUNCH, "2026-03-06 11:30", 5, "2026-03-09 09:30"),
    ("up to 24:00", LATE, "2026-03-02 23:00", 1, "2026-03-03 00:00"),
    ("no minute lost before midnight", LATE, "2026-03-02 23:59", 1 / 60, "2026-03-03 00:00"),
    ("past 24:00 to the next shift", LATE, "2026-03-02 23:00", 2, "2026-03-03 17:00"),
    ("past 24:00 on Friday", LATE, "2026-03-06 23:30", 1, "2026-03-09 16:30"),
    ("a night shift over midnight", NIGHTS, "2026-03-02 23:00", 3, "2026-03-03 02:00"),
    ("a night shift and the next", NIGHTS, "2026-03-02 22:00", 9, "2026-03-03 23:00"),
    ("whole days, over midnight", ALL_WEEK, "2026-03-02 23:30", 1, "2026-03-03 00:30"),
    ("whole days, a week", ALL_WEEK, "2026-03-02 10:00", 168, "2026-03-09 10:00"),
    ("whole days are not 24 h in spring", ALL_WEEK, "2026-03-28 12:00", 24, "2026-03-29 13:00"),
    ("whole days are not 24 h in autumn", ALL_WEEK, "2026-10-24 12:00", 24, "2026-10-25 11:00"),
    ("a night shift is short in spring", NIGHTS, "2026-03-28 22:00", 7, "2026-03-29 06:00"),
    ("a night shift is long in autumn", NIGHTS, "2026-10-24 22:00", 9, "2026-10-25 06:00"),
    ("office hours know no summer time", BERLIN, "2026-03-27 16:00", 2, "2026-03-30 10:00"),
    ("office hours know no winter time", BERLIN, "2026-10-23 16:00", 2, "2026-10-26 10:00"),
    ("opening in the hour that is skipped", SMALL_HOURS, "2026-03-29 00:00", 1, "2026-03-29 04:00"),
    ("the day before that", SMALL_HOURS, "2026-03-28 00:00", 1.5, "2026-03-28 04:00"),
    ("opening in the hour that comes twice", SMALL_HOURS, "2026-10-25 00:00", 2.5, "2026-10-25 04:00"),
    ("closing as the hour that comes twice begins", UNTIL_TWO, "2026-10-25 00:00", 3, "2026-10-26 01:00"),
    ("hours that are skipped altogether", IN_THE_GAP, "2026-03-29 00:00", 0.5, "2026-03-30 02:40"),
    ("hours that come twice are one stretch", IN_THE_GAP, "2026-10-25 00:00", 1.5, "2026-10-25 02:40+"),
    ("a break that comes twice is none", ROUND_THE_HOUR, "2026-10-25 01:00", 4, "2026-10-25 04:00"),
    ("new york office", NEW_YORK, "2026-03-06 16:00", 2, "2026-03-09 10:00"),
    ("new york in spring", NEW_YORK_NIGHTS, "2026-03-07 22:00", 7, "2026-03-08 06:00"),
    ("new york in autumn", NEW_YORK_NIGHTS, "2026-10-31 22:00", 9, "2026-11-01 06:00"),
    ("half an hour comes twice", LORD_HOWE, "2026-04-05 01:00", 2.5, "2026-04-05 03:00"),
    ("half an hour is skipped", LORD_HOWE, "2026-10-04 01:00", 1.5, "2026-10-04 03:00"),
    ("a day of 24 h 30 min", LORD_HOWE_DAYS, "2026-04-05 00:00", 24.5, "2026-04-06 00:00"),
    ("a day of 23 h 30 min", LORD_HOWE_DAYS, "2026-10-04 00:00", 23.5, "2026-10-05 00:00"),
    ("clocks put back for Ramadan", CASABLANCA, "2026-02-15 01:00", 4, "2026-02-15 04:00"),
    ("clocks put forward after Ramadan", CASABLANCA, "2026-03-22 01:00", 2, "2026-03-22 04:00"),
    ("5 h 45 min ahead of UTC", KATHMANDU, "2026-03-06 16:45", 0.5, "2026-03-09 09:15"),
    ("midnight itself is skipped", HAVANA, "2026-03-07 23:00", 2, "2026-03-08 02:00"),
    ("midnight itself comes twice", HAVANA, "2026-10-31 23:00", 3, "2026-11-01 01:00"),
    ("an evening ends at the first midnight", HAVANA_EVENINGS, "2026-10-31 23:00", 2, "2026-11-01 21:00"),
    (
        "clocks put back over midnight",
        ST_JOHNS_EVENINGS,
        "2010-11-06 20:00",
        5,
        "2010-11-07 00:00+",
    ),
    ("a date that never was", APIA, "2011-12-29 16:00", 2, "2011-12-31 10:00"),
    ("29 February", every_day("09:00-17:00"), "2028-02-28 16:00", 2, "2028-02-29 10:00"),
    ("no 29 February", every_day("09:00-17:00"), "2027-02-28 16:00", 2, "2027-03-01 10:00"),
    ("over 29 February", every_day("09:00-17:00"), "2028-02-28 09:00", 17, "2028-03-01 10:00"),
    ("over New Year", ALL_WEEK, "2026-12-31 23:00", 2, "2027-01-01 01:00"),
    ("office over New Year", BERLIN, "2026-12-31 16:00", 2, "2027-01-01 10:00"),
    ("over two New Years", ALL_WEEK, "2026-12-31 12:00", 366 * 24, "2028-01-01 12:00"),
    ("New Year comes earlier in Kathmandu", KATHMANDU, "2027-01-01 01:00", 1, "2027-01-01 10:00"),
    ("New Year comes later in New York", NEW_YORK, "2026-12-31 16:30", 1, "2027-01-01 09:30"),
    ("over a national holiday", HOLIDAYS, "2026-04-30 16:00", 2, "2026-05-04 10:00"),
    ("over a regional holiday", HOLIDAYS, "2026-01-05 16:00", 2, "2026-01-07 10:00"),
    ("from within a holiday", HOLIDAYS, "2026-01-06 12:00", 1, "2026-01-07 10:00"),
    ("over a listed holiday to one that opens", HOLIDAYS, "2026-12-23 16:00", 2, "2026-12-25 11:00"),
    ("past the hours of a special day", HOLIDAYS, "2026-12-25 11:00", 2, "2026-12-28 10:00"),
    ("over a weekday that is closed", HOLIDAYS, "2026-12-28 16:00", 2, "2026-12-30 10:00"),
    ("a Saturday that opens", HOLIDAYS, "2027-01-01 16:00", 3, "2027-01-02 11:00"),
    ("past the Saturday that opens", HOLIDAYS, "2027-01-01 16:00", 4, "2027-01-04 10:00"),
    ("the next year has its holidays too", HOLIDAYS, "2027-01-05 16:00", 2, "2027-01-07 10:00"),
]


def moment(text: str, calendar: Calendar) -> datetime:
    """A local time of the calendar in UTC; with "+", the second of two."""
    wall = datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=ZoneInfo(calendar.zone))
    return wall.replace(fold=1 if text.endswith("+") else 0).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_open_time_passes(calendar: Calendar, start: str, hours: float, due: str) -> None:
    begin, business = moment(start, calendar), timedelta(seconds=round(hours * HOUR))
    end = calendar.add(begin, business)
    assert end == moment(due, calendar), end.astimezone(ZoneInfo(calendar.zone))
    assert end.tzinfo is UTC
    assert calendar.add(begin, round(hours * HOUR)) == end
    assert calendar.elapsed(begin, end) == business
    assert sum((span.length for span in calendar.open_spans(begin, end)), timedelta()) == business


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        (BERLIN, "2026-03-07 00:00", "2026-03-09 09:00", 0),  # a weekend
        (BERLIN, "2026-03-06 17:00", "2026-03-09 09:00", 0),  # from closing to opening
        (BERLIN, "2026-03-06 16:00", "2026-03-09 10:00", 2),
        (BERLIN, "2026-03-06 12:00", "2026-03-06 12:00", 0),
        (BERLIN, "2026-03-06 12:00", "2026-03-06 10:00", 0),  # the end is first
        (BERLIN, "2026-01-01 00:00", "2027-01-01 00:00", 261 * 8),
        (BERLIN, "2024-01-01 00:00", "2027-01-01 00:00", (262 + 261 + 261) * 8),
        (ALL_WEEK, "2026-01-01 00:00", "2027-01-01 00:00", 365 * 24),
        (ALL_WEEK, "2028-01-01 00:00", "2029-01-01 00:00", 366 * 24),
        (ALL_WEEK, "2026-03-29 00:00", "2026-03-30 00:00", 23),
        (ALL_WEEK, "2026-10-25 00:00", "2026-10-26 00:00", 25),
        (WITH_LUNCH, "2026-03-02 00:00", "2026-03-03 00:00", 7),
        (WITH_LUNCH, "2026-03-02 12:00", "2026-03-02 13:00", 0),
        (HOLIDAYS, "2026-12-24 00:00", "2027-01-03 00:00", 2 + 8 + 8 + 8 + 8 + 2),
        (HAVANA_EVENINGS, "2026-10-31 00:00", "2026-11-02 00:00", 8),
        (APIA, "2011-12-29 00:00", "2012-01-01 00:00", 16),
    ],
)
def test_elapsed_counts_open_time_alone(calendar: Calendar, start: str, end: str, hours: int) -> None:
    assert calendar.elapsed(moment(start, calendar), moment(end, calendar)) == timedelta(hours=hours)


def test_parts_of_a_second_are_kept() -> None:
    start = moment("2026-03-06 16:59:59.250", BERLIN)
    end = moment("2026-03-09 09:00:00.001", BERLIN)
    assert BERLIN.elapsed(start, end) == timedelta(milliseconds=751)
    assert BERLIN.add(start, timedelta(milliseconds=751)) == end


def test_any_aware_moment_may_come_in_and_utc_goes_out() -> None:
    local = datetime(2026, 3, 2, 8, tzinfo=ZoneInfo("America/New_York"))  # 14:00 in Berlin
    for found in (BERLIN.add(local, HOUR), BERLIN.add(local, 0), BERLIN.next_open(local)):
        assert found.tzinfo is UTC
    assert BERLIN.add(local, HOUR) == moment("2026-03-02 15:00", BERLIN)
    new_year = datetime(2027, 1, 1, 2, tzinfo=ZoneInfo("Pacific/Auckland"))  # still 2026 in Berlin
    assert BERLIN.elapsed(new_year, BERLIN.add(new_year, 9 * HOUR)) == timedelta(hours=9)


NAIVE = datetime(2026, 3, 2, 10)  # noqa: DTZ001
AWARE = NAIVE.replace(tzinfo=UTC)


@pytest.mark.parametrize("calendar", [BERLIN, AROUND_THE_CLOCK], ids=lambda calendar: calendar.name)
@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.add(NAIVE, 1),
        lambda c: c.add(NAIVE, 0),
        lambda c: c.elapsed(NAIVE, AWARE),
        lambda c: c.elapsed(AWARE, NAIVE),
        lambda c: c.is_open(NAIVE),
        lambda c: c.next_open(NAIVE),
        lambda c: c.next_business_day(NAIVE),
        lambda c: c.open_spans(NAIVE, AWARE),
        lambda c: c.closed_spans(AWARE, NAIVE),
    ],
)
def test_a_moment_without_a_zone_is_a_mistake(calendar: Calendar, call: Callable[[Calendar], object]) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        call(calendar)


def test_business_time_is_not_taken_back() -> None:
    with pytest.raises(ValueError, match="negative"):
        BERLIN.add(AWARE, -1)


@pytest.mark.parametrize(
    ("at", "is_open", "next_open"),
    [
        ("2026-03-02 08:59:59", False, "2026-03-02 09:00"),
        ("2026-03-02 09:00", True, "2026-03-02 09:00"),
        ("2026-03-02 11:59:59", True, "2026-03-02 11:59:59"),
        ("2026-03-02 12:00", False, "2026-03-02 13:00"),
        ("2026-03-06 17:00", False, "2026-03-09 09:00"),
        ("2026-12-31 17:00", False, "2027-01-01 09:00"),
        ("2026-12-31 23:59:59", False, "2027-01-01 09:00"),
    ],
)
def test_opening_is_open_and_closing_is_closed(at: str, is_open: bool, next_open: str) -> None:
    assert WITH_LUNCH.is_open(moment(at, WITH_LUNCH)) is is_open
    assert WITH_LUNCH.next_open(moment(at, WITH_LUNCH)) == moment(next_open, WITH_LUNCH)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-02 10:00", date(2026, 3, 3)),
        ("2026-03-06 10:00", date(2026, 3, 9)),
        ("2026-03-07 10:00", date(2026, 3, 9)),
        ("2026-03-09 00:30", date(2026, 3, 10)),  # still Sunday in UTC
        ("2026-12-23 10:00", date(2026, 12, 25)),  # a holiday that opens
        ("2026-12-28 10:00", date(2026, 12, 30)),  # a weekday that is closed
        ("2027-01-01 10:00", date(2027, 1, 2)),  # a Saturday that opens
    ],
)
def test_the_next_business_day_is_a_later_local_date_with_hours(at: str, day: date) -> None:
    assert HOLIDAYS.next_business_day(moment(at, HOLIDAYS)) == day
    assert HOLIDAYS.is_business_day(day)


def test_a_date_first_opens() -> None:
    def first(calendar: Calendar, day: str) -> datetime:
        return next(
            iter(calendar.open_spans(moment(f"{day} 00:00", calendar), moment("2027-02-01", calendar)))
        ).start

    assert first(HOLIDAYS, "2026-12-25") == moment("2026-12-25 10:00", HOLIDAYS)
    assert first(HOLIDAYS, "2026-12-26") == moment("2026-12-28 09:00", HOLIDAYS)
    assert first(IN_THE_GAP, "2026-03-29") == moment("2026-03-30 02:10", IN_THE_GAP)


def spans(calendar: Calendar, start: str, end: str) -> list[tuple[str, str]]:
    found = calendar.open_spans(moment(start, calendar), moment(end, calendar))
    zone = ZoneInfo(calendar.zone)
    return [
        (f"{s.start.astimezone(zone):%m-%d %H:%M}", f"{s.end.astimezone(zone):%m-%d %H:%M}") for s in found
    ]


def closed(calendar: Calendar, start: str, end: str) -> list[tuple[str, str, Cause, str]]:
    zone = ZoneInfo(calendar.zone)
    found = calendar.closed_spans(moment(start, calendar), moment(end, calendar))
    return [
        (f"{s.start.astimezone(zone):%m-%d %H:%M}", f"{s.end.astimezone(zone):%m-%d %H:%M}", s.cause, s.name)
        for s in found
    ]


def test_open_spans_are_as_long_as_they_are_and_cut_at_the_ends() -> None:
    assert spans(WITH_LUNCH, "2026-03-06 11:00", "2026-03-09 10:00") == [
        ("03-06 11:00", "03-06 12:00"),
        ("03-06 13:00", "03-06 17:00"),
        ("03-09 09:00", "03-09 10:00"),
    ]
    assert spans(NIGHTS, "2026-12-30 23:00", "2027-01-01 23:00") == [
        ("12-30 23:00", "12-31 06:00"),
        ("12-31 22:00", "01-01 06:00"),  # one shift over New Year
        ("01-01 22:00", "01-01 23:00"),
    ]
    assert len(spans(ALL_WEEK, "2025-06-01 00:00", "2028-06-01 00:00")) == 1
    assert spans(BERLIN, "2026-03-07 00:00", "2026-03-08 00:00") == []
    assert spans(BERLIN, "2026-03-06 12:00", "2026-03-05 12:00") == []


def test_closed_spans_say_why() -> None:
    assert closed(HOLIDAYS, "2026-12-23 16:00", "2026-12-30 10:00") == [
        ("12-23 17:00", "12-24 00:00", Cause.OUTSIDE_HOURS, ""),
        ("12-24 00:00", "12-25 00:00", Cause.HOLIDAY, "Christmas Eve"),
        ("12-25 00:00", "12-25 10:00", Cause.SPECIAL_DAY, "Emergency desk"),
        ("12-25 12:00", "12-26 00:00", Cause.SPECIAL_DAY, "Emergency desk"),
        ("12-26 00:00", "12-28 00:00", Cause.CLOSED_DAY, ""),  # a holiday on a Saturday takes nothing away
        ("12-28 00:00", "12-28 09:00", Cause.OUTSIDE_HOURS, ""),
        ("12-28 17:00", "12-29 00:00", Cause.OUTSIDE_HOURS, ""),
        ("12-29 00:00", "12-30 00:00", Cause.SPECIAL_DAY, "Stocktaking"),
        ("12-30 00:00", "12-30 09:00", Cause.OUTSIDE_HOURS, ""),
    ]
    assert closed(WITH_LUNCH, "2026-03-02 10:00", "2026-03-03 10:00") == [
        ("03-02 12:00", "03-02 13:00", Cause.OUTSIDE_HOURS, ""),
        ("03-02 17:00", "03-03 09:00", Cause.OUTSIDE_HOURS, ""),
    ]
    assert closed(APIA, "2011-12-29 16:00", "2011-12-31 10:00") == [
        ("12-29 17:00", "12-31 09:00", Cause.OUTSIDE_HOURS, "")
    ]


def test_around_the_clock_time_is_time() -> None:
    later = AWARE + timedelta(days=400)
    assert AROUND_THE_CLOCK.always
    assert AROUND_THE_CLOCK.add(AWARE, timedelta(days=400)) == later
    assert AROUND_THE_CLOCK.elapsed(AWARE, later) == timedelta(days=400)
    assert AROUND_THE_CLOCK.is_open(AWARE)
    assert AROUND_THE_CLOCK.next_open(AWARE) == AWARE
    assert [(s.start, s.end) for s in AROUND_THE_CLOCK.open_spans(AWARE, later)] == [(AWARE, later)]
    assert list(AROUND_THE_CLOCK.open_spans(later, AWARE)) == []
    assert list(AROUND_THE_CLOCK.closed_spans(AWARE, later)) == []
    assert AROUND_THE_CLOCK.next_business_day(AWARE) == date(2026, 3, 3)


def test_whole_days_are_around_the_clock_unless_a_date_may_close() -> None:
    holiday = Holiday(date(2026, 12, 25), "Christmas Day")
    assert ALL_WEEK.always
    assert replace(ALL_WEEK, special_days=(SpecialDay(date(2026, 5, 1), "Open", ALL_DAY),)).always
    assert not replace(ALL_WEEK, holidays=(holiday,)).always
    assert not replace(ALL_WEEK, places=(Place("DE"),), source=kept).always
    assert not replace(ALL_WEEK, special_days=(SpecialDay(date(2026, 5, 1), "Closed"),)).always
    assert not BERLIN.always


# What is written


@pytest.mark.parametrize(
    ("text", "intervals"),
    [
        ("09:00-17:00", [(540, 1020)]),
        ("9:00-12:30,13:30-17:00", [(540, 750), (810, 1020)]),
        ("13:30–17:00, 9:00–12:30", [(540, 750), (810, 1020)]),
        ("00:00-24:00", [(0, 1440)]),
        ("09:00-12:00, 12:00-17:00", [(540, 1020)]),  # adjacent ones are one
        ("", []),
        ("closed", []),
    ],
)
def test_hours_are_read(text: str, intervals: list[tuple[int, int]]) -> None:
    assert parse_hours(text) == tuple(Interval(*pair) for pair in intervals)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("09:00-13:00, 12:00-17:00", "mon: 09:00-13:00 and 12:00-17:00 overlap"),
        ("09:00-09:00", "mon: 09:00-09:00 is empty"),
        (
            "22:00-06:00",
            "mon: 22:00-06:00 closes before it opens; over midnight, write 22:00-24:00 and on the ",
        ),
        ("17:00-00:00", "mon: 17:00-00:00 closes before it opens; over midnight, write 17:00-24:00"),
        ("09:00-24:01", "mon: 09:00-24:01 is not within a day"),
        ("09:00-25:00", "mon: 09:00-25:00 is not within a day"),
        ("09:75-10:00", 'mon: "09:75-10:00" has more than 59 minutes'),
        ("9-17", 'mon: "9-17" is no interval; expected such as 09:00-17:00'),
        ("09:00-12:00,", 'mon: "" is no interval'),
    ],
)
def test_hours_that_make_no_sense_are_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(CalendarError) as refused:
        week_of({"mon": text})
    assert refused.value.message.startswith(complaint)


def test_no_weekday_is_refused_with_the_nearest() -> None:
    with pytest.raises(CalendarError, match='"tues" is no weekday; did you mean tue'):
        week_of({"tues": "09:00-17:00"})
    with pytest.raises(CalendarError, match="expected mon, tue"):
        week_of({"x": "09:00-17:00"})


def test_hours_are_put_in_order_before_calendars_are_compared() -> None:
    morning, noon, evening = Interval(540, 720), Interval(720, 780), Interval(780, 1020)
    assert joined((evening, morning, noon), "mon") == parse_hours("09:00-17:00")
    mixed = (evening, noon, morning)
    assert Calendar("office", "Europe/Berlin", (*(mixed,) * 5, CLOSED, CLOSED)) == BERLIN


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"zone": "Europe/Berln"}, 'no time zone "Europe/Berln"; did you mean Europe/Berlin'),
        ({"zone": ""}, 'no time zone ""; expected such as'),
        ({"zone": "Europe"}, 'no time zone "Europe"'),
        ({"zone": "../etc/passwd"}, "no time zone"),
        ({"week": week_of({})}, "calendar office never opens"),
        ({"week": OFFICE[:5]}, "a week has seven days"),
        ({"places": (Place("DE"),)}, "nothing knows the holidays of DE"),
        (
            {"holidays": (Holiday(AWARE.date(), "A"), Holiday(AWARE.date(), "B"))},
            "2026-03-02 is a holiday twice",
        ),
        ({"special_days": (SpecialDay(AWARE.date(), "A"),) * 2}, "2026-03-02 is a special day twice"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(CalendarError, match=complaint):
        replace(BERLIN, **change)  # type: ignore[arg-type]


def test_overlapping_hours_of_a_special_day_are_refused_by_date() -> None:
    with pytest.raises(CalendarError, match="2026-05-01: 09:00-11:00 and 10:00-12:00 overlap"):
        SpecialDay(date(2026, 5, 1), "Rush", (Interval(600, 720), Interval(540, 660)))


def test_a_calendar_is_its_contents() -> None:
    other = replace(HOLIDAYS, source=lambda country, region, year: {})
    assert other == HOLIDAYS
    assert hash(other) == hash(HOLIDAYS)
    assert replace(HOLIDAYS, name="other") != HOLIDAYS
    # Each answers by its own source all the same.
    labour_day = moment("2026-05-01 12:00", HOLIDAYS)
    assert (HOLIDAYS.is_open(labour_day), other.is_open(labour_day)) == (False, True)
    assert copy.deepcopy(BERLIN) == BERLIN


# Limits

ONCE = Calendar(
    "once",
    "UTC",
    week_of({}),
    special_days=(SpecialDay(date(2026, 3, 2), "Open day", parse_hours("10:00-12:00")),),
)


def shut_from_2027(country: str, region: str, year: int, /) -> Mapping[date, str]:
    return {} if year < 2027 else {date(year, 1, 1) + timedelta(days=day): "Shut" for day in range(366)}


NO_LONGER = Calendar("no longer", "UTC", OFFICE, places=(Place("XX"),), source=shut_from_2027)


@pytest.mark.parametrize("calendar", [ONCE, NO_LONGER], ids=lambda calendar: calendar.name)
def test_a_calendar_that_opens_no_more_says_so(calendar: Calendar) -> None:
    after = datetime(2026, 12, 31, 18, tzinfo=UTC)
    for call in (calendar.next_open, calendar.next_business_day, lambda at: calendar.add(at, 1)):
        with pytest.raises(BeyondReach, match="does not open within 10 years of 2026-12-31"):
            call(after)
    assert issubclass(BeyondReach, DeskError)
    assert not calendar.is_open(after)
    assert calendar.elapsed(after, after + timedelta(days=3000)) == timedelta()


def test_a_calendar_that_opens_once_is_used_that_once() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert ONCE.add(start, 2 * HOUR) == datetime(2026, 3, 2, 12, tzinfo=UTC)
    with pytest.raises(BeyondReach):
        ONCE.add(start, 2 * HOUR + 1)


def test_what_no_calendar_can_reach_is_refused_and_not_walked_to() -> None:
    end_of_time = datetime.max.replace(tzinfo=UTC)
    asked: list[int] = []

    def source(country: str, region: str, year: int, /) -> Mapping[date, str]:
        asked.append(year)
        return {}

    calendar = replace(BERLIN, places=(Place("DE"),), source=source)
    with pytest.raises(BeyondReach, match="not that much open time in 100 years"):
        calendar.add(AWARE, timedelta.max)
    with pytest.raises(BeyondReach, match="more than 100 years apart"):
        calendar.elapsed(AWARE, datetime(9000, 1, 1, tzinfo=UTC))
    with pytest.raises(BeyondReach, match="the years 2 to 9998"):
        calendar.is_open(end_of_time)
    with pytest.raises(BeyondReach, match="the years 2 to 9998"):
        calendar.is_open(datetime.min.replace(tzinfo=UTC))
    with pytest.raises(BeyondReach, match="the years 2 to 9998"):
        calendar.plan(end_of_time.date())
    with pytest.raises(BeyondReach, match="beyond the year 9999"):
        AROUND_THE_CLOCK.add(AWARE, timedelta.max)
    assert len(asked) < 5


def test_the_longest_target_is_followed() -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    business = timedelta(hours=8 * 261 * 60)
    due = BERLIN.add(start, business)
    assert 2085 <= due.year <= 2086
    assert BERLIN.elapsed(start, due) == business


def test_a_year_is_asked_for_once_and_not_before_it_is_needed() -> None:
    asked: list[int] = []

    def source(country: str, region: str, year: int, /) -> Mapping[date, str]:
        asked.append(year)
        return {date(year + 1, 3, 3): "Not of this year"}

    calendar = replace(BERLIN, places=(Place("DE"),), source=source)
    assert asked == []
    for _ in range(3):
        assert calendar.add(AWARE, 16 * HOUR) == moment("2026-03-04 11:00", BERLIN)
    assert asked == [2026]
    # New Year's morning in Berlin is still the old year in UTC.
    calendar.is_open(moment("2027-01-01 00:30", BERLIN))
    assert asked == [2026, 2027]


def test_threads_share_a_calendar() -> None:
    calendar = replace(HOLIDAYS)
    starts = [AWARE + timedelta(days=40 * number) for number in range(200)]
    expected = [HOLIDAYS.add(start, 100 * HOUR) for start in starts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda start: calendar.add(start, 100 * HOUR), starts))
    assert found == expected


# Holidays


def test_a_day_is_closed_by_the_holiday_that_is_kept_or_listed() -> None:
    causes = {
        date(2026, 1, 6): ("Epiphany", Cause.HOLIDAY),
        date(2026, 5, 1): ("Labour Day", Cause.HOLIDAY),
        date(2026, 12, 24): ("Christmas Eve", Cause.HOLIDAY),
        date(2026, 12, 25): ("Emergency desk", Cause.SPECIAL_DAY),
        date(2027, 1, 6): ("Epiphany", Cause.HOLIDAY),
    }
    assert {day: (HOLIDAYS.plan(day).name, HOLIDAYS.plan(day).cause) for day in causes} == causes


def test_a_holiday_that_is_kept_and_listed_goes_by_the_name_that_was_listed() -> None:
    twice = replace(
        BERLIN,
        holidays=(Holiday(date(2026, 5, 1), "May Day"),),
        places=(Place("DE", "BY"), Place("DE"), Place("DE", "BE")),
        source=kept,
    )
    assert twice.plan(date(2026, 5, 1)).name == "May Day"


def test_the_domain_asks_no_library() -> None:
    code = "import sys, deskterm.domain.calendar; print('holidays' in sys.modules, 'difflib' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False False"
