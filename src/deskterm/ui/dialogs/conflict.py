"""Two people changed the same field: show both values and let the person choose; nothing is overwritten silently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_line
from deskterm.ui.dialogs.base import Dialog, Hint


class Conflict(Dialog[bool]):
    """Ask whose value holds: True uses mine, False and None keep theirs. `who` is "bo 14:31", "" when unknown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,k,enter", "answer(False)", show=False),
        Binding("m", "answer(True)", show=False),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (("t", "keep theirs"), ("m", "use mine"), ("esc", "decide later"))

    def __init__(self, field: str, *, was: str, theirs: str, mine: str, who: str = "", detail: str = "") -> None:
        super().__init__(f"{field} was changed meanwhile", detail=detail)
        self.was = was
        self.theirs = theirs
        self.mine = mine
        self.who = who

    def body(self) -> Iterable[Widget]:
        """What it was, what they made it, what I would make it."""
        rows = [("was", self.was, "$muted", "")]
        rows.append(("theirs", self.theirs, "bold $foreground", f"by {self.who}" if self.who else ""))
        rows.append(("mine", self.mine, "bold $accent", "not saved yet"))
        lines = [
            Content.assemble(
                (f"{name:<8}", "$label"), (clean_line(value, 200) or "empty", style), (f"  {note}" if note else "", "$muted")
            )
            for name, value, style, note in rows
            if value or name != "was"
        ]
        yield Static(Content("\n").join(lines), classes="question")

    def action_answer(self, mine: bool) -> None:
        """Answer."""
        self.dismiss(mine)
