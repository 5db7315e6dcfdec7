"""Holidays kept from when a policy was applied: others need not import the library of all countries.

That takes the processor longer than a key may wait.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from deskterm.domain.closures import Place
from deskterm.storage.tables import meta

if TYPE_CHECKING:
    from deskterm.domain.closures import HolidaySource
    from deskterm.domain.policy import Policy

KEY = "holidays"
BEFORE, AFTER = 8, 2
"""Years before the one it is, and after: the clock of an old ticket may stand as if it had begun long before
the ticket did, where it ran around the clock first."""

CHECKED = 2026
"""The year that is asked for whenever a policy is read, to see whether a place is known (policy_parts)."""

Dates = Mapping[date, str]
Kept = Mapping[tuple[str, str, int], Dates]
"""The holidays of a country, a region of it ("" none) and a year, by date."""


def looked_up(policy: Policy, year: int, source: HolidaySource) -> Kept:
    """Return the holidays of the places that the calendars of a policy observe, for the years around one."""
    places = {place for calendar in policy.calendars for place in calendar.places}
    years = {CHECKED, *range(year - BEFORE, year + AFTER + 1)}
    return {
        (place.country, place.region, each): source(place.country, place.region, each)
        for place in sorted(places, key=str)
        for each in sorted(years)
    }


def keep(connection: Connection, found: Kept) -> None:
    """Keep holidays beside those that are kept already."""
    if not found:
        return
    packed: dict[str, dict[str, dict[str, str]]] = {}
    for (country, region, year), dates in (read(connection) | dict(found)).items():
        days = {day.isoformat(): name for day, name in sorted(dates.items())}
        packed.setdefault(str(Place(country, region)), {})[str(year)] = days
    connection.execute(delete(meta).where(meta.c.key == KEY))
    value = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
    connection.execute(insert(meta), {"key": KEY, "value": value})


def read(connection: Connection) -> dict[tuple[str, str, int], Dates]:
    """Return what is kept."""
    value = connection.execute(select(meta.c.value).where(meta.c.key == KEY)).scalar()
    found: dict[tuple[str, str, int], Dates] = {}
    for place, years in json.loads(value).items() if value else ():
        country, _, region = place.partition("-")
        for year, days in years.items():
            dates = {date.fromisoformat(day): name for day, name in days.items()}
            found[country, region, int(year)] = dates
    return found


def first_of(kept: Kept, source: HolidaySource) -> HolidaySource:
    """Return a source that knows what is kept, and asks another one for the rest."""

    def known(country: str, region: str, year: int) -> Dates:
        dates = kept.get((country, region, year))
        return source(country, region, year) if dates is None else dates

    return known
