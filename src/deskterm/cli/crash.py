"""What was not foreseen: one sentence for the terminal, the details in a private log file."""

from __future__ import annotations

import logging
import os
import traceback
from contextlib import suppress
from pathlib import Path

from deskterm.domain.errors import DeskError
from deskterm.domain.plain import clean_line, clean_text

LOG_LIMIT = 2_000_000
"""Bytes after which the log begins anew; the one before is kept."""


class Unexpected(DeskError):
    """A fault of the program itself."""

    code = "internal"


def log_path() -> Path:
    """Return where the log is, in a folder of the user's own."""
    from deskterm.config import state_folder

    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "deskterm.log"


def record(error: BaseException) -> Unexpected:
    """Write the details down and return what to say."""
    kind = type(error).__name__
    try:
        where = write("".join(traceback.format_exception(error)))
    except OSError:
        return Unexpected(f"deskterm failed: {kind}: {clean_line(str(error), 300)}", hint="please report it")
    return Unexpected(f"deskterm failed: {kind}", hint=f"the details are in {where}")


class _LogFile(logging.Handler):
    """Warnings of the program's own modules, beside what was not foreseen."""

    def emit(self, record: logging.LogRecord) -> None:
        """Append one warning; a log that cannot be written stops nobody."""
        with suppress(OSError):
            write(f"{record.levelname} {record.name}: {self.format(record)}")


def keep_log() -> None:
    """Send warnings to the log file: on the terminal they would write over the screen."""
    logging.basicConfig(level=logging.WARNING, handlers=[_LogFile()], force=True)


def write(text: str) -> Path:
    """Append to the log, readable by its owner alone. Raises OSError."""
    from deskterm.machine import utc_now

    path = log_path()
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {clean_text(text.rstrip())}\n")
    return path
