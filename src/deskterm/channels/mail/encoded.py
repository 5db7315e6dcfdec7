"""Header fields as text: encoded words, raw bytes and parameters, the way they are really written."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote_to_bytes

from deskterm.channels.mail.charsets import decode

FIELD_LIMIT = 64_000
"""Bytes of one field that are looked at; longer ones are cut."""

_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"[ \t\r\n]*")
_FOLD = bytes.maketrans(b"\r\n", b"  ")
_BLANK = re.compile(r"[ \t\n\r\u00a0\u2028\u2029]+")
_NOT_BASE64 = bytes(code for code in range(256) if not re.match(rb"[A-Za-z0-9+/=]", bytes((code,))))
MOST_ENDS = 10_000
"""Pieces of base64, each with its padding, that are told apart in one body."""
_MARKS = (
    {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
    | {code: "\ufffd" for code in (*range(0x80, 0xA0), *range(0xD800, 0xE000))}
    | {0x7F: "\u2421"}
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: str) -> str:
    """Return `text` with every control character but line feed and tab as a mark that can be seen."""
    return text.translate(_MARKS) if _CONTROLS.search(text) else text


def one_line(text: str, limit: int = 2000) -> str:
    """Return `text` as one line without control characters, of at most `limit` characters."""
    line = visible(_BLANK.sub(" ", text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def base64_bytes(data: bytes) -> bytes:
    """Return what base64 holds: rubbish between is skipped, missing padding added, a cut end kept so far."""
    whole = []
    for run in data.translate(None, _NOT_BASE64).split(b"=", MOST_ENDS):
        letters = run.replace(b"=", b"")
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        if letters:
            whole.append(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
    return b"".join(whole)


def unfolded(raw: bytes) -> bytes:
    """Return a field's bytes on one line."""
    return raw[:FIELD_LIMIT].translate(_FOLD).strip()


def header_text(raw: bytes, charset: str = "") -> str:
    """Return an unstructured field as one line: encoded words decoded, raw bytes as UTF-8 or `charset`."""
    return one_line(words_decoded(unfolded(raw), charset))


def words_decoded(raw: bytes, charset: str = "") -> str:
    """Return bytes of a field with encoded words decoded; what they hide is not yet made harmless."""
    if b"=?" not in raw:
        return decode(raw, "", charset)
    text = raw.decode("latin-1")
    shown: list[str] = []
    waiting: list[tuple[str, str, str]] = []  # words next to each other, which may share a character
    end = 0
    for found in _WORD.finditer(text):
        gap = text[end : found.start()]
        if not waiting or not _BETWEEN.fullmatch(gap):
            _say(waiting, shown)
            shown.append(decode(gap.encode("latin-1"), "", charset))
        waiting.append((found[1].split("*")[0].lower(), found[2].lower(), found[3]))
        end = found.end()
    _say(waiting, shown)
    shown.append(decode(text[end:].encode("latin-1"), "", charset))
    return "".join(shown)


def _say(waiting: list[tuple[str, str, str]], shown: list[str]) -> None:
    """Decode words that stand together and forget them: those of one charset as one run of bytes."""
    run: list[bytes] = []
    label = pending = ""
    for charset, how, payload in waiting:
        if charset != label:
            run.append(base64_bytes(pending.encode("latin-1")))
            shown.append(decode(b"".join(run), label))
            run, label, pending = [], charset, ""
        if how == "b":
            pending += payload.strip()
            if len(pending) % 4 == 0 or pending.endswith("="):
                run.append(base64_bytes(pending.encode("latin-1")))
                pending = ""
        else:
            run.append(binascii.a2b_qp(payload.replace("\n", " ").encode("latin-1"), header=True))
    run.append(base64_bytes(pending.encode("latin-1")))
    shown.append(decode(b"".join(run), label))
    waiting.clear()


# Parameters

_PIECE = re.compile(rb'[\s;]*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.S)
_ESCAPE = re.compile(rb"\\(.)", re.S)
_NUMBERED = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")
MOST_PARAMETERS = 200


def parameters(raw: bytes, charset: str = "") -> tuple[str, dict[str, str]]:
    """Return a field such as Content-Type as its value in lower case and its parameters.

    Continuations and charsets of RFC 2231 are put together, encoded words decoded though they do not belong
    there, raw bytes read as UTF-8 or `charset`. The first of two parameters of one name holds.
    """
    raw = unfolded(raw)
    value, _, rest = raw.partition(b";")
    if b"=" in value and b"/" not in value.split(b"=")[0]:
        value, rest = b"", raw
    plain: dict[str, bytes] = {}
    split: dict[str, dict[int, tuple[bytes, bool]]] = {}
    place = 0
    for _ in range(MOST_PARAMETERS):
        found = _PIECE.match(rest, place)
        if found is None:
            semicolon = rest.find(b";", place + 1)
            if semicolon < 0:
                break
            place = semicolon
            continue
        place = max(found.end(), place + 1)
        quoted = found[2] is not None
        said = _unescaped(found[2]) if quoted else found[3].strip().strip(b"'\"")
        name = found[1].decode("latin-1").lower()
        parts = _NUMBERED.fullmatch(name)
        if parts is None or (parts[2] is None and parts[3] is None):
            plain.setdefault(name, said)
        else:
            numbers = split.setdefault(parts[1], {})
            numbers.setdefault(int(parts[2] or 0), (said, parts[3] is not None))
    result = {name: one_line(words_decoded(said, charset)) for name, said in plain.items()}
    for name, numbers in split.items():
        result[name] = one_line(_joined(numbers, charset))
    return value.strip().decode("latin-1").lower(), result


def _unescaped(said: bytes) -> bytes:
    # Backslashes in a quoted path are no escapes to those who write them.
    return said if re.search(rb"[A-Za-z]:\\|^\\\\", said) else _ESCAPE.sub(rb"\1", said)


def _joined(numbers: dict[int, tuple[bytes, bool]], charset: str) -> str:
    label = ""
    data: list[bytes] = []
    for place, number in enumerate(sorted(numbers)):
        said, encoded = numbers[number]
        if encoded and place == 0 and said.count(b"'") >= 2:
            name, _, said = said.split(b"'", 2)
            label = name.decode("latin-1")
        data.append(unquote_to_bytes(said) if encoded else said)
    whole = b"".join(data)
    return decode(whole, label, charset) if label else words_decoded(whole, charset)
