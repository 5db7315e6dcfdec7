"""A pane of painted lines that scrolls: one widget however long the text."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from deskterm.ui.theme import palette
from deskterm.ui.widgets.message_lines import Line, to_strip


class LineView(ScrollView, can_focus=False, inherit_bindings=False):
    """Shows lines; the screen around it has the keys."""

    DEFAULT_CSS = "LineView { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: Sequence[Line] = ()

    @property
    def text_width(self) -> int:
        """Cells for text: a scrollbar that is not there yet must not change the breaks when it comes."""
        return max(8, self.size.width - 1) if self.size.width else 78

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines, keeping the place."""
        self.lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()

    def line_at(self, row: int) -> Line:
        """Return a line to paint."""
        return self.lines[row] if 0 <= row < len(self.lines) else []

    def render_line(self, y: int) -> Strip:
        """Paint one row of the screen."""
        return to_strip(self.line_at(y + self.scroll_offset.y), self.size.width, palette(self.app).ground)

    @property
    def at_end(self) -> bool:
        """Say whether the last line is in sight."""
        return self.scroll_offset.y >= self.max_scroll_y

    def by_lines(self, lines: int) -> None:
        """Scroll, staying inside."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)

    def by_pages(self, pages: float) -> None:
        """Scroll by pages or parts of them."""
        self.by_lines(int((self.size.height - 1) * pages) or (1 if pages > 0 else -1))

    def to_line(self, row: int) -> None:
        """Bring a line to the top, as far as there is something below it."""
        self.scroll_to(y=row, animate=False, force=True, immediate=True)

    def to_end(self) -> None:
        """Show the last lines."""
        self.to_line(len(self.lines))
