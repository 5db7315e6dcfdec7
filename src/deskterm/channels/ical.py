"""Holidays from an iCalendar file: the days it names, to be looked over before a calendar keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from dateutil.rrule import rrulestr
from icalendar import Calendar, Event

from deskterm.domain.closures import Holiday
from deskterm.domain.errors import InputFileError
from deskterm.domain.plain import clean_line

LONGEST_NAME = 80
MOST_DAYS = 31
"""Days of one event: anything longer is a season and no holiday."""
HOURS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
"""Parts of a rule that tell the time of a day, of which a rule of whole days has none."""
MOST_TIMES = 366
"""How often one event may come within the years that are asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """The holidays of a file by date, and what was left out with the reason."""

    holidays: tuple[Holiday, ...]
    left_out: tuple[str, ...]


def is_calendar(text: str) -> bool:
    """Say whether a text is an iCalendar file."""
    return text.lstrip().upper().startswith("BEGIN:VCALENDAR")


def holidays_of(text: str, years: Sequence[int]) -> Found:
    """Return the whole days that a file's events name in some years; of two on one day both names are kept.

    Events that come again by years are there in each of the years; those that come again in another way, have
    an hour, or last longer than a month are left out and named. Raises InputFileError.
    """
    if not is_calendar(text):
        raise InputFileError(
            "this is no iCalendar file: it does not begin with BEGIN:VCALENDAR", field="file"
        )
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except (ValueError, IndexError) as error:
        raise InputFileError(f"this iCalendar file cannot be read: {error}", field="file") from error
    named: dict[date, list[str]] = {}
    left_out: list[str] = []
    for event in (each for calendar in calendars for each in calendar.events):
        name = clean_line(str(event.get("SUMMARY", "")), LONGEST_NAME).strip() or "holiday"
        try:
            for day in _days(event, years):
                names = named.setdefault(day, [])
                if name not in names:
                    names.append(name)
        except (ValueError, OverflowError) as error:
            left_out.append(f"{name}: {clean_line(str(error))}")
    days = sorted(day for day in named if day.year in years)
    return Found(tuple(Holiday(day, ", ".join(named[day])) for day in days), tuple(left_out))


def _days(event: Event, years: Sequence[int]) -> Iterator[date]:
    """Iterate the days of one event. Raises ValueError with why there are none."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        raise ValueError("is cancelled")
    begin = getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(begin, date):
        raise ValueError("has no date")
    if isinstance(begin, datetime):
        raise ValueError("has an hour: it is no whole day")
    length = max(1, (event.end - begin).days)
    if length > MOST_DAYS:
        raise ValueError(f"lasts {length} days")
    for first in _firsts(event, begin, years):
        yield from (first + timedelta(days=number) for number in range(length))


def _firsts(event: Event, begin: date, years: Sequence[int]) -> Iterator[date]:
    """Iterate the days on which an event begins. Raises ValueError when it comes again, and not by years."""
    rule = event.get("RRULE")
    if rule is None:
        yield begin
        return
    if isinstance(rule, list) or rule.get("FREQ") != ["YEARLY"] or not HOURS.isdisjoint(rule):
        raise ValueError("comes again in a way that is not every year on its day")
    # Days are in no zone.
    times = rrulestr(rule.to_ical().decode(), dtstart=datetime.combine(begin, time()), ignoretz=True)
    since = datetime.combine(date(min(years), 1, 1), time()) - timedelta(days=MOST_DAYS)
    for at in islice(times.xafter(since, inc=True), MOST_TIMES):
        if at.year > max(years):
            return
        yield at.date()
