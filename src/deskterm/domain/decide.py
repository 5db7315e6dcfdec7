"""Decide: which rule answers which command, who may ask for it, and what was expected when they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskterm.domain import commands, conversation, lifecycle, timers, triage
from deskterm.domain.errors import FieldMoved, NotAllowed, Refused
from deskterm.domain.events import Change
from deskterm.domain.people import Actor, Role
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.sla import stale_alerts
from deskterm.domain.ticket import Ticket

Rule = Callable[[Any, Ticket, Situation], Proposal | None]

RULES: dict[type[commands.TicketCommand], Rule] = {
    commands.Assign: triage.assign,
    commands.Move: triage.move,
    commands.SetPriority: triage.set_priority,
    commands.Classify: triage.classify,
    commands.Tag: triage.tag,
    commands.Follow: triage.follow,
    commands.LinkTo: triage.link,
    commands.Reply: conversation.reply,
    commands.Note: conversation.note,
    commands.Receive: conversation.receive,
    commands.ChangeState: lifecycle.change_state,
    commands.Solve: lifecycle.solve,
    commands.Close: lifecycle.close,
    commands.Reopen: lifecycle.reopen,
    commands.Snooze: timers.snooze,
    commands.ClockDue: timers.clock_due,
    commands.SnoozeDue: timers.snooze_due,
}
"""The table of contents of the desk: each ticket command and the rule that answers it."""

NEEDS: dict[type[commands.Command], Role] = {
    commands.AddAgent: Role.ADMIN,
    commands.AddQueue: Role.ADMIN,
    commands.SaveView: Role.VIEWER,
    commands.Snooze: Role.VIEWER,
    commands.Follow: Role.VIEWER,
    commands.Remind: Role.VIEWER,
    commands.DismissReminder: Role.VIEWER,
    commands.Undo: Role.VIEWER,
    commands.Redo: Role.VIEWER,
}
"""The least role for a command; everything else needs an agent."""

DESK_ONLY = (commands.ClockDue, commands.SnoozeDue, commands.ReminderDue)


def authorise(command: commands.Command, actor: Actor) -> None:
    """Raise NotAllowed when the actor's role does not include this command."""
    needed = NEEDS.get(type(command), Role.AGENT)
    verb = type(command).__name__
    if isinstance(command, DESK_ONLY) and actor.agent is not None:
        raise NotAllowed(f"{verb} is the scheduler's")
    if not actor.may(needed):
        role = actor.agent.role if actor.agent else ""
        raise NotAllowed(f"{actor.name} is a {role}: {verb} needs {needed}", hint="ask a lead or an admin")


def decide(command: commands.TicketCommand, ticket: Ticket, situation: Situation) -> Proposal | None:
    """Return what follows from a command on a ticket, None when nothing does (any more).

    Raises Refused with a reason, FieldMoved when an expected value is not there any more.
    """
    for name, value in command.expected.items():
        found = getattr(ticket, name)
        if found != value:
            raise FieldMoved(ticket.number, name, value, found)
    if ticket.voided:
        raise Refused(f"#{ticket.number} was taken back", hint="redo brings it back")
    return RULES[type(command)](command, ticket, situation)


def settle(ticket: Ticket, situation: Situation) -> tuple[Change, ...]:
    """Return what must follow from a changed ticket: alerts that are not true any more are taken back."""
    stale = stale_alerts(ticket, situation.policy, situation.now)
    return (Change("alerts", stale, ()),) if stale else ()
