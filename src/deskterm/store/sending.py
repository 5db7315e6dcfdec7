"""Sending: what a change says to the outside, put into the outbox in the transaction of that change."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from deskterm.domain import mail_guard
from deskterm.domain.delivery import is_nobody
from deskterm.domain.events import Change
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.mail import Address
from deskterm.domain.mail_identity import AUTOMATIC
from deskterm.domain.mail_settings import filled, write_sender
from deskterm.domain.outgoing import MAIL
from deskterm.domain.plain import clean_line
from deskterm.domain.recipients import Recipients, recipients
from deskterm.domain.sides import KINDS
from deskterm.storage import dead_addresses, merged, outbox, people, tickets
from deskterm.storage import mail as kept
from deskterm.storage.scope import known_to

if TYPE_CHECKING:
    from deskterm.domain.mail_settings import MailSettings
    from deskterm.domain.policy import Policy
    from deskterm.domain.proposal import NewMessage
    from deskterm.domain.ticket import Ticket
    from deskterm.storage.database import Connection
    from deskterm.storage.people import Directory
    from deskterm.store.dispatch import Walk

SUBJECT_LIMIT = 200
RULE = "rule"

_REPLIED = re.compile(r"^\s*((re|aw|sv|antw|fwd|fw|wg)\s*(\[\d+\])?\s*:\s*)+", re.I)
_LINK = re.compile(r"://|www\.|@|\w\.[a-z]{2,}", re.I)


def who_gets(connection: Connection, policy: Policy, directory: Directory, ticket: Ticket) -> Recipients:
    """Return who gets what is answered on a ticket, as it is now."""
    requester, _ = people.requester(connection, ticket.requester)
    inside = merged.absorbed(connection, ticket.number, known_to(())) if ticket.absorbed else []
    others = merged.participants(connection, inside, ticket.ccs, but=ticket.requester)
    return recipients(
        settings_of(policy, directory, ticket).address,
        Address(requester.name, requester.address),
        (Address(name, address) for name, address in others),
        own=policy.own_addresses,
        is_dead=lambda address: dead_addresses.is_dead(connection, address),
    )


def settings_of(policy: Policy, directory: Directory, ticket: Ticket) -> MailSettings:
    """Return how the mail of a ticket's queue leaves."""
    queue = directory.queues.get(ticket.queue)
    return policy.mail_of(queue.key if queue is not None else "")


# What agents and rules write


def letter(walk: Walk, number: int, message: int, new: NewMessage) -> tuple[Change, ...]:
    """Queue the mail of a message that was just stored; nothing but a public one to the customer ever is.

    On a desk that sends mail, a message that nobody gets says why.
    """
    if new.kind is not MessageKind.PUBLIC or new.requester or not walk.policy.sends_mail:
        return ()
    ticket = tickets.load(walk.connection, number)
    if ticket is None or walk.actor.via == "import":
        return ()
    found = who_gets(walk.connection, walk.policy, walk.directory, ticket)
    to, cc, why = found.to, found.cc, found.why
    auto = RULE if new.agent is None else ""
    if auto and not why:
        # What the desk says by itself goes to one address alone.
        to, cc = to[:1], ()
        why = why_silent(walk, ticket, to[0].address)
    if why:
        outbox.add(
            walk.connection,
            MAIL,
            "",
            ticket=number,
            rule="",
            at=walk.now,
            message=message,
            error=why,
            auto=auto,
        )
        return ()
    assert found.sender is not None
    domain = found.sender.address.rpartition("@")[2]
    message_id = kept.sure_signer(walk.connection).message_id(number, message, domain)
    kept.add_id(walk.connection, message_id, number, message)
    return queued(
        walk,
        ticket,
        found.sender,
        to,
        cc,
        subject=subject_of(ticket),
        message=message,
        message_id=message_id,
        auto=auto,
        wait=walk.policy.undo_send,
    )


def subject_of(ticket: Ticket) -> str:
    """Return the subject of an answer: what it is about once, and the ticket's number at its end."""
    number = f"[#{ticket.number}]"
    about = _REPLIED.sub("", clean_line(ticket.subject)).replace(number, "").strip()
    return f"Re: {clean_line(about or 'your request', SUBJECT_LIMIT)} {number}"


def queued(
    walk: Walk,
    ticket: Ticket,
    sender: Address,
    to: tuple[Address, ...],
    cc: tuple[Address, ...],
    *,
    subject: str,
    wait: int,
    message: int | None = None,
    message_id: str = "",
    text: str = "",
    auto: str = "",
) -> tuple[Change, ...]:
    """Put a mail into the outbox, to leave after so many seconds; returns the change that lets it."""
    number = outbox.add(
        walk.connection,
        MAIL,
        to[0].address.casefold(),
        ticket=ticket.number,
        rule="",
        at=walk.now,
        subject=subject,
        text=text,
        message=message,
        message_id=message_id,
        sender=write_sender(sender),
        recipients=outbox.people_text(to, cc),
        auto=auto,
        next_at=walk.now + timedelta(seconds=wait),
    )
    return (Change(f"outbox:{number}", None, outbox.QUEUED),)


