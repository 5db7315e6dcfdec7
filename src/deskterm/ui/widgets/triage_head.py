"""The line over triage: how many tickets are new, which one is shown, and whether too much is P1."""

from __future__ import annotations

from typing import NamedTuple

from deskterm.ui.widgets.chart import percent
from deskterm.ui.widgets.ink import Block, Line, PaintedLines, length, spread


class TriageHead(NamedTuple):
    """What the line says; `p1_share` is there when too much of what is active is P1."""

    total: int = 0
    place: int = 0
    selected: int = 0
    p1_share: float | None = None
    known: bool = False


def head_line(head: TriageHead, width: int) -> Line:
    """Write the line; the place gives way first."""
    left: Line = [(" ", "text"), ("Triage  ", "bold")]
    left.append((f"{head.total:,} new" if head.known else "…", "muted"))
    where: Line = [(f"  {head.place:,} of {head.total:,}", "label")] if head.place else []
    right: Line = []
    if head.selected:
        right.append((f"{head.selected:,} selected  ", "accent"))
    if head.p1_share is not None:
        right.append((f"▲ P1 is {percent(head.p1_share)} of all active ", "breached"))
    if length([*left, *where, *right]) < width:
        left += where
    return spread(left, right, width)


class TriageTitle(PaintedLines):
    """The line, and a blank one under it."""

    def __init__(self) -> None:
        super().__init__(id="triage-title")
        self.head = TriageHead()

    def show(self, head: TriageHead) -> None:
        """Say something newer."""
        self.head = head
        self.redraw()

    def draw(self, width: int) -> Block:
        """Write the line."""
        return [head_line(self.head, width)]
