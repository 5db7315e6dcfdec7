"""Selecting rows of a list: one by one, or from the last one to the cursor; commands then go to them all."""

from __future__ import annotations

from abc import abstractmethod

from textual.widget import Widget

from deskterm.domain.lists import Row
from deskterm.ui.widgets.list_window import ListWindow


class Selecting(Widget):
    """The part of a list that knows which tickets are selected."""

    def __init__(self) -> None:
        super().__init__()
        self.window = ListWindow()
        self.selected: set[int] = set()
        self._last_selected = 0

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.window.row

    @abstractmethod
    def move(self, by: int) -> None:
        """Move the cursor by rows."""

    @abstractmethod
    def update(self) -> None:
        """Repaint the rows that look different now."""

    def toggle(self) -> None:
        """Select the row, or take it out again, and go on to the next."""
        if self.row:
            self.selected ^= {self.row.number}
            self._last_selected = self.row.number
            self.move(1)

    def select_range(self) -> None:
        """Select from the last selected row to this one."""
        start = self.window.index_of(self._last_selected)
        if self.row is None:
            return
        low, high = sorted((self.window.cursor if start is None else start, self.window.cursor))
        self.selected |= {row.number for row in self.window.rows[low : high + 1]}
        self._last_selected = self.row.number
        self.update()

    def select(self, numbers: set[int]) -> None:
        """Select exactly these."""
        self.selected = numbers
        self.update()
