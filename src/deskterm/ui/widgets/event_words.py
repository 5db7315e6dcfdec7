"""Events as this agent reads them: names for ids, local times, and only what the conversation should tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from deskterm.domain.events import Change, Event, is_side
from deskterm.domain.plain import clean_line
from deskterm.domain.process_words import step_sentence
from deskterm.domain.trail_words import stays_words
from deskterm.domain.wording import QUIET, field_words, sentence, value_words

SILENT = frozenset(
    {"noted", "settled", "followed", "unfollowed", "snoozed", "woken", "reminder", "reminded"}
    | {"mailed", "mail_waits", "mail_failed", "mail_retried", "worked", "time_changed", "time_removed"}
    | {"side_started", "side_replied", "side_received", "side_bounced"}
)
"""Kinds left to the history: their message speaks for itself, or they are one agent's own."""


@dataclass(frozen=True, slots=True)
class Teller:
    """What is needed to write ids and times as people know them."""

    names: Mapping[int, str]
    queues: Mapping[int, str]
    zone: tzinfo
    requesters: Mapping[int, str] = field(default_factory=dict)
    messages: Mapping[int, str] = field(default_factory=dict)

    def value(self, name: str, value: Any) -> str:
        """Write one value of a field; "" when it is empty."""
        if value is None or value in ("", ()):
            return ""
        if isinstance(value, datetime):
            return self.time(value)
        if name == "spells":
            return clean_line(stays_words(value, self.time), 400)
        if name == "requester" and value in self.requesters:
            return clean_line(self.requesters[value], 200)
        if name == "message" and value in self.messages:
            return f"“{clean_line(self.messages[value], 200)}”"
        return clean_line(value_words(name, value, self.names, self.queues), 400)

    def time(self, at: datetime) -> str:
        """Write a moment in local time."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def who(self, event: Event) -> str:
        """Write who did it: "alice", "bo as alice", or the door it came through when nobody did."""
        if event.actor is None:
            return event.via
        name = self.names.get(event.actor, f"agent {event.actor}")
        return f"{clean_line(event.login, 40)} as {name}" if event.login and event.login != name else name

    def change(self, change: Change) -> tuple[str, str, str]:
        """Write a change as its field, the old and the new value."""
        return (
            field_words(change.field),
            self.value(change.field, change.before),
            self.value(change.field, change.after),
        )


def alert_of(event: Event) -> str:
    """Return at_risk or breached for an event that records it, "" for any other."""
    return event.kind if event.kind in ("at_risk", "breached") else ""


def short(event: Event, teller: Teller) -> str:
    """Say in one line what an event did, for the conversation; "" when it need not be told there."""
    if alert_of(event):
        return sentence(event, teller.names, teller.queues)
    if event.kind in SILENT:
        return ""
    if event.kind == "step" and event.actor is not None:
        return clean_line(step_sentence(event, f" by {teller.who(event)}"), 600)
    words = _words(event, teller)
    if words and event.actor is not None:
        words = f"{words} by {teller.who(event)}"
    note = event.change("resolution")
    return f"{words} · {clean_line(str(note.after), 400)}" if event.kind == "solved" and note else words


def _words(event: Event, teller: Teller) -> str:
    told = [change for change in event.changes if change.field not in QUIET and not is_side(change.field)]
    if event.kind in ("replied", "received"):
        state = event.change("state")
        return f"{state.before} → {state.after}" if state and state.before else ""
    message = event.change("message")
    if event.kind == "undone" and message is not None:
        lead = "took back a message" if message.before is not None else "brought a message back"
        more = clean_line(sentence(event, teller.names, teller.queues), 400).removeprefix("took back: ")
        return f"{lead} · {more}" if told else lead
    return clean_line(sentence(event, teller.names, teller.queues), 600)
