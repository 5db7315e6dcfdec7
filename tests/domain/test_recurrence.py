"""What comes again: what people write, when it is next, across summer time and short months."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.recurrence import (
    BUSINESS,
    LAST,
    Recurrence,
    RecurrenceError,
    Unit,
    is_recurrence,
    parse_recurrence,
    stored,
    zone_name,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 13, 32, tzinfo=UTC)
"""Friday 20 November 2026, 14:32 in Berlin."""

UNDERSTOOD = [
    # what is typed, how it is kept, when it is next in Berlin
    ("every monday 9am", "every monday at 09:00", "2026-11-23 09:00"),
    ("every Monday at 9 AM", "every monday at 09:00", "2026-11-23 09:00"),
    ("each monday", "every monday at 09:00", "2026-11-23 09:00"),
    ("every friday", "every friday at 09:00", "2026-11-27 09:00"),
    ("every friday at 5pm", "every friday at 17:00", "2026-11-20 17:00"),
    ("every fri 16:00", "every friday at 16:00", "2026-11-20 16:00"),
    ("weekly on fri", "every friday at 09:00", "2026-11-27 09:00"),
    ("every week", "every friday at 09:00", "2026-11-27 09:00"),
    ("every week on tue at noon", "every tuesday at 12:00", "2026-11-24 12:00"),
    ("every mon, wed and fri 9", "every monday, wednesday, friday at 09:00", "2026-11-23 09:00"),
    ("every tues thurs 14:00", "every tuesday, thursday at 14:00", "2026-11-24 14:00"),
    ("every mon-thu 7:45", "every monday, tuesday, wednesday, thursday at 07:45", "2026-11-23 07:45"),
    ("every sat-mon", "every monday, saturday, sunday at 09:00", "2026-11-21 09:00"),
    ("every weekday 8:30", "every weekday at 08:30", "2026-11-23 08:30"),
    ("weekdays at 17:30", "every weekday at 17:30", "2026-11-20 17:30"),
    ("every mon-fri", "every weekday at 09:00", "2026-11-23 09:00"),
    ("every weekend", "every saturday, sunday at 09:00", "2026-11-21 09:00"),
    ("every day", "every day at 09:00", "2026-11-21 09:00"),
    ("daily at 7", "every day at 07:00", "2026-11-21 07:00"),
    ("every day at midnight", "every day at 00:00", "2026-11-21 00:00"),
    ("every day in the evening", "every day at 18:00", "2026-11-20 18:00"),
    ("every 3 days from 1 dec", "every 3 days at 09:00 from 2026-12-01", "2026-12-01 09:00"),
    ("every second day", "every 2 days at 09:00 from 2026-11-21", "2026-11-21 09:00"),
    ("every other day 15:00", "every 2 days at 15:00 from 2026-11-20", "2026-11-20 15:00"),
    ("every 2 weeks fri 10am", "every 2 weeks on friday at 10:00 from 2026-11-27", "2026-11-27 10:00"),
    ("every two weeks on mon", "every 2 weeks on monday at 09:00 from 2026-11-23", "2026-11-23 09:00"),
    ("every other tuesday noon", "every 2 weeks on tuesday at 12:00 from 2026-11-24", "2026-11-24 12:00"),
    ("every 2 fridays", "every 2 weeks on friday at 09:00 from 2026-11-27", "2026-11-27 09:00"),
    ("fortnightly on wed", "every 2 weeks on wednesday at 09:00 from 2026-11-25", "2026-11-25 09:00"),
    ("every fortnight", "every 2 weeks on friday at 09:00 from 2026-11-27", "2026-11-27 09:00"),
    ("every 3rd week on mon", "every 3 weeks on monday at 09:00 from 2026-11-23", "2026-11-23 09:00"),
    ("every month on the 1st", "every month on the 1st at 09:00", "2026-12-01 09:00"),
    ("monthly", "every month on the 20th at 09:00", "2026-12-20 09:00"),
    ("every 1st of the month", "every month on the 1st at 09:00", "2026-12-01 09:00"),
    ("every 15th at 8", "every month on the 15th at 08:00", "2026-12-15 08:00"),
    ("every month 15", "every month on the 15th at 09:00", "2026-12-15 09:00"),
    ("every month on day 15 at 9", "every month on the 15th at 09:00", "2026-12-15 09:00"),
    ("every 1st and 15th", "every month on the 1st, 15th at 09:00", "2026-12-01 09:00"),
    ("every month on the 31st", "every month on the 31st at 09:00", "2026-11-30 09:00"),
    ("every last day of the month 17:00", "every month on the last day at 17:00", "2026-11-30 17:00"),
    ("every month on the last day", "every month on the last day at 09:00", "2026-11-30 09:00"),
    ("every first day of the month", "every month on the 1st at 09:00", "2026-12-01 09:00"),
    ("every first monday of the month", "every month on the first monday at 09:00", "2026-12-07 09:00"),
    ("every first monday", "every month on the first monday at 09:00", "2026-12-07 09:00"),
    ("every last friday 16:00", "every month on the last friday at 16:00", "2026-11-27 16:00"),
    ("monthly on the 3rd tuesday 9 am", "every month on the third tuesday at 09:00", "2026-12-15 09:00"),
    ("every 2nd friday of the month", "every month on the second friday at 09:00", "2026-12-11 09:00"),
    (
        "every last business day of the month",
        "every month on the last business day at 09:00",
        "2026-11-30 09:00",
    ),
    (
        "every month on the 3rd working day",
        "every month on the third business day at 09:00",
        "2026-12-03 09:00",
    ),
    ("every business day 9am", "every business day at 09:00", "2026-11-23 09:00"),
    ("every working day at 16:00", "every business day at 16:00", "2026-11-20 16:00"),
    (
        "every 2 months on the 1st 10am",
        "every 2 months on the 1st at 10:00 from 2026-12-01",
        "2026-12-01 10:00",
    ),
    ("every quarter on the 1st", "every 3 months on the 1st at 09:00 from 2026-12-01", "2026-12-01 09:00"),
    ("quarterly", "every 3 months on the 20th at 09:00 from 2026-12-20", "2026-12-20 09:00"),
    ("every year on 24 dec", "every year on 24 december at 09:00", "2026-12-24 09:00"),
    ("every 1 dec at 9", "every year on 1 december at 09:00", "2026-12-01 09:00"),
    ("every december 24 10:00", "every year on 24 december at 10:00", "2026-12-24 10:00"),
    ("yearly on the 1st of january", "every year on 1 january at 09:00", "2027-01-01 09:00"),
    ("every 29 feb", "every year on 29 february at 09:00", "2027-02-28 09:00"),
    ("every 2 years on 1 jan", "every 2 years on 1 january at 09:00 from 2027-01-01", "2027-01-01 09:00"),
    ("every friday until 2026-12-18", "every friday at 09:00 until 2026-12-18", "2026-11-27 09:00"),
    ("every friday starting 1 dec", "every friday at 09:00 from 2026-12-01", "2026-12-04 09:00"),
    (
        "every mon from 2026-12-01 until 31 dec",
        "every monday at 09:00 from 2026-12-01 until 2026-12-31",
        "2026-12-07 09:00",
    ),
]  # fmt: skip

REFUSED = [
    ("every", "every what"),
    ("every foo", '"foo" is no part'),
    ("every 15 minutes", "most often"),
    ("every hour", "most often"),
    ("every 2 hours", "most often"),
    ("every day monday", "no other days"),
    ("every business day on fri", "no other days"),
    ("every week on the 1st", "no part of a time"),
    ("every month on monday", "first monday"),
    ("every month on 1 dec", "every year"),
    ("every year on monday", "day and the month"),
    ("every year on the 1st", "the month too"),
    ("every 2nd friday", "every 2 weeks friday"),
    ("every 5th friday of the month", "does not come in every month"),
    ("every 2 business days", "only every business day"),
    ("every friday 25:00", "no part of a time"),
    ("every friday at", "at what hour"),
    ("every friday 9am 10am", "two hours"),
    ("every 0 days", "1 to 366"),
    ("every 400 days", "1 to 366"),
    ("every 30 feb", "29 days"),
    ("every 31 april", "30 days"),
    ("every month on the 32", "31 days"),
    ("every friday until soon", "a date should follow"),
    ("every friday until 2026-11-21", "never comes"),
    ("every friday from 2026-12-01 until 2026-11-21", "ends before"),
    ("every last", "the last of what"),
    ("monday 9am", 'begins with "every"'),
    ("", 'begins with "every"'),
    ("every " + "x" * 200, "at most"),
    ("every 1 dec 2 dec", "two days of the year"),
]


def in_berlin(at: datetime | None) -> str:
    """A time on Berlin's clocks."""
    assert at is not None
    return f"{at.astimezone(BERLIN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(("typed", "kept", "following"), UNDERSTOOD)
