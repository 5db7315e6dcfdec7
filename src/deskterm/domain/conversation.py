"""Messages: replies, internal notes and what the requester writes, and how they move the ticket."""

from __future__ import annotations

from deskterm.domain.commands import Note, Receive, Reply
from deskterm.domain.errors import NewMessages, Refused
from deskterm.domain.events import Change
from deskterm.domain.lifecycle import state_changes
from deskterm.domain.plain import clean_text
from deskterm.domain.proposal import NewMessage, Proposal, Situation, changed
from deskterm.domain.ticket import RESOLUTION_CODES, MessageKind, State, Ticket

MESSAGE_LIMIT = 1_000_000
"""Characters in one message; longer text belongs in an attachment."""


def _text(text: str, number: int) -> str:
    cleaned = clean_text(text).strip("\n")
    if not cleaned.strip():
        raise Refused(f"#{number}: the message is empty", field="text")
    if len(cleaned) > MESSAGE_LIMIT:
        raise Refused(
            f"#{number}: the message has {len(cleaned):,} characters, {MESSAGE_LIMIT:,} are the limit",
            field="text",
            hint="attach it as a file",
        )
    return cleaned


def reply(command: Reply, ticket: Ticket, situation: Situation) -> Proposal:
    """Answer the requester: meets first and next reply, then open, pending (and wait) or solved."""
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed", field="state", hint="reopen it first")
    if situation.unseen:
        raise NewMessages(ticket.number, situation.unseen)
    text = _text(command.text, ticket.number)
    now = situation.now
    changes: list[Change] = list(changed(ticket, replied_at=now, waiting_since=None))
    if ticket.first_replied_at is None:
        changes += changed(ticket, first_replied_at=now)
    if ticket.owner is None and situation.actor.id is not None and ticket.state is State.NEW:
        changes += changed(ticket, owner=situation.actor.id)
    if ticket.state is not State.SOLVED:
        if command.then is State.SOLVED:
            if command.code not in RESOLUTION_CODES:
                raise Refused(
                    f"{command.code!r} is no resolution code",
                    field="resolution_code",
                    hint="one of " + ", ".join(RESOLUTION_CODES),
                )
            changes += changed(ticket, resolution=text, resolution_code=command.code)
            if ticket.owner is None and ticket.state is not State.NEW:
                changes += changed(ticket, owner=situation.actor.id)
        moves = state_changes(ticket, command.then, situation.policy, now)
        already = {change.field for change in changes}
        changes += [change for change in moves if change.field not in already]
    message = NewMessage(MessageKind.PUBLIC, text, agent=situation.actor.id)
    return Proposal("replied", tuple(changes), message)


def note(command: Note, ticket: Ticket, situation: Situation) -> Proposal:
    """Write for colleagues only; allowed in every state, moves nothing."""
    text = _text(command.text, ticket.number)
    return Proposal("noted", (), NewMessage(MessageKind.INTERNAL, text, agent=situation.actor.id))


def receive(command: Receive, ticket: Ticket, situation: Situation) -> Proposal:
    """Take what the requester wrote: pending, hold and solved reopen; closed does inside the window."""
    text = _text(command.text, ticket.number)
    changes: list[Change] = []
    if ticket.state is State.CLOSED:
        closed = ticket.closed_at or ticket.updated_at
        if situation.now - closed > situation.policy.reopen_window:
            raise Refused(
                f"#{ticket.number} was closed more than {situation.policy.reopen_window.days} days ago",
                field="state",
                hint="open a new ticket and link it as a follow-up",
            )
    if ticket.state not in (State.NEW, State.OPEN):
        changes += state_changes(ticket, State.OPEN, situation.policy, situation.now)
    if ticket.waiting_since is None:
        changes += changed(ticket, waiting_since=situation.now)
    message = NewMessage(MessageKind.PUBLIC, text, requester=True, channel=command.channel)
    return Proposal("received", tuple(changes), message)
