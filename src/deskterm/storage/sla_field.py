"""The query field `sla:` as SQL: how the nearest clock stands, and how much business time it has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, cast, false, func, or_
from sqlalchemy.dialects.postgresql import JSONB

from deskterm.domain import query as q
from deskterm.domain.left import due_after
from deskterm.storage.codec import to_ms
from deskterm.storage.scope import Clause, Scope, stands
from deskterm.storage.tables import tickets

if TYPE_CHECKING:
    from deskterm.domain.calendar import Calendar


def time_left(term: q.Field, scope: Scope) -> Clause:
    """Return the condition of how the nearest clock stands, or of the business time it has left."""
    words = [value.text for value in term.values if isinstance(value, q.Exact)]
    if term.op == "=":
        words += ["none"] if any(isinstance(value, q.Nothing) for value in term.values) else []
        return or_(false(), *(stands(word, scope) for word in words))
    column, seconds = tickets.c.due_at, q.duration_seconds(words[0]) or 0

    def compared(calendar: Calendar | None) -> Clause:
        bound = to_ms(due_after(calendar, scope.now, seconds))
        compare: dict[str, Clause] = {
            "<": column < bound,
            "<=": column <= bound,
            ">": column > bound,
            ">=": column >= bound,
        }
        return compare[term.op]

    # So much time left is another moment by each calendar.
    by: dict[Calendar, list[str]] = {}
    for name, calendar in scope.calendars().items():
        by.setdefault(calendar, []).append(name)
    within = compared(None)
    if by:
        measure = func.coalesce(_last_leg(scope), "")
        held = [and_(measure.in_(names), compared(calendar)) for calendar, names in by.items()]
        within = or_(and_(measure.not_in(scope.calendars()), within), *held)
    return and_(column.is_not(None), within)


def _last_leg(scope: Scope) -> ColumnElement[Any]:
    """Return the name of the SLA policy that measures a ticket, NULL where none but the last resort did."""
    if scope.sqlite:
        name: ColumnElement[Any] = func.json_extract(tickets.c.legs, "$[#-1][1]")
        return name
    last: ColumnElement[Any] = cast(tickets.c.legs, JSONB)[-1][1].astext
    return last
