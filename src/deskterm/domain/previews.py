"""Previews of files as lines of text: tables, JSON and text within limits; of pictures what they are."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Sequence
from itertools import islice

from deskterm.domain.attaching import size_words
from deskterm.domain.plain import clean_line, clean_text

MOST_LINES = 2000
MOST_BYTES = 2_000_000
"""How much of a file is looked at."""

WIDEST = 40
"""Characters of a table's column."""

MOST_COLUMNS = 50


def preview(name: str, media_type: str, content: bytes) -> tuple[str, ...]:
    """Return a file as lines that are safe to show; what cannot be shown is named by its kind and size."""
    ending = name.rpartition(".")[2].casefold()
    kind = media_type.casefold()
    picture = _picture(content)
    if picture:
        return (f"{picture}, {size_words(len(content))}",)
    if not content:
        return ("the file is empty",)
    text = _text(content, kind)
    if text is None:
        return (f"{clean_line(media_type, 80) or 'a file'}, {size_words(len(content))}: no preview of it",)
    lines: Sequence[str] | None = None
    whole = len(content) <= MOST_BYTES
    if whole and (ending == "json" or kind.endswith(("/json", "+json"))):
        lines = _json(text)
    elif ending in ("csv", "tsv") or kind in ("text/csv", "text/tab-separated-values"):
        lines = _table(text, "\t" if ending == "tsv" or kind.endswith("values") else "")
    if lines is None:
        lines = clean_text(text).split("\n")
    shown = [clean_text(line) for line in islice(lines, MOST_LINES)]
    if len(lines) > MOST_LINES or not whole:
        shown.append("… the rest is not shown: save the file to see all of it")
    return tuple(shown)


def _text(content: bytes, kind: str) -> str | None:
    """Return bytes as text, None when they are none."""
    head = content[:MOST_BYTES]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    if b"\0" in head[:8000]:
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > MOST_BYTES and error.start > len(head) - 4:
            return head[: error.start].decode("utf-8-sig")
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head[:8000])
    if odd > len(head[:8000]) // 50 and not kind.startswith("text/"):
        return None
    return head.decode("cp1252", "replace")


def _json(text: str) -> list[str] | None:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False).split("\n")
    except (ValueError, RecursionError, MemoryError):
        # What is no JSON, or too deep, is still a text.
        return None


def _table(text: str, delimiter: str) -> list[str] | None:
    try:
        sign = delimiter or csv.Sniffer().sniff(text[:4000], ",;\t|").delimiter
    except csv.Error:
        sign = ","
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
        rows = [
            [clean_line(cell, 200) for cell in row[:MOST_COLUMNS]] for row in islice(read, MOST_LINES + 1)
        ]
    except csv.Error:
        return None
    columns = max((len(row) for row in rows), default=0)
    if columns < 2:
        return None
    wide = [
        min(WIDEST, max((len(row[at]) for row in rows if at < len(row)), default=0)) for at in range(columns)
    ]
    return ["  ".join(_cell(cell, wide[at]) for at, cell in enumerate(row)).rstrip() for row in rows]


def _cell(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: max(0, width - 1)] + "…"


def _picture(content: bytes) -> str:
    """Say what kind of picture bytes are and how large it is, "" when they are none."""
    try:
        if content[:8] == b"\x89PNG\r\n\x1a\n":
            return "PNG picture, {} × {}".format(*struct.unpack(">II", content[16:24]))
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return "GIF picture, {} × {}".format(*struct.unpack("<HH", content[6:10]))
        if content[:2] == b"\xff\xd8":
            return _jpeg(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return "WebP picture"
        if content[:2] == b"BM" and len(content) > 26:
            return "BMP picture, {} × {}".format(*struct.unpack("<ii", content[18:26]))
    except struct.error:
        return "a picture that is cut short"
    return ""


def _jpeg(content: bytes) -> str:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return f"JPEG picture, {width} × {height}"
        if size < 2:
            break
        at += 2 + size
    return "JPEG picture"
