"""The part of the store that is about contacts: who they are, found by what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from deskterm.domain.contacts import ContactLine, ContactView
from deskterm.domain.errors import NotFound
from deskterm.domain.organizations import OrganizationLine, OrganizationView
from deskterm.storage import contact_reads, organizations

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher

Result = TypeVar("Result")


class ContactsDoor:
    """What a store says of contacts."""

    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Result]], Result]

    def contacts(self, text: str = "", limit: int = contact_reads.MOST) -> tuple[ContactLine, ...]:
        """Return the contacts whose name, addresses or organization hold each word of a text, by name."""
        return self._read(lambda connection, scope: contact_reads.lines(connection, scope, text, limit))

    def contact(self, number: int) -> ContactView:
        """Return all that is known of a contact. Raises NotFound when the actor may not know of them."""
        found = self._read(lambda connection, scope: contact_reads.one(connection, scope, number))
        if found is None:
            raise NotFound("there is no such contact", field="contact")
        return found

    def contacts_called(self, who: str) -> tuple[int, ...]:
        """Return the contacts (ids) that an address or a whole name means."""
        return self._read(lambda connection, scope: contact_reads.called(connection, scope, who))

    def organizations(self, text: str = "", limit: int = organizations.MOST) -> tuple[OrganizationLine, ...]:
        """Return the organizations whose name or a mail domain holds each word of a text, by name."""
        return self._read(lambda connection, scope: organizations.lines(connection, scope, text, limit))

    def organization(self, number: int) -> OrganizationView:
        """Return all that is known of an organization. Raises NotFound."""
        found = self._read(
            lambda connection, scope: organizations.one(
                connection, scope, self._dispatcher.policies.current(connection), number
            )
        )
        if found is None:
            raise NotFound("there is no such organization", field="organization")
        return found

    def organizations_called(self, name: str) -> tuple[int, ...]:
        """Return the organizations (ids) of a name."""
        return self._read(lambda connection, scope: organizations.called(connection, scope, name))
