"""Look at something before anything is done with it: a file's preview, or where a link really leads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual import events
from textual.widget import Widget

from deskterm.domain.plain import clean_text
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.theme import palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line, wrap

FRAME = 8


class Look(Dialog[str]):
    """Shows lines that scroll; each of `keys` (key, word) is an answer, Esc is none.

    `strong` lines stand out; `wrapped` breaks long lines, else they are cut.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[str],
        keys: Sequence[Hint],
        *,
        detail: str = "",
        wrapped: bool = True,
        strong: int = 0,
    ) -> None:
        super().__init__(title, detail=detail)
        self.lines, self.keys = tuple(lines), tuple(keys)
        self.wrapped, self.strong = wrapped, strong
        self.pane = LineView()
        self.add_class("wide")

    def body(self) -> Iterable[Widget]:
        """The lines."""
        yield self.pane

    def hints(self) -> Sequence[Hint]:
        """The keys, and how to scroll when there is more."""
        return (*self.keys, ("j k", "scroll"), ("esc", "leave"))

    def on_mount(self) -> None:
        """Break the lines for the width there is."""
        self.call_after_refresh(self._lay)

    def on_resize(self) -> None:
        """Break them anew."""
        self.call_after_refresh(self._lay)

    def _lay(self) -> None:
        look = palette(self.app)
        width = self.pane.text_width
        shown: list[Line] = []
        for at, text in enumerate(self.lines):
            style = look.bold if at < self.strong else look.plain
            for part in wrap(clean_text(text), width) if self.wrapped else (text[:1000],):
                shown.append([Segment(part, style)])
        self.pane.styles.height = max(1, min(len(shown), self.app.size.height - FRAME))
        self.pane.show_lines(shown)

    def on_key(self, event: events.Key) -> None:
        """Answer, or scroll."""
        step = {"j": 1, "down": 1, "k": -1, "up": -1}.get(event.key)
        page = {"pagedown": 1.0, "space": 1.0, "ctrl+d": 0.5, "pageup": -1.0, "ctrl+u": -0.5}.get(event.key)
        if step is not None:
            self.pane.by_lines(step)
        elif page is not None:
            self.pane.by_pages(page)
        elif event.key in ("g", "home"):
            self.pane.to_line(0)
        elif event.key in ("G", "end"):
            self.pane.to_end()
        elif event.key in [key for key, _ in self.keys]:
            self.dismiss(event.key)
        else:
            return
        event.stop()
        event.prevent_default()
