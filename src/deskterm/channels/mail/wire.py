"""How a mail travels between the desk and the child that read it: JSON and raw frames, never code.

An answer is `length of the JSON, 4 bytes | JSON | the attachments' bytes one after the other`; the JSON
names their sizes. What the child says is checked like anything else from outside.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from deskterm.domain.mail import Address, Mail, MailPart, MailRefused

LENGTH = struct.Struct(">I")
JSON_LIMIT = 64 * 1024 * 1024
CONTENT_LIMIT = 64 * 1024 * 1024
"""Bytes of attachments: decoding makes a mail smaller, and a text that is kept whole once more."""

_TEXTS = frozenset(one.name for one in fields(Mail) if one.type == "str")
_FLAGS = frozenset(one.name for one in fields(Mail) if one.type == "bool")
_LISTS = frozenset(one.name for one in fields(Mail) if one.type == "tuple[str, ...]")
_TIMES = frozenset(one.name for one in fields(Mail) if one.type == "datetime | None")
_ADDRESSES = frozenset(one.name for one in fields(Mail) if one.type == "tuple[Address, ...]")


def pack(mail: Mail) -> list[bytes]:
    """Return the frames of an answer that holds a mail."""
    said: dict[str, Any] = {name: getattr(mail, name) for name in _TEXTS | _FLAGS | _LISTS}
    for name in _TIMES:
        at = getattr(mail, name)
        said[name] = at.isoformat() if at else None
    for name in _ADDRESSES:
        said[name] = [[one.name, one.address] for one in getattr(mail, name)]
    said["sender"] = [mail.sender.name, mail.sender.address] if mail.sender else None
    said["attachments"] = [
        [part.name, part.media_type, len(part.content), part.content_id, part.inline]
        for part in mail.attachments
    ]
    return [*_json(said), *[part.content for part in mail.attachments]]


def pack_refusal(reason: str) -> list[bytes]:
    """Return the frames of an answer that refuses a mail."""
    return _json({"refused": reason})


def _json(said: dict[str, Any]) -> list[bytes]:
    data = json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return [LENGTH.pack(len(data)), data]


def unpack(read: Callable[[int], bytes]) -> Mail:
    """Return the mail of an answer that `read(count)` gives the bytes of. Raises MailRefused with the child's
    reason, ValueError and what goes with it when the answer is none."""
    (length,) = LENGTH.unpack(read(LENGTH.size))
    if length > JSON_LIMIT:
        raise ValueError("the answer is too long")
    said = json.loads(read(length))
    if "refused" in said:
        raise MailRefused(str(said["refused"])[:500])
    sizes = [int(part[2]) for part in said["attachments"]]
    if any(size < 0 for size in sizes) or sum(sizes) > CONTENT_LIMIT:
        raise ValueError("the attachments are too long")
    values: dict[str, Any] = {name: str(said[name]) for name in _TEXTS}
    values |= {name: bool(said[name]) for name in _FLAGS}
    values |= {name: tuple(map(str, said[name])) for name in _LISTS}
    values |= {name: _time(said[name]) for name in _TIMES}
    values |= {name: tuple(map(_address, said[name])) for name in _ADDRESSES}
    values["sender"] = _address(said["sender"]) if said["sender"] else None
    values["attachments"] = tuple(
        MailPart(str(name), str(media), read(size), str(cid), bool(inline))
        for (name, media, _, cid, inline), size in zip(said["attachments"], sizes, strict=True)
    )
    return Mail(**values)


def _address(pair: list[str]) -> Address:
    name, address = pair
    return Address(str(name), str(address))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
