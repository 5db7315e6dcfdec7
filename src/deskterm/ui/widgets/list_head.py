"""The two lines above the list: what is listed, in which order, how many are selected; and the columns."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.plain import clean_line
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette

SORTS = {
    "breach": "time to breach ↑",
    "priority": "priority ↑",
    "-updated": "last change ↓",
    "-created": "newest ↓",
    "-number": "number ↓",
}
WIDE = 80


class Head(NamedTuple):
    """What the two lines say."""

    title: str = ""
    total: str = ""
    sort: str = "breach"
    selected: int = 0
    hint: str = ""
    columns: str = ""


class ListHead(Widget):
    """Two painted lines."""

    DEFAULT_CSS = "ListHead { height: 2; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.head = Head()

    def show(self, head: Head) -> None:
        """Say something else."""
        if head != self.head:
            self.head = head
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one of the lines."""
        look, width, head = palette(self.app), self.size.width, self.head
        if y:
            return Strip([Segment(fit(head.columns, width), look.label + look.bold_only)], width)
        group, _, inner = head.sort.rpartition("/")
        order = SORTS.get(inner, inner) + (f", grouped by {group}" if group else "")
        middle = f"  sorted by {order}" if width >= WIDE else f"  by {order}"
        if head.selected:
            right, style = f"{head.selected:,} selected ", look.accent
        else:
            right, style = f"{head.hint} ", look.label
        title = clean_line(head.title, 200)
        room = width - 1 - cell_len(head.total) - 1 - cell_len(right)
        title = fit(title, max(1, min(cell_len(title), room)))
        middle = fit(middle, max(0, min(cell_len(middle), room - cell_len(title))))
        gap = " " * max(0, room - cell_len(title) - cell_len(middle))
        segments = [
            Segment(" " + title, look.bold),
            Segment(" " + head.total, look.muted),
            Segment(middle + gap, look.label),
            Segment(right, style),
        ]
        return Strip(segments).crop(0, width)
