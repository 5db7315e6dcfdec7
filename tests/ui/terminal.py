"""The installed program on a terminal of its own: keys go in, every byte that comes out is kept."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pyte

PATIENCE = 90.0
QUIET = 0.3
ESC, ANSWER = "\x1b", 5.0


class Scrolling(pyte.Screen):
    """A screen whose lines a program can move within a region: pyte knows no SU and SD (ECMA-48)."""

    def scroll_up(self, count: int = 1) -> None:
        """Move the lines of the region up; the cursor stays."""
        self._at_its_top(self.delete_lines, count)

    def scroll_down(self, count: int = 1) -> None:
        """Move them down."""
        self._at_its_top(self.insert_lines, count)

    def _at_its_top(self, move: Callable[[int], None], count: int) -> None:
        before = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        move(count)
        self.cursor.x, self.cursor.y = before


class Stream(pyte.ByteStream):
    """Reads what Scrolling understands."""

    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}  # noqa: RUF012 - pyte's own shape


class Terminal:
    """`with Terminal(path) as term: term.wait("Inbox").keys("j")`; `raw` is what the program wrote."""

    def __init__(
        self,
        path: Path,
        *arguments: str,
        login: str = "alice",
        size: tuple[int, int] = (120, 40),
        term: str = "xterm-256color",
        env: dict[str, str] | None = None,
    ) -> None:
        self.columns, self.lines = size
        self.screen = Scrolling(*size)
        self._stream = Stream(self.screen)
        self.raw = b""
        home = path.parent
        self._env = {
            "PATH": os.defpath,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": term,
            "XDG_CONFIG_HOME": str(home / "config"),
            **(env or {}),
        }
        program = Path(sys.executable).with_name("deskterm")
        self._command = [str(program), "--db", str(path), "--as", login, *arguments]

    def __enter__(self) -> Terminal:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
        self._fd = ours
        self.process = subprocess.Popen(
            self._command,
            env=self._env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        finally:
            os.close(self._fd)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.screen.display)

    def wait(self, what: str | Callable[[], bool]) -> Terminal:
        """Read on until a text stands on the screen, or something holds."""
        end = time.monotonic() + PATIENCE
        while not (what in self.text if isinstance(what, str) else what()):
            assert time.monotonic() < end, f"{what!r} did not come:\n{self.text}"
            self._read(0.05)
        return self

    def keys(self, *keys: str) -> Terminal:
        """Press keys one after the other, each until the screen is quiet."""
        for key in keys:
            os.write(self._fd, key.encode())
            if key == ESC:
                # Another key that came before it was answered would make it an Alt.
                self._read(ANSWER)
            while self._read(QUIET):
                pass
        return self

    def quiet(self, seconds: float) -> Terminal:
        """Read on until nothing has come for so long."""
        while self._read(seconds):
            pass
        return self

    def hang_up(self) -> None:
        """Close our end of the line; it is no controlling terminal, so the program gets no signal."""
        os.close(self._fd)
        self._fd = os.open(os.devnull, os.O_RDWR)

    def ended(self) -> int:
        """Wait for the end; return the exit status."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.returncode
