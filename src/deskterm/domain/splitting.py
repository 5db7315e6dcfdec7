"""Splitting: some messages of a ticket become one of their own, which keeps who asked for it and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from deskterm.domain.commands import Split
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.kinds import SPLIT_FROM, SPLIT_INTO, MessageKind, State
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.ticket import Leg, Message, Ticket
from deskterm.domain.triage import subject_line

COPIED = ("priority", "impact", "urgency", "type", "channel", "category", "component", "priority_reason")
"""What a split ticket takes over; owner, tags, followers and form fields belong to the first matter."""


def begin(command: Split, ticket: Ticket, chosen: Sequence[Message], situation: Situation) -> Proposal:
    """Decide what the new ticket begins with: its clocks count from when its first message was written."""
    if ticket.voided:
        raise Refused(f"#{ticket.number} was taken back", hint="redo brings it back")
    wanted = dict.fromkeys(command.messages)
    if not wanted:
        raise Refused("no message was named", field="messages", hint="name those that are another matter")
    missing = [number for number in wanted if number not in {message.id for message in chosen}]
    if missing:
        raise NotFound(f"#{ticket.number} has no message {missing[0]}", field="messages")
    if any(message.kind is MessageKind.SIDE for message in chosen):
        raise Refused(
            f"#{ticket.number}: a side conversation is not split off",
            field="messages",
            hint="it belongs to its ticket; begin one there",
        )
    subject = subject_line(command.subject)
    place = situation.queues[ticket.queue] if command.queue is None else situation.queue(command.queue)
    origin = situation.queues[ticket.queue]
    if origin.confidential and place.id != origin.id:
        raise Refused(
            f"{origin.name} is confidential: what is split off stays in it", field="queue", hint=origin.key
        )
    public = [message for message in chosen if message.kind is MessageKind.PUBLIC]
    replies = [message.at for message in public if message.agent is not None]
    begun = min(message.at for message in chosen)
    asked = [message.at for message in public if message.from_customer]
    waiting = [at for at in asked if not replies or at > max(replies)]
    values: dict[str, object] = {
        "subject": subject,
        "state": State.OPEN if replies else State.NEW,
        "queue": place.id,
        "requester": requester_of(ticket, chosen),
        "created_at": begun,
        "waiting_since": min(waiting) if waiting else None if replies else begun,
        "first_replied_at": min(replies) if replies else None,
        "replied_at": max(replies) if replies else None,
        **{name: getattr(ticket, name) for name in COPIED},
    }
    changes = tuple(Change(name, None, value) for name, value in values.items() if value not in (None, ""))
    measured = [Change("legs", (), found)] if (found := _legs(ticket, begun)) else []
    return Proposal("created", (*changes, *measured, Change("voided", True, False)))


def _legs(ticket: Ticket, begun: datetime) -> tuple[Leg, ...]:
    """Return what measured the first ticket from then on: the new one's time was counted by it."""
    before = [leg for leg in sorted(ticket.legs) if leg.since <= begun]
    after = [leg for leg in sorted(ticket.legs) if leg.since > begun]
    return (*(leg._replace(since=begun) for leg in before[-1:]), *after)


def requester_of(ticket: Ticket, chosen: Sequence[Message]) -> int:
    """Return who asks on the new ticket: the customer who wrote first in it, else the ticket's own."""
    return next((message.requester for message in chosen if message.requester is not None), ticket.requester)


def mark(ticket: Ticket, number: int, chosen: Sequence[Message]) -> Proposal:
    """Note on the ticket which of its messages became another one; they stay where they were read."""
    linked = Change("links", (), ((SPLIT_INTO, number),))
    return Proposal("split", (linked, Change("split", None, tuple(message.id for message in chosen))))


def origin(number: int) -> tuple[Change, ...]:
    """Return the change that links the new ticket to the one it was split from."""
    return (Change("links", (), ((SPLIT_FROM, number),)),)
