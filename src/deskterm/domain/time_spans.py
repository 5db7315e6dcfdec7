"""Spans of time as screens show them: how long ago something was, and how far ahead it is."""

from __future__ import annotations


def humanize(delta_seconds: float) -> str:
    """Return a span in at most two units, ahead ("in 2 hours 5 minutes") or behind ("3 days ago")."""
    size = int(abs(delta_seconds))
    if size < 60:
        return "now"
    parts: list[str] = []
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number, size = divmod(size, seconds)
        if number:
            parts.append(f"{number:,} {unit}{'s' if number != 1 else ''}")
        elif parts:
            break  # "2 days 5 minutes" says more than anyone reads
    words = " ".join(parts[:2])
    return f"in {words}" if delta_seconds > 0 else f"{words} ago"


_SHORT = (
    (60, 1, "s"),
    (3600, 60, "m"),
    (86400, 3600, "h"),
    (14 * 86400, 86400, "d"),
    (365 * 86400, 604800, "w"),
)


def ago(seconds: float) -> str:
    """Return how long ago something was, as short as it gets: `30s 12m 3h 2d 5w 1y`; a time ahead is `0s`."""
    size = int(max(0, seconds))
    for limit, unit, letter in _SHORT:
        if size < limit:
            return f"{size // unit}{letter}"
    return f"{size // (365 * 86400)}y"
