"""Lists in groups, by state, owner, queue or priority: each read in its own order, one after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select

from deskterm.domain.kinds import Priority, State
from deskterm.domain.lists import GROUPED_BY, NOBODY, Listing, Row
from deskterm.domain.query import Query
from deskterm.storage import reads, search
from deskterm.storage.journal import last_seq
from deskterm.storage.scope import Clause, Scope, visible
from deskterm.storage.tables import tickets

MARK = "|"
"""In a row's key: between the place of its group and its place in the group."""

LARGE = 8
"""A group that holds more than this part of the list is read by going through the list."""

Anchor = tuple[int | str, int]

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "state": tickets.c.state,
    "owner": tickets.c.owner_id,
    "queue": tickets.c.queue_id,
    "priority": tickets.c.priority,
}


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    value: Any
    within: Clause


def parted(sort: str) -> tuple[str, str]:
    """Split an order such as `state/breach` into what it groups by ("" for nothing) and the order inside."""
    group, slash, inner = sort.partition("/")
    return (group, inner) if slash and group in GROUPED_BY else ("", sort)


class _Grouped:
    """One list in groups: where it is cut, and reading across the cuts."""

    def __init__(self, connection: Connection, scope: Scope, query: Query, sort: str) -> None:
        self.connection, self.scope, self.query = connection, scope, query
        self.by, self.sort = parted(sort)
        self.condition = search.where(query, scope)
        self.groups = tuple(_groups(self.by, scope))
        self._counted: Counter[Any] | None = None
        self.known = reads.SORTS[self.sort.removeprefix("-")]

    def page(self, anchor: Anchor | None, limit: int, include: bool = False) -> list[Row]:
        """Return up to |limit| rows after the anchor (limit > 0) or before it, as `reads.page` does."""
        start, inside = self._opened(anchor) if anchor is not None else (None, None)
        places = list(range(len(self.groups)))
        if limit < 0:
            places.reverse()
        found: list[Row] = []
        for at in places:
            if start is not None and (at < start if limit > 0 else at > start):
                continue
            left = abs(limit) - len(found)
            if left <= 0:
                break
            rows = reads.page(
                self.connection,
                self.scope,
                and_(self.condition, self._walked(self.groups[at])),
                self.sort,
                anchor=inside if at == start else None,
                limit=left if limit > 0 else -left,
                include=include and at == start,
            )
            rows = [row._replace(key=f"{at}{MARK}{row.key}") for row in rows]
            found = found + rows if limit > 0 else rows + found
        return found

    def _walked(self, group: _Group) -> Clause:
        """Return what holds in a group, so put that its rows are found the faster way.

        By default SQLite goes by the group and puts all of it in order. Where a group is a good part of the
        list, going by the order and passing over the others takes a hundredth of that.
        """
        if not self.scope.sqlite or group.value is None:
            return group.within
        if self.sort.endswith("breach"):
            through = self.by == "priority"
        else:
            known = self._known_counts()
            through = known[group.value] * LARGE > known.total()
        if not through:
            return group.within
        column: ColumnElement[Any] = literal_column(f"+tickets.{_COLUMNS[self.by].name}")
        through_all: Clause = column == group.value
        return through_all

    def _known_counts(self) -> Counter[Any]:
        """Count each group by its value, as far as that is known without looking at each ticket."""
        if self._counted is None:
            self._counted = Counter()
            found = (
                self.scope.tally.found(self.connection, self.scope, self.query) if self.scope.tally else None
            )
            for group, n in (found or {}).items():
                self._counted[getattr(group, self.by)] += n
        return self._counted

    def _opened(self, anchor: Anchor) -> tuple[int, Anchor]:
        """Return the place of an anchor's group, and the anchor inside of it."""
        place, _, key = str(anchor[0]).partition(MARK)
        return int(place), (key if self.sort.endswith("priority") else int(key), anchor[1])

    def place(self, number: int, condition: Clause) -> Anchor | None:
        """The anchor of a ticket, None when the condition does not hold for it."""
        column = _COLUMNS[self.by]
        statement = select(column.label("value"), self.known.label("key"))
        found = self.connection.execute(statement.where(tickets.c.number == number, condition)).first()
        if found is None:
            return None
        at = next((at for at, group in enumerate(self.groups) if group.value == found.value), None)
        return None if at is None else (f"{at}{MARK}{found.key}", number)

    def ahead(self, first: Row, counts: Mapping[str, int]) -> int:
        """Count what comes before a row."""
        start, inside = self._opened((first.key, first.number))
        within = and_(self.condition, self.groups[start].within, reads.ahead(self.sort, inside))
        return (
            sum(counts[group.title] for group in self.groups[:start])
            + reads.count(self.connection, within, None)[0]
        )

    def counts(self) -> Counter[str]:
        """Count each group by its title, without looking at each ticket where that is known."""
        values = self._known_counts()
        if not values:
            column = _COLUMNS[self.by]
            statement = select(column, func.count()).where(self.condition).group_by(column)
            values = Counter({value: int(n) for value, n in self.connection.execute(statement)})
        return Counter({group.title: values[group.value] for group in self.groups if values[group.value]})


