"""The head of a ticket's screen: where one is in the view, the subject, and how the ticket stands."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.kinds import Sla
from deskterm.domain.lists import Row
from deskterm.domain.plain import clean_line
from deskterm.domain.views import TicketView
from deskterm.ui.safe import fit
from deskterm.ui.theme import SLA_GLYPH, STATE_GLYPH, Palette, palette
from deskterm.ui.widgets.clock import sla_text
from deskterm.ui.widgets.message_lines import Line, cells_of, to_strip


class TicketHead(Widget):
    """Three lines; `compact` leaves out the empty ones around them."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.place = ""
        self.position = ""
        self.timer = ""
        self.row: Row | None = None
        self.view: TicketView | None = None

    def begin(self, number: int, place: str) -> None:
        """Say which ticket is going to be shown, and from where it was opened."""
        self.number, self.place = number, place

    def show(self, view: TicketView) -> None:
        """Show a ticket."""
        if view.ticket.number != self.number:
            self.position = ""
        self.view, self.row, self.number = view, view.row, view.ticket.number
        self.refresh()

    def say(self, position: str) -> None:
        """Say where it is in its list."""
        if position != self.position:
            self.position = position
            self.refresh()

    def say_timer(self, words: str) -> None:
        """Say how long was worked on it in this session; "" says nothing."""
        if words != self.timer:
            self.timer = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one of the lines."""
        look, width = palette(self.app), self.size.width
        lines = [self._place(look, width), [], self._subject(look, width), self._facts(look, width)]
        if self.size.height < 4:
            lines.pop(1)
        return to_strip(lines[y] if y < len(lines) else [], width, look.ground)

    def _place(self, look: Palette, width: int) -> Line:
        lead = [Segment(" ‹ ", look.muted), Segment(f"{clean_line(self.place, 40) or 'back'}   ", look.muted)]
        line = [*lead, Segment(self.position, look.label)]
        if self.timer:
            line.append(Segment(f"{'   ' if self.position else ''}{self.timer}", look.muted))
        sla = self._sla(look)
        used = sum(segment.cell_length for segment in (*line, *sla))
        return [*line, Segment(" " * max(1, width - used - 1), look.plain), *sla]

    def _sla(self, look: Palette) -> Line:
        if self.row is None:
            return []
        now = self.screen.desk.now()  # type: ignore[attr-defined]
        sla = self.row.sla(now)
        if sla not in (Sla.BREACHED, Sla.ATRISK):
            return []
        words = "breached" if sla is Sla.BREACHED else "at risk"
        return [Segment(f"{SLA_GLYPH[sla]} {words} {sla_text(self.row, now)}", look.severity(sla))]

    def _subject(self, look: Palette, width: int) -> Line:
        number = f" #{self.number}  "
        if self.row is None:
            return [Segment(number, look.muted), Segment("…", look.label)]
        return [
            Segment(number, look.muted),
            Segment(fit(self.row.subject, width - cells_of(number)), look.bold),
        ]

    def _facts(self, look: Palette, width: int) -> Line:
        row, view = self.row, self.view
        if row is None or view is None:
            return []
        ticket = view.ticket
        about = " · ".join(
            clean_line(part, 40) for part in (row.queue, row.type, ticket.category, ticket.component) if part
        )
        owner = clean_line(row.owner, 30) or "nobody's"
        state_style = look.accent if ticket.active else look.muted
        line = [
            Segment(f" {STATE_GLYPH[row.state]} {clean_line(row.status or row.state, 30)}  ", state_style),
            *([Segment("◇ answer waits  ", look.note)] if any(one.awaits for one in view.sides) else ()),
            Segment(f"{row.priority.value}  ", look.priority(row.priority) + Style(bold=True)),
            Segment(f"{about}   ", look.muted),
            Segment(f"{owner}   ", look.plain if row.owner else look.label),
        ]
        room = width - sum(segment.cell_length for segment in line)
        tags = " ".join(f"#{clean_line(tag, 50)}" for tag in row.tags)
        if tags and room > 4:
            line.append(Segment(fit(tags, min(room, cells_of(tags))), look.accent))
        return line
