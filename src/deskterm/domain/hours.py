"""Opening hours: intervals of a day on the wall clock, how they are written, and seven such days a week."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deskterm.domain.errors import UsageError

MINUTES_OF_DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_INTERVAL = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*", re.ASCII)


class CalendarError(UsageError):
    """What is written of a calendar makes no sense; `field` is the part it was said in."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A part of a day: from `opens` up to, not including, `closes`, in minutes after midnight.

    `closes` may be 24:00 (1440), so a day has no lost last minute. Hours over midnight are two intervals.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens <= MINUTES_OF_DAY and 0 <= self.closes <= MINUTES_OF_DAY):
            raise CalendarError(f"{self} is not within a day, 00:00 to 24:00", field="hours")
        if self.opens == self.closes:
            raise CalendarError(f"{self} is empty", field="hours", hint="leave it out, or write 00:00-24:00")
        if self.opens > self.closes:
            mend = f"over midnight, write {Interval(self.opens, MINUTES_OF_DAY)}"
            if self.closes:
                mend += f" and on the next day {Interval(0, self.closes)}"
            raise CalendarError(f"{self} closes before it opens; {mend}", field="hours", hint=mend)

    def __str__(self) -> str:
        return f"{_clock(self.opens)}-{_clock(self.closes)}"


Hours = tuple[Interval, ...]
"""The opening hours of one day: intervals in order that neither touch nor overlap; () is a closed day."""

Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""The opening hours of Monday to Sunday."""

CLOSED: Hours = ()
ALL_DAY: Hours = (Interval(0, MINUTES_OF_DAY),)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def joined(intervals: Iterable[Interval], where: str) -> Hours:
    """Put the intervals of a day in order and make adjacent ones one; `where` names the day in errors.

    Raises CalendarError when two overlap.
    """
    found: list[Interval] = []
    for interval in sorted(intervals):
        last = found[-1] if found else None
        if last is not None and interval.opens < last.closes:
            raise CalendarError(f"{where}: {last} and {interval} overlap", field="hours")
        if last is not None and interval.opens == last.closes:
            found[-1] = Interval(last.opens, interval.closes)
        else:
            found.append(interval)
    return tuple(found)


def parse_hours(text: str, where: str = "hours") -> Hours:
    """Read the hours of a day, such as "09:00-12:30, 13:30-17:00"; "closed" and "" are a closed day.

    Raises CalendarError that begins with `where` and says which interval is wrong.
    """
    if text.strip().lower() in ("", "closed"):
        return CLOSED
    found = []
    for part in text.split(","):
        match = _INTERVAL.fullmatch(part)
        if match is None:
            raise CalendarError(
                f'{where}: "{part.strip()}" is no interval; expected such as 09:00-17:00', field="hours"
            )
        hour, minute, last_hour, last_minute = map(int, match.groups())
        if minute > 59 or last_minute > 59:
            raise CalendarError(f'{where}: "{part.strip()}" has more than 59 minutes', field="hours")
        try:
            found.append(Interval(hour * 60 + minute, last_hour * 60 + last_minute))
        except CalendarError as wrong:
            raise CalendarError(f"{where}: {wrong.message}", field="hours", hint=wrong.hint) from None
    return joined(found, where)


def week_of(days: Mapping[str, str]) -> Week:
    """Read a week, such as {"mon": "09:00-17:00", "sat": "10:00-14:00"}; days left out are closed.

    Raises CalendarError when a key is no weekday of `WEEKDAYS`, or when hours make no sense.
    """
    for name in days:
        if name not in WEEKDAYS:
            from difflib import get_close_matches

            near = get_close_matches(name.lower()[:3], WEEKDAYS, 1)
            mend = f"; did you mean {near[0]}?" if near else f"; expected {', '.join(WEEKDAYS)}"
            raise CalendarError(f'"{name}" is no weekday{mend}', field="hours", hint=near[0] if near else "")
    mon, tue, wed, thu, fri, sat, sun = (parse_hours(days.get(name, ""), name) for name in WEEKDAYS)
    return mon, tue, wed, thu, fri, sat, sun
