"""The line over the metrics and the one under them: whose figures of when, and what the cursor is on."""

from __future__ import annotations

from typing import NamedTuple

from deskterm.domain.plain import clean_line
from deskterm.ui.widgets.ink import Block, Line, PaintedLines, cut, length, spread
from deskterm.ui.widgets.metrics_page import Spot


class MetricsHead(NamedTuple):
    """What the line says; `cost` is how long the figures took, "" while they are being computed."""

    name: str
    period: str
    compared: str
    cost: str


def head_line(head: MetricsHead, width: int) -> Line:
    """Write the line; what it cost gives way first."""
    name = cut(clean_line(head.name, 120), max(10, width // 3))
    left: Line = [(" ", "text"), (f"{name}  ", "bold"), (f"{head.period} ", "muted")]
    if head.compared:
        left.append((head.compared, "muted"))
    cost: Line = [(head.cost or "computing …", "label"), (" ", "text")]
    if length(left) + length(cost) + 2 > width:
        cost = [] if head.cost else [("…", "label"), (" ", "text")]
    return spread(left, cost, width)


class MetricsTitle(PaintedLines):
    """The line over the figures, and a blank one."""

    def __init__(self) -> None:
        super().__init__(id="metrics-title")
        self.head = MetricsHead("Metrics", "", "", "")

    def show(self, head: MetricsHead) -> None:
        """Say something newer."""
        self.head = head
        self.redraw()

    def draw(self, width: int) -> Block:
        """Write the line."""
        return [head_line(self.head, width)]


class FigureLine(PaintedLines):
    """The figure under the cursor in words, and which tickets Enter lists."""

    def __init__(self) -> None:
        super().__init__(id="figure")
        self.spot: Spot | None = None

    def show(self, spot: Spot | None) -> None:
        """Say another figure."""
        self.spot = spot
        self.redraw()

    def draw(self, width: int) -> Block:
        """Write the line; the words give way to what Enter does."""
        if self.spot is None:
            return [[]]
        keys: Line = [("  ↵ ", "accent-bold"), (self.spot.behind, "muted"), (" ", "text")]
        said: Line = [(" ", "text"), (cut(self.spot.said, max(10, width - length(keys) - 2)), "text")]
        return [[*said, *keys]]
