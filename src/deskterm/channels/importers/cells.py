"""The cells of a ServiceNow log as values of a desk: its words in both spellings, its times and flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.plain import clean_line

Cell = TypeVar("Cell")
NO_GROUP = "No group"

STATES: Mapping[str, tuple[State, str]] = {
    "new": (State.NEW, ""),
    "active": (State.OPEN, ""),
    "awaiting user info": (State.PENDING, ""),
    "awaiting vendor": (State.HOLD, "vendor"),
    "awaiting problem": (State.HOLD, "problem"),
    "awaiting evidence": (State.HOLD, "evidence"),
    "resolved": (State.SOLVED, ""),
    "closed": (State.CLOSED, ""),
}
"""ServiceNow's states: ours, and what a ticket on hold waits for."""

CHANNEL_WORDS: Mapping[str, tuple[str, bool]] = {
    "phone": ("phone", True),
    "email": ("email", True),
    "self service": ("web", True),
    "chat": ("chat", True),
    "walk-in": ("walk-in", True),
    "web": ("web", True),
    "ivr": ("phone", False),
    "direct opening": ("web", False),
}
"""ServiceNow's ways in: our channel, and whether it means the same."""

PRIORITIES: Mapping[str, Priority] = {str(rank): priority for rank, priority in enumerate(Priority, 1)}
LEVELS: Mapping[str, Level] = {"1": Level.HIGH, "2": Level.MEDIUM, "3": Level.LOW}

WORDS = {
    "assignment_group": "Group ",
    "assigned_to": "Resolver ",
    "resolved_by": "Resolved by ",
    "caller_id": "Caller ",
    "category": "Category ",
    "subcategory": "Subcategory ",
    "u_symptom": "Symptom ",
    "location": "Location ",
    "closed_code": "code ",
    "problem_id": "Problem ID ",
    "rfc": "CHG",
}
"""What a bare number in a column was called before an intermediate copy lost the word."""

_SPACES = re.compile(r"\s+")
_TIME = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_TRUE = frozenset({"true", "1", "yes", "wahr", "vrai"})
_FALSE = frozenset({"false", "0", "no", "falsch", "faux"})


@lru_cache(maxsize=65536)
def worded(column: str, text: str) -> str:
    """Return a cell's text on one line, with the word of its column when only the number is left."""
    plain = clean_line(_SPACES.sub(" ", text)).strip()
    return f"{WORDS[column]}{plain}" if plain.isdigit() and column in WORDS else plain


@lru_cache(maxsize=65536)
def login(column: str, text: str) -> str:
    """Return a person's cell as a login: lower case, no spaces; "" for nobody."""
    return re.sub(r"[^\w.-]+", "-", worded(column, text).casefold()).strip("-")


@lru_cache(maxsize=65536)
def moment(text: str) -> datetime:
    """Read a time, day before month; no zone means UTC. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("no time such as 29-02-2016 01:16")
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise ValueError("no day of the calendar") from None


def boolean(text: str) -> bool:
    """Read a flag in any of its spellings. Raises ValueError."""
    word = text.casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("neither true nor false")


def count(text: str) -> int:
    """Read a counter. Raises ValueError."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise ValueError("no count")


def ranked(ranks: Mapping[str, Cell]) -> Callable[[str], Cell]:
    """Return a reader of cells such as "3 - Moderate" or "3". It raises ValueError for an unknown rank."""

    def read(text: str) -> Cell:
        rank = text.partition("-")[0].strip()
        if rank not in ranks:
            raise ValueError("none of " + ", ".join(ranks))
        return ranks[rank]

    return read
