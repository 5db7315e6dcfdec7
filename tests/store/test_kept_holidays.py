"""Holidays are looked up once, by whoever applies a policy, and known to every other process after it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.holiday_dates import holiday_dates
from deskterm.storage import kept_holidays
from tests.small_desk import Desk, furnish, open_desk

OFFICE = """
[calendars.office]
zone = "Europe/Berlin"
places = ["DE-BY", "FR"]
hours = { mon = "09:00-17:00", tue = "09:00-17:00" }

[[sla]]
name = "Office"
calendar = "office"
[sla.targets]
P3 = { resolution = "8h" }
"""

LOOK = """
import sys
from datetime import UTC, datetime
from deskterm.domain.people import DESK
from deskterm.storage.database import Database
from deskterm.store.store import Store
store = Store(Database(sys.argv[1]), DESK, clock=lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
calendar = store.policy.calendar_named("office")
for month, day in ((4, 6), (4, 13)):  # Easter Monday, and the Monday after it
    print(calendar.is_open(datetime(2026, month, day, 10, tzinfo=UTC)))
print("holidays" in sys.modules)
store.close()
"""


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    """A desk that observes two places, once on SQLite and once on PostgreSQL."""
    opened = open_desk(desk_url)
    opened.do("dana", c.ApplyPolicy(OFFICE))
    yield opened
    opened.close()


def test_what_is_kept_is_what_the_library_says(desk: Desk) -> None:
    with desk.store.database.read() as connection:
        kept = kept_holidays.read(connection)
    assert {key[:2] for key in kept} == {("DE", "BY"), ("FR", "")}
    assert {key[2] for key in kept} == set(range(2018, 2029))
    for (country, region, year), dates in kept.items():
        assert dates == holiday_dates(country, region, year)
    assert kept["FR", "", 2026][date(2026, 7, 14)]


def test_more_places_are_kept_beside_those_that_are(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(OFFICE.replace('"FR"', '"AT"')))
    with desk.store.database.read() as connection:
        places = {key[:2] for key in kept_holidays.read(connection)}
    assert places == {("DE", "BY"), ("FR", ""), ("AT", "")}


def test_what_is_not_kept_is_asked_of_the_library() -> None:
    kept = {("DE", "BY", 2026): {date(2026, 1, 6): "Epiphany"}}
    known = kept_holidays.first_of(kept, holiday_dates)
    assert known("DE", "BY", 2026) == {date(2026, 1, 6): "Epiphany"}
    assert known("DE", "BY", 2027) == holiday_dates("DE", "BY", 2027)


def test_another_process_needs_no_library_for_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    furnish(url)
    desk = open_desk(url)
    desk.do("dana", c.ApplyPolicy(OFFICE))
    desk.close()
    found = subprocess.run(
        [sys.executable, "-c", LOOK, url], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.split() == ["False", "True", "False"]
