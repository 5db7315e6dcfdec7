"""The keys that scroll a text: the same wherever something long is read."""

from __future__ import annotations

from abc import abstractmethod

from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.widgets.line_view import LineView


class Reading(DeskScreen):
    """A screen whose `reading_pane` is scrolled by the keys of the scope `reading`."""

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
