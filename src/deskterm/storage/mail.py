"""Mail as it is kept: which ids are known, what a message came as, its files, and the desk's secret."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, select

from deskterm.domain.kinds import MessageKind
from deskterm.domain.mail_identity import SECRET_BYTES, Signer
from deskterm.domain.ticket import Attachment
from deskterm.storage import contacts
from deskterm.storage.codec import maybe_ms
from deskterm.storage.journal import CHUNK
from deskterm.storage.mail_tables import mail_ids, mails, message_parts
from deskterm.storage.side_tables import side_messages
from deskterm.storage.tables import messages, meta, requesters

SECRET = "mail_secret"

PLACE = "mailbox:"

ID_LIMIT = 500
"""Characters of an id that are kept as they are: longer ones fit into no index, and nobody reads them."""


TELLABLE = (
    mail_ids.c.message_id.not_like("sha256:%"),
    mail_ids.c.message_id.not_like("%@no-id.invalid"),
)
"""Ids that can be told: those that are kept as digests, and those made up here, mean nothing to anybody."""

NO_SIDE = ~exists().where(side_messages.c.message == mail_ids.c.message)
"""The mails of the tickets' own conversations."""


def key_of(message_id: str) -> str:
    """Return the form in which an id is kept and looked for."""
    if len(message_id) <= ID_LIMIT and message_id.isprintable():
        return message_id
    return "sha256:" + hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()


def signer(connection: Connection) -> Signer | None:
    """Return what signs this desk's mail, None before its secret was made."""
    held = connection.execute(select(meta.c.value).where(meta.c.key == SECRET)).scalar()
    return Signer(bytes.fromhex(held)) if held is not None else None


def sure_signer(connection: Connection) -> Signer:
    """Return what signs this desk's mail; its secret is made here, once, in a write transaction."""
    found = signer(connection)
    if found is None:
        secret = secrets.token_bytes(SECRET_BYTES)
        connection.execute(insert(meta), {"key": SECRET, "value": secret.hex()})
        found = Signer(secret)
    return found


