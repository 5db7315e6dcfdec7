"""Receiving mail: threading, the ticket, its files and the mail's id, in one transaction.

What a mail asks for that the desk refuses goes to quarantine with its bytes; only storage may fail, and then
nothing happened and the mail is to be offered again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain import delivery as d
from deskterm.domain.decide import authorise, decide
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.errors import DeskError, StorageError, Unstorable
from deskterm.domain.events import Change
from deskterm.domain.kinds import MAY_BELONG, MessageKind, State
from deskterm.domain.lifecycle import state_changes
from deskterm.domain.mail_threading import Thread, Verdict
from deskterm.domain.people import Actor, Agent
from deskterm.domain.proposal import NewMessage, Proposal, changed, stamp
from deskterm.domain.sides import Side
from deskterm.domain.triage import opening
from deskterm.domain.wording import outcome
from deskterm.storage import blobs, contacts, journal, merged, people, tickets
from deskterm.storage import mail as kept
from deskterm.storage.scope import known_to
from deskterm.store import (
    asking,
    assigning,
    bouncing,
    closing,
    flooding,
    following,
    merging,
    placing,
    processes,
    rule_runner,
    sending,
    siding,
)
from deskterm.store.setting_aside import set_aside

if TYPE_CHECKING:
    from deskterm.domain.mail import Mail
    from deskterm.domain.mail_identity import Signer
    from deskterm.domain.ticket import Attachment, Ticket
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher, Walk

VIA = "email"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail on its way in.

    `past` is when an old mail was received that is brought in as history: its ticket is closed, and it moves
    and sets off nothing. None is a mail that arrives now. `asked` says that a person brings it in.
    """

    mail: Mail
    raw: bytes
    mailbox: Mailbox
    past: datetime | None = None
    asked: bool = False


def receive(dispatcher: Dispatcher, delivery: Delivery) -> Received:
    """Take a mail in, or put it into quarantine. Raises StorageError; then nothing happened."""
    database, identity = dispatcher.database, delivery.mail.identity
    with database.read() as connection:
        known = kept.message_of(connection, identity)
    if known is not None:
        return Received(Became.KNOWN, *known)
    try:
        return database.write(lambda connection: _Intake(dispatcher, connection, delivery).run())
    except StorageError as error:
        if isinstance(error, Unstorable):
            # Offered again, it would fail again, and hold up all that come after it.
            return set_aside(dispatcher, delivery, error.message)
        raise
    except flooding.Flood as flood:
        return set_aside(dispatcher, delivery, flood.message, flood)
    except DeskError as error:
        return set_aside(dispatcher, delivery, error.message)


