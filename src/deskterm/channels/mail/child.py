"""The child process that reads mails: alone, with little memory and time, and nothing of the desk in it."""

from __future__ import annotations

import os
import signal
import sys

from deskterm.channels.mail.parsing import parse_mail
from deskterm.channels.mail.wire import LENGTH, pack, pack_refusal
from deskterm.domain.mail import MailRefused

try:
    import resource
except ImportError:  # Windows knows no limits; the parent's clock is what holds there
    resource = None  # type: ignore[assignment]

MEMORY_LIMIT = 300 * 1024 * 1024
SECONDS_LIMIT = 10
"""Of a processor, for one mail. The parent ends us after a minute by the clock, whatever we wait for."""


def main() -> None:
    """Answer mails until the desk has no more."""
    source = os.fdopen(os.dup(0), "rb", buffering=1024 * 1024)
    answers = os.fdopen(os.dup(1), "wb", buffering=1024 * 1024)
    # Nothing that a library prints may get between the answers.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the desk, which then closes us
    _limit_memory()
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        raw = source.read(length)
        if len(raw) < length:
            return
        _limit_time()
        for frame in answer(raw):
            answers.write(frame)
        answers.flush()


def answer(raw: bytes) -> list[bytes]:
    """Return the frames that answer a mail: read, or refused with the reason."""
    try:
        return pack(parse_mail(raw))
    except MailRefused as refused:
        return pack_refusal(refused.message)
    except MemoryError:
        return pack_refusal(f"needs more than {MEMORY_LIMIT // (1024 * 1024)} MB of memory to be read")
    except Exception as error:  # a fault of ours must not lose a mail: it is kept and can be read again later
        frame = _innermost(error)
        return pack_refusal(f"could not be read: {type(error).__name__} in {frame}")


def _innermost(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno}"


def _limit_memory() -> None:
    if resource is None or not sys.platform.startswith("linux"):
        return  # macOS accepts the limit and does not keep it, and counts what every process shares
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    """Give this mail its own seconds of a processor."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + SECONDS_LIMIT + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
