"""What is known of rules as a whole: what they did, what they would have done, and where they disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from deskterm.domain import query as q
from deskterm.domain.actions import VENDOR_PREFIX
from deskterm.domain.causes import SINCE, after_words
from deskterm.domain.kinds import State
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.views import Row


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule and what it did: how often it fired, on how many tickets, when last, and was stopped."""

    rule: Rule
    fired: int = 0
    tickets: int = 0
    last_at: datetime | None = None
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have matched: `matched` of the newest `of` tickets, the newest of them as rows."""

    rule: Rule
    matched: int
    of: int
    rows: tuple[Row, ...] = ()

    def __str__(self) -> str:
        would = "would fire now on" if self.rule.on is On.TIME else "would have matched"
        return f"{self.rule.name}: {would} {self.matched:,} of the last {self.of:,} tickets"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules that set the same field to different values on the same tickets: the later one wins."""

    first: str
    second: str
    field: str
    values: tuple[str, str]
    tickets: int

    def __str__(self) -> str:
        before, after = self.values
        return (
            f"{self.first} and {self.second} both set {self.field} ({before}, then {after}) "
            f"on {_tickets(self.tickets)}: {self.second} wins"
        )


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A rule that is never asked, because one before it stops the round for all that it would match."""

    rule: str
    by: str
    tickets: int

    def __str__(self) -> str:
        if not self.tickets:
            return f"{self.rule} is never asked: {self.by} matches every ticket and stops"
        return f"{self.rule} is never asked: {self.by} stops on all it matches ({_tickets(self.tickets)})"


def _tickets(count: int) -> str:
    return f"{count:,} ticket{'' if count == 1 else 's'}"


def action_words(action: Action) -> str:
    """Say one action: "queue network", "note Call back"."""
    return " ".join(part for part in (action.do, action.value, action.text) if part)


def occasion(rule: Rule) -> str:
    """Say when a rule is asked."""
    off = "" if rule.active else " (off)"
    if rule.on is On.INTAKE:
        return f"intake{off}"
    if rule.on is On.UPDATE:
        return (", ".join(rule.events) or "nothing") + off
    return f"{after_words(rule.after, rule.business)} since {SINCE.get(rule.since, rule.since)}{off}"


def settings_of(rule: Rule) -> dict[str, str]:
    """Return the fields a rule sets and to what, the last value of each."""
    found: dict[str, str] = {}
    for action in rule.actions:
        for field, value in _settings(action):
            found[field] = value
    return found


_FIELDS = frozenset(
    ("queue", "type", "category", "component", "channel", "impact", "urgency", "priority", "process")
)
"""Actions that are called as the field they set."""


def _settings(action: Action) -> Iterator[tuple[str, str]]:
    match action.do:
        case field if field in _FIELDS:
            yield action.do, action.value
        case "escalate" if action.value.casefold().startswith(VENDOR_PREFIX):
            yield "state", "hold"
            yield "field.vendor", action.value[len(VENDOR_PREFIX) :].strip()
        case "escalate" if action.value not in ("", "lead"):
            yield "queue", action.value
        case "assign":
            yield "owner", action.value
        case "state":
            yield "state", action.value
        case "solve":
            yield "state", "solved"
        case "close":
            yield "state", f"closed ({action.value})"
        case "field":
            yield f"field.{action.value}", action.text
        case "tag":
            yield f"tag {action.value}", "there"
        case "untag":
            yield f"tag {action.value}", "gone"


def as_it_came(query: q.Query) -> q.Query:
    """Return what a query asks of a ticket that is just coming in: it is new, and nobody has it.

    What a ticket came with is not kept beside what it holds today, so all else is asked of today's values.
    """
    return q.Query(_as_new(query.root), query.text, lifts_active=True)


_TRUE, _FALSE = q.And(()), q.Or(())
_NEW = ("new", "active", "unassigned", "any", "unread")
_LATER = ("snoozed", "breached", "atrisk", "merged", "mine", *(state.value for state in State))


def _as_new(term: q.Term) -> q.Term:
    match term:
        case q.And(terms):
            return q.And(tuple(_as_new(part) for part in terms))
        case q.Or(terms):
            return q.Or(tuple(_as_new(part) for part in terms))
        case q.Not(inner):
            return q.Not(_as_new(inner))
        case q.Is(value) if value in _NEW:
            return _TRUE
        case q.Is(value) if value in _LATER:
            return _FALSE
        case q.Field("state", "=", values):
            return _TRUE if q.Exact(State.NEW.value) in values else _FALSE
        case q.Field("owner" | "solved" | "closed", _, values):
            return _TRUE if q.Nothing() in values else _FALSE
    return term
