"""What must be true of any desk at any time: the journal, the rows and everything beside them agree."""

from __future__ import annotations

from sqlalchemy import Connection, select, text

from deskterm.domain.due_work import due_work
from deskterm.domain.events import Event, fold
from deskterm.domain.kinds import ACTIVE, MessageKind, State
from deskterm.domain.lifecycle import TRANSITIONS
from deskterm.domain.plain import fold_tokens
from deskterm.domain.policy import DEFAULT, Policy
from deskterm.domain.ticket import SPELLED, Ticket, in_line
from deskterm.storage import journal, merged, reminder_tables, requester_words, tables, tickets
from deskterm.storage.codec import chain, ticket_row, to_ms
from deskterm.storage.conversations import conversation
from deskterm.storage.database import Database


def altered(connection: Connection) -> list[int]:
    """Return the events whose hash is not what their row and the event before of the same ticket give."""
    before: dict[int | None, str] = {}
    found = []
    for row in connection.execute(select(tables.events).order_by(tables.events.c.seq)).mappings():
        if chain(before.get(row["ticket"], ""), row) != row["hash"]:
            found.append(row["seq"])
        before[row["ticket"]] = row["hash"]
    return found


def check(database: Database, policy: Policy = DEFAULT) -> None:
    """Raise AssertionError when anything on the desk, which goes by `policy`, disagrees with its journal."""
    with database.read() as connection:
        assert altered(connection) == []
        assert list(requester_words.faults(connection)) == []
        numbers = list(connection.execute(select(tables.tickets.c.number)).scalars())
        indexed = _indexed(connection)
        assert set(indexed) == set(numbers)
        for number in numbers:
            events = journal.of_ticket(connection, number)
            ticket = fold(events)
            assert tickets.load(connection, number) == ticket
            _check_row(connection, ticket, policy)
            _check_sets(connection, ticket)
            _check_messages(connection, ticket, events)
            _check_due(connection, ticket, events, policy)
            _check_life(events)
            _check_clocks(ticket)
            assert indexed[number] == _words(connection, ticket)
        _check_work(connection)
        _check_merges([found for number in numbers if (found := tickets.load(connection, number))])


def _check_merges(desk: list[Ticket]) -> None:
    """What was merged is closed, is known where it went, and the way there has an end."""
    known = {ticket.number: ticket for ticket in desk}
    for ticket in desk:
        assert all(known[number].merged_into == ticket.number for number in ticket.absorbed)
        if ticket.merged_into is None:
            continue
        assert (ticket.state, ticket.close_reason) == (State.CLOSED, "duplicate")
        assert not ticket.voided
        assert ticket.number in known[ticket.merged_into].absorbed
        way: list[int | None] = [ticket.number, ticket.merged_into]
        while (at := way[-1]) is not None:
            assert at not in way[:-1]
            way.append(known[at].merged_into)


def _check_row(connection: Connection, ticket: Ticket, policy: Policy) -> None:
    statement = select(tables.tickets).where(tables.tickets.c.number == ticket.number)
    row = dict(connection.execute(statement).mappings().one())
    derived = ticket_row(ticket, policy)
    assert {name: derived[name] for name in row} == row


def _check_sets(connection: Connection, ticket: Ticket) -> None:
    def held(sql: str) -> set[tuple[object, ...]]:
        return {tuple(row) for row in connection.execute(text(sql), {"ticket": ticket.number})}

    assert held("SELECT tag FROM ticket_tags WHERE ticket = :ticket") == {(tag,) for tag in ticket.tags}
    assert held("SELECT name, value FROM ticket_fields WHERE ticket = :ticket") == set(ticket.fields)
    links = {(link.kind, link.number) for link in ticket.links}
    assert held("SELECT kind, other FROM ticket_links WHERE ticket = :ticket") == links
    worked = {(one.id, one.agent, to_ms(one.at), one.seconds) for one in ticket.worked}
    assert held("SELECT id, agent_id, at, seconds FROM time_entries WHERE ticket = :ticket") == worked


def _check_messages(connection: Connection, ticket: Ticket, events: list[Event]) -> None:
    shown: set[int] = set()
    for event in events:
        for change in event.changes:
            if change.field == "message":
                shown -= {change.before}
                shown |= {change.after} - {None}
    found = conversation(connection, ticket.number)
    assert {message.id for message in found} == shown
    assert len(found) == ticket.messages
    replies = [m.at for m in found if m.agent is not None and m.kind is MessageKind.PUBLIC]
    assert ticket.first_replied_at == (min(replies) if replies else None)
    assert ticket.replied_at == (max(replies) if replies else None)
    if ticket.waiting_since is not None:
        asked = {message.at for message in found if message.from_customer} | {ticket.created_at}
        assert ticket.waiting_since in asked


