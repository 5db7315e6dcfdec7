"""What a time brings a store's actor: reminders, recurring tickets; and saying that they are here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from deskterm.domain.errors import NotFound
from deskterm.domain.views import RecurringLine, ReminderLine, Word
from deskterm.storage import mentions, recurring, sessions, ticket_reads, workplace

if TYPE_CHECKING:
    from deskterm.domain.commands import Create
    from deskterm.domain.people import Actor
    from deskterm.storage.database import Connection, Database
    from deskterm.storage.scope import Scope

Result = TypeVar("Result")

RANG_WITHIN = timedelta(hours=12)
"""How long a reminder that rang stays in the list."""


class TimesDoor:
    """The part of the store that is about times: what rings, what is opened again, whose screen is open."""

    actor: Actor
    database: Database
    now: Callable[[], datetime]
    _me: Callable[[], int]
    _read: Callable[[Callable[[Connection, Scope], Result]], Result]

    def reminders(self) -> tuple[ReminderLine, ...]:
        """Return the actor's reminders: pending, and those that rang lately."""
        since = self.now() - RANG_WITHIN
        return self._read(lambda connection, scope: ticket_reads.my_reminders(connection, scope, since))

    def see_reminders(self, *, ticket: int | None = None, reminder: int | None = None) -> bool:
        """Remember that the actor has seen what rang, about a ticket or one by id; says if any was."""
        agent, now = self._me(), self.now()
        return self.database.write(
            lambda connection: workplace.see_reminders(
                connection, agent, now, ticket=ticket, reminder=reminder
            )
        )

    def words(self, after: int) -> tuple[Word, ...]:
        """Return what was said to the actor after a message: mentions, and customers on what they follow."""
        return self._read(lambda connection, scope: tuple(mentions.words(connection, scope, after)))

    def newest_message(self) -> int:
        """Return the newest message there is."""
        return self._read(lambda connection, scope: mentions.newest(connection))

    def recurring(self) -> tuple[RecurringLine, ...]:
        """Return the recurring tickets of the queues the actor may know of, the next one first."""
        return self._read(recurring.lines)

    def beat(self, token: str) -> None:
        """Say that a screen of the actor's is open: what rings is not mailed then. Raises StorageError."""
        agent, now = self.actor.id, self.now()
        if agent is not None:
            self.database.write(lambda connection: sessions.beat(connection, token, agent, now))

    def leave(self, token: str) -> None:
        """Say that a screen was closed. Raises StorageError."""
        self.database.write(lambda connection: sessions.leave(connection, token))

    def recurring_ticket(self, number: int) -> Create:
        """Return what the tickets of a recurring one are opened with. Raises NotFound."""
        from deskterm.store.recurring import ticket_of

        def work(connection: Connection, scope: Scope) -> Create:
            kind = recurring.kind(connection, number)
            if kind is None or not kind.active or kind.queue in scope.hidden:
                raise NotFound(f"there is no recurring ticket {number}", field="recurring")
            return ticket_of(kind, scope.directory.queues[kind.queue].key)

        return self._read(work)
