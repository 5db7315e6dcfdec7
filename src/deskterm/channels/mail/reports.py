"""Delivery reports and the mails they return, read from a bounce's parts."""

from __future__ import annotations

import re

from deskterm.channels.mail.encoded import header_text
from deskterm.channels.mail.mime import Entity, read_head
from deskterm.domain.automatic import Report

MOST_RECIPIENTS = 200
MOST_RETURNED = 20
"""Recipients and returned mails of one report that are looked at."""
_BLANK = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_ID = re.compile(rb"<([^<>\s]{1,998})>")
_COPY = re.compile(
    rb"^(?:--- below this line is a copy|-{2,} ?this is a copy|-{2,} ?original message|-{5,} returned message"
    rb"|original message headers:|-{2,} ?message header follows|----- message body)",
    re.I | re.M,
)
_ORIGINAL_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{1,998})>", re.I | re.M)


def delivery_reports(parts: list[Entity]) -> list[Report] | None:
    """Return the recipients of a mail's delivery report, None when it carries none."""
    found: list[Report] | None = None
    for part in parts:
        if part.media not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        found = found or []
        for block in _BLANK.split(part.data[:200_000].strip(), maxsplit=MOST_RECIPIENTS):
            if len(found) >= MOST_RECIPIENTS:
                return found
            fields = read_head(block)
            recipient = fields.text("final-recipient") or fields.text("original-recipient")
            if recipient or fields.raw("action"):
                found.append(
                    Report(
                        _unaliased(fields, recipient),
                        fields.text("action").split(" ")[0],
                        fields.text("status"),
                        fields.text("diagnostic-code"),
                    )
                )
    return found


def _unaliased(fields: Entity, recipient: str) -> str:
    """Return the address that was written to, where the report names it beside what it was rewritten to."""
    original = fields.text("original-recipient")
    return original if "@" in original else recipient


def returned_ids(parts: list[Entity], text: bytes) -> tuple[str, ...]:
    """Return the ids of the mails that a bounce returns, whole, as headers, or within its words."""
    ids: list[bytes] = []
    for part in parts[:MOST_RETURNED]:
        if part.media in (
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
        ):
            ids += _ID.findall(read_head(part.data.lstrip(b"\r\n")).raw("message-id")[:4000])
        elif part.media in ("message/delivery-status", "message/global-delivery-status"):
            ids += _ID.findall(read_head(part.data[:10_000].lstrip()).raw("x-original-message-id"))
    if not ids:
        copy = _COPY.search(text)
        ids = _ORIGINAL_ID.findall(text[copy.start() if copy else 0 :][:200_000])
    return tuple(dict.fromkeys(header_text(one) for one in ids[:10]))