class _Intake:
    """One mail inside its transaction."""

    def __init__(self, dispatcher: Dispatcher, connection: Connection, delivery: Delivery) -> None:
        self.dispatcher = dispatcher
        self.connection = connection
        self.delivery = delivery
        self.mail = delivery.mail
        self.walk = self._walk(Actor(None, VIA if delivery.past is None else "import"))
        box = delivery.mailbox
        self.mailbox = replace(box, addresses=(*box.addresses, *self.walk.policy.own_addresses))
        self.signer: Signer = kept.sure_signer(connection)
        self.automatic = d.why_automatic(self.mail, self.mailbox)
        if delivery.past is not None:
            self.automatic = self.automatic or "imported"
        self.agent: Agent | None = None
        sender = self.mail.sender
        self.own = delivery.past is not None and sender is not None and self.mailbox.owns(sender.address)
        """Whether it is old mail that the desk itself sent."""

    def _walk(self, actor: Actor) -> Walk:
        walk = self.dispatcher.walk(self.connection, actor)
        if self.delivery.past is not None:
            walk.now = min(walk.now, self.delivery.past.replace(microsecond=0))
        return walk

    def run(self) -> Received:
        """Say what became of it."""
        known = kept.message_of(self.connection, self.mail.identity)
        if known is not None:
            return Received(Became.KNOWN, *known)
        own = self.signer.read_id(self.mail.message_id)
        if own is not None and own.authentic:
            # A mail of ours came back, by a list or a copy to ourselves: everybody has it already.
            return Received(Became.KNOWN, own.ticket or None)
        if self.mail.is_bounce:
            return self._bounced()
        return self._taken()

    # What came back

    def _bounced(self) -> Received:
        walk = self.walk
        found = bouncing.about(walk, self.mail, self.signer)
        if found is None:
            raise bouncing.Unknown("it says that a mail came back which this desk did not send")
        raw = blobs.put(self.connection, self.delivery.raw)
        if isinstance(found.where, Side):
            flooding.guard_beside(walk, self.delivery, found.where, "")
        else:
            flooding.guard(walk, self.delivery, None, found.where)
        number = bouncing.file(walk, self.mail, found)
        self._finish(walk)
        return self._kept(walk, Became.BOUNCED, number, raw, Thread(Verdict.JOINS, number))

    # What somebody wrote

    def _taken(self) -> Received:
        sender = self.mail.sender
        if sender is None or not sender.address:
            raise bouncing.Unknown("it does not say who sent it")
        if d.is_verified(self.mail, self.mailbox):
            self.agent = placing.colleague(self.walk.directory.agents.values(), sender.address)
        mine = kept.requesters_with(self.connection, sender.address)
        takes_part = partial(self._takes_part, mine=mine)
        thread = placing.thread(self.connection, self.mail, self.signer, sender.address, takes_part)
        files = tuple(blobs.put(self.connection, part.content) for part in self.mail.attachments)
        raw = blobs.put(self.connection, self.delivery.raw)
        hung = d.files_of(self.mail, files)
        if thread.verdict is not Verdict.JOINS:
            return self._open(thread, hung, raw)
        if thread.side:
            return self._join_side(thread, hung, raw)
        if self.own:
            return self._own_words(thread, hung, raw)
        if self.agent is not None:
            return self._reply(self.agent, thread, hung, raw)
        return self._join(thread, hung, raw)

    def _own_words(self, thread: Thread, files: tuple[Attachment, ...], raw: str) -> Received:
        """File what the desk itself wrote long ago as its reply; by whom is not known any more."""
        walk = self.walk
        ticket = merging.heir(walk, walk.load(thread.ticket))
        walk.now = max(walk.now, ticket.updated_at)
        text, _ = d.text_of(self.mail)
        walk.begin(c.Reply((ticket.number,), text), f"Filed a reply on #{ticket.number}")
        message = NewMessage(MessageKind.PUBLIC, text, channel=VIA, attachments=files)
        walk.carry_out(ticket, ticket.number, ticket.requester, Proposal("replied", (), message))
        return self._kept(walk, Became.JOINED, ticket.number, raw, thread)

    def _takes_part(self, number: int, mine: set[int]) -> bool | None:
        """Say whether the sender takes part in a ticket or the one it was merged into; None for no ticket."""
        ticket = tickets.load(self.connection, number)
        if ticket is None or ticket.voided:
            return None
        if self.own:
            return True
        ways = merged.survivors(self.connection, number)
        heir = tickets.load(self.connection, ways[-1]) if ways else ticket
        heir = heir or ticket
        if self.agent is not None:
            queue = self.walk.directory.queues.get(heir.queue)
            return queue is not None and (not queue.confidential or queue.id in self.agent.queues)
        taking = {ticket.requester, heir.requester} | ticket.ccs | heir.ccs
        if not mine.isdisjoint(taking):
            return True
        inside = merged.absorbed(self.connection, heir.number, known_to(())) if heir.absorbed else []
        return not mine.isdisjoint(merged.people_of(self.connection, inside))

    def _requester(self) -> int:
        sender = self.mail.sender
        assert sender is not None
        return people.requester_id(self.connection, sender.name, sender.address)

    def _open(self, thread: Thread, files: tuple[Attachment, ...], raw: str) -> Received:
        walk, sender = self.walk, self.mail.sender
        assert sender is not None
        text, _ = d.text_of(self.mail)
        command = c.Create(
            d.subject_of(self.mail),
            sender.address,
            sender.name,
            text=text,
            queue=self.mailbox.queue,
            channel=VIA,
            tags=(d.FORGED_TAG,) if thread.verdict is Verdict.FORGED else (),
            attachments=files,
        )
        requester = self._requester()
        flooding.guard(walk, self.delivery, requester, beside=thread.ticket)
        proposal = opening(command, requester, walk.situation())
        more: tuple[Change, ...] = ()
        if thread.verdict is Verdict.MAY_BELONG:
            proposal, more = self._beside(thread, proposal)
        more += stamp(thread.why) + self._ccs(requester, frozenset(), None)
        number = tickets.next_number(self.connection)
        walk.begin(command, outcome(command, (number,), {}, {}, None))
        walk.carry_out(None, number, requester, replace(proposal, changes=(*proposal.changes, *more)))
        self._finish(walk, intake=True)
        return self._kept(walk, Became.CREATED, number, raw, thread)

    def _beside(self, thread: Thread, proposal: Proposal) -> tuple[Proposal, tuple[Change, ...]]:
        """Link the new ticket to the one it may belong to; a confidential one keeps it in its queue."""
        ways = merged.survivors(self.connection, thread.ticket)
        other = tickets.load(self.connection, ways[-1] if ways else thread.ticket)
        assert other is not None
        queue = self.walk.directory.queues.get(other.queue)
        changes = proposal.changes
        if queue is not None and queue.confidential:
            changes = tuple(
                Change("queue", None, queue.id) if change.field == "queue" else change for change in changes
            )
        link = Change("links", None, ((MAY_BELONG, other.number),))
        return replace(proposal, changes=changes), (link,)

    def _join(self, thread: Thread, files: tuple[Attachment, ...], raw: str) -> Received:
        walk = self.walk
        asked = walk.load(thread.ticket)
        ticket = merging.heir(walk, asked)
        # Old mail that comes to a ticket late is filed at its end: nothing is older than what was before it.
        walk.now = max(walk.now, ticket.updated_at)
        text, _ = d.text_of(self.mail)
        command = c.Receive((ticket.number,), text, VIA, files, self.automatic)
        requester = self._requester()
        walk.begin(command, "")
        opens = following.would(walk, command, ticket)
        flooding.guard(walk, self.delivery, requester, None if opens else ticket, ticket.number)
        became, number = Became.FOLLOWED_UP, following.begun(walk, command, ticket, requester)
        if number is None:
            became, number = Became.JOINED, ticket.number
            proposal = decide(command, ticket, walk.situation(**asking.known(walk, command, number)))
            assert proposal is not None
            more = stamp(f"to #{asked.number}") if asked is not ticket else ()
            if thread.authentic:
                # A number in a subject can be guessed: it brings in nobody whom the desk would answer.
                more += self._ccs(ticket.requester, ticket.ccs | {requester}, ticket)
            walk.carry_out(ticket, number, requester, replace(proposal, changes=(*proposal.changes, *more)))
        summary = outcome(command, (number,), *walk.names(), None)
        journal.rename_command(self.connection, walk.command, summary)
        self._finish(walk)
        return self._kept(walk, became, number, raw, thread)

    def _join_side(self, thread: Thread, files: tuple[Attachment, ...], raw: str) -> Received:
        """File an answer in a side conversation, whoever in it wrote it."""
        number = siding.receive(self.walk, self.delivery, self.mailbox, thread.side, files, self.automatic)
        self._finish(self.walk)
        return self._kept(self.walk, Became.BESIDE, number, raw, thread)

    def _reply(self, agent: Agent, thread: Thread, files: tuple[Attachment, ...], raw: str) -> Received:
        """File what an agent answered by mail as the reply it is, with the rights they have."""
        walk = self.walk = self._walk(Actor(agent, VIA))
        ticket = merging.heir(walk, walk.load(thread.ticket))
        text, _ = d.text_of(self.mail)
        if self.automatic:
            command: c.TicketCommand = c.Note((ticket.number,), f"{text}\n\n(automatic: {self.automatic})")
        else:
            command = c.Reply((ticket.number,), text, attachments=files)
        authorise(command, walk.actor)
        walk.begin(command, outcome(command, (ticket.number,), *walk.names(), agent.id))
        proposal = decide(command, ticket, walk.situation())
        assert proposal is not None
        walk.carry_out(ticket, ticket.number, ticket.requester, proposal)
        self._finish(walk)
        return self._kept(walk, Became.JOINED, ticket.number, raw, thread)

    def _ccs(self, requester: int, held: frozenset[int], ticket: Ticket | None) -> tuple[Change, ...]:
        """Return the change that makes CCs of those the mail was sent to as well."""
        if self.automatic:
            return ()
        found: list[int] = []
        around = contacts.same_people(self.connection, {requester, *held})
        sender = self.mail.sender.address if self.mail.sender is not None else ""
        colleagues = (agent.address for agent in self.walk.directory.agents.values() if agent.address)
        for one in d.copied(self.mail, self.mailbox, (sender, *colleagues)):
            if len(held) + len(found) >= d.MOST_CCS:
                break
            number = people.requester_id(self.connection, one.name, one.address)
            if number not in around:
                found.append(number)
                around |= contacts.same_people(self.connection, (number,))
        return (Change("ccs", () if ticket is not None else None, tuple(sorted(found))),) if found else ()

    # The end of every way

    def _finish(self, walk: Walk, *, intake: bool = False) -> None:
        """Do what follows from the change; from history nothing does, and it is closed."""
        if self.delivery.past is not None:
            for touched in tuple(walk.touched.values()):
                if touched.before is None and touched.ticket is not None:
                    self._closed(walk, touched.ticket)
            return
        rule_runner.after(walk, intake=intake)
        processes.after(walk)
        closing.after(walk)
        assigning.after(walk)
        sending.after(walk)

    def _closed(self, walk: Walk, ticket: Ticket) -> None:
        """End a ticket of the past. Nobody measured it, so no clock of it counts."""
        ended = changed(ticket, close_reason="withdrawn")
        changes = (*state_changes(ticket, State.CLOSED, walk.now), *ended, *stamp("imported"))
        walk.settle(walk.apply(ticket, ticket.number, "closed", changes))

    def _kept(self, walk: Walk, became: Became, number: int, raw: str, thread: Thread) -> Received:
        """Remember what the message came as."""
        message = _first_message(walk, number)
        mail = self.mail
        kept.add_mail(
            self.connection,
            message,
            message_id=mail.message_id,
            mailbox=self.mailbox.name,
            raw=raw,
            text=mail.text if became is Became.BOUNCED else d.text_of(mail)[1],
            auto=self.automatic,
            dated=mail.date,
        )
        kept.add_id(self.connection, mail.identity, number, message)
        if self.delivery.past is None and became in (Became.CREATED, Became.FOLLOWED_UP):
            sending.opened(walk, number, self.automatic)
        self.dispatcher.database.notify(self.connection, walk.seq)
        address = mail.sender.address if mail.sender is not None else ""
        return Received(became, number, message, thread, address, self.automatic)


def _first_message(walk: Walk, number: int) -> int:
    """Return the message that this walk added to a ticket first: rules may have added others after it."""
    for event in walk.touched[number].events:
        for change in event.changes:
            if change.field == "message" and change.after is not None:
                return int(change.after)
    raise AssertionError("a mail is always a message")
