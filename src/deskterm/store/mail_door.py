"""The part of the store that is about mail: taking it in, its files, the quarantine, leases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskterm.domain.decide import not_allowed
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.errors import DeskError, NotFound, Refused, StorageError
from deskterm.domain.people import Role
from deskterm.domain.quarantine import STORED, WAITING, Quarantined
from deskterm.domain.ticket import Attachment

if TYPE_CHECKING:
    from deskterm.domain.mail import Mail
    from deskterm.storage.database import Connection, Database
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Dispatcher

ReadMail = Callable[[bytes], "Mail"]
"""Reads the bytes of a mail within limits. Raises DeskError with the reason when it cannot."""


class MailDoor:
    """What a store does with mail; how it is read, and which mailboxes there are, is given from outside."""

    database: Database
    read_mail: ReadMail | None = None
    mailbox_named: Callable[[str], Mailbox | None] | None = None
    _dispatcher: Dispatcher
    _read: Callable[[Callable[[Connection, Scope], Any]], Any]
    _nudge: Callable[[], None]

    def receive_mail(
        self,
        mail: Mail,
        raw: bytes,
        mailbox: Mailbox | None = None,
        *,
        past: datetime | None = None,
        asked: bool = False,
    ) -> Received:
        """Take a mail in, whose ticket is opened or found; what the desk refuses goes to quarantine.

        A second delivery changes nothing. `past` brings old mail in as history; with `asked` a person brings
        it, and there is no flood. Raises StorageError: then nothing happened, and the mail is to be offered
        again.
        """
        from deskterm.store import receiving

        delivery = receiving.Delivery(mail, raw, mailbox or Mailbox(), past, asked)
        received = receiving.receive(self._dispatcher, delivery)
        self._nudge()
        return received

    def deliver(self, raw: bytes, mailbox: Mailbox | None = None, *, asked: bool = False) -> Received:
        """Read the bytes of a mail and take it in; what cannot be read goes to quarantine with the reason."""
        if self.read_mail is None:
            raise Refused("this process does not read mail")
        try:
            mail = self.read_mail(raw)
        except StorageError:
            raise
        except DeskError as error:
            return self.set_aside(raw, error.message, mailbox)
        return self.receive_mail(mail, raw, mailbox, asked=asked)

    def set_aside(
        self,
        raw: bytes,
        reason: str,
        mailbox: Mailbox | None = None,
        *,
        sender: str = "",
        subject: str = "",
        size: int | None = None,
    ) -> Received:
        """Put a mail into quarantine; `size` is how large it is when `raw` is not all of it."""
        from deskterm.store import setting_aside

        received = setting_aside.quarantined(
            self._dispatcher,
            raw,
            reason,
            mailbox=mailbox or Mailbox(),
            sender=sender,
            subject=subject,
            size=size,
        )
        self._nudge()
        return received

    # The quarantine

    def quarantine(self) -> tuple[Quarantined, ...]:
        """Return the mails that wait for a person, the newest first. Raises NotAllowed for viewers."""
        from deskterm.storage import quarantine

        def work(connection: Connection, scope: Scope) -> tuple[Quarantined, ...]:
            _may_look(scope)
            queues, hidden = scope.directory.queues.values(), scope.hidden
            return tuple(one for one in quarantine.waiting(connection) if one.is_known_in(queues, hidden))

        found: tuple[Quarantined, ...] = self._read(work)
        return found

    def quarantined(self, number: int) -> tuple[Quarantined, bytes]:
        """Return a mail in quarantine and its bytes. Raises NotFound."""
        from deskterm.storage import quarantine

        def work(connection: Connection, scope: Scope) -> tuple[Quarantined, bytes]:
            _may_look(scope)
            found = quarantine.one(connection, number)
            if found is None or not found.is_known_in(scope.directory.queues.values(), scope.hidden):
                raise NotFound(f"there is no mail {number} in quarantine", field="mail")
            return found, quarantine.raw(connection, number)

        found: tuple[Quarantined, bytes] = self._read(work)
        return found

    def retry_mail(self, number: int) -> Received:
        """Try again to take in a mail from quarantine; when that fails it stays, with the new reason."""
        from deskterm.storage import quarantine

        held, raw = self.quarantined(number)
        if held.state != WAITING:
            raise Refused(f"mail {number} is {held.state} already", field="mail")
        if held.size > len(raw):
            raise Refused(
                f"mail {number} was too large to fetch: only its head is here", hint="ask its sender for less"
            )
        known = self.mailbox_named(held.mailbox) if self.mailbox_named is not None else None
        box = known or Mailbox(held.mailbox, held.queue or None)
        received = self.deliver(raw, box, asked=True)

        def settle(connection: Connection) -> None:
            if received.became is Became.QUARANTINED:
                quarantine.put_reason(connection, number, received.reason)
            else:
                quarantine.put_state(connection, number, STORED, received.ticket)

        self.database.write(settle)
        return received

    # What hangs on messages

    def attachment(self, message: int, place: int) -> tuple[Attachment, bytes]:
        """Return a file of a message, by its place there, and its bytes. Raises NotFound."""
        from deskterm.storage import blobs
        from deskterm.storage import mail as kept

        def work(connection: Connection, scope: Scope) -> tuple[Attachment, bytes]:
            _known(connection, scope, message)
            files = kept.parts_of(connection, [message]).get(message, ())
            if not 0 <= place < len(files):
                raise NotFound(f"message {message} has no file {place}", field="attachment")
            return files[place], blobs.get(connection, files[place].digest)

        found: tuple[Attachment, bytes] = self._read(work)
        return found

    def whole_text(self, message: int) -> str:
        """Return all the text of the mail a message came as, "" when the message is all there is."""
        from deskterm.storage import mail as kept

        def work(connection: Connection, scope: Scope) -> str:
            _known(connection, scope, message)
            return kept.whole_text(connection, message)

        found: str = self._read(work)
        return found

    def raw_mail(self, message: int) -> bytes:
        """Return the bytes of the mail a message came as. Raises NotFound when it came by no mail."""
        from deskterm.storage import blobs
        from deskterm.storage import mail as kept

        def work(connection: Connection, scope: Scope) -> bytes:
            _known(connection, scope, message)
            digest = kept.raw_digest(connection, message)
            if digest is None:
                raise NotFound(f"message {message} came by no mail", field="message")
            return blobs.get(connection, digest)

        found: bytes = self._read(work)
        return found

    def dead_addresses(self) -> tuple[tuple[str, str, int | None], ...]:
        """Return the addresses that mail came back from, with why and the ticket it was about."""
        from deskterm.storage import dead_addresses

        def work(connection: Connection, scope: Scope) -> tuple[tuple[str, str, int | None], ...]:
            return tuple(dead_addresses.all_dead(connection, scope.hidden))

        found: tuple[tuple[str, str, int | None], ...] = self._read(work)
        return found

    # Who fetches

    def mailbox_place(self, name: str) -> tuple[int, int] | None:
        """Return how far a mailbox was read: its UIDVALIDITY and the last UID; None when it never was."""
        from deskterm.storage import mail as kept

        with self.database.read() as connection:
            return kept.place_in(connection, name)

    def keep_mailbox_place(self, name: str, uid_validity: int, uid: int) -> None:
        """Remember how far a mailbox was read."""
        from deskterm.storage import mail as kept

        self.database.write(lambda connection: kept.put_place(connection, name, uid_validity, uid))

    def take_lease(self, name: str, holder: str, span: timedelta) -> bool:
        """Take or renew the right to do what only one process may; False when another has it."""
        from deskterm.storage import leases

        now = self._dispatcher.now()
        return self.database.write(lambda connection: leases.take(connection, name, holder, now, span))

    def give_lease_back(self, name: str, holder: str) -> None:
        """Let another process have it at once."""
        from deskterm.storage import leases

        self.database.write(lambda connection: leases.give_back(connection, name, holder))


def _may_look(scope: Scope) -> None:
    if not scope.actor.may(Role.AGENT):
        raise not_allowed(scope.actor, "look into the quarantine", Role.AGENT)


def _known(connection: Connection, scope: Scope, message: int) -> None:
    """Raise NotFound unless the actor may know of a message's ticket."""
    from deskterm.storage import mail as kept
    from deskterm.storage import tickets

    number = kept.place_of(connection, message)
    found = tickets.load(connection, number, tuple(scope.hidden)) if number is not None else None
    if found is None or found.voided:
        raise NotFound(f"there is no message {message}", field="message")
