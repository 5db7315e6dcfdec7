"""Whose ticket it is: from a ticket to the contact who asks, and to their organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.ui.screens.base import DeskScreen

if TYPE_CHECKING:
    from deskterm.domain.views import TicketView


class Whose(DeskScreen):
    """The actions on the requester, for the screen of a ticket."""

    view: TicketView | None

    def do_reading_requester(self) -> None:
        """Show who asks, with their other tickets."""
        from deskterm.ui.screens.contact import ContactScreen

        if self.view is not None:
            self.app.push_screen(ContactScreen(self.view.ticket.requester))

    def do_reading_organization(self) -> None:
        """Show the organization of who asks."""
        from deskterm.ui.screens.organization import OrganizationScreen

        person = self.view.person if self.view is not None else None
        if person is None or person.organization is None:
            key = self.desk.keymap.key_of("reading.requester")
            self.status("The requester belongs to no organization", hint=f"{key} contact")
        else:
            self.app.push_screen(OrganizationScreen(person.organization))
