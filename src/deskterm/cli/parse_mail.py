"""`parse-mail`: how the desk reads one mail, without any desk; to look at what a customer's program sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from deskterm.cli.session import Session
from deskterm.domain.errors import InputFileError
from deskterm.domain.mail import Address, Mail


def parse_mail(session: Session) -> int:
    """Read a mail in the same limited process that intake reads it in, and show what came of it."""
    from deskterm.channels.mail.reader import MailReader

    raw = _bytes(str(session.options.file))
    with MailReader() as reader:
        mail = reader.read(raw)
    out = session.out
    if out.json:
        out.emit(as_json(mail))
        return 0
    for name, value in _shown(mail):
        if value:
            out.line(f"{name + ':':<14}{value}")
    out.line("")
    for line in mail.text.split("\n"):
        out.line(line)
    return 0


def _bytes(name: str) -> bytes:
    """Return the bytes of a file or of stdin, one more than is allowed when there are more."""
    from deskterm.channels.mail.mime import MAIL_LIMIT

    if name == "-":
        return sys.stdin.buffer.read(MAIL_LIMIT + 1)
    path = Path(name).expanduser()
    if not path.exists():
        raise InputFileError(f"there is no file {path}", field="file")
    if path.is_dir():
        raise InputFileError(f"{path} is a folder", field="file")
    try:
        with path.open("rb") as file:
            return file.read(MAIL_LIMIT + 1)
    except OSError as error:
        raise InputFileError(f"cannot read {path}: {error.strerror}", field="file") from None


def as_json(mail: Mail) -> dict[str, Any]:
    """Return a mail as programs see it (docs/mail.md); ids are without angle brackets, times in UTC."""
    return {
        "from": _address(mail.sender),
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "subject": mail.subject,
        "date": _date(mail),
        "message_id": mail.message_id or None,
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else None,
        "references": list(mail.references),
        "text": mail.text,
        "new_text": mail.new_text,
        "attachments": [
            {"name": part.name, "type": part.media_type, "size": len(part.content)}
            for part in mail.attachments
        ],
        "is_auto": mail.is_auto,
        "is_bounce": mail.is_bounce,
        "bounce_for": mail.bounce_for or None,
        "spam_hints": list(mail.spam_hints),
    }


def _address(one: Address | None) -> dict[str, str] | None:
    return {"name": one.name, "address": one.address} if one else None


def _date(mail: Mail) -> str | None:
    # strftime would not fill up the years before 1000.
    return mail.date.replace(tzinfo=None).isoformat(timespec="seconds") + "Z" if mail.date else None


def _said(one: Address) -> str:
    return f"{one.name} <{one.address}>" if one.name else one.address


def _shown(mail: Mail) -> list[tuple[str, str]]:
    bounced = f"{mail.bounce_for or 'somebody'}, {'for good' if mail.bounce_permanent else 'for now'}"
    return [
        ("From", _said(mail.sender) if mail.sender else "nobody"),
        ("To", ", ".join(map(_said, mail.to))),
        ("Cc", ", ".join(map(_said, mail.cc))),
        ("Subject", mail.subject),
        ("Date", _date(mail) or "none"),
        ("Message-ID", mail.message_id),
        ("In reply to", ", ".join(mail.in_reply_to)),
        ("References", f"{len(mail.references)}" if mail.references else ""),
        ("Automatic", mail.auto_reason),
        ("Bounce", bounced if mail.is_bounce else ""),
        ("Hints", "; ".join(mail.spam_hints)),
        *[
            ("Attached", f"{part.name} ({part.media_type}, {len(part.content):,} bytes)")
            for part in mail.attachments
        ],
    ]
