"""Times as people say them, and the short spans that screens show."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.errors import UsageError
from deskterm.domain.left import left_words
from deskterm.domain.time_spans import ago, humanize
from deskterm.domain.when import MAX_AHEAD, WhenError, parse_when

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 14, 2, 30, tzinfo=UTC)  # a Wednesday, 15:02 in Berlin


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow 9am", "2026-11-26 09:00"),
        ("Tomorrow at 9:30 PM", "2026-11-26 21:30"),
        ("tomorrow", "2026-11-26 09:00"),
        ("tmrw 14", "2026-11-26 14:00"),
        ("9am tomorrow", "2026-11-26 09:00"),
        ("tomorrow morning", "2026-11-26 09:00"),
        ("tomorrow morning at 8:30", "2026-11-26 08:30"),
        ("tomorrow in the evening", "2026-11-26 18:00"),
        ("8:30 tomorrow evening", "2026-11-26 20:30"),
        ("the day after tomorrow 10am", "2026-11-27 10:00"),
        ("noon", "2026-11-26 12:00"),
        ("tomorrow noon", "2026-11-26 12:00"),
        ("12pm tomorrow", "2026-11-26 12:00"),
        ("12am tomorrow", "2026-11-26 00:00"),
        ("midnight", "2026-11-26 00:00"),
        ("friday midnight", "2026-11-28 00:00"),
        ("midnight tomorrow", "2026-11-27 00:00"),
        ("today 5pm", "2026-11-25 17:00"),
        ("tonight", "2026-11-25 20:00"),
        ("tonight at 9", "2026-11-25 21:00"),
        ("9pm tonight", "2026-11-25 21:00"),
        ("tonight 21:30", "2026-11-25 21:30"),
        ("16:30", "2026-11-25 16:30"),
        ("14:30", "2026-11-26 14:30"),
        ("9 am", "2026-11-26 09:00"),
        ("fri 9am", "2026-11-27 09:00"),
        ("30.11.2026", "2026-11-30 09:00"),
        ("1.12. 10:00", "2026-12-01 10:00"),
        ("on 24.11.", "2027-11-24 09:00"),
        ("the 30th", "2026-11-30 09:00"),
        ("the 15th at 4pm", "2026-12-15 16:00"),
        ("31st", "2026-12-31 09:00"),
        ("9am 3rd", "2026-12-03 09:00"),
        ("in 3 business days", "2026-11-30 15:02:30"),
        ("two working days", "2026-11-27 15:02:30"),
        ("in a business day", "2026-11-26 15:02:30"),
        ("friday", "2026-11-27 09:00"),
        ("this friday", "2026-11-27 09:00"),
        ("on friday at 14:00", "2026-11-27 14:00"),
        ("14:00 thurs", "2026-11-26 14:00"),
        ("friday afternoon", "2026-11-27 14:00"),
        ("wednesday", "2026-12-02 09:00"),  # today's 09:00 has passed
        ("wed 18:00", "2026-11-25 18:00"),
        ("tuesday", "2026-12-01 09:00"),
        ("next monday 14:00", "2026-11-30 14:00"),
        ("next friday", "2026-12-04 09:00"),
        ("next wednesday", "2026-12-02 09:00"),
        ("next week", "2026-11-30 09:00"),
        ("next week friday 10:00", "2026-12-04 10:00"),
        ("tuesday next week", "2026-12-01 09:00"),
        ("next month", "2026-12-01 09:00"),
        ("next business day", "2026-11-26 09:00"),
        ("next business day 8:15", "2026-11-26 08:15"),
        ("end of day", "2026-11-25 17:00"),
        ("eod friday", "2026-11-27 17:00"),
        ("end of the week", "2026-11-27 09:00"),
        ("end of month", "2026-11-30 09:00"),
        ("eom 17:00", "2026-11-30 17:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 10:00", "2026-12-01 10:00"),
        ("2026-12-01T10:00", "2026-12-01 10:00"),
        ("1 dec", "2026-12-01 09:00"),
        ("1st of December, 9:15", "2026-12-01 09:15"),
        ("dec 1 9am", "2026-12-01 09:00"),
        ("Dec. 1 2027 9", "2027-12-01 09:00"),
        ("25 nov 16:00", "2026-11-25 16:00"),
        ("1 jan", "2027-01-01 09:00"),
        ("29 feb", "2028-02-29 09:00"),
        ("sept 3", "2027-09-03 09:00"),
        ("in 1 day", "2026-11-26 15:02:30"),
        ("in a week", "2026-12-02 15:02:30"),
        ("in 2 months", "2027-01-25 15:02:30"),
        ("in 1 year", "2027-11-25 15:02:30"),
        ("1d 2h", "2026-11-26 17:02:30"),
        ("in three days", "2026-11-28 15:02:30"),
    ],
)
def test_what_people_say(text: str, expected: str) -> None:
    assert parse_when(text, NOW, BERLIN) == at(expected)
    assert parse_when(text.upper(), NOW.astimezone(ZoneInfo("Asia/Tokyo")), BERLIN) == at(expected)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("in 2h", 120), ("in 2 hours", 120), ("1h30m", 90), ("1h 30m", 90), ("1 hour and 30 minutes", 90),
     ("+45m", 45), ("in 90 min", 90), ("half an hour", 30), ("an hour", 60), ("1.5h", 90), ("in 1 min", 1),
     ("in two hours", 120), ("twelve minutes", 12)],
)  # fmt: skip
def test_a_span_is_elapsed_time(text: str, minutes: int) -> None:
    assert parse_when(text, NOW, BERLIN) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("day", ["2026-11-28 10:00", "2026-11-29 23:00"])
def test_the_end_of_the_week_said_at_the_weekend_is_that_of_the_coming_one(day: str) -> None:
    assert parse_when("end of the week", at(day), BERLIN) == at("2026-12-04 09:00")
    assert parse_when("eow", at("2026-11-27 08:00"), BERLIN) == at("2026-11-27 09:00")


def test_the_answer_is_in_utc() -> None:
    assert parse_when("in 2h", NOW.astimezone(BERLIN), BERLIN).tzinfo is UTC
    assert parse_when("2026-12-01T10:00Z", NOW, BERLIN) == at("2026-12-01T10:00", ZoneInfo("UTC"))
    assert parse_when("2026-12-01T10:00+05:30", NOW, BERLIN) == at("2026-12-01T04:30", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("text", "reason", "understood"),
    [
        ("", "no time was given", ""),
        ("soon", '"soon" is no time', ""),
        ("tomorrow foo", '"foo" is no time', "tomorrow"),
        ("tomorow 9am", '"tomorow" is no time', ""),
        ("today", "2026-11-25 09:00 has passed", "today"),
        ("today 9am", "2026-11-25 09:00 has passed", "today 9am"),
        ("2020-01-01", "2020-01-01 09:00 has passed", "2020-01-01"),
        ("25 nov", "2026-11-25 09:00 has passed", "25 nov"),
        ("in 0m", "has passed", "in 0m"),
        ("5 minutes ago", '"5" is no time', ""),
        ("30 feb", "no such date", "30 feb"),
        ("2026-02-30", "no such date", "2026-02-30"),
        ("2026-13-01T99:00", "no such date", ""),
        ("in", '"in" is no time', ""),
        ("in few hours", "a number and a unit", "in"),
        ("yesterday", "that has passed", ""),
        ("yesterday 9am", "that has passed", ""),
        ("last friday", "that has passed", ""),
        ("in 2 parsecs", "a number and a unit", "in"),
        ("in 1.5 days", "whole numbers", ""),
        ("in 99999999999 weeks", "ten years", ""),
        ("in 11 years", "ten years", ""),
        ("9999-12-31", "ten years", ""),
        ("friday monday", "two days", "friday"),
        ("tomorrow 1 dec", "two days", "tomorrow 1 dec"),
        ("9am 10am", "two hours", "9am"),
        ("25:00", '"25:00" is no time', ""),
        ("tomorrow 13pm", '"13pm" is no time', "tomorrow"),
        ("9", '"9" is no time', ""),
        ("01/12", "which is the month?", ""),
        ("end of time", "the end of a day", "end of"),
        ("x" * 101, "at most 100 characters", ""),
        ("٩am", "is no time", ""),
    ],
)
def test_what_is_refused_and_why(text: str, reason: str, understood: str) -> None:
    with pytest.raises(WhenError) as caught:
        parse_when(text, NOW, BERLIN)
    error = caught.value
    assert reason in error.reason
    assert understood in error.understood
    assert reason in str(error)
    assert "tomorrow 9am" in str(error)  # an example
    assert isinstance(error, UsageError)


def test_an_error_shows_hostile_text_as_marks() -> None:
    with pytest.raises(WhenError) as caught:
        parse_when("tomorrow \u202e\x1b[2J", NOW, BERLIN)
    assert str(caught.value).isprintable()


def test_business_days_are_those_of_the_calendar() -> None:
    friday = at("2026-11-27 10:00")
    assert parse_when("next business day", friday, BERLIN) == at("2026-11-30 09:00")
    holiday = date(2026, 11, 30)
    found = parse_when(
        "next business day", friday, BERLIN, is_business_day=lambda day: day.weekday() < 5 and day != holiday
    )
    assert found == at("2026-12-01 09:00")
    with pytest.raises(WhenError, match="no business day"):
        parse_when("next business day", friday, BERLIN, is_business_day=lambda day: False)


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        # Clocks go forward: 02:30 does not exist and becomes 03:30 (UTC+2).
        ("2026-03-28T12:00+01:00", "tomorrow 2:30", "2026-03-29T03:30+02:00"),
        ("2026-03-28T12:00+01:00", "tomorrow 9am", "2026-03-29T09:00+02:00"),
        ("2026-03-28T12:00+01:00", "in 1 day", "2026-03-29T12:00+02:00"),
        ("2026-03-28T12:00+01:00", "in 24h", "2026-03-29T13:00+02:00"),
        # Clocks go back: 02:30 comes twice, the first is meant (UTC+2).
        ("2026-10-24T12:00+02:00", "tomorrow 2:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:40+02:00", "in 1h", "2026-10-25T02:40+01:00"),
        ("2026-10-24T12:00+02:00", "next week", "2026-10-26T09:00+01:00"),
    ],
)
def test_where_the_clocks_change(now: str, text: str, expected: str) -> None:
    assert parse_when(text, datetime.fromisoformat(now), BERLIN) == datetime.fromisoformat(expected)


def test_the_day_is_the_agents() -> None:
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    auckland = ZoneInfo("Pacific/Auckland")
    assert parse_when("tomorrow", late, auckland) == at("2026-11-27 09:00", auckland)
    new_york = ZoneInfo("America/New_York")
    assert parse_when("tomorrow", late, new_york) == at("2026-11-26 09:00", new_york)


WORDS = st.lists(
    st.sampled_from(
        [
            *("tomorrow", "today", "tonight", "noon", "midnight", "next", "week", "month", "business", "day"),
            *(
                "end",
                "of",
                "the",
                "at",
                "in",
                "fri",
                "monday",
                "1",
                "31",
                "2026",
                "dec",
                "feb",
                "29",
                "9am",
                "25:00",
            ),
            *(
                "14:30",
                "2h",
                "1h30m",
                "half",
                "an",
                "hour",
                "and",
                "weeks",
                "years",
                "99999",
                "2026-12-01",
                "+",
            ),
            *(
                "9999-12-31",
                "0001-01-01",
                "2026-12-01t10:00z",
                "eod",
                "am",
                "pm",
                "evening",
                ",",
                "²",
                "\ud800",
            ),
        ]
    ),
    max_size=7,
).map(" ".join)


@given(
    WORDS | st.text(st.characters(exclude_categories=())),
    st.integers(0, 120 * 365 * 86400),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "UTC"]),
)
def test_any_text_is_a_time_ahead_or_a_when_error(text: str, since_1970: int, zone: str) -> None:
    now = datetime.fromtimestamp(since_1970, UTC)
    try:
        found = parse_when(text, now, ZoneInfo(zone))
    except WhenError:
        return
    assert now < found <= now + MAX_AHEAD
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("unit", ["1", "h", "1h", "in ", "next ", "end of ", "9am ", "-", "\u0660", " "])
def test_long_text_is_refused_at_once(unit: str) -> None:
    start = time.thread_time()
    with pytest.raises(WhenError):
        parse_when(unit * 1_000_000, NOW, BERLIN)
    with pytest.raises(WhenError):
        parse_when((unit * 100)[:99] + "!", NOW, BERLIN)
    assert time.thread_time() - start < 5


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "now"), (59.9, "now"), (60, "0:01"), (41 * 60, "0:41"), (41 * 60 + 59.9, "0:41"), (7800, "2:10"),
     (86399, "23:59"), (86400, "1d"), (5 * 86400, "5d"), (-1, "-1m"), (-0.5, "-1m"), (-720, "-12m"),
     (-3599, "-59m"), (-3600, "-1h"), (-3 * 3600 - 5, "-3h"), (-86399, "-23h"), (-2 * 86400, "-2d")],
)  # fmt: skip
def test_time_left(seconds: float, shown: str) -> None:
    assert left_words(seconds) == shown


def test_what_has_passed_this_moment_is_late() -> None:
    assert left_words(0, over=True) == "-1m"
    assert left_words(-30, over=True) == "-1m"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0s"), (0, "0s"), (30, "30s"), (60, "1m"), (12 * 60, "12m"), (3 * 3600, "3h"), (2 * 86400, "2d"),
     (13 * 86400, "13d"), (14 * 86400, "2w"), (35 * 86400, "5w"), (364 * 86400, "52w"), (365 * 86400, "1y"),
     (800 * 86400, "2y")],
)  # fmt: skip
def test_how_long_ago(seconds: float, shown: str) -> None:
    assert ago(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (59, "now"),
        (-30, "now"),
        (60, "in 1 minute"),
        (7500, "in 2 hours 5 minutes"),
        (-3600, "1 hour ago"),
        (86700, "in 1 day"),
        (90000, "in 1 day 1 hour"),
        (-3 * 86400, "3 days ago"),
        (1500 * 86400, "in 1,500 days"),
    ],
)
def test_spans_in_words(seconds: float, words: str) -> None:
    assert humanize(seconds) == words
