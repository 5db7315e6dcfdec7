"""Tickets: rows ⇄ domain values, and everything that is kept beside a ticket when its events are applied."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from deskterm.domain.due_work import due_work
from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import MessageKind
from deskterm.domain.mend import Spoken
from deskterm.domain.policy import Policy
from deskterm.domain.process import LATE
from deskterm.domain.proposal import NewMessage
from deskterm.domain.rules import time_rules, time_work
from deskterm.domain.ticket import Attachment, Ticket
from deskterm.storage import dead_addresses, mail, mentions, outbox, sides, words, worktime
from deskterm.storage.codec import Row, content_digest, from_ms, ticket_of, ticket_row, to_ms
from deskterm.storage.reminder_tables import reminders
from deskterm.storage.scope import Clause
from deskterm.storage.tables import (
    drafts,
    due,
    events,
    messages,
    snoozes,
    ticket_fields,
    ticket_links,
    ticket_tags,
    tickets,
)

HOLD = "hold"
"""Due work: a hold is over, its owner is told."""

_LOAD = select(tickets).where(tickets.c.number == bindparam("ticket"))
_UPDATE = update(tickets).where(tickets.c.number == bindparam("ticket"))
_DROP_CLOCKS = delete(due).where(
    due.c.ticket == bindparam("of"), or_(due.c.what.like("clock:%"), due.c.what.like(f"{LATE}%"))
)
_DROP_RULES = delete(due).where(due.c.ticket == bindparam("of"), due.c.what.like("rule:%"))
_ADD_DUE = insert(due)
"""Every command runs these: built once, because building one takes longer than running it."""


def load(connection: Connection, number: int, hidden: Sequence[int] = ()) -> Ticket | None:
    """Return a ticket as it is now, None when there is none or it is in a hidden queue."""
    statement = _LOAD.where(tickets.c.queue_id.not_in(hidden)) if hidden else _LOAD
    row = connection.execute(statement, {"ticket": number}).mappings().first()
    return ticket_of(row) if row is not None else None


def load_all(connection: Connection, numbers: Collection[int], known: Clause) -> dict[int, Ticket]:
    """Return tickets as they are now by their numbers, of those that a condition lets somebody know of."""
    rows = connection.execute(select(tickets).where(tickets.c.number.in_(numbers), known)).mappings()
    return {ticket.number: ticket for ticket in map(ticket_of, rows)}


def next_number(connection: Connection) -> int:
    """The number the next ticket gets."""
    return int(connection.execute(select(func.coalesce(func.max(tickets.c.number), 0))).scalar_one()) + 1


def next_message(connection: Connection) -> int:
    """The id the next message gets."""
    return int(connection.execute(select(func.coalesce(func.max(messages.c.id), 0))).scalar_one()) + 1


def add_message(
    connection: Connection, ticket: int, requester: int, new: NewMessage, at: datetime
) -> tuple[Change, ...]:
    """Store a message and return the changes that show it: nobody sees it before their event is there."""
    number = next_message(connection)
    row = {
        "id": number,
        "ticket": ticket,
        "kind": new.kind.value,
        "at": to_ms(at),
        "agent_id": new.agent,
        "requester_id": requester if new.requester else None,
        "channel": new.channel,
        "text": new.text,
        "retracted": False,
    }
    connection.execute(insert(messages), row)
    mail.add_parts(connection, number, new.attachments)
    return showing(row, new.attachments)


def showing(row: Row, files: Sequence[Attachment] = ()) -> tuple[Change, ...]:
    """Return the changes that show a message for the first time, with the hash of its content."""
    number = row["id"]
    content = content_digest(row, files)
    return Change("message", None, number), Change(f"content:{number}", None, content)


def save(
    connection: Connection,
    before: Ticket | None,
    ticket: Ticket,
    event: Event,
    policy: Policy,
    *,
    indexed: bool = True,
) -> None:
    """Write a ticket's row after an event, and what hangs on it: messages, tags, snoozes, words, due work."""
    row = ticket_row(ticket, policy)
    if before is None:
        connection.execute(insert(tickets), row)
    else:
        # Only what differs: an index is written anew for every column named, changed or not.
        was = ticket_row(before, policy)
        changed = {column: value for column, value in row.items() if was[column] != value}
        if changed:
            connection.execute(_UPDATE, {"ticket": ticket.number, **changed})
    said = False
    for change in event.changes:
        if change.field == "message":
            said = True
            _show_message(connection, change)
        elif change.field.startswith("snooze:"):
            _snooze(connection, ticket.number, change)
        elif change.field.startswith("reminder:"):
            set_reminder_state(
                connection, int(change.field.partition(":")[2]), change.after or "cancelled", event.at
            )
        elif change.field.startswith("outbox:"):
            number, state = int(change.field.partition(":")[2]), change.after or "cancelled"
            outbox.put_state(connection, number, state, event.at + timedelta(seconds=policy.undo_send))
        elif change.field.startswith("dead:"):
            dead_addresses.put_state(connection, int(change.field.partition(":")[2]), change.after)
        elif change.field.startswith("mention:"):
            whom = int(change.field.partition(":")[2])
            mentions.put(connection, ticket.number, whom, change.before, change.after)
        elif change.field.startswith("side:"):
            sides.put_state(connection, int(change.field.partition(":")[2]), change.after)
    if ticket.followers != (before.followers if before is not None else frozenset()):
        mentions.replace_followers(connection, ticket)
    if ticket.worked != (before.worked if before is not None else frozenset()):
        worktime.replace_entries(connection, ticket)
    if before is None or before.tags != ticket.tags:
        _replace_tags(connection, ticket)
    if before is None or before.fields != ticket.fields:
        _replace_fields(connection, ticket)
    if before is None or before.links != ticket.links:
        _replace_links(connection, ticket)
    merges = before is not None and before.links != ticket.links and before.absorbed != ticket.absorbed
    if indexed and (before is None or said or merges or before.subject != ticket.subject):
        words.index(connection, ticket.number)
    if ticket.merged_into is not None and (said or (before is not None and before.queue != ticket.queue)):
        words.index_survivors(connection, ticket.number)
    elif before is not None and before.queue != ticket.queue and ticket.absorbed:
        words.index(connection, ticket.number)
    if ticket.hold_until != (before.hold_until if before is not None else None):
        _hold_until(connection, ticket)
    replace_due(connection, ticket, policy)


