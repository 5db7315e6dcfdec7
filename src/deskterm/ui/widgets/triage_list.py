"""The list of the triage screen: new tickets, the cursor on the one that is shown beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from deskterm.domain.kinds import Sla
from deskterm.domain.lists import Row
from deskterm.domain.plain import clean_line
from deskterm.ui.theme import SLA_GLYPH
from deskterm.ui.widgets.clock import sla_text
from deskterm.ui.widgets.ink import PRIORITY_INK, Block, Line, PaintedLines, cut, padded, right, width_of

INK = {Sla.BREACHED: "breached", Sla.ATRISK: "atrisk"}
LEFT = 7
"""Cells for what a clock has left."""


class TriageList(PaintedLines):
    """One line a ticket; it scrolls by itself to keep the cursor in sight."""

    def __init__(self) -> None:
        super().__init__(id="triage-list")
        self.rows: Sequence[Row] = ()
        self.cursor = 0
        self.selected: Collection[int] = ()
        self.now: datetime | None = None
        self.top = 0
        self.digits = 1

    def show(self, rows: Sequence[Row], cursor: int, selected: Collection[int], now: datetime) -> None:
        """Show rows as they are now."""
        self.rows, self.cursor, self.selected, self.now = rows, cursor, selected, now
        self.redraw()

    def draw(self, width: int) -> Block:
        """Write the rows that fit around the cursor."""
        height = max(1, self.size.height)
        self.top = max(
            min(self.top, self.cursor, max(0, len(self.rows) - height)), self.cursor - height + 1, 0
        )
        shown = self.rows[self.top : self.top + height]
        self.digits = len(str(max((row.number for row in self.rows), default=0)))
        return [self._row(row, self.top + at == self.cursor, width) for at, row in enumerate(shown)]

    def _row(self, row: Row, here: bool, width: int) -> Line:
        ground = "@cursor" if here else ""
        now = self.now or row.updated_at
        sla = row.sla(now)
        left = f"{SLA_GLYPH.get(sla, '')} {sla_text(row, now)}".strip()
        number = right(f"#{row.number}", self.digits + 1) + " "
        room = max(4, width - 4 - width_of(number) - 3 - LEFT - 2)
        subject = cut(clean_line(row.subject, 200), room)
        return padded(
            [
                ("▌" if here else " ", f"accent{ground}"),
                ("✓ " if row.number in self.selected else "  ", f"accent{ground}"),
                (number, f"{'accent' if here else 'muted'}{ground}"),
                (f"{row.priority} ", f"{PRIORITY_INK[row.priority]}{ground}"),
                (subject + " " * (room - width_of(subject)), f"text{ground}"),
                (right(left, LEFT) + " ", f"{INK.get(sla, 'muted')}{ground}"),
            ],
            width,
            f"text{ground}",
        )
