"""How time is written on the screens: what an SLA clock has left, its bar, hours of messages, and ages."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from deskterm.domain.kinds import Sla
from deskterm.domain.left import DAY, HOUR, MINUTE, left_words
from deskterm.domain.lists import Row

BAR_CELLS = 6
FULL, REST = "━", "─"


def sla_text(row: Row, now: datetime) -> str:
    """Write how a ticket stands in business time: `0:41` left, `1d` left, `now`, `-12m` late, or a word."""
    if row.due_at is None:
        return "–" if row.rest is Sla.NONE else row.rest.value
    left = row.left(now)
    # A row that was read before the policy says so until that is there, not a time that is not so.
    return "…" if left is None else left_words(left, row.day, over=row.sla(now) is Sla.BREACHED)


def span(seconds: float, day: int = DAY) -> str:
    """Write a length of time in its largest unit: `12m`, `3h`, `2d`."""
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)}m"
    return f"{int(seconds // HOUR)}h" if seconds < day else f"{int(seconds // day)}d"


def ago(at: datetime, now: datetime) -> str:
    """Write how long ago something was."""
    seconds = (now - at).total_seconds()
    return "now" if seconds < MINUTE else f"{span(seconds)} ago"


def hour(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Write a moment as short as it stays clear: the time today, else the day with it, else the year."""
    there, here = at.astimezone(zone), now.astimezone(zone)
    if there.date() == here.date():
        return f"{there:%H:%M}"
    if there.year == here.year:
        return f"{there.day} {there:%b %H:%M}"
    return f"{there.day} {there:%b %Y}"


def bar_cells(row: Row, now: datetime, cells: int = BAR_CELLS) -> int:
    """How many cells of the clock bar are used up."""
    if row.due_at is None:
        return cells if row.rest in (Sla.MET, Sla.MISSED) else 0
    left = row.left(now)
    if left is None:
        return 0
    if now >= row.due_at:
        return cells
    whole = row.left(row.started_at) if row.started_at is not None else 0
    if whole is None or whole <= 0:
        return 0
    used = 1 - left / whole
    return max(0, min(cells, int(used * cells + 0.5)))


def next_change(rows: list[Row], now: datetime) -> datetime | None:
    """The next moment at which one of these rows turns amber or red."""
    times = [at for row in rows for at in (row.risk_at, row.due_at) if at is not None and at > now]
    return min(times, default=None)


def minute_of(now: datetime) -> datetime:
    """The beginning of the minute after this one."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
