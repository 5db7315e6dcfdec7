"""Scope: for whom and when a read is asked, and the conditions that follow from that alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, FromClause, and_, func, literal, select, text, true

from deskterm.domain.named_states import States, usual
from deskterm.domain.people import Actor
from deskterm.storage.codec import to_ms
from deskterm.storage.people import Directory
from deskterm.storage.tables import snoozes, tickets

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar
    from deskterm.storage.tally import Tally

Clause = ColumnElement[bool]

ACTIVE: Clause = text("tickets.active = 1")  # type: ignore[assignment]
"""Written out, because a bound parameter would keep the partial indexes from serving it."""

SOLVED: Clause = text("tickets.state = 'solved'")  # type: ignore[assignment]
"""Written out for the same reason."""


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom and when a query is asked: it decides visibility, `me`, dates and what is breached."""

    actor: Actor
    directory: Directory
    now: datetime
    zone: tzinfo
    sqlite: bool
    active: bool = False
    """Whether active tickets alone are meant: the lists' own indexes serve that best."""
    states: Callable[[], States] = usual
    """The states of the desk, asked when they are needed."""
    calendars: Callable[[], Mapping[str, Calendar]] = dict
    """By which SLA policy (its name) counts by which calendar, those around the clock left out."""
    tally: Tally | None = None
    """What is counted already; None inside a write, where what is seen may be taken back."""

    @property
    def now_ms(self) -> int:
        """`now` as the tables store it."""
        return to_ms(self.now)

    @property
    def hidden(self) -> tuple[int, ...]:
        """The queues that do not exist for this actor."""
        return self.directory.hidden(self.actor)

    @property
    def queue_names(self) -> dict[int, str]:
        """The names of the queues that exist for this actor."""
        hidden = set(self.hidden)
        return {queue.id: queue.name for queue in self.directory.queues.values() if queue.id not in hidden}

    @property
    def logins(self) -> dict[int, str]:
        """Every agent's login."""
        return {agent.id: agent.login for agent in self.directory.agents.values()}


def visible(scope: Scope, table: FromClause = tickets) -> Clause:
    """Return what limits any read to the tickets this actor may know of."""
    return and_(table.c.voided.is_(False), unhidden(scope, table))


def known_to(hidden: Sequence[int]) -> Clause:
    """Return the condition of tickets that exist for somebody from whom these queues are hidden."""
    there = tickets.c.voided.is_(False)
    return and_(there, tickets.c.queue_id.not_in(hidden)) if hidden else there


def unhidden(scope: Scope, table: FromClause = tickets) -> Clause:
    """Return the same for reads of active tickets: none of them is voided, and an index alone can tell."""
    hidden = scope.hidden
    return table.c.queue_id.not_in(hidden) if hidden else true()


def snoozed(scope: Scope) -> Clause:
    """Return the condition that the actor has snoozed a ticket for longer than now."""
    mine = snoozes.c.agent_id == (scope.actor.id or 0)
    # A list made once: asking row by row takes most of the time of a count.
    return tickets.c.number.in_(select(snoozes.c.ticket).where(mine, snoozes.c.until > scope.now_ms))


def stands(value: str, scope: Scope) -> Clause:
    """Return the condition of one of the words of `sla:` at the scope's moment."""
    now = scope.now_ms
    running = tickets.c.due_at.is_not(None)
    if value == "breached":
        return tickets.c.due_at <= now
    if value == "atrisk":
        return and_(tickets.c.due_at > now, tickets.c.risk_at <= now)
    if value == "ok":
        return and_(running, tickets.c.risk_at > now)
    return and_(tickets.c.due_at.is_(None), tickets.c.sla_rest == value)


def same(column: ColumnElement[Any], value: str, scope: Scope) -> Clause:
    """Compare a text whatever its case; `lower` of SQLite knows ASCII alone, so others take Python's."""
    if value.isascii():
        return func.lower(column) == value.lower()
    if scope.sqlite:
        return func.lower_case(column) == value.lower()
    return func.lower(column) == func.lower(value)


def worded(column: ColumnElement[Any], words: str, scope: Scope) -> Clause:
    """Compare with whole words of a text whatever its case; nothing in `words` is a wildcard."""
    fold = func.lower if words.isascii() or not scope.sqlite else func.lower_case
    spaced = literal(" ") + func.replace(fold(column), ",", " ") + " "
    return spaced.like(f"% {_escaped(words.lower())} %", escape="\\")


def _escaped(start: str) -> str:
    return start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(column: ColumnElement[Any], part: str, scope: Scope) -> Clause:
    """Compare any part of a text whatever its case; nothing in `part` is a wildcard."""
    fold = func.lower if part.isascii() or not scope.sqlite else func.lower_case
    return fold(column).like("%" + _escaped(part.lower()) + "%", escape="\\")


def begins(column: ColumnElement[Any], start: str, scope: Scope) -> Clause:
    """Compare the beginning of a text whatever its case; nothing in `start` is a wildcard."""
    fold = func.lower if start.isascii() or not scope.sqlite else func.lower_case
    return fold(column).like(_escaped(start.lower()) + "%", escape="\\")