def _check_due(connection: Connection, ticket: Ticket, events: list[Event], policy: Policy) -> None:
    statement = select(tables.due.c.what, tables.due.c.at).where(tables.due.c.ticket == ticket.number)
    rows = connection.execute(statement)
    found = {(row.what, row.at) for row in rows if row.what.startswith(("clock:", "step:"))}
    assert found == {(item.what, to_ms(item.at)) for item in due_work(ticket, policy)}
    asleep: dict[int, object] = {}
    for event in events:
        for change in event.changes:
            head, _, agent = change.field.partition(":")
            if head == "snooze":
                assert asleep.get(int(agent)) == change.before
                asleep[int(agent)] = change.after
    assert tickets.snoozes_of(connection, ticket.number) == {a: at for a, at in asleep.items() if at}


def _check_work(connection: Connection) -> None:
    """Snoozes and pending reminders have due work, and nothing else has."""
    due, snoozes, reminders = tables.due, tables.snoozes, reminder_tables.reminders
    found = select(due.c.ticket, due.c.ref, due.c.at)
    asleep = select(snoozes.c.ticket, snoozes.c.agent_id, snoozes.c.until)
    assert _set(connection, found.where(due.c.what == "snooze")) == _set(connection, asleep)
    pending = select(reminders.c.id, reminders.c.at).where(reminders.c.state == "pending")
    ringing = select(due.c.ref, due.c.at).where(due.c.what == "reminder")
    assert _set(connection, ringing) == _set(connection, pending)


def _set(connection: Connection, statement: object) -> set[tuple[object, ...]]:
    return {tuple(row) for row in connection.execute(statement)}  # type: ignore[call-overload]


def _check_life(events: list[Event]) -> None:
    """No command led where the table does not lead; only undo and redo may."""
    for event in events:
        change = event.change("state")
        if change is not None and event.kind not in ("created", "undone", "redone", "unmerged"):
            assert State(change.after) in TRANSITIONS[State(change.before)], event


def _check_clocks(ticket: Ticket) -> None:
    assert in_line(ticket.spells)
    lasts = ticket.spell
    assert (lasts is not None or ticket.paused_at is not None) == (
        ticket.state in SPELLED or ticket.status != ""
    )
    assert lasts is None or (lasts.state, lasts.status) == (ticket.state, ticket.status)
    assert ticket.paused_seconds >= 0
    assert ticket.messages >= 0
    assert (ticket.closed_at is not None) == (ticket.state is State.CLOSED)
    assert ticket.state not in ACTIVE or ticket.solved_at is None
    assert ticket.state is not State.SOLVED or ticket.solved_at is not None
    assert (ticket.hold_reason != "") == (ticket.state is State.HOLD)


def _words(connection: Connection, ticket: Ticket) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words of the subject, of the list and of everything, as they must be indexed."""
    person = connection.execute(
        select(tables.requesters.c.name, tables.requesters.c.address).where(
            tables.requesters.c.id == ticket.requester
        )
    ).one()
    subject = fold_tokens(ticket.subject)
    names = fold_tokens(f"{ticket.number} {person.name} {person.address}")
    inside = merged.absorbed(connection, ticket.number, merged.one_reach(connection, ticket.number))
    read = conversation(connection, [ticket.number, *inside])
    said = [word for m in read for word in fold_tokens(m.text)]
    return frozenset(subject), frozenset(subject + names), frozenset(subject + names + said)


def _indexed(connection: Connection) -> dict[int, tuple[frozenset[str], frozenset[str], frozenset[str]]]:
    """What is in the search index, by ticket."""
    if connection.dialect.name != "sqlite":
        statement = text(
            "SELECT ticket, tsvector_to_array(ts_filter(quick, '{a}')), tsvector_to_array(quick), "
            "tsvector_to_array(body) FROM ticket_search"
        )
        return {
            row[0]: (frozenset(row[1]), frozenset(row[2]), frozenset(row[3]))
            for row in connection.execute(statement)
        }
    found: dict[int, tuple[set[str], set[str], set[str]]] = {}
    for name in ("ticket_words", "ticket_text"):
        connection.execute(
            text(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{name}_v USING fts5vocab(main, {name}, instance)")
        )
        for term, ticket, column in connection.execute(text(f"SELECT term, doc, col FROM temp.{name}_v")):
            subject, quick, body = found.setdefault(ticket, (set(), set(), set()))
            if name == "ticket_text":
                body.add(term)
                continue
            quick.add(term)
            if column == "subject":
                subject.add(term)
    return {ticket: (frozenset(a), frozenset(b), frozenset(d)) for ticket, (a, b, d) in found.items()}
