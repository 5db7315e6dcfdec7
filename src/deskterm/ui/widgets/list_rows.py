"""How a ticket is painted as one row of a list: which columns fit, what stands in them, in few segments."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from deskterm.domain.kinds import Priority, Sla
from deskterm.domain.lists import Row
from deskterm.domain.plain import clean_line
from deskterm.ui.safe import fit, fit_right
from deskterm.ui.theme import SLA_GLYPH, STATE_GLYPH, Palette
from deskterm.ui.widgets.clock import BAR_CELLS, FULL, REST, bar_cells, sla_text

GAP = "  "
STATE_CELLS, SLA_CELLS, REQUESTER_CELLS, OWNER_CELLS = 9, 8, 12, 7
WIDE = 100
"""Cells of a screen from which on a contact's tickets have room for what a desk calls its states."""
BAR_FROM, OWNER_FROM, REQUESTER_FROM = 112, 104, 96
"""Screen widths from which these columns are there (CONTRACT section 9: what gives way first)."""


class Columns(NamedTuple):
    """Which columns there are and how wide they may be."""

    width: int
    number: int
    requester: bool
    owner: bool
    bar: bool

    @classmethod
    def fitting(cls, width: int, screen: int, largest: int) -> Columns:
        """Choose the columns of a list `width` cells wide on a screen `screen` cells wide."""
        digits = max(4, len(str(largest)))
        return cls(width, digits, screen >= REQUESTER_FROM, screen >= OWNER_FROM, screen >= BAR_FROM)

    @property
    def subject(self) -> int:
        """Cells left for the subject."""
        fixed = 2 + self.number + 2 + 2 + 2 + 2 + STATE_CELLS + 2 + SLA_CELLS + 1
        fixed += (REQUESTER_CELLS + 2) if self.requester else 0
        fixed += (OWNER_CELLS + 2) if self.owner else 0
        return max(4, self.width - fixed - ((BAR_CELLS + 2) if self.bar else 0))

    def heading(self) -> str:
        """The line above the rows."""
        parts = ["  " + "#".rjust(self.number), "P ", fit("SUBJECT", self.subject)]
        parts += ["REQUESTER".ljust(REQUESTER_CELLS)] if self.requester else []
        parts += ["STATE".ljust(STATE_CELLS)]
        parts += ["OWNER".ljust(OWNER_CELLS)] if self.owner else []
        parts += [" " * BAR_CELLS] if self.bar else []
        return fit(GAP.join([*parts, "SLA".rjust(SLA_CELLS)]), self.width)


class Shown(NamedTuple):
    """Everything a painted row depends on: equal means that it looks the same."""

    number: int
    version: int
    unread: bool
    new_messages: int
    cursor: bool
    selected: bool
    sla: Sla
    left: str
    used: int
    bell: str = ""
    status: str = ""


class Heading(NamedTuple):
    """The line over a group of tickets: no ticket, so the cursor never comes to it."""

    title: str
    tickets: int | None

    @property
    def cursor(self) -> bool:
        """Say no: it is part of what a painted line is asked."""
        return False


Look = Shown | Heading


def paint_heading(heading: Heading, columns: Columns, palette: Palette) -> Strip:
    """Paint the line over a group: what its tickets have in common, and how many there are."""
    count = "" if heading.tickets is None else f"{heading.tickets:,}"
    title = fit(clean_line(heading.title, 80), min(cell_len(heading.title), max(4, columns.width - 12)))
    used = 2 + cell_len(title) + 1 + cell_len(count) + 1
    rule = "─" * max(0, columns.width - used - 1)
    parts = [(f"  {title} ", palette.bold), (f"{count} ", palette.muted), (f"{rule} ", palette.label)]
    return _strip(parts, columns.width, palette, False)


def shown(row: Row, now: datetime, *, cursor: bool, selected: bool, bar: bool, bell: str = "") -> Shown:
    """Return what a row looks like at a moment; `bell` is the mark of a reminder on it."""
    used = bar_cells(row, now) if bar else 0
    left = sla_text(row, now)
    unread, new = row.unread, row.new_messages
    sla, status = row.sla(now), row.status
    return Shown(row.number, row.version, unread, new, cursor, selected, sla, left, used, bell, status)


def paint(row: Row, look: Shown, columns: Columns, palette: Palette) -> Strip:
    """Paint a row; neighbours of one style are one segment, because each costs bytes on the line."""
    muted, severity = palette.muted, palette.severity(look.sla)
    if look.sla in (Sla.BREACHED, Sla.ATRISK):
        severity += Style(bold=look.sla is Sla.BREACHED)
    parts: list[tuple[str, Style]] = [("▌" if look.cursor else " ", palette.accent if look.cursor else muted)]
    parts.append(("▪", palette.accent) if look.selected else (" ", muted))
    parts.append((f"{row.number:>{columns.number}}{GAP}", muted))
    plain_priority = row.priority in (Priority.P3, Priority.P4)
    parts.append((row.priority.value + GAP, muted if plain_priority else palette.priority(row.priority)))
    strong = palette.bold if look.unread or look.new_messages else palette.plain
    parts.append((_subject(row, columns.subject, look.bell) + GAP, strong))
    parts.append((_middle(row, columns), muted))
    if columns.bar:
        bar = FULL * look.used + REST * (BAR_CELLS - look.used)
        parts.append((bar + GAP, severity))
    glyph = SLA_GLYPH.get(look.sla, "")
    parts.append((fit_right(f"{glyph} {look.left}" if glyph else look.left, SLA_CELLS) + " ", severity))
    return _strip(parts, columns.width, palette, look.cursor)


def _subject(row: Row, width: int, bell: str) -> str:
    mark = f" {bell}" if bell else ""
    mark += f" ✉{min(row.new_messages, 99)}" if row.new_messages else ""
    if not mark:
        return fit(row.subject, width)
    room = max(0, width - cell_len(mark))
    text = fit(row.subject, room).rstrip(" ")
    return fit(text + mark, width)


def _middle(row: Row, columns: Columns) -> str:
    text = fit(row.requester, REQUESTER_CELLS) + GAP if columns.requester else ""
    state = f"{STATE_GLYPH[row.state]} "
    state += fit(row.status, STATE_CELLS - 2) if row.status else row.state.value
    text += state.ljust(STATE_CELLS) + GAP
    return text + (fit(row.owner or "–", OWNER_CELLS) + GAP if columns.owner else "")


def state_cell(row: Row, width: int) -> str:
    """Return a ticket's state as its desk calls it, with more room on a wide screen (`width` cells)."""
    called = f"{STATE_GLYPH[row.state]} {row.status or row.state}"
    return fit(called, 24 if width >= WIDE else 14)


def _strip(parts: list[tuple[str, Style]], width: int, palette: Palette, cursor: bool) -> Strip:
    merged: list[tuple[str, Style]] = []
    for text, style in parts:
        if merged and (merged[-1][1] == style or not text.strip(" ")):
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
        else:
            merged.append((text, style))
    ground = palette.selection if cursor else Style.null()
    return Strip([Segment(text, style + ground) for text, style in merged]).crop(0, width)
