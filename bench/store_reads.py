"""Times of the store's reads inside one process: what a screen waits for before it paints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from bench.desks import open_store
from bench.measures import Figures, percentile
from deskterm.store.store import Store


def reads(store: Store) -> dict[str, Callable[[], object]]:
    """Return the reads that are timed, by name."""
    rows = store.listing("", limit=128).rows
    last = (rows[-1].key, rows[-1].number)
    numbers = store.numbers("", 60)
    busiest = max(numbers, key=lambda number: len(store.ticket(number).events))
    mine = store.counts().views[0].query
    month = (store.now() - timedelta(days=28), store.now())
    return {
        "counts": store.counts,
        "first page of my queue": lambda: store.listing(mine, limit=64),
        "first page of all open": lambda: store.listing("", limit=128),
        "next page": lambda: store.listing("", anchor=last, limit=128),
        "page around a ticket": lambda: store.listing("", at=last[1], anchor=last, before=20, limit=124),
        "page of a queue": lambda: store.listing("queue:payments", limit=128),
        "page by update": lambda: store.listing("", sort="-updated", limit=128),
        "page of everything": lambda: store.listing("is:any", sort="-number", limit=128),
        "typed v": lambda: store.quick("v"),
        "typed inv": lambda: store.quick("inv"),
        "typed invoice": lambda: store.quick("invoice"),
        "typed a name": lambda: store.quick("ana ru"),
        "typed words that never meet": lambda: store.quick("invoice dns"),
        "messages: invoice, active": lambda: store.listing("invoice", limit=128),
        "messages: invoice, any": lambda: store.listing("invoice is:any", sort="-number", limit=128),
        "messages: thanks, any": lambda: store.listing("thanks is:any", sort="-number", limit=128),
        "messages: thanks, any, by breach": lambda: store.listing("thanks is:any", limit=128),
        "ticket": lambda: store.ticket(numbers[30]),
        "ticket with most events": lambda: store.ticket(busiest),
        "board": lambda: store.board("", cards=24),
        "board of 200 cards a column": lambda: store.board("", cards=200),
        "board by queue": lambda: store.board("", lanes="queue", cards=24),
        "metrics of four weeks": lambda: store.metrics("is:any", *month),
        "people": store.people,
    }


def measure(path: Path, repeat: int = 15) -> Figures:
    """Return the median and the 95th percentile of each read on a desk, in milliseconds."""
    store = open_store(path)
    found: Figures = {}
    try:
        for name, read in reads(store).items():
            read()
            times: list[float] = []
            spent = perf_counter() + 4
            while len(times) < 2 or (len(times) < repeat and perf_counter() < spent):
                began = perf_counter()
                read()
                times.append(1000 * (perf_counter() - began))
            found[f"{name}.p50"] = percentile(times, 0.5)
            found[f"{name}.p95"] = percentile(times, 0.95)
    finally:
        store.close()
    return found
