"""Two people changed the same field: show both values and let the person choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_line
from deskterm.domain.wording import field_words
from deskterm.ui.dialogs.base import Dialog, Hint


class Conflict(Dialog[bool]):
    """Ask whose value holds: True uses mine, False and None keep theirs. `detail` says who changed it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,k,enter", "answer(False)", show=False),
        Binding("m", "answer(True)", show=False),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (("t", "keep theirs"), ("m", "use mine"), ("esc", "keep theirs"))

    def __init__(
        self, field: str, *, was: str, theirs: str, mine: str, who: str = "", detail: str = ""
    ) -> None:
        super().__init__(f"{field_words(field)} was changed meanwhile")
        self.was = was
        self.theirs = theirs
        self.mine = mine
        self.who = who
        self.says = detail

    def body(self) -> Iterable[Widget]:
        """What it was, what they made it, what I would make it."""
        rows = [
            ("was", self.was, "$muted", ""),
            ("theirs", self.theirs or "empty", "bold $foreground", f"by {self.who}" if self.who else ""),
            ("mine", self.mine or "empty", "bold $accent", "not saved"),
        ]
        lines = [
            Content.assemble(
                (f"{name:<8}", "$label"),
                (clean_line(value, 200), style),
                (f"  {note}" if note else "", "$muted"),
            )
            for name, value, style, note in rows
            if value
        ]
        if self.says:
            lines += [Content(""), Content.assemble((clean_line(self.says, 300), "$muted"))]
        yield Static(Content("\n").join(lines), classes="question")

    def action_answer(self, mine: bool) -> None:
        """Answer."""
        self.dismiss(mine)
