"""Setting mail aside: what cannot be handled, or is too much, goes to quarantine with its bytes and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.events import Change
from deskterm.domain.people import Actor
from deskterm.domain.plain import clean_line
from deskterm.domain.quarantine import MORE, SAID_LIMIT
from deskterm.storage import journal, quarantine
from deskterm.storage.codec import to_ms
from deskterm.store import flooding

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher
    from deskterm.store.receiving import Delivery

VIA = "email"


def set_aside(
    dispatcher: Dispatcher, delivery: Delivery, reason: str, flood: flooding.Flood | None = None
) -> Received:
    """Put a mail that was read into quarantine; people are warned of a flood once."""
    mail = delivery.mail
    sender = mail.sender.address if mail.sender is not None else ""
    return quarantined(
        dispatcher,
        delivery.raw,
        reason,
        mailbox=delivery.mailbox,
        sender=sender,
        subject=mail.subject,
        flood=flood,
    )


def quarantined(
    dispatcher: Dispatcher,
    raw: bytes,
    reason: str,
    *,
    mailbox: Mailbox,
    sender: str = "",
    subject: str = "",
    size: int | None = None,
    flood: flooding.Flood | None = None,
) -> Received:
    """Put a mail's bytes into quarantine with the reason, the same bytes once. Raises StorageError."""

    def work(connection: Connection) -> Received:
        told = flood is not None and flooding.was_told(connection, sender, dispatcher.now())
        number, new = quarantine.add(
            connection,
            raw,
            clean_line(reason, SAID_LIMIT),
            mailbox=mailbox.name,
            queue=(flood.queue if flood is not None else "") or mailbox.queue or "",
            sender=clean_line(sender, SAID_LIMIT),
            subject=clean_line(subject, SAID_LIMIT),
            size=len(raw) if size is None else size,
            at=dispatcher.now(),
        )
        if new:
            walk = dispatcher.walk(connection, Actor(None, VIA))
            summary = f"Put mail {number} into quarantine"
            walk.command = journal.new_command(
                connection, "Quarantine", actor=None, via=VIA, at=to_ms(walk.now), summary=summary
            )
            kind = MORE if told else "quarantine"
            walk.append(None, kind, (Change(f"quarantine:{number}", None, quarantine.WAITING),))
            if flood is not None and not told:
                flooding.warn(walk, flood)
            dispatcher.database.notify(connection, walk.seq)
        return Received(Became.QUARANTINED, reason=reason, quarantined=number)

    return dispatcher.database.write(work)
