"""One contact: addresses, organization, notes and tickets; changed, merged and given addresses by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult

from deskterm.domain import commands as c
from deskterm.domain.contacts import ContactView
from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice, Row
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

NOTES, HISTORY = 6, 3
"""Lines of notes and of history that stand above the tickets."""


class ContactScreen(DeskScreen):
    """What is known of a contact, above their tickets with a cursor."""

    CSS_PATH = STYLES / "contacts.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["contact"]
    TAB = "inbox"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.view: ContactView | None = None
        self.at = 0
        self.top = LineView(id="contact-head")
        self.pane = LineView(id="contact-list")

    def body(self) -> ComposeResult:
        """What is known, and the tickets."""
        yield self.top
        yield self.pane

    def on_mount(self) -> None:
        """Ask for the contact."""
        self.title = "Contact"
        self.reload()

    def load(self) -> ContactView:
        """Read the contact."""
        return self.store.contact(self.number)

    def loaded(self, view: ContactView) -> None:
        """Paint it; merged into another, it is that one from now on."""
        self.view, self.number = view, view.line.id
        self.lay_out()

    def load_failed(self, error: DeskError) -> None:
        """Say that the contact is not there (any more)."""
        self.status(error.message, error=True, hint=error.hint)

    def concerns(self, notice: Notice) -> bool:
        """A contact or one of the tickets may have changed."""
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
    def here(self) -> Row | None:
        """The ticket under the cursor."""
        rows = self.view.tickets if self.view is not None else ()
        return rows[self.at] if self.at < len(rows) else None

    def lay_out(self) -> None:
        """Turn the contact into lines, and keep the cursor in sight."""
        if self.view is None:
            return
        look, width = palette(self.app), max(40, self.app.size.width - 2)
        rows = self.view.tickets
        self.at = max(0, min(self.at, len(rows) - 1))
        self.top.show_lines(list(self._head(self.view, look, width)))
        if not rows:
            self.pane.show_lines([[Segment("  No tickets that you may see.", look.muted)]])
            return
        self.pane.show_lines([self._row(row, at == self.at, look, width) for at, row in enumerate(rows)])
        top, height = self.pane.scroll_offset.y, max(1, self.pane.size.height)
        if self.at < top:
            self.pane.to_line(self.at)
        elif self.at >= top + height:
            self.pane.to_line(self.at - height + 1)

    def _head(self, view: ContactView, look: Palette, width: int) -> Iterator[Line]:
        line = view.line
        name = fit(line.name, width - 8).rstrip()
        yield [Segment(f" {name}", look.bold), Segment("  ★ VIP" * line.vip, look.accent)]
        yield from self._pair("Addresses", ", ".join(view.addresses), look, width)
        if line.organization:
            yield from self._pair("Organization", line.organization, look, width)
        if view.zone:
            yield from self._pair("Time zone", view.zone, look, width)
        for at, text in enumerate(view.notes.split("\n")[:NOTES] if view.notes else ()):
            yield from self._pair("Notes" if at == 0 else "", clean_line(text, 500), look, width)
        for at, event in enumerate(view.history[:HISTORY]):
            when = f"{event.at.astimezone(self.desk.zone):%d %b %H:%M}"
            words = f"{when}  {event.who}: {event.what}"
            yield from self._pair("Changed" if at == 0 else "", words, look, width)
        shown = len(view.tickets)
        more = f", the newest {shown}" if shown < line.tickets else ""
        yield from self._pair(
            "Tickets", f"{line.tickets:,}, {line.active:,} of them active{more}", look, width
        )

    def _pair(self, label: str, text: str, look: Palette, width: int) -> Iterator[Line]:
        for at, part in enumerate(list(wrap(clean_line(text, 500), width - LABEL - 2))[:3]):
            yield [Segment(f" {label if at == 0 else '':<{LABEL}}", look.label), Segment(part, look.plain)]

    def _row(self, row: Row, chosen: bool, look: Palette, width: int) -> Line:
        number = f"#{row.number}"
        state = state_cell(row, width)
        parts = [
            (f"  {number:<9}{row.priority.value:<4}", look.accent),
            (state + "  ", look.muted),
            (fit(row.subject, max(8, width - 17 - cell_len(state))), look.plain),
        ]
        style = look.selection if chosen else None
        return [Segment(text, ink + style if style else ink) for text, ink in parts]

    # Keys

    def _move(self, by: int) -> None:
        self.at += by
        self.lay_out()

    def do_contact_down(self) -> None:
        """Go to the next ticket."""
        self._move(1)

    def do_contact_up(self) -> None:
        """Go to the ticket before."""
        self._move(-1)

    def do_contact_top(self) -> None:
        """Go to the newest ticket."""
        self._move(-len(self.view.tickets) if self.view else 0)

    def do_contact_bottom(self) -> None:
        """Go to the oldest ticket."""
        self._move(len(self.view.tickets) if self.view else 0)

    def do_contact_open(self) -> None:
        """Open the ticket under the cursor."""
        if self.view is None or self.here is None:
            self.status("There is no ticket to open")
        else:
            self.open_ticket(self.here.number, [row.number for row in self.view.tickets])

    async def do_contact_edit(self) -> None:
        """Change what is known of them."""
        from deskterm.ui.dialogs.form import Field, Form

        view = self.view
        if view is None:
            return
        before = {
            "name": view.line.name,
            "organization": view.line.organization,
            "zone": view.zone,
            "notes": view.notes,
        }
        fields = [
            Field("name", "Name", before["name"], required="a contact needs a name"),
            Field("organization", "Organization", before["organization"], help="added when there is none"),
            Field("zone", "Time zone", before["zone"], placeholder="Europe/Madrid", check=_zone_fault),
            Field("notes", "Notes", before["notes"], lines=5, help="for agents, beside every ticket"),
        ]
        answer = await self.ask(Form("Change contact", fields, detail=view.line.address))
        if answer is None:
            return
        changed = {name: text.strip() for name, text in answer.items() if text.strip() != before[name]}
        if changed:
            given = changed.get
            command = c.SaveContact(
                view.line.id, given("name"), given("organization"), given("zone"), notes=given("notes")
            )
            self.run_command(command)
        else:
            self.status("Nothing was changed")

    def do_contact_vip(self) -> None:
        """Mark as VIP, or take the mark away."""
        if self.view is not None:
            self.run_command(c.SaveContact(self.view.line.id, vip=not self.view.line.vip))

    def do_contact_organization(self) -> None:
        """Show their organization."""
        from deskterm.ui.screens.organization import OrganizationScreen

        if self.view is None or self.view.organization is None:
            key = self.desk.keymap.key_of("contact.edit")
            self.status("They belong to no organization", hint=f"{key} change")
        else:
            self.app.push_screen(OrganizationScreen(self.view.organization))

    async def do_contact_address(self) -> None:
        """Add an address."""
        from deskterm.ui.dialogs.prompt import Prompt

        view = self.view
        if view is None:
            return
        form = Prompt(
            "Add an address",
            "address",
            placeholder="ana@example.com",
            required="an address is needed",
            detail=view.line.name,
            help="mail from it takes part in their tickets",
        )
        answer = await self.ask(form)
        if answer is not None:
            self.run_command(c.AddContactAddress(view.line.id, answer["text"]))

    async def do_contact_remove_address(self) -> None:
        """Remove one of their addresses, which is chosen where there are several."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        view = self.view
        if view is None:
            return
        if len(view.addresses) == 1:
            self.status(f"{view.addresses[0]} is their only address", error=True)
            return
        choices = [Choice(address, clean_line(address, 200)) for address in view.addresses]
        detail = "tickets written from it are no longer theirs; u takes it back"
        chosen = await self.ask(
            Choose(f"Remove which address of {clean_line(view.line.name, 40)}", choices, detail=detail)
        )
        if chosen is not None:
            self.run_command(c.RemoveContactAddress(view.line.id, chosen.value))

    async def do_contact_merge(self) -> None:
        """Merge into another contact, who is chosen from all."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose
        from deskterm.ui.dialogs.prompt import Prompt

        view = self.view
        if view is None:
            return
        form = Prompt(
            "Merge into",
            "find",
            value=view.line.name if view.line.name != view.line.address else "",
            help="words of whom to merge into: name, address or organization",
            detail=f"{view.line.name} <{view.line.address}>",
            verb="find",
        )
        answer = await self.ask(form)
        if answer is None:
            return
        try:
            found = await asyncio.to_thread(self.store.contacts, answer["text"])
        except DeskError as error:
            self.load_failed(error)
            return
        others = [line for line in found if line.id != view.line.id]
        if not others:
            self.status("Nobody else is found by that", error=True)
            return
        choices = [
            Choice(line.id, clean_line(f"{line.name}  {line.address}", 90), line.organization)
            for line in others
        ]
        detail = "their addresses and tickets become those of whom you choose; u takes it back"
        chosen = await self.ask(
            Choose(f"Merge {clean_line(view.line.name, 40)} into", choices, detail=detail)
        )
        if chosen is not None:
            self.run_command(c.MergeContacts(view.line.id, chosen.value))


def _zone_fault(text: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        if text.strip():
            ZoneInfo(text.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "no time zone is called so: such as Europe/Madrid"
    return ""
