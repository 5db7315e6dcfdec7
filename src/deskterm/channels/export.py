"""Writes tickets out as JSON, JSON lines or CSV: what a query finds and the actor may see, one at a time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from deskterm.channels.records import Records
from deskterm.channels.shapes import dump, list_shape, queue_keys, show_shape
from deskterm.domain.errors import NotFound
from deskterm.domain.views import Row, TicketView

if TYPE_CHECKING:
    from deskterm.store.store import Store

PAGE = 500
"""Rows read in one short transaction: an export of any size holds one page in memory."""

CSV_COLUMNS = (
    "number", "subject", "state", "priority", "type", "queue", "owner", "requester_name", "requester_address",
    "channel", "tags", "created_at", "updated_at", "due_at", "sla", "status", "worked_seconds",
    "process", "step", "steps_skipped",
)  # fmt: skip

_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet run a cell, full-width forms included."""

Progress = Callable[[int], None]


class Out(Protocol):
    """Where an export goes."""

    def write(self, text: str, /) -> object:
        """Take the next piece."""


def export(store: Store, query: str, how: str, out: Out, on_progress: Progress | None = None) -> int:
    """Write what a query finds, by number; returns how many tickets that were. Raises QueryError."""
    keys = queue_keys(store.people().queues)
    if how == "csv":
        return _csv(store, query, out, keys, on_progress)
    write = _json if how == "json" else _lines
    return write(store, query, out, keys, on_progress)


def rows(
    store: Store, query: str, *, sort: str = "breach", limit: int = 0, page: int = PAGE
) -> Iterator[Row]:
    """Yield the rows of a list in its order, read page by page; `limit` 0 is all of them."""
    anchor: tuple[int | str, int] | None = None
    left = limit
    while True:
        size = min(page, left) if limit else page
        found = store.listing(query, sort=sort, anchor=anchor, limit=size).rows
        yield from found
        left -= len(found)
        if len(found) < size or (limit and left <= 0):
            return
        anchor = (found[-1].key, found[-1].number)


def _views(store: Store, query: str, on_progress: Progress | None) -> Iterator[TicketView]:
    done = 0
    for row in rows(store, query, sort="number"):
        try:
            view = store.ticket(row.number, messages=0)
        except NotFound:
            # It moved to a queue the actor may not know of since its page was read.
            continue
        yield view
        done += 1
        if on_progress is not None:
            on_progress(done)


def _json(store: Store, query: str, out: Out, keys: Mapping[str, str], on_progress: Progress | None) -> int:
    count = 0
    for view in _views(store, query, on_progress):
        out.write(("[\n" if count == 0 else ",\n") + dump(show_shape(view, store.now(), keys)))
        count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def _csv(store: Store, query: str, out: Out, keys: Mapping[str, str], on_progress: Progress | None) -> int:
    lines = csv.writer(out, lineterminator="\r\n")
    found = rows(store, query, sort="number")
    page = list(islice(found, PAGE))
    lines.writerow(CSV_COLUMNS)
    count = 0
    while page:
        numbers = [row.number for row in page]
        worked, followed = store.worked_together(numbers), store.followed(numbers)
        for row in page:
            steps = followed.get(row.number, NOTHING_FOLLOWED)
            cells = csv_cells(row, store.now(), keys, worked.get(row.number, 0), steps)
            lines.writerow([inert(cell) for cell in cells])
            count += 1
            if on_progress is not None:
                on_progress(count)
        page = list(islice(found, PAGE))
    return count


NOTHING_FOLLOWED = ("", "", 0)
"""What `Store.followed` says of a ticket without a process."""


def csv_cells(
    row: Row,
    now: datetime,
    keys: Mapping[str, str],
    worked: int = 0,
    followed: tuple[str, str, int] = NOTHING_FOLLOWED,
) -> list[str]:
    """Return the cells of a row in the order of CSV_COLUMNS; `worked` are seconds."""
    shape: dict[str, Any] = list_shape(row, now, keys)
    shape |= {
        "requester_name": row.requester,
        "requester_address": row.address,
        "tags": " ".join(row.tags),
        "worked_seconds": worked,
        **dict(zip(("process", "step", "steps_skipped"), followed, strict=True)),
    }
    return ["" if shape[name] is None else str(shape[name]) for name in CSV_COLUMNS]


def inert(cell: str) -> str:
    """Return a cell that a spreadsheet shows instead of running."""
    return "'" + cell if cell[:1] in _FORMULA or cell.lstrip()[:1] in _FORMULA else cell


def _lines(store: Store, query: str, out: Out, keys: Mapping[str, str], on_progress: Progress | None) -> int:
    count = 0
    words = Records(store)
    for view in _views(store, query, on_progress):
        for record in words.records(view, keys):
            out.write(dump(record, canonical=True) + "\n")
        count += 1
    return count
