"""The states a desk names as SQL: which tickets are in one, whatever name of it they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_, text, true

from deskterm.domain import query as q
from deskterm.domain.kinds import ACTIVE as ACTIVE_STATES
from deskterm.domain.kinds import State
from deskterm.domain.named_states import States
from deskterm.storage.scope import ACTIVE, Clause, Scope
from deskterm.storage.tables import tickets

if TYPE_CHECKING:
    from deskterm.domain.policy import NamedState

NAMED: Clause = text("tickets.status <> ''")  # type: ignore[assignment]
"""Written out, so that the index of named states can serve."""


def in_status(value: q.Value, scope: Scope) -> Clause:
    """Return the condition of a state as the desk calls it, for every name its tickets may carry."""
    states = scope.states()
    if isinstance(value, q.Nothing):
        found = tuple(states.default(category) for category in State)
    else:
        found = states.meant(_text(value, scope), prefix=isinstance(value, q.Prefix))
    return or_(false(), *(_in_state(one, states) for one in found))


def _in_state(one: NamedState, states: States) -> Clause:
    """Return the condition of one of the desk's states, for every name its tickets may carry."""
    first, *others = states.within(one.category)
    if one is first:
        elsewhere = [name for other in others for name in states.carried(other)]
        held: Clause = tickets.c.status.not_in(elsewhere) if elsewhere else true()
    else:
        held = and_(NAMED, tickets.c.status.in_(states.carried(one)))
    return and_(*([ACTIVE] if one.category in ACTIVE_STATES else []), tickets.c.state == one.category, held)


def _text(value: q.Value, scope: Scope) -> str:
    return value.text if isinstance(value, q.Exact | q.Prefix) else scope.actor.name
