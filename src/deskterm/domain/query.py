"""The query language as values: terms and fields, their text form, and the times they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as part
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from deskterm.domain.errors import QueryError as QueryError
from deskterm.domain.kinds import CHANNELS, TYPES, Level, Priority, State

Op: TypeAlias = Literal["=", "<", "<=", ">", ">=", ".."]
Kind: TypeAlias = Literal["choice", "text", "time", "number", "duration", "people"]


@dataclass(frozen=True, slots=True)
class Exact:
    """A whole value, compared without regard to case."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a value (`vpn*`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The field is empty (`none`)."""


@dataclass(frozen=True, slots=True)
class Me:
    """The actor who asks (`me`)."""


Value: TypeAlias = Exact | Prefix | Nothing | Me


@dataclass(frozen=True, slots=True)
class Word:
    """One folded token, somewhere in the subject, the messages or the names."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more folded tokens in a row; with `prefix` the last may go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """One of IS_VALUES holds."""

    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field compared with values: one of several for "=", one for an order, two for a range.

    `name` is a key of FIELDS or `field.NAME`. Times and durations stay text; they were checked when parsed.
    """

    name: str
    op: Op
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Term


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold; with none, everything does."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the terms holds."""

    terms: tuple[Term, ...]


Term: TypeAlias = Word | Phrase | Is | Field | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: of active tickets alone, unless `lifts_active` (an `is:`, `state:` or `status:`
    somewhere)."""

    root: Term
    text: str = part(compare=False)
    lifts_active: bool


class FieldInfo(NamedTuple):
    """What a field holds, a line of help, and its words: all there are for a choice, else usual ones."""

    kind: Kind
    help: str
    choices: tuple[str, ...] = ()


VERDICTS = ("met", "missed")
SLA_WORDS = ("breached", "atrisk", "ok", "paused", "met", "missed", "none")
_STATES = tuple(state.value for state in State)
_PRIORITIES = tuple(priority.value for priority in Priority)
_LEVELS = tuple(level.value for level in Level)

FIELDS: Mapping[str, FieldInfo] = MappingProxyType(
    {
        "state": FieldInfo("choice", "where the ticket is in its life, or a desk's name in quotes", _STATES),
        "queue": FieldInfo("text", "the team's queue; me is any queue I belong to"),
        "owner": FieldInfo("people", "the agent who has it, or none"),
        "follower": FieldInfo("people", "an agent who follows it, or none"),
        "requester": FieldInfo("people", "the person who asks, by address or name, or a word of the name"),
        "from": FieldInfo("people", "who wrote a message, by address, login or name"),
        "org": FieldInfo("text", "the requester's organization, or a word of its name"),
        "type": FieldInfo("text", "incident, service request, question…", TYPES),
        "category": FieldInfo("text", "the category of the matter"),
        "component": FieldInfo("text", "the component or subcategory"),
        "tag": FieldInfo("text", "a tag on the ticket"),
        "priority": FieldInfo("choice", "P1, the most urgent, to P4", _PRIORITIES),
        "impact": FieldInfo("choice", "how much is affected", _LEVELS),
        "urgency": FieldInfo("choice", "how soon it matters", _LEVELS),
        "channel": FieldInfo("text", "how the request came in", CHANNELS),
        "has": FieldInfo("choice", "what the ticket carries", ("attachment", "link", "draft", "side")),
        "link": FieldInfo("text", "a kind of link, or the number of a linked ticket"),
        "process": FieldInfo("text", "the process it follows, or none"),
        "step": FieldInfo("text", "the step of its process that it is at, or none"),
        "status": FieldInfo("text", "the state as the desk calls it; none is the usual one of its category"),
        "number": FieldInfo("number", "the ticket's number"),
        "subject": FieldInfo("text", "words of the subject"),
        "sla": FieldInfo("choice", "the nearest clock, or its business time left: sla:<2h", SLA_WORDS),
        "reply": FieldInfo("choice", "the verdict on the first reply, as metrics count it", VERDICTS),
        "resolution": FieldInfo("choice", "the verdict on the resolution, as metrics count it", VERDICTS),
        "reopens": FieldInfo("number", "how often it was reopened"),
        "skipped": FieldInfo("number", "how many steps of its process were skipped"),
        "handoffs": FieldInfo("number", "how often it went to another team"),
        "worked": FieldInfo("duration", "time worked on it, by all together: >1h, 15m..2h, none"),
        "worker": FieldInfo("people", "an agent who recorded time on it, or none"),
        "created": FieldInfo("time", "when it was opened: <7d, today, 2026-11-01"),
        "updated": FieldInfo("time", "when anything last changed"),
        "replied": FieldInfo("time", "when an agent first replied, or none"),
        "solved": FieldInfo("time", "when it was solved, or none"),
        "closed": FieldInfo("time", "when it was closed, or none"),
        "due": FieldInfo("time", "when the nearest target ends: <2h is within two hours"),
        "snoozed": FieldInfo("time", "until when it is snoozed"),
        "rating": FieldInfo("number", "the customer's rating, 1 to 5, or none"),
    }
)

FORM_PREFIX = "field."
"""`field.NAME` is a form's field; its values are text, in any comparison."""

