"""Durations and shares as a policy file writes them: 15m, 1h30m, 2d, 80%."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar

DAY = 86400
LONGEST = 10 * 366 * DAY
"""Ten years: anything longer is a slip of the finger."""

BUSINESS = "business"
"""Written after a duration that is counted in business time, where the usual is around the clock."""

_UNITS = {"w": 7 * DAY, "d": DAY, "h": 3600, "m": 60, "s": 1}
_WHOLE = re.compile(r"(?:\s*[0-9]{1,9}\s*[wdhms]){1,5}\s*", re.ASCII)
_PART = re.compile(r"([0-9]+)\s*([wdhms])", re.ASCII)
_SHARE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)\s*%", re.ASCII)


def read_duration(text: str, day: int = DAY) -> int:
    """Return seconds; `day` is how long a day is. Raises ValueError with what is wrong."""
    if _WHOLE.fullmatch(text.lower()) is None:
        raise ValueError(f'"{text}" is no duration; expected such as 15m, 4h or 1h30m')
    units = _UNITS | {"d": day, "w": 7 * day}
    seconds = sum(int(count) * units[unit] for count, unit in _PART.findall(text.lower()))
    if seconds > LONGEST:
        raise ValueError(f'"{text}" is longer than ten years')
    return seconds


def write_duration(seconds: int, days: bool = False) -> str:
    """Return the shortest usual form, with days only where a day has 24 hours."""
    if seconds == 0:
        return "0m"
    found = []
    for unit in ("d", "h", "m", "s") if days else ("h", "m", "s"):
        count, seconds = divmod(seconds, _UNITS[unit])
        if count:
            found.append(f"{count}{unit}")
    return "".join(found)


def usual_day(calendar: Calendar | None) -> int:
    """Return how long a business day of a calendar is, in seconds. Raises ValueError when its days differ."""
    if calendar is None or calendar.always:
        return DAY
    lengths = {sum(part.closes - part.opens for part in day) for day in calendar.week if day}
    if len(lengths) != 1:
        raise ValueError(f"the days of calendar {calendar.name} differ in length: write hours, such as 16h")
    return lengths.pop() * 60


def read_share(text: str) -> float:
    """Return a share of one. Raises ValueError with what is wrong."""
    match = _SHARE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no share; expected such as 80%')
    return round(float(match[1]) / 100, 8)


def write_share(share: float) -> str:
    """Return a share in percent."""
    return f"{round(share * 100, 6):.10g}%"
