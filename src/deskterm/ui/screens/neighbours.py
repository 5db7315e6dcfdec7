"""The tickets before and after the one that is shown, in the list that it was opened from."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from deskterm.ui.screens.composing import Composing

if TYPE_CHECKING:
    from deskterm.domain.lists import Listing


class Neighbours(Composing):
    """Goes on from ticket to ticket, for a screen that shows one."""

    number: int
    walk: tuple[int, ...] = ()
    around: Listing | None = None
    before: int | None = None
    after: int | None = None
    key: int | str | None = None

    @abstractmethod
    def show_ticket(self, number: int) -> None:
        """Show another ticket on this screen."""

    def _remember_neighbours(self) -> None:
        """Keep the way on: a ticket that my own answer moved down the list does not take me with it."""
        rows = {row.number: row.key for row in self.around.rows} if self.around else dict.fromkeys(self.walk)
        if self.number not in rows or (self.key is not None and rows[self.number] != self.key):
            return
        self.key = rows[self.number]
        numbers = list(rows)
        at = numbers.index(self.number)
        self.before = numbers[at - 1] if at > 0 else None
        self.after = numbers[at + 1] if at + 1 < len(numbers) else None

    def _position(self) -> str:
        if self.around is not None:
            numbers = [row.number for row in self.around.rows]
            if self.number in numbers:
                total = f"{self.around.total:,}{'+' if self.around.capped else ''}"
                return f"{self.around.before + numbers.index(self.number) + 1:,} of {total}"
            return "not in this view"
        if self.number in self.walk:
            return f"{self.walk.index(self.number) + 1} of {len(self.walk)}"
        return ""

    async def go_on(self) -> None:
        """Go to the next ticket of the view."""
        await self.do_reading_next()

    async def do_reading_next(self) -> None:
        """Go to the next ticket of the view."""
        await self._step(self.after, "This is the last ticket of the view")

    async def do_reading_previous(self) -> None:
        """Go to the ticket before."""
        await self._step(self.before, "This is the first ticket of the view")

    async def _step(self, number: int | None, otherwise: str) -> None:
        if number is None:
            self.status(otherwise)
            return
        await self.close_composer()
        self.show_ticket(number)
