"""The line over the board: which tickets it shows, how it is laid out, and whether too much is urgent."""

from __future__ import annotations

from typing import NamedTuple

from deskterm.domain.plain import clean_line
from deskterm.ui.widgets.chart import percent
from deskterm.ui.widgets.ink import Block, Line, PaintedLines, cut, length, padded, spread


class BoardHead(NamedTuple):
    """What the line says; `p1_share` is there when too much of what is active is P1."""

    filter: str
    total: int
    lanes: str
    wall: bool = False
    p1_share: float | None = None


def head_line(head: BoardHead, width: int) -> Line:
    """Write the line; the words about the lanes give way first."""
    name = cut(clean_line(head.filter, 120), max(10, width // 3)) or "All queues"
    left: Line = [(" ", "text"), (f"{name}  ", "bold"), (f"{head.total:,} active ", "muted")]
    live: Line = [("● live ", "within")]
    if head.wall:
        live.insert(0, ("wallboard  ", "label"))
    if head.p1_share is not None:
        live.insert(0, (f"▲ P1 is {percent(head.p1_share)} of all active  ", "breached"))
    for said in (f"· by {head.lanes} · cards by time to breach", f"· by {head.lanes}"):
        more: Line = [(said, "muted")]
        if length([*left, *more, *live]) < width:
            return spread([*left, *more], live, width)
    return spread(left, live, width)


class BoardTitle(PaintedLines):
    """The line, and a blank one under it."""

    def __init__(self) -> None:
        super().__init__(id="board-title")
        self.head: BoardHead | None = None

    def show(self, head: BoardHead) -> None:
        """Say something newer; a warning stays."""
        self.head = head._replace(p1_share=self.head.p1_share if self.head else None)
        self.redraw()

    def warn(self, p1_share: float | None) -> None:
        """Say that too much is P1, or that it is not any more."""
        if self.head is not None:
            self.head = self.head._replace(p1_share=p1_share)
            self.redraw()

    def show_wall(self, on: bool) -> None:
        """Say whether this is a wallboard."""
        if self.head is not None:
            self.show(self.head._replace(wall=on))

    def draw(self, width: int) -> Block:
        """Write the line."""
        return [head_line(self.head, width) if self.head else padded([(" Board", "bold")], width)]
