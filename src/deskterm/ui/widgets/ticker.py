"""The ticker of the board: what happened last on the desk, newest first."""

from __future__ import annotations

from datetime import tzinfo

from deskterm.domain.plain import clean_line
from deskterm.domain.views import Tick
from deskterm.ui.widgets.ink import Block, Line, PaintedLines, cut, length

LEAST = 24
BETWEEN = 4


def tick_line(ticks: tuple[Tick, ...], zone: tzinfo, width: int) -> Line:
    """Write as many of the last events as fit; only the first may be cut."""
    line: Line = [(" ", "text")]
    for tick in ticks:
        about = "" if tick.ticket is None or f"#{tick.ticket}" in tick.text else f"#{tick.ticket} "
        who = clean_line(tick.who, 24)
        one: Line = [
            (f"{tick.at.astimezone(zone):%H:%M:%S} ", "label"),
            (f"{who} ", "bold"),
            (about + clean_line(tick.text, 120), "muted"),
        ]
        room = width - 1 - length(line)
        if length(one) > room:
            if len(line) == 1 and room >= LEAST:
                taken = length(one[:2])
                return [*line, *one[:2], (cut(one[2][0], room - taken), "muted")]
            return line
        line += [*one, (" " * BETWEEN, "text")]
    return line


class Ticker(PaintedLines):
    """One line of the last events."""

    def __init__(self) -> None:
        super().__init__(id="ticker")
        self.ticks: tuple[Tick, ...] = ()
        self.zone: tzinfo | None = None

    def show(self, ticks: tuple[Tick, ...], zone: tzinfo) -> None:
        """Show newer events."""
        self.ticks, self.zone = ticks, zone
        self.redraw()

    def draw(self, width: int) -> Block:
        """Write the line."""
        if self.zone is None or not self.ticks:
            return [[(" nothing has happened yet", "label")]]
        return [tick_line(self.ticks, self.zone, width)]