def known_ids(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """Return the tickets of those ids that the desk has seen in their own conversations."""
    keys = {one: key_of(one) for one in ids if one}
    wanted = sorted(set(keys.values()))
    held: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        some = mail_ids.c.message_id.in_(wanted[start : start + CHUNK])
        statement = select(mail_ids.c.message_id, mail_ids.c.ticket).where(some, NO_SIDE)
        held |= {row.message_id: row.ticket for row in connection.execute(statement)}
    return {one: held[key] for one, key in keys.items() if key in held}


def message_of(connection: Connection, message_id: str) -> tuple[int, int] | None:
    """Return the ticket and the message that an id stands for, None for an unknown one."""
    statement = select(mail_ids.c.ticket, mail_ids.c.message).where(
        mail_ids.c.message_id == key_of(message_id)
    )
    row = connection.execute(statement).first()
    return (row.ticket, row.message) if row is not None else None


def add_id(connection: Connection, message_id: str, ticket: int, message: int) -> None:
    """Remember the id of a mail that came in or goes out."""
    row = {"message_id": key_of(message_id), "ticket": ticket, "message": message}
    connection.execute(insert(mail_ids), row)


def add_mail(
    connection: Connection,
    message: int,
    *,
    message_id: str,
    mailbox: str,
    raw: str,
    text: str,
    auto: str,
    dated: datetime | None,
) -> None:
    """Keep what a message came as: `raw` is the digest of its bytes, `text` its whole text when longer."""
    connection.execute(
        insert(mails),
        {
            "message": message,
            "message_id": key_of(message_id),
            "mailbox": mailbox,
            "raw": raw,
            "text": text,
            "auto": auto,
            "dated": maybe_ms(dated),
        },
    )


def whole_text(connection: Connection, message: int) -> str:
    """Return all of the text of the mail a message came as, "" when the message is all there is."""
    held = connection.execute(select(mails.c.text).where(mails.c.message == message)).scalar()
    return str(held or "")


def raw_digest(connection: Connection, message: int) -> str | None:
    """Return where the bytes of the mail are that a message came as, None when it came by no mail."""
    return connection.execute(select(mails.c.raw).where(mails.c.message == message)).scalar()


def shortened(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return those of these messages whose mail says more than they do."""
    found: set[int] = set()
    ids = list(numbers)
    for start in range(0, len(ids), CHUNK):
        some = mails.c.message.in_(ids[start : start + CHUNK])
        found.update(connection.execute(select(mails.c.message).where(some, mails.c.text != "")).scalars())
    return found


def add_parts(connection: Connection, message: int, files: Iterable[Attachment]) -> None:
    """Hang files on a message; their bytes are kept already."""
    rows = [
        {
            "message": message,
            "place": place,
            "digest": file.digest,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "inline": file.inline,
            "content_id": file.content_id,
        }
        for place, file in enumerate(files)
    ]
    if rows:
        connection.execute(insert(message_parts), rows)


def parts_of(connection: Connection, numbers: Collection[int]) -> Mapping[int, tuple[Attachment, ...]]:
    """Return the files of messages."""
    found: defaultdict[int, list[Attachment]] = defaultdict(list)
    ids = list(numbers)
    for start in range(0, len(ids), CHUNK):
        some = message_parts.c.message.in_(ids[start : start + CHUNK])
        statement = select(message_parts).where(some)
        for row in connection.execute(statement.order_by(message_parts.c.message, message_parts.c.place)):
            found[row.message].append(
                Attachment(row.name, row.media_type, row.size, row.digest, bool(row.inline), row.content_id)
            )
    return {message: tuple(files) for message, files in found.items()}


def has_files(connection: Connection, ticket: int) -> bool:
    """Say whether a message of a ticket carries a file."""
    statement = (
        select(message_parts.c.message)
        .join(messages, messages.c.id == message_parts.c.message)
        .where(messages.c.ticket == ticket, messages.c.retracted.is_(False))
    )
    return connection.execute(statement.limit(1)).first() is not None


def place_of(connection: Connection, message: int) -> int | None:
    """Return the ticket of a message that is not retracted, None when there is none."""
    statement = select(messages.c.ticket).where(messages.c.id == message, messages.c.retracted.is_(False))
    return connection.execute(statement).scalar()


def requesters_with(connection: Connection, address: str) -> set[int]:
    """Return the requesters (ids) who have an address: every address of that contact is one."""
    found = select(requesters.c.id).where(requesters.c.address == address.casefold())
    return contacts.same_people(connection, connection.execute(found).scalars().all())


def place_in(connection: Connection, mailbox: str) -> tuple[int, int] | None:
    """Return how far a mailbox was read on its server, None when it never was."""
    held = connection.execute(select(meta.c.value).where(meta.c.key == f"{PLACE}{mailbox}")).scalar()
    if held is None:
        return None
    validity, _, uid = held.partition(":")
    return int(validity), int(uid)


def put_place(connection: Connection, mailbox: str, uid_validity: int, uid: int) -> None:
    """Remember how far a mailbox was read on its server."""
    key = f"{PLACE}{mailbox}"
    connection.execute(delete(meta).where(meta.c.key == key))
    connection.execute(insert(meta), {"key": key, "value": f"{uid_validity}:{uid}"})


def ids_of(
    connection: Connection, tickets: Collection[int], before: int, limit: int
) -> list[tuple[str, bool]]:
    """Return the ids of the newest mails of tickets, oldest first, each with whether a requester wrote it.

    `before` is the message from which on none counts. Those of side conversations are told to nobody here.
    """
    statement = (
        select(mail_ids.c.message_id, messages.c.requester_id)
        .join(messages, messages.c.id == mail_ids.c.message)
        .where(
            mail_ids.c.ticket.in_(tickets),
            mail_ids.c.message < before,
            messages.c.kind != MessageKind.SIDE.value,
            *TELLABLE,
        )
        .order_by(mail_ids.c.message.desc())
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    return [(row.message_id, row.requester_id is not None) for row in reversed(rows)]


def written_by_machine(connection: Connection, ticket: int) -> str:
    """Say why a ticket's first mail was a machine's, "" when a person may have written it."""
    statement = (
        select(mails.c.auto)
        .join(messages, messages.c.id == mails.c.message)
        .where(messages.c.ticket == ticket, messages.c.kind != MessageKind.SIDE.value)
        .order_by(messages.c.id)
        .limit(1)
    )
    return str(connection.execute(statement).scalar() or "")
