"""Choose a ticket by its number or by words of its subject, as the desk finds them while typing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from textual.widget import Widget

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Row
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.theme import STATE_GLYPH
from deskterm.ui.widgets.line_input import LineInput

LINES = 10
ASKS = "type a number or a few letters"


class ChooseTicket(Choose[int]):
    """Ask for a ticket; `but` cannot be meant, `first` is offered before anything is typed."""

    def __init__(
        self,
        title: str,
        *,
        but: Sequence[int] = (),
        detail: str = "",
        first: Sequence[Choice[int]] = (),
    ) -> None:
        super().__init__(title, first, detail=detail, placeholder="a number, or words of the subject")
        self.but = frozenset(but)
        if first:
            self.add_class("wide")

        self.lines = LINES

    def body(self) -> Iterable[Widget]:
        """Begin with what is offered, else with nothing: there are too many to show."""
        yield LineInput(placeholder=self.placeholder, compact=True)
        yield ChoiceList(self.all, empty=ASKS)

    def typed(self, text: str) -> None:
        """Ask the desk; an answer to older letters is dropped."""
        self.run_worker(self._look_up(text), exclusive=True)

    async def _look_up(self, typed: str) -> None:
        rows: tuple[Row, ...] = ()
        if typed:
            try:
                rows = await asyncio.to_thread(self.desk.store.quick, typed.lstrip("#"), LINES)
            except DeskError as error:
                self.problem(error.message)
        self.list.empty = "no such ticket" if typed else ASKS
        if not typed:
            self.list.show(self.all)
            return
        self.list.show([_choice(row) for row in rows if row.number not in self.but])


def _choice(row: Row) -> Choice[int]:
    return Choice(row.number, f"#{row.number}  {row.subject}", row.requester, STATE_GLYPH[row.state])
