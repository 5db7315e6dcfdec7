"""Commands in words: what each did, for the status line, the list of undo, and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deskterm.domain import commands as c
from deskterm.domain import sides
from deskterm.domain.kinds import State
from deskterm.domain.process_words import done_words
from deskterm.domain.time_words import done_with_time

Names = Mapping[int, str]

TARGETS = {
    "first_reply": "first reply",
    "next_reply": "next reply",
    "update": "update",
    "resolution": "resolution",
}


def which(numbers: tuple[int, ...]) -> str:
    """Say which tickets: "#1042" or "12 tickets"."""
    return f"#{numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} tickets"


def outcome(
    command: c.Command,
    numbers: tuple[int, ...],
    agents: Names,
    queues: Names,
    actor: int | None,
    called: Callable[[State], str] = str,
) -> str:
    """Say what a command did: the status line, the undo list and the command line's answer.

    `called` says how the desk calls the default state of a category.
    """
    them = which(numbers) if numbers else ""
    match command:
        case c.Create():
            return f"Opened {them}"
        case c.Assign(owner=None):
            return f"Released {them}"
        case c.Assign(owner=owner):
            return f"Took {them}" if owner == actor else f"Assigned {them} to {agents.get(owner or 0, '')}"
        case c.Move(queue=queue):
            return f"Moved {them} to {queues.get(queue, '')}"
        case c.Escalate(to=to, queue=queue, vendor=vendor):
            whom = {c.EscalateTo.QUEUE: queues.get(queue or 0, ""), c.EscalateTo.VENDOR: vendor}
            return f"Escalated {them} to {whom.get(to, 'the lead')}"
        case c.Reply(then=then):
            return f"Replied on {them}" + ("" if then in (None, State.OPEN) else f" · {called(then)}")
        case c.Note():
            return f"Noted on {them}"
        case c.StartSide() | c.ReplySide() | c.EndSide():
            return sides.done(command, them)
        case c.UseMacro(macro=macro):
            return f"Macro {macro} on {them}"
        case c.Receive():
            return f"Filed the requester's message on {them}"
        case c.ChangeState(state=state, status=status):
            return f"Set {them} to {status or called(state)}"
        case c.Solve():
            return f"Solved {them}"
        case c.Close(reason=reason):
            return f"Closed {them}: {reason}"
        case c.Reopen():
            return f"Reopened {them}"
        case c.SetPriority():
            return f"Set the priority of {them}"
        case c.Rebalance():
            return f"Rebalanced: {them} given to colleagues" if len(numbers) != 1 else f"Rebalanced {them}"
        case c.SetTarget(target=target):
            return f"Set the {TARGETS.get(target, target)} target of {them}"
        case c.Recount():
            return f"Counted the clocks of {them} anew"
        case c.Rejudge():
            return f"Judged {them} by the priority of then"
        case c.Tag(add=add, remove=remove):
            return f"Tagged {them} " + " ".join([*(f"+{tag}" for tag in add), *(f"−{tag}" for tag in remove)])
        case c.Follow(on=on):
            return f"{'Following' if on else 'No longer following'} {them}"
        case c.LinkTo(remove=remove):
            return f"{'Unlinked' if remove else 'Linked'} {them}"
        case c.Merge(into=into):
            return f"Merged {them} into #{into}"
        case c.Unmerge():
            return (
                f"Took {them} out of the ticket {'they were' if len(numbers) > 1 else 'it was'} merged into"
            )
        case c.Split(ticket=ticket, messages=messages):
            return f"Split {len(messages)} message{'s' * (len(messages) > 1)} of #{ticket} off into {them}"
        case c.Snooze(until=until):
            return f"Snoozed {them}" if until else f"Woke {them}"
        case c.Skip():
            return f"Skipped {them}"
        case c.Remind():
            return "Set a reminder" + (f" on {them}" if them else "")
        case c.DismissReminder(end=end):
            return "Ended a reminder" if end else "Dismissed a reminder"
        case c.AddRecurring(ticket=ticket):
            return f"Set a recurring ticket: {ticket.subject}"
        case c.EndRecurring(recurring=number):
            return f"Ended recurring ticket {number}"
        case c.FollowProcess() | c.MarkStep():
            return done_words(command, them)
        case c.LogTime() | c.ChangeTime() | c.RemoveTime():
            return done_with_time(command, them)
        case c.AddAgent(login=login):
            return f"Saved agent {login}"
        case c.GoAway(until=until):
            return "Back" if until is None else "Away"
        case c.AddQueue(name=name):
            return f"Saved queue {name}"
        case c.ApplyPolicy():
            return "Applied a policy"
        case c.AllowAddress(address=address):
            return f"Allowed mail to {address} again"
        case c.SaveContact() | c.MergeContacts() | c.AddContactAddress() | c.RemoveContactAddress():
            return "Changed a contact"
        case c.DiscardMail(mails=mails):
            return f"Discarded {len(mails)} mail{'s' * (len(mails) > 1)} in quarantine"
        case c.SaveView(name=name, query=query):
            return f"Saved view {name}" if query else f"Removed view {name}"
        case _:
            return f"Changed {them}"
