"""Classifying a ticket: opening it, its priority, owner, queue, tags, links and descriptive fields."""

from __future__ import annotations

import re

from deskterm.domain.commands import Assign, Classify, Create, Follow, LinkTo, Move, SetPriority, Tag
from deskterm.domain.conversation import body
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.form_fields import field_name, form_changes
from deskterm.domain.judging import judgements
from deskterm.domain.kinds import (
    CHANNELS,
    LINK_INVERSE,
    LINK_KINDS,
    TYPES,
    Level,
    MessageKind,
    Priority,
    State,
)
from deskterm.domain.lifecycle import state_changes
from deskterm.domain.people import Role
from deskterm.domain.plain import clean_line
from deskterm.domain.proposal import NewMessage, Proposal, Situation, changed, stamp
from deskterm.domain.ticket import Link, Ticket

SUBJECT_LIMIT = 300
FEW = 20
"""Active tickets below which the share of P1 says nothing."""
TAG = re.compile(r"[\w][\w.+/-]{0,49}", re.UNICODE)
CLASSIFIABLE = ("subject", "type", "category", "component", "channel")


def opening(command: Create, requester: int, situation: Situation) -> Proposal:
    """Decide what a new ticket begins with; `requester` is the id the address was resolved to."""
    subject = subject_line(command.subject)
    queue = situation.queue(command.queue)
    form = {field_name(name): clean_line(text).strip() for name, text in command.fields}
    matrix = situation.policy.priority(command.impact, command.urgency)
    priority = command.priority or matrix
    reason = clean_line(command.reason).strip() if priority is not matrix else ""
    if priority is not matrix and not reason:
        raise Refused(
            f"impact {command.impact} and urgency {command.urgency} make {matrix}: {priority} needs a reason",
            field="priority",
            hint="give --reason, or set impact and urgency",
        )
    beyond = clean_line(command.beyond).strip() if priority is not matrix else ""
    if priority is Priority.P1 and priority is not matrix and not beyond:
        _within_budget("a new one", situation)
    if command.owner is not None:
        _may_own(command.owner, queue.id, situation)
    _one_of("type", command.type, TYPES)
    _one_of("channel", command.channel, CHANNELS)
    now = situation.now
    values: dict[str, object] = {
        "subject": subject,
        "state": State.NEW if command.owner is None else State.OPEN,
        "priority": priority,
        "impact": command.impact,
        "urgency": command.urgency,
        "queue": queue.id,
        "requester": requester,
        "created_at": now,
        "type": command.type,
        "channel": command.channel,
        "waiting_since": now,
    }
    optional: dict[str, object] = {
        "owner": command.owner,
        "category": clean_line(command.category).strip(),
        "component": clean_line(command.component).strip(),
        "priority_reason": reason,
        "tags": tuple(sorted({_tag(tag) for tag in command.tags})),
        "fields": tuple(sorted((name, text) for name, text in form.items() if text)),
    }
    values |= {name: value for name, value in optional.items() if value not in ("", None, ())}
    message = None
    if command.text.strip():
        message = NewMessage(
            MessageKind.PUBLIC,
            body(command.text, 0),
            requester=True,
            channel=command.channel,
            attachments=command.attachments,
        )
    changes = tuple(Change(name, None, value) for name, value in values.items())
    return Proposal("created", (*changes, Change("voided", True, False), *stamp(beyond)), message)


def subject_line(text: str) -> str:
    """Return a subject as it is kept. Raises Refused for none, or one that is too long."""
    subject = clean_line(text).strip()
    if not subject:
        raise Refused("a ticket needs a subject", field="subject")
    if len(subject) > SUBJECT_LIMIT:
        raise Refused(
            f"the subject is longer than {SUBJECT_LIMIT} characters",
            field="subject",
            hint="put the rest into the message",
        )
    return subject


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Refused(f"{value!r} is no {field}", field=field, hint="one of " + ", ".join(allowed))
    return value