# What the desk says by itself


def why_silent(walk: Walk, ticket: Ticket, address: str, machine: str = "") -> str:
    """Say why the desk says nothing by itself to an address, "" when it may."""
    connection, now = walk.connection, walk.now
    machine = machine or kept.written_by_machine(connection, ticket.number)
    if not machine and is_nobody(address):
        machine = "nobody reads at this address"
    written = mail_guard.Written(
        outbox.automatic_to(connection, address, now - mail_guard.HOUR),
        outbox.automatic_in_all(connection, now - mail_guard.HOUR),
        outbox.times_about(connection, ticket.number, address, now - mail_guard.LONGEST_SPAN),
    )
    return mail_guard.why_silent(written, now, machine=machine)


def say(walk: Walk, ticket: Ticket, what: str, *, wait: int = 0, machine: str = "") -> tuple[Change, ...]:
    """Queue what the desk says by itself, by the name of its template, or keep why it does not.

    It goes to the ticket's requester alone, and repeats nothing that a customer wrote but harmless words.
    """
    settings = settings_of(walk.policy, walk.directory, ticket)
    template = settings.template(what)
    if not settings.sender or not template:
        return ()
    requester, _ = people.requester(walk.connection, ticket.requester)
    found = recipients(
        settings.address,
        Address(requester.name, requester.address),
        (),
        own=walk.policy.own_addresses,
        is_dead=lambda address: dead_addresses.is_dead(walk.connection, address),
    )
    if "@" not in requester.address:
        return ()
    why = found.why or why_silent(walk, ticket, requester.address, machine)
    name = harmless(requester.name)
    queue = walk.directory.queues.get(ticket.queue)
    values = {
        "ticket.number": str(ticket.number),
        "ticket.subject": harmless(ticket.subject) or "your request",
        "requester.name": name,
        "requester.first_name": name.split()[0] if name else "",
        "queue.name": queue.name if queue is not None else "",
    }
    subject = f"Re: {harmless(_REPLIED.sub('', ticket.subject)) or 'your request'} [#{ticket.number}]"
    text = filled(template, values)
    if why:
        outbox.add(
            walk.connection,
            MAIL,
            requester.address.casefold(),
            ticket=ticket.number,
            rule="",
            at=walk.now,
            subject=subject,
            text=text,
            auto=what,
            error=why,
        )
        return ()
    assert found.sender is not None
    return queued(walk, ticket, found.sender, found.to, (), subject=subject, text=text, auto=what, wait=wait)


def harmless(text: str) -> str:
    """Return words that a stranger may have chosen, "" when they could lead somewhere."""
    said = clean_line(text, 100).strip()
    return "" if _LINK.search(said) else said


def id_of(walk_or_connection: Connection, ticket: int | None, number: int, domain: str) -> str:
    """Return the id of a mail of the outbox that carries no message."""
    return kept.sure_signer(walk_or_connection).message_id(ticket or 0, AUTOMATIC + number, domain)


def opened(walk: Walk, number: int, machine: str) -> None:
    """Confirm a ticket that came by mail to its requester, once; `machine` is why nobody reads there."""
    if not walk.policy.sends_mail:
        return
    ticket = tickets.load(walk.connection, number)
    if ticket is not None and not ticket.voided:
        _record(walk, ticket, say(walk, ticket, "confirmation", machine=machine))


def after(walk: Walk) -> None:
    """Tell requesters what was done without a word to them: solved, closed in silence, escalated."""
    if not walk.policy.sends_mail:
        return
    for number, one in walk.all_touched().items():
        before, ticket = one.before, tickets.load(walk.connection, number)
        if ticket is None or ticket.voided:
            continue
        was = before.state if before is not None else State.NEW
        # What was said to others beside it is no word to the requester.
        changes = [change for event in one.events if event.kind not in KINDS for change in event.changes]
        spoken = any(change.field.startswith("outbox:") and change.after for change in changes)
        what = ""
        if ticket.state is State.SOLVED and was is not State.SOLVED and not spoken:
            what = "solved"
        elif before is None:
            # That it is there at all is what its requester is told first.
            continue
        elif ticket.state is State.CLOSED and was is State.SOLVED:
            what = "auto_closed" if ticket.close_reason == "no answer" else ""
        elif any(change.field == "escalated" and change.after for change in changes) and not spoken:
            what = "escalated"
        if what:
            _record(walk, ticket, say(walk, ticket, what, wait=walk.policy.undo_send))


def _record(walk: Walk, ticket: Ticket, changes: tuple[Change, ...]) -> None:
    if changes:
        walk.apply(ticket, ticket.number, "answered", changes)
