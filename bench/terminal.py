"""A terminal without glass: keeps the screen (pyte) and answers what programs ask of a terminal."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pyte

_SEQUENCE = re.compile(
    rb"\x1b[P_^X](?P<dcs>.*?)\x1b\\|\x1b\](?P<osc>.*?)(?:\x07|\x1b\\)"
    rb"|\x1b\[(?P<prefix>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])",
    re.DOTALL,
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[P_^X][^\x1b]*\x1b?)?\Z")
QUESTION = re.compile(rb"\x1b\[(?:[0-9]*[cn]|\?[0-9;]*(?:\$p|n|u)|[>=][0-9]*[cq]|1[4-9]t)|\x1b\][0-9;]*;\?")
"""What must be answered at once, or the program waits for it."""


class _Screen(pyte.Screen):
    """pyte's screen with the two scrolls it lacks."""

    def scroll_up(self, count: int = 1) -> None:
        self._scroll(self.delete_lines, count)

    def scroll_down(self, count: int = 1) -> None:
        self._scroll(self.insert_lines, count)

    def _scroll(self, change: Callable[[int], None], count: int) -> None:
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        change(count or 1)
        self.cursor.x, self.cursor.y = x, y


_CSI = dict(pyte.Stream.csi, S="scroll_up", T="scroll_down")


class _Stream(pyte.ByteStream):
    csi = _CSI
    events = frozenset(
        itertools.chain(
            pyte.Stream.basic.values(),
            pyte.Stream.escape.values(),
            pyte.Stream.sharp.values(),
            _CSI.values(),
            ["define_charset", "set_icon_name", "set_title", "draw", "debug"],
        )
    )


class Terminal:
    """A screen of a size. `reply` is called with the answers to what is asked."""

    def __init__(self, columns: int, rows: int, reply: Callable[[bytes], None]) -> None:
        self.columns, self.rows, self._reply = columns, rows, reply
        self._screen = _Screen(columns, rows)
        self._stream = _Stream(self._screen)
        self._rest = b""

    def text(self) -> str:
        """Return the screen as lines of text."""
        buffer = self._screen.buffer
        lines = ("".join(buffer[y][x].data for x in range(self.columns)) for y in range(self.rows))
        return "\n".join(line.rstrip() for line in lines)

    def feed(self, data: bytes) -> None:
        """Take output; a sequence cut in two waits for its other half."""
        data = self._rest + data
        tail = _UNFINISHED.search(data)
        self._rest = data[tail.start() :] if tail else b""
        data = data[: tail.start()] if tail else data
        at = 0
        for match in _SEQUENCE.finditer(data):
            self._stream.feed(data[at : match.start()])
            self._stream.feed(self._sequence(match))
            at = match.end()
        self._stream.feed(data[at:])

    def _sequence(self, match: re.Match[bytes]) -> bytes:
        """Answer a question; return what pyte may see of the sequence."""
        osc, dcs = match["osc"], match["dcs"]
        if osc is not None:
            if osc.endswith(b"?") and osc.split(b";")[0] in (b"10", b"11", b"12"):
                colour = b"rgb:eeee/eeee/eeee" if osc.startswith(b"10") else b"rgb:1111/1111/1111"
                self._reply(b"\x1b]" + osc[:-1] + colour + b"\x1b\\")
            return b""
        if dcs is not None:
            return b""
        answer = self._answer(match)
        if answer is not None:
            self._reply(answer)
            return b""
        prefix, numbers, final = match["prefix"], match["numbers"], match["final"]
        if prefix == b"?" and final in b"hl":
            # The other screen starts out blank.
            blank = {b"47", b"1047", b"1049"} & set(numbers.split(b";"))
            return b"\x1b[0m\x1b[r\x1b[2J\x1b[H" if blank else match[0]
        private = prefix or match["middle"] or b":" in numbers or final in b"ut"
        return b"" if private else match[0]

    def _answer(self, match: re.Match[bytes]) -> bytes | None:
        prefix, numbers, middle, final = match["prefix"], match["numbers"], match["middle"], match["final"]
        if middle == b"$" and final == b"p":
            held = 2 if numbers in (b"1", b"25", b"1049", b"2004", b"2026") else 0
            return b"\x1b[?%b;%d$y" % (numbers, held)
        if final == b"c":
            return {b"": b"\x1b[?62;22c", b">": b"\x1b[>1;10;0c"}.get(prefix)
        if final == b"q" and prefix == b">":
            return b"\x1bP>|bench(1)\x1b\\"
        if final == b"n" and numbers == b"5":
            return b"\x1b[0n"
        if final == b"n" and numbers == b"6":
            cursor = self._screen.cursor
            return b"\x1b[%b%d;%dR" % (prefix, cursor.y + 1, min(cursor.x, self.columns - 1) + 1)
        if final == b"t" and numbers in (b"14", b"16", b"18"):
            size = {b"14": (4, self.rows * 16, self.columns * 8), b"16": (6, 16, 8)}
            return b"\x1b[%d;%d;%dt" % size.get(numbers, (8, self.rows, self.columns))
        return None
