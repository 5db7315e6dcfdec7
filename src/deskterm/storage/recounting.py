"""Counting clocks anew, many tickets at a time: what differs is found first, and then written in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from deskterm.domain.due_work import due_work
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.policy import Policy
from deskterm.domain.process import LATE
from deskterm.domain.rules import time_work
from deskterm.domain.ticket import Ticket
from deskterm.storage import journal
from deskterm.storage.codec import Row, chain, encode_changes, ticket_of, ticket_row, to_ms
from deskterm.storage.tables import ACTIVE_SQL, due, events, tickets

CLOCK, RULE = "clock:", "rule:"
COUNTED = (CLOCK, RULE, LATE)
_UPDATE = update(tickets).where(tickets.c.number == bindparam("ticket"))
_DROP = delete(due).where(
    due.c.ticket == bindparam("of"), due.c.what == bindparam("named"), due.c.ref == bindparam("by")
)


class Kept(NamedTuple):
    """An active ticket as it is kept: itself, its row, what of it falls due when, its last hash."""

    ticket: Ticket
    row: Row
    due: dict[str, int]
    hash: str


class Anew(NamedTuple):
    """What differs for one ticket: the event that says so, columns of its row, and what falls due when.

    `at` is None in `due` for what does not fall due any more.
    """

    number: int
    version: int
    event: dict[str, Any] | None
    row: dict[str, Any]
    due: dict[str, int | None]

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.event is not None or bool(self.due)


def read(connection: Connection, after: int, limit: int) -> list[Kept]:
    """Return the next active tickets after a number."""
    statement = select(tickets).where(text(ACTIVE_SQL), tickets.c.number > after, tickets.c.voided.is_(False))
    rows = connection.execute(statement.order_by(tickets.c.number).limit(limit)).mappings().all()
    falls: dict[int, dict[str, int]] = {row["number"]: {} for row in rows}
    hashes: dict[int, str] = {}
    for some in _chunks(rows):
        waiting = select(due.c.ticket, due.c.what, due.c.at).where(
            due.c.ticket.in_([row["number"] for row in some]), due.c.ref == 0
        )
        for ticket, what, at in connection.execute(waiting):
            if what.startswith(COUNTED):
                falls[ticket][what] = at
        # A ticket's version is the number of its last event.
        last = select(events.c.seq, events.c.hash).where(events.c.seq.in_([row["version"] for row in some]))
        hashes |= {seq: key for seq, key in connection.execute(last)}
    return [Kept(ticket_of(row), row, falls[row["number"]], hashes.get(row["version"], "")) for row in rows]


def are_left(connection: Connection, after: int, count: int) -> bool:
    """Say whether there are at least so many active tickets after a number."""
    statement = select(tickets.c.number).where(text(ACTIVE_SQL), tickets.c.number > after)
    nth = statement.order_by(tickets.c.number).offset(count - 1).limit(1)
    return connection.execute(nth).first() is not None


def _chunks(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    return (rows[start : start + journal.CHUNK] for start in range(0, len(rows), journal.CHUNK))


def differing(
    kept: Kept, changes: tuple[Change, ...], policy: Policy, command: int, via: str, now: datetime
) -> Anew:
    """Return what is to be written for a ticket, whose clocks change by `changes` (none: its row stays)."""
    before = kept.ticket
    event: dict[str, Any] | None = None
    row: dict[str, Any] = {}
    wanted = {item.what: to_ms(item.at) for item in time_work(policy, before)}
    held = {what: at for what, at in kept.due.items() if what.startswith(RULE)}
    if changes:
        said = Event(
            before.version,
            command,
            before.number,
            "settled",
            now,
            None,
            via,
            "",
            changes,
            None,
            policy.version,
        )
        after = evolve(before, said)
        event = {
            "command": command,
            "ticket": before.number,
            "kind": said.kind,
            "at": to_ms(now),
            "actor": None,
            "via": via,
            "login": "",
            "changes": encode_changes(changes, {}),
            "undoes": None,
            "policy": policy.version,
        }
        event["hash"] = chain(kept.hash, event)
        found = ticket_row(after, policy)
        row = {column: value for column, value in found.items() if kept.row[column] != value}
        wanted |= {item.what: to_ms(item.at) for item in due_work(after, policy)}
        held = kept.due
    falls: dict[str, int | None] = {what: None for what in held.keys() - wanted.keys()}
    falls |= {what: at for what, at in wanted.items() if held.get(what) != at}
    return Anew(before.number, before.version, event, row, falls)


def moved(connection: Connection, work: Collection[Anew]) -> set[int]:
    """Return the tickets that something happened to since they were read."""
    if not work:
        return set()
    version = {one.number: one.version for one in work}
    statement = select(tickets.c.number, tickets.c.version).where(tickets.c.number.in_(version))
    now = {number: seq for number, seq in connection.execute(statement)}
    return {number for number, seq in version.items() if now.get(number) != seq}


COUNTED_OTHERWISE = "0021"
"""Rows of desks older than this schema say of clocks what counts otherwise by now."""


def rows_anew(connection: Connection, policy: Policy) -> None:
    """Write anew what the rows of active tickets say of their clocks, and when these fall due."""
    after = 0
    while found := read(connection, after, journal.CHUNK):
        after = found[-1].ticket.number
        for kept in found:
            row, ticket = ticket_row(kept.ticket, policy), kept.ticket.number
            changed = {column: value for column, value in row.items() if kept.row[column] != value}
            if changed:
                connection.execute(_UPDATE, {"ticket": ticket, **changed})
            falls = {item.what: to_ms(item.at) for item in due_work(kept.ticket, policy)}
            for what, at in falls.items():
                if kept.due.get(what, at) != at:
                    connection.execute(_DROP, {"of": ticket, "named": what, "by": 0})
                    connection.execute(insert(due), {"what": what, "ticket": ticket, "ref": 0, "at": at})


def write(connection: Connection, work: Iterable[Anew]) -> int:
    """Write what differs; returns the number of the last event, 0 without any."""
    said: list[dict[str, Any]] = []
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    dropped: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    seq = journal.last_seq(connection)
    for one in work:
        if one.event is not None:
            seq += 1
            said.append({**one.event, "seq": seq})
            row = {**one.row, "ticket": one.number, "version": seq}
            rows.setdefault(tuple(sorted(row)), []).append(row)
        for what, at in one.due.items():
            dropped.append({"of": one.number, "named": what, "by": 0})
            if at is not None:
                added.append({"what": what, "ticket": one.number, "ref": 0, "at": at})
    if said:
        connection.execute(insert(events), said)
    for group in rows.values():
        connection.execute(_UPDATE, group)
    if dropped:
        connection.execute(_DROP, dropped)
    if added:
        connection.execute(insert(due), added)
    return seq if said else 0
