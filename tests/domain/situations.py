"""Tickets and situations for the tests of rules: no store, no database, a moment that is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from deskterm.domain import commands as c
from deskterm.domain.decide import decide, settle
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.kinds import ACTIVE, Level, Priority, State
from deskterm.domain.people import Actor, Agent, Queue, Role
from deskterm.domain.policy import DEFAULT, Policy
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.ticket import SPELLED, Spell, Ticket

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE = Agent(1, "alice", "Alice Moreau", Role.AGENT, frozenset({1}))
BO = Agent(2, "bo", "Bo Lindberg", Role.AGENT, frozenset({1, 2}))
VERA = Agent(3, "vera", "Vera Voss", Role.VIEWER, frozenset({1}))
GONE = Agent(4, "gone", "Gone", Role.AGENT, active=False)
QUEUES = {
    1: Queue(1, "Payments", "payments"),
    2: Queue(2, "Network", "network"),
    3: Queue(3, "HR", "hr", True),
}
AGENTS = {agent.id: agent for agent in (ALICE, BO, VERA, GONE)}


def after(**spans: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(**spans)


def ticket_in(state: State, **values: Any) -> Ticket:
    """A ticket that came to this state in the plainest way, created at noon."""
    held: dict[str, Any] = {
        "number": 7,
        "subject": "It fails",
        "state": state,
        "priority": Priority.P3,
        "impact": Level.MEDIUM,
        "urgency": Level.MEDIUM,
        "queue": 1,
        "requester": 1,
        "created_at": NOON,
        "updated_at": NOON,
        "waiting_since": NOON if state in ACTIVE else None,
        "spells": frozenset({Spell(NOON, state)} if state in SPELLED else ()),
        "version": 5,
    }
    if state is State.HOLD:
        held["hold_reason"] = "vendor"
    if state in (State.SOLVED, State.CLOSED):
        held |= {"solved_at": NOON, "resolution": "done", "resolution_code": "fixed", "owner": 1}
    if state is State.CLOSED:
        held |= {"closed_at": NOON, "close_reason": "confirmed"}
    return Ticket(**(held | values))


def situation(agent: Agent | None = ALICE, at: datetime = NOON, **values: Any) -> Situation:
    """What a rule may look at: everybody and every queue, unless said otherwise."""
    return Situation(Actor(agent, "test"), at, values.pop("policy", DEFAULT), QUEUES, AGENTS, **values)


def propose(
    command: c.TicketCommand, ticket: Ticket, agent: Agent | None = ALICE, at: datetime = NOON, **values: Any
) -> Proposal:
    """Decide a command that must not be dropped."""
    proposal = decide(command, ticket, situation(agent, at, **values))
    assert proposal is not None
    return proposal


def carried_out(ticket: Ticket, proposal: Proposal, at: datetime = NOON, policy: Policy = DEFAULT) -> Ticket:
    """Fold a proposal into its ticket, and what must follow from it."""
    changes = proposal.changes
    if proposal.message is not None:
        changes = (*changes, Change("message", None, 1))
    done = evolve(ticket, event(ticket, proposal.kind, changes, at))
    follow = settle(done, situation(at=at, policy=policy))
    return evolve(done, event(done, "settled", follow, at)) if follow else done


def event(ticket: Ticket, kind: str, changes: tuple[Change, ...], at: datetime = NOON) -> Event:
    """An event of Alice's on a ticket."""
    return Event(ticket.version + 1, 1, ticket.number, kind, at, 1, "test", "", changes)


def done(
    command: c.TicketCommand, ticket: Ticket, agent: Agent | None = ALICE, at: datetime = NOON, **values: Any
) -> Ticket:
    """Decide a command and fold what it proposes."""
    return carried_out(ticket, propose(command, ticket, agent, at, **values), at)
