"""When a solved ticket closes by itself: business days after it was solved, when nobody has said no."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar


def closes_at(solved_at: datetime, days: int, calendar: Calendar) -> datetime:
    """Return the moment, in UTC: the same time of day so many business days later, or when that opens next.

    Raises BeyondReach for a calendar that never opens again.
    """
    zone = ZoneInfo(calendar.zone)
    at = solved_at
    for _ in range(days):
        local = at.astimezone(zone)
        at = datetime.combine(calendar.next_business_day(at), local.timetz()).astimezone(UTC)
    return calendar.next_open(at)
