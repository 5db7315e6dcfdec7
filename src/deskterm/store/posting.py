"""Posting: what a sending process takes from the outbox, and what it says became of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from deskterm.domain import mail_guard
from deskterm.domain.events import Change
from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail import Address
from deskterm.domain.mail_settings import read_sender
from deskterm.domain.outgoing import (
    FEWEST,
    GIVE_UP,
    MAIL,
    WEBHOOK,
    WORDS_LIMIT,
    Outgoing,
    OutgoingHook,
    OutState,
    pause,
)
from deskterm.domain.people import DESK, Actor
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal, stamp
from deskterm.domain.ticket import Attachment
from deskterm.storage import dead_addresses, journal, merged, outbox, reads, sides, tickets
from deskterm.storage import mail as kept
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.scope import Scope, known_to
from deskterm.store import sending, side_posting, siding

if TYPE_CHECKING:
    from deskterm.storage.codec import Row
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher, Walk

POSTMAN = Actor(None, "outbox")
"""Whom the trail names when something was sent, or could not be."""

REFERENCES = 20
"""Ids of earlier mails that a mail names: enough for every program to thread by."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt. `words` are what the server said.

    `dead` are addresses that do not exist; `left` those that it has still to go to, where others have it.
    """

    sent: bool = False
    permanent: bool = False
    words: str = ""
    dead: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


# Taking


def next_mails(
    dispatcher: Dispatcher,
    holder: str,
    span: timedelta,
    *,
    senders: Collection[str] | None,
    not_senders: Collection[str],
    most: int = 1,
) -> tuple[Outgoing, ...]:
    """Take the next mails that are due, at most so many. What must not be sent any more is withheld."""

    def work(connection: Connection) -> tuple[bool, list[Outgoing]]:
        rows = outbox.claim(
            connection,
            MAIL,
            holder,
            dispatcher.now(),
            span,
            senders=senders,
            not_senders=not_senders,
            default=_desk_sender(dispatcher, connection),
            most=most,
        )
        # Who sent these died before that was told: they have left, and do not leave again.
        _settle_sent(dispatcher, connection, [row for row in rows if row["sent_at"] is not None])
        found = []
        for row in (row for row in rows if row["sent_at"] is None):
            try:
                mail = _mail(dispatcher, connection, row)
            except (ValueError, LookupError, TypeError) as error:
                # Whatever is wrong with one row, it stands in no other mail's way.
                outbox.put(connection, row["id"], OutState.FAILED, error=f"it cannot be written: {error}")
                continue
            if isinstance(mail, str):
                outbox.put(connection, row["id"], OutState.CANCELLED, error=mail)
            else:
                found.append(mail)
        return bool(rows), found

    while True:
        taken, found = _written(dispatcher, work, MAIL) or (False, [])
        if found or not taken:
            return tuple(found)


def _written(dispatcher: Dispatcher, work: Any, kind: str) -> Any:
    """Write only when there may be something to take: nobody's write waits for a look."""
    with dispatcher.database.read() as connection:
        due = outbox.next_due(connection, kind)
    if due is None or due > dispatcher.now():
        return None
    return dispatcher.database.write(work)


def _desk_sender(dispatcher: Dispatcher, connection: Connection) -> str:
    return dispatcher.policies.current(connection).mail_of("").sender or ""


