"""Open time: one local year of a calendar, compiled to open stretches in UTC that are searched by halves."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import accumulate

from deskterm.domain.hours import MINUTES_OF_DAY, Hours, Week
from deskterm.domain.wall_clock import EPOCH_ORDINAL, SECONDS_OF_DAY, closing, offset_of, opening

MICRO = 1_000_000  # microseconds of a second


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A local year in microseconds since 1970 UTC: its bounds, and its open stretches in order, unconnected.

    `before` is the open time up to each stretch and has one more, the open time of the whole year.
    """

    begins: int
    ends: int
    opens: Sequence[int]
    closes: Sequence[int]
    before: Sequence[int]

    @property
    def total(self) -> int:
        """The open time of the year in microseconds."""
        return self.before[-1]

    def until(self, at: int) -> int:
        """Return the open time from the beginning of the year to `at`, in microseconds."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return 0
        closes = self.closes[index]
        return self.before[index] + (at if at < closes else closes) - self.opens[index]

    def reached(self, business: int) -> int:
        """Return the first moment by which so much of the year's open time, more than none, has passed."""
        index = bisect_left(self.before, business) - 1
        return self.opens[index] + business - self.before[index]

    def is_open(self, at: int) -> bool:
        """Say whether a moment is in open time."""
        index = bisect_right(self.opens, at) - 1
        return index >= 0 and at < self.closes[index]


def year_begins(zone: tzinfo, year: int) -> int:
    """Return the moment a local year begins, in microseconds since 1970 UTC."""
    return closing(zone, date(year, 1, 1).toordinal() - 1, MINUTES_OF_DAY) * MICRO


def compile_year(zone: tzinfo, year: int, week: Week, special: Mapping[int, Hours]) -> OpenYear:
    """Compile a local year; `special` has the hours of dates that differ from their weekday, by ordinal.

    Costs one look at the zone a day; only days near a change of the clocks are taken time by time.
    """
    first, last = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    usual = [[(part.opens * 60, part.closes * 60) for part in hours] for hours in week]
    midnight, day = datetime(year, 1, 1, tzinfo=zone), timedelta(days=1)
    offsets = [offset_of(midnight + day * count) for count in range(last - first + 2)]
    begins, ends = year_begins(zone, year), year_begins(zone, year + 1)
    opens: list[int] = []
    closes: list[int] = []
    for ordinal in range(first, last):
        hours = special.get(ordinal)
        parts = usual[(ordinal - 1) % 7] if hours is None else [(p.opens * 60, p.closes * 60) for p in hours]
        if not parts:
            continue
        offset = offsets[ordinal - first]
        # A change back over midnight shows only at the midnight after next.
        if offset == offsets[ordinal - first + 1] == offsets[ordinal - first + 2]:
            base = (ordinal - EPOCH_ORDINAL) * SECONDS_OF_DAY - offset
            stretches = [((base + start) * MICRO, (base + end) * MICRO) for start, end in parts]
        else:
            stretches = [
                (
                    max(begins, opening(zone, ordinal, start // 60) * MICRO),
                    min(ends, closing(zone, ordinal, end // 60) * MICRO),
                )
                for start, end in parts
            ]
        for start, end in stretches:
            # Stretches meet at midnight, and run into each other where the clocks were put back.
            if closes and start <= closes[-1]:
                closes[-1] = max(closes[-1], end)
            elif start < end:
                opens.append(start)
                closes.append(end)
    lengths = (end - start for start, end in zip(opens, closes, strict=True))
    return OpenYear(begins, ends, opens, closes, list(accumulate(lengths, initial=0)))
