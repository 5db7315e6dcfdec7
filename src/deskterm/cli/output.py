"""What the command line says: aligned text for people, JSON for programs, a sentence for what failed."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from deskterm.domain.errors import DeskError
from deskterm.domain.plain import clean_line, clean_text

MEASURED = 50
"""Rows that decide how wide columns are; later ones flow past, so that a list of any length streams."""

WIDEST = 60
"""Cells that one row may claim for a column that is not the last one."""

PAINTS = {"bold": "1", "dim": "2", "red": "31", "amber": "33", "violet": "35", "green": "32"}


class Cell(NamedTuple):
    """A cell with a colour that repeats what its words say."""

    text: str
    paint: str = ""


class Output:
    """Where a run's words go: `json` for results and errors as JSON, `quiet` for only what was asked for."""

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        self.json = json
        self.quiet = quiet
        # Python has no stream at all where the shell closed it (>&-): what is said there goes nowhere.
        if sys.stdout is None:
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
        if sys.stderr is None:
            sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a character gets a question mark, not a failure.
            if hasattr(stream, "reconfigure") and (stream.encoding or "").lower().replace("-", "") != "utf8":
                stream.reconfigure(errors="replace")
        self.tty = sys.stdout.isatty()
        self.width = shutil.get_terminal_size().columns if self.tty else 0
        self.colours = self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    # For programs

    def emit(self, value: Any) -> None:
        """Write one JSON value on a line."""
        sys.stdout.write(self._dump(value) + "\n")

    def stream(self, values: Iterable[Any]) -> int:
        """Write a JSON array, an element a line, as they come; returns how many."""
        count = 0
        for value in values:
            sys.stdout.write(("[" if count == 0 else ",\n ") + self._dump(value))
            count += 1
        sys.stdout.write("]\n" if count else "[]\n")
        return count

    def _dump(self, value: Any) -> str:
        from deskterm.channels.shapes import dump

        text = dump(value)
        encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
        return text if encoding == "utf8" else json.dumps(json.loads(text))

    # For people

    def line(self, text: str = "", paint: str = "") -> None:
        """Write one line, cleaned, and cut where a terminal would wrap it."""
        clean = clean_line(text)
        sys.stdout.write(self.painted(cut(clean, self.width) if self.tty else clean, paint) + "\n")

    def text(self, text: str, indent: str = "") -> None:
        """Write text of several lines, cleaned and never cut."""
        for line in clean_text(text).split("\n"):
            sys.stdout.write(f"{indent}{line}".rstrip() + "\n")

    def say(self, text: str) -> None:
        """Write a remark about the run: on stderr, so that results stay clean; not when quiet."""
        if not self.quiet and not self.json:
            print(clean_line(text), file=sys.stderr)

    def painted(self, text: str, paint: str) -> str:
        """Return text in a colour, where colours are wanted."""
        return f"\x1b[{PAINTS[paint]}m{text}\x1b[0m" if paint and self.colours and text else text

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Cell | str]], right: str = "") -> int:
        """Write aligned columns; `right` names the columns of figures. Returns how many rows."""
        coming = iter(rows)
        first = [_cells(row) for row in islice(coming, MEASURED)]
        if not first:
            return 0
        widths = [width(name) for name in header]
        for row in first:
            for place, cell in enumerate(row):
                widths[place] = max(widths[place], min(width(cell.text), WIDEST))
        rights = [name in right.split() for name in header]
        titles = [Cell(name, "dim") for name in header]
        count = -1
        for row in chain([titles], first, (_cells(row) for row in coming)):
            sys.stdout.write(self._row(row, widths, rights) + "\n")
            count += 1
        return count

    def _row(self, row: Sequence[Cell], widths: Sequence[int], rights: Sequence[bool]) -> str:
        left = self.width if self.tty else sys.maxsize
        parts: list[str] = []
        for place, cell in enumerate(row):
            text = cut(cell.text, left) if self.tty else cell.text
            gap = " " * (widths[place] - width(text))
            last = place == len(row) - 1
            padded = gap + text if rights[place] else text + ("" if last else gap)
            padded = padded if width(padded) <= left else text
            parts.append(padded.replace(text, self.painted(text, cell.paint), 1) if cell.paint else padded)
            left -= width(padded) + 2
            if left <= 0:
                break
        return "  ".join(parts).rstrip()

    # What failed, and how far it is

    def fail(self, error: DeskError, more: Mapping[str, object] | None = None) -> int:
        """Say on stderr what is wrong and return the exit code; `more` is for programs alone."""
        if self.json:
            from deskterm.channels.shapes import dump

            told = {
                "code": error.code,
                "message": error.message,
                "field": error.field or None,
                "hint": error.hint or None,
            }
            print(dump({"error": told | dict(more or {})}), file=sys.stderr)
        else:
            print(f"deskterm: {clean_line(error.message)}", file=sys.stderr)
            if error.hint and error.hint not in error.message:
                print(f"  {clean_line(error.hint)}", file=sys.stderr)
        return error.exit_code

    def progress(self, what: str, total: int = 0) -> Progress:
        """Return a bar on stderr; it draws nothing where nobody watches."""
        return Progress(sys.stderr if sys.stderr.isatty() and not self.quiet else None, what, total)


class Progress:
    """A bar that is drawn over itself at most ten times a second."""

    def __init__(self, stream: IO[str] | None, what: str, total: int) -> None:
        self.stream, self.what, self.total = stream, what, total
        self._drawn = 0.0

    def __call__(self, done: int, total: int = 0) -> None:
        """Show that so much is done."""
        self.total = total or self.total
        now = time.monotonic()
        if self.stream is None or (now - self._drawn < 0.1 and done < self.total):
            return
        self._drawn = now
        share = min(1.0, done / self.total) if self.total else 0.0
        bar = "█" * round(24 * share) + "░" * (24 - round(24 * share)) if self.total else ""
        of = f" of {self.total:,}" if self.total else ""
        self.stream.write(f"\r{self.what} {bar} {done:,}{of}\x1b[K")
        self.stream.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.stream is not None and self._drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def _cells(row: Sequence[Cell | str]) -> list[Cell]:
    found = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
    return [Cell(clean_line(cell.text), cell.paint) for cell in found]


def width(text: str) -> int:
    """Return how many cells a terminal gives a text."""
    if text.isascii():
        return len(text)
    return sum(map(_cell_width, text))


def _cell_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, room: int) -> str:
    """Return as much of a text as fits into a number of cells, with `…` for the rest."""
    if width(text) <= room:
        return text
    return "".join(_fitting(text, room - 1)) + "…" if room > 0 else ""


def _fitting(text: str, room: int) -> Iterator[str]:
    for char in text:
        room -= _cell_width(char)
        if room < 0:
            return
        yield char
