"""Wall clocks: the UTC moments at which a local day's hours open and close, exact where the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
SECONDS_OF_DAY = 86_400


def offset_at(zone: tzinfo, second: int) -> int:
    """Return how far local time is ahead of UTC, in seconds, at a moment in seconds since 1970 UTC."""
    return _seconds((EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset())


def offset_of(wall: datetime) -> int:
    """Return how far an aware local time is ahead of UTC, in seconds."""
    return _seconds(wall.utcoffset())


def opening(zone: tzinfo, ordinal: int, minute: int) -> int:
    """Return when the wall clock first shows this time or a later one: seconds since 1970 UTC.

    A time that the clocks skip is the moment they skip it; of a time that comes twice it is the first.
    """
    second, first, later = _readings(zone, ordinal, minute)
    return _skipped(zone, second, first, later) if later > first else second - first


def closing(zone: tzinfo, ordinal: int, minute: int) -> int:
    """Return when the wall clock last shows a time before this one, as it ends: seconds since 1970 UTC.

    Of a time that comes twice this is the second, except where the clocks are put back to that very time:
    between both, no earlier time is shown. So 24:00 is the moment a local date is over for good.
    """
    second, first, later = _readings(zone, ordinal, minute)
    if later > first:
        return _skipped(zone, second, first, later)
    if later < first and offset_at(zone, second - later - 1) == later:
        return second - later
    return second - first


def _readings(zone: tzinfo, ordinal: int, minute: int) -> tuple[int, int, int]:
    """The wall time as if it were UTC, and what local time may be ahead of UTC then, all in seconds."""
    wall = datetime.combine(date.fromordinal(ordinal), datetime.min.time(), zone) + timedelta(minutes=minute)
    second = (ordinal - EPOCH_ORDINAL) * SECONDS_OF_DAY + minute * 60
    return second, offset_of(wall), offset_of(wall.replace(fold=1))


def _skipped(zone: tzinfo, second: int, before: int, after: int) -> int:
    """Find the moment at which the clocks skip a wall time: between the two readings of it, by halves."""
    early, late = second - after, second - before
    while late - early > 1:
        middle = (early + late) // 2
        if offset_at(zone, middle) == before:
            early = middle
        else:
            late = middle
    return late


def _seconds(offset: timedelta | None) -> int:
    return offset.days * SECONDS_OF_DAY + offset.seconds if offset is not None else 0
