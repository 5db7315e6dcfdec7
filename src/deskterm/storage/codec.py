"""Rows ⇄ domain values: times as integers, sets as JSON, free text in events as hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import RowMapping

from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import Level, Priority, Sla, State
from deskterm.domain.policy import Policy
from deskterm.domain.process import step_name
from deskterm.domain.sla import standing
from deskterm.domain.ticket import (
    SET_FIELDS,
    TEXT_FIELDS,
    TIME_FIELDS,
    Attachment,
    Leg,
    Link,
    Mark,
    Override,
    Spell,
    Ticket,
    Worked,
    in_order,
)
from deskterm.storage.tables import FAR, REST

Row: TypeAlias = Mapping[str, Any] | RowMapping
"""A selected row, or one that is about to be written."""


def to_ms(moment: datetime) -> int:
    """UTC milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def from_ms(millis: int) -> datetime:
    """The UTC time of a stored integer."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def maybe_ms(moment: datetime | None) -> int | None:
    """Like to_ms, None stays None."""
    return None if moment is None else to_ms(moment)


def maybe_time(millis: int | None) -> datetime | None:
    """Like from_ms, None stays None."""
    return None if millis is None else from_ms(millis)


def digest(text: str) -> str:
    """What an event holds instead of a free text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def content_digest(row: Row, files: Iterable[Attachment] = (), beside: Any = None) -> str:
    """What the event that shows a message says of its content: who said what, when, to whom, how, and with
    which files; `beside` is what one of a side conversation holds besides."""
    names = ("kind", "at", "agent_id", "requester_id", "channel", "text")
    hung = [[file.digest, file.name, file.media_type] for file in files]
    more = [each for each in (hung, beside) if each]
    return digest(_dumps([row[name] for name in names] + more))


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_PLAIN = (
    "subject", "type", "channel", "category", "component", "priority_reason", "hold_reason", "resolution",
    "resolution_code", "close_reason", "paused_seconds", "reopens", "handoffs", "messages", "external_id",
    "imported_sla", "voided", "version", "status", "process", "process_version",
)  # fmt: skip
_COLUMN = {"queue": "queue_id", "requester": "requester_id", "owner": "owner_id"}
_SETS = tuple(sorted(SET_FIELDS))


def ticket_row(ticket: Ticket, policy: Policy) -> dict[str, Any]:
    """Return the row of a ticket, with what lists need derived from it."""
    row: dict[str, Any] = {name: getattr(ticket, name) for name in _PLAIN}
    row["number"] = ticket.number
    row["state"], row["priority"] = ticket.state.value, ticket.priority.value
    row["impact"], row["urgency"] = ticket.impact.value, ticket.urgency.value
    row["requested_urgency"] = ticket.requested_urgency.value if ticket.requested_urgency else None
    for name, column in _COLUMN.items():
        row[column] = getattr(ticket, name)
    for name in TIME_FIELDS:
        row[name] = maybe_ms(getattr(ticket, name))
    for name in _SETS:
        members = getattr(ticket, name)
        row[name] = _dumps(_packed(name, in_order(members))) if members else "[]"
    row["step"], row["steps_skipped"] = step_name(ticket, policy), ticket.skipped
    stands = standing(ticket, policy)
    row["active"] = 1 if ticket.active else 0
    row["due_at"], row["risk_at"] = maybe_ms(stands.due_at), maybe_ms(stands.risk_at)
    row["sla_started_at"], row["sla_rest"] = maybe_ms(stands.started_at), stands.rest.value
    row["sla_left"] = stands.left_seconds
    row["reply_sla"], row["reply_due_at"] = stands.reply, maybe_ms(stands.reply_due_at)
    row["solve_sla"], row["solve_due_at"] = stands.solving, maybe_ms(stands.solving_due_at)
    row["due_key"] = _due_key(row["due_at"], stands.left_seconds, stands.rest)
    return row


def _due_key(due_at: int | None, left: int | None, rest: Sla) -> int:
    if due_at is not None:
        return due_at
    if rest is Sla.PAUSED and left is not None:
        return FAR + max(-100_000_000, min(left, 100_000_000))
    return REST


SAID = ("worked", "steps")
"""Set fields whose members hold a moment third and, fifth, free text that somebody wrote."""

_EMPTY: frozenset[Any] = frozenset()
_MEMBER: dict[str, Callable[..., Any]] = {
    "links": Link,
    "fields": lambda name, text: (name, text),
    "spells": lambda start, state, end, status="": Spell(
        from_ms(start), State(state), maybe_time(end), status
    ),
    "legs": lambda since, policy, version: Leg(from_ms(since), policy, version),
    "target_overrides": Override,
    "worked": lambda number, agent, at, *rest: Worked(number, agent, from_ms(at), *rest),
    "steps": lambda step, state, at, *rest: Mark(step, state, from_ms(at), *rest),
}


def _packed(name: str, members: Iterable[Any]) -> Iterable[Any]:
    """Return the members of a set field as JSON can hold them."""
    if name == "spells":
        # The name of a state comes last and only where there is one: what was stored before stays as it was.
        return [
            (to_ms(start), state, maybe_ms(end), *filter(None, rest)) for start, state, end, *rest in members
        ]
    if name == "legs":
        return [(to_ms(since), policy, version) for since, policy, version in members]
    if name in SAID:
        return [(one[0], one[1], to_ms(one[2]), *one[3:]) for one in members]
    return members


