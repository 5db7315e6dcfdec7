"""Decide: which rule answers which command, who may ask for it, and what was expected when they did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from deskterm.domain import (
    commands,
    conversation,
    escalation,
    gates,
    judging,
    legs,
    lifecycle,
    merging,
    sides,
    stepping,
    timers,
    triage,
    work_next,
    worktime,
)
from deskterm.domain.due_work import stale_alerts
from deskterm.domain.errors import FieldMoved, NotAllowed, Refused
from deskterm.domain.events import Change
from deskterm.domain.people import Actor, Role
from deskterm.domain.proposal import Proposal, Situation
from deskterm.domain.ticket import SET_FIELDS, Ticket

Rule = Callable[[Any, Ticket, Situation], Proposal | None]

RULES: dict[type[commands.TicketCommand], Rule] = {
    commands.Assign: triage.assign,
    commands.Move: triage.move,
    commands.Escalate: escalation.escalate,
    commands.SetPriority: triage.set_priority,
    commands.Classify: triage.classify,
    commands.Tag: triage.tag,
    commands.Follow: triage.follow,
    commands.LinkTo: triage.link,
    commands.Merge: merging.merge,
    commands.Unmerge: merging.unmerge,
    commands.Reply: conversation.reply,
    commands.Note: conversation.note,
    commands.Receive: conversation.receive,
    commands.StartSide: sides.start,
    commands.ReplySide: sides.reply,
    commands.EndSide: sides.end,
    commands.ChangeState: lifecycle.change_state,
    commands.Solve: lifecycle.solve,
    commands.Close: lifecycle.close,
    commands.Reopen: lifecycle.reopen,
    commands.Snooze: timers.snooze,
    commands.Skip: work_next.skip,
    commands.SetTarget: legs.set_target,
    commands.Recount: legs.recount,
    commands.Rejudge: judging.rejudge,
    commands.ClockDue: timers.clock_due,
    commands.SnoozeDue: timers.snooze_due,
    commands.LogTime: worktime.log_time,
    commands.KeepTime: worktime.log_time,
    commands.ChangeTime: worktime.change_time,
    commands.RemoveTime: worktime.remove_time,
    commands.FollowProcess: stepping.follow_process,
    commands.MarkStep: stepping.mark_step,
    commands.StepDue: stepping.step_due,
}
"""The table of contents of the desk: each ticket command and the rule that answers it."""

NEEDS: dict[type[commands.Command], Role] = {
    commands.AddAgent: Role.ADMIN,
    commands.AddQueue: Role.ADMIN,
    commands.ApplyPolicy: Role.ADMIN,
    commands.DiscardMail: Role.LEAD,
    commands.SetTarget: Role.LEAD,
    commands.Rebalance: Role.LEAD,
    commands.Recount: Role.ADMIN,
    commands.Rejudge: Role.ADMIN,
    commands.SaveView: Role.VIEWER,
    commands.GoAway: Role.VIEWER,
    commands.Together: Role.VIEWER,
    commands.Snooze: Role.VIEWER,
    commands.Follow: Role.VIEWER,
    commands.Remind: Role.VIEWER,
    commands.DismissReminder: Role.VIEWER,
    commands.ChangeReminder: Role.VIEWER,
    commands.Undo: Role.VIEWER,
    commands.Redo: Role.VIEWER,
}
"""The least role for a command; all others need an agent. The parts of Together are asked one by one."""

DOES: dict[type[commands.Command], str] = {
    commands.AddAgent: "add or change agents",
    commands.AddQueue: "add or change queues",
    commands.ApplyPolicy: "apply a policy",
    commands.Create: "open tickets",
    commands.AddRecurring: "set recurring tickets",
    commands.EndRecurring: "end recurring tickets",
    commands.ChangeRecurring: "change recurring tickets",
    commands.Reply: "reply",
    commands.Note: "write notes",
    commands.StartSide: "write side conversations",
    commands.ReplySide: "write side conversations",
    commands.EndSide: "end side conversations",
    commands.Assign: "assign tickets",
    commands.Escalate: "escalate tickets",
    commands.UseMacro: "use macros",
    commands.Rebalance: "rebalance",
    commands.Merge: "merge tickets",
    commands.Unmerge: "take merged tickets apart",
    commands.Split: "split tickets",
    commands.SetTarget: "set targets",
    commands.Recount: "count clocks anew",
    commands.Rejudge: "judge targets anew",
    commands.Skip: "be handed tickets",
    commands.SaveContact: "change contacts",
    commands.MergeContacts: "merge contacts",
    commands.AddContactAddress: "change contacts",
    commands.RemoveContactAddress: "change contacts",
    commands.SaveOrganization: "change organizations",
    commands.LogTime: "record time",
    commands.KeepTime: "record time",
    commands.ChangeTime: "change recorded time",
    commands.RemoveTime: "take recorded time away",
    commands.FollowProcess: "change what processes tickets follow",
    commands.MarkStep: "mark steps",
    commands.AllowAddress: "allow an address again",
    commands.DiscardMail: "discard mail in quarantine",
}
"""What a refusal calls a command; others change tickets."""

ASK = {Role.VIEWER: "a viewer", Role.AGENT: "an agent", Role.LEAD: "a lead", Role.ADMIN: "an admin"}
HINTS = {Role.AGENT: "an admin can make you one", Role.LEAD: "ask a lead or an admin"}

FIELDS = frozenset(found.name for found in fields(Ticket))

DESK_ONLY = (commands.ClockDue, commands.SnoozeDue, commands.ReminderDue, commands.StepDue)


def authorise(command: commands.Command, actor: Actor) -> None:
    """Raise NotAllowed when the actor's role does not include this command."""
    if actor.agent is not None and not actor.agent.active:
        raise NotAllowed(f"{actor.name} does not work here any more", hint="an admin can add them again")
    needed = NEEDS.get(type(command), Role.AGENT)
    if isinstance(command, DESK_ONLY) and actor.agent is not None:
        raise NotAllowed("only the scheduler does that")
    if not actor.may(needed):
        raise not_allowed(actor, DOES.get(type(command), "change tickets"), needed)


