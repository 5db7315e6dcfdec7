"""Merging and splitting in their transaction: the two tickets each gets its event of one command."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain import merging, splitting
from deskterm.domain.decide import decide
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.kinds import MERGED_FROM, State
from deskterm.domain.proposal import NewMessage
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import Outcome
from deskterm.domain.wording import outcome
from deskterm.storage import journal, merged, tickets
from deskterm.storage.conversations import conversation
from deskterm.storage.scope import known_to

if TYPE_CHECKING:
    from deskterm.store.dispatch import Walk


def merge(walk: Walk, command: c.Merge, number: int) -> int:
    """Merge one ticket; the survivor gets an event for each ticket it takes in."""
    ticket, survivor = walk.load(number), walk.load(command.into)
    proposal = decide(command, ticket, walk.situation(other=survivor))
    assert proposal is not None
    walk.carry_out(ticket, number, ticket.requester, proposal)
    taken = merging.absorb(survivor, ticket)
    walk.carry_out(survivor, survivor.number, survivor.requester, taken)
    return number


def unmerge(walk: Walk, command: c.Unmerge, number: int) -> int:
    """Take one merged ticket out of the one it was merged into."""
    ticket = walk.load(number)
    survivor = None
    if ticket.merged_into is not None:
        with suppress(NotFound):
            survivor = walk.load(ticket.merged_into)
    history = journal.of_ticket(walk.connection, number)
    proposal = decide(command, ticket, walk.situation(other=survivor, history=history))
    assert proposal is not None
    assert survivor is not None
    walk.carry_out(ticket, number, ticket.requester, proposal)
    theirs = journal.of_ticket(walk.connection, survivor.number)
    parted = merging.part(survivor, theirs, MERGED_FROM, number)
    walk.carry_out(survivor, survivor.number, survivor.requester, parted)
    return number


def heir(walk: Walk, ticket: Ticket) -> Ticket:
    """Return the ticket where a message to this one belongs: itself, or the last it was merged into."""
    found = merged.survivors(walk.connection, ticket.number)
    if not found:
        return ticket
    try:
        return walk.load(found[-1])
    except NotFound:
        raise Refused(
            f"#{ticket.number} was merged into a ticket that you may not see",
            hint="somebody of its queue can file this, or unmerge it",
        ) from None


def agrees(walk: Walk, before: Ticket, after: Ticket, parted: bool) -> None:
    """Raise Refused when taking something back would leave a merge that no command could have made.

    What `parted` the two is taken back whatever became of the other one, as long as that leads somewhere.
    """
    if after.voided and (after.merged_into is not None or after.absorbed):
        raise Refused(
            f"#{after.number} is merged with other tickets", field="links", hint="unmerge them first"
        )
    if after.merged_into is None:
        return
    if before.merged_into is None:
        survivor = walk.load(after.merged_into)
        if (
            not parted
            or survivor.voided
            or after.number in merged.survivors(walk.connection, survivor.number)
        ):
            merging.may_go_on(survivor)
    if after.state is not State.CLOSED:
        raise Refused(
            f"#{after.number} was merged into another ticket since", field="state", hint="unmerge it first"
        )


def split(walk: Walk, command: c.Split) -> Outcome:
    """Open a ticket with copies of the chosen messages, as they were written and when."""
    connection, ticket = walk.connection, walk.load(command.ticket)
    known = known_to(tuple(walk.hidden))
    around = [ticket.number, *merged.absorbed(connection, ticket.number, known)]
    chosen = [m for m in conversation(connection, around) if m.id in command.messages]
    proposal = splitting.begin(command, ticket, chosen, walk.situation())
    number = tickets.next_number(connection)
    summary = outcome(command, (number,), *walk.names(), walk.actor.id)
    walk.begin(command, summary)
    requester = splitting.requester_of(ticket, chosen)
    begun = walk.apply(None, number, proposal.kind, proposal.changes)
    changes = splitting.origin(ticket.number)
    for message in chosen:
        new = NewMessage(
            message.kind,
            message.text,
            message.agent,
            message.from_customer,
            message.channel,
            message.attachments,
        )
        changes += tickets.add_message(connection, number, message.requester or requester, new, message.at)
    begun = walk.apply(begun, number, "split", changes)
    walk.settle(begun)
    walk.settle(walk.apply(ticket, ticket.number, "split", splitting.mark(ticket, number, chosen).changes))
    return Outcome(walk.command, walk.seq, (number, ticket.number), (), summary, created=number)
