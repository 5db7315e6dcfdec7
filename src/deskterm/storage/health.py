"""Is what is stored sound: the file, each ticket's hash chain, and the rows against a replay of events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, func, or_, select, text

from deskterm.domain.due_work import due_work
from deskterm.domain.events import Event, evolve
from deskterm.domain.kinds import MessageKind
from deskterm.domain.people import Role
from deskterm.domain.policy import Policy
from deskterm.domain.ticket import Ticket
from deskterm.storage import health_words, mail, side_tables, sides
from deskterm.storage.codec import chain, content_digest, digest, event_of, text_digests, ticket_row, to_ms
from deskterm.storage.follow_tables import mentions, ticket_followers
from deskterm.storage.health_rules import RuleTraces
from deskterm.storage.journal import read_texts
from deskterm.storage.mentions import called
from deskterm.storage.reminder_tables import recurring, reminders
from deskterm.storage.tables import (
    agents,
    commands,
    due,
    events,
    messages,
    snoozes,
    ticket_fields,
    ticket_links,
    ticket_tags,
    tickets,
)
from deskterm.storage.time_tables import time_entries

TICKETS = 200
"""Tickets checked in one short read: the memory this takes does not grow with the desk."""

END = 2**62
"""After every number a ticket can have."""


@dataclass(slots=True)
class Slice:
    """What was found in a slice of the tickets; `last` is where the next one begins, None after the end."""

    last: int | None = None
    tickets: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)


def engine_words(connection: Connection) -> str:
    """Say which engine keeps the desk."""
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
    return f"PostgreSQL {version.split()[0]}"


def schema(connection: Connection) -> str:
    """The schema version the database says it has."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def of_file(connection: Connection) -> Iterator[str]:
    """Yield what the engine itself finds wrong: pages, indexes, references."""
    if connection.dialect.name != "sqlite":
        return
    yield from health_words.integrity(connection)
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there"


def of_desk(connection: Connection) -> Iterator[str]:
    """Yield what is wrong beside the tickets: the journal's numbering, the desk's own chain, due work."""
    first, last, count = connection.execute(
        select(func.min(events.c.seq), func.max(events.c.seq), func.count(events.c.seq))
    ).one()
    if count and (first != 1 or last != count):
        yield f"the journal has gaps: {count} events up to number {last}"
    yield from _desk_chain(connection)
    guards = _missing_guards(connection)
    if guards:
        yield "the journal is not protected against changes any more: " + ", ".join(guards)
    homeless = exists().where(commands.c.id == events.c.command)
    for number in connection.execute(select(events.c.seq).where(~homeless).limit(20)).scalars():
        yield f"event {number} belongs to a command that is not there"
    yield from _roles(connection)
    yield from _timers(connection)
    yield from _reminders(connection)


def desk_events(connection: Connection) -> int:
    """Count the events that are about no ticket."""
    return int(connection.execute(select(func.count()).where(events.c.ticket.is_(None))).scalar_one())


