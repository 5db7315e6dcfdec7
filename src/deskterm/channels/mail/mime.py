"""The structure of a mail: head and parts, cut out of the bytes in linear time and within limits."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from functools import cached_property

from deskterm.channels.mail.encoded import base64_bytes, header_text, parameters
from deskterm.domain.mail import MailRefused

MAIL_LIMIT = 25 * 1024 * 1024
PART_LIMIT = 1000
DEPTH_LIMIT = 50
HEAD_LIMIT = 256 * 1024
INNER_HEAD_LIMIT = 32 * 1024
"""Bytes of a mail within a mail that are looked at for its subject and id."""

FIELD_COUNT_LIMIT = 1000

_END_OF_HEAD = re.compile(rb"\r?\n\r*\n|\r\r(?!\n)")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.S)
_EOL = re.compile(rb"\r\n|\n|\r")
_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-type|received|return-path|reply-to)[ \t]*:",
    re.I,
)
_ENVELOPE = re.compile(rb"\A(?:>?From [^\r\n]*\r?\n)+")


@dataclass
class Entity:
    """A mail or one of its parts: its fields as bytes in order, and its body as it came."""

    fields: list[tuple[str, bytes]]
    body: bytes
    depth: int = 0
    outer: str = ""  # the type of what it is a part of
    children: list[Entity] = field(default_factory=list)
    is_cut: bool = False  # its boundary was found, even if nothing stands between

    @cached_property
    def index(self) -> dict[str, list[bytes]]:
        """The fields by name in lower case."""
        found: dict[str, list[bytes]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return found

    def all(self, name: str) -> list[bytes]:
        """Return the raw values of every field of a name."""
        return self.index.get(name, [])

    def raw(self, name: str) -> bytes:
        """Return the raw value of the first field of a name, empty when there is none."""
        return self.index.get(name, [b""])[0]

    def text(self, name: str, charset: str = "") -> str:
        """Return the first field of a name as one line."""
        return header_text(self.raw(name), charset)

    @cached_property
    def content(self) -> tuple[str, dict[str, str]]:
        """The media type, always `main/sub` in lower case, and its parameters."""
        default = "message/rfc822" if self.outer == "multipart/digest" else "text/plain"
        raw = self.raw("content-type")
        if not raw:
            return default, {}
        media, given = parameters(raw)
        media = re.sub(r"\s", "", media)
        if not re.fullmatch(r"[\w!#$&^.+\-]{1,80}/[\w!#$&^.+\-]{1,100}", media, re.A):
            bare = {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}
            media = bare.get(media.rstrip("/"), "multipart/mixed" if "boundary" in given else default)
        return media, given

    @property
    def media(self) -> str:
        """The media type, such as `text/plain`."""
        return self.content[0]

    @property
    def charset(self) -> str:
        """The charset's label, empty when none is given."""
        return self.content[1].get("charset", "")

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """`attachment`, `inline` or empty, and its parameters."""
        value, given = parameters(self.raw("content-disposition"))
        return re.sub(r"[^a-z\-]", "", value), given

    @cached_property
    def filename(self) -> str:
        """The name the sender gave the file, not yet made harmless."""
        return self.disposition[1].get("filename") or self.content[1].get("name", "")

    @cached_property
    def data(self) -> bytes:
        """The body as it was before it was encoded for sending."""
        return decoded(self.body, header_text(self.raw("content-transfer-encoding")).lower())


def read_entity(raw: bytes) -> Entity:
    """Return the mail that the bytes hold, with its parts. Raises MailRefused past the limits.

    Parts are cut one after the other and what they were cut from is let go, so that parts within each other
    take no more memory than parts beside each other.
    """
    mail = Entity([], raw.lstrip(b"\r\n"))
    waiting = [mail]
    count = 1
    while waiting:
        entity = waiting.pop()
        if entity.depth > DEPTH_LIMIT:
            raise MailRefused(f"more than {DEPTH_LIMIT} parts within each other")
        _fill(entity)
        if not entity.media.startswith("multipart/"):
            continue
        boundary = _boundary(entity)
        pieces = cut_at(entity.body, boundary) if boundary else None
        if pieces is None and boundary and entity.raw("content-transfer-encoding"):
            pieces = cut_at(entity.data, boundary)  # it must not be encoded as a whole, yet some are
        if pieces is not None:
            count += len(pieces)
            if count > PART_LIMIT:
                raise MailRefused(f"more than {PART_LIMIT:,} parts")
            entity.is_cut, entity.body = True, b""
            entity.children = [Entity([], piece, entity.depth + 1, entity.media) for piece in pieces]
            waiting.extend(entity.children)
    return mail


def _fill(entity: Entity) -> None:
    """Take the head off what an entity was cut out as."""
    head, body = _split(entity.body)
    if len(head) > HEAD_LIMIT:
        raise MailRefused(f"headers of more than {HEAD_LIMIT // 1024:,} KB")
    entity.fields, stray = _fields(head)
    if len(entity.fields) > FIELD_COUNT_LIMIT:
        raise MailRefused(f"more than {FIELD_COUNT_LIMIT:,} header fields")
    entity.body = stray + body if stray else body


def body_of(raw: bytes) -> bytes:
    """Return all that stands below the head of a mail."""
    return _split(raw.lstrip(b"\r\n"))[1]


def read_head(raw: bytes) -> Entity:
    """Return the fields of a mail within a mail, as far as they come early, and nothing of its parts."""
    head, _ = _split(raw[:INNER_HEAD_LIMIT])
    return Entity(_fields(head)[0][:FIELD_COUNT_LIMIT], b"")


