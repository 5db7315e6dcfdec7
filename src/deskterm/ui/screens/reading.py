"""The keys that scroll a text: the same wherever something long is read."""

from __future__ import annotations

from abc import abstractmethod

from deskterm.ui.keymap import SCREENS
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.widgets.footer import Shape
from deskterm.ui.widgets.line_view import LineView

FOOT = (
    "reading.down",
    "reading.up",
    "reading.half_down",
    "reading.half_up",
    "desk.back",
    "reading.top",
    "reading.bottom",
)
"""In the order in which they stand at the foot; on a narrow screen the last give way."""

NOTHING_ELSE = Shape(
    titles=(
        ("reading.down", "scroll"),
        ("reading.up", "scroll"),
        ("reading.half_down", "half page"),
        ("reading.half_up", "half page"),
    ),
    orders=tuple((name, place) for place, name in enumerate(FOOT, 1)),
)
"""The foot of a screen on which a text is read and nothing more: its own keys, and the way back."""


class Reading(DeskScreen):
    """A screen whose `reading_pane` is scrolled by the keys of the scope `reading`."""

    def footer_shape(self) -> Shape:
        """Where there is nothing but a text, the keys that scroll it are those at the foot."""
        shape = super().footer_shape()
        if SCREENS["history"] != self.SCOPES:
            return shape
        return shape._replace(titles=NOTHING_ELSE.titles, orders=NOTHING_ELSE.orders)

    @property
    @abstractmethod
    def reading_pane(self) -> LineView:
        """What the keys scroll now."""

    def do_reading_down(self) -> None:
        """Scroll down."""
        self.reading_pane.by_lines(1)

    def do_reading_up(self) -> None:
        """Scroll up."""
        self.reading_pane.by_lines(-1)

    def do_reading_top(self) -> None:
        """Go to the beginning."""
        self.reading_pane.to_line(0)

    def do_reading_bottom(self) -> None:
        """Go to the end."""
        self.reading_pane.to_end()

    def do_reading_half_down(self) -> None:
        """Scroll half a page down."""
        self.reading_pane.by_pages(0.5)

    def do_reading_half_up(self) -> None:
        """Scroll half a page up."""
        self.reading_pane.by_pages(-0.5)

    def do_reading_page_down(self) -> None:
        """Scroll a page down."""
        self.reading_pane.by_pages(1)

    def do_reading_page_up(self) -> None:
        """Scroll a page up."""
        self.reading_pane.by_pages(-1)
