"""One organization: its people and tickets, what is known of it, and the SLA policies that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment

from deskterm.domain import commands as c
from deskterm.domain.contacts import ContactLine
from deskterm.domain.lists import Row
from deskterm.domain.organizations import OrganizationView
from deskterm.ui.keymap import SCREENS
from deskterm.ui.safe import fit
from deskterm.ui.screens.party import PartyScreen, inked, ticket_line
from deskterm.ui.theme import Palette
from deskterm.ui.widgets.message_lines import Line


class OrganizationScreen(PartyScreen[OrganizationView]):
    """What is known of an organization, above its people and its newest tickets with a cursor."""

    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["organization"]
    CALLED = "Organization"
    NOTES = 4
    HISTORY = 2

    def load(self) -> OrganizationView:
        """Read the organization."""
        return self.store.organization(self.number)

    @property
    def things(self) -> tuple[ContactLine | Row, ...]:
        """What the cursor goes over: people first, then tickets."""
        return (*self.view.people, *self.view.tickets) if self.view is not None else ()

    def count(self) -> int:
        """Say how many people and tickets are listed."""
        return len(self.things)

    def facts(self, view: OrganizationView) -> Iterator[tuple[str, str]]:
        """Yield its mail domains and the SLA policies that ask for it."""
        if view.domains:
            yield "Mail domains", ", ".join(view.domains)
        for at, (policy, when) in enumerate(view.policies):
            yield "SLA policy" if at == 0 else "", f"{policy}  ({when})"
        if not view.policies:
            yield "SLA policy", "none asks for it: that of every ticket holds"

    def listed(self, view: OrganizationView, look: Palette, width: int) -> tuple[list[Line], int]:
        """Return its people and then its tickets, each under a title."""
        lines: list[Line] = []
        cursor = 0
        for place, thing in enumerate(self.things):
            if place in (0, len(view.people)):
                lines += [*([[]] if lines else []), self._title(view, thing, look)]
            if place == self.at:
                cursor = len(lines)
            person = isinstance(thing, ContactLine)
            line = _person_line if person else ticket_line
            lines.append(line(thing, place == self.at, look, width))  # type: ignore[arg-type]
        if not lines:
            return [[Segment("  Nobody and no ticket that you may see.", look.muted)]], 0
        # With the first line of the list, its title is in sight too.
        return lines, cursor if cursor > 1 else 0

    def _title(self, view: OrganizationView, thing: ContactLine | Row, look: Palette) -> Line:
        line = view.line
        if isinstance(thing, ContactLine):
            shown = f", the first {len(view.people)}" if len(view.people) < line.people else ""
            return [Segment(f"  PEOPLE  {line.people:,}{shown}", look.label)]
        shown = f", the newest {len(view.tickets)}" if len(view.tickets) < line.tickets else ""
        words = f"  TICKETS  {line.tickets:,}, {line.active:,} of them active{shown}"
        return [Segment(words, look.label)]

    # Keys

    def do_organization_down(self) -> None:
        """Go to the next line."""
        self.move(1)

    def do_organization_up(self) -> None:
        """Go to the line before."""
        self.move(-1)

    def do_organization_top(self) -> None:
        """Go to the first of its people."""
        self.move(-self.count())

    def do_organization_bottom(self) -> None:
        """Go to the oldest ticket."""
        self.move(self.count())

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


def _person_line(line: ContactLine, chosen: bool, look: Palette, width: int) -> Line:
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
    return inked(parts, chosen, look)
