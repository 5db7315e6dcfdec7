"""Solve: the resolution note, how it was resolved, and what the customer is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.kinds import RESOLUTION_CODES
from deskterm.domain.plain import clean_line
from deskterm.ui.dialogs.form import Field, Form

CODE_HELP = {
    "fixed": "the cause is gone",
    "workaround": "it works again, the cause is still there",
    "answered": "a question was answered",
    "user error": "it worked as intended",
    "third party": "somebody outside fixed it",
    "no fault found": "it could not be seen again",
}


class SolveForm(Form):
    """Ask for what solving needs; an empty message tells the customer nothing.

    `left` are the steps of its process that stand before solving, and `steps_key` is what opens them: they
    are said before one types.
    """

    def __init__(
        self,
        title: str,
        *,
        detail: str = "",
        keep_as: str = "",
        note: str = "",
        code: str = RESOLUTION_CODES[0],
        left: Sequence[str] = (),
        steps_key: str = "",
    ) -> None:
        self.left, self.steps_key = tuple(left), steps_key
        fields = [
            Field(
                "note",
                "Resolution",
                note,
                lines=3,
                placeholder="what was wrong and what was done",
                help="the next person with this problem reads it",
                required="solving needs a resolution note",
            ),
            Field("code", "Code", code, options=RESOLUTION_CODES, help=CODE_HELP),
            Field(
                "message",
                "To customer",
                lines=4,
                placeholder="optional: a public reply that goes with it",
                help="counts as a reply, and is mailed as one",
            ),
        ]
        super().__init__(title, fields, detail=detail, keep_as=keep_as, verb="solve")

    def body(self) -> Iterable[Widget]:
        """Say first what is left before solving."""
        if self.left:
            names = ", ".join(clean_line(name, 60) for name in self.left)
            way = Content.assemble(
                ("esc ", "bold $accent"), (self.steps_key, "bold $accent"), (" steps", "$muted")
            )
            line = Content.assemble(("○ left before solving: ", "bold"), (f"{names}  ", "$foreground"), way)
            yield Static(line, classes="tags")
        yield from super().body()
