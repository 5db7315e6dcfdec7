"""Ink: lines drawn as pieces of text in named inks, so that what is drawn does not know any colour."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.kinds import Priority
from deskterm.ui.safe import fit
from deskterm.ui.theme import ANSI, palette_of

Piece: TypeAlias = tuple[str, str]
"""A text and the ink it is written in: "muted", or "muted@card" for muted on the ground of a card."""

Line: TypeAlias = list[Piece]
Block: TypeAlias = list[Line]

PRIORITY_INK = {
    Priority.P1: "breached-bold",
    Priority.P2: "atrisk-bold",
    Priority.P3: "muted",
    Priority.P4: "muted",
}
HEAT = (0.06, 0.22, 0.42, 0.66, 0.9)
"""How much of the accent is in each step of a heat map."""


def width_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """Cut a text to at most `width` cells."""
    return text if width_of(text) <= width else fit(text, width)


def right(text: str, width: int) -> str:
    """Set a text against the right edge of `width` cells."""
    text = cut(text, width)
    return " " * (width - width_of(text)) + text


def length(line: Iterable[Piece]) -> int:
    """How many cells a line takes."""
    return sum(width_of(text) for text, _ in line)


def padded(line: Iterable[Piece], width: int, ink: str = "text") -> Line:
    """Cut or fill a line to exactly `width` cells."""
    kept: Line = []
    room = width
    for text, name in line:
        size = width_of(text)
        if size > room:
            if room:
                kept.append((fit(text, room) if text.strip() else " " * room, name))
            return kept
        kept.append((text, name))
        room -= size
    if room > 0:
        kept.append((" " * room, ink))
    return kept


def spread(left: Line, right: Line, width: int, ink: str = "text") -> Line:
    """Set one line against the left edge and another against the right; the left one gives way."""
    room = width - length(right)
    if room < 0:
        return padded(right, width, ink)
    return [*padded(left, room, ink), *right]


def beside(left: Block, right: Block, width: int, gap: int) -> Block:
    """Put two blocks next to each other, the left one `width` cells wide."""
    joined: Block = []
    for row in range(max(len(left), len(right))):
        first = padded(left[row] if row < len(left) else [], width + gap)
        joined.append(first + (right[row] if row < len(right) else []))
    return joined


def bar(share: float, width: int, ink: str) -> Line:
    """A thin bar filled to a share of its width; what is left of it is a rule."""
    cells = round(max(0.0, min(1.0, share)) * width)
    if share > 0 and not cells:
        cells = 1
    return [("━" * cells, ink), ("─" * (width - cells), "rule")]


class Inks(dict[str, Style]):
    """The styles of a theme's inks; an ink on a ground is combined when it is first used."""

    def __init__(self, theme: str) -> None:
        look = palette_of(theme)
        super().__init__(
            text=look.plain,
            bold=look.bold,
            muted=look.muted,
            label=look.label,
            rule=look.rule,
            accent=look.accent,
            breached=look.breached,
            atrisk=look.atrisk,
            within=look.within,
            created=look.accent,
            solved=look.within,
        )
        for name in ("breached", "atrisk", "accent", "muted", "label"):
            self[f"{name}-bold"] = self[name] + Style(bold=True)
        self["card"] = self["tile"] = Style(bgcolor=look.surface.bgcolor)
        self["cursor"] = look.selection
        for step, share in enumerate(HEAT):
            self[f"heat{step}"] = _heat(look.ground, look.accent, share, theme)

    def __missing__(self, name: str) -> Style:
        ink, _, ground = name.partition("@")
        self[name] = found = self[ink or "text"] + self[ground]
        return found

    def strip(self, line: Sequence[Piece], width: int) -> Strip:
        """Turn a line into what a widget returns from `render_line`."""
        return Strip([Segment(text, self[name]) for text, name in line if text], width)


def _heat(ground: Style, accent: Style, share: float, theme: str) -> Style:
    if theme == ANSI or ground.bgcolor is None or accent.color is None:
        return accent
    low, high = Color.from_rich_color(ground.bgcolor), Color.from_rich_color(accent.color)
    mixed = low.blend(high, share).rich_color
    return Style(color=mixed, bgcolor=mixed)


class Inked(Widget):
    """A widget that is painted line by line in the inks of the theme."""

    _inks: tuple[str, Inks] | None = None

    @property
    def inks(self) -> Inks:
        """The inks in the colours of the theme that is shown now."""
        if self._inks is None or self._inks[0] != self.app.theme:
            self._inks = (self.app.theme, Inks(self.app.theme))
        return self._inks[1]

    @property
    def shapes(self) -> bool:
        """Say whether shades of a colour cannot be told apart here, so that shapes must do."""
        return self.app.no_color or self.app.theme == ANSI


class PaintedLines(Inked):
    """A few lines that are painted again when they change."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Block = []

    @abstractmethod
    def draw(self, width: int) -> Block:
        """Return the lines for a width."""

    def redraw(self) -> None:
        """Paint again, if anything looks different."""
        lines = self.draw(self.size.width) if self.size.width else []
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        width = self.size.width
        line = self._lines[y] if y < len(self._lines) else []
        return self.inks.strip(padded(line, width), width)
