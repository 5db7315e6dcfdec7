"""The outbox: what is to leave the house, kept with the change that asked for it until something sends it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update

from deskterm.domain.mail import Address
from deskterm.domain.outgoing import LEFT, MAIL, Fate, OutboxLine, OutState
from deskterm.storage.codec import Row, from_ms, maybe_time, to_ms
from deskterm.storage.journal import CHUNK
from deskterm.storage.tables import outbox, tickets

QUEUED = "queued"
"""What an event says of a row that it puts there; the row then waits."""

_MARK = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("of"),
        outbox.c.lease == bindparam("held"),
        outbox.c.state == OutState.SENDING.value,
    )
    .values(sent_at=bindparam("moment"))
)

SHOWN = 500
"""Lines of the outbox that are listed."""


def add(
    connection: Connection,
    kind: str,
    target: str,
    *,
    ticket: int | None,
    rule: str,
    at: datetime,
    subject: str = "",
    text: str = "",
    message: int | None = None,
    message_id: str = "",
    sender: str = "",
    recipients: str = "",
    auto: str = "",
    next_at: datetime | None = None,
    error: str = "",
) -> int:
    """Keep something to send (webhook, or mail to an address) and return its id; its event queues it."""
    number = int(connection.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one()) + 1
    values = {
        "id": number,
        "kind": kind,
        "target": target,
        "ticket": ticket,
        "rule": rule,
        "at": to_ms(at),
        "subject": subject,
        "text": text,
        "message": message,
        "message_id": message_id,
        "sender": sender,
        "recipients": recipients,
        "auto": auto,
        "error": error,
        "next_at": to_ms(next_at or at),
        "state": OutState.CANCELLED.value,
    }
    connection.execute(insert(outbox), values)
    return number


def people_text(to: Sequence[Address], cc: Sequence[Address]) -> str:
    """Return recipients as they are kept."""
    return json.dumps({"to": [(a.name, a.address) for a in to], "cc": [(a.name, a.address) for a in cc]})


def put_state(connection: Connection, number: int, state: str, earliest: datetime) -> None:
    """Queue it, not before a time, or cancel it again. What has left the house stays as it is.

    Events that only tell what became of it change nothing.
    """
    if state not in (QUEUED, OutState.CANCELLED):
        return
    row = connection.execute(select(outbox).where(outbox.c.id == number)).first()
    if row is None or row.state in LEFT:
        return
    values: dict[str, Any] = {"state": OutState.CANCELLED.value}
    if state == QUEUED:
        due = to_ms(earliest) if row.message is not None else to_ms(earliest - timedelta(days=1))
        values = {"state": OutState.WAITING.value, "next_at": max(row.next_at or 0, due)}
    connection.execute(update(outbox).where(outbox.c.id == number).values(**values))


def one(connection: Connection, number: int) -> Row | None:
    """Return a row as it is kept, None when there is none."""
    found = connection.execute(select(outbox).where(outbox.c.id == number)).mappings().first()
    return found


def written_to(connection: Connection, ticket: int, message: int = 0, number: int = 0) -> tuple[str, ...]:
    """Return whom the mail of a message, or one of the outbox by its number, was for."""
    which = outbox.c.message == message if message else outbox.c.id == number
    found = select(outbox).where(outbox.c.kind == MAIL, outbox.c.ticket == ticket, which)
    return tuple(dict.fromkeys(one for row in connection.execute(found) for one in _addresses(row)))


def left(connection: Connection, numbers: Collection[int]) -> list[Row]:
    """Return those of these rows that carry somebody's message and cannot be called back any more."""
    if not numbers:
        return []
    gone = and_(outbox.c.id.in_(numbers), outbox.c.message.is_not(None), outbox.c.state.in_(LEFT))
    return list(connection.execute(select(outbox).where(gone, outbox.c.auto == "")).mappings())


# Who is at it


