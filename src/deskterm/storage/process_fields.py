"""Processes as SQL: which tickets follow one, and which are at a step."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, select, text

from deskterm.domain import query as q
from deskterm.storage.scope import Clause, Scope, begins, same
from deskterm.storage.tables import tickets

_HELD: dict[str, Clause] = {
    name: text(f"tickets.{name} <> ''")  # type: ignore[misc]
    for name in ("process", "step")
}
"""Written out, so that the indexes of those that hold something can serve."""


def followed(
    connection: Connection, numbers: Collection[int], known: Clause
) -> dict[int, tuple[str, str, int]]:
    """Return what each ticket follows, at which step it is, and how many were skipped; "" and 0 for none."""
    asked = select(tickets.c.number, tickets.c.process, tickets.c.step, tickets.c.steps_skipped)
    rows = connection.execute(asked.where(tickets.c.number.in_(numbers), known))
    return {int(number): (process, step, int(skipped)) for number, process, step, skipped in rows}


def in_process(value: q.Value, scope: Scope) -> Clause:
    """Return the condition of following a process of that name."""
    return _named("process", value, scope)


def at_step(value: q.Value, scope: Scope) -> Clause:
    """Return the condition of being at a step of that name."""
    return _named("step", value, scope)


def _named(name: str, value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return tickets.c[name] == ""
    word = value.text if isinstance(value, q.Exact | q.Prefix) else scope.actor.name
    compare = begins if isinstance(value, q.Prefix) else same
    return and_(_HELD[name], compare(tickets.c[name], word, scope))
