"""Rules at work: which are asked after an update, in which order, and when time brings one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deskterm.domain import query as q
from deskterm.domain.calendar import BeyondReach
from deskterm.domain.causes import FIRED
from deskterm.domain.due_work import DueWork
from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import State
from deskterm.domain.policy import Policy
from deskterm.domain.rule import On, Rule
from deskterm.domain.terms import measured
from deskterm.domain.ticket import Ticket

AUTOMATIC = frozenset(
    {
        *("at_risk", "breached", "settled", "snoozed", "woken", "reminder", "reminded", "followed"),
        *("unfollowed", "undone", "redone", "ruled", "rule_stopped", "reached", "recounted"),
        *("rejudged", "skipped", "side_received", "side_bounced", "bounced", "flooded", "step_late"),
    }
)
"""Kinds of events that are no update: nobody has worked on the ticket."""

_SAID = {"replied": "reply", "noted": "note", "received": "message"}
_ALIASES = {"tag": "tags", "field": "fields"}


@dataclass(frozen=True, slots=True)
class Update:
    """One step on one ticket: how it stood before (None: it was opened), and the events of the step."""

    before: Ticket | None
    events: tuple[Event, ...]

    @property
    def cause(self) -> str:
        """The event that set rules off, as KIND:SEQ."""
        first = next((event for event in self.events if event.kind != "settled"), self.events[0])
        return f"{first.kind}:{first.seq}"

    def is_a(self, name: str, ticket: Ticket) -> bool:
        """Say whether this is what a rule waits for, seen from the ticket as it is now."""
        kinds = {event.kind for event in self.events}
        if name == "created":
            return self.before is None
        if name == "updated":
            return self.before is not None and not kinds <= AUTOMATIC
        head, _, field = name.partition(":")
        said = field or head
        if said in _SAID.values():
            return self.before is not None and said in self._said()
        if head != "changed":
            return name in kinds or any(name in _by_macro(event) for event in self.events)
        return self.before is not None and _held(self.before, field) != _held(ticket, field)

    def _said(self) -> set[str]:
        said = {_SAID[event.kind] for event in self.events if event.kind in _SAID}
        if any(event.kind == "solved" and event.change("message") is not None for event in self.events):
            said.add("reply")
        return said.union(*map(_by_macro, self.events))


def _by_macro(event: Event) -> set[str]:
    """Return what a macro did that a rule may wait for: all it does is one event of its own kind."""
    if event.kind != "acted":
        return set()
    replied, escalated = event.change("replied_at") is not None, event.change("escalated") is not None
    # Whom a macro escalates to is told in a note that belongs to that.
    written = sum(change.field == "message" and change.after is not None for change in event.changes)
    said = {"reply": replied, "escalated": escalated, "note": written > replied + escalated}
    said["process"] = event.change("process") is not None
    steps = event.change("steps")
    said["step"] = steps is not None and any(mark[3] for mark in steps.after or ())
    return {name for name, so in said.items() if so}


def _held(ticket: Ticket, field: str) -> Any:
    head, _, name = field.partition(".")
    if name:
        return dict(ticket.fields).get(name, "")
    return getattr(ticket, _ALIASES.get(head, head), None)


def run(
    rules: Iterable[Rule],
    on: On,
    update: Update,
    ticket: Ticket,
    holds: Callable[[Rule, Ticket], bool],
    fire: Callable[[Rule, Ticket], Ticket],
) -> Ticket:
    """Ask rules in their order, once each, and return the ticket as they leave it.

    A rule sees what those before it did, never what those after it do, and nothing a rule does starts another
    round: however rules are written, a round ends. A closed ticket is left alone, unless this closed it.
    """
    for rule in rules:
        if rule.on is not on or not rule.active:
            continue
        if _was_closed(update, ticket):
            break
        if on is On.UPDATE and not any(update.is_a(name, ticket) for name in rule.events):
            continue
        if not holds(rule, ticket):
            continue
        ticket = fire(rule, ticket)
        if rule.stop:
            break
    return ticket


def _was_closed(update: Update, ticket: Ticket) -> bool:
    before = update.before
    return ticket.voided or (
        ticket.state is State.CLOSED and before is not None and before.state is State.CLOSED
    )


# Time


def time_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the active rules that wait for a time."""
    return tuple(rule for rule in rules if rule.on is On.TIME and rule.active)


def began(ticket: Ticket, since: str) -> datetime | None:
    """Return the moment from which a rule on time counts, None when there is none (now)."""
    if since in (State.PENDING, State.HOLD):
        return ticket.stays_since if ticket.state == since else None
    if since == State.SOLVED:
        return ticket.solved_at if ticket.state is State.SOLVED else None
    moments = {
        "created": ticket.created_at,
        "replied": ticket.replied_at,
        "received": ticket.waiting_since,
    }
    return moments.get(since)


def mark(rule: Rule, moment: datetime) -> str:
    """Return what a ticket keeps of a rule that fired for a moment: it does not fire for it again."""
    return f"{FIRED}:{rule.name}@{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"


def marked(rule: Rule, ticket: Ticket, moment: datetime) -> Change:
    """Return the change that keeps a firing, in place of those of earlier moments."""
    # A name may have an @ of its own: the moment stands behind the last one.
    head = f"{FIRED}:{rule.name}"
    old = tuple(sorted(name for name in ticket.alerts if name.rpartition("@")[0] == head))
    return Change("alerts", old, (mark(rule, moment),))


def falls_due(rule: Rule, ticket: Ticket, policy: Policy) -> datetime | None:
    """Return when a rule on time is to be asked about a ticket; None when it is not, or has fired."""
    if ticket.voided or ticket.state is State.CLOSED:
        return None
    moment = began(ticket, rule.since)
    if moment is None or mark(rule, moment) in ticket.alerts:
        return None
    return passes(rule, ticket, policy, moment)


def passes(rule: Rule, ticket: Ticket, policy: Policy, moment: datetime) -> datetime | None:
    """Return when a rule's time has passed since a moment, None when its calendar never opens so long."""
    if rule.business:
        calendar = measured(ticket, policy)[-1].terms.calendar
        if calendar is not None:
            try:
                return calendar.add(moment, rule.after)
            except BeyondReach:
                return None
    return moment + timedelta(seconds=rule.after)


def time_work(policy: Policy, ticket: Ticket) -> tuple[DueWork, ...]:
    """Return when each rule on time is to be asked about a ticket; `what` is rule:NAME."""
    due = ((rule, falls_due(rule, ticket, policy)) for rule in time_rules(policy.rules))
    return tuple(DueWork(f"{FIRED}:{rule.name}", at) for rule, at in due if at is not None)


def asks_for_time(term: q.Term) -> bool:
    """Say whether a query can begin to hold merely because time passes."""
    if isinstance(term, q.Field):
        return term.name == "sla" or (term.name in q.FIELDS and q.FIELDS[term.name].kind == "time")
    if isinstance(term, q.Is):
        return term.value in ("breached", "atrisk", "snoozed")
    if isinstance(term, q.Not):
        return asks_for_time(term.term)
    return isinstance(term, q.And | q.Or) and any(asks_for_time(part) for part in term.terms)
