"""Ask whether to go on, saying what would happen; y or Enter goes on, n or Esc does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_text
from deskterm.ui.dialogs.base import Dialog, Hint


class Confirm(Dialog[bool]):
    """A question with two answers; leaving it is None, which is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]

    def __init__(self, title: str, text: str, *, yes: str = "yes", no: str = "no") -> None:
        super().__init__(title)
        self.text = text
        self.yes = yes
        self.no = no

    def body(self) -> Iterable[Widget]:
        """What would happen."""
        yield Static(Content(clean_text(self.text)), classes="question")

    def hints(self) -> Sequence[Hint]:
        """The two answers."""
        return (("y", self.yes), ("n", self.no))

    def action_answer(self, answer: bool) -> None:
        """Answer."""
        self.dismiss(answer)
