"""The states of a desk: several names in one category, one of them its default, and the moves they allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from deskterm.domain.kinds import State

if TYPE_CHECKING:
    from deskterm.domain.policy import NamedState
    from deskterm.domain.ticket import Ticket

_N, _O, _P, _H, _S, _C = tuple(State)

TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        _N: frozenset({_O, _P, _H, _S, _C}),
        _O: frozenset({_P, _H, _S, _C}),
        _P: frozenset({_O, _H, _S, _C}),
        _H: frozenset({_O, _P, _S, _C}),
        _S: frozenset({_O, _C}),
        _C: frozenset({_O}),
    }
)
"""CONTRACT section 4 as data: from a state to those a command may lead to. Nothing re-enters new but undo."""


class States:
    """The states a policy names, ready to be asked.

    A ticket carries the name of its state only when that is not the default of its category. One that the
    policy does not name any more is where its former name is kept (`was`), else the category's default.
    """

    __slots__ = ("_by_name", "_default", "_held", "all")

    def __init__(self, states: Iterable[NamedState]) -> None:
        self.all = tuple(states)
        self._default: dict[State, NamedState] = {}
        self._held: dict[tuple[State, str], NamedState] = {}
        self._by_name: dict[str, NamedState] = {}
        for one in self.all:
            if one.default:
                self._default.setdefault(one.category, one)
            self._by_name.setdefault(one.name.casefold(), one)
            self._held[one.category, one.name] = one
        for one in self.all:
            self._default.setdefault(one.category, one)
            for former in one.was:
                self._by_name.setdefault(former.casefold(), one)
                self._held.setdefault((one.category, former), one)

    def default(self, category: State) -> NamedState:
        """Return where a ticket is that comes into a category without anybody naming the state."""
        return self._default[category]

    def of(self, category: State, status: str) -> NamedState:
        """Return the state of a ticket that carries these."""
        if not status:
            return self._default[category]
        return self._held.get((category, status)) or self._default[category]

    def of_ticket(self, ticket: Ticket) -> NamedState:
        """Return the state a ticket is in."""
        return self.of(ticket.state, ticket.status)

    def status(self, one: NamedState) -> str:
        """Return what a ticket in a state carries: "" for the default of its category."""
        return "" if self._default[one.category] is one else one.name

    def within(self, category: State) -> tuple[NamedState, ...]:
        """Return the states of a category, its default first."""
        first = self._default[category]
        return (first, *(one for one in self.all if one.category is category and one is not first))

    def find(self, text: str) -> NamedState | None:
        """Return the state that somebody named: by its name, a former one, or a category for its default."""
        wanted = text.strip().casefold()
        found = self._by_name.get(wanted)
        if found is None and wanted in tuple(State):
            return self._default[State(wanted)]
        return found

    def meant(self, text: str, *, prefix: bool = False) -> tuple[NamedState, ...]:
        """Return the states that a query asks for by a name, a former one, or the beginning of either."""
        wanted = text.strip().casefold()
        return tuple(
            one
            for one in self.all
            if any(
                name.casefold().startswith(wanted) if prefix else name.casefold() == wanted
                for name in (one.name, *one.was)
            )
        )

    def carried(self, one: NamedState) -> tuple[str, ...]:
        """Return the names that tickets in a state may carry, besides "" in a default."""
        return tuple(name for (_, name), found in self._held.items() if found is one)

    def allows(self, here: NamedState, there: NamedState) -> bool:
        """Say whether somebody may move a ticket so: what the categories allow, less what the desk does."""
        if here is there:
            return True
        if here.category is not there.category and there.category not in TRANSITIONS[here.category]:
            return False
        onward = here.leads_to is None or there.name in here.leads_to
        return onward and (there.comes_from is None or here.name in there.comes_from)

    def onward(self, here: NamedState) -> tuple[NamedState, ...]:
        """Return the states somebody may move a ticket to from here."""
        return tuple(one for one in self.all if one is not here and self.allows(here, one))

    def unreachable(self) -> tuple[NamedState, ...]:
        """Return the states that no move leads to: defaults are where what happens puts a ticket."""
        reached = list(self._default.values())
        for here in reached:
            reached += [one for one in self.onward(here) if one not in reached]
        return tuple(one for one in self.all if one not in reached)

    def called(self, category: State, status: str) -> str:
        """Return what a state is called here, "" where that is the word for its category."""
        name = self.of(category, status).name
        return "" if name == category.value else name


def usual() -> States:
    """Return the states of a desk that has set nothing."""
    from deskterm.domain.policy import DEFAULT

    return DEFAULT.named