def ticket_of(row: Row) -> Ticket:
    """Return the ticket of a row."""
    values: dict[str, Any] = {name: row[name] for name in _PLAIN}
    for name in TIME_FIELDS:
        values[name] = maybe_time(row[name])
    for name, column in _COLUMN.items():
        values[name] = row[column]
    for name in _SETS:
        packed = row[name]
        if packed == "[]":
            values[name] = _EMPTY
            continue
        members = json.loads(packed)
        member = _MEMBER.get(name)
        values[name] = frozenset(members) if member is None else frozenset(member(*item) for item in members)
    if values["imported_sla"] is not None:
        values["imported_sla"] = bool(values["imported_sla"])
    values["voided"] = bool(values["voided"])
    return Ticket(
        number=row["number"],
        state=State(row["state"]),
        priority=Priority(row["priority"]),
        impact=Level(row["impact"]),
        urgency=Level(row["urgency"]),
        requested_urgency=Level(row["requested_urgency"]) if row["requested_urgency"] else None,
        **values,
    )


def encode_changes(changes: Iterable[Change], texts: dict[str, str]) -> str:
    """Return the JSON of an event's changes; free texts go into `texts` by their digest."""

    def hashed(text: str) -> str:
        key = digest(text)
        texts[key] = text
        return key

    packed = []
    for change in changes:
        encode = _encoder(change.field, hashed)
        packed.append([change.field, encode(change.before), encode(change.after)])
    return _dumps(packed)


def _is_text(name: str) -> bool:
    """Say whether a change holds free text: what is known of contacts and organizations is kept as one."""
    return name in TEXT_FIELDS or name.startswith(("contact:", "organization:"))


def _encoder(name: str, hashed: Callable[[str], str]) -> Callable[[Any], Any]:
    if _is_text(name):
        return lambda value: hashed(value) if value else value
    if name in TIME_FIELDS or name.startswith("snooze:"):
        return maybe_ms
    if name == "fields":
        return lambda value: [[key, hashed(text)] for key, text in value or ()]
    if name in ("spells", "legs"):
        return lambda value: _packed(name, value or ())
    if name in SAID:
        return lambda value: _packed(name, [_said(one, hashed) for one in value or ()])
    return lambda value: value


def _said(entry: tuple[Any, ...], put: Callable[[str], str]) -> tuple[Any, ...]:
    """Return a member of SAID with its text put another way; one without a text stays as it is."""
    return (*entry[:4], put(entry[4]), *entry[5:]) if entry[4] else tuple(entry)


def decode_changes(packed: str, texts: Mapping[str, str]) -> tuple[Change, ...]:
    """Return the changes of stored JSON; an erased text reads as empty."""
    found = []
    for name, before, after in json.loads(packed):
        decode = _decoder(name, texts)
        found.append(Change(name, decode(before), decode(after)))
    return tuple(found)


def _decoder(name: str, texts: Mapping[str, str]) -> Callable[[Any], Any]:
    if _is_text(name):
        return lambda value: texts.get(value, "") if value else value
    if name in TIME_FIELDS or name.startswith("snooze:"):
        return maybe_time
    if name == "fields":
        return lambda value: tuple((key, texts.get(text, "")) for key, text in value or ())
    if name in ("spells", "legs"):
        return lambda value: tuple(_MEMBER[name](*item) for item in value or ())
    if name in SAID:
        read = _MEMBER[name]
        return lambda value: tuple(read(*_said(item, lambda key: texts.get(key, ""))) for item in value or ())
    if name in SET_FIELDS:
        return lambda value: tuple(tuple(item) if isinstance(item, list) else item for item in value or ())
    return lambda value: value


_TEXT_MARKS = (
    '"contact:',
    '"organization:',
    '"fields"',
    *(f'"{name}"' for name in SAID),
    *(f'"{name}"' for name in sorted(TEXT_FIELDS)),
)


def text_digests(packed: str) -> set[str]:
    """Return the digests that stored changes refer to."""
    found: set[str] = set()
    if not any(mark in packed for mark in _TEXT_MARKS):  # most events hold none, and reading JSON costs
        return found
    for name, before, after in json.loads(packed):
        for value in (before, after):
            if not value:
                continue
            if _is_text(name):
                found.add(value)
            elif name == "fields":
                found.update(text for _, text in value)
            elif name in SAID:
                found.update(one[4] for one in value if one[4])
    return found


def chain(before: str, row: Row) -> str:
    """Return the hash of an event: it covers the event's row and the hash of the ticket's event before."""
    facts = [
        row[name]
        for name in (
            "command",
            "ticket",
            "kind",
            "at",
            "actor",
            "via",
            "login",
            "changes",
            "undoes",
            "policy",
        )
    ]
    return hashlib.sha256((before + _dumps(facts)).encode("utf-8", "replace")).hexdigest()[:32]


def event_of(row: Row, texts: Mapping[str, str]) -> Event:
    """Return the event of a row."""
    return Event(
        seq=row["seq"],
        command=row["command"],
        ticket=row["ticket"],
        kind=row["kind"],
        at=from_ms(row["at"]),
        actor=row["actor"],
        via=row["via"],
        login=row["login"],
        changes=decode_changes(row["changes"], texts),
        undoes=row["undoes"],
        policy=row["policy"],
    )
