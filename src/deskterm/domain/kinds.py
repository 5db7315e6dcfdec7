"""The words a ticket is described with: states, priorities, levels, and the allowed values of its choices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """The six fixed state categories (PRODUCT: life of a ticket)."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"


ACTIVE = frozenset({State.NEW, State.OPEN, State.PENDING, State.HOLD})
"""The states in which a ticket is still to be worked."""


class Priority(StrEnum):
    """P1 is the most urgent."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Level(StrEnum):
    """The three levels of impact and of urgency."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


CHANNELS = ("email", "phone", "walk-in", "chat", "web", "monitoring", "api")
TYPES = ("incident", "service request", "question", "problem", "task")
LINK_KINDS = (
    "related",
    "duplicate",
    "parent",
    "child",
    "caused by",
    "causes",
    "follow-up",
    "blocked by",
    "blocks",
)
LINK_INVERSE = {
    "related": "related",
    "duplicate": "duplicate",
    "parent": "child",
    "child": "parent",
    "caused by": "causes",
    "causes": "caused by",
    "follow-up": "follow-up",
    "blocked by": "blocks",
    "blocks": "blocked by",
}
HANGING = ("causes", "child")
"""Links to what hangs on a ticket: its incidents and its children, which are offered to be solved with it."""

MERGED_INTO, MERGED_FROM = "merged into", "merged from"
SPLIT_INTO, SPLIT_FROM = "split into", "split from"
MAY_BELONG = "may belong to"
"""Links that commands make and nobody sets by hand: what hangs on them would come apart."""

HOLD_REASONS = ("vendor", "problem", "change", "other")
RESOLUTION_CODES = ("fixed", "workaround", "answered", "user error", "third party", "no fault found")
CLOSE_REASONS = ("confirmed", "no answer", "duplicate", "spam", "withdrawn", "declined", "cannot reproduce")


class MessageKind(StrEnum):
    """Who may read a message, and who wrote it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SYSTEM = "system"
    SIDE = "side"
    """Of a side conversation: read by agents and by those it is with, never by the ticket's requester."""


class Sla(StrEnum):
    """How a ticket stands as a whole: the values of `sla:` in the query language."""

    BREACHED = "breached"
    ATRISK = "atrisk"
    OK = "ok"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    NONE = "none"


def status(rest: Sla, due_at: datetime | None, risk_at: datetime | None, now: datetime) -> Sla:
    """Turn stored times into a word at `now`; `rest` is the word when nothing runs."""
    if due_at is None:
        return rest
    if now >= due_at:
        return Sla.BREACHED
    if risk_at is not None and now >= risk_at:
        return Sla.ATRISK
    return Sla.OK
