"""The history of a ticket: every event with who, when, through what, and the old and the new value."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult

from deskterm.domain.events import Event
from deskterm.domain.lists import Notice
from deskterm.domain.trail_words import DOORS, UNSAID, kind_words
from deskterm.domain.views import TicketView
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.reading import Reading
from deskterm.ui.screens.targets import Targets
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import Palette, palette
from deskterm.ui.widgets.event_words import Teller, alert_of
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Line, wrap

WHEN, WHO, VIA, FIELD = 18, 14, 11, 18
MESSAGES = 1000
"""Messages whose beginning is quoted in the trail."""


class HistoryScreen(Targets, Reading):
    """The audit trail, oldest first; it grows while it is read."""

    CSS_PATH = STYLES / "ticket.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["history"]
    TAB = "inbox"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.view: TicketView | None = None
        self.pane = LineView(id="history")
        self.top = LineView(id="history-head")

    def body(self) -> ComposeResult:
        """A head that stays, and the trail."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for the trail."""
        self.title = f"History of #{self.number}"
        self.reload()

    def load(self) -> TicketView:
        """Read the ticket with its events."""
        return self.store.ticket(self.number, messages=MESSAGES)

    def loaded(self, view: TicketView) -> None:
        """Paint the trail."""
        first = self.view is None
        self.view = view
        self.lay_out()
        if first:
            self.call_after_refresh(self.pane.to_end)

    def on_screen_resume(self) -> None:
        """Lay out again: the theme may have changed."""
        self.lay_out()

    def concerns(self, notice: Notice) -> bool:
        """This ticket changed."""
        return f"ticket:{self.number}" in notice.topics

    def time_passed(self, now: datetime) -> None:
        """Nothing here tells the time."""

    def lay_out(self) -> None:
        """Turn the events into lines."""
        if self.view is None:
            return
        look, view = palette(self.app), self.view
        quoted = {message.id: message.text for message in view.messages}
        who = {view.ticket.requester: view.requester or view.address}
        teller = Teller(view.names, view.queues, self.desk.zone, who, quoted)
        count = len(view.events)
        heads = f"  {'WHEN':<{WHEN}}{'WHO':<{WHO}}{'THROUGH':<{VIA}}WHAT"
        self.top.show_lines(
            [
                [
                    Segment(f" ‹ #{self.number}  ", look.muted),
                    Segment(fit(view.row.subject, max(8, self.app.size.width - 40)).rstrip(), look.bold),
                    Segment(f"   history, {count:,} event{'s' if count != 1 else ''}", look.label),
                ],
                [Segment(heads, look.label)],
            ]
        )
        lines: list[Line] = []
        for event in view.events:
            lines += event_lines(event, teller, look, max(30, self.app.size.width - 3))
        self.pane.show_lines(lines)

    def targets(self) -> tuple[int, ...]:
        """This ticket."""
        return (self.number,)

    @property
    def reading_pane(self) -> LineView:
        """The trail."""
        return self.pane


def event_lines(event: Event, teller: Teller, look: Palette, width: int) -> list[Line]:
    """Return an event: who, when, through what and its kind, then each field with its old and new value."""
    alert = alert_of(event)
    style = {"at_risk": look.atrisk, "breached": look.breached}.get(alert, look.plain)
    glyph = {"at_risk": "◆ ", "breached": "▲ "}.get(alert, "")
    when = f"{event.at.astimezone(teller.zone):%d %b %Y %H:%M}"
    undoes = f" (takes back #{event.undoes})" if event.undoes is not None else ""
    lines: list[Line] = [
        [
            Segment(f"  {when:<{WHEN}}", look.muted),
            Segment(fit(teller.who(event), WHO - 1) + " ", look.bold),
            Segment(fit(DOORS.get(event.via, event.via), VIA - 1) + " ", look.label),
            Segment(f"{glyph}{kind_words(event.kind)}{undoes}", style),
        ]
    ]
    indent = 2 + WHEN if width < 90 else 2 + WHEN + WHO + VIA
    for change in event.changes:
        if change.field == "voided" and event.kind == "created":
            continue
        if change.field.partition(":")[0] in UNSAID:
            continue
        field, before, after = teller.change(change)
        arrow = f"{before or '–'} → {after or '–'}" if before or not after else after
        room = max(10, width - indent - FIELD)
        for at, part in enumerate(wrap(arrow, room)):
            name = fit(field, FIELD - 1) if at == 0 else " " * (FIELD - 1)
            lines.append(
                [
                    Segment(" " * indent, look.plain),
                    Segment(name + " ", look.label),
                    Segment(part, look.plain),
                ]
            )
    return lines