def _tag(text: str) -> str:
    tag = clean_line(text).strip().lstrip("#").casefold()
    if not TAG.fullmatch(tag):
        raise Refused(
            f"{text!r} is no tag", field="tags", hint="letters, digits and . + / - _ , at most 50, no spaces"
        )
    return tag


def _may_own(agent: int, queue: int, situation: Situation) -> None:
    """Raise unless this agent works here, may own tickets, and may know of the queue's."""
    found = situation.agents.get(agent)
    if found is None or not found.active:
        raise NotFound("there is no such agent", field="owner")
    if not found.role.includes(Role.AGENT):
        raise Refused(f"{found.login} is a {found.role} and cannot own tickets", field="owner")
    team = situation.queues.get(queue)
    if team is not None and team.confidential and team.id not in found.queues:
        raise Refused(f"{found.login} is not a member of {team.name}, which is confidential", field="owner")


def assign(command: Assign, ticket: Ticket, situation: Situation) -> Proposal:
    """Give it to somebody or to nobody; new becomes open with an owner; no clock is touched."""
    _not_closed(ticket)
    if command.owner is not None:
        _may_own(command.owner, ticket.queue, situation)
    changes = list(changed(ticket, owner=command.owner))
    if not changes:
        raise Refused(f"#{ticket.number} has that owner already", field="owner")
    if command.owner is not None and ticket.state is State.NEW:
        changes += state_changes(ticket, State.OPEN, situation.now)
    return Proposal("assigned", (*changes, *stamp(command.reason)))


def move(command: Move, ticket: Ticket, situation: Situation) -> Proposal:
    """Hand over to another queue; counted, and the note goes into the conversation."""
    changes = handed_over(command.queue, ticket, situation)
    message = None
    if command.note.strip():
        note = body(command.note, ticket.number)
        message = NewMessage(MessageKind.INTERNAL, note, agent=situation.actor.id)
    return Proposal("moved", changes, message)


def handed_over(to: int | None, ticket: Ticket, situation: Situation) -> tuple[Change, ...]:
    """Return what handing over to another queue changes: it is counted, and an owner not of it lets go."""
    _not_closed(ticket)
    queue = situation.queues.get(to or 0)
    if queue is None:
        raise NotFound("there is no such queue", field="queue")
    if queue.id == ticket.queue:
        raise Refused(f"#{ticket.number} is in {queue.name} already", field="queue")
    changes = changed(ticket, queue=queue.id, handoffs=ticket.handoffs + 1)
    owner = situation.agents.get(ticket.owner) if ticket.owner is not None else None
    if owner is not None and queue.id not in owner.queues:
        changes += changed(ticket, owner=None)
    return changes


def set_priority(command: SetPriority, ticket: Ticket, situation: Situation) -> Proposal:
    """Set impact and urgency and let the matrix decide, or override it with a reason."""
    _not_closed(ticket)
    impact: Level = command.impact or ticket.impact
    urgency: Level = command.urgency or ticket.urgency
    matrix = situation.policy.priority(impact, urgency)
    reset = command.impact is not None or command.urgency is not None
    priority: Priority = command.priority or (matrix if reset else ticket.priority)
    changes = list(changed(ticket, impact=impact, urgency=urgency, priority=priority))
    if not changes:
        raise Refused(f"#{ticket.number} is {ticket.priority} already", field="priority")
    reason = clean_line(command.reason).strip()
    if priority is not matrix and not reason:
        raise Refused(
            f"impact {impact} and urgency {urgency} make {matrix}: {priority} needs a reason",
            field="priority",
            hint="say why, or change impact and urgency",
        )
    changes += changed(ticket, priority_reason=reason if priority is not matrix else "")
    if priority is not ticket.priority:
        changes += judgements(ticket)
    beyond = clean_line(command.beyond).strip()
    if (
        priority is Priority.P1
        and priority is not matrix
        and ticket.priority is not Priority.P1
        and not beyond
    ):
        _within_budget(f"#{ticket.number}", situation)
    return Proposal("prioritised", (*changes, *stamp(beyond)))


