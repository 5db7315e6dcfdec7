"""What happens because time passed: clocks at risk and breached, snoozes and reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from deskterm.domain.commands import ClockDue, Snooze, SnoozeDue
from deskterm.domain.due_work import reached
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.people import Role
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.sla_policy import BREACHED
from deskterm.domain.ticket import Ticket


def clock_due(command: ClockDue, ticket: Ticket, situation: Situation) -> Proposal | None:
    """Record that a clock has come to a level, once; None when it has not (any more).

    A breach ends the snoozes of leads and admins: nothing hides it from them (CONTRACT section 4).
    """
    name = f"{command.target}:{command.level}"
    if name in ticket.alerts or not ticket.active:
        return None
    if not reached(ticket, situation.policy, command.target, command.level, situation.now):
        return None
    kind = command.level if command.level in ("at_risk", BREACHED) else "reached"
    woken = _of_leads(situation) if kind == BREACHED else {}
    return Proposal(kind, (Change("alerts", (), (name,)), *wake(woken)))


def _of_leads(situation: Situation) -> dict[int, datetime]:
    """Return the snoozes of those who are to hear of every breach."""
    agents = ((agent, situation.agents.get(agent)) for agent in situation.snoozes)
    leads = [agent for agent, one in agents if one is not None and one.role in (Role.LEAD, Role.ADMIN)]
    return {agent: situation.snoozes[agent] for agent in leads}


def snooze(command: Snooze, ticket: Ticket, situation: Situation) -> Proposal:
    """Hide the ticket from the acting agent's lists until a time; None shows it again."""
    agent = situation.actor.id
    if agent is None:
        raise Refused("only an agent can snooze a ticket")
    if command.until is not None and command.until <= situation.now:
        raise Refused(f"#{ticket.number}: that time has passed", field="until")
    before = situation.snoozes.get(agent)
    if command.until == before:
        raise Refused(
            f"#{ticket.number} is {'not snoozed' if before is None else 'snoozed until then already'}"
        )
    kind = "snoozed" if command.until is not None else "woken"
    return Proposal(kind, (Change(f"snooze:{agent}", before, command.until),))


def snooze_due(command: SnoozeDue, ticket: Ticket, situation: Situation) -> Proposal | None:
    """End an agent's snooze, unless the agent set another time since."""
    until = situation.snoozes.get(command.agent)
    if until is None or until > situation.now:
        return None
    return Proposal("woken", wake({command.agent: until}))


def wake(snoozes: Mapping[int, datetime]) -> tuple[Change, ...]:
    """Return the changes that end these snoozes (until by agent)."""
    return tuple(Change(f"snooze:{agent}", until, None) for agent, until in sorted(snoozes.items()))
