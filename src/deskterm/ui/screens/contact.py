"""One contact: addresses, organization, notes and tickets; changed, merged and given addresses by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment

from deskterm.domain import commands as c
from deskterm.domain.contacts import ContactView
from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Row
from deskterm.domain.plain import clean_line
from deskterm.ui.keymap import SCREENS
from deskterm.ui.screens.party import PartyScreen, ticket_line
from deskterm.ui.theme import Palette
from deskterm.ui.widgets.message_lines import Line


class ContactScreen(PartyScreen[ContactView]):
    """What is known of a contact, above their tickets with a cursor."""

    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["contact"]
    CALLED = "Contact"
    NOTES = 6
    HISTORY = 3

    def load(self) -> ContactView:
        """Read the contact."""
        return self.store.contact(self.number)

    @property
    def here(self) -> Row | None:
        """The ticket under the cursor."""
        rows = self.view.tickets if self.view is not None else ()
        return rows[self.at] if self.at < len(rows) else None

    def count(self) -> int:
        """Say how many of their tickets are listed."""
        return len(self.view.tickets) if self.view is not None else 0

    def facts(self, view: ContactView) -> Iterator[tuple[str, str]]:
        """Yield their addresses, organization and time zone."""
        yield "Addresses", ", ".join(view.addresses)
        if view.line.organization:
            yield "Organization", view.line.organization
        if view.zone:
            yield "Time zone", view.zone

    def sums(self, view: ContactView) -> Iterator[tuple[str, str]]:
        """Yield how many tickets they have."""
        line, shown = view.line, len(view.tickets)
        more = f", the newest {shown}" if shown < line.tickets else ""
        yield "Tickets", f"{line.tickets:,}, {line.active:,} of them active{more}"

    def listed(self, view: ContactView, look: Palette, width: int) -> tuple[list[Line], int]:
        """Return their tickets, newest first."""
        if not view.tickets:
            return [[Segment("  No tickets that you may see.", look.muted)]], 0
        rows = enumerate(view.tickets)
        return [ticket_line(row, at == self.at, look, width) for at, row in rows], self.at

    # Keys

    def do_contact_down(self) -> None:
        """Go to the next ticket."""
        self.move(1)

    def do_contact_up(self) -> None:
        """Go to the ticket before."""
        self.move(-1)

    def do_contact_top(self) -> None:
        """Go to the newest ticket."""
        self.move(-self.count())

    def do_contact_bottom(self) -> None:
        """Go to the oldest ticket."""
        self.move(self.count())

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
