"""Reading mails safely: each in a child process, used again and replaced when a mail kills it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from deskterm.channels.mail.mime import MAIL_LIMIT
from deskterm.channels.mail.wire import LENGTH, unpack
from deskterm.domain.mail import Mail, MailRefused

SECONDS_LIMIT = 60.0
"""By the clock, with the start of the child: on a busy machine a sound mail only seems slow. What is slow by
itself ends after the seconds of a processor that the child gives each mail."""
MAILS_PER_CHILD = 2000
"""After so many a child is replaced, so that what one mail left in its memory does not stay."""

_START = "import sys; sys.path.insert(0, sys.argv[1]); from deskterm.channels.mail.child import main; main()"
_FOLDER = str(Path(__file__).parents[3])


class MailReader:
    """Reads mails, as many at once as it has `children`; used from any thread, closed when done.

    Each mail has `seconds` and 300 MB. Children start when they are first needed.
    """

    def __init__(self, children: int = 1, *, seconds: float = SECONDS_LIMIT) -> None:
        self.seconds = seconds
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._children = children
        for _ in range(children):
            self._idle.put(None)

    def read(self, raw: bytes) -> Mail:
        """Return the mail that the bytes hold. Raises MailRefused with the reason, for the quarantine."""
        if len(raw) > MAIL_LIMIT:
            raise MailRefused(f"more than {MAIL_LIMIT // (1024 * 1024)} MB")
        child = self._idle.get()
        try:
            if child is None or child.used >= MAILS_PER_CHILD or not child.alive:
                if child is not None:
                    child.end()
                child = _Child()
            return child.read(raw, self.seconds)
        finally:
            if child is not None and not child.alive:
                child.end()
                child = None
            self._idle.put(child)

    def close(self) -> None:
        """End the children; waits for those that are still reading."""
        for _ in range(self._children):
            child = self._idle.get()
            if child is not None:
                child.end()
            self._idle.put(None)

    def __enter__(self) -> MailReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Child:
    """One child process."""

    def __init__(self) -> None:
        self.used = 0
        self.alive = True
        # Isolated: neither the environment nor the folder we are in decides what it imports.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, _FOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
        )

    def read(self, raw: bytes, seconds: float) -> Mail:
        """Return the mail. Raises MailRefused; the child may be dead afterwards."""
        self.used += 1
        late = threading.Event()
        timer = threading.Timer(seconds, self._stop, (late,))
        timer.daemon = True
        timer.start()
        try:
            stdin = cast("IO[bytes]", self.process.stdin)
            stdin.write(LENGTH.pack(len(raw)))
            stdin.write(raw)
            stdin.flush()
            return unpack(self._exactly)
        except (OSError, EOFError):
            self.alive = False
            raise MailRefused(self._why(late, seconds)) from None
        except MailRefused:
            raise
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError):
            self.alive = False
            raise MailRefused("the answer of the process that read it makes no sense") from None
        except BaseException:
            self.alive = False  # interrupted in the middle: what comes next would be a former answer
            raise
        finally:
            timer.cancel()
            if late.is_set():
                self.alive = False

    def _stop(self, late: threading.Event) -> None:
        late.set()
        self.process.kill()

    def _exactly(self, count: int) -> bytes:
        data = cast("IO[bytes]", self.process.stdout).read(count)
        if len(data) < count:
            raise EOFError
        return data

    def _why(self, late: threading.Event, seconds: float) -> str:
        if late.is_set():
            return f"takes more than {seconds:g} seconds to be read"
        if not self._ended():
            self.process.kill()
        code = self.process.wait()
        if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
            return "takes too many seconds of a processor to be read"
        return f"ends the process that reads it (exit {code})"

    def _ended(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
            return True
        return False

    def end(self) -> None:
        """End the process, whatever it does."""
        self.alive = False
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self.process.wait()


def _environment() -> dict[str, str]:
    """Return what a child may know: where to find libraries on this machine, and nothing else of ours."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    # One arena of memory: with many, a limit on addresses is used up by reserving them.
    return {name: os.environ[name] for name in kept if name in os.environ} | {"MALLOC_ARENA_MAX": "1"}
