"""Events: the immutable facts of the journal, how they fold into a ticket and how they are taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from deskterm.domain.errors import FieldMoved
from deskterm.domain.kinds import MERGED_INTO, Level, Priority, State
from deskterm.domain.step_marks import marks_back
from deskterm.domain.ticket import (
    CLOCK_FIELDS,
    END_FIELDS,
    PAUSE_FIELDS,
    REPLY_FIELDS,
    SET_FIELDS,
    Leg,
    Link,
    Mark,
    Override,
    Spell,
    Ticket,
    Worked,
    in_line,
    in_order,
)

Value = Any
"""What a field may hold: str, int, bool, datetime, None, or a tuple of those for set fields."""

SIDE_FIELDS = (
    *("message", "content", "snooze", "reminder", "reason", "view", "agent", "queue_saved", "split"),
    *("rule", "outbox", "escalated", "dead", "recurring", "mention", "side"),
)
"""Changes that live beside the ticket: a message shown, a snooze, a reminder's state, a rule that fired."""

STAYING = ("reason", "content", "rule", "escalated")
"""Side fields that undo leaves alone: what was said then was said then."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change. For set fields `before` is what was removed and `after` what was added (tuples).

    `message` changes say which message became visible (after) or was retracted (before), and
    `content:ID` (beside the first of them) what is in it, as a hash;
    `snooze:ID` holds an agent's snooze end; `reminder:ID` a reminder's state and `outbox:ID` that of what
    is to be sent; `rule:NAME` says which rule fired, and because of what; `escalated` says to whom, as
    queue:ID, lead:ID,ID or vendor:NAME; `dead:ID` says whether an address may be mailed;
    `mention:ID` in which message an agent is mentioned; `side:ID` says whether a side conversation is open.
    """

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of the audit trail; `seq` orders them all. `ticket` is None for facts about the desk."""

    seq: int
    command: int
    ticket: int | None
    kind: str
    at: datetime
    actor: int | None
    via: str
    login: str
    changes: tuple[Change, ...]
    undoes: int | None = None
    policy: int = 1

    def change(self, field: str) -> Change | None:
        """Return this event's change of `field`, None when it did not touch it."""
        return next((change for change in self.changes if change.field == field), None)


_CONVERT: dict[str, Any] = {
    "state": State,
    "priority": Priority,
    "impact": Level,
    "urgency": Level,
    "requested_urgency": lambda value: None if value is None else Level(value),
}


def is_side(field: str) -> bool:
    """Say whether a change is kept beside the ticket instead of in one of its own fields."""
    return field.partition(":")[0] in SIDE_FIELDS


def evolve(ticket: Ticket | None, event: Event) -> Ticket:
    """Fold one event into the ticket; None begins with the event that created it.

    Raises ValueError when the first event does not create the ticket: the journal is damaged.
    """
    values: dict[str, Any] = {"updated_at": event.at, "version": event.seq}
    messages = ticket.messages if ticket else 0
    for change in event.changes:
        name = change.field
        if name == "message":
            messages += (change.after is not None) - (change.before is not None)
        elif is_side(name):
            continue
        elif name in SET_FIELDS:
            held = frozenset(getattr(ticket, name)) if ticket else frozenset()
            values[name] = (held - _members(name, change.before)) | _members(name, change.after)
        else:
            convert = _CONVERT.get(name)
            values[name] = convert(change.after) if convert else change.after
    values["messages"] = messages
    if ticket is not None:
        return replace(ticket, **values)
    if event.kind != "created" or event.ticket is None:
        raise ValueError(f"event {event.seq} is not the creation of a ticket")
    values.setdefault("voided", False)
    return Ticket(number=event.ticket, **values)


def fold(events: Iterable[Event]) -> Ticket:
    """Replay a ticket's whole history. Raises ValueError unless it begins with a creation."""
    ticket: Ticket | None = None
    for event in events:
        ticket = evolve(ticket, event)
    if ticket is None:
        raise ValueError("no events to fold")
    return ticket


_MEMBER: dict[str, Callable[..., Any]] = {
    "links": Link,
    "fields": lambda name, text: (name, text),
    "spells": lambda start, state, end, status="": Spell(start, State(state), end, status),
    "legs": Leg,
    "target_overrides": Override,
    "worked": Worked,
    "steps": Mark,
}


def _members(name: str, value: Value) -> frozenset[Any]:
    member = _MEMBER.get(name)
    return frozenset(value or ()) if member is None else frozenset(member(*item) for item in value or ())


