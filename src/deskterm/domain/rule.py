"""Rules as values: when one is asked, what it looks for, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from deskterm.domain.kinds import State
from deskterm.domain.query import Exact, Field, Query, all_of
from deskterm.domain.query_parser import parse


class On(StrEnum):
    """When a rule is asked: before anybody looks, after something happened, or because time passed."""

    INTAKE = "intake"
    UPDATE = "update"
    TIME = "time"


class Action(NamedTuple):
    """One thing a rule does. `do` is a verb or a field to set; `text` a note, a reason, a message."""

    do: str
    value: str = ""
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule, in the order of the policy; the first that says `stop` ends its kind for this update.

    `events` says what a rule on "update" waits for (causes.EVENTS): "created", "updated", "at_risk",
    "breached", "reply", "note", "message", or "changed:FIELD". `since` and `after` say when a rule on
    "time" is asked: so many seconds after one of causes.SINCE, once for each such moment; in `business` time
    of the calendar that the ticket's targets are counted by, else around the clock.
    """

    name: str
    on: On
    when: str = ""
    actions: tuple[Action, ...] = ()
    events: tuple[str, ...] = ()
    since: str = ""
    after: int = 0
    stop: bool = False
    active: bool = True
    business: bool = False

    @cached_property
    def query(self) -> Query:
        """What it looks for; what counts from solving is about solved tickets. Raises QueryError."""
        query = parse(self.when)
        if self.since == State.SOLVED and not query.lifts_active:
            solved = Field("state", "=", (Exact(State.SOLVED.value),))
            query = Query(all_of((solved, query.root)), self.when, lifts_active=True)
        return query
