"""When tickets of the demo desk arrive: by hour and weekday, a little more every week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

WEEKS = 8
WEEKDAYS = (1.14, 1.06, 1.0, 1.0, 0.9, 0.17, 0.12)
HOURS = (1, 1, 1, 1, 1, 2, 5, 14, 34, 48, 50, 44, 34, 40, 44, 42, 34, 22, 11, 6, 4, 3, 2, 1)
QUIET = timedelta(minutes=45)
"""What arrived within this time is still worked: no story ends so soon."""

LEAST = 0.6
"""Of a day's usual arrivals at least this share ended, however many of them are still worked."""


def days_of(tickets: int) -> int:
    """How many days back a desk of a size goes."""
    return min(1095, int(WEEKS * 7 * max(1.0, tickets / 5000) ** 0.5))


def arrivals(tickets: int, now: datetime, known: Sequence[datetime], rng: Random) -> Iterator[datetime]:
    """Yield the times of `tickets` arrivals in order; `known` are others that make their days as full."""
    last = now - QUIET
    today = last.replace(hour=0, minute=0, second=0, microsecond=0)
    many = days_of(tickets + len(known))
    begin = today - timedelta(days=many - 1)
    weights = [
        WEEKDAYS[(begin + timedelta(days=day)).weekday()] * rng.uniform(0.8, 1.2) * (0.75 + 0.5 * day / many)
        for day in range(many)
    ]
    weights[-1] *= sum(HOURS[: last.hour]) / sum(HOURS)
    full = [0] * many
    for time in known:
        place = (time - begin).days
        if 0 <= place < many:
            full[place] += 1
    share = (tickets + len(known)) / sum(weights)
    left = [
        max(weight * share * LEAST, weight * share - taken)
        for weight, taken in zip(weights, full, strict=True)
    ]
    counts = _rounded(left if sum(left) > 0 else weights, tickets)
    for day, count in enumerate(counts):
        yield from _within(begin + timedelta(days=day), count, last, rng)


def _rounded(weights: Sequence[float], total: int) -> list[int]:
    """Share a total by weights in whole numbers that add up to it."""
    whole = sum(weights)
    marks = [round(total * mark / whole) for mark in accumulate(weights)]
    return [mark - before for before, mark in zip([0, *marks], marks, strict=False)]


def _within(day: datetime, count: int, last: datetime, rng: Random) -> list[datetime]:
    """Draw the times of one day, none after `last`."""
    sums = list(accumulate(HOURS))
    room = (last - day).total_seconds()
    times = []
    for hour in rng.choices(range(24), cum_weights=sums, k=count):
        second = hour * 3600 + rng.random() * 3600
        if second > room:
            second = rng.random() * room
        times.append(day + timedelta(seconds=int(second)))
    times.sort()
    return times
