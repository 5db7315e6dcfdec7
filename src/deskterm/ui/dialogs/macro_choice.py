"""Choose a macro by a part of its name, seeing what it would write and change on this ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.actions import Macro
from deskterm.domain.macros import Filled, filled
from deskterm.domain.placeholders import gaps
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.rule_views import action_words
from deskterm.ui.dialogs.base import Hint
from deskterm.ui.dialogs.choice_list import Choice
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.widgets.message_lines import wrap

MOST = 6
FRAME = 11
"""Lines of the panel that are neither macros nor preview."""


class ChooseMacro(Choose[Macro]):
    """The answer is the macro; under the list stands what it would do, before anything happens."""

    HINTS: ClassVar[tuple[Hint, ...]] = (("↑↓", "look at"), ("↵", "use"), ("esc", "leave"))

    def __init__(
        self, title: str, macros: Sequence[Macro], values: Mapping[str, str], *, detail: str = ""
    ) -> None:
        choices = [Choice(one, one.name, _hint(one), words=clean_line(one.text, 2000)) for one in macros]
        super().__init__(title, choices, detail=detail, placeholder="type a part of its name or text")
        self.values = values
        self.lines = min(self.lines, MOST)
        self.add_class("wide")

    def body(self) -> Iterable[Widget]:
        """The list, and the preview under it."""
        yield from super().body()
        yield Static("", classes="preview")

    def on_mount(self) -> None:
        """Leave room for the preview."""
        super().on_mount()
        self.list.styles.height = max(1, min(self.lines, (self.app.size.height - FRAME) // 2))
        self._preview()

    def typed(self, text: str) -> None:
        """Narrow, and preview what is found."""
        super().typed(text)
        self._preview()

    def action_move(self, by: int) -> None:
        """Look at another one."""
        super().action_move(by)
        self._preview()

    def _preview(self) -> None:
        chosen, pane = self.list.current, self.query_one(".preview", Static)
        if chosen is None:
            pane.update("")
            return
        width = min(126, int(self.app.size.width * 0.96)) - 6
        room = max(
            3,
            self.app.size.height - FRAME - (self.list.styles.height.value if self.list.styles.height else 1),
        )
        pane.update(preview(filled(chosen.value, self.values), width, int(room)))


def preview(one: Filled, width: int, room: int) -> Content:
    """Return what a macro would write and change, in at most `room` lines; gaps stand out."""
    changes = [f"→ {clean_line(action_words(action), 200)}" for action in one.actions]
    if one.gaps:
        changes.append(f"▲ ‹{one.gaps[0]}?› is missing in what it changes: it cannot be used here")
    text = [line for line in wrap(clean_text(one.text), width)] if one.text else []
    left = max(1, room - len(changes))
    if len(text) > left:
        text = [*text[: left - 1], f"… {len(text) - left + 1} more lines"]
    lines = [_marked(line) for line in text]
    lines += [Content.styled(line, "$breached" if line[0] == "▲" else "$accent") for line in changes]
    return Content("\n").join(lines)


def _marked(line: str) -> Content:
    content = Content(line)
    for gap in gaps(line):
        content = content.stylize("$atrisk reverse", gap.start, gap.end)
    return content


def _hint(macro: Macro) -> str:
    return "; ".join(action_words(action) for action in macro.actions)
