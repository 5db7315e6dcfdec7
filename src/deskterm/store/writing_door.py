"""The part of the store that helps to write: macros, and what their placeholders stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskterm.domain.actions import Macro
    from deskterm.domain.people import Actor
    from deskterm.domain.policy import Policy
    from deskterm.domain.views import TicketView
    from deskterm.storage.database import Database


class WritingDoor:
    """What a store knows for whoever writes."""

    actor: Actor
    database: Database
    ticket: Callable[..., Any]

    if TYPE_CHECKING:

        @property
        def policy(self) -> Policy:
            """The policy that holds now."""

    def macros(self) -> tuple[Macro, ...]:
        """Return the desk's macros, in the order of its policy."""
        return self.policy.macros

    def news(self, seen: Mapping[int, int]) -> tuple[TicketView, ...]:
        """Return those tickets that others wrote on after a version, each with what is new alone."""
        from deskterm.storage import tickets

        me = self.actor.id
        with self.database.read() as connection:
            counts = {
                number: tickets.newer_messages(connection, number, version, me)
                for number, version in seen.items()
            }
        found = (self.ticket(number, messages=count) for number, count in counts.items() if count)
        return tuple(found)

    def macro_values(self, number: int) -> dict[str, str]:
        """Return what placeholders stand for on a ticket, for the actor. Raises NotFound."""
        from deskterm.domain.macros import values_of

        view: TicketView = self.ticket(number, messages=1)
        return values_of(view, self.actor.agent)
