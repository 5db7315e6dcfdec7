"""The words of the audit trail: what kinds of events, fields and what they hold are called in a history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deskterm.domain.causes import span_words

KINDS = {
    "moved": "moved to a queue",
    "state": "state changed",
    "prioritised": "priority set",
    "classified": "details changed",
    "tagged": "tags changed",
    "noted": "internal note",
    "received": "the requester wrote",
    "answered": "automatic mail",
    "mailed": "mail sent",
    "mail_waits": "mail waits",
    "mail_failed": "mail failed",
    "mail_retried": "mail tried again",
    "mail_cancelled": "mail taken out of the outbox",
    "bounced": "a mail came back",
    "flooded": "a flood of mail was stopped",
    "absorbed": "another ticket was merged into it",
    "unmerged": "no longer merged",
    "reached": "an SLA threshold was reached",
    "woken": "snooze ended",
    "skipped": "left for another",
    "reminder": "reminder set",
    "reminded": "reminder rang",
    "undone": "taken back",
    "redone": "done again",
    "ruled": "a rule fired",
    "rule_stopped": "a rule was stopped",
    "worked": "time worked",
    "time_removed": "time deleted",
    "retargeted": "target of its own",
    "recounted": "clocks counted anew",
    "rejudged": "judged by the priority of then",
    "settled": "clocks recalculated",
    "side_started": "side conversation begun",
    "side_replied": "written in a side conversation",
    "side_received": "answer in a side conversation",
    "side_bounced": "a mail of a side conversation came back",
    "side_ended": "side conversation ended",
    "process": "process chosen",
    "step": "step of the process marked",
    "step_late": "a step is late",
}
"""What happened, where the name of the kind alone does not say it to a person."""

FIELDS = {
    "priority_reason": "reason",
    "requested_urgency": "urgency as asked",
    "ccs": "CC",
    "status": "named state",
    "spells": "in state",
    "legs": "SLA policy",
    "target_overrides": "own targets",
    "alerts": "clocks",
    "paused_at": "paused since",
    "paused_seconds": "paused for",
    "imported_sla": "SLA as imported",
    "external_id": "number elsewhere",
    "worked": "time",
    "voided": "taken back",
    "dead": "mail address",
    "side": "side conversation",
    "outbox": "mail",
    "escalated": "escalated to",
    "split": "split off",
    "process_version": "process as of",
    "process_since": "process since",
}
"""What a field is called, where that is not its name; in at most 17 cells."""

STATES: Mapping[str, Mapping[str, str]] = {
    "reminder": {"pending": "to come", "fired": "rang", "cancelled": "taken away"},
    "outbox": {"queued": "waits in the outbox", "cancelled": "taken out of the outbox"},
    "dead": {"dead": "takes no mail", "allowed": "may be mailed"},
}
"""What becomes of a thing that hangs on a ticket, by what the journal calls it."""

DOORS = {"tui": "terminal", "cli": "shell"}
"""Through what people acted, where the journal has a shorter name for it."""

UNSAID = ("content",)
"""Fields that say nothing to a person: the check sum of a text that is there to be read."""


def kind_words(kind: str) -> str:
    """Say what kind of event it is."""
    return KINDS.get(kind, kind.replace("_", " "))


def stays_words(value: Any, time: Any) -> str:
    """Say stays in states, from when and until when; `time` writes a moment."""
    said = []
    for start, state, *more in value or ():
        end = more[0] if more else None
        called = more[1] if len(more) > 1 and more[1] else state
        said.append(f"{called} from {time(start)}" + (f" to {time(end)}" if end is not None else ""))
    return ", ".join(said)


def beside_words(field: str, value: Any, agents: Mapping[int, str], queues: Mapping[int, str]) -> str | None:
    """Say what a field beside the ticket holds, or one that counts; None when its value says it."""
    head, _, rest = field.partition(":")
    if head == "requester" or (head == "message" and isinstance(value, int)):
        return f"contact {value}" if head == "requester" else "a message"
    if head == "paused_seconds":
        return span_words(value) if value else "none"
    if head == "mention":
        return agents.get(int(rest), f"agent {rest}") if rest.isdigit() and value is not None else "none"
    if head == "split":
        return _messages(len(value or ()))
    if head == "escalated":
        return _escalated_words(str(value or ""), agents, queues)
    return STATES[head].get(str(value)) if head in STATES else None


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _escalated_words(value: str, agents: Mapping[int, str], queues: Mapping[int, str]) -> str:
    to, _, whom = value.partition(":")
    if to == "queue" and whom.isdigit():
        return f"the queue {queues.get(int(whom), 'another')}"
    if to == "lead":
        return ", ".join(agents.get(int(each), "somebody") for each in whom.split(",") if each.isdigit())
    return f"the vendor {whom}" if to == "vendor" else value


def moment_words(at: datetime) -> str:
    """Write a moment where no time zone is known."""
    return at.strftime("%Y-%m-%d %H:%M UTC")
