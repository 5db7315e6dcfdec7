"""Known hours: when a calendar is open around now, as the first page knows it before any policy is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from deskterm.domain.errors import DeskError


class KnownHours:
    """Open stretches of a calendar in a span of time, in UTC minutes since 1970, and how long its day is.

    No dataclass: what makes one costs the first page more than all that this does.
    """

    __slots__ = ("before", "begins", "closes", "day", "ends", "opens")

    def __init__(self, begins: int, ends: int, opens: Sequence[int], closes: Sequence[int], day: int) -> None:
        self.begins, self.ends, self.opens, self.closes, self.day = begins, ends, opens, closes, day
        self.before = list(accumulate((c - o for o, c in zip(opens, closes, strict=True)), initial=0))

    def covers(self, *moments: datetime | None) -> bool:
        """Say whether all these moments are in the span."""
        return all(at is None or self.begins <= _minutes(at) < self.ends for at in moments)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time between two moments. Raises DeskError when one is out of the span."""
        if not self.covers(start, end):
            raise DeskError("that is not known before the policy is read")
        return timedelta(minutes=self._until(end) - self._until(start))

    def _until(self, at: datetime) -> float:
        minutes = _minutes(at)
        index = bisect_right(self.opens, minutes) - 1
        if index < 0:
            return 0.0
        return self.before[index] + min(minutes, self.closes[index]) - self.opens[index]


def _minutes(at: datetime) -> float:
    return at.timestamp() / 60
