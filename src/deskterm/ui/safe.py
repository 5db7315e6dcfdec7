"""Text from outside on its way to the terminal: made plain, cut to cells, scrubbed at the last gate."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from deskterm.domain.plain import clean_line

_DANGEROUS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Scrub(LineFilter):
    """Removes whatever could steer a terminal from everything that is painted: the net below all cleaning."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without control and direction-changing characters: all are 0 cells wide."""
        search = _DANGEROUS.search
        if not any(search(text) for text, _, control in segments if control is None):
            return segments
        return [
            segment
            if segment.control is not None
            else Segment(_DANGEROUS.sub("", segment.text), segment.style)
            for segment in segments
        ]


def safe(text: str) -> Content:
    """Return text from outside as literal content of one line: no markup, no control characters."""
    return Content(clean_line(text))


def fit(text: str, width: int) -> str:
    """Return one clean line exactly `width` cells wide: cut with `…` or filled with spaces."""
    if width <= 0:
        return ""
    line = clean_line(text, max(1, width * 4))
    if line.isascii():
        return line.ljust(width) if len(line) <= width else line[: width - 1] + "…"
    if cell_len(line) <= width:
        return set_cell_size(line, width)
    return set_cell_size(set_cell_size(line, width - 1).rstrip() + "…", width)


def fit_middle(text: str, width: int) -> str:
    """Return one clean line exactly `width` cells wide that keeps both ends, cut in the middle with `…`."""
    line = clean_line(text)
    if width <= 0 or cell_len(line) <= width:
        return fit(line, width)
    half, first = width // 2, width - 1 - width // 2
    end = ""
    for letter in reversed(line):
        if cell_len(letter + end) > half:
            break
        end = letter + end
    return fit(set_cell_size(line, first).rstrip() + "…" + end, width)


def fit_right(text: str, width: int) -> str:
    """Return one clean line exactly `width` cells wide, against the right edge."""
    line = clean_line(text)
    length = cell_len(line)
    return " " * (width - length) + line if length <= width else fit(line, width)
