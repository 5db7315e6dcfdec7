"""Is what waits beside the tickets sound: ends of holds, what work next handed out, outbox and quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, or_, select

from deskterm.domain.outgoing import MAIL, OutState
from deskterm.domain.quarantine import DISCARDED, STORED, WAITING
from deskterm.storage.codec import to_ms
from deskterm.storage.mail_tables import blob_chunks, mail_ids, quarantine
from deskterm.storage.tables import agents, due, holds, messages, outbox, tickets
from deskterm.storage.tickets import HOLD

SHOWN = 20


def of_waiting(connection: Connection, now: datetime) -> Iterator[str]:
    """Yield what is wrong with it. `now` decides which ends of holds are to come."""
    yield from _ends_of_holds(connection, now)
    yield from _handed(connection)
    yield from _outbox(connection)
    yield from _quarantine(connection)


def _ends_of_holds(connection: Connection, now: datetime) -> Iterator[str]:
    """A hold until a time must have its due work then, and the other way round."""
    same = and_(due.c.what == HOLD, due.c.ticket == tickets.c.number, due.c.at == tickets.c.hold_until)
    to_come = and_(tickets.c.hold_until > to_ms(now), tickets.c.voided.is_(False))
    lost = select(tickets.c.number).where(to_come, ~exists().where(same))
    for number in connection.execute(lost.limit(SHOWN)).scalars():
        yield f"#{number}: the end of its hold has no alarm and would never ring"
    stray = select(due.c.ticket).where(due.c.what == HOLD, ~exists().where(same))
    for number in connection.execute(stray.limit(SHOWN)).scalars():
        yield f"#{number}: an alarm would end a hold that it has not"


def _handed(connection: Connection) -> Iterator[str]:
    """Work next hands an agent one ticket at a time, and keeps none for who is not there."""
    at_it = select(holds.c.agent_id).where(holds.c.done.is_(False)).group_by(holds.c.agent_id)
    for agent in connection.execute(at_it.having(func.count() > 1).limit(SHOWN)).scalars():
        yield f"work next keeps more than one ticket for agent {agent}"
    for table, column, what in (
        (agents, and_(agents.c.id == holds.c.agent_id), "agent"),
        (tickets, and_(tickets.c.number == holds.c.ticket), "ticket"),
    ):
        nobody = select(holds.c.ticket).where(~select(table).where(column).exists())
        for number in connection.execute(nobody.limit(SHOWN)).scalars():
            yield f"#{number}: work next keeps it, and its {what} is not there"


def _outbox(connection: Connection) -> Iterator[str]:
    """Every row has a state that somebody acts on, and a mail a public message and a known id."""
    states = [state.value for state in OutState]
    sending = outbox.c.state == OutState.SENDING.value
    wrong = {
        "is in no state that there is": outbox.c.state.not_in(states),
        "is being sent by nobody": and_(sending, or_(outbox.c.lease == "", outbox.c.lease_until.is_(None))),
        "is kept by a process that is not sending it": and_(~sending, outbox.c.lease != ""),
        "waits, and no time says until when": and_(
            outbox.c.state == OutState.WAITING.value, outbox.c.next_at.is_(None)
        ),
        "was sent, and no time says when": and_(
            outbox.c.state == OutState.SENT.value, outbox.c.sent_at.is_(None)
        ),
        "carries a message of another ticket, or none": and_(
            outbox.c.message.is_not(None),
            ~exists().where(messages.c.id == outbox.c.message, messages.c.ticket == outbox.c.ticket),
        ),
        "carries what is internal": and_(
            outbox.c.message.is_not(None),
            exists().where(messages.c.id == outbox.c.message, messages.c.kind.in_(("internal", "system"))),
        ),
        "has an id by which no answer would find its ticket": and_(
            outbox.c.kind == MAIL,
            outbox.c.message.is_not(None),
            outbox.c.message_id != "",
            ~exists().where(mail_ids.c.message_id == outbox.c.message_id),
        ),
    }
    for what, holds_for in wrong.items():
        for number in connection.execute(select(outbox.c.id).where(holds_for).limit(SHOWN)).scalars():
            yield f"{number} in the outbox {what}"


def _quarantine(connection: Connection) -> Iterator[str]:
    """Every mail there waits, was stored on a ticket or thrown away, and its bytes are there to be tried."""
    kept = exists().where(blob_chunks.c.digest == quarantine.c.raw)
    wrong = {
        "is in no state that there is": quarantine.c.state.not_in((WAITING, STORED, DISCARDED)),
        "has lost its bytes": and_(quarantine.c.size > 0, ~kept),
        "was stored, and no ticket is named": and_(
            quarantine.c.state == STORED, quarantine.c.ticket.is_(None)
        ),
    }
    for what, holds_for in wrong.items():
        for number in connection.execute(select(quarantine.c.id).where(holds_for).limit(SHOWN)).scalars():
            yield f"mail {number} in quarantine {what}"
