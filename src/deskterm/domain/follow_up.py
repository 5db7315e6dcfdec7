"""Follow-up: what a requester writes after the reopen window is a new ticket, linked to the closed one."""

from __future__ import annotations

from deskterm.domain.commands import Receive
from deskterm.domain.conversation import body
from deskterm.domain.events import Change
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.proposal import NewMessage, Proposal, Situation
from deskterm.domain.ticket import Ticket

COPIED = (
    "subject",
    "queue",
    "requester",
    "priority",
    "impact",
    "urgency",
    "priority_reason",
    "type",
    "category",
)
COPIED_SETS = ("tags", "fields", "ccs")
"""What it takes over: the fields, not the conversation (SEMANTICS R1)."""

KIND = "follow-up"


def is_too_late(ticket: Ticket, situation: Situation) -> bool:
    """Say whether a ticket was closed longer ago than its queue's reopen window."""
    if ticket.state is not State.CLOSED:
        return False
    queue = situation.queues.get(ticket.queue)
    window = situation.policy.reopens_within(queue.key if queue is not None else "")
    return situation.now - (ticket.closed_at or ticket.updated_at) > window


def begin(command: Receive, ticket: Ticket, situation: Situation) -> Proposal:
    """Decide what the new ticket begins with; its clocks count from now."""
    now = situation.now
    values: dict[str, object] = {name: getattr(ticket, name) for name in (*COPIED, "component")}
    values |= {name: tuple(sorted(getattr(ticket, name))) for name in COPIED_SETS}
    values |= {"state": State.NEW, "channel": command.channel, "created_at": now, "waiting_since": now}
    values["links"] = ((KIND, ticket.number),)
    changes = tuple(
        Change(name, None, value) for name, value in values.items() if value not in (None, "", ())
    )
    message = NewMessage(
        MessageKind.PUBLIC,
        body(command.text, 0),
        requester=True,
        channel=command.channel,
        attachments=command.attachments,
    )
    return Proposal("created", (*changes, Change("voided", True, False)), message)


def mark(number: int) -> tuple[Change, ...]:
    """Return the change that tells the closed ticket how its matter goes on."""
    return (Change("links", (), ((KIND, number),)),)