def _mail(dispatcher: Dispatcher, connection: Connection, row: Row) -> Outgoing | str:
    """Return everything a row's mail says, or why it is not sent after all."""
    policy, directory = dispatcher.policies.current(connection), dispatcher.directory(connection)
    ticket = tickets.load(connection, row["ticket"]) if row["ticket"] is not None else None
    settings = sending.settings_of(policy, directory, ticket) if ticket is not None else policy.mail_of("")
    said = row["sender"] or settings.sender or policy.mail_of("").sender or ""
    if not said:
        return "no outgoing mail for this queue"
    sender = read_sender(said)
    if ticket is not None and ticket.voided:
        return "the ticket was taken back"
    to, cc = _people(row)
    live = {
        address.casefold() for _, address in _pairs(row) if not dead_addresses.is_dead(connection, address)
    }
    if not live:
        return "mail came back from every address it was for"
    if row["attempts"] == 1 and row["message"] is None and not row["auto"]:
        # A reminder or a rule's word to an agent answers nobody, and yet must not go round in circles.
        times = outbox.times_about(
            connection, row["ticket"], row["target"], dispatcher.now() - mail_guard.LONGEST_SPAN
        )
        why = mail_guard.why_silent(mail_guard.Written(about_this=times[1:]), dispatcher.now(), answers=False)
        if why:
            return why
    side = sides.of_message(connection, row["message"]) if row["message"] is not None else None
    if side is not None:
        return side_posting.outgoing(connection, row, side, settings.signature or "", sender, to, live)
    text, files = row["text"], tuple[Attachment, ...]()
    if row["message"] is not None:
        message = tickets.public_message(connection, row["message"])
        if message is None:
            return "the message was taken back"
        text = message
        files = kept.parts_of(connection, [row["message"]]).get(row["message"], ())
    message_id = row["message_id"]
    if not message_id:
        domain = sender.address.rpartition("@")[2]
        message_id = sending.id_of(connection, row["ticket"], row["id"], domain)
        outbox.put(
            connection,
            row["id"],
            OutState.SENDING,
            message_id=message_id,
            lease=row["lease"],
            lease_until=row["lease_until"],
        )
    # What a reminder says to an agent is no letter: it is neither signed nor answered into the ticket.
    ours = row["message"] is not None or bool(row["auto"])
    if settings.signature and ours:
        text = f"{text.rstrip()}\n\n-- \n{settings.signature}"
    earlier = _earlier(connection, row, ticket.absorbed if ticket is not None else ())
    theirs = [one for one, from_requester in earlier if from_requester]
    ids = [one for one, _ in earlier]
    return Outgoing(
        row["id"],
        message_id,
        sender,
        to,
        cc,
        tuple(sorted(live)),
        row["subject"],
        text,
        from_ms(row["at"]),
        row["attempts"],
        (theirs or ids or [""])[-1],
        tuple(ids),
        bool(row["auto"]) or row["message"] is None,
        files,
        kept.sure_signer(connection).marker(ticket.number) if ticket is not None and ours else "",
    )


def _pairs(row: Row) -> list[tuple[str, str]]:
    if not row["recipients"]:
        return [("", row["target"])]
    people = json.loads(row["recipients"])
    pairs = [(name, address) for name, address in (*people["to"], *people["cc"])]
    left = people.get("left")
    return pairs if left is None else [pair for pair in pairs if pair[1].casefold() in left]


def _people(row: Row) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    if not row["recipients"]:
        return (Address("", row["target"]),), ()
    people = json.loads(row["recipients"])
    to, cc = (tuple(Address(name, address) for name, address in people[part]) for part in ("to", "cc"))
    return to, cc


def _earlier(connection: Connection, row: Row, absorbed: Collection[int]) -> list[tuple[str, bool]]:
    if row["ticket"] is None:
        return []
    numbers = [row["ticket"]]
    if absorbed:
        numbers += merged.absorbed(connection, row["ticket"], known_to(()))
    before = row["message"] if row["message"] is not None else 2**62
    return kept.ids_of(connection, numbers, before, REFERENCES)


def next_hook(dispatcher: Dispatcher, holder: str, span: timedelta) -> OutgoingHook | None:
    """Take the next webhook that is due; None when none is."""

    def work(connection: Connection) -> OutgoingHook | None:
        rows = outbox.claim(connection, WEBHOOK, holder, dispatcher.now(), span)
        if not rows:
            return None
        [row] = rows
        directory = dispatcher.directory(connection)
        states = dispatcher.policies.states(connection)
        sqlite = dispatcher.database.sqlite
        scope = Scope(DESK, directory, dispatcher.now(), UTC, sqlite, states=states)
        about = reads.one_row(connection, scope, row["ticket"]) if row["ticket"] is not None else None
        ticket = tickets.load(connection, row["ticket"]) if about is not None else None
        queue = directory.queues.get(ticket.queue) if ticket is not None else None
        return OutgoingHook(
            row["id"],
            row["target"],
            row["rule"],
            from_ms(row["at"]),
            about,
            queue.key if queue is not None else "",
            row["attempts"],
        )

    found: OutgoingHook | None = _written(dispatcher, work, WEBHOOK)
    return found


# What became of it


def settle(
    dispatcher: Dispatcher, number: int, holder: str, result: Result, chance: float
) -> OutState | None:
    """Record an attempt; None when it was not this process's any more."""
    return dispatcher.database.write(
        lambda connection: _settle(dispatcher, connection, number, holder, result, chance)
    )


