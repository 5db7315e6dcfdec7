"""The part of the store that is about what leaves the house: who gets a mail, and the outbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deskterm.domain.errors import NotFound

if TYPE_CHECKING:
    from deskterm.domain.recipients import Recipients
    from deskterm.storage.database import Connection, Database
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher


class SendingDoor:
    """What a store does with what is to be sent; how it is sent is somebody else's work."""

    database: Database
    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Any]], Any]
    _nudge: Callable[[], None]

    def recipients(self, number: int) -> Recipients:
        """Return exactly who would get a reply on a ticket now, or why nobody does. Raises NotFound."""
        from deskterm.storage import tickets
        from deskterm.store import sending

        def work(connection: Connection, scope: Scope) -> Recipients:
            ticket = tickets.load(connection, number, tuple(scope.hidden))
            if ticket is None or ticket.voided:
                raise NotFound(f"there is no ticket #{number}", field="ticket")
            policy = self._dispatcher.policies.current(connection)
            return sending.who_gets(connection, policy, scope.directory, ticket)

        found: Recipients = self._read(work)
        return found
