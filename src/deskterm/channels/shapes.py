"""The JSON shapes of tickets and messages that other programs stand on (CONTRACT section 3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deskterm.domain.kinds import MessageKind
from deskterm.domain.outgoing import Fate, OutboxLine
from deskterm.domain.people import Queue
from deskterm.domain.process_lines import StepLine
from deskterm.domain.sides import Side
from deskterm.domain.sla import Clock
from deskterm.domain.ticket import Message
from deskterm.domain.views import LinkedTicket, Row, TicketView

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode
_ENCODE_TIGHT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode

# JSON escapes the first 32 characters by itself; these would reach a terminal as they are.
_UNSAFE = re.compile(
    "[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def dump(value: Any, *, canonical: bool = False) -> str:
    """Return one line of JSON which draws only itself; canonical has sorted keys and no spaces."""
    return _UNSAFE.sub(_escaped, (_ENCODE_TIGHT if canonical else _ENCODE)(value))


def stamp(moment: datetime | None) -> str | None:
    """Return a time as `2026-11-22T14:02:00Z`, None for none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None


def queue_keys(queues: Mapping[int, Queue]) -> dict[str, str]:
    """Return the key of each queue by its name: programs get keys, people names."""
    return {queue.name: queue.key for queue in queues.values()}


def list_shape(row: Row, now: datetime, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return one element of `list`."""
    return {
        "number": row.number,
        "subject": row.subject,
        "state": row.state.value,
        "status": row.status or row.state.value,
        "priority": row.priority.value,
        "type": row.type,
        "queue": keys.get(row.queue, row.queue),
        "owner": row.owner or None,
        "requester": {"name": row.requester, "address": row.address},
        "channel": row.channel,
        "tags": list(row.tags),
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "due_at": stamp(row.due_at),
        "sla": row.sla(now).value,
    }


def show_shape(view: TicketView, now: datetime, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the object of `show`."""
    return {
        **list_shape(view.row, now, keys),
        "messages": [message_shape(message, view.ticket.number) for message in view.messages],
        "clocks": [clock_shape(clock) for clock in view.clocks],
        "links": [link_shape(link) for link in view.links],
        "fields": dict(sorted(view.ticket.fields)),
        "steps": [step_shape(line, now) for line in view.steps],
        "process": view.ticket.process or None,
        **worked_shape(view),
        **({"participants": people} if (people := participants_shape(view)) else {}),
        **({"sides": [side_shape(one, view.names) for one in view.sides]} if view.sides else {}),
    }


def step_shape(line: StepLine, now: datetime) -> dict[str, Any]:
    """Return one step of a process; `by`, `at` and `text` say who marked it, when, and what was said."""
    step = line.step
    return {
        "name": step.name,
        "state": line.state.value,
        "current": line.current,
        "required": step.required,
        "before": step.before.value,
        "owner": line.whose or None,
        "approval": step.approval.value if step.approval else None,
        "fields": list(step.fields),
        "due_at": stamp(line.due_at),
        "late": line.late(now),
        "by": line.by or None,
        "at": stamp(line.at),
        "text": line.text,
    }


def side_shape(side: Side, logins: Mapping[int, str]) -> dict[str, Any]:
    """Return one side conversation; its `messages` are the ids of those of the ticket that are of it."""
    return {
        "id": side.id,
        "ticket": side.ticket,
        "subject": side.subject,
        "state": "open" if side.open else "closed",
        "to": [{"name": one.name, "address": one.address} for one in side.people],
        "by": logins.get(side.by or 0),
        "begun_at": stamp(side.begun_at),
        "awaits_agent": side.awaits,
        "messages": list(side.messages),
    }


def worked_shape(view: TicketView) -> dict[str, Any]:
    """Return how long was worked on a ticket, and each entry; one of a merged ticket says of which."""
    return {
        "worked_seconds": sum(one.worked.seconds for one in view.worked),
        "worked": [
            {
                "id": one.worked.id,
                "agent": one.agent,
                "at": stamp(one.worked.at),
                "seconds": one.worked.seconds,
                "text": one.worked.text,
                "timer": one.worked.timed,
                "changed_by": one.changed_by or None,
                **({"origin": one.ticket} if one.ticket != view.ticket.number else {}),
            }
            for one in view.worked
        ],
    }


def participants_shape(view: TicketView) -> list[dict[str, str]]:
    """Return who is answered besides the requester: those whose tickets were merged into this one."""
    return [{"name": name, "address": address} for name, address in view.participants]


def message_shape(message: Message, home: int = 0) -> dict[str, Any]:
    """Return one message of a conversation; one that was merged into it says where it comes from.

    One of a side conversation is internal to whoever knows no more: it is not for the requester.
    """
    return {
        "id": message.id,
        "kind": MessageKind.INTERNAL.value if message.kind is MessageKind.SIDE else message.kind.value,
        "author": message.author,
        "at": stamp(message.at),
        "text": message.text,
        "attachments": [
            {"name": file.name, "media_type": file.media_type, "size": file.size}
            for file in message.attachments
        ],
        **({"sent": fate_shape(message.fate)} if message.fate is not None else {}),
        **({"origin": message.ticket} if home not in (0, message.ticket) else {}),
        **({"side": message.side, "address": message.address} if message.side is not None else {}),
    }


def fate_shape(fate: Fate) -> dict[str, Any]:
    """Return what became of the mail that a message went out as: its number is that in `outbox`."""
    return {
        "outbox": fate.number,
        "state": fate.state.value,
        "at": stamp(fate.at),
        "attempts": fate.attempts,
        "said": fate.words,
    }


def outbox_shape(line: OutboxLine) -> dict[str, Any]:
    """Return one line of the outbox."""
    return {
        "number": line.number,
        "kind": line.kind,
        "to": line.to,
        "ticket": line.ticket,
        "subject": line.subject,
        "state": line.state.value,
        "written_at": stamp(line.at),
        "next_at": stamp(line.next_at),
        "sent_at": stamp(line.sent_at),
        "attempts": line.attempts,
        "said": line.error,
        "automatic": line.auto,
        "rule": line.rule,
    }


def clock_shape(clock: Clock) -> dict[str, Any]:
    """Return one clock of a ticket."""
    return {
        "target": clock.target,
        "state": clock.state.value,
        "due_at": stamp(clock.due_at),
        "used_seconds": clock.used_seconds,
        "target_seconds": clock.target_seconds,
    }


def link_shape(link: LinkedTicket) -> dict[str, Any]:
    """Return one link of a ticket."""
    return {
        "kind": link.kind,
        "number": link.number,
        "subject": link.subject,
        "state": link.state.value,
    }
