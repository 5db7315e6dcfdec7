"""The part of the store that helps to write: macros, and what their placeholders stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskterm.domain.actions import Macro
    from deskterm.domain.people import Actor
    from deskterm.domain.policy import Policy
    from deskterm.domain.views import TicketView


class WritingDoor:
    """What a store knows for whoever writes."""

    actor: Actor
    ticket: Callable[..., Any]

    if TYPE_CHECKING:

        @property
        def policy(self) -> Policy:
            """The policy that holds now."""

    def macros(self) -> tuple[Macro, ...]:
        """Return the desk's macros, in the order of its policy."""
        return self.policy.macros

    def macro_values(self, number: int) -> dict[str, str]:
        """Return what placeholders stand for on a ticket, for the actor. Raises NotFound."""
        from deskterm.domain.macros import values_of

        view: TicketView = self.ticket(number, messages=1)
        return values_of(view, self.actor.agent)
