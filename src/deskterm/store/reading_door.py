"""The part of the store that long conversations are read through: as much as is looked at, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from deskterm.domain.process_lines import Stepped, step_lines
from deskterm.storage import process_fields, ticket_reads, tickets
from deskterm.storage.scope import visible

if TYPE_CHECKING:
    from deskterm.domain.assignment import Waits
    from deskterm.domain.events import Event
    from deskterm.domain.sla import Clock
    from deskterm.domain.views import TicketView
    from deskterm.storage.database import Connection
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher

Result = TypeVar("Result")


class ReadingDoor:
    """What a store says of a conversation that is being read."""

    ticket: Callable[..., Any]
    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Result]], Result]

    def conversation(self, number: int, messages: int, known: TicketView | None = None) -> TicketView:
        """Return a ticket with its newest messages (0: all) and what happened since the first of them.

        Where nothing happened since `known` was read, its messages and events are taken from it. When its
        clocks are not `judged`, `judged_clocks` has them. Raises NotFound.
        """
        return self._read(
            lambda connection, scope: ticket_reads.ticket_view(
                connection,
                scope,
                self._dispatcher.policies.current(connection),
                number,
                messages,
                whole=False,
                known=known,
            )
        )

    def history(self, number: int) -> tuple[Event, ...]:
        """Return a ticket's audit trail. Raises NotFound when the actor may not know of it."""
        view: TicketView = self.ticket(number, messages=1)
        return view.events

    def followed(self, numbers: Collection[int]) -> dict[int, tuple[str, str, int]]:
        """Return of tickets the process each follows, the step it is at, and how many steps were skipped."""
        return self._read(
            lambda connection, scope: process_fields.followed(connection, numbers, visible(scope))
        )

    def stepped(self, numbers: Collection[int]) -> tuple[Stepped, ...]:
        """Return tickets with their steps, in the order asked for, but those the actor may not know of."""

        def work(connection: Connection, scope: Scope) -> tuple[Stepped, ...]:
            policy, names = self._dispatcher.policies.current(connection), scope.logins
            found = tickets.load_all(connection, numbers, visible(scope))
            there = [found[number] for number in numbers if number in found]
            return tuple(Stepped(ticket, step_lines(ticket, policy, names)) for ticket in there)

        return self._read(work)

    def waits(self, number: int) -> Waits | None:
        """Say why nobody has been given a ticket yet, where its queue or a rule gives it out; else None.
        Raises NotFound."""
        from deskterm.store import assigning

        walk = self._dispatcher.walk
        return self._read(lambda connection, scope: assigning.waits(walk(connection, scope.actor), number))

    def judged_clocks(self, number: int) -> tuple[int, tuple[Clock, ...]]:
        """Return a ticket's version and its clocks, with each reply that came too late. Raises NotFound."""
        return self._read(
            lambda connection, scope: ticket_reads.ticket_clocks(
                connection, scope, self._dispatcher.policies.current(connection), number
            )
        )
