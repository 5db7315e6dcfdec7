"""Causes: what can set a rule off, how an event keeps it, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskterm.domain.events import Event

FIRED = "rule"
"""`rule:NAME` beside a ticket's fields says that a rule fired, and why."""

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "created": "the ticket was opened",
        "updated": "somebody worked on it since",
        "at_risk": "a target came near",
        "breached": "a target has passed",
        "reply": "an agent wrote to the requester",
        "note": "somebody wrote an internal note",
        "message": "the requester wrote",
        "escalated": "somebody escalated it",
        "process": "it began a process, or left one",
        "step": "a step of its process was marked",
        "step_late": "a step of its process is late",
        "changed:": "a field changed: changed:priority, changed:field.vendor",
    }
)
"""What a rule on an update can wait for; it must name at least one."""

CHANGEABLE = (
    *(
        "subject",
        "state",
        "status",
        "priority",
        "impact",
        "urgency",
        "queue",
        "owner",
        "type",
        "category",
        "component",
    ),
    *("channel", "tag", "reply", "note", "message"),
)
"""What `changed:` can name besides `field.NAME`; what was said is said shorter without it."""

SINCE: Mapping[str, str] = MappingProxyType(
    {
        "created": "it was opened",
        "replied": "an agent last wrote to the requester",
        "received": "the requester wrote what nobody has answered yet",
        "pending": "it was put to pending",
        "hold": "it was put on hold",
        "solved": "it was solved",
    }
)
"""The moments from which a rule on time counts; each rule fires once for each such moment."""


BY_MACRO = "macro "
"""How the reason of an event begins that keeps with which macro a message was written."""


def origins(events: Iterable[Event]) -> dict[int, str]:
    """Say of messages (ids) what wrote them: "macro NAME" or "rule NAME"; what people typed is left out."""
    found: dict[int, str] = {}
    for event in events:
        message = event.change("message")
        if message is None or message.after is None:
            continue
        reason = event.change("reason")
        said = str(reason.after or "") if reason is not None else ""
        rule = next((each.field for each in event.changes if each.field.startswith(f"{FIRED}:")), "")
        if said.startswith(BY_MACRO):
            # What a macro's own actions write says more after its name.
            found[message.after] = said if event.kind in ("replied", "noted") else said.partition("; ")[0]
        elif rule:
            found[message.after] = "rule " + rule.partition(":")[2]
    return found


def cause_words(cause: str) -> str:
    """Say why a rule fired, from what its event keeps: "an agent replied (event 1042)"."""
    kind, _, rest = cause.partition(":")
    if kind == "time":
        since, _, span = rest.partition(":")
        seconds, _, business = span.partition(":")
        return f"{after_words(int(seconds or 0), bool(business))} since {SINCE.get(since, since)}"
    if kind == "clock":
        target, _, level = rest.partition(":")
        return f"the {target.replace('_', ' ')} clock came to {level.replace('_', ' ')}"
    if kind == "stopped":
        return f"stopped: it {rest}"
    return f"{_CAUSES.get(kind, kind.replace('_', ' '))} (event {rest})"


def after_words(seconds: int, business: bool) -> str:
    """Say how long a rule on time waits: 48h, or 2h of business time."""
    return f"{span_words(seconds)} of business time" if business else span_words(seconds)


def span_words(seconds: int) -> str:
    """Say a length of time in its largest whole unit: 48h, 3d, 90m."""
    for unit, name in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"


_CAUSES = {
    "created": "the ticket was opened",
    "replied": "an agent replied",
    "noted": "a note was written",
    "received": "the requester wrote",
    "state": "its state changed",
    "solved": "it was solved",
    "closed": "it was closed",
    "reopened": "it was reopened",
    "assigned": "it was assigned",
    "moved": "it was moved",
    "escalated": "it was escalated",
    "prioritised": "its priority changed",
    "classified": "it was classified",
    "tagged": "it was tagged",
    "linked": "it was linked",
    "acted": "a macro was used",
    "merged": "it was merged",
    "unmerged": "it was taken out of another ticket",
    "split": "messages were split off",
    "unlinked": "a link was taken away",
    "retargeted": "it got a target of its own",
    "worked": "time was recorded",
    "time_changed": "recorded time was changed",
    "time_removed": "recorded time was taken away",
    "bounced": "a mail came back",
    "at_risk": "a target came near",
    "breached": "a target has passed",
    "process": "its process changed",
    "step": "a step was marked",
    "step_late": "a step is late",
}
