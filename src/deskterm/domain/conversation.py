"""Messages: replies, internal notes and what the requester writes, and how they move the ticket."""

from __future__ import annotations

from dataclasses import replace

from deskterm.domain.causes import BY_MACRO
from deskterm.domain.commands import Note, Receive, Reply
from deskterm.domain.durations import write_duration
from deskterm.domain.errors import NewMessages, Refused
from deskterm.domain.events import Change
from deskterm.domain.gratitude import is_thanks
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.lifecycle import answered, moves, resolution, state_changes
from deskterm.domain.mentions import called, joining
from deskterm.domain.placeholders import gaps
from deskterm.domain.plain import clean_text
from deskterm.domain.proposal import NewMessage, Proposal, Situation, changed, stamp
from deskterm.domain.ticket import Ticket
from deskterm.domain.timers import wake

MESSAGE_LIMIT = 1_000_000
"""Characters in one message; longer text belongs in an attachment."""


LEAVES = (State.OPEN, State.PENDING, State.SOLVED)
"""What a reply may leave a ticket in; solved stays solved."""


def body(text: str, number: int) -> str:
    """Return a message's text, cleaned. Raises Refused when there is none or too much.

    `number` is its ticket's, 0 for a ticket that has none yet.
    """
    cleaned = clean_text(text).strip("\n")
    where = f"#{number}: " if number else ""
    if not cleaned.strip():
        raise Refused(f"{where}the message is empty", field="text")
    if len(cleaned) > MESSAGE_LIMIT:
        raise Refused(
            f"{where}the message has {len(cleaned):,} characters, {MESSAGE_LIMIT:,} are the limit",
            field="text",
            hint="attach it as a file",
        )
    return cleaned


def _closed(ticket: Ticket) -> Refused:
    """Say that a closed ticket takes no reply, and where to write instead."""
    into = ticket.merged_into
    hint = "reopen it first" if into is None else f"it was merged into #{into}: reply there"
    return Refused(f"#{ticket.number} is closed", field="state", hint=hint)


def reply(command: Reply, ticket: Ticket, situation: Situation) -> Proposal:
    """Answer the requester: meets first and next reply, then open, pending (and wait) or solved.

    What the desk says by itself answers nobody: it meets no target and moves nothing.
    """
    if ticket.state is State.CLOSED:
        raise _closed(ticket)
    if situation.unseen:
        raise NewMessages(ticket.number, situation.unseen)
    text = body(command.text_for(ticket.number), ticket.number)
    message = NewMessage(MessageKind.PUBLIC, text, agent=situation.actor.id, attachments=command.attachments)
    if situation.actor.agent is None:
        return Proposal("replied", (), message)
    whole(text, ticket.number)
    message = replace(message, mentions=called(text, ticket, situation))
    then = _usual(ticket, situation) if command.then is None else command.then
    if then not in LEAVES:
        raise Refused(
            f"#{ticket.number}: a reply cannot leave a ticket {then}",
            field="state",
            hint="one of " + ", ".join(LEAVES),
        )
    changes = answered(ticket, situation.now)
    if ticket.state is not State.SOLVED:
        if then is State.SOLVED:
            changes += resolution(ticket, text, command.code, situation)
        if command.then is not None:
            ends = moves(ticket, then, None, situation)
        elif _may(ticket, then, situation):
            ends = state_changes(ticket, then, situation.now)
        else:
            # The queue's usual state is nothing that whoever answers asked for: it stays where it is.
            ends = ()
        already = {change.field for change in changes}
        changes += [change for change in ends if change.field not in already]
    more = (*joining(ticket, message.mentions), *_by_macro(command.macro))
    return Proposal("replied", (*changes, *more), message)


def whole(text: str, number: int) -> None:
    """Refuse to send a text in which something is missing."""
    left = gaps(text)
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise Refused(
            f"#{number}: ‹{left[0].name}?›{more} is still to be filled in",
            field="text",
            hint="fill it or take it out",
        )


def _by_macro(name: str) -> tuple[Change, ...]:
    return stamp(BY_MACRO + name) if name else ()


def _may(ticket: Ticket, then: State, situation: Situation) -> bool:
    states = situation.policy.named
    return then is ticket.state or states.allows(states.of_ticket(ticket), states.default(then))


def _usual(ticket: Ticket, situation: Situation) -> State:
    """Return the state in which a queue leaves what it has answered."""
    queue = situation.queues.get(ticket.queue)
    return situation.policy.queue(queue.key if queue is not None else "").reply


def note(command: Note, ticket: Ticket, situation: Situation) -> Proposal:
    """Write for colleagues only; allowed in every state, moves nothing. Who is mentioned follows it."""
    text = body(command.text, ticket.number)
    if situation.actor.agent is not None:
        whole(text, ticket.number)
    message = NewMessage(
        MessageKind.INTERNAL,
        text,
        agent=situation.actor.id,
        attachments=command.attachments,
        mentions=called(text, ticket, situation),
    )
    return Proposal("noted", (*joining(ticket, message.mentions), *_by_macro(command.macro)), message)


def receive(command: Receive, ticket: Ticket, situation: Situation) -> Proposal:
    """Take what the requester wrote: pending, hold and solved reopen; closed does inside the window.

    A mere thank-you leaves a solved ticket solved, and what a machine wrote moves nothing at all. What comes
    after the window is for `follow_up` to begin.
    """
    text = body(command.text, ticket.number)
    message = NewMessage(
        MessageKind.PUBLIC,
        text,
        requester=True,
        channel=command.channel,
        attachments=command.attachments,
    )
    if command.automatic:
        return Proposal("received", stamp(f"automatic, moves nothing: {command.automatic}"), message)
    if ticket.state is State.SOLVED and not command.attachments and is_thanks(text):
        return Proposal("received", stamp("a thank-you: filed without reopening"), message)
    changes: list[Change] = []
    if ticket.state is State.CLOSED:
        closed = ticket.closed_at or ticket.updated_at
        queue = situation.queues.get(ticket.queue)
        window = situation.policy.reopens_within(queue.key if queue is not None else "")
        if situation.now - closed > window:
            length = write_duration(int(window.total_seconds()), days=True)
            raise Refused(
                f"#{ticket.number} was closed more than {length} ago",
                field="state",
                hint="open a new ticket and link it as a follow-up",
            )
    if ticket.state not in (State.NEW, State.OPEN):
        changes += state_changes(ticket, State.OPEN, situation.now)
    if ticket.waiting_since is None:
        changes += changed(ticket, waiting_since=situation.now)
    changes += wake(situation.snoozes)
    return Proposal("received", tuple(changes), message)
