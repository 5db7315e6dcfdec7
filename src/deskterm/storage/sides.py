"""Side conversations as rows: what was said in them, with whom, and which mail belongs to which."""

from __future__ import annotations

import secrets
import string
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Connection, func, insert, select, union, update

from deskterm.domain.events import Change, Event
from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail import Address
from deskterm.domain.mail_identity import REF_LENGTH
from deskterm.domain.proposal import NewMessage
from deskterm.domain.sides import OPEN, Side
from deskterm.storage import mail, merged
from deskterm.storage.codec import content_digest, from_ms, to_ms
from deskterm.storage.journal import CHUNK
from deskterm.storage.mail_tables import mail_ids, mails
from deskterm.storage.scope import Clause
from deskterm.storage.side_tables import side_messages, side_people, sides
from deskterm.storage.tables import messages, tickets

LOOKED_AT = 400
"""Messages of one that are looked at, the newest ones, to tell a flood."""


class Said(NamedTuple):
    """What a message of a side conversation is beside its text: of which, by whom, and whom it brought in."""

    side: int
    subject: str
    name: str
    address: str
    people: tuple[tuple[str, str], ...]


def add(connection: Connection, ticket: int, subject: str, agent: int | None, at: datetime) -> int:
    """Keep one that is to begin and return its id; its event begins it."""
    number = int(connection.execute(select(func.coalesce(func.max(sides.c.id), 0))).scalar_one()) + 1
    connection.execute(insert(sides), row_of(number, ticket, subject, agent, at))
    return number


def row_of(
    number: int, ticket: int, subject: str, agent: int | None, at: datetime, state: str = ""
) -> dict[str, Any]:
    """Return the row of a new one, with a name of its own for its mails."""
    ref = "".join(secrets.choice(string.ascii_lowercase) for _ in range(REF_LENGTH))
    row = {"id": number, "ticket": ticket, "ref": ref, "subject": subject, "agent_id": agent}
    return row | {"at": to_ms(at), "state": state}


def ref_of(connection: Connection, side: int) -> str:
    """Return what names one in its mails."""
    return str(connection.execute(select(sides.c.ref).where(sides.c.id == side)).scalar_one())


def put_state(connection: Connection, side: int, state: str | None) -> None:
    """Let it be what its event says: open, closed, or taken back."""
    connection.execute(update(sides).where(sides.c.id == side).values(state=state or ""))


def add_message(
    connection: Connection,
    side: Side,
    new: NewMessage,
    at: datetime,
    *,
    writer: Address | None = None,
    people: Sequence[Address] = (),
) -> tuple[int, tuple[Change, ...]]:
    """Store a message and return its id, and the changes that show it.

    `writer` wrote it when it came in, `people` take part because of it.
    """
    number = int(connection.execute(select(func.coalesce(func.max(messages.c.id), 0))).scalar_one()) + 1
    row = {
        "id": number,
        "ticket": side.ticket,
        "kind": MessageKind.SIDE.value,
        "at": to_ms(at),
        "agent_id": new.agent,
        "requester_id": None,
        "channel": new.channel,
        "text": new.text,
        "retracted": False,
    }
    connection.execute(insert(messages), row)
    beside, joined, said = rows_beside(number, side.id, side.subject, writer, people)
    connection.execute(insert(side_messages), beside)
    if joined:
        connection.execute(insert(side_people), joined)
    mail.add_parts(connection, number, new.attachments)
    content = content_digest(row, new.attachments, said)
    return number, (Change("message", None, number), Change(f"content:{number}", None, content))


def rows_beside(
    message: int, side: int, subject: str, writer: Address | None, people: Sequence[Address]
) -> tuple[dict[str, Any], list[dict[str, Any]], Said]:
    """Return what is kept beside a message of one: its row, those of whom it brings in, and all in one."""
    name, address = (writer.name, writer.address) if writer is not None else ("", "")
    row = {"message": message, "side": side, "name": name, "address": address}
    joined = [
        {"message": message, "place": place, "side": side, "name": one.name, "address": one.address}
        for place, one in enumerate(people)
    ]
    return row, joined, Said(side, subject, name, address, tuple((one.name, one.address) for one in people))


def said(connection: Connection, numbers: Collection[int]) -> dict[int, Said]:
    """Return what messages of side conversations are beside their texts; other messages are left out."""
    found: dict[int, Said] = {}
    ids = sorted(numbers)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        joined: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        brought = select(side_people).where(side_people.c.message.in_(some))
        for row in connection.execute(brought.order_by(side_people.c.message, side_people.c.place)):
            joined[row.message].append((row.name, row.address))
        statement = (
            select(side_messages, sides.c.subject)
            .join(sides, sides.c.id == side_messages.c.side)
            .where(side_messages.c.message.in_(some))
        )
        for row in connection.execute(statement):
            people = tuple(joined[row.message])
            found[row.message] = Said(row.side, row.subject, row.name, row.address, people)
    return found


# Which there are


def of_tickets(connection: Connection, numbers: Collection[int]) -> tuple[Side, ...]:
    """Return the side conversations of tickets, in the order in which they began."""
    return _read(connection, sides.c.ticket.in_(numbers))


def one(connection: Connection, side: int) -> Side | None:
    """Return one by its id, None when there is none (any more)."""
    return next(iter(_read(connection, sides.c.id == side)), None)


def called(connection: Connection, ref: str) -> Side | None:
    """Return one by what names it in mails, None when there is none (any more)."""
    return next(iter(_read(connection, sides.c.ref == ref)), None)