def too_urgent(urgent: tuple[int, int] | None, share: float) -> bool:
    """Say whether more than the allowed share is P1; on a desk of a few tickets a single one always is."""
    return urgent is not None and urgent[1] >= FEW and urgent[0] > share * urgent[1]


def _within_budget(which: str, situation: Situation) -> None:
    """Raise Refused when P1 has used up its share: then one more needs a second reason."""
    if situation.urgent is None:
        return
    (p1, active), others, share = situation.urgent, situation.urging, situation.policy.p1_share
    if too_urgent((p1 + others, active), share):
        # A selection is one step and one decision: the last of it counts for all.
        more = f"{others + 1} more need" if others else "one more needs"
        raise Refused(
            f"{which}: {p1} of {active} active tickets are P1 already, "
            f"{f'and {share:.0%} is what P1 is for' if others else f'more than {share:.0%}'}: "
            f"{more} a second reason",
            field="beyond",
            hint="say why this one too (beyond=…), or set impact and urgency",
        )


def classify(command: Classify, ticket: Ticket, situation: Situation) -> Proposal:
    """Set descriptive fields; a value that is not allowed names those that are."""
    changes: list[Change] = []
    form: list[tuple[str, str]] = []
    for name, raw in dict(command.values).items():
        value = clean_line(raw).strip()
        if name.startswith("field."):
            form.append((name.removeprefix("field."), value))
            continue
        if name not in CLASSIFIABLE:
            raise Refused(f"{name!r} is no field that can be set", field=name, hint=", ".join(CLASSIFIABLE))
        if name == "subject":
            value = subject_line(value)
        elif name == "type":
            _one_of("type", value, TYPES)
        elif name == "channel":
            _one_of("channel", value, CHANNELS)
        changes += changed(ticket, **{name: value})
    changes += form_changes(form, ticket)
    if not changes:
        raise Refused(f"#{ticket.number} holds those values already")
    return Proposal("classified", tuple(changes))


def tag(command: Tag, ticket: Ticket, situation: Situation) -> Proposal:
    """Add and remove tags; what is there or gone already is left alone."""
    add = {_tag(name) for name in command.add} - ticket.tags
    remove = {_tag(name) for name in command.remove} & ticket.tags
    if not add and not remove:
        raise Refused(f"#{ticket.number} has those tags already", field="tags")
    return Proposal("tagged", (Change("tags", tuple(sorted(remove)), tuple(sorted(add))),))


def follow(command: Follow, ticket: Ticket, situation: Situation) -> Proposal:
    """Follow or unfollow as the acting agent."""
    agent = situation.actor.id
    if agent is None:
        raise Refused("only an agent can follow a ticket")
    if command.on == (agent in ticket.followers):
        raise Refused(f"you {'follow' if command.on else 'do not follow'} #{ticket.number} already")
    before, after = ((), (agent,)) if command.on else ((agent,), ())
    return Proposal("followed" if command.on else "unfollowed", (Change("followers", before, after),))


def link(command: LinkTo, ticket: Ticket, situation: Situation) -> Proposal:
    """Relate the ticket to another one; the dispatcher gives the other side the inverse."""
    if command.kind not in LINK_KINDS:
        raise Refused(
            f"{command.kind!r} is no kind of link", field="link", hint="one of " + ", ".join(LINK_KINDS)
        )
    if command.other in command.tickets:
        raise Refused(f"#{command.other} cannot be linked to itself", field="link")
    if ticket.number == command.other:
        wanted = {Link(LINK_INVERSE[command.kind], number) for number in command.tickets}
    else:
        wanted = {Link(command.kind, command.other)}
    wanted = wanted & ticket.links if command.remove else wanted - ticket.links
    if not wanted:
        raise Refused(
            f"#{ticket.number} is not linked so"
            if command.remove
            else f"#{ticket.number} is linked so already",
            field="link",
        )
    names = tuple(sorted(tuple(link) for link in wanted))
    side = (names, ()) if command.remove else ((), names)
    return Proposal("unlinked" if command.remove else "linked", (Change("links", *side),))


def _not_closed(ticket: Ticket) -> None:
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed", field="state", hint="reopen it first")
