"""One organization: its people and tickets, what is known of it, and the SLA policies that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult

from deskterm.domain import commands as c
from deskterm.domain.contacts import ContactLine
from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice, Row
from deskterm.domain.organizations import OrganizationView
from deskterm.domain.plain import clean_line
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import Palette, palette
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.list_rows import state_cell
from deskterm.ui.widgets.message_lines import Line, wrap

LABEL = 14
"""Cells of what a line says is called."""

NOTES, HISTORY = 4, 2
"""Lines of notes and of history that stand above the people."""


class OrganizationScreen(DeskScreen):
    """What is known of an organization, above its people and its newest tickets with a cursor."""

    CSS_PATH = STYLES / "contacts.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["organization"]
    TAB = "inbox"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.view: OrganizationView | None = None
        self.at = 0
        self.top = LineView(id="contact-head")
        self.pane = LineView(id="contact-list")

    def body(self) -> ComposeResult:
        """What is known, and the people and tickets."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for it."""
        self.title = "Organization"
        self.reload()

    def load(self) -> OrganizationView:
        """Read the organization."""
        return self.store.organization(self.number)

    def loaded(self, view: OrganizationView) -> None:
        """Paint it."""
        self.view = view
        self.lay_out()

    def load_failed(self, error: DeskError) -> None:
        """Say that it is not there."""
        self.status(error.message, error=True, hint=error.hint)

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

    @property
    def things(self) -> tuple[ContactLine | Row, ...]:
        """What the cursor goes over: people first, then tickets."""
        return (*self.view.people, *self.view.tickets) if self.view is not None else ()

    def lay_out(self) -> None:
        """Turn it into lines, and keep the cursor in sight."""
        if self.view is None:
            return
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        self.at = max(0, min(self.at, len(self.things) - 1))
        self.top.show_lines(list(self._head(self.view, look, width)))
        lines: list[Line] = []
        cursor = 0
        for place, thing in enumerate(self.things):
            if place in (0, len(self.view.people)):
                lines += [*([[]] if lines else []), self._title(self.view, thing, look)]
            if place == self.at:
                cursor = len(lines)
            row = self._person if isinstance(thing, ContactLine) else self._ticket
            lines.append(row(thing, place == self.at, look, width))  # type: ignore[arg-type]
        self.pane.show_lines(lines or [[Segment("  Nobody and no ticket that you may see.", look.muted)]])
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if cursor <= 1:
            self.pane.to_line(0)
        elif cursor < top:
            self.pane.to_line(cursor)
        elif cursor >= top + height:
            self.pane.to_line(cursor - height + 1)

    def _title(self, view: OrganizationView, thing: ContactLine | Row, look: Palette) -> Line:
        line = view.line
        if isinstance(thing, ContactLine):
            shown = f", the first {len(view.people)}" if len(view.people) < line.people else ""
            return [Segment(f"  PEOPLE  {line.people:,}{shown}", look.label)]
        shown = f", the newest {len(view.tickets)}" if len(view.tickets) < line.tickets else ""
        words = f"  TICKETS  {line.tickets:,}, {line.active:,} of them active{shown}"
        return [Segment(words, look.label)]

    def _head(self, view: OrganizationView, look: Palette, width: int) -> Iterator[Line]:
        name = fit(view.line.name, width - 8).rstrip()
        yield [Segment(f" {name}", look.bold), Segment("  ★ VIP" * view.line.vip, look.accent)]
        if view.domains:
            yield from self._pair("Mail domains", ", ".join(view.domains), look, width)
        for at, (policy, when) in enumerate(view.policies):
            yield from self._pair("SLA policy" if at == 0 else "", f"{policy}  ({when})", look, width)
        if not view.policies:
            yield from self._pair("SLA policy", "none asks for it: that of every ticket holds", look, width)
        for at, text in enumerate(view.notes.split("\n")[:NOTES] if view.notes else ()):
            yield from self._pair("Notes" if at == 0 else "", clean_line(text, 500), look, width)
        for at, event in enumerate(view.history[:HISTORY]):
            when = f"{event.at.astimezone(self.desk.zone):%d %b %H:%M}"
            yield from self._pair(
                "Changed" if at == 0 else "", f"{when}  {event.who}: {event.what}", look, width
            )

    def _pair(self, label: str, text: str, look: Palette, width: int) -> Iterator[Line]:
        for at, part in enumerate(list(wrap(clean_line(text, 500), width - LABEL - 2))[:3]):
            yield [Segment(f" {label if at == 0 else '':<{LABEL}}", look.label), Segment(part, look.plain)]

    def _person(self, line: ContactLine, chosen: bool, look: Palette, width: int) -> Line:
        counts = f"{line.active:,} of {line.tickets:,}"
        star = "★ " if line.vip else ""
        room = width - 18
        name = fit(line.name, room * 2 // 5 - len(star))
        parts = [
            (f"  {star}", look.accent),
            (name + "  ", look.plain),
            (fit(line.address, room - room * 2 // 5), look.muted),
            (f"{counts:>12}", look.label),
        ]
        return _line(parts, chosen, look)

    def _ticket(self, row: Row, chosen: bool, look: Palette, width: int) -> Line:
        number = f"#{row.number}"
        state = state_cell(row, width)
        parts = [
            (f"  {number:<9}{row.priority.value:<4}", look.accent),
            (state + "  ", look.muted),
            (fit(row.subject, max(8, width - 17 - cell_len(state))), look.plain),
        ]
        return _line(parts, chosen, look)

    # Keys

    def _move(self, by: int) -> None:
        self.at += by
        self.lay_out()

    def do_organization_down(self) -> None:
        """Go to the next line."""
        self._move(1)

    def do_organization_up(self) -> None:
        """Go to the line before."""
        self._move(-1)

    def do_organization_top(self) -> None:
        """Go to the first of its people."""
        self._move(-len(self.things))

    def do_organization_bottom(self) -> None:
        """Go to the oldest ticket."""
        self._move(len(self.things))

    def do_organization_open(self) -> None:
        """Show the contact, or open the ticket, under the cursor."""
        from deskterm.ui.screens.contact import ContactScreen

        if self.view is None or not self.things:
            self.status("There is nothing to open")
            return
        thing = self.things[self.at]
        if isinstance(thing, ContactLine):
            self.app.push_screen(ContactScreen(thing.id))
        else:
            self.open_ticket(thing.number, [row.number for row in self.view.tickets])

    async def do_organization_edit(self) -> None:
        """Change what is known of it."""
        from deskterm.ui.dialogs.form import Field, Form

        view = self.view
        if view is None:
            return
        before = {"name": view.line.name, "domains": " ".join(view.domains), "notes": view.notes}
        fields = [
            Field("name", "Name", before["name"], required="an organization needs a name"),
            Field(
                "domains",
                "Mail domains",
                before["domains"],
                placeholder="northwind.example",
                help="who first writes from one of them belongs to it",
            ),
            Field("notes", "Notes", before["notes"], lines=5, help="for agents, never for its people"),
        ]
        answer = await self.ask(Form("Change organization", fields, detail=view.line.name))
        if answer is None:
            return
        changed = {name: text.strip() for name, text in answer.items() if text.strip() != before[name]}
        if not changed:
            self.status("Nothing was changed")
            return
        domains = (changed["domains"],) if "domains" in changed else None
        self.run_command(
            c.SaveOrganization(view.line.id, changed.get("name"), notes=changed.get("notes"), domains=domains)
        )

    def do_organization_vip(self) -> None:
        """Mark it as VIP with all its people, or take the mark away."""
        if self.view is not None:
            self.run_command(c.SaveOrganization(self.view.line.id, vip=not self.view.line.vip))


def _line(parts: list[tuple[str, Style]], chosen: bool, look: Palette) -> Line:
    return [Segment(text, ink + look.selection if chosen else ink) for text, ink in parts]
