"""How the board's columns and cards are written: as lines in named inks, from nothing but the view."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import NamedTuple

from deskterm.domain.kinds import Sla
from deskterm.domain.lists import Row
from deskterm.domain.views import BoardColumn
from deskterm.ui.safe import fit
from deskterm.ui.theme import SLA_GLYPH, STATE_GLYPH
from deskterm.ui.widgets.clock import sla_text
from deskterm.ui.widgets.ink import PRIORITY_INK, Block, Line, cut, padded, spread

LEAST, GAP, MARGIN = 24, 2, 1
HEAD, CARD = 2, 4
"""Lines of a column's head, and of a card with the blank below it."""

SLA_INK = {
    Sla.BREACHED: "breached",
    Sla.MISSED: "breached",
    Sla.ATRISK: "atrisk",
    Sla.OK: "within",
    Sla.MET: "within",
    Sla.PAUSED: "muted",
    Sla.NONE: "label",
}


class Shape(NamedTuple):
    """How many columns are shown side by side, how wide each is, and how many cards fit below each other."""

    columns: int
    width: int
    height: int

    def x(self, place: int) -> int:
        """Where the column at a place begins."""
        return MARGIN + place * (self.width + GAP)

    def slots(self, cards: int) -> int:
        """How many of so many cards are shown at once; the line that says there are more needs room too."""
        room = max(0, self.height - HEAD)
        whole = (room + 1) // CARD
        return whole if cards <= whole else max(1, (room - 1) // CARD)


def shape(columns: int, width: int, height: int) -> Shape:
    """Fit as many columns as there is room for at 24 cells, evenly."""
    inner = max(LEAST, width - 2 * MARGIN)
    shown = max(1, min(columns, (inner + GAP) // (LEAST + GAP)))
    return Shape(shown, (inner - GAP * (shown - 1)) // shown, height)


class CardLook(NamedTuple):
    """Everything a card's lines depend on: equal looks are painted once."""

    row: Row
    sla: Sla
    time: str
    corner: Hashable
    under_cursor: bool
    shapes: bool
    width: int


def look(row: Row, now: datetime, lanes: str, under_cursor: bool, shapes: bool, width: int) -> CardLook:
    """Say what a card looks like now."""
    named = row.status or (row.queue if lanes == "state" else row.state.value)
    corner = named if lanes == "state" else f"{STATE_GLYPH[row.state]} {named}"
    return CardLook(row, row.sla(now), sla_text(row, now), corner, under_cursor, shapes, width)


def card(this: CardLook) -> Block:
    """Write a card: number, priority and time left; subject; owner and what is new."""
    row, width = this.row, this.width - 3
    ground = "@cursor" if this.under_cursor else "@card"
    ink = SLA_INK[this.sla]
    severe = this.sla in (Sla.BREACHED, Sla.ATRISK)
    edge: Line = [("▌", (ink if severe else "accent" if this.under_cursor else "rule") + ground)]
    mark = "▸" if this.under_cursor and this.shapes else " "
    glyph = SLA_GLYPH.get(this.sla, "")
    time = f"{glyph} {this.time}" if glyph else this.time
    strong = "bold" if this.under_cursor or row.unread else "text"
    number: Line = [(f"{row.number}", ("bold" if this.under_cursor else "muted") + ground), ("  ", ground)]
    number.append((row.priority.value, PRIORITY_INK[row.priority] + ground))
    bold = "-bold" if severe and this.sla is Sla.BREACHED else ""
    first = spread(number, [(time, ink + bold + ground)], width, ground)
    second: Line = [(fit(row.subject, width), strong + ground)]
    owner: Line = [(cut(row.owner or "—", max(4, width // 2)), "muted" + ground)]
    third = spread(owner, _corner(this, width - len(row.owner or "—") - 2, ground), width, ground)
    return [
        [*edge, (sign, "accent" + ground), *line, (" ", ground)]
        for sign, line in ((mark, first), (" ", second), (" ", third))
    ]


def _corner(this: CardLook, room: int, ground: str) -> Line:
    """What is new on the ticket, or else where it stands."""
    if this.row.new_messages:
        return [(f"✉{this.row.new_messages}", "accent" + ground)]
    return [(cut(str(this.corner), room), "label" + ground)] if room >= 6 else []


class HeadLook(NamedTuple):
    """Everything a column's head depends on."""

    title: str
    cards: str
    breached: int
    above: int
    worst: Sla
    here: bool
    width: int


def head_look(column: BoardColumn, now: datetime, top: int, here: bool, width: int) -> HeadLook:
    """Say what a column's head looks like now."""
    stands = [row.sla(now) for row in column.cards]
    worst = next((sla for sla in (Sla.BREACHED, Sla.ATRISK, Sla.OK, Sla.MET) if sla in stands), Sla.NONE)
    count = (
        f"{column.count:,}" + ("+" if column.capped else "") + (f"/{column.limit}" if column.limit else "")
    )
    return HeadLook(column.title, count, stands.count(Sla.BREACHED) + column.late, top, worst, here, width)


def head(this: HeadLook) -> Block:
    """Write a column's head: what it stands for, how many cards, and a rule as grave as the worst of them."""
    late: Line = [(f"▲{this.breached:,}  ", "breached")] if this.breached else []
    count: Line = [*late, (this.cards, "bold" if this.here else "muted")]
    title = spread([(this.title, "bold")], [(" ", "text"), *count], this.width)
    above = f" ↑ {this.above} more" if this.above else ""
    ink = "accent" if this.here else SLA_INK[this.worst] if this.worst is not Sla.NONE else "rule"
    rule: Line = [("━" * (this.width - len(above)), ink), (above, "muted")]
    return [title, rule]


def more(below: int, capped: bool, width: int) -> Block:
    """Write how many cards there are further down."""
    return [padded([(f"  ↓ {below:,}{'+' if capped else ''} more", "label")], width)]
