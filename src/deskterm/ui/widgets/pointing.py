"""The mouse in a list: a click puts the cursor on a row, a second one opens it, and the wheel moves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from textual import events

from deskterm.ui.widgets.list_rows import Heading
from deskterm.ui.widgets.selecting import Selecting

WHEEL = 3
"""Rows the wheel moves the cursor by."""


class Pointing(Selecting):
    """The part of a list that answers the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Callable[[], None] = lambda: None

    @abstractmethod
    def line(self, y: int) -> int | Heading | None:
        """Return the index of the row on a line, the heading there, or None for nothing."""

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a second click opens."""
        index = self.line(event.y)
        if isinstance(index, int):
            self.move(index - self.window.cursor)
            if event.chain > 1:
                self.opened()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down a few rows."""
        event.stop()
        self.move(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up a few rows."""
        event.stop()
        self.move(-WHEEL)
