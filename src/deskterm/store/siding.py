"""Side conversations in their transaction: written, answered, come back, with the ticket they are beside.

All of one stays with the ticket it began on, so that taking a merged ticket apart gives it back; where that
was merged into another, an event there says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain import commands as c
from deskterm.domain import delivery as d
from deskterm.domain import sides as domain
from deskterm.domain.decide import decide
from deskterm.domain.errors import NotFound
from deskterm.domain.events import Change
from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail import Address
from deskterm.domain.proposal import NewMessage, Proposal, stamp
from deskterm.domain.sides import Side
from deskterm.domain.views import SIDE
from deskterm.storage import dead_addresses, merged, sides, tickets, workplace
from deskterm.storage import mail as kept
from deskterm.storage.scope import known_to
from deskterm.store import flooding, merging, sending

if TYPE_CHECKING:
    from deskterm.domain.policy import Policy
    from deskterm.domain.recipients import Recipients
    from deskterm.domain.ticket import Attachment, Ticket
    from deskterm.storage.database import Connection
    from deskterm.storage.people import Directory
    from deskterm.store.dispatch import Walk
    from deskterm.store.receiving import Delivery

COMMANDS = (c.StartSide, c.ReplySide, c.EndSide)


class Written(NamedTuple):
    """A message of a side conversation that is to be stored: who wrote it, and whom it brings in."""

    side: Side
    message: NewMessage
    writer: Address | None = None
    people: tuple[Address, ...] = ()


# Who gets it


def who_gets(
    connection: Connection, policy: Policy, directory: Directory, ticket: Ticket, people: Collection[Address]
) -> Recipients:
    """Return who of these would get a mail of a side conversation of a ticket, as it is now."""
    return domain.side_recipients(
        sending.settings_of(policy, directory, ticket).address,
        people,
        taking_part(connection, ticket),
        own=policy.own_addresses,
        is_dead=lambda address: dead_addresses.is_dead(connection, address),
    )


def taking_part(connection: Connection, ticket: Ticket) -> Callable[[str], bool]:
    """Return what says whether an address is of somebody who takes part in the ticket itself.

    That is everybody whom a reply goes to, or would where it is read: requester, CCs, those of merged ones.
    """
    ways = merged.survivors(connection, ticket.number)
    heir = (tickets.load(connection, ways[-1]) if ways else None) or ticket
    inside = merged.absorbed(connection, heir.number, known_to(())) if heir.absorbed else []
    theirs = {ticket.requester, heir.requester} | ticket.ccs | heir.ccs
    theirs |= merged.people_of(connection, inside)

    def takes_part(address: str) -> bool:
        return not kept.requesters_with(connection, address).isdisjoint(theirs)

    return takes_part


# What agents do


def carry_out(walk: Walk, command: c.StartSide | c.ReplySide | c.EndSide, number: int) -> int | None:
    """Carry a command out beside a ticket; returns the ticket, None when nothing happened."""
    asked = walk.load(number)
    if isinstance(command, c.StartSide):
        people = command.to
        whom = who_gets(walk.connection, walk.policy, walk.directory, asked, people)
        proposal = decide(command, asked, walk.situation(whom=whom))
        assert proposal is not None
        subject, agent = domain.subject_line(command.subject), walk.actor.id
        begun = sides.add(walk.connection, number, subject, agent, walk.now)
        side = Side(
            begun, number, sides.ref_of(walk.connection, begun), subject, True, people, walk.now, agent
        )
        opened = Change(f"side:{begun}", None, domain.OPEN)
        _send(walk, asked, side, proposal, whom, people, opened)
        tickets.drop_draft(walk.connection, agent or 0, number, SIDE)
        return number
    found = _side(walk, asked, command.side)
    if found is None:
        raise NotFound(f"#{number} has no side conversation {command.side}", field="side")
    home = walk.load(found.ticket)
    heir = merging.heir(walk, home)
    if isinstance(command, c.EndSide):
        proposal = decide(command, home, walk.situation(side=found))
        if proposal is None:
            return None
        walk.apply(home, home.number, proposal.kind, proposal.changes)
        _say_in_heir(walk, home, proposal.kind)
        return number
    people = tuple(dict.fromkeys((*found.people, *command.also)))
    whom = who_gets(walk.connection, walk.policy, walk.directory, heir, people)
    unseen = 0
    if command.seen is not None:
        unseen = tickets.newer_messages(walk.connection, home.number, command.seen, walk.actor.id)
    proposal = decide(command, home, walk.situation(side=found, whom=whom, unseen=unseen))
    assert proposal is not None
    held = {one.address.casefold() for one in found.people}
    new = tuple(one for one in command.also if one.address.casefold() not in held)
    _send(walk, home, found, proposal, whom, new)
    for draft_of in {number, home.number, heir.number}:
        tickets.drop_draft(walk.connection, walk.actor.id or 0, draft_of, f"{SIDE}:{found.id}")
    return number


def _side(walk: Walk, ticket: Ticket, side: int) -> Side | None:
    """Return a side conversation that is read with a ticket."""
    around = [ticket.number]
    if ticket.absorbed:
        around += merged.absorbed(walk.connection, ticket.number, known_to(tuple(walk.hidden)))
    found = sides.one(walk.connection, side)
    return found if found is not None and found.ticket in around else None


def _send(
    walk: Walk,
    home: Ticket,
    side: Side,
    proposal: Proposal,
    whom: Recipients,
    people: tuple[Address, ...],
    *more: Change,
) -> None:
    """Store what an agent wrote and queue its mail, under an id that names nothing but the conversation."""
    assert proposal.message is not None
    assert whom.sender is not None
    connection = walk.connection
    number, shown = sides.add_message(connection, side, proposal.message, walk.now, people=people)
    domain_name = whom.sender.address.rpartition("@")[2]
    message_id = kept.sure_signer(connection).side_id(side.ref, number, domain_name)
    kept.add_id(connection, message_id, home.number, number)
    queued = sending.queued(
        walk,
        home,
        whom.sender,
        whom.to,
        (),
        subject=domain.answer_subject(side.subject) if side.messages else side.subject,
        message=number,
        message_id=message_id,
        wait=walk.policy.undo_send,
    )
    _file(walk, home, proposal.kind, (*more, *proposal.changes, *shown, *queued))


def _file(walk: Walk, home: Ticket, kind: str, changes: tuple[Change, ...]) -> None:
    after = walk.apply(home, home.number, kind, changes)
    if walk.actor.id is not None:
        workplace.read_own(walk.connection, walk.actor.id, home, after)
    walk.settle(after)
    _say_in_heir(walk, home, kind)


def _say_in_heir(walk: Walk, home: Ticket, kind: str) -> None:
    """Say on the ticket that it is read in, when it was merged, that something came or was written."""
    ways = merged.survivors(walk.connection, home.number)
    heir = tickets.load(walk.connection, ways[-1]) if ways else None
    if heir is None:
        return
    walk.apply(heir, heir.number, kind, stamp(f"with #{home.number}"))
    if walk.actor.id is None:
        workplace.unread(walk.connection, heir.number)


# What comes in


def receive(
    walk: Walk,
    delivery: Delivery,
    mailbox: d.Mailbox,
    number: int,
    files: tuple[Attachment, ...],
    automatic: str,
) -> int:
    """File an answer in its side conversation and return the ticket; nothing of the ticket moves by it."""
    mail = delivery.mail
    side, sender = sides.one(walk.connection, number), mail.sender
    assert side is not None
    assert sender is not None
    flooding.guard_beside(walk, delivery, side, sender.address)
    home = tickets.load(walk.connection, side.ticket)
    assert home is not None
    walk.now = max(walk.now, home.updated_at)
    text, _ = d.text_of(mail)
    command = c.Receive((home.number,), text)
    walk.begin(command, f"Filed an answer in a side conversation of #{home.number}")
    known = next((one for one in side.people if one.address.casefold() == sender.address.casefold()), sender)
    changes: tuple[Change, ...] = ()
    people: tuple[Address, ...] = ()
    if automatic:
        changes = stamp(f"automatic: {automatic}")
    else:
        if not side.open:
            changes = (Change(f"side:{side.id}", domain.CLOSED, domain.OPEN),)
        colleagues = (agent.address for agent in walk.directory.agents.values() if agent.address)
        held = {one.address.casefold() for one in side.people}
        copied = d.copied(mail, mailbox, (sender.address, *colleagues))
        people = domain.joining(copied, held, taking_part(walk.connection, home))
    message = NewMessage(MessageKind.SIDE, text, channel="email", attachments=files)
    writer = Address(sender.name or known.name, sender.address)
    _, shown = sides.add_message(walk.connection, side, message, walk.now, writer=writer, people=people)
    _file(walk, home, domain.RECEIVED, (*changes, *shown))
    return home.number


def warn(walk: Walk, side: Side, kind: str, changes: tuple[Change, ...], text: str) -> None:
    """Put what the desk has to say of its mails into a side conversation."""
    home = tickets.load(walk.connection, side.ticket)
    assert home is not None
    shown: tuple[Change, ...] = ()
    if text:
        _, shown = sides.add_message(walk.connection, side, NewMessage(MessageKind.SIDE, text), walk.now)
    _file(walk, home, kind, (*changes, *shown))