def test_what_is_understood(typed: str, kept: str, following: str) -> None:
    found = parse_recurrence(typed, NOW, BERLIN)
    assert str(found) == kept
    assert stored(kept) == found
    assert in_berlin(found.next(NOW, BERLIN)) == following
    assert is_recurrence(typed)


@pytest.mark.parametrize(("typed", "why"), REFUSED)
def test_what_is_not(typed: str, why: str) -> None:
    with pytest.raises(RecurrenceError) as error:
        parse_recurrence(typed, NOW, BERLIN)
    assert why in error.value.reason
    assert "every monday 9am" in error.value.hint


def test_a_time_that_comes_once_does_not_come_again() -> None:
    for typed in ("tomorrow 9am", "fri", "in 2 days", "", "1 dec"):
        assert not is_recurrence(typed)


def test_hostile_words_are_shown_plain() -> None:
    with pytest.raises(RecurrenceError) as error:
        parse_recurrence("every \x1b[31m[b]friday\x07", NOW, BERLIN)
    assert "\x1b" not in error.value.message


def dates(words: str, count: int, start: datetime = NOW, zone: ZoneInfo = BERLIN) -> list[str]:
    """The next so many times, on the zone's clocks."""
    found, at, told = parse_recurrence(words, start, zone), start, []
    for _ in range(count):
        following = found.next(at, zone)
        assert following is not None
        at = following
        told.append(f"{at.astimezone(zone):%Y-%m-%d %H:%M}")
    return told