def not_allowed(actor: Actor, what: str, needed: Role) -> NotAllowed:
    """Return the refusal of what an actor's role does not include, saying whose does and whom to ask."""
    whom = ASK[needed]
    hint = HINTS.get(needed, f"ask {whom}")
    return NotAllowed(f"{actor.name} may not {what}: that needs {whom}", hint=hint)


def decide(command: commands.TicketCommand, ticket: Ticket, situation: Situation) -> Proposal | None:
    """Return what follows from a command on a ticket, None when nothing does (any more).

    Raises Refused with a reason, FieldMoved when an expected value is not there any more.
    """
    if ticket.voided:
        raise Refused(f"#{ticket.number} was taken back", hint="redo brings it back")
    looked_at = command.expected if ticket.number in command.tickets else {}
    for name, value in looked_at.items():
        found = _held(ticket, name)
        if found != (frozenset(value) if name in SET_FIELDS else value):
            raise FieldMoved(ticket.number, name, value, found)
    return RULES[type(command)](command, ticket, situation)


def _held(ticket: Ticket, name: str) -> Any:
    """Return what a ticket holds in a field, also in `field.NAME`."""
    if name.startswith("field."):
        return dict(ticket.fields).get(name.removeprefix("field."), "")
    if name not in FIELDS:
        raise Refused(f"{name!r} is no field of a ticket", field=name)
    return getattr(ticket, name)


def settle(ticket: Ticket, situation: Situation, *, alerts: bool = True) -> tuple[Change, ...]:
    """Return what must follow from a changed ticket: which SLA policy measures it from now on, which steps
    of its process are not for it, and (`alerts`) the alerts that are not true any more."""
    measured = legs.follow(ticket, situation)
    stale = stale_alerts(measured, situation.policy, situation.now) if alerts else ()
    follow = legs.legs_changed(ticket, measured)
    if ticket.process:
        follow += gates.needless(measured, situation)
    return follow + ((Change("alerts", stale, ()),) if stale else ())
