"""The conversation of the ticket under the cursor, read and painted once the cursor has come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.plain import clean_line
from deskterm.ui.late import Late
from deskterm.ui.safe import fit
from deskterm.ui.theme import STATE_GLYPH, palette
from deskterm.ui.widgets.message_lines import Line, Setting, message_lines, to_strip

if TYPE_CHECKING:
    from deskterm.domain import causes, mentions
    from deskterm.domain.views import TicketView
    from deskterm.ui.app import DeskApp
    from deskterm.ui.widgets import step_lines
else:
    causes, mentions = Late("deskterm.domain.causes"), Late("deskterm.domain.mentions")
    step_lines = Late("deskterm.ui.widgets.step_lines")

MESSAGES = 20
"""Messages read for a preview."""


class Preview(Widget):
    """Painted lines: a rule with number and subject, what the ticket is, and its newest messages that fit."""

    DEFAULT_CSS = "Preview { height: 5fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.view: TicketView | None = None
        self.words = ""
        self._lines: list[Line] | None = None

    def show(self, view: TicketView | None, words: str = "") -> None:
        """Show a ticket, or say why there is none."""
        self.view, self.words = view, words
        self._lines = None
        self.refresh()

    def tick(self) -> None:
        """Paint again when the ages that are shown have changed."""
        if self._lines is not None:
            old, self._lines = self._lines, self._lay_out()
            if old != self._lines:
                self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        self._lines = None

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        self._lines = None
        super().notify_style_update()

    def _lay_out(self) -> list[Line]:
        look = palette(self.app)
        if self.view is None:
            rule = [Segment("─" * self.size.width, look.rule)]
            return [rule, [], [Segment(f"  {self.words}", look.muted)]] if self.words else [rule]
        lines = [self._rule(self.view), self._facts(self.view), []]
        return lines + self._messages(self.view, self.size.height - len(lines))

    def _rule(self, view: TicketView) -> Line:
        look, width = palette(self.app), self.size.width
        number = f" #{view.row.number}"
        subject = clean_line(view.row.subject)
        subject = fit(subject, max(1, min(cell_len(subject), width - len(number) - 10)))
        rest = max(0, width - 2 - len(number) - 3 - cell_len(subject))
        return [
            Segment("──", look.rule),
            Segment(number + "  ", look.bold),
            Segment(subject + " ", look.muted),
            Segment("─" * rest, look.rule),
        ]

    def _facts(self, view: TicketView) -> Line:
        look, row = palette(self.app), view.row
        facts = [
            f"{STATE_GLYPH[row.state]} {row.status or row.state}",
            view.queue,
            row.type,
            view.owner or "nobody's",
        ]
        text = "  " + " · ".join([*(clean_line(fact, 40) for fact in facts if fact), *self._process(view)])
        tags = "  ".join("#" + clean_line(tag, 40) for tag in row.tags)
        return [Segment(text + "   ", look.muted), Segment(tags, look.muted)]

    def _process(self, view: TicketView) -> list[str]:
        return [step_lines.at_words(view)] if view.steps else []

    def _messages(self, view: TicketView, room: int) -> list[Line]:
        """Lay out the newest messages that fit, the newest itself from its beginning."""
        desk = cast("DeskApp", self.app)
        home, logins = view.ticket.number, mentions.folded(view.names.values())
        here = (self.size.width, palette(self.app), desk.now(), desk.zone, home)
        setting = Setting(*here, logins=logins, origins=causes.origins(view.events))
        shown: list[Line] = []
        left = len(view.messages)
        for message in reversed(view.messages):
            lines = message_lines(message, setting)
            needed = len(lines) + (1 if shown else 0) + (1 if left > 1 else 0)
            if shown and needed > room - len(shown):
                break
            shown = lines + ([[]] if shown else []) + shown
            left -= 1
        earlier = left + max(0, view.spoken - len(view.messages))
        if earlier:
            plural = "s" if earlier != 1 else ""
            shown.insert(0, [Segment(f"  ↑ {earlier} earlier message{plural}", setting.look.label)])
        return shown

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        if self._lines is None:
            self._lines = self._lay_out()
        line = self._lines[y] if y < len(self._lines) else []
        return to_strip(line, self.size.width, palette(self.app).plain)
