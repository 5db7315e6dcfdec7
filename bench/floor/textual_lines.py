"""Floor for start and move: a bare virtual list in Textual, paged from SQLite.  Argument: a floor table.

Only the rows on screen are read and only the lines that change are painted again, so its cost does not
depend on how many tickets there are.
"""

from __future__ import annotations

import sqlite3
import sys
from functools import lru_cache
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

PAGE = 64
SQL = """
    SELECT id, state, priority, queue, subject, requester, due FROM tickets
    WHERE id > ? ORDER BY id LIMIT ?
"""
PLAIN, BOLD = Style.parse("#cccccc on #101010"), Style.parse("bold #ffffff on #2040a0")


class Lines(ScrollView, can_focus=True):
    """The list."""

    DEFAULT_CSS = "Lines { height: 1fr; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("j", "move(1)", "Down"),
        ("k", "move(-1)", "Up"),
        ("d", "page(1)", "Page"),
        ("G", "end", "End"),
        ("g", "home", "Home"),
    ]
    cursor = reactive(0, repaint=False)

    def on_mount(self) -> None:
        """Open the table."""
        self.db = sqlite3.connect(sys.argv[1])
        self.count = self.db.execute("SELECT max(id) FROM tickets").fetchone()[0]
        self.page = lru_cache(maxsize=8)(self._page)
        self.virtual_size = Size(0, self.count)
        self.show_vertical_scrollbar = True

    def _page(self, number: int) -> list[Any]:
        return self.db.execute(SQL, (number * PAGE, PAGE)).fetchall()

    def render_line(self, y: int) -> Strip:
        """Paint a row: one segment."""
        index, width = y + int(self.scroll_offset.y), self.size.width
        if index >= self.count:
            return Strip.blank(width)
        number, state, priority, queue, subject, requester, due = self.page(index // PAGE)[index % PAGE]
        text = f"{number:7} {state:8} P{priority} {queue:10} {subject:60.60} {requester:14.14} {due}"
        if index == 0:
            text = "  READY" + text[7:]
        style = BOLD if index == self.cursor else PLAIN
        return Strip([Segment(text[:width].ljust(width), style)], width)

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the row left and the row reached."""
        top, height = int(self.scroll_offset.y), self.size.height
        for index in (old, new):
            if top <= index < top + height:
                self.refresh(Region(0, index - top, self.size.width, 1))
        if height and not top <= new < top + height:
            y = new if new < top else new - height + 1
            self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = min(self.count - 1, max(0, self.cursor + by))

    def action_page(self, by: int) -> None:
        """Move by pages."""
        self.action_move(by * self.size.height)

    def action_end(self) -> None:
        """To the last row."""
        self.cursor = self.count - 1

    def action_home(self) -> None:
        """To the first row."""
        self.cursor = 0


class LinesApp(App[None]):
    """Nothing but the list."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Put the list on the screen."""
        yield Lines()


if __name__ == "__main__":
    LinesApp().run()