def test_short_months_have_a_last_day_instead() -> None:
    assert dates("every month on the 31st", 4, datetime(2027, 1, 5, tzinfo=UTC)) == [
        "2027-01-31 09:00", "2027-02-28 09:00", "2027-03-31 09:00", "2027-04-30 09:00",
    ]  # fmt: skip
    assert dates("every last day of the month", 2, datetime(2028, 2, 1, tzinfo=UTC)) == [
        "2028-02-29 09:00", "2028-03-31 09:00",
    ]  # fmt: skip


def test_every_second_week_is_counted_from_the_first_over_the_turn_of_the_year() -> None:
    assert dates("every 2 weeks fri", 4) == [
        "2026-11-27 09:00", "2026-12-11 09:00", "2026-12-25 09:00", "2027-01-08 09:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "start", "expected"),
    [
        # The clocks skip 02:00 to 03:00 on 28 March 2027: half past two is half past three.
        ("every day 2:30", datetime(2027, 3, 27, 12, tzinfo=UTC), ["2027-03-28 03:30", "2027-03-29 02:30"]),
        # They show 02:30 twice on 31 October 2027: the first is meant, and it comes once.
        ("every day 2:30", datetime(2027, 10, 30, 12, tzinfo=UTC), ["2027-10-31 02:30", "2027-11-01 02:30"]),
        ("every day 9am", datetime(2027, 3, 27, 12, tzinfo=UTC), ["2027-03-28 09:00", "2027-03-29 09:00"]),
    ],
)
def test_summer_time(words: str, start: datetime, expected: list[str]) -> None:
    assert dates(words, 2, start) == expected


def test_a_day_that_a_zone_never_had_is_left_out() -> None:
    apia = ZoneInfo("Pacific/Apia")
    start = datetime(2011, 12, 29, 20, tzinfo=UTC)
    told = dates("every day 9am", 3, start, apia)
    assert told == ["2011-12-31 09:00", "2012-01-01 09:00", "2012-01-02 09:00"]