def claim(
    connection: Connection,
    kind: str,
    holder: str,
    now: datetime,
    span: timedelta,
    *,
    senders: Collection[str] | None = None,
    not_senders: Collection[str] = (),
    default: str = "",
    most: int = 1,
) -> list[Row]:
    """Take the next rows that are due, also from a process that died at them, at most so many.

    `senders` are the addresses (or `@domain`) whose mail is taken, None takes all but `not_senders`.
    What names no sender is from `default`.
    """
    moment = to_ms(now)
    is_due = or_(
        and_(outbox.c.state == OutState.WAITING.value, outbox.c.next_at <= moment),
        and_(
            outbox.c.state == OutState.SENDING.value,
            # A clock that was put back does not lock a row up.
            or_(outbox.c.lease_until <= moment, outbox.c.lease_until > to_ms(now + 2 * span)),
        ),
    )
    statement = select(outbox).where(is_due, outbox.c.kind == kind)
    if senders is not None:
        statement = statement.where(or_(*(_from(one, default) for one in senders)))
    for one_of in not_senders:
        statement = statement.where(~_from(one_of, default))
    rows = connection.execute(statement.order_by(outbox.c.next_at, outbox.c.id).limit(most)).mappings().all()
    if not rows:
        return []
    values = {"state": OutState.SENDING.value, "lease": holder, "lease_until": to_ms(now + span)}
    ours = outbox.c.id.in_([row["id"] for row in rows])
    connection.execute(update(outbox).where(ours).values(**values, attempts=outbox.c.attempts + 1))
    return [{**row, **values, "attempts": row["attempts"] + 1} for row in rows]


def mark_sent(connection: Connection, number: int, holder: str, at: datetime) -> bool:
    """Keep that a server has taken a mail, before that is told; False when it is not this process's."""
    done = connection.execute(_MARK, {"of": number, "held": holder, "moment": to_ms(at)})
    return done.rowcount > 0


def give_back(connection: Connection, numbers: Sequence[int], holder: str) -> None:
    """Let others take what this process took and did not come to."""
    mine = and_(outbox.c.id.in_(numbers), outbox.c.lease == holder, outbox.c.sent_at.is_(None))
    is_at_it = and_(mine, outbox.c.state == OutState.SENDING.value)
    values = {"state": OutState.WAITING.value, "lease": "", "lease_until": None}
    connection.execute(update(outbox).where(is_at_it).values(**values, attempts=outbox.c.attempts - 1))


def _from(sender: str, default: str) -> Any:
    """Match the address in `Name <address>`, or all of a domain."""
    said = sender.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    kept = func.lower(func.coalesce(func.nullif(outbox.c.sender, ""), default))
    if said.startswith("@"):
        return or_(kept.like(f"%{said}", escape="\\"), kept.like(f"%{said}>", escape="\\"))
    return or_(kept.like(said, escape="\\"), kept.like(f"%<{said}>", escape="\\"))


def next_due(connection: Connection, kind: str) -> datetime | None:
    """Return when the next row falls due, None when none waits."""
    waits = select(func.min(outbox.c.next_at)).where(
        outbox.c.state == OutState.WAITING.value, outbox.c.kind == kind
    )
    leased = select(func.min(outbox.c.lease_until)).where(
        outbox.c.state == OutState.SENDING.value, outbox.c.kind == kind
    )
    found = [connection.execute(one).scalar() for one in (waits, leased)]
    times = [each for each in found if each is not None]
    return from_ms(min(times)) if times else None


def held_by(connection: Connection, numbers: Collection[int], holder: str) -> list[Row]:
    """Return those rows that this process is at, not what another has taken, or somebody has decided on."""
    mine = and_(outbox.c.id.in_(numbers), outbox.c.lease == holder)
    at_it = select(outbox).where(mine, outbox.c.state == OutState.SENDING.value).order_by(outbox.c.id)
    return list(connection.execute(at_it).mappings())


def put(connection: Connection, number: int, state: OutState, **values: Any) -> None:
    """Make a row be in a state; whoever was at it is not any more."""
    done = {"state": state.value, "lease": "", "lease_until": None, **values}
    connection.execute(update(outbox).where(outbox.c.id == number).values(**done))