def _boundary(entity: Entity) -> bytes:
    text = entity.content[1].get("boundary", "")
    return (
        text.encode("utf-8", "replace")[:500] if text.isascii() else text.encode("latin-1", "replace")[:500]
    )


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Return head and body. What begins with an empty line has no head."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw[:1] in (b"\r", b"\n"):
        return b"", _after_line(raw)
    found = _END_OF_HEAD.search(raw, 0, HEAD_LIMIT + 8)
    if found is None:
        return raw, b""  # no more than a head, or more than one may be
    return raw[: found.start()], raw[found.end() :]


def _fields(head: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return the fields of a head, and what stands in it without being part of one.

    A line that is no field ends the head, as if an empty one stood before it; between fields that mails
    are made of it is rubbish that some program left there, and skipped.
    """
    lines = _EOL.split(_ENVELOPE.sub(b"", head))
    fields: list[tuple[str, list[bytes]]] = []
    last = max((place for place, line in enumerate(lines) if _KNOWN.match(line)), default=-1)
    for place, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(line)
                continue
        elif found := _FIELD.match(line):
            fields.append((found[1].decode("latin-1").lower(), [found[2]]))
            if len(fields) > FIELD_COUNT_LIMIT:
                break
            continue
        if line.strip() and place > last and line[:6] not in (b"From m", b">From "):
            stray = b"\n".join(lines[place:]) + b"\n\n"
            return [(name, b"\n".join(value)) for name, value in fields], stray
    return [(name, b"\n".join(value)) for name, value in fields], b""


def cut_at(body: bytes, boundary: bytes) -> list[bytes] | None:
    """Return the parts between lines of a boundary, None when it never stands there.

    A missing last boundary ends with the body; what stands before the first and after the last is left out.
    """
    pieces: list[bytes] = []
    # Looking for a fixed string is many times as fast as looking for a pattern, level after level.
    ends = b"\n" if b"\n" in body else b"\r"
    line = b"--" + boundary
    place = 0 if body.startswith(line) else _next_line(body, ends + line, 0)
    start = -1
    while place >= 0:
        tail = _BOUNDARY_TAIL.match(body, place + len(line))
        if tail is not None:
            if start >= 0:
                pieces.append(body[start : _line_end(body, place)])
                if len(pieces) > PART_LIMIT:
                    raise MailRefused(f"more than {PART_LIMIT:,} parts")
            if tail[1]:
                return pieces
            start = tail.end()
        place = _next_line(body, ends + line, place)
    if start < 0:
        return None
    pieces.append(body[start:])
    return pieces


_BOUNDARY_TAIL = re.compile(rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")


def _next_line(body: bytes, mark: bytes, place: int) -> int:
    found = body.find(mark, place)
    return found + 1 if found >= 0 else -1


def _line_end(body: bytes, place: int) -> int:
    """Return where the line before `place` ends: its line end belongs to the boundary."""
    return place - 2 if body[place - 2 : place] == b"\r\n" else place - 1


def _after_line(piece: bytes) -> bytes:
    """Return a part without the end of the boundary's line before it."""
    if piece.startswith(b"\r\n"):
        return piece[2:]
    return piece[1:] if piece[:1] in (b"\r", b"\n") else piece


# What was encoded for sending

_NOT_PLAIN = re.compile(rb"[^A-Za-z0-9+/=\s]")


def decoded(body: bytes, how: str) -> bytes:
    """Return a body as it was before `how` (Content-Transfer-Encoding) was applied; unknown ones as it is."""
    if "base64" in how:
        # Words under this label have spaces and marks that base64 has not: they were never encoded.
        sample = body[:2000]
        strange = len(_NOT_PLAIN.findall(sample)) + max(0, sample.count(b" ") - sample.count(b"\n"))
        letters = base64_bytes(body)
        return body if strange * 10 > len(sample) and not _is_text(letters[:1000]) else letters
    if "quoted" in how:
        return binascii.a2b_qp(body)
    if how in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = uu_files(body)
        return found[0][1] if found else body
    return body


def _is_text(data: bytes) -> bool:
    """Say whether bytes are words: what rubbish decodes to is not."""
    return not _CONTROL.search(data) and "\ufffd" not in data.decode("utf-8", "replace")[:-1]


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,500})\r?$", re.M)
_UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.M)


def uu_files(body: bytes, most: int = 1) -> list[tuple[bytes, bytes, int, int]]:
    """Return (name, content, begin, end) of at most so many files that uuencode wrote into a text."""
    found: list[tuple[bytes, bytes, int, int]] = []
    place = 0
    while len(found) < most:
        begin = _BEGIN.search(body, place)
        if begin is None:
            break
        end = _UU_END.search(body, begin.end())
        if end is None:
            break
        written = body[begin.end() : end.start()]
        lines = [line for line in _EOL.split(written) if line]
        if begin[0].startswith(b"begin-base64"):
            content = base64_bytes(written)
        elif lines and _is_uu(lines[0]):
            content = b"".join(map(_uu_line, lines))
        else:
            content = b""  # prose that happens to begin so
        if content:
            found.append((begin[1], content, begin.start(), end.end()))
        place = end.end()
    return found


def _is_uu(line: bytes) -> bool:
    """Say whether a line is as long as its first character says."""
    letters = (((line[0] - 32) & 63) + 2) // 3 * 4
    return 0x20 < line[0] <= 0x60 and letters - 4 <= len(line) - 1 <= letters + 2


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        try:
            # Broken encoders write a wrong length or drop trailing blanks: what the line says itself holds.
            letters = (((line[0] - 32) & 63) * 4 + 5) // 3
            return binascii.a2b_uu(line[:letters])
        except binascii.Error:
            return b""
