"""Holidays of countries and regions as the library keeps them, and what is said when there are none."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from deskterm.domain.calendar import Calendar
from deskterm.domain.closures import Cause, Place
from deskterm.domain.hours import CalendarError
from deskterm.holiday_dates import holiday_dates
from tests.hours import office_week


@pytest.mark.parametrize(
    ("country", "region", "day", "name"),
    [
        ("DE", "", date(2026, 10, 3), "German Unity Day"),
        ("DE", "BY", date(2026, 1, 6), "Epiphany"),
        ("de", "by", date(2026, 10, 3), "German Unity Day"),
        (" DE ", "BY", date(2026, 4, 3), "Good Friday"),  # counted from Easter
        ("US", "", date(2026, 11, 26), "Thanksgiving Day"),
        ("US", "", date(2026, 7, 3), "Independence Day (observed)"),  # the 4th is a Saturday
        ("GB", "SCT", date(2026, 11, 30), "Saint Andrew's Day"),
        ("FR", "", date(2026, 7, 14), "National Day"),
    ],
)
def test_a_holiday_is_known_by_its_english_name(country: str, region: str, day: date, name: str) -> None:
    assert holiday_dates(country, region, day.year)[day] == name


def test_a_region_keeps_more_than_its_country() -> None:
    national, bavarian = holiday_dates("DE", "", 2026), holiday_dates("DE", "BY", 2026)
    assert set(national) < set(bavarian)
    assert sorted(set(bavarian) - set(national)) == [date(2026, 1, 6), date(2026, 6, 4), date(2026, 11, 1)]
    assert {day.year for day in bavarian} == {2026}


@pytest.mark.parametrize("year", [2, 1800, 5000, 9998])
def test_a_year_that_nobody_knows_has_no_holidays(year: int) -> None:
    assert holiday_dates("DE", "BY", year) == {}


@pytest.mark.parametrize(
    ("country", "region", "complaint", "nearest"),
    [
        ("Germny", "", 'there is no country "Germny" with holidays; did you mean DE (Germany)?', "DE"),
        ("DEU", "", 'there is no country "DEU" with holidays; did you mean DE (Germany)?', "DE"),
        ("UK", "", 'there is no country "UK" with holidays; did you mean GB (United Kingdom)?', "GB"),
        ("DE", "Bayern", 'there is no region of DE "Bayern" with holidays; did you mean BY (Bayern)?', "BY"),
        ("US", "california", "did you mean CA (California)?", "CA"),
        ("DE", "Elsewhere", 'there is no region of DE "Elsewhere" with holidays; expected such as', ""),
        ("", "", 'there is no country "" with holidays; expected such as', ""),
    ],
)
def test_an_unknown_place_is_refused_with_the_nearest(
    country: str, region: str, complaint: str, nearest: str
) -> None:
    with pytest.raises(CalendarError) as refused:
        holiday_dates(country, region, 2026)
    assert complaint in refused.value.message
    assert refused.value.hint == nearest


def test_a_calendar_observes_them_and_says_which() -> None:
    office = office_week("09:00-17:00")
    calendar = Calendar("Munich", "Europe/Berlin", office, places=(Place("DE", "BY"),), source=holiday_dates)
    monday = datetime(2026, 1, 5, 15, tzinfo=UTC)  # 16:00 in Munich
    assert calendar.add(monday, 2 * 3600) == datetime(2026, 1, 7, 9, tzinfo=UTC)
    (_, epiphany, _) = calendar.closed_spans(monday, datetime(2026, 1, 7, 12, tzinfo=UTC))
    assert (epiphany.cause, epiphany.name) == (Cause.HOLIDAY, "Epiphany")
    christmas = calendar.plan(date(2026, 12, 25))
    assert (christmas.cause, christmas.name, christmas.hours) == (Cause.HOLIDAY, "Christmas Day", ())


def test_importing_the_desk_leaves_the_library_out() -> None:
    code = "import sys, deskterm.cli, deskterm.desk, deskterm.holiday_dates; print('holidays' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
