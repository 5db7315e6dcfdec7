"""Say how a figure is computed and what it is now, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_text
from deskterm.ui.dialogs.base import Dialog, Hint


class Explain(Dialog[None]):
    """A text to read; any of the usual keys leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,w,enter,space", "leave", show=False)]

    def __init__(self, title: str, text: str, *, detail: str = "") -> None:
        super().__init__(title, detail=detail)
        self.text = text

    def body(self) -> Iterable[Widget]:
        """The text."""
        yield Static(Content(clean_text(self.text)), classes="question")

    def hints(self) -> Sequence[Hint]:
        """How to leave."""
        return (("esc", "leave"),)