def _hold_until(connection: Connection, ticket: Ticket) -> None:
    """Let the end of a hold ring, in place of the end that was set before."""
    connection.execute(delete(due).where(due.c.what == HOLD, due.c.ticket == ticket.number))
    if ticket.hold_until is not None:
        at = to_ms(ticket.hold_until)
        connection.execute(insert(due), {"what": HOLD, "ticket": ticket.number, "ref": 0, "at": at})


def _show_message(connection: Connection, change: Change) -> None:
    if change.before is not None:
        connection.execute(update(messages).where(messages.c.id == change.before).values(retracted=True))
    if change.after is not None:
        connection.execute(update(messages).where(messages.c.id == change.after).values(retracted=False))


def _snooze(connection: Connection, ticket: int, change: Change) -> None:
    agent = int(change.field.partition(":")[2])
    connection.execute(delete(snoozes).where(snoozes.c.agent_id == agent, snoozes.c.ticket == ticket))
    connection.execute(delete(due).where(due.c.what == "snooze", due.c.ticket == ticket, due.c.ref == agent))
    if change.after is not None:
        until = to_ms(change.after)
        connection.execute(insert(snoozes), {"agent_id": agent, "ticket": ticket, "until": until})
        connection.execute(insert(due), {"what": "snooze", "ticket": ticket, "ref": agent, "at": until})


def snoozes_of(connection: Connection, ticket: int) -> dict[int, datetime]:
    """Return until when each agent (id) has snoozed a ticket."""
    statement = select(snoozes.c.agent_id, snoozes.c.until).where(snoozes.c.ticket == ticket)
    return {row.agent_id: from_ms(row.until) for row in connection.execute(statement)}


def _replace_tags(connection: Connection, ticket: Ticket) -> None:
    connection.execute(delete(ticket_tags).where(ticket_tags.c.ticket == ticket.number))
    if ticket.tags:
        connection.execute(
            insert(ticket_tags), [{"tag": tag, "ticket": ticket.number} for tag in sorted(ticket.tags)]
        )


def _replace_fields(connection: Connection, ticket: Ticket) -> None:
    connection.execute(delete(ticket_fields).where(ticket_fields.c.ticket == ticket.number))
    if ticket.fields:
        connection.execute(
            insert(ticket_fields),
            [
                {"ticket": ticket.number, "name": name, "value": value}
                for name, value in sorted(ticket.fields)
            ],
        )


def _replace_links(connection: Connection, ticket: Ticket) -> None:
    connection.execute(delete(ticket_links).where(ticket_links.c.ticket == ticket.number))
    if ticket.links:
        connection.execute(
            insert(ticket_links),
            [{"ticket": ticket.number, "other": link.number, "kind": link.kind} for link in ticket.links],
        )


def replace_due(connection: Connection, ticket: Ticket, policy: Policy) -> None:
    """Put the work of a ticket's clocks and steps in the due table in place of what was there."""
    connection.execute(_DROP_CLOCKS, {"of": ticket.number})
    work = [
        {"what": item.what, "ticket": ticket.number, "ref": 0, "at": to_ms(item.at)}
        for item in due_work(ticket, policy)
    ]
    if work:
        connection.execute(_ADD_DUE, work)
    if time_rules(policy.rules):
        wait_for_rules(connection, ticket, policy)


