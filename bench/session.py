"""A program on a pseudo-terminal, each chunk of its output stamped with the time and the CPU used."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter as now
from types import TracebackType

from bench import process
from bench.terminal import QUESTION, Terminal

COLUMNS, ROWS = 120, 40
_FRAME = b"\x1b[?2026h"
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Failure(Exception):
    """Something did not come; carries the screen at that moment."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One read of output."""

    at: float
    cpu: float
    data: bytes


class Session:
    """Starts the program; end it with `close` or by leaving the `with` block.

    Output is fed to the screen only while the program is quiet, so emulation is in no measured interval.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.bytes = self.frames = 0
        self.first_at = self.last_at = 0.0
        self.started = now()
        self._unfed: list[Chunk] = []
        self._closed = False
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                os.execvpe(command[0], list(command), dict(environment))
            finally:
                os._exit(127)
        os.set_blocking(self._master, False)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)
        self.terminal = Terminal(COLUMNS, ROWS, self.write)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, data: bytes) -> None:
        """Write all of it, reading meanwhile so that neither side blocks the other."""
        while data and not self._closed:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                self.read(0.005)
            except OSError:
                self._closed = True

    def read(self, timeout: float) -> bool:
        """Read one chunk if one comes within `timeout` seconds."""
        if self._closed or not self._poll.poll(max(0.0, timeout) * 1000):
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        at = now()
        if not data:
            self._closed = True
            return False
        self.first_at, self.last_at = self.first_at or at, at
        self.bytes += len(data)
        self.frames += data.count(_FRAME)
        self._unfed.append(Chunk(at, process.cpu_seconds(self.pid), data))
        if QUESTION.search(data):
            self.digest()
        return True

    def mark(self) -> float:
        """Feed what came and begin to count anew; returns the time."""
        self.digest()
        self.bytes = self.frames = 0
        self.first_at = self.last_at = 0.0
        return now()

    def printed(self, pattern: re.Pattern[str]) -> tuple[Chunk, str] | None:
        """Return the chunk with which a pattern has come, as it was written, and its first group.

        Costs next to nothing, so that a program under measure keeps the processors.
        """
        text = ""
        for chunk in self._unfed:
            text += _CONTROL.sub("", chunk.data.decode("utf-8", "replace"))
            if found := pattern.search(text):
                return chunk, found[found.re.groups and 1]
        return None

    def written(self) -> str:
        """Return what came and was not fed, without control sequences."""
        return "".join(_CONTROL.sub("", chunk.data.decode("utf-8", "replace")) for chunk in self._unfed)

    def skip(self) -> float:
        """Begin to count anew without feeding what came, which leaves the screen behind; returns the time."""
        self._unfed.clear()
        return now()

    def digest(self, watch: Callable[[str], bool] | None = None) -> Chunk | None:
        """Feed what was read to the screen; return the chunk after which `watch` held."""
        found = None
        chunks, self._unfed = self._unfed, []
        for chunk in chunks:
            self.terminal.feed(chunk.data)
            if watch is not None and found is None and watch(self.terminal.text()):
                found = chunk
        return found

    def settle(self, quiet: float = 0.04, first: float = 0.3, timeout: float = 5.0) -> bool:
        """Read until nothing came for `quiet` seconds; False when nothing came within `first`."""
        end = now() + timeout
        first_end = now() + first
        while not self._closed and now() < end:
            if not self.last_at:
                if not self.read(first_end - now()) and now() >= first_end:
                    return False
            elif not self.read(self.last_at + quiet - now()) and now() >= self.last_at + quiet:
                return True
        return bool(self.last_at)

    def wait(self, watch: Callable[[str], bool], what: str, timeout: float = 30.0) -> Chunk:
        """Return the chunk after which `watch` held for the screen. Raises Failure when it does not come."""
        end, fed = now() + timeout, now()
        while now() < end:
            # Feeding waits for a lull, so that the stamps stay true.
            if not self.read(0.01) or now() - fed > 0.1:
                found = self.digest(watch)
                fed = now()
                if found is not None:
                    return found
                if self._closed:
                    break
        raise Failure(f"{what} did not come\n{self.terminal.text()}")

    def rest(self, seconds: float) -> None:
        """Only read for a while."""
        end = now() + seconds
        while (left := end - now()) > 0 and not self._closed:
            self.read(left)

    def cpu(self) -> float:
        """CPU seconds used so far."""
        return process.cpu_seconds(self.pid)

    def close(self) -> None:
        """Hang up, and insist."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            os.kill(self.pid, number)
            end = now() + 2
            while now() < end and not self._closed:
                self.read(0.02)
        else:
            os.waitpid(self.pid, 0)
        os.close(self._master)
