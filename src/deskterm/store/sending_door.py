"""The part of the store that is about what leaves the house: who gets a mail, and the outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskterm.domain.errors import NotFound
from deskterm.domain.outgoing import PENDING, OutState

if TYPE_CHECKING:
    from deskterm.domain.mail import Address
    from deskterm.domain.outgoing import OutboxLine, Outgoing, OutgoingHook
    from deskterm.domain.people import Actor
    from deskterm.domain.recipients import Recipients
    from deskterm.storage.database import Connection, Database
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher
    from deskterm.store.posting import Result


class SendingDoor:
    """What a store does with what is to be sent; how it is sent is somebody else's work."""

    database: Database
    actor: Actor
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

    def side_recipients(self, number: int, side: int | None, more: Sequence[Address] = ()) -> Recipients:
        """Return exactly who would get a mail of a side conversation (None: a new one), and who of `more`.

        Raises NotFound.
        """
        from deskterm.storage import sides, tickets
        from deskterm.store import siding

        def work(connection: Connection, scope: Scope) -> Recipients:
            ticket = tickets.load(connection, number, tuple(scope.hidden))
            found = sides.one(connection, side) if side is not None else None
            if ticket is None or ticket.voided or (side is not None and found is None):
                raise NotFound(f"there is no ticket #{number}", field="ticket")
            policy = self._dispatcher.policies.current(connection)
            people = (*(found.people if found is not None else ()), *more)
            return siding.who_gets(connection, policy, scope.directory, ticket, people)

        found: Recipients = self._read(work)
        return found

    # The outbox

    def outbox(self, states: Collection[OutState] = PENDING) -> tuple[OutboxLine, ...]:
        """Return what waits, is being sent or failed (or is in other states), failures first."""
        from deskterm.storage import outbox

        def work(connection: Connection, scope: Scope) -> tuple[OutboxLine, ...]:
            return tuple(outbox.lines(connection, tuple(scope.hidden), states))

        found: tuple[OutboxLine, ...] = self._read(work)
        return found

    def retry_outgoing(self, number: int) -> None:
        """Let something that waits or failed be sent as soon as somebody can. Raises NotFound, Refused."""
        self._decide(number, OutState.WAITING)

    def cancel_outgoing(self, number: int) -> None:
        """Take something out of the outbox before it leaves. Raises NotFound, Refused."""
        self._decide(number, OutState.CANCELLED)

    def _decide(self, number: int, state: OutState) -> None:
        from deskterm.store import outbox_decisions

        self.database.write(
            lambda connection: outbox_decisions.decide(
                self._dispatcher, connection, self.actor, number, state
            )
        )
        self._nudge()

    # For whoever sends

    def next_mails(
        self,
        holder: str,
        span: timedelta,
        *,
        senders: Collection[str] | None = None,
        not_senders: Collection[str] = (),
        most: int = 1,
    ) -> tuple[Outgoing, ...]:
        """Take the next mails that are due, for so long and at most so many; empty when none is."""
        from deskterm.store import posting

        return posting.next_mails(
            self._dispatcher, holder, span, senders=senders, not_senders=not_senders, most=most
        )

    def mark_sent(self, number: int, holder: str) -> bool:
        """Keep that a server has taken a mail, to be settled with others; False when it is another's."""
        from deskterm.storage import outbox

        now = self._dispatcher.now()
        return self.database.write(lambda connection: outbox.mark_sent(connection, number, holder, now))

    def settle_sent(self, numbers: Collection[int], holder: str) -> None:
        """Record that a server has taken these mails."""
        from deskterm.store import posting

        posting.settle_sent(self._dispatcher, numbers, holder)
        self._nudge()

    def give_back(self, numbers: Sequence[int], holder: str) -> None:
        """Let others take what was taken here and not tried."""
        from deskterm.storage import outbox

        self.database.write(lambda connection: outbox.give_back(connection, numbers, holder))
        self._nudge()

    def next_hook(self, holder: str, span: timedelta) -> OutgoingHook | None:
        """Take the next webhook that is due, for so long; None when none is."""
        from deskterm.store import posting

        return posting.next_hook(self._dispatcher, holder, span)

    def settle_outgoing(self, number: int, holder: str, result: Result, chance: float) -> OutState | None:
        """Record what became of an attempt; None when it is not this process's any more."""
        from deskterm.store import posting

        state = posting.settle(self._dispatcher, number, holder, result, chance)
        self._nudge()
        return state

    def next_outgoing(self, kind: str) -> datetime | None:
        """Return when the next mail or webhook falls due, None when nothing waits."""
        from deskterm.storage import outbox

        with self.database.read() as connection:
            return outbox.next_due(connection, kind)

    def file_bytes(self, digest: str) -> bytes:
        """Return the bytes of a file by its SHA-256, for a mail that carries it."""
        from deskterm.storage import blobs

        with self.database.read() as connection:
            return blobs.get(connection, digest)
