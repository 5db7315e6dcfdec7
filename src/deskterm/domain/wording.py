"""Events and commands in words, the same for ticker, history, conversation and command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from deskterm.domain import sides
from deskterm.domain.causes import FIRED, cause_words, span_words
from deskterm.domain.events import Change, Event, is_side
from deskterm.domain.judging import judged_by
from deskterm.domain.kinds import MERGED_FROM, MERGED_INTO, State
from deskterm.domain.outcomes import TARGETS
from deskterm.domain.outcomes import outcome as outcome
from deskterm.domain.outcomes import which as which
from deskterm.domain.process import LATE
from deskterm.domain.process_words import marks_words, process_sentence, step_sentence
from deskterm.domain.state_words import into_words, moved_words
from deskterm.domain.ticket import CLOCK_FIELDS, SET_FIELDS
from deskterm.domain.time_words import entry_words, worked_words
from deskterm.domain.trail_words import FIELDS, beside_words, moment_words, stays_words

Names = Mapping[int, str]

QUIET = CLOCK_FIELDS | {
    *("updated_at", "created_at", "voided", "reopens", "handoffs", "reason", "message", "requester", "split"),
    *("process_version", "process_since"),
}
"""Changes that follow from others: the full history shows them, a sentence does not."""


def value_words(field: str, value: Any, agents: Names, queues: Names) -> str:
    """Say a field's value: names for ids, "nobody" and "none" for emptiness."""
    if field.startswith(f"{FIRED}:"):
        return f"{field.partition(':')[2]}, because {cause_words(value)}" if value else "none"
    if field == "owner":
        return agents.get(value, f"agent {value}") if value is not None else "nobody"
    if field == "queue":
        return queues.get(value, "another queue") if value is not None else "none"
    if field == "followers":
        return ", ".join(agents.get(item, str(item)) for item in value or ())
    if field == "ccs":
        return f"{len(value)} {'person' if len(value) == 1 else 'people'}" if value else "nobody"
    if field == "links":
        return ", ".join(f"{kind} #{number}" for kind, number in value or ())
    if field == "alerts":
        return ", ".join(sorted(_alert_words(str(item)) for item in value or ()))
    if field == "fields":
        return ", ".join(f"{name}: {text}" for name, text in value or ())
    if field == "spells":
        return stays_words(value, moment_words)
    if field == "legs":
        return ", ".join(f"{name} (policy {version})" for _, name, version in value or ())
    if field == "worked":
        return entry_words(value, agents)
    if field == "steps":
        return marks_words(value)
    if field == "target_overrides":
        return ", ".join(
            f"{TARGETS.get(target, target)} {span_words(seconds)}" for target, seconds in value or ()
        )
    said = beside_words(field, value, agents, queues)
    if said is not None:
        return said
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(str(item) for item in value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "none"


def field_words(field: str) -> str:
    """Say a field's name."""
    head, _, rest = field.partition(":")
    if head in ("snooze", "reminder", "message", "mention", FIRED):
        return head
    return FIELDS.get(head) or (head if rest else field).replace("_", " ")


def change_words(change: Change, agents: Names, queues: Names) -> str:
    """Say one change: "priority P3 → P2"."""
    before = value_words(change.field, change.before, agents, queues)
    after = value_words(change.field, change.after, agents, queues)
    if change.field == "links":
        parts = ([f"linked: {after}"] if change.after else []) + (
            [f"no longer linked: {before}"] if change.before else []
        )
        return " · ".join(parts)
    if change.field in SET_FIELDS:
        parts = ([f"+{after}"] if change.after else []) + ([f"−{before}"] if change.before else [])
        return f"{field_words(change.field)} {' '.join(parts)}"
    return f"{field_words(change.field)} {before} → {after}"


def sentence(event: Event, agents: Names, queues: Names) -> str:
    """Say what happened in a few words, without who and when: "assigned to alice · open"."""
    words = VERBS.get(event.kind, _default)(event, agents, queues)
    reason = event.change("reason")
    return f"{words} ({reason.after})" if reason is not None and reason.after else words


def _taken_back(event: Event, agents: Names, queues: Names) -> str:
    voided = event.change("voided")
    if voided is not None:
        return "the ticket"
    if event.change("split") is not None:
        return "splitting messages off"
    told = [change.field for change in event.changes if change.field not in CLOCK_FIELDS]
    if all(field == "message" or field.startswith("outbox:") for field in told):
        return "a message" if "message" in told or not told else "taking a mail out of the outbox"
    return _default(event, agents, queues)


def _after(event: Event, field: str) -> Any:
    change = event.change(field)
    return change.after if change else None


def _default(event: Event, agents: Names, queues: Names) -> str:
    told = [
        change_words(change, agents, queues)
        for change in event.changes
        if change.field not in QUIET and not change.field.startswith(("content:", "outbox:"))
    ]
    return " · ".join(told) or event.kind


def _created(event: Event, agents: Names, queues: Names) -> str:
    queue = value_words("queue", _after(event, "queue"), agents, queues)
    return f"created in {queue} · {_after(event, 'priority')}"


def _assigned(event: Event, agents: Names, queues: Names) -> str:
    change = event.change("owner")
    if change is None:
        return _default(event, agents, queues)
    if change.after is None:
        whose = value_words("owner", change.before, agents, queues)
        return "released" if change.before == event.actor else f"taken from {whose}"
    if change.after == event.actor:
        return "taken"
    return f"assigned to {value_words('owner', change.after, agents, queues)}"


def _moved(event: Event, agents: Names, queues: Names) -> str:
    change = event.change("queue")
    return f"moved to {value_words('queue', change.after, agents, queues)}" if change else "moved"


def _escalated(event: Event, agents: Names, queues: Names) -> str:
    to, _, whom = str(_after(event, "escalated") or "").partition(":")
    if to == "lead":
        names = (agents.get(int(each), "somebody") for each in whom.split(",") if each.isdigit())
        return f"escalated to {', '.join(names)}"
    if to == "vendor":
        added = dict(_after(event, "fields") or ())
        reference = f" · {added['vendor_reference']}" if "vendor_reference" in added else ""
        until = value_words("hold_until", _after(event, "hold_until"), agents, queues)
        return f"escalated to the vendor {whom}{reference}" + (f" · until {until}" if until != "none" else "")
    return f"escalated to {value_words('queue', _after(event, 'queue'), agents, queues)}"


def _state(event: Event, agents: Names, queues: Names) -> str:
    moved = moved_words(event)
    hold = _after(event, "hold_reason")
    return moved + (f" · waits for {hold}" if hold else "") if moved else _default(event, agents, queues)


def _prioritised(event: Event, agents: Names, queues: Names) -> str:
    change = event.change("priority")
    if change is None:
        return _default(event, agents, queues)
    why = _after(event, "priority_reason")
    return f"{change.before} → {change.after}" + (f" ({why})" if why else "")


def _solved(event: Event, agents: Names, queues: Names) -> str:
    return f"solved: {_after(event, 'resolution_code') or 'done'}{into_words(event)}"


def _closed(event: Event, agents: Names, queues: Names) -> str:
    return f"closed: {_after(event, 'close_reason') or 'done'}{into_words(event)}"


def _replied(event: Event, agents: Names, queues: Names) -> str:
    state = event.change("state")
    return "replied" + (f" · {state.after}" if state and state.after != State.OPEN else "")


def _merged(event: Event, agents: Names, queues: Names) -> str:
    change = event.change("links")
    after, before = (change.after or (), change.before or ()) if change is not None else ((), ())
    made, gone = ([number for kind, number in links if kind in _MERGES] for links in (after, before))
    numbers = ", ".join(f"#{number}" for number in made or gone) or "another ticket"
    if event.kind == "merged":
        return f"merged into {numbers}: duplicate"
    if event.kind == "absorbed":
        return f"{numbers} was merged into this one"
    return f"no longer merged with {numbers}"


_MERGES = (MERGED_INTO, MERGED_FROM)


def _split(event: Event, agents: Names, queues: Names) -> str:
    change = event.change("links")
    number = next((number for kind, number in change.after or ()), None) if change is not None else None
    verb = "split off" if event.change("split") is not None else "split from"
    return f"{verb} {'another ticket' if number is None else f'#{number}'}"


def _clock(event: Event, agents: Names, queues: Names) -> str:
    names = _after(event, "alerts") or ()
    return _alert_words(str(names[0]) if names else f"clock:{event.kind}")


def _alert_words(alert: str) -> str:
    """Say an alert, kept as "resolution:at_risk", or by which priority a target was judged."""
    judged = judged_by(alert)
    if judged is not None:
        return f"{TARGETS.get(judged[0], judged[0])} judged as {judged[1]}"
    target, _, level = alert.partition(":")
    if alert.startswith(LATE):
        return f"{level} is late"
    return f"{TARGETS.get(target, target)} {level.replace('_', ' ')}"


def _settled(event: Event, agents: Names, queues: Names) -> str:
    steps = event.change("steps")
    return "clocks recalculated" if steps is None else step_sentence(event)


def _rejudged(event: Event, agents: Names, queues: Names) -> str:
    return " · ".join(_alert_words(str(alert)) for alert in _after(event, "alerts") or ())


def _retargeted(event: Event, agents: Names, queues: Names) -> str:
    change = event.change("target_overrides")
    told = [*(change.after or ()), *(change.before or ())] if change is not None else []
    if change is None or not told:
        return _default(event, agents, queues)
    target, seconds = told[0]
    said = TARGETS.get(target, target)
    return f"{said} within {span_words(seconds)}" if change.after else f"{said} as the policy says"


def rule_of(event: Event) -> Change | None:
    """Return the change that names the rule which made an event, None when people or clocks did."""
    return next((change for change in event.changes if change.field.startswith(f"{FIRED}:")), None)


def doer(event: Event, agents: Names) -> str:
    """Say who did it: an agent, a rule, or the door it came through."""
    if event.actor is not None:
        return agents.get(event.actor, event.via)
    fired = rule_of(event)
    return f"the rule {fired.field.partition(':')[2]}" if fired is not None else event.via


def _ruled(event: Event, agents: Names, queues: Names) -> str:
    fired = rule_of(event)
    if fired is None:
        return _default(event, agents, queues)
    name, why = fired.field.partition(":")[2], cause_words(fired.after or "")
    if event.kind == "rule_stopped":
        return f"rule {name} {why}"
    done = " · ".join(done_words(event, agents, queues))
    return f"rule {name}: {done}, because {why}" if done else f"rule {name}, because {why}"


def done_words(event: Event, agents: Names, queues: Names) -> list[str]:
    """Say each thing that a rule did."""
    told = [
        change_words(change, agents, queues)
        for change in event.changes
        if change.field not in QUIET and not is_side(change.field)
    ]
    said = sum(change.field == "message" for change in event.changes)
    told += ["wrote a message" if said == 1 else f"wrote {said} messages"] if said else []
    for head, words in (("reminder", "set a reminder"), ("outbox", "put something into the outbox")):
        told += [words] if any(change.field.startswith(f"{head}:") for change in event.changes) else []
    return told


def _reminded(event: Event, agents: Names, queues: Names) -> str:
    mailed = any(change.field.startswith("outbox:") for change in event.changes)
    return "reminder rang, and a mail was queued" if mailed else "reminder rang"


def _snoozed(event: Event, agents: Names, queues: Names) -> str:
    until = next((change.after for change in event.changes if change.field.startswith("snooze:")), None)
    return f"snoozed until {value_words('until', until, agents, queues)}" if until else "woken"


VERBS: Mapping[str, Callable[[Event, Names, Names], str]] = {
    "created": _created,
    "assigned": _assigned,
    "moved": _moved,
    "escalated": _escalated,
    "state": _state,
    "prioritised": _prioritised,
    "solved": _solved,
    "closed": _closed,
    "reopened": lambda event, agents, queues: "reopened",
    "replied": _replied,
    "noted": lambda event, agents, queues: "wrote an internal note",
    "received": lambda event, agents, queues: "the requester wrote",
    "answered": lambda event, agents, queues: "the desk wrote a mail by itself",
    "mailed": lambda event, agents, queues: "sent",
    "mail_failed": lambda event, agents, queues: "could not send",
    "mail_waits": lambda event, agents, queues: "tries again later",
    "mail_retried": lambda event, agents, queues: "tries again",
    "mail_cancelled": lambda event, agents, queues: "took out of the outbox",
    "bounced": lambda event, agents, queues: "a mail came back",
    "flooded": lambda event, agents, queues: "a flood of mail was stopped",
    **dict.fromkeys(("merged", "absorbed", "unmerged"), _merged),
    "split": _split,
    **dict.fromkeys(("at_risk", "breached", "reached", "step_late"), _clock),
    "snoozed": _snoozed,
    "woken": _snoozed,
    "skipped": lambda event, agents, queues: "skipped",
    "reminder": lambda event, agents, queues: "set a reminder",
    "reminded": _reminded,
    "undone": lambda event, agents, queues: "took back: " + _taken_back(event, agents, queues),
    "redone": lambda event, agents, queues: "did again: " + _taken_back(event, agents, queues),
    "ruled": _ruled,
    "rule_stopped": _ruled,
    **dict.fromkeys(("worked", "time_changed", "time_removed"), worked_words),
    "retargeted": _retargeted,
    "recounted": lambda event, agents, queues: "clocks counted anew from the beginning",
    "rejudged": _rejudged,
    "settled": _settled,
    "process": lambda event, agents, queues: process_sentence(event),
    "step": lambda event, agents, queues: step_sentence(event),
    **dict.fromkeys(sides.KINDS, sides.said),
}
