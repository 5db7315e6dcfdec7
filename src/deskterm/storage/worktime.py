"""Time worked as rows: entries found by agent and summed over merges, and timers not recorded yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.selectable import Subquery

from deskterm.domain.kinds import MERGED_FROM
from deskterm.domain.ticket import Ticket
from deskterm.domain.worktime import Entry, Spent
from deskterm.storage import merged
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.journal import last_seq
from deskterm.storage.scope import Clause, Scope, visible
from deskterm.storage.tables import agents, organizations, requesters, ticket_links, tickets
from deskterm.storage.time_tables import time_entries, timers


class Running(NamedTuple):
    """What the timer of a session has counted on a ticket up to a moment."""

    token: str
    agent: int
    ticket: int
    at: datetime
    seconds: int
    seen_at: datetime


def entry_rows(ticket: Ticket) -> list[dict[str, Any]]:
    """Return the rows of a ticket's entries."""
    return [
        {
            "id": one.id,
            "ticket": ticket.number,
            "agent_id": one.agent,
            "at": to_ms(one.at),
            "seconds": one.seconds,
        }
        for one in sorted(ticket.worked)
    ]


def replace_entries(connection: Connection, ticket: Ticket) -> None:
    """Keep a ticket's entries in place of those it had."""
    connection.execute(delete(time_entries).where(time_entries.c.ticket == ticket.number))
    if ticket.worked:
        connection.execute(insert(time_entries), entry_rows(ticket))


def next_entry(connection: Connection) -> int:
    """The id the next entry gets: the number of its event, which no other entry ever has."""
    return last_seq(connection) + 1


def entries(held: Iterable[Ticket], logins: Mapping[int, str]) -> tuple[Entry, ...]:
    """Return the entries of tickets that are read as one, the oldest work first."""
    found = [
        Entry(ticket.number, one, logins.get(one.agent, ""), logins.get(one.changed_by, ""))
        for ticket in held
        for one in ticket.worked
    ]
    return tuple(sorted(found, key=lambda entry: (entry.worked.at, entry.worked.id)))


# What queries ask


def spent(known: Clause) -> CompoundSelect[tuple[int, int, int]]:
    """Return each entry as (ticket it counts for, agent, seconds): for its own, and where that was merged."""
    up = merged.homes(select(time_entries.c.ticket), known)
    own = select(time_entries.c.ticket, time_entries.c.agent_id, time_entries.c.seconds)
    there = select(up.c.home, time_entries.c.agent_id, time_entries.c.seconds).join(
        time_entries, time_entries.c.ticket == up.c.origin
    )
    return union_all(own, there)


def _spent(scope: Scope) -> Subquery:
    return spent(visible(scope)).subquery()


def with_time(scope: Scope, low: int, high: int | None) -> Select[tuple[int]]:
    """Return the tickets on which at least `low` and, when it is said, at most `high` seconds were worked."""
    found = _spent(scope)
    together = func.sum(found.c.seconds)
    parts = [together >= low] + ([] if high is None else [together <= high])
    return select(found.c.ticket).group_by(found.c.ticket).having(and_(*parts))


def worked_by(scope: Scope, who: Collection[int]) -> Select[tuple[int]]:
    """Return the tickets on which one of these agents worked."""
    found = _spent(scope)
    return select(found.c.ticket).where(found.c.agent_id.in_(who))


def by_agent(connection: Connection, number: int, inside: Collection[int]) -> dict[int, int]:
    """Return the seconds that each agent worked on a ticket and on those merged into it."""
    statement = (
        select(time_entries.c.agent_id, func.sum(time_entries.c.seconds))
        .where(time_entries.c.ticket.in_([number, *inside]))
        .group_by(time_entries.c.agent_id)
    )
    return {agent: int(together) for agent, together in connection.execute(statement)}


def together(connection: Connection, numbers: Collection[int], known: Clause) -> dict[int, int]:
    """Return the seconds worked on each ticket and what was merged into it; none is not told."""
    own = select(time_entries.c.ticket, func.sum(time_entries.c.seconds)).group_by(time_entries.c.ticket)
    rows = connection.execute(own.where(time_entries.c.ticket.in_(numbers)))
    found = {number: int(seconds) for number, seconds in rows}
    survivors = select(ticket_links.c.ticket).where(
        ticket_links.c.ticket.in_(numbers), ticket_links.c.kind == MERGED_FROM
    )
    for number in set(connection.execute(survivors).scalars()):
        inside = merged.absorbed(connection, number, known)
        found[number] = sum(by_agent(connection, number, inside).values())
    return found


def in_period(
    connection: Connection, where: Clause, since: datetime | None, until: datetime | None
) -> tuple[tuple[Spent, ...], tuple[Spent, ...]]:
    """Return what was worked in [since, until) on some tickets, by agent and by organization.

    Time counts where it was recorded, merged or not, so that nothing is in two sums.
    """
    parts = [where]
    parts += [time_entries.c.at >= to_ms(since)] if since is not None else []
    parts += [time_entries.c.at < to_ms(until)] if until is not None else []
    seconds = func.sum(time_entries.c.seconds)
    count = func.count(func.distinct(time_entries.c.ticket))

    def by(name: ColumnElement[str]) -> tuple[Spent, ...]:
        asked = (
            select(name.label("name"), seconds.label("seconds"), count.label("tickets"))
            .select_from(time_entries)
            .join(tickets, tickets.c.number == time_entries.c.ticket)
            .join(agents, agents.c.id == time_entries.c.agent_id)
            .join(requesters, requesters.c.id == tickets.c.requester_id)
            .outerjoin(organizations, organizations.c.id == requesters.c.organization_id)
            .where(*parts)
            .group_by(name)
        )
        found = (Spent(row.name or "", int(row.seconds), row.tickets) for row in connection.execute(asked))
        return tuple(sorted(found, key=lambda one: (-one.seconds, one.name)))

    return by(agents.c.login), by(organizations.c.name)


# Timers


def beat(connection: Connection, running: Running, known: bool) -> bool:
    """Keep what a timer has counted; with `known`, False says that another session has recorded it by now."""
    values = {
        "agent_id": running.agent,
        "ticket": running.ticket,
        "at": to_ms(running.at),
        "seconds": running.seconds,
        "seen_at": to_ms(running.seen_at),
    }
    if known:
        return bool(
            connection.execute(update(timers).where(timers.c.token == running.token).values(values)).rowcount
        )
    drop(connection, running.token)
    connection.execute(insert(timers), {"token": running.token, **values})
    return True


def drop(connection: Connection, token: str) -> bool:
    """Forget a timer; says whether it was there."""
    return bool(connection.execute(delete(timers).where(timers.c.token == token)).rowcount)


def running(connection: Connection, agent: int, but: str) -> list[Running]:
    """Return the timers of an agent's other sessions, also of those that ended without a word."""
    found = connection.execute(
        select(timers).where(timers.c.agent_id == agent, timers.c.token != but).order_by(timers.c.at)
    )
    return [
        Running(row.token, row.agent_id, row.ticket, from_ms(row.at), row.seconds, from_ms(row.seen_at))
        for row in found
    ]