def put_sent(connection: Connection, numbers: Sequence[int], at: datetime) -> None:
    """Make rows be sent, now or when that was kept."""
    values = {"state": OutState.SENT.value, "lease": "", "lease_until": None, "error": ""}
    sent_at = func.coalesce(outbox.c.sent_at, to_ms(at))
    connection.execute(update(outbox).where(outbox.c.id.in_(numbers)).values(**values, sent_at=sent_at))


# What is shown of it


def fates(connection: Connection, messages: Collection[int]) -> dict[int, Fate]:
    """Return what became of the mails of messages."""
    found: dict[int, Fate] = {}
    ids = sorted(messages)
    for start in range(0, len(ids), CHUNK):
        some = select(outbox).where(outbox.c.message.in_(ids[start : start + CHUNK]))
        for row in connection.execute(some.order_by(outbox.c.id)):
            state = OutState(row.state)
            at = row.sent_at if state is OutState.SENT else row.next_at
            found[row.message] = Fate(row.id, state, maybe_time(at), row.attempts, row.error)
    return found


def lines(connection: Connection, hidden: Sequence[int], states: Collection[OutState]) -> list[OutboxLine]:
    """Return the outbox, failed ones first, then by time, without what is about tickets in hidden queues."""
    statement = select(outbox).where(outbox.c.state.in_([state.value for state in states]))
    # What was cancelled by an undo tells nobody anything; what was withheld says why.
    statement = statement.where(or_(outbox.c.state != OutState.CANCELLED.value, outbox.c.error != ""))
    statement = _known(statement, hidden)
    failed_first = (outbox.c.state != OutState.FAILED.value, outbox.c.at.desc(), outbox.c.id.desc())
    return [_line(row) for row in connection.execute(statement.order_by(*failed_first).limit(SHOWN))]


def _line(row: Any) -> OutboxLine:
    return OutboxLine(
        row.id,
        row.kind,
        ", ".join(_addresses(row)),
        OutState(row.state),
        from_ms(row.at),
        row.ticket,
        row.subject,
        maybe_time(row.next_at),
        maybe_time(row.sent_at),
        row.attempts,
        row.error,
        row.auto,
        row.rule,
    )


def _addresses(row: Any) -> list[str]:
    if not row.recipients:
        return [row.target]
    people = json.loads(row.recipients)
    return [address for _, address in (*people["to"], *people["cc"])]


def failed(connection: Connection, hidden: Sequence[int]) -> int:
    """Count what could not be sent, without what is about tickets in hidden queues."""
    found = select(func.count()).select_from(outbox).where(outbox.c.state == OutState.FAILED.value)
    return int(connection.execute(_known(found, hidden)).scalar_one())


def _known(statement: Select[Any], hidden: Sequence[int]) -> Select[Any]:
    if not hidden:
        return statement
    seen = select(tickets.c.number).where(
        tickets.c.number == outbox.c.ticket, tickets.c.queue_id.not_in(hidden)
    )
    return statement.where(or_(outbox.c.ticket.is_(None), seen.exists()))


# What the desk said by itself


def automatic_to(connection: Connection, address: str, since: datetime) -> int:
    """Count what the desk wrote by itself to an address since a time, cancelled or not sent aside."""
    return _count(connection, since, outbox.c.target == address.casefold())


def automatic_in_all(connection: Connection, since: datetime) -> int:
    """Count what the desk wrote by itself since a time."""
    return _count(connection, since)


def _count(connection: Connection, since: datetime, *more: Any) -> int:
    written = and_(
        outbox.c.kind == MAIL, outbox.c.auto != "", outbox.c.state != OutState.CANCELLED.value, *more
    )
    found = select(func.count()).where(written, outbox.c.at > to_ms(since))
    return int(connection.execute(found).scalar_one())


def times_about(connection: Connection, ticket: int | None, address: str, since: datetime) -> list[datetime]:
    """Return when mails about a ticket were written to an address."""
    about = outbox.c.ticket == ticket if ticket is not None else outbox.c.ticket.is_(None)
    found = select(outbox.c.at).where(
        outbox.c.kind == MAIL,
        outbox.c.target == address.casefold(),
        outbox.c.at > to_ms(since),
        outbox.c.state != OutState.CANCELLED.value,
        about,
    )
    return [from_ms(at) for at in connection.execute(found).scalars()]
