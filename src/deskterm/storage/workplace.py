"""What agents keep to themselves: drafts and what they have read. No events: nobody audits a keystroke."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail import Address
from deskterm.domain.sides import write_people
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import SIDE, Also, Draft
from deskterm.storage import mentions, sides
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.reminder_tables import reminders
from deskterm.storage.tables import drafts, messages, reads


def save_draft(connection: Connection, agent: int, draft: Draft) -> None:
    """Keep what an agent has typed; an empty text forgets it."""
    forget_draft(connection, agent, draft.ticket, draft.kind)
    if draft.text.strip() or any(draft.also):
        connection.execute(
            insert(drafts),
            {
                "agent_id": agent,
                "ticket": draft.ticket,
                "kind": draft.kind,
                "text": storable(draft.text),
                "saved_at": to_ms(draft.saved_at),
                "seen": draft.seen,
                "also": storable(_written(draft.also)),
            },
        )


def save_known(
    connection: Connection, agent: int, draft: Draft, known: Collection[tuple[str, Also]]
) -> Draft | None:
    """Keep what an agent has typed, unless another draft is there than those known; return that one.

    A draft that is gone is returned as an empty one; nothing is returned when it was kept.
    """
    there = select(drafts.c.text, drafts.c.also, drafts.c.saved_at, drafts.c.seen).where(
        drafts.c.agent_id == agent, drafts.c.ticket == draft.ticket, drafts.c.kind == draft.kind
    )
    row = connection.execute(there).first()
    held = (row.text, row.also) if row is not None else ("", "")
    same = {_kept(text, also) for text, also in (*known, (draft.text, draft.also))}
    if held not in same:
        if row is None:
            return Draft(draft.ticket, draft.kind, "", draft.saved_at)
        at = from_ms(row.saved_at)
        return Draft(draft.ticket, draft.kind, row.text, at, row.seen, _read(row.also))
    save_draft(connection, agent, draft)
    return None


def _kept(text: str, also: Also) -> tuple[str, str]:
    """Return how a draft is stored; one without a word is not."""
    return (storable(text), storable(_written(also))) if text.strip() or any(also) else ("", "")


def _written(also: Also) -> str:
    return json.dumps(also, ensure_ascii=False) if any(also) else ""


def _read(written: str) -> Also:
    if not written:
        return Also()
    from deskterm.domain.rule import Action

    macros, files, *beside = json.loads(written)
    acts = tuple((name, tuple(Action(*action) for action in actions)) for name, actions in macros)
    return Also(acts, tuple(files), *beside)


def storable(text: str) -> str:
    """Return a text without what one of the engines cannot hold: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def forget_draft(connection: Connection, agent: int, ticket: int, kind: str) -> None:
    """Throw a draft away."""
    connection.execute(
        delete(drafts).where(drafts.c.agent_id == agent, drafts.c.ticket == ticket, drafts.c.kind == kind)
    )


def mark_read(connection: Connection, agent: int, ticket: int, now: datetime) -> bool:
    """Remember that an agent has read all messages of a ticket; says whether that was news."""
    called = mentions.read(connection, agent, ticket)
    count = int(
        connection.execute(
            select(func.count()).where(messages.c.ticket == ticket, messages.c.retracted.is_(False))
        ).scalar_one()
    )
    known = connection.execute(
        select(reads.c.messages).where(reads.c.agent_id == agent, reads.c.ticket == ticket)
    ).scalar()
    if known == count:
        return called
    connection.execute(delete(reads).where(reads.c.agent_id == agent, reads.c.ticket == ticket))
    connection.execute(insert(reads), {"agent_id": agent, "ticket": ticket, "messages": count})
    return True


def see_reminders(
    connection: Connection,
    agent: int,
    now: datetime,
    *,
    ticket: int | None = None,
    reminder: int | None = None,
) -> bool:
    """Remember that an agent has seen what rang for them, about a ticket or one by its id; was that news?"""
    which = reminders.c.ticket == ticket if reminder is None else reminders.c.id == reminder
    unseen = (reminders.c.state == "fired", reminders.c.seen_at.is_(None))
    statement = update(reminders).where(reminders.c.agent_id == agent, which, *unseen)
    return connection.execute(statement.values(seen_at=to_ms(now))).rowcount > 0


def unread(connection: Connection, ticket: int) -> None:
    """Let a ticket be unread by everybody: something came that is kept with a ticket merged into it."""
    connection.execute(delete(reads).where(reads.c.ticket == ticket))


def read_own(connection: Connection, agent: int, before: Ticket, after: Ticket) -> None:
    """Count what agents write as read by them, when they had read everything before it."""
    mine = (reads.c.agent_id == agent, reads.c.ticket == after.number, reads.c.messages == before.messages)
    connection.execute(update(reads).where(*mine).values(messages=after.messages))


def unread_again(connection: Connection, ticket: Ticket) -> None:
    """Nobody has read more messages than there are: what comes after one that was taken back is news."""
    ahead = (reads.c.ticket == ticket.number, reads.c.messages > ticket.messages)
    connection.execute(update(reads).where(*ahead).values(messages=ticket.messages))


def give_back(connection: Connection, agent: int, message: int, seen: int, now: datetime) -> None:
    """Make a draft of what an agent wrote and took back, unless they have begun another."""
    draft = _own_words(connection, agent, message, seen, now)
    if draft is None:
        return
    if all(held.kind != draft.kind for held in drafts_of(connection, agent, draft.ticket)):
        save_draft(connection, agent, draft)


def send_again(connection: Connection, agent: int, message: int, now: datetime) -> None:
    """Forget the draft of what an agent took back and now sends after all, unless they went on with it."""
    draft = _own_words(connection, agent, message, 0, now)
    if draft is None:
        return
    for held in drafts_of(connection, agent, draft.ticket):
        if (held.kind, held.text) == (draft.kind, draft.text):
            forget_draft(connection, agent, draft.ticket, draft.kind)


def _own_words(connection: Connection, agent: int, message: int, seen: int, now: datetime) -> Draft | None:
    """Return a message as a draft when this agent wrote it."""
    row = connection.execute(
        select(messages).where(messages.c.id == message, messages.c.agent_id == agent)
    ).first()
    if row is None:
        return None
    if row.kind == MessageKind.SIDE.value:
        return _beside(connection, row.ticket, message, row.text, now, seen)
    kind = "note" if row.kind == MessageKind.INTERNAL.value else "reply"
    return Draft(row.ticket, kind, row.text, now, seen)


def _beside(connection: Connection, ticket: int, message: int, text: str, now: datetime, seen: int) -> Draft:
    """Return a message of a side conversation as a draft: of that, or of one to be begun anew."""
    said = sides.said(connection, [message])[message]
    if not sides.begins(connection, said.side, message):
        return Draft(ticket, f"{SIDE}:{said.side}", text, now, seen)
    to = write_people(Address(name, address) for name, address in said.people)
    return Draft(ticket, SIDE, text, now, seen, Also(to=to, subject=said.subject))


def drafts_of(connection: Connection, agent: int, ticket: int) -> tuple[Draft, ...]:
    """Return what an agent has typed on a ticket and not sent."""
    statement = (
        select(drafts).where(drafts.c.agent_id == agent, drafts.c.ticket == ticket).order_by(drafts.c.kind)
    )
    return tuple(
        Draft(row.ticket, row.kind, row.text, from_ms(row.saved_at), row.seen, _read(row.also))
        for row in connection.execute(statement)
    )
