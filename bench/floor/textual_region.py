"""Floor for scrolling: a bare list in Textual, scrolled by the terminal itself.  Argument: a floor table.

To scroll by a few rows it sets a scroll region on the terminal, scrolls it and paints only the rows that
changed, so a scroll costs what a cursor move costs.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

PAGE = 64
SQL = """
    SELECT id, state, priority, queue, subject, requester, due FROM tickets
    WHERE id > ? ORDER BY id LIMIT ?
"""
PLAIN, BOLD = Style.parse("#cccccc on #101010"), Style.parse("bold #ffffff on #2040a0")


class Lines(Widget, can_focus=True):
    """The list."""

    DEFAULT_CSS = "Lines { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("j", "move(1)", "Down"),
        ("k", "move(-1)", "Up"),
        ("d", "page(1)", "Page"),
    ]

    def on_mount(self) -> None:
        """Open the table."""
        self.top = self.cursor = 0
        self.pending: set[int] = set()
        self.db = sqlite3.connect(sys.argv[1])
        self.count = self.db.execute("SELECT max(id) FROM tickets").fetchone()[0]
        self.page = lru_cache(maxsize=8)(self._page)

    def _page(self, number: int) -> list[Any]:
        return self.db.execute(SQL, (number * PAGE, PAGE)).fetchall()

    def render_line(self, y: int) -> Strip:
        """Paint a row: one segment."""
        index, width = y + self.top, self.size.width
        if index >= self.count:
            return Strip.blank(width)
        number, state, priority, queue, subject, requester, due = self.page(index // PAGE)[index % PAGE]
        text = f"{number:7} {state:8} P{priority} {queue:10} {subject:60.60} {requester:14.14} {due}"
        if index == 0:
            text = "  READY" + text[7:]
        return Strip([Segment(text[:width].ljust(width), BOLD if index == self.cursor else PLAIN)], width)

    def _dirty(self, indexes: Iterable[int]) -> None:
        # Rows not painted yet may have been scrolled since: ask for them where they are now.
        seen = range(self.top, self.top + self.size.height)
        self.pending = {index for index in self.pending | set(indexes) if index in seen}
        if self.pending:
            self.refresh(*(Region(0, index - self.top, self.size.width, 1) for index in self.pending))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Remember what is painted now."""
        self.pending -= set(range(self.top + crop.y, self.top + crop.bottom))
        return super().render_lines(crop)

    def action_move(self, by: int) -> None:
        """Move the cursor; scroll no further than it takes to see it."""
        old, height = self.cursor, self.size.height
        self.cursor = new = min(self.count - 1, max(0, old + by))
        top = min(max(self.top, new - height + 1), new)
        moved, self.top = top - self.top, top
        if abs(moved) > height // 2:
            self._styles_cache.clear()
            self.refresh()
        elif moved:
            self._scroll(moved)
            fresh = range(top + height - moved, top + height) if moved > 0 else range(top, top - moved)
            self._dirty({old, new, *fresh})
        else:
            self._dirty({old, new})

    def _scroll(self, rows: int) -> None:
        region, driver = self.region, self.app._driver
        assert driver is not None
        self._styles_cache.clear()  # its lines are keyed by y
        letter = "S" if rows > 0 else "T"
        driver.write(f"\x1b[{region.y + 1};{region.bottom}r\x1b[{abs(rows)}{letter}\x1b[r")

    def action_page(self, by: int) -> None:
        """Move by pages."""
        self.action_move(by * self.size.height)


class LinesApp(App[None]):
    """Nothing but the list."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Put the list on the screen."""
        yield Lines()


if __name__ == "__main__":
    LinesApp().run()
