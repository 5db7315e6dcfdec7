"""Holidays from an iCalendar file: the days it names, to be looked over before a calendar keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from deskterm.domain.closures import Holiday
from deskterm.domain.errors import InputFileError
from deskterm.domain.plain import clean_line

LONGEST_NAME = 80
MOST_DAYS = 31
"""Days of one event: anything longer is a season and no holiday."""

_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(T\d{6}Z?)?", re.ASCII)
_ESCAPED = re.compile(r"\\(.)")


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

    Events that come again every year are there in each of the years; those that come again in another way,
    have an hour, or last longer than a month are left out and named. Raises InputFileError.
    """
    if not is_calendar(text):
        raise InputFileError(
            "this is no iCalendar file: it does not begin with BEGIN:VCALENDAR", field="file"
        )
    named: dict[date, list[str]] = {}
    left_out: list[str] = []
    for event in _events(text):
        name = clean_line(_ESCAPED.sub(r"\1", event.get("SUMMARY", "")), LONGEST_NAME).strip() or "holiday"
        try:
            for day in _days(event, years):
                names = named.setdefault(day, [])
                if name not in names:
                    names.append(name)
        except ValueError as error:
            left_out.append(f"{name}: {error}")
    days = sorted(day for day in named if day.year in years)
    return Found(tuple(Holiday(day, ", ".join(named[day])) for day in days), tuple(left_out))


def _events(text: str) -> Iterator[dict[str, str]]:
    """Iterate the events as values by name; lines that were folded are put together again."""
    event: dict[str, str] | None = None
    depth = 0
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, _, value = line.partition(":")
        name = head.partition(";")[0].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            event, depth = {}, 0
        elif name == "BEGIN":
            depth += 1
        elif name == "END" and value.strip().upper() == "VEVENT":
            if event is not None:
                yield event
            event = None
        elif name == "END":
            depth -= 1
        elif event is not None and depth == 0:
            event.setdefault(name, value.strip())


def _days(event: dict[str, str], years: Sequence[int]) -> Iterator[date]:
    """Iterate the days of one event. Raises ValueError with why there are none."""
    if event.get("STATUS", "").upper() == "CANCELLED":
        raise ValueError("is cancelled")
    start = _day(event.get("DTSTART", ""))
    end = _day(event["DTEND"]) if "DTEND" in event else start + timedelta(days=1)
    length = max(1, (end - start).days)
    if length > MOST_DAYS:
        raise ValueError(f"lasts {length} days")
    rule = dict(part.partition("=")[::2] for part in event.get("RRULE", "").upper().split(";") if part)
    if rule and (rule.get("FREQ") != "YEARLY" or rule.keys() - {"FREQ", "BYMONTH", "BYMONTHDAY", "WKST"}):
        raise ValueError("comes again in a way that is not every year on its day")
    firsts = [start]
    if rule:
        firsts = [start.replace(year=year) for year in years if year >= start.year and _is_there(start, year)]
    for first in firsts:
        yield from (first + timedelta(days=number) for number in range(length))


def _day(written: str) -> date:
    found = _DAY.fullmatch(written)
    if found is None:
        raise ValueError("has no date")
    if found[4]:
        raise ValueError("has an hour: it is no whole day")
    return date(int(found[1]), int(found[2]), int(found[3]))


def _is_there(day: date, year: int) -> bool:
    """Say whether a year has that day: the 29th of February is not in each."""
    try:
        day.replace(year=year)
    except ValueError:
        return False
    return True