def of_message(connection: Connection, message: int) -> Side | None:
    """Return the one that a message is of, None for a message of the ticket's own conversation."""
    side = connection.execute(select(side_messages.c.side).where(side_messages.c.message == message)).scalar()
    return one(connection, side) if side is not None else None


def begins(connection: Connection, side: int, message: int) -> bool:
    """Say whether a message is the one that one began with."""
    first = select(func.min(side_messages.c.message)).where(side_messages.c.side == side)
    return connection.execute(first).scalar() == message


def _read(connection: Connection, where: ColumnElement[bool]) -> tuple[Side, ...]:
    statement = (
        select(sides)
        .join(tickets, tickets.c.number == sides.c.ticket)
        .where(where, sides.c.state != "", tickets.c.voided.is_(False))
    )
    found = {
        row.id: Side(
            row.id, row.ticket, row.ref, row.subject, row.state == OPEN, (), from_ms(row.at), row.agent_id
        )
        for row in connection.execute(statement.order_by(sides.c.id))
    }
    if not found:
        return ()
    people: defaultdict[int, dict[str, Address]] = defaultdict(dict)
    shown = (messages.c.id == side_people.c.message) & messages.c.retracted.is_(False)
    brought = select(side_people).join(messages, shown).where(side_people.c.side.in_(found))
    for row in connection.execute(brought.order_by(side_people.c.message, side_people.c.place)):
        people[row.side].setdefault(row.address.casefold(), Address(row.name, row.address))
    statement = (
        select(side_messages, messages.c.at, messages.c.agent_id, mails.c.auto)
        .join(messages, messages.c.id == side_messages.c.message)
        .outerjoin(mails, mails.c.message == side_messages.c.message)
        .where(side_messages.c.side.in_(found), messages.c.retracted.is_(False))
    )
    for row in connection.execute(statement.order_by(side_messages.c.message)):
        side = found[row.side]
        awaits = side.awaits
        if row.agent_id is not None:
            awaits = False
        elif row.address and not row.auto:
            awaits = side.open
        found[row.side] = replace(
            side, messages=(*side.messages, row.message), last_at=from_ms(row.at), awaits=awaits
        )
    return tuple(replace(side, people=tuple(people[side.id].values())) for side in found.values())


def with_one(known: Clause, state: str = "") -> CompoundSelect[tuple[int]]:
    """Return the tickets that have one, in a state if one is said, and those they were merged into."""
    wanted = sides.c.state == state if state else sides.c.state != ""
    own = select(sides.c.ticket).where(wanted)
    return union(own, select(merged.homes(own, known).c.home))


def times_in(connection: Connection, side: int, address: str) -> list[datetime]:
    """Return when mails of an address came to one lately; of "": when mails came back for it."""
    newest = (
        select(messages.c.at, side_messages.c.address)
        .join(side_messages, side_messages.c.message == messages.c.id)
        .where(side_messages.c.side == side, messages.c.agent_id.is_(None))
        .order_by(messages.c.id.desc())
        .limit(LOOKED_AT)
    )
    wanted = address.casefold()
    return [from_ms(row.at) for row in connection.execute(newest) if row.address.casefold() == wanted]


def states(connection: Connection, numbers: Collection[int]) -> frozenset[str]:
    """Return in which states tickets have some."""
    held = select(sides.c.state).where(sides.c.ticket.in_(numbers), sides.c.state != "")
    return frozenset(connection.execute(held).scalars())


def told(facts: Iterable[Event]) -> set[tuple[int, str]]:
    """Return the side conversations of a history with their states."""
    found: dict[int, str] = {}
    for change in (change for event in facts for change in event.changes):
        head, _, side = change.field.partition(":")
        if head == "side":
            found[int(side)] = change.after or ""
    return set(found.items())


# Their mails


def ids_known(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """Return the side conversations of those mail ids that are of one."""
    keys = {one: mail.key_of(one) for one in ids if one}
    statement = (
        select(mail_ids.c.message_id, side_messages.c.side)
        .join(side_messages, side_messages.c.message == mail_ids.c.message)
        .where(mail_ids.c.message_id.in_(sorted(set(keys.values()))))
    )
    held = {row.message_id: row.side for row in connection.execute(statement)} if keys else {}
    return {one: held[key] for one, key in keys.items() if key in held}


def ids_of(connection: Connection, side: int, before: int, limit: int) -> list[tuple[str, bool]]:
    """Return the ids of its newest mails, oldest first, each with whether it came in."""
    statement = (
        select(mail_ids.c.message_id, messages.c.agent_id)
        .join(side_messages, side_messages.c.message == mail_ids.c.message)
        .join(messages, messages.c.id == mail_ids.c.message)
        .where(side_messages.c.side == side, mail_ids.c.message < before, *mail.TELLABLE)
        .order_by(mail_ids.c.message.desc())
        .limit(limit)
    )
    return [(row.message_id, row.agent_id is None) for row in reversed(connection.execute(statement).all())]


def text_of(connection: Connection, message: int) -> str | None:
    """Return the text of a message that an agent wrote in one, None for any other and for one taken back."""
    theirs = (messages.c.kind == MessageKind.SIDE.value, messages.c.agent_id.is_not(None))
    found = select(messages.c.text).where(messages.c.id == message, messages.c.retracted.is_(False), *theirs)
    return connection.execute(found).scalar()