def test_a_calendar_that_never_opens_has_no_business_day() -> None:
    assert parse_recurrence("every business day", NOW, BERLIN).next(NOW, BERLIN, lambda day: False) is None
    last = parse_recurrence("every last business day", NOW, BERLIN)
    assert last.next(NOW, BERLIN, lambda day: False) is None


def test_missed_times_are_counted() -> None:
    found = parse_recurrence("every weekday 9am", NOW, BERLIN)
    assert found.missed(NOW, NOW + timedelta(days=14), BERLIN) == 10
    assert found.missed(NOW, NOW, BERLIN) == 0
    assert found.missed(NOW, NOW + timedelta(days=3650), BERLIN) == 1000


def test_zones_by_name() -> None:
    assert (zone_name(BERLIN), zone_name(UTC)) == ("Europe/Berlin", "UTC")
    assert zone_name(datetime.fromisoformat("2026-01-01T00:00+02:00").tzinfo or UTC) == ""


# Properties

ZONES = [
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
]
CLOCKS = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
MOMENTS = st.integers(0, 220_000).map(
    lambda hours: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=17 * hours)
)
STARTS = st.none() | st.dates(date(2020, 1, 1), date(2030, 12, 31))
KINDS = st.one_of(
    st.builds(Recurrence, st.just(Unit.DAY), st.integers(1, 40)),
    st.builds(Recurrence, st.just(Unit.BUSINESS_DAY)),
    st.builds(
        Recurrence,
        st.just(Unit.WEEK),
        st.integers(1, 9),
        st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    ),
    st.builds(
        lambda every, days, nth: Recurrence(Unit.MONTH, every, (), days, nth),
        st.integers(1, 13),
        st.sets(st.integers(1, 31) | st.just(LAST), min_size=1).map(lambda days: tuple(sorted(days))),
        st.just(()) | st.tuples(st.tuples(st.sampled_from((1, 2, 3, 4, LAST)), st.integers(0, BUSINESS))),
    ),
    st.builds(
        lambda every, day, month: Recurrence(Unit.YEAR, every, (), (day,), (), month),
        st.integers(1, 3),
        st.integers(1, 29),
        st.integers(1, 12),
    ),
)


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    """Anything that comes again; what is counted has a date it is counted from."""
    from dataclasses import replace

    kind, start = draw(KINDS), draw(STARTS)
    if kind.every > 1 and start is None:
        start = date(2025, 1, 1)
    return replace(kind, clock=draw(CLOCKS), start=start)


@given(recurrences())
def test_what_is_written_is_read_the_same(found: Recurrence) -> None:
    assert stored(str(found)) == found


@given(recurrences(), st.sampled_from(ZONES), MOMENTS)
def test_times_come_in_order_on_days_that_are_meant(found: Recurrence, zone: ZoneInfo, at: datetime) -> None:
    for _ in range(4):
        following = found.next(at, zone)
        assert following is not None
        assert following > at
        # Nothing lies between: asked from just before it, the same comes.
        assert found.next(following - timedelta(seconds=1), zone) == following
        local = following.astimezone(zone)
        if (local - timedelta(minutes=1)).utcoffset() == (local - timedelta(hours=3)).utcoffset():
            assert (local.hour, local.minute) == (found.clock.hour, found.clock.minute)
        if found.unit is Unit.WEEK:
            assert local.weekday() in found.weekdays
        if found.start is not None:
            assert local.date() >= found.start
        at = following


@given(recurrences(), st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_no_day_is_left_out(found: Recurrence, zone: ZoneInfo, day: date) -> None:
    """Every day of ninety is asked for by itself, and those that answer are the ones found by walking."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end, at, walked = begin + timedelta(days=90), begin, []
    while (following := found.next(at, zone)) is not None and following <= end:
        walked.append(following)
        at = following
    asked = {found.next(begin + timedelta(hours=12 * step), zone) for step in range(180)}
    assert set(walked) >= {each for each in asked if each is not None and each <= end}
    assert len(set(walked)) == len(walked)
