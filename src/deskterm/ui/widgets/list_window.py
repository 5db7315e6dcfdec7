"""The part of a sorted list that is held in memory: rows, the cursor by ticket, and the page in sight."""

from __future__ import annotations

from collections.abc import Sequence

from deskterm.domain.lists import Listing, Row

PAGE = 128
MARGIN = 64
"""Rows left before the edge when the next page is asked for."""

MOST = 1024
"""Rows kept; what is far from the cursor is dropped and read again when it is needed."""


class ListWindow:
    """Rows between two keyset edges. `top` and `cursor` are indexes into `rows`."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.before = self.total = 0
        self.capped = False
        self.at_start = self.at_end = True
        self.top = self.cursor = 0
        self.height = 1

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def visible(self) -> Sequence[Row]:
        """The rows on the screen."""
        return self.rows[self.top : self.top + self.height]

    def index_of(self, number: int) -> int | None:
        """Where a ticket is."""
        return next((at for at, row in enumerate(self.rows) if row.number == number), None)

    def _take(self, listing: Listing, rows: list[Row]) -> None:
        self.rows = rows
        self.before, self.total, self.capped = listing.before, listing.total, listing.capped

    def replace(self, listing: Listing, *, end: bool = False) -> None:
        """Begin anew at the first rows of a list, or at its last ones."""
        self._take(listing, list(listing.rows))
        whole = not self.capped and len(self.rows) >= self.total
        self.at_start, self.at_end = not end or whole, end or whole
        self.cursor = len(self.rows) - 1 if end and self.rows else 0
        self.top = max(0, len(self.rows) - self.height) if end else 0

    def renew(self, listing: Listing, asked: int) -> None:
        """Put fresh rows around the cursor in place of the old ones; the cursor stays on its ticket and line.

        When the ticket has left the list, the cursor goes to the next row that is still there, else to the
        one before. `asked` rows were asked for.
        """
        old, cursor, line = self.rows, self.cursor, self.cursor - self.top
        self._take(listing, list(listing.rows))
        where = {row.number: at for at, row in enumerate(self.rows)}
        after = (where[row.number] for row in old[cursor:] if row.number in where)
        ahead = (where[row.number] + 1 for row in reversed(old[:cursor]) if row.number in where)
        found = next(after, None)
        found = next(ahead, 0) if found is None else found
        self.cursor = max(0, min(found, len(self.rows) - 1))
        held = len(self.rows)
        self.at_start = self.before == 0
        self.at_end = held < asked or (not self.capped and self.before + held >= self.total)
        self._look(self.cursor - line)

    def append(self, listing: Listing, asked: int) -> None:
        """Add the page after the last row; rows that moved meanwhile are shown once."""
        known = {row.number for row in self.rows}
        self.rows += [row for row in listing.rows if row.number not in known]
        self.at_end = len(listing.rows) < asked
        extra = min(len(self.rows) - MOST, self.top - MARGIN)
        if extra > 0:
            del self.rows[:extra]
            self.before += extra
            self.top -= extra
            self.cursor -= extra
            self.at_start = False

    def prepend(self, listing: Listing, asked: int) -> None:
        """Add the page before the first row."""
        known = {row.number for row in self.rows}
        fresh = [row for row in listing.rows if row.number not in known]
        self.rows[:0] = fresh
        self.before = max(0, self.before - len(fresh))
        self.top += len(fresh)
        self.cursor += len(fresh)
        self.at_start = len(listing.rows) < asked
        keep = max(MOST, self.top + self.height + MARGIN)
        if len(self.rows) > keep:
            del self.rows[keep:]
            self.at_end = False

    def move(self, by: int) -> int:
        """Move the cursor; return how many rows were missing."""
        wanted = self.cursor + by
        self.cursor = max(0, min(wanted, len(self.rows) - 1))
        return wanted - self.cursor

    def scroll_by_line(self) -> int:
        """Move `top` no further than it takes to see the cursor; return by how much."""
        old = self.top
        self._look(min(max(self.top, self.cursor - self.height + 1), self.cursor))
        return self.top - old

    def scroll_by_half(self) -> int:
        """Move `top` by half a page when the cursor left the screen, so that few keys repaint the list."""
        old, half = self.top, max(1, self.height // 2)
        if self.cursor >= self.top + self.height:
            self._look(max(self.top + half, self.cursor - self.height + 1))
        elif self.cursor < self.top:
            self._look(min(self.top - half, self.cursor))
        return self.top - old

    def page(self, by: int) -> int:
        """Move the screen and the cursor by whole pages; return how many rows were missing."""
        missing = self.move(by * self.height)
        self._look(self.top + by * self.height)
        self.scroll_by_line()
        return missing

    def resize(self, height: int) -> None:
        """Take a new number of lines; the cursor stays in sight."""
        self.height = max(1, height)
        self._look(self.top)
        self.scroll_by_line()

    def _look(self, top: int) -> None:
        self.top = max(0, min(top, len(self.rows) - self.height))

    @property
    def wants_more(self) -> bool:
        """Say whether the page after the last row should be read."""
        return not self.at_end and len(self.rows) - max(self.cursor, self.top + self.height) < MARGIN

    @property
    def wants_earlier(self) -> bool:
        """Say whether the page before the first row should be read."""
        return not self.at_start and self.top < MARGIN
