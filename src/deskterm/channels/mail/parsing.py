"""Bytes into a mail: the one way in which any mail is read, run in a child process with limits."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from deskterm.channels.mail.addresses import parse_addresses, valid
from deskterm.channels.mail.bodies import Body, read_body
from deskterm.channels.mail.dates import parse_date
from deskterm.channels.mail.encoded import header_text, one_line, unfolded
from deskterm.channels.mail.mime import MAIL_LIMIT, Entity, body_of, read_entity
from deskterm.channels.mail.reports import delivery_reports, returned_ids
from deskterm.domain.automatic import Headers, automatic_reason, bounce, spam_hints
from deskterm.domain.mail import Address, Mail, MailRefused
from deskterm.domain.quoting import is_forward, new_text

ID_LIMIT = 998
MOST_REFERENCES = 200
MOST_HINT_VALUES = 50

_ID = re.compile(r"<([^<>]{1,1200})>")
_DECIDING = frozenset(
    ("auto-submitted", "precedence", "x-precedence", "content-type", "return-path", "subject", "from",
    "x-failed-recipients",
     "authentication-results", "x-spam-flag", "x-spam-status")
)  # fmt: skip
_LINK_NUMBER = re.compile(r"\[(\d{1,3})\]")


def parse_mail(raw: bytes) -> Mail:
    """Return the mail that the bytes hold. Raises MailRefused past the limits, and nothing else.

    Only where memory and time are limited from outside: see `MailReader`.
    """
    if len(raw) > MAIL_LIMIT:
        raise MailRefused(f"more than {MAIL_LIMIT // (1024 * 1024)} MB")
    if not raw.strip():
        raise MailRefused("an empty mail")
    mail = read_entity(raw)
    body = read_body(mail)
    charset = mail.charset or _inner_charset(mail)
    senders = _all(mail, "from", charset)
    subject = header_text(mail.raw("subject"), charset)
    headers = _headers(mail, charset)
    sender = senders[0] if senders else None
    received_at = _received(mail)
    date = parse_date(header_text(mail.raw("date")))
    text = body.text
    to, cc = _all(mail, "to", charset), _all(mail, "cc", charset)
    recipients = _recipients(mail)
    own = [one.address for one in (*senders, *to)] + list(recipients)
    failed = bounce(
        headers,
        sender,
        delivery_reports(body.reports),
        text,
        own if "multipart/report" not in mail.media else own[:1],
    )
    reason = automatic_reason(headers, sender) or ("a bounce" if failed else "")
    reply_to = _all(mail, "reply-to", charset)
    hints = spam_hints(
        headers, senders, reply_to, [part.name for part in body.attachments], date, received_at
    ) + ((f"a link shows {body.deceptive[0]} and leads to {body.deceptive[1]}",) if body.deceptive else ())
    return_path = header_text(mail.raw("return-path"))
    ids = _ids(mail.all("message-id")[:1])
    return Mail(
        message_id=ids[0] if ids else "",
        in_reply_to=_ids(mail.all("in-reply-to")),
        references=_ids(mail.all("references")),
        sender=sender,
        reply_to=reply_to,
        to=to,
        cc=cc,
        subject=subject,
        date=date,
        text=_with_links(text, body.links),
        new_text=_new_text(text, subject, body),
        attachments=tuple(body.attachments),
        is_auto=bool(reason),
        auto_reason=reason,
        is_bounce=failed is not None,
        bounce_for=failed.recipient if failed else "",
        bounce_permanent=failed is not None and failed.permanent,
        spam_hints=hints,
        return_path=valid(return_path.strip("<> ")),
        null_return_path=return_path == "<>",
        list_id=header_text(mail.raw("list-id"))[:255],
        recipients=recipients,
        authentication=tuple(header_text(value) for value in mail.all("authentication-results")[:10]),
        received_at=received_at,
        fingerprint=_fingerprint(mail, raw),
        bounced_ids=returned_ids(body.reports or mail.children, mail.body[:200_000]) if failed else (),
        bounce_dead=failed.dead if failed else (),
    )


def _inner_charset(mail: Entity) -> str:
    """Return the charset of the first part that names one: raw bytes in headers are mostly in the same."""
    parts = mail.children
    for _ in range(5):
        for part in parts:
            if part.charset:
                return part.charset
        if not parts:
            break
        parts = parts[0].children
    return ""


def _all(mail: Entity, name: str, charset: str) -> tuple[Address, ...]:
    found: list[Address] = []
    for raw in mail.all(name)[:20]:
        found += parse_addresses(raw, charset)
    return tuple(dict.fromkeys(found))[:1000]


def _headers(mail: Entity, charset: str) -> Headers:
    """Return every field as lines; only those that decide something are decoded, of the others the start."""
    return {
        name: [
            header_text(value, charset) if name in _DECIDING else header_text(value[:200])
            for value in values[:MOST_HINT_VALUES]
        ]
        for name, values in mail.index.items()
    }


def _ids(values: list[bytes]) -> tuple[str, ...]:
    """Return the message ids of fields without their brackets, in order; words without brackets count if
    they have the look of one. Of very many the first and the last are kept."""
    found: list[str] = []
    for raw in values[:10]:
        line = unfolded(raw).decode("utf-8", "replace")
        ids = _ID.findall(line) or [word.strip("<>,;\"'") for word in line.split() if "@" in word]
        if not ids and len(line.split()) == 1:
            ids = [line.strip("<>")]
        for one in ids:
            clean = one_line(re.sub(r"\s+", "", one), ID_LIMIT)
            if clean:
                found.append(clean)
    unique = list(dict.fromkeys(found))
    if len(unique) > MOST_REFERENCES:
        unique = [unique[0], *unique[-(MOST_REFERENCES - 1) :]]
    return tuple(unique)


def _recipients(mail: Entity) -> tuple[str, ...]:
    """Return the addresses that servers say it was delivered to."""
    found: list[str] = []
    for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to"):
        for raw in mail.all(name)[:20]:
            found += [one.address for one in parse_addresses(raw[:4000]) if one.address]
    return tuple(dict.fromkeys(found))


def _received(mail: Entity) -> datetime | None:
    """Return when the last server took the mail, by the topmost Received field that says so."""
    for raw in mail.all("received")[:5]:
        stamp = header_text(raw).rpartition(";")[2].strip()
        if at := parse_date(stamp):
            return at
    return None


def _with_links(text: str, links: tuple[str, ...]) -> str:
    if not links:
        return text
    return f"{text}\n\n{_listed(links, range(1, len(links) + 1))}".lstrip("\n")


def _listed(links: tuple[str, ...], numbers: range | list[int]) -> str:
    return "\n".join(f"[{number}] {links[number - 1]}" for number in numbers)


def _new_text(text: str, subject: str, body: Body) -> str:
    """Return what is new in the text, with the targets of its own links alone."""
    new = new_text(text, forwarded=is_forward(subject), quoted_from=body.quoted_from)
    said = {int(number) for number in _LINK_NUMBER.findall(new)} if body.links else set()
    numbers = [number for number in sorted(said) if 0 < number <= len(body.links)]
    return f"{new}\n\n{_listed(body.links, numbers)}" if numbers else new


def _fingerprint(mail: Entity, raw: bytes) -> str:
    """Return digits that are the same for the same mail, whatever servers on its way added."""
    digest = hashlib.sha256()
    for name in ("from", "to", "cc", "date", "subject", "content-type"):
        digest.update(b"\0".join(b" ".join(value.split()) for value in mail.all(name)) + b"\n")
    digest.update(body_of(raw).replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()[:40]
