"""A party to tickets, a contact or an organization: what is known of them above a list with a cursor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult

from deskterm.domain.contacts import ContactView
from deskterm.domain.lists import Notice, Row
from deskterm.domain.organizations import OrganizationView
from deskterm.domain.plain import clean_line
from deskterm.ui.safe import fit
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import Palette, palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.list_rows import state_cell
from deskterm.ui.widgets.message_lines import Line, wrap

V = TypeVar("V", bound="ContactView | OrganizationView")

LABEL = 14
"""Cells of what a line says is called."""


class PartyScreen(DeskScreen, Generic[V]):
    """The screen of a contact or an organization.

    A subclass names its SCOPES, reads its view in `load()`, says what is known of it in `facts()` (and, under
    notes and history, in `sums()`) and what the cursor goes over in `listed()`.
    """

    CSS_PATH = STYLES / "contacts.tcss"
    TAB = "inbox"
    CALLED: ClassVar[str]
    NOTES: ClassVar[int]
    """Lines of notes that stand above the list."""
    HISTORY: ClassVar[int]
    """Changes that stand above the list."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.view: V | None = None
        self.at = 0
        self.top = LineView(id="contact-head")
        self.pane = LineView(id="contact-list")

    # What a subclass fills in.

    @abstractmethod
    def facts(self, view: V) -> Iterator[tuple[str, str]]:
        """Yield what is known, each with what it is called."""

    def sums(self, view: V) -> Iterator[tuple[str, str]]:
        """Yield what stands between what is known and the list."""
        yield from ()

    @abstractmethod
    def count(self) -> int:
        """Say how many things the cursor goes over."""

    @abstractmethod
    def listed(self, view: V, look: Palette, width: int) -> tuple[list[Line], int]:
        """Return the lines of the list, and which of them must be in sight for the cursor to be."""

    # What it gets.

    def body(self) -> ComposeResult:
        """What is known, and the list."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for the party."""
        self.title = self.CALLED
        self.reload()

    def loaded(self, view: V) -> None:
        """Paint it; merged into another, it is that one from now on."""
        self.view, self.number = view, view.line.id
        self.lay_out()

    def concerns(self, notice: Notice) -> bool:
        """It, one of its people or one of their tickets may have changed."""
        return not notice.clocks_only

    def on_screen_resume(self) -> None:
        """Lay out again: the theme may have changed."""
        super().on_screen_resume()
        self.lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out in the new width."""
        super().on_resize(event)
        self.lay_out()

    def move(self, by: int) -> None:
        """Move the cursor by so many things."""
        self.at += by
        self.lay_out()

    def lay_out(self) -> None:
        """Turn the view into lines, and keep the cursor in sight."""
        if self.view is None:
            return
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        self.at = max(0, min(self.at, self.count() - 1))
        self.top.show_lines(list(self._head(self.view, look, width)))
        lines, cursor = self.listed(self.view, look, width)
        self.pane.show_lines(lines)
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if cursor < top:
            self.pane.to_line(cursor)
        elif cursor >= top + height:
            self.pane.to_line(cursor - height + 1)

    def _head(self, view: V, look: Palette, width: int) -> Iterator[Line]:
        name = fit(view.line.name, width - 8).rstrip()
        yield [Segment(f" {name}", look.bold), Segment("  ★ VIP" * view.line.vip, look.accent)]
        for label, text in (*self.facts(view), *self._told(view), *self.sums(view)):
            for at, part in enumerate(list(wrap(clean_line(text, 500), width - LABEL - 2))[:3]):
                called = label if at == 0 else ""
                yield [Segment(f" {called:<{LABEL}}", look.label), Segment(part, look.plain)]

    def _told(self, view: V) -> Iterator[tuple[str, str]]:
        for at, text in enumerate(view.notes.split("\n")[: self.NOTES] if view.notes else ()):
            yield "Notes" if at == 0 else "", clean_line(text, 500)
        for at, event in enumerate(view.history[: self.HISTORY]):
            when = f"{event.at.astimezone(self.desk.zone):%d %b %H:%M}"
            yield "Changed" if at == 0 else "", f"{when}  {event.who}: {event.what}"


def ticket_line(row: Row, chosen: bool, look: Palette, width: int) -> Line:
    """Return one of their tickets as a line."""
    number = f"#{row.number}"
    state = state_cell(row, width)
    parts = [
        (f"  {number:<9}{row.priority.value:<4}", look.accent),
        (state + "  ", look.muted),
        (fit(row.subject, max(8, width - 17 - cell_len(state))), look.plain),
    ]
    return inked(parts, chosen, look)


def inked(parts: list[tuple[str, Style]], chosen: bool, look: Palette) -> Line:
    """Return a line of the list, marked when the cursor is on it."""
    return [Segment(text, ink + look.selection if chosen else ink) for text, ink in parts]
