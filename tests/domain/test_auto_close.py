"""When a solved ticket closes by itself, by the calendar of its queue."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from deskterm.domain.auto_close import closes_at
from deskterm.domain.calendar import AROUND_THE_CLOCK, Calendar
from deskterm.domain.closures import Holiday
from tests.hours import office_week

OFFICE = Calendar(
    "office", "Europe/Berlin", office_week("09:00-17:00"), holidays=(Holiday(date(2026, 11, 25), "Fair"),)
)


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "solved", "days", "closes"),
    [
        (AROUND_THE_CLOCK, "2026-11-23T20:15", 4, "2026-11-27T20:15"),
        (AROUND_THE_CLOCK, "2026-02-27T10:00", 4, "2026-03-03T10:00"),
        (OFFICE, "2026-11-16T14:00", 4, "2026-11-20T14:00"),
        (OFFICE, "2026-11-20T14:00", 4, "2026-11-27T14:00"),  # a weekend and the holiday between
        (OFFICE, "2026-11-21T22:00", 1, "2026-11-24T08:00"),  # solved on a Saturday night
        (OFFICE, "2026-11-16T19:30", 1, "2026-11-18T08:00"),  # solved after hours: when it opens next
        (
            OFFICE,
            "2026-10-23T07:30",
            1,
            "2026-10-26T08:30",
        ),  # 09:30 there, before and after the clocks change
    ],
)
def test_it_closes_so_many_business_days_later(
    calendar: Calendar, solved: str, days: int, closes: str
) -> None:
    assert closes_at(moment(solved), days, calendar) == moment(closes)
