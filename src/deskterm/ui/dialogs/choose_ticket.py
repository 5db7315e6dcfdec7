"""Choose a ticket by its number or by words of its subject, as the desk finds them while typing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual.widgets import Input

from deskterm.domain.errors import DeskError
from deskterm.domain.views import Row
from deskterm.ui.dialogs.choice_list import Choice
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.theme import STATE_GLYPH

LINES = 10


class ChooseTicket(Choose[int]):
    """Ask for a ticket; `but` are those that cannot be meant."""

    def __init__(self, title: str, *, but: Sequence[int] = (), detail: str = "") -> None:
        super().__init__(title, (), detail=detail, placeholder="a number, or words of the subject")
        self.but = frozenset(but)

    def on_mount(self) -> None:
        """Begin with nothing: there are too many to show."""
        super().on_mount()
        self.list.empty = "type a number or a few letters"
        self.list.styles.height = min(LINES, max(1, self.app.size.height - 9))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask the desk; an answer to older letters is dropped."""
        event.stop()
        self.problem("")
        self.run_worker(self._look_up(event.value.strip()), exclusive=True)

    async def _look_up(self, typed: str) -> None:
        rows: tuple[Row, ...] = ()
        if typed:
            try:
                rows = await asyncio.to_thread(self.desk.store.quick, typed.lstrip("#"), LINES)
            except DeskError as error:
                self.problem(error.message)
        self.list.empty = "no such ticket" if typed else "type a number or a few letters"
        self.list.show([_choice(row) for row in rows if row.number not in self.but])


def _choice(row: Row) -> Choice[int]:
    return Choice(row.number, f"#{row.number}  {row.subject}", row.requester, STATE_GLYPH[row.state])