def net_effect(events: Iterable[Event]) -> tuple[Change, ...]:
    """Combine one command's events on one ticket into one change a field: first before, last after."""
    order: list[str] = []
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    messages: list[Change] = []
    for event in events:
        for change in event.changes:
            if change.field == "message":
                messages.append(change)
                continue
            if change.field in before:
                if change.field in SET_FIELDS:
                    removed = set(before[change.field] or ()) | set(change.before or ())
                    added = set(after[change.field] or ()) | set(change.after or ())
                    before[change.field] = in_order(removed - added)
                    after[change.field] = in_order(added - removed)
                    continue
            else:
                order.append(change.field)
                before[change.field] = change.before
            after[change.field] = change.after
    return tuple(Change(name, before[name], after[name]) for name in order) + tuple(messages)


class Taken(NamedTuple):
    """What takes a command back: the changes, and which groups of clock fields had moved on since."""

    changes: tuple[Change, ...]
    moved: frozenset[str]


def invert(events: Iterable[Event], ticket: Ticket) -> Taken:
    """Return the changes that take a command back on this ticket.

    A plain field that no longer holds what the command left raises FieldMoved: somebody changed it since.
    Set members that are gone or back already are left alone. Clock fields go back by groups (pauses, ends,
    replies); a group that moved since is left alone and named, for `mend` to put right.
    """
    happened = tuple(events)
    if happened and happened[0].kind == "created":
        if ticket.voided:
            raise FieldMoved(ticket.number, "voided", False, True)
        # What rules asked for because of it is called off too.
        asked = (change for event in happened for change in event.changes)
        called_off = tuple(
            Change(change.field, change.after, change.before)
            for change in asked
            if change.field.partition(":")[0] in ("reminder", "outbox")
        )
        return Taken((Change("voided", False, True), *called_off), frozenset())
    net = net_effect(happened)
    told = {change.field for change in net}
    if "state" in told and "status" not in told and ticket.status:
        # Coming into a category is coming into its default: it went to another state there since.
        raise FieldMoved(ticket.number, "status", "", ticket.status)
    moved = frozenset().union(
        *(
            group
            for group in (PAUSE_FIELDS, END_FIELDS, REPLY_FIELDS)
            if any(change.field in group and _moved_on(change, ticket) for change in net)
        )
    )
    inverse: list[Change] = []
    for change in net:
        name = change.field
        if name.partition(":")[0] in STAYING or name in moved:
            continue
        if is_side(name) or (name in CLOCK_FIELDS and name not in SET_FIELDS):
            inverse.append(Change(name, change.after, change.before))
        elif name == "steps":
            continue
        elif name in SET_FIELDS:
            inverse += _inverse_of_set(change, ticket)
        elif getattr(ticket, name) != change.after:
            raise FieldMoved(ticket.number, name, change.after, getattr(ticket, name))
        else:
            inverse.append(Change(name, change.after, change.before))
    inverse += _inverse_of_steps(net, ticket)
    return Taken(tuple(change for change in inverse if change.before != change.after), moved)


def _inverse_of_steps(net: Iterable[Change], ticket: Ticket) -> list[Change]:
    told = {change.field: change for change in net}
    process, steps = told.get("process"), told.get("steps")
    other = process is not None and process.before.casefold() != process.after.casefold()
    if steps is None and not other:
        return []
    gone, left = (_members("steps", value) for value in ((steps.before, steps.after) if steps else ((), ())))
    removed, restored = marks_back(gone, left, ticket, other=other)
    return [Change("steps", in_order(removed), in_order(restored))] if removed or restored else []


def _moved_on(change: Change, ticket: Ticket) -> bool:
    """Say whether a clock field is not any more what a command left, so that its inverse would be wrong."""
    held = getattr(ticket, change.field)
    if change.field != "spells":
        return bool(held != change.after)
    left, found = _members("spells", change.after), _members("spells", change.before)
    return not (left <= held and held.isdisjoint(found) and in_line((held - left) | found))


def _inverse_of_set(change: Change, ticket: Ticket) -> list[Change]:
    held = getattr(ticket, change.field)
    if change.field == "links":
        into = {link for link in _members("links", change.after) if link.kind == MERGED_INTO}
        if not into <= held:
            # It was taken apart since, and may be merged elsewhere: its state says closed all the same.
            raise FieldMoved(ticket.number, "links", change.after, in_order(held))
    if change.field == "worked":
        _refuse_moved_time(change, ticket)
    removed = in_order(_members(change.field, change.after) & held)
    restored = in_order(_members(change.field, change.before) - held)
    return [Change(change.field, removed, restored)] if removed or restored else []


def _refuse_moved_time(change: Change, ticket: Ticket) -> None:
    """Raise FieldMoved when an entry is not as the command left it: put back, it would count twice."""
    now = {one.id: one for one in ticket.worked}
    left = {one.id: one for one in _members("worked", change.after)}
    for number in {*left, *(one.id for one in _members("worked", change.before))}:
        if now.get(number) != left.get(number):
            raise FieldMoved(ticket.number, "worked", left.get(number), now.get(number))