IS_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "any": "every ticket, closed ones too",
        "active": "new, open, pending or on hold",
        "new": "nobody has answered or taken it",
        "open": "the desk's turn",
        "pending": "the customer's turn",
        "hold": "a third party's turn",
        "solved": "a resolution is proposed",
        "closed": "done",
        "unassigned": "nobody has it",
        "mine": "I have it",
        "unread": "changed since I read it",
        "mentioned": "a colleague wrote @me, and I have not read or answered it since",
        "snoozed": "hidden from my lists for now",
        "breached": "a target has passed",
        "atrisk": "a target is near",
        "confidential": "for its queue alone",
        "vip": "its requester is marked as VIP",
        "merged": "closed into another ticket",
        "sideopen": "a side conversation beside it is not ended",
        "firstcontact": "solved for good with one reply by one team",
    }
)

AHEAD = frozenset({"due", "snoozed"})
"""Time fields that look ahead: a duration counts from now into the future."""

_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = "(?:[0-9]{1,5}[mhdwMHDW]){1,4}"
_DAY = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_BARE = r'[^\s,()"*<>]+'
_LONGEST = 100 * 366 * 86400  # seconds: a century, so that no sum leaves the calendar


def all_of(terms: Iterable[Term]) -> Term:
    """Return one term which holds when all of `terms` do."""
    flat: list[Term] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, And) else (term,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(terms: Iterable[Term]) -> Term:
    """Return one term which holds when at least one of `terms` does; there must be one."""
    flat: list[Term] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Or) else (term,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def duration_seconds(text: str) -> int | None:
    """Return the seconds of a duration such as `7d` or `1h30m`, None when it is none or beyond a century."""
    if not re.fullmatch(_DURATION, text):
        return None
    total, digits = 0, ""
    for char in text.lower():
        if char in _UNIT_SECONDS:
            total += int(digits) * _UNIT_SECONDS[char]
            digits = ""
        else:
            digits += char
    return total if total <= _LONGEST else None


def amounts(field: Field) -> list[int]:
    """Return the numbers of a field of numbers, the seconds of one of durations, where none is 0."""
    if FIELDS[field.name].kind == "duration":
        texts = (value.text if isinstance(value, Exact) else "0m" for value in field.values)
        return [duration_seconds(text) or 0 for text in texts]
    return [int(value.text) for value in field.values if isinstance(value, Exact)]


def day_of(text: str) -> date | None:
    """Return the day written as `2026-11-01`, None when it is none."""
    if not re.fullmatch(_DAY, text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def time_bounds(field: Field, now: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return the half-open interval [from, to) in UTC which a time field asks for; None is no bound.

    Days begin and end at midnight in `zone`. A duration counts back from `now`; for `due` and `snoozed` it
    counts ahead, and `due:<2h` has no lower bound: a ticket which is overdue is certainly due within two
    hours. An empty interval has from ≥ to. Raises ValueError for a field or value that is not a time,
    `none` among them.
    """
    if field.name not in FIELDS or FIELDS[field.name].kind != "time":
        raise ValueError(f"{field.name} is not a time")
    texts = [value.text for value in field.values if isinstance(value, Exact)]
    if len(texts) != len(field.values) or len(texts) != (2 if field.op == ".." else 1):
        raise ValueError(f"{field.name} is not compared with a time")
    seconds = duration_seconds(texts[0])
    if seconds is not None:
        return _duration_bounds(field, now.astimezone(UTC), timedelta(seconds=seconds))
    start, end = _day_bounds(texts[0], now, zone)
    if field.op == "..":
        return start, _day_bounds(texts[1], now, zone)[1]
    if field.op in ("<", "<="):
        return None, start if field.op == "<" else end
    if field.op in (">", ">="):
        return (end if field.op == ">" else start), None
    return start, end


def _duration_bounds(field: Field, now: datetime, span: timedelta) -> tuple[datetime | None, datetime | None]:
    less = field.op in ("<", "<=")
    if field.op in ("=", ".."):
        raise ValueError(f"{field.name} needs < or > before a duration")
    if field.name in AHEAD:
        return (None, now + span) if less else (now + span, None)
    return (now - span, None) if less else (None, now - span)


def _day_bounds(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    today = now.astimezone(zone).date()
    day = {"today": today, "yesterday": today - timedelta(days=1)}.get(text) or day_of(text)
    if day is None:
        raise ValueError(f"{text!r} is not a day")
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    # Where the clocks change at midnight, fold=0 is the first moment of the day: the change itself when
    # 00:00 is skipped, the earlier of two midnights when it comes twice.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def format(query: Query) -> str:
    """Return the query as text which parses to an equal query."""
    return "" if query.root == And(()) else _format_or(query.root)


def _format_or(term: Term) -> str:
    return " OR ".join(_branches(term))


def _branches(term: Term) -> list[str]:
    """Return the alternatives of a term; neighbours which differ in their value alone become one list."""
    pieces: list[str] = []
    for name, run in groupby(term.terms if isinstance(term, Or) else (term,), _listed_under):
        if name:
            pieces.append(f"{name}:" + ",".join([_format_term(one).partition(":")[2] for one in run]))
        else:
            pieces.extend(map(_format_and, run))
    return pieces


def _listed_under(term: Term) -> str:
    if isinstance(term, Field):
        return (
            term.name if term.op == "=" and term.name in FIELDS and FIELDS[term.name].kind == "time" else ""
        )
    return "is" if isinstance(term, Is) else ""


def _format_and(term: Term) -> str:
    return " ".join(map(_format_term, term.terms)) if isinstance(term, And) else _format_term(term)


def _format_term(term: Term) -> str:
    match term:
        case Word(text, prefix):
            return text + "*" * prefix
        case Phrase(words, prefix):
            return f'"{" ".join(words)}"' + "*" * prefix
        case Is(value):
            return f"is:{value}"
        case Field(name, "..", (Exact(first), Exact(last))):
            return f"{name}:{first}..{last}"
        case Field(name, op, values):
            return f"{name}:{'' if op == '=' else op}" + ",".join(map(format_value, values))
        case Not(Not() | And() as inner):
            return f"-({_format_or(inner)})"
        case Not(inner):
            return f"-{_format_term(inner)}"
    pieces = _branches(term)
    return pieces[0] if isinstance(term, Or) and len(pieces) == 1 else f"({' OR '.join(pieces)})"


def format_value(value: Value) -> str:
    """Return a value as it is written after a field's colon, in quotes where it needs them."""
    match value:
        case Nothing():
            return "none"
        case Me():
            return "me"
        case Prefix(text):
            return _quoted(text) + "*"
        case Exact(text):
            return f'"{text}"' if text.lower() in ("none", "me") else _quoted(text)


def _quoted(text: str) -> str:
    if re.fullmatch(_BARE, text) and ".." not in text:
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
