"""Time left: how much business time there is until a target is due, or by how much it has passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.domain.known_hours import KnownHours

MINUTE, HOUR, DAY = 60, 3600, 86400


def seconds_left(
    calendar: Calendar | KnownHours | None, due_at: datetime, now: datetime, apart: int = 0
) -> float:
    """Return the seconds of a calendar's open time (None: around the clock) until `due_at`; less than none
    when it has passed, but for the seconds since then that are `apart` because the clock stood still."""
    wall = (due_at - now).total_seconds()
    if wall < 0 and apart:
        return min(0.0, seconds_left(calendar, due_at, now) + apart)
    if calendar is None:
        return wall
    from deskterm.domain.errors import DeskError

    try:
        if wall > 0:
            return calendar.elapsed(now, due_at).total_seconds()
        return -calendar.elapsed(due_at, now).total_seconds()
    except DeskError:
        return wall


def left_words(seconds: float, day: int = DAY, *, over: bool = False) -> str:
    """Return time left as a clock shows it: `0:41` (hours:minutes), `1d`, `now` in the last minute; when it
    is over `-12m`, `-3h`, `-2d`.

    `day` is how many seconds of business time a day is. `over` says that the target has passed, however
    little business time ago: late is late, and never `-0m`.
    """
    size = int(abs(seconds))
    if over or seconds < 0:
        if size < HOUR:
            return f"-{max(1, size // MINUTE)}m"
        return f"-{size // HOUR}h" if size < day else f"-{size // day}d"
    if size < MINUTE:
        return "now"
    return f"{size // HOUR}:{size % HOUR // MINUTE:02}" if size < day else f"{size // day}d"


def due_after(calendar: Calendar | None, now: datetime, seconds: int) -> datetime:
    """Return the moment at which a target is due that has so many seconds left."""
    from deskterm.domain.courses import add

    return add(calendar, now, timedelta(seconds=seconds))


def day_of(calendar: Calendar | KnownHours | None) -> int:
    """Return how many seconds a day of a calendar is (None: around the clock)."""
    return DAY if calendar is None else calendar.day