def _missing_guards(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        names = {"events_no_change", "events_no_truncate"}
        found = connection.execute(
            text("SELECT tgname FROM pg_trigger WHERE tgrelid = 'events'::regclass AND tgenabled <> 'D'")
        )
    else:
        names = {"events_no_update", "events_no_delete"}
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    return sorted(names - set(found.scalars()))


def _desk_chain(connection: Connection) -> Iterator[str]:
    before, seq = "", 0
    while True:
        statement = select(events).where(events.c.ticket.is_(None), events.c.seq > seq)
        rows: Sequence[Any] = (
            connection.execute(statement.order_by(events.c.seq).limit(1000)).mappings().all()
        )
        if not rows:
            return
        for row in rows:
            if chain(before, row) != row["hash"]:
                yield f"event {row['seq']} was altered: its hash does not match"
            before, seq = row["hash"], row["seq"]


def _roles(connection: Connection) -> Iterator[str]:
    known = [role.value for role in Role]
    for row in connection.execute(select(agents.c.login, agents.c.role).where(agents.c.role.not_in(known))):
        yield f"agent {row.login} has the role {row.role!r}, which is none of {', '.join(known)}"


def _reminders(connection: Connection) -> Iterator[str]:
    """Reminders must be as their events left them."""
    told: dict[int, tuple[str, int | None]] = {}
    mentioned = select(events.c.ticket, events.c.changes).where(events.c.changes.like('%"reminder:%'))
    for event in connection.execute(mentioned.order_by(events.c.seq)):
        for number, state in _rung(event.changes):
            told[number] = (state, event.ticket)
    for row in connection.execute(select(reminders.c.id, reminders.c.state, reminders.c.ticket)):
        known = told.pop(row.id, None)
        if known is None:
            yield f"reminder {row.id} is in no history"
        elif known != (row.state, row.ticket):
            yield f"reminder {row.id} is not as its history left it"
    for number in sorted(told):
        yield f"reminder {number} has a history but is not there"


def _rung(changes: str) -> list[tuple[int, str]]:
    """Return the reminders of stored changes with their states; what cannot be read says nothing."""
    try:
        found = [(name.partition(":"), after) for name, _, after in json.loads(changes)]
        return [(int(rest), after or "cancelled") for (head, _, rest), after in found if head == "reminder"]
    except (ValueError, TypeError, AttributeError):
        return []


def _timers(connection: Connection) -> Iterator[str]:
    """Snoozes and pending reminders must each have their due work, and the other way round."""
    asleep = and_(due.c.what == "snooze", due.c.ticket == snoozes.c.ticket, due.c.ref == snoozes.c.agent_id)
    lost = (
        select(snoozes.c.ticket)
        .join(tickets, tickets.c.number == snoozes.c.ticket)
        .where(tickets.c.voided.is_(False), ~exists().where(asleep, due.c.at == snoozes.c.until))
    )
    for number in connection.execute(lost.limit(20)).scalars():
        yield f"#{number}: a snooze has no alarm and would never end"
    awake = select(due.c.ticket).where(due.c.what == "snooze", ~exists().where(asleep))
    for number in connection.execute(awake.limit(20)).scalars():
        yield f"#{number}: an alarm would end a snooze that is not there"
    rings = and_(due.c.what == "reminder", due.c.ref == reminders.c.id)
    silent = select(reminders.c.id).where(
        reminders.c.state == "pending", ~exists().where(rings, due.c.at == reminders.c.at)
    )
    for number in connection.execute(silent.limit(20)).scalars():
        yield f"reminder {number} has no alarm and would never ring"
    opens = and_(due.c.what == "recurring", due.c.ref == recurring.c.id, due.c.at == recurring.c.next_at)
    idle = select(recurring.c.id).where(recurring.c.state == "active", ~exists().where(opens))
    for number in connection.execute(idle.limit(20)).scalars():
        yield f"recurring ticket {number} has no alarm and would never be opened"
    known = exists().where(tickets.c.number == due.c.ticket)
    stray = select(due.c.id).where(or_(due.c.what.like("clock:%"), due.c.what.like("step:%")), ~known)
    for number in connection.execute(stray.limit(20)).scalars():
        yield f"due work {number} is about a ticket that is not there"


def of_tickets(
    connection: Connection, policy: Policy, now: datetime, after: int = 0, limit: int = TICKETS
) -> Slice:
    """Check the next tickets after a number against a replay of their events, and all that hangs on them."""
    statement = select(tickets).where(tickets.c.number > after).order_by(tickets.c.number).limit(limit)
    rows = {row["number"]: row for row in connection.execute(statement).mappings()}
    whole = len(rows) == limit
    upto = max(rows) if whole else END
    beside = _Beside(connection, after, upto, RuleTraces(connection, policy, now, after, upto))
    slice_ = Slice(upto if whole else None, len(rows))
    lines = _events(connection, after, upto)
    bodies = read_texts(connection, set().union(*(_digests(line) for line in lines)))
    slice_.events = len(lines)
    for number, group in groupby(lines, key=lambda line: int(line["ticket"])):
        history = list(group)
        row = rows.pop(number, None)
        if row is None:
            slice_.faults.append(f"#{number} has a history but no row")
            continue
        slice_.faults += (f"#{number}: {fault}" for fault in _ticket(row, history, bodies, beside, policy))
    slice_.faults += (f"#{number} has a row but no history" for number in rows)
    slice_.faults += beside.strays()
    return slice_


def _events(connection: Connection, after: int, upto: int) -> Sequence[Any]:
    statement = select(events).where(events.c.ticket > after, events.c.ticket <= upto)
    return connection.execute(statement.order_by(events.c.ticket, events.c.seq)).mappings().all()


def _digests(line: Any) -> set[str]:
    try:
        return text_digests(line["changes"])
    except (ValueError, TypeError):
        return set()


def _ticket(
    row: Any, history: list[Any], bodies: dict[str, str], beside: _Beside, policy: Policy
) -> Iterator[str]:
    yield from _chain(history)
    try:
        facts = [event_of(line, bodies) for line in history]
        ticket: Ticket | None = None
        for event in facts:
            ticket = evolve(ticket, event)
        assert ticket is not None
        derived = ticket_row(ticket, policy)
        work = {(item.what, to_ms(item.at)) for item in due_work(ticket, policy)}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield f"its history cannot be replayed: {type(error).__name__}"
        beside.forget(row["number"])
        return
    yield from _texts(set().union(*(_digests(line) for line in history)), bodies)
    for name, value in derived.items():
        if row[name] != value:
            yield f"its row and its history disagree about {name.removesuffix('_id')}"
    yield from beside.differences(ticket, facts, work)


def _chain(history: Iterable[Any]) -> Iterator[str]:
    before = ""
    for row in history:
        if chain(before, row) != row["hash"]:
            yield f"event {row['seq']} was altered: its hash does not match"
        before = row["hash"]


def _texts(wanted: set[str], bodies: dict[str, str]) -> Iterator[str]:
    if missing := len(wanted - bodies.keys()):
        yield f"{missing} of its history's texts are missing"
    if altered := sum(1 for key in wanted & bodies.keys() if digest(bodies[key]) != key):
        yield f"{altered} of its history's texts were altered"


def _hidden(facts: Iterable[Event]) -> set[tuple[int, bool]]:
    """The messages that the history mentions, and whether each is retracted."""
    found: dict[int, bool] = {}
    for event in facts:
        for change in event.changes:
            if change.field == "message":
                if change.before is not None:
                    found[change.before] = True
                if change.after is not None:
                    found[change.after] = False
    return set(found.items())


def _contents(facts: Iterable[Event]) -> dict[int, str]:
    """What the history says is in each message, as hashes."""
    found: dict[int, str] = {}
    for event in facts:
        for change in event.changes:
            head, _, number = change.field.partition(":")
            if head == "content":
                found[int(number)] = change.after
    return found


def _asleep(facts: Iterable[Event]) -> set[tuple[int, int]]:
    """The agents who have the ticket snoozed, and until when."""
    found: dict[int, int] = {}
    for event in facts:
        for change in event.changes:
            head, _, agent = change.field.partition(":")
            if head == "snooze":
                found.pop(int(agent), None)
                if change.after is not None:
                    found[int(agent)] = to_ms(change.after)
    return set(found.items())


class _Beside:
    """What is kept beside the rows of a slice of tickets: tags, fields, messages, due work and words."""

    def __init__(self, connection: Connection, after: int, upto: int, rules: RuleTraces) -> None:
        def grouped(table: Table, *columns: str) -> dict[int, set[Any]]:
            found: dict[int, set[Any]] = {}
            wanted = [table.c[name] for name in columns]
            inside = and_(table.c.ticket > after, table.c.ticket <= upto)
            for row in connection.execute(select(table.c.ticket, *wanted).where(inside)):
                found.setdefault(row[0], set()).add(tuple(row[1:]))
            return found

        self.rules = rules
        self.tags = grouped(ticket_tags, "tag")
        self.fields = grouped(ticket_fields, "name", "value")
        self.links = grouped(ticket_links, "kind", "other")
        self.snoozes = grouped(snoozes, "agent_id", "until")
        self.followers = grouped(ticket_followers, "agent_id")
        self.mentions = grouped(mentions, "agent_id", "message")
        self.worked = grouped(time_entries, "id", "agent_id", "at", "seconds")
        self.messages: dict[int, set[tuple[int, bool]]] = {}
        self.contents: dict[int, str] = {}
        inside = and_(messages.c.ticket > after, messages.c.ticket <= upto)
        said = connection.execute(select(messages).where(inside)).mappings().all()
        files = mail.parts_of(connection, [row["id"] for row in said])
        aside = sides.said(connection, [row["id"] for row in said if row["kind"] == MessageKind.SIDE.value])
        self.sides = grouped(side_tables.sides, "id", "state")
        for row in said:
            number = row["id"]
            self.messages.setdefault(row["ticket"], set()).add((number, bool(row["retracted"])))
            self.contents[number] = content_digest(row, files.get(number, ()), aside.get(number))
        self.due = grouped(due, "what", "at")
        self.words = [set(found) for found in health_words.indexed(connection, after, upto)]

    def differences(
        self, ticket: Ticket, facts: Sequence[Event], work: set[tuple[str, int]]
    ) -> Iterator[str]:
        """Yield where these disagree with a ticket as its history gives it, and forget them."""
        number = ticket.number
        if {name for (name,) in self.tags.pop(number, set())} != ticket.tags:
            yield "its tags cannot be searched as they are"
        if self.fields.pop(number, set()) != ticket.fields:
            yield "its fields cannot be searched as they are"
        if {tuple(link) for link in ticket.links} != self.links.pop(number, set()):
            yield "its links cannot be searched as they are"
        hidden = _hidden(facts)
        if hidden != self.messages.pop(number, set()):
            yield "its messages are not those of its history"
        said = _contents(facts)
        for message, _ in sorted(hidden):
            if message in self.contents and said.get(message) != self.contents[message]:
                yield f"message {message} was altered: its content is not what was written"
        if _asleep(facts) != self.snoozes.pop(number, set()):
            yield "its snoozes are not those of its history"
        if {agent for (agent,) in self.followers.pop(number, set())} != ticket.followers:
            yield "its followers cannot be searched as they are"
        worked = {(one.id, one.agent, to_ms(one.at), one.seconds) for one in ticket.worked}
        if worked != self.worked.pop(number, set()):
            yield "its time worked cannot be searched as it is"
        if called(facts) != self.mentions.pop(number, set()):
            yield "its mentions are not those of its history"
        if sides.told(facts) != self.sides.pop(number, set()):
            yield "its side conversations are not those of its history"
        waits = self.due.pop(number, set())
        if {item for item in waits if item[0].startswith(("clock:", "step:"))} != work:
            yield "its alarms are not those of its clocks"
        yield from self.rules.differences(ticket, facts, waits)
        if any(number not in found for found in self.words):
            yield "search would not find it"
        self._indexed_no_more(number)

    def forget(self, number: int) -> None:
        """Leave a ticket's parts out: its history says nothing about them."""
        parts = (self.tags, self.fields, self.links, self.messages, self.snoozes, self.due)
        for held in (
            *parts,
            self.followers,
            self.mentions,
            self.worked,
            self.sides,
            self.rules.firings,
            self.rules.letters,
        ):
            held.pop(number, None)
        self._indexed_no_more(number)

    def _indexed_no_more(self, number: int) -> None:
        for found in self.words:
            found.discard(number)

    def strays(self) -> Iterator[str]:
        """Yield what is about tickets that were not there."""
        for number in sorted(set().union(*self.words)):
            yield f"search finds #{number}, which is not there"
        for number in sorted(self.messages):
            yield f"there are messages of #{number}, which is not there"
        yield from self.rules.strays()