def listing(
    connection: Connection,
    scope: Scope,
    query: Query,
    *,
    sort: str,
    anchor: Anchor | None = None,
    at: int | None = None,
    limit: int = 128,
    before: int = 0,
    counted: bool = True,
) -> Listing:
    """Return a window of a list in groups: `reads.listing` for an order such as `state/breach`.

    Lists that reach beyond active tickets come without groups: nothing may depend on all that ever was.
    """
    if not search.active_only(query):
        alone = None if anchor is not None and _is_grouped(anchor) else anchor
        inner = parted(sort)[1]
        found = reads.listing(
            connection,
            scope,
            query,
            sort=inner,
            anchor=alone,
            at=at,
            limit=limit,
            before=before,
            counted=counted,
        )
        return found._replace(sort=sort)
    anchor = anchor if anchor is not None and _is_grouped(anchor) else None
    lined = _Grouped(connection, scope, query, sort)
    seq = last_seq(connection)
    around = None
    if at is not None:
        around = lined.place(at, lined.condition) or anchor or lined.place(at, visible(scope))
    if around is not None:
        rows = reads.window(lined.page, around, abs(limit), before)
    else:
        rows = lined.page(None if at else anchor, limit)
    if not counted:
        return Listing(seq, query.text, sort, tuple(rows), 0, len(rows), True)
    counts = lined.counts()
    preceding = lined.ahead(rows[0], counts) if rows and (anchor or at or limit < 0) else 0
    total = max(counts.total(), preceding + len(rows))
    return Listing(seq, query.text, sort, tuple(rows), preceding, total, groups=tuple(counts.items()))


def _is_grouped(anchor: Anchor) -> bool:
    """Say whether an anchor is one of a list in groups: the order may just have been changed."""
    return isinstance(anchor[0], str) and MARK in anchor[0]


def _groups(by: str, scope: Scope) -> Iterator[_Group]:
    column = _COLUMNS[by]
    if by == "owner":
        people = sorted(
            scope.directory.agents.values(), key=lambda agent: (agent.id != scope.actor.id, agent.login)
        )
        named = [(agent.login, agent.id) for agent in people]
        # What is mine, then what nobody has.
        yield from (_Group(title, value, column == value) for title, value in named[:1])
        yield _Group(NOBODY, None, column.is_(None))
        yield from (_Group(title, value, column == value) for title, value in named[1:])
        return
    values: list[tuple[str, Any]]
    if by == "queue":
        names = sorted(scope.queue_names.items(), key=lambda item: item[1].casefold())
        values = [(name, number) for number, name in names]
    else:
        values = [(word.value, word.value) for word in (State if by == "state" else Priority)]
    yield from (_Group(title, value, column == value) for title, value in values)
