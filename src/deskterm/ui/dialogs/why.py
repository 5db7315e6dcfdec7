"""Why a ticket's clocks stand as they do: every interval that counted, and the cause of each that did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.ui.dialogs.base import Dialog, Hint


class WhyDialog(Dialog[None]):
    """Plain lines to read and to scroll; any of the usual keys leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,w,enter", "leave", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space,ctrl+d", "scroll(10)", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", show=False),
        Binding("home,g", "scroll(-100000)", show=False),
        Binding("end,G", "scroll(100000)", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title)
        self.lines = tuple(lines)
        self.add_class("wide")

    def hints(self) -> Sequence[Hint]:
        """How to read on and leave."""
        return (("j k", "scroll"), ("esc", "leave"))

    def body(self) -> Iterable[Widget]:
        """The lines; a heading stands out."""
        said = [
            Content(line) if line[:1] in ("", " ") else Content.styled(line, "bold") for line in self.lines
        ]
        yield VerticalScroll(Static(Content("\n").join(said), classes="keys"), can_focus=False)

    def on_mount(self) -> None:
        """Leave room for the frame."""
        self._fit()

    def on_resize(self) -> None:
        """Fit again."""
        self._fit()

    def _fit(self) -> None:
        self.query_one(VerticalScroll).styles.max_height = max(4, self.app.size.height - 8)

    def action_scroll(self, lines: int) -> None:
        """Scroll the lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
