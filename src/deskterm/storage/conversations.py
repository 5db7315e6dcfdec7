"""The SELECT behind every conversation: messages with who wrote them, their files and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from deskterm.domain.kinds import MessageKind
from deskterm.domain.ticket import Message
from deskterm.storage import mail, outbox, sides
from deskterm.storage.codec import from_ms
from deskterm.storage.tables import agents, messages, requesters


def conversation(connection: Connection, ticket: int | Sequence[int], limit: int = 0) -> list[Message]:
    """Return the visible messages of a ticket in order, the newest `limit` of them (0: all).

    Those of several tickets are read as one conversation, by time, side conversations among them.
    """
    if isinstance(ticket, int):
        where, newest = messages.c.ticket == ticket, [messages.c.id.desc()]
    else:
        where, newest = messages.c.ticket.in_(ticket), [messages.c.at.desc(), messages.c.id.desc()]
    statement = (
        select(messages, agents.c.login, requesters.c.name.label("requester_name"), requesters.c.address)
        .outerjoin(agents, agents.c.id == messages.c.agent_id)
        .outerjoin(requesters, requesters.c.id == messages.c.requester_id)
        .where(where, messages.c.retracted.is_(False))
        .order_by(*newest)
    )
    if limit:
        statement = statement.limit(limit)
    rows = connection.execute(statement).all()
    files = mail.parts_of(connection, [row.id for row in rows if row.channel or row.agent_id])
    short = mail.shortened(connection, [row.id for row in rows if row.channel == "email"])
    sent = outbox.fates(connection, [row.id for row in rows if row.requester_id is None])
    beside = sides.said(connection, [row.id for row in rows if row.kind == MessageKind.SIDE.value])
    found = [
        Message(
            id=row.id,
            ticket=row.ticket,
            kind=MessageKind(row.kind),
            at=from_ms(row.at),
            text=row.text,
            agent=row.agent_id,
            requester=row.requester_id,
            channel=row.channel,
            author=row.login or row.requester_name or _writer(beside.get(row.id)) or "deskterm",
            address=row.address or (beside[row.id].address if row.id in beside else ""),
            attachments=files.get(row.id, ()),
            shortened=row.id in short,
            fate=sent.get(row.id),
            side=beside[row.id].side if row.id in beside else None,
        )
        for row in rows
    ]
    found.reverse()
    return found


def _writer(said: sides.Said | None) -> str:
    return "" if said is None else said.name or said.address
