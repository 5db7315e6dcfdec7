"""Legs: which SLA policy measures a ticket, chosen anew after every change; the time used so far stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from deskterm.domain.commands import Recount, SetTarget
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import State
from deskterm.domain.policy import DEFAULT_SLA, TARGETS, Policy
from deskterm.domain.proposal import Proposal, Situation, stamp
from deskterm.domain.query import Query
from deskterm.domain.spells import stays
from deskterm.domain.terms import Terms, measured, terms
from deskterm.domain.ticket import Leg, Override, Spell, Ticket, in_order

LONGEST = 366 * 86_400
"""Seconds of business time: a target beyond a year is a slip of the finger."""

Asks = Callable[[Ticket, Query], bool]
"""Says whether a query holds for a ticket."""


def chosen(ticket: Ticket, policy: Policy, asks: Asks | None) -> Terms:
    """Return the terms of the first SLA policy whose condition holds, else those of the last resort.

    Conditions are asked of a ticket as if it were worked on: a list leaves out what has ended.
    """
    if policy.sla and asks is not None:
        asked = ticket if ticket.active else replace(ticket, state=State.OPEN, voided=False)
        for one in policy.sla:
            if not one.when.strip() or asks(asked, one.query):
                return terms(policy, one.name)
    return terms(policy, DEFAULT_SLA)


def follow(ticket: Ticket, situation: Situation) -> Ticket:
    """Return an active ticket as it is measured from now on; what has ended keeps what measured it.

    A policy that measures as the one before begins nothing new (SEMANTICS S10: time used stays). One that
    held for no time leaves no trace, so that routing decides before anything is counted.
    """
    policy = situation.policy
    if not ticket.active or not (policy.sla or ticket.legs or policy.version != 1):
        return ticket
    wanted = chosen(ticket, policy, situation.asks)
    last = ticket.leg
    now = situation.now if last is None else max(situation.now, last.since)
    kept = frozenset(leg for leg in ticket.legs if leg.since < now)
    before = ticket if kept == ticket.legs else replace(ticket, legs=kept)
    if measured(before, policy)[-1].terms.same_as(wanted):
        return before
    return replace(ticket, legs=kept | {Leg(now, wanted.name, policy.version)})


def legs_changed(before: Ticket, after: Ticket) -> tuple[Change, ...]:
    """Return the change between two states of one ticket's legs."""
    if before.legs == after.legs:
        return ()
    return (Change("legs", in_order(before.legs - after.legs), in_order(after.legs - before.legs)),)


def set_target(command: SetTarget, ticket: Ticket, situation: Situation) -> Proposal:
    """Give this ticket a target of its own, with a reason; None takes it back to what its policy says."""
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed", field="state", hint="reopen it first")
    if command.target not in TARGETS:
        raise Refused(f"{command.target!r} is no target", field="target", hint="one of " + ", ".join(TARGETS))
    if not stamp(command.reason):
        raise Refused(f"#{ticket.number}: a target of its own needs a reason", field="reason")
    held = {one for one in ticket.target_overrides if one.target == command.target}
    if command.seconds is None:
        wanted: set[Override] = set()
    elif not 60 <= command.seconds <= LONGEST:
        raise Refused(f"#{ticket.number}: a target is between a minute and a year", field="seconds")
    else:
        wanted = {Override(command.target, command.seconds)}
    if held == wanted:
        raise Refused(f"#{ticket.number} has that target already", field="target")
    change = Change("target_overrides", in_order(held - wanted), in_order(wanted - held))
    return Proposal("retargeted", (change, *stamp(command.reason)))


def recount(command: Recount, ticket: Ticket, situation: Situation) -> Proposal | None:
    """Measure a ticket from its creation on by what would be chosen now, whatever measured it before.

    The one way in which the past is judged anew: it is asked for, with a reason, and logged. Pauses that
    older events kept only as a number of seconds are read from the ticket's history.
    """
    if not stamp(command.reason):
        raise Refused(f"#{ticket.number}: counting anew needs a reason", field="reason")
    wanted = chosen(ticket, situation.policy, situation.asks)
    whole = frozenset({Leg(ticket.created_at, wanted.name, situation.policy.version)})
    changes = list(legs_changed(ticket, replace(ticket, legs=whole)))
    if ticket.paused_at is not None or ticket.paused_seconds:
        told = stays_of(situation.history)
        changes += [
            Change("spells", in_order(ticket.spells - told), in_order(told - ticket.spells)),
            *([Change("paused_at", ticket.paused_at, None)] if ticket.paused_at is not None else []),
            *([Change("paused_seconds", ticket.paused_seconds, 0)] if ticket.paused_seconds else []),
        ]
    if not changes:
        return None
    return Proposal("recounted", (*changes, *stamp(command.reason)))


def stays_of(history: Sequence[Event]) -> frozenset[Spell]:
    """Return the stays that a ticket's changes of state tell."""
    found: frozenset[Spell] = frozenset()
    state = State.NEW
    for event in history:
        change, named = event.change("state"), event.change("status")
        if change is None and named is None:
            continue
        state = state if change is None else State(change.after)
        status = "" if named is None else named.after
        found = stays(found, state, event.at, status)
    return found
