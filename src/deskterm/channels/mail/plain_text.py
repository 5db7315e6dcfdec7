"""Plain bodies as text: flowed lines joined again, files written into them taken out, line ends made one."""

from __future__ import annotations

import re

from deskterm.channels.mail.encoded import visible


def tidy(text: str) -> str:
    """Return text with line feeds alone and no control characters, without empty lines at its ends."""
    for ending in ("\r\r\n", "\r\n", "\r", "\f", "\v"):
        text = text.replace(ending, "\n")
    text = visible(text).replace("\u2028", "\n").replace("\u2029", "\n\n")
    lines = [line if line in ("-- ", "> -- ") else line.rstrip() for line in text.split("\n")]
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return "\n".join(lines[start:end])


def unflowed(text: str, delete_space: bool) -> str:
    """Return a body of format=flowed (RFC 3676) with its paragraphs on one line each, quotes kept apart."""
    lines: list[str] = []
    pieces: list[str] = []
    depth_before = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        if bare.startswith(" "):
            bare = bare[1:]
        soft = bare.endswith(" ") and bare != "-- "
        if pieces and (depth != depth_before or bare == "-- "):
            lines.append(_quoted("".join(pieces), depth_before))
            pieces = []
        depth_before = depth
        pieces.append(bare[:-1] if soft and delete_space else bare)
        if not soft:
            lines.append(_quoted("".join(pieces), depth))
            pieces = []
    if pieces:
        lines.append(_quoted("".join(pieces), depth_before))
    return "\n".join(lines)


def _quoted(line: str, depth: int) -> str:
    return f"{'>' * depth} {line}" if depth else line


_TAG = re.compile(r"</?[a-zA-Z\-]{1,30}>|<<")
_PARAMETER = re.compile(r"<param>[^<]{0,200}</param>", re.I)


def enriched(text: str) -> str:
    """Return a body of text/enriched or text/richtext without its marks."""
    bare = _TAG.sub(lambda found: "<" if found[0] == "<<" else "", _PARAMETER.sub("", text))
    return re.sub(r"\n(\n*)", r"\1", bare) if "<" in text else bare