def wait_for_rules(connection: Connection, ticket: Ticket, policy: Policy) -> None:
    """Put into the due table when each rule on time is to be asked about a ticket."""
    connection.execute(_DROP_RULES, {"of": ticket.number})
    work = [
        {"what": item.what, "ticket": ticket.number, "ref": 0, "at": to_ms(item.at)}
        for item in time_work(policy, ticket)
    ]
    if work:
        connection.execute(_ADD_DUE, work)


def set_reminder_state(connection: Connection, reminder: int, state: str, now: datetime) -> None:
    """Put a reminder to pending, fired or cancelled, and its due work with it."""
    connection.execute(delete(due).where(due.c.what == "reminder", due.c.ref == reminder))
    rang = to_ms(now) if state == "fired" else None
    connection.execute(
        update(reminders).where(reminders.c.id == reminder).values(state=state, rang_at=rang, seen_at=None)
    )
    if state == "pending":
        row = connection.execute(select(reminders).where(reminders.c.id == reminder)).one()
        connection.execute(
            insert(due), {"what": "reminder", "ticket": row.ticket or 0, "ref": reminder, "at": row.at}
        )


def add_reminder(
    connection: Connection,
    *,
    agent: int,
    ticket: int | None,
    at: datetime,
    text: str,
    by: int | None,
    recurs: str = "",
    zone: str = "",
    series: int | None = None,
) -> int:
    """Store a reminder; its event makes it ring."""
    number = int(connection.execute(select(func.coalesce(func.max(reminders.c.id), 0))).scalar_one()) + 1
    connection.execute(
        insert(reminders),
        {
            "id": number,
            "agent_id": agent,
            "ticket": ticket,
            "at": to_ms(at),
            "text": text,
            "state": "cancelled",
            "created_by": by,
            "recurs": recurs,
            "zone": zone,
            "series": series or (number if recurs else None),
        },
    )
    return number


def public_message(connection: Connection, number: int) -> str | None:
    """Return the text of a message that customers may read, None for any other and for one taken back."""
    public = messages.c.kind == MessageKind.PUBLIC.value
    found = select(messages.c.text).where(
        messages.c.id == number, public, messages.c.retracted.is_(False), messages.c.requester_id.is_(None)
    )
    return connection.execute(found).scalar()


def newer_messages(connection: Connection, ticket: int, seen: int, actor: int | None) -> int:
    """Count the events of others after a version that brought a message, with whatever command."""
    statement = select(func.count()).where(
        events.c.ticket == ticket,
        events.c.seq > seen,
        events.c.kind.not_in(("undone", "redone")),
        events.c.changes.like('%["message",null,%'),
        events.c.actor.is_distinct_from(actor),
    )
    return int(connection.execute(statement).scalar_one())


def spoken(
    connection: Connection, ticket: int, *, without: Collection[int] = (), also: Collection[int] = ()
) -> Spoken:
    """Return what the conversation says of replies, as if some messages were retracted and others shown."""
    first = last = waiting = None
    asked = set()
    statement = (
        select(messages)
        .where(messages.c.ticket == ticket, messages.c.kind == MessageKind.PUBLIC.value)
        .order_by(messages.c.id)
    )
    for row in connection.execute(statement):
        if row.id in without or (row.retracted and row.id not in also):
            continue
        if row.requester_id is not None:
            waiting = waiting or from_ms(row.at)
            asked.add(from_ms(row.at))
        elif row.agent_id is not None:
            first, last, waiting = first or from_ms(row.at), from_ms(row.at), None
    return Spoken(first, last, waiting, frozenset(asked))


def drop_draft(connection: Connection, agent: int, ticket: int, kind: str) -> None:
    """Forget a draft: it was sent or thrown away."""
    connection.execute(
        delete(drafts).where(drafts.c.agent_id == agent, drafts.c.ticket == ticket, drafts.c.kind == kind)
    )


def newest_of(connection: Connection, requester: int, limit: int) -> list[int]:
    """Return the newest tickets (numbers) of an address."""
    statement = select(tickets.c.number).where(tickets.c.requester_id == requester)
    return list(connection.execute(statement.order_by(tickets.c.number.desc()).limit(limit)).scalars())


def active_of(
    connection: Connection, requesters_ids: Collection[int], limit: int, hidden: Sequence[int]
) -> list[int]:
    """Return active tickets (numbers) of these addresses in the queues that are not hidden."""
    theirs = (tickets.c.requester_id.in_(requesters_ids), tickets.c.active == 1)
    statement = select(tickets.c.number).where(*theirs, tickets.c.queue_id.not_in(hidden))
    return list(connection.execute(statement.order_by(tickets.c.number).limit(limit)).scalars())
