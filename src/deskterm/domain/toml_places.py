"""Where each value of a TOML text stands, so that what is wrong with it can be told by line and column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of tables and places in arrays."""

_BARE_ENDS = frozenset(" \t\n\r,]}#=.")


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


def places(text: str) -> Mapping[Path, Place]:
    """Return where each table begins and where each value's key, or a value in an array, stands.

    `text` must be TOML that tomllib reads: nothing is checked again here.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.document()
    return scan.found


class _Scan:
    """Walks through valid TOML once and notes the way to everything it passes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, Place] = {}
        self.arrays: dict[Path, int] = {}

    def document(self) -> None:
        base: Path = ()
        while self.skip(newlines=True):
            if self.peek() == "[":
                base = self.header()
            else:
                self.pair(base)

    # Pieces

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip(self, newlines: bool) -> bool:
        """Pass over blanks and comments; say whether anything is left."""
        while char := self.peek():
            if char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char in " \t" or (newlines and char == "\n"):
                self.at += 1
            else:
                return True
        return False

    def note(self, path: Path, at: int) -> None:
        line = self.text.count("\n", 0, at)
        self.found.setdefault(path, Place(line + 1, at - self.text.rfind("\n", 0, at)))

    def key(self) -> tuple[str, ...]:
        """Read a key with its dots."""
        parts: list[str] = []
        while True:
            self.skip(newlines=False)
            if self.peek() in ('"', "'"):
                parts.append(self.string())
            else:
                start = self.at
                while self.peek() and self.peek() not in _BARE_ENDS:
                    self.at += 1
                parts.append(self.text[start : self.at])
            self.skip(newlines=False)
            if self.peek() != ".":
                return tuple(parts)
            self.at += 1

    def header(self) -> Path:
        start = self.at
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self.key()
        self.at += 2 if many else 1
        path: Path = ()
        for place, name in enumerate(keys):
            path = (*path, name)
            if many and place == len(keys) - 1:
                self.note(path, start)
                self.arrays[path] = self.arrays.get(path, 0) + 1
            if path in self.arrays:
                path = (*path, self.arrays[path] - 1)
            self.note(path, start)
        return path

    def pair(self, base: Path) -> None:
        start = self.at
        path = base
        for name in self.key():
            path = (*path, name)
            self.note(path, start)
        self.at += 1  # the sign between key and value
        self.skip(newlines=False)
        self.value(path)

    def value(self, path: Path) -> None:
        char = self.peek()
        if char in ('"', "'"):
            self.string()
        elif char == "[":
            self.at += 1
            count = 0
            while self.skip(newlines=True) and self.peek() != "]":
                if self.peek() == ",":
                    self.at += 1
                    continue
                inner = (*path, count)
                self.note(inner, self.at)
                self.value(inner)
                count += 1
            self.at += 1
        elif char == "{":
            self.at += 1
            while self.skip(newlines=True) and self.peek() != "}":
                if self.peek() == ",":
                    self.at += 1
                    continue
                self.pair(path)
            self.at += 1
        else:
            while self.peek() and self.peek() not in ",]}#\n":
                self.at += 1

    def string(self) -> str:
        """Read a string of any of the four kinds; what is escaped matters to keys alone."""
        quote = self.peek()
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        start = self.at
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.peek() == "\\" else 1
        if len(mark) == 3:
            # Up to two quotes may stand before the three that close.
            while self.text.startswith(quote, self.at + 3):
                self.at += 1
        inside = self.text[start : self.at]
        self.at += len(mark)
        return _unescaped(inside) if quote == '"' and "\\" in inside else inside


def _unescaped(inside: str) -> str:
    import tomllib

    return str(tomllib.loads(f'key = "{inside}"')["key"]) if "\n" not in inside else inside
