"""The LOAD line of the board: how many active tickets each agent carries against what they can."""

from __future__ import annotations

from deskterm.domain.views import Load
from deskterm.ui.widgets.ink import Block, Line, PaintedLines, bar, cut, length, width_of

BAR, NAME = 8, 12
ALMOST = 0.8


def load_ink(load: Load) -> tuple[str, str]:
    """How grave a load is: its ink and the glyph that says the same without colour."""
    share = load.active / load.capacity if load.capacity else float(load.active > 0)
    if share >= 1:
        return "breached", "▲"
    return ("atrisk", "◆") if share >= ALMOST else ("within", "")


def load_line(loads: tuple[Load, ...], width: int) -> Line:
    """Write the agents that fit, and how many more there are."""
    line: Line = [(" ", "text"), ("LOAD  ", "label-bold")]
    column = max((width_of(cut(load.agent, NAME)) for load in loads), default=0)
    for place, load in enumerate(loads):
        ink, glyph = load_ink(load)
        name = cut(load.agent, NAME)
        share = load.active / load.capacity if load.capacity else 1.0
        said = f"{load.active}/{load.capacity}" + (f" {glyph}" if glyph else "")
        one: Line = [(name + " " * (column - width_of(name) + 1), "muted"), *bar(share, BAR, ink)]
        one.append((" ", "text"))
        one.append((said, "muted" if ink == "within" else ink))
        one.append((" " * max(2, 10 - len(said)), "text"))
        left = len(loads) - place
        if length(line) + length(one) > width - (8 if left > 1 else 0):
            return [*line, (f"+{left} more", "label")]
        line += one
    return line


class LoadBar(PaintedLines):
    """A rule, and under it the load of the agents."""

    def __init__(self) -> None:
        super().__init__(id="load")
        self.loads: tuple[Load, ...] = ()

    def show(self, loads: tuple[Load, ...]) -> None:
        """Show newer loads."""
        self.loads = loads
        self.redraw()

    def draw(self, width: int) -> Block:
        """Write the two lines."""
        line = (
            load_line(self.loads, width)
            if self.loads
            else [(" ", "text"), ("LOAD  ", "label-bold"), ("nobody works here yet", "label")]
        )
        return [[(" ", "text"), ("─" * (width - 2), "rule")], line]