def _settle(
    dispatcher: Dispatcher, connection: Connection, number: int, holder: str, result: Result, chance: float
) -> OutState | None:
    held = outbox.held_by(connection, (number,), holder)
    if not held:
        return None
    [row] = held
    now, words = dispatcher.now(), clean_line(result.words, WORDS_LIMIT).strip()
    if result.sent and not result.left:
        outbox.put(connection, number, OutState.SENT, sent_at=row["sent_at"] or to_ms(now), error="")
        _told(dispatcher, connection, row, OutState.SENT, words, result)
        return OutState.SENT
    late = now - from_ms(row["at"]) > GIVE_UP and row["attempts"] >= FEWEST
    if result.permanent or late:
        outbox.put(connection, number, OutState.FAILED, error=words)
        _told(dispatcher, connection, row, OutState.FAILED, words, result)
        return OutState.FAILED
    values: dict[str, Any] = {"error": words, "next_at": to_ms(now + pause(row["attempts"], chance))}
    if result.left and row["recipients"]:
        people = json.loads(row["recipients"]) | {"left": [address.casefold() for address in result.left]}
        values["recipients"] = json.dumps(people)
    outbox.put(connection, number, OutState.WAITING, **values)
    if row["attempts"] == 1:
        # The first failure is told, so that screens show it; those after it change no more than a figure.
        _told(dispatcher, connection, row, OutState.WAITING, words, result)
    return OutState.WAITING


def settle_sent(dispatcher: Dispatcher, numbers: Collection[int], holder: str) -> None:
    """Record in one go that a server has taken mails; what is not this process's any more stays as it is."""
    dispatcher.database.write(
        lambda connection: _settle_sent(dispatcher, connection, outbox.held_by(connection, numbers, holder))
    )


def _settle_sent(dispatcher: Dispatcher, connection: Connection, rows: Collection[Row]) -> None:
    if not rows:
        return
    walk, now = dispatcher.walk(connection, POSTMAN), dispatcher.now()
    if len(rows) > 1:
        said = f"Sent {len(rows)} mails"
        walk.command = journal.new_command(
            connection, "Send", actor=None, via=POSTMAN.via, at=to_ms(walk.now), summary=said
        )
    outbox.put_sent(connection, [row["id"] for row in rows], now)
    for row in rows:
        _told(dispatcher, connection, row, OutState.SENT, "", Result(sent=True), walk)


def _told(
    dispatcher: Dispatcher,
    connection: Connection,
    row: Row,
    state: OutState,
    words: str,
    result: Result,
    walk: Walk | None = None,
) -> None:
    """Put on the ticket's history what became of a mail; a failure also as a note that is to be read."""
    walk = walk or dispatcher.walk(connection, POSTMAN)
    whom = ", ".join(address for _, address in _pairs(row)) or row["target"]
    what = "webhook" if row["kind"] == WEBHOOK else "mail"
    said = {
        OutState.SENT: f"Sent a {what} to {whom}",
        OutState.FAILED: f"Could not send a {what} to {whom}",
        OutState.WAITING: f"A {what} to {whom} waits to be tried again",
    }[state]
    walk.command = walk.command or journal.new_command(
        connection, "Send", actor=None, via=POSTMAN.via, at=to_ms(walk.now), summary=said
    )
    kind = {OutState.SENT: "mailed", OutState.FAILED: "mail_failed", OutState.WAITING: "mail_waits"}[state]
    change = Change(f"outbox:{row['id']}", outbox.QUEUED, state.value)
    ticket = tickets.load(connection, row["ticket"]) if row["ticket"] is not None else None
    more = (change, *stamp(f"{what} to {whom}" + (f": {words}" if words and state != OutState.SENT else "")))
    note = _note(what, whom, words, state, result)
    side = sides.of_message(connection, row["message"]) if row["message"] is not None else None
    if ticket is None or ticket.voided:
        if state is not OutState.SENT:
            walk.append(None, kind, more)
    elif side is not None:
        siding.warn(walk, side, kind, (*more, *_dead(walk, side.ticket, result, words)), note)
    else:
        more += _dead(walk, ticket.number, result, words)
        message = NewMessage(MessageKind.INTERNAL, note) if note else None
        walk.carry_out(ticket, ticket.number, ticket.requester, Proposal(kind, more, message))
    dispatcher.database.notify(connection, walk.seq)


def _note(what: str, whom: str, words: str, state: OutState, result: Result) -> str:
    if state is OutState.FAILED:
        why = f": {words}" if words else ""
        return f"The {what} to {whom} could not be sent{why}\n\nIt stays in the outbox, to be tried again."
    if state is OutState.SENT and result.refused:
        return f"The mail was sent, but not to {', '.join(result.refused)}: {words}"
    return ""


def _dead(walk: Walk, ticket: int, result: Result, words: str) -> tuple[Change, ...]:
    """Remember addresses that the server says do not exist: nothing more is sent there without a word."""
    changes = []
    for address in result.dead:
        number = dead_addresses.note(walk.connection, address, words, ticket, walk.now)
        before = dead_addresses.state_of(walk.connection, number)
        if before != dead_addresses.DEAD:
            changes.append(Change(f"dead:{number}", before, dead_addresses.DEAD))
    return tuple(changes)
