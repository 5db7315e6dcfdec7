"""Escalation: to a specialist queue, to the lead, or to a vendor; what follows, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from deskterm.domain.commands import Escalate, EscalateTo
from deskterm.domain.conversation import body
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.kinds import ACTIVE, MessageKind, State
from deskterm.domain.lifecycle import moves
from deskterm.domain.people import Agent, Queue, Role
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal, Ring, Situation, changed, stamp
from deskterm.domain.ticket import Ticket
from deskterm.domain.triage import handed_over

VENDOR, REFERENCE = "vendor", "vendor_reference"
"""The form fields that keep with whom a ticket is, and what they call it: `field.vendor_reference:ABC`."""

LIMIT = 120
"""Characters in a vendor's name, and in their reference."""


def escalate(command: Escalate, ticket: Ticket, situation: Situation) -> Proposal:
    """Escalate, and say so in the conversation: to whom, and why. Raises Refused, NotFound."""
    if ticket.state not in ACTIVE:
        raise Refused(f"#{ticket.number} is {ticket.state}", field="state", hint="reopen it first")
    match command.to:
        case EscalateTo.QUEUE:
            return _to_queue(command, ticket, situation)
        case EscalateTo.LEAD:
            return _to_lead(command, ticket, situation)
        case EscalateTo.VENDOR:
            return _to_vendor(command, ticket, situation)


def _to_queue(command: Escalate, ticket: Ticket, situation: Situation) -> Proposal:
    changes = handed_over(command.queue, ticket, situation)
    name = situation.queues[command.queue or 0].name
    said = _told(f"Escalated to {name}", command, ticket, situation)
    return Proposal("escalated", (*changes, _mark(f"queue:{command.queue}"), *stamp(command.reason)), said)


def _to_lead(command: Escalate, ticket: Ticket, situation: Situation) -> Proposal:
    told = leads(ticket, situation, but=situation.actor.id)
    if not told:
        own = situation.actor.agent is not None and situation.actor.agent in leads(ticket, situation)
        hint = "you are the lead here: escalate to a queue or a vendor" if own else "an admin names one"
        raise NotFound("there is no lead to escalate to", field="lead", hint=hint)
    names = ", ".join(agent.login for agent in told)
    message = _told(f"Escalated to {names}", command, ticket, situation)
    why = f": {_reason(command)}" if _reason(command) else ""
    text = f"Escalated #{ticket.number}{why}"
    rings = tuple(Ring(agent.id, situation.now, text) for agent in told)
    mark = _mark("lead:" + ",".join(str(agent.id) for agent in told))
    return Proposal("escalated", (mark, *stamp(command.reason)), message, rings)


def _to_vendor(command: Escalate, ticket: Ticket, situation: Situation) -> Proposal:
    vendor = _short(command.vendor, "the vendor's name")
    reference = _short(command.reference, "the reference")
    if not vendor:
        raise Refused(f"#{ticket.number}: escalating to a vendor needs their name", field="vendor")
    if command.follow_up is None:
        raise Refused(
            f"#{ticket.number}: when to follow up with {vendor} is missing",
            field="follow_up",
            hint="such as friday 9am, or in 2 days",
        )
    if command.follow_up <= situation.now:
        raise Refused(f"#{ticket.number}: that time has passed", field="follow_up")
    held = dict(ticket.fields)
    if not reference and held.get(VENDOR) == vendor:
        reference = held.get(REFERENCE, "")
    changes = list(moves(ticket, State.HOLD, None, situation))
    changes += changed(ticket, hold_reason="vendor", hold_until=command.follow_up)
    wanted = {VENDOR: vendor, REFERENCE: reference}
    gone = sorted((name, held[name]) for name in wanted if name in held and held[name] != wanted[name])
    new = sorted((name, text) for name, text in wanted.items() if text and held.get(name) != text)
    if gone or new:
        changes.append(Change("fields", tuple(gone), tuple(new)))
    if not changes:
        raise Refused(f"#{ticket.number} is with {vendor} already, to be followed up then", field="vendor")
    named = f", reference {reference}" if reference else ""
    when = _local(command.follow_up, situation)
    said = _told(f"Escalated to the vendor {vendor}{named}, follow up {when}", command, ticket, situation)
    return Proposal("escalated", (*changes, _mark(f"vendor:{vendor}"), *stamp(command.reason)), said)


def _mark(to: str) -> Change:
    """Keep beside the ticket to whom it went, so that its history can say it."""
    return Change("escalated", None, to)


def _told(lead: str, command: Escalate, ticket: Ticket, situation: Situation) -> NewMessage:
    by = f" by the rule {command.by}" if command.by else ""
    why = f": {command.reason.strip()}" if command.reason.strip() else ""
    return NewMessage(MessageKind.INTERNAL, body(f"{lead}{by}{why}", ticket.number), agent=situation.actor.id)


def _reason(command: Escalate) -> str:
    return clean_line(command.reason).strip()


def _short(text: str, what: str) -> str:
    found = clean_line(text, LIMIT + 1).strip()
    if len(found) > LIMIT:
        raise Refused(f"{what} has more than {LIMIT} characters", field="vendor")
    return found


def _local(at: datetime, situation: Situation) -> str:
    """Write a time on the desk's own clock: everybody reads the same note."""
    local = at.astimezone(ZoneInfo(situation.policy.calendar_named("").zone))
    return f"{local:%a %Y-%m-%d %H:%M %Z}"


# Who is told


def leads(ticket: Ticket, situation: Situation, *, but: int | None = None) -> list[Agent]:
    """The leads of a ticket's queue, as `leads_of` finds them."""
    return leads_of(ticket.queue, situation.agents, situation.queues, but=but)


def leads_of(
    queue: int, agents: Mapping[int, Agent], queues: Mapping[int, Queue], *, but: int | None = None
) -> list[Agent]:
    """The leads of a queue, else all leads, else the admins, if they may know of it; without `but`."""
    team = queues.get(queue)
    closed = team is not None and team.confidential
    here = [agent for agent in agents.values() if agent.active and agent.id != but]
    above = [agent for agent in here if agent.role is Role.LEAD]
    own = [agent for agent in above if queue in agent.queues]
    found = own or above or [agent for agent in here if agent.role is Role.ADMIN]
    return [agent for agent in found if not closed or queue in agent.queues]


def may_see(agent: Agent, ticket: Ticket, situation: Situation) -> bool:
    """Say whether an agent may know of a ticket."""
    queue = situation.queues.get(ticket.queue)
    return queue is None or not queue.confidential or queue.id in agent.queues


def owner_or_leads(ticket: Ticket, situation: Situation) -> list[Agent]:
    """Whom a ticket's own alarms ring for: its owner, or the leads when nobody here owns it."""
    owner = situation.agents.get(ticket.owner or 0)
    return [owner] if owner is not None and owner.active else leads(ticket, situation)


# Following up


def hold_over(ticket: Ticket) -> str:
    """Say what the end of a hold rings with."""
    held = dict(ticket.fields)
    if ticket.hold_reason == "vendor" and held.get(VENDOR):
        reference = f", reference {held[REFERENCE]}" if held.get(REFERENCE) else ""
        return f"Follow up with {held[VENDOR]}{reference}"
    return f"On hold until now ({ticket.hold_reason})" if ticket.hold_reason else "On hold until now"
