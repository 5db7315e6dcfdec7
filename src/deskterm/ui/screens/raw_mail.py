"""A mail as it came: every byte of it made visible, nothing of it obeyed."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult

from deskterm.domain.attaching import size_words
from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice
from deskterm.domain.plain import clean_text
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.reading import Reading
from deskterm.ui.screens.targets import Targets
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line, wrap

MOST_BYTES = 1_000_000
"""How much of a mail is shown."""


class RawMailScreen(Targets, Reading):
    """The bytes of the mail that a message came as."""

    CSS_PATH = STYLES / "ticket.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["history"]
    TAB = "inbox"

    def __init__(self, number: int, message: int) -> None:
        super().__init__()
        self.number, self.message = number, message
        self.raw: bytes | None = None
        self.pane = LineView(id="history")
        self.top = LineView(id="history-head")

    def body(self) -> ComposeResult:
        """A head that stays, and the mail."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for the mail."""
        self.title = f"Mail on #{self.number}"
        self.reload()

    def load(self) -> bytes:
        """Read its bytes."""
        return self.store.raw_mail(self.message)

    def loaded(self, view: bytes) -> None:
        """Show them."""
        self.raw = view
        self.lay_out()

    def load_failed(self, error: DeskError) -> None:
        """There is nothing to show."""
        if self.raw is None:
            self.app.notify(error.message, severity="error", markup=False)
            self.dismiss()
        else:
            super().load_failed(error)

    def concerns(self, notice: Notice) -> bool:
        """What came does not change any more."""
        return False

    def on_screen_resume(self) -> None:
        """Lay out again: the theme may have changed."""
        self.lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        self.call_after_refresh(self.lay_out)

    def lay_out(self) -> None:
        """Turn the bytes into lines."""
        if self.raw is None:
            return
        look = palette(self.app)
        about = f" ‹ #{self.number}  the mail as it came, {size_words(len(self.raw))}"
        self.top.show_lines([[Segment(fit(about, self.app.size.width), look.muted)], []])
        text = self.raw[:MOST_BYTES].decode("utf-8", "replace")
        width = max(20, self.app.size.width - 4)
        lines: list[Line] = [
            [Segment(f"  {part}", look.plain)] for part in wrap(clean_text(text.replace("\r\n", "\n")), width)
        ]
        if len(self.raw) > MOST_BYTES:
            lines.append([Segment("  … the rest is not shown", look.label)])
        self.pane.show_lines(lines)

    @property
    def reading_pane(self) -> LineView:
        """What the keys scroll."""
        return self.pane
