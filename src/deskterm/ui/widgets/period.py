"""Periods of the metrics screen: so many local days, now or some steps back, and how a query says them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

LENGTHS: tuple[int | None, ...] = (1, 7, 28, 90, 365, None)
"""Days of a period; None is all there is."""


@dataclass(frozen=True, slots=True)
class Period:
    """`days` long; `back` whole periods before the one that ends now."""

    days: int | None = 28
    back: int = 0

    def first(self, today: date) -> date | None:
        """The first day, None for no beginning."""
        return None if self.days is None else today - timedelta(days=self.days * (self.back + 1) - 1)

    def last(self, today: date) -> date | None:
        """The last day, None when it ends now."""
        first = self.first(today)
        return None if first is None or not self.back else first + timedelta(days=self._length - 1)

    @property
    def _length(self) -> int:
        return self.days or 1

    def bounds(self, now: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        """From and to in UTC, at local midnights; to is None when the period ends now."""
        today = now.astimezone(zone).date()
        first, last = self.first(today), self.last(today)
        return (
            _midnight(first, zone) if first else None,
            _midnight(last + timedelta(days=1), zone) if last else None,
        )

    def term(self, field: str, now: datetime, zone: tzinfo) -> str:
        """The query term that a time field lies in the period, "" for all."""
        today = now.astimezone(zone).date()
        first, last = self.first(today), self.last(today)
        if first is None:
            return ""
        return f"{field}:{first}..{last}" if last else f"{field}:>={first}"

    def earlier(self) -> Period:
        """The period before this one."""
        return self if self.days is None else replace(self, back=self.back + 1)

    def later(self) -> Period:
        """The period after this one, at most the one that ends now."""
        return replace(self, back=max(0, self.back - 1))

    def words(self, now: datetime, zone: tzinfo) -> str:
        """Say it: `last 28 days`, `28 Sep – 25 Oct`."""
        if self.days is None:
            return "all time"
        today = now.astimezone(zone).date()
        first, last = self.first(today), self.last(today)
        if first is None or last is None:
            return "today" if self.days == 1 else f"last {self.days} days"
        if first == last:
            return _day(first, today)
        return f"{_day(first, today)} – {_day(last, today)}"

    def before(self) -> str:
        """Say what it is compared with."""
        if self.days is None:
            return ""
        return "vs the day before" if self.days == 1 else f"vs the {self.days} before"


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"
