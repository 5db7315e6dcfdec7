"""`serve` and `doctor`: the desk without a screen, and whether it is sound."""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress

from deskterm.cli.crash import write
from deskterm.cli.session import Session
from deskterm.domain.errors import StorageError
from deskterm.domain.plain import clean_line

DAMAGED = StorageError.exit_code


def doctor(session: Session) -> int:
    """Check everything; needs the database, and no agent. Nothing is written but what --repair asks for, by
    an admin, on a desk that is sound."""
    from deskterm.upkeep.doctor import examine, repair

    out = session.out
    store = session.writer if session.options.repair else session.desk
    total = 0
    # A figure for the progress is no reason to end: the doctor says what is wrong.
    with suppress(StorageError):
        total = store.count("is:any")
    with out.progress("checking", total) as progress:
        found = examine(store, progress)
    if out.json:
        out.emit(found.as_dict())
    elif not (out.quiet and found.sound):
        for line in found.text():
            out.line(line)
    if not found.sound:
        return DAMAGED
    if session.options.repair:
        done = repair(store, found.late)
        these = "1 ticket is" if done == 1 else f"{done:,} tickets are"
        out.say(f"{these} judged by the priority of then" if done else "there is nothing to repair")
    return 0


def serve(session: Session) -> int:
    """Ring for alarms, snoozes and reminders, fetch and send mail, until SIGTERM, SIGINT or SIGHUP."""
    from deskterm.scheduler import Scheduler

    ended = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ended.set())
    store = session.desk
    logging.basicConfig(level=logging.WARNING, handlers=[_Log()], force=True)
    boxes = session.opened.start_fetching()
    servers = session.opened.start_sending()
    scheduler = Scheduler(store)
    scheduler.start()
    mail = f" and fetching {boxes} mailbox{'es' if boxes > 1 else ''}" if boxes else ""
    mail += f", sending by {servers} server{'s' if servers > 1 else ''}" if servers else ""
    session.out.say(f"ringing for {store.database.name}{mail}; Ctrl-C ends it")
    ended.wait()
    scheduler.stop()
    session.out.say("ended")
    return 0


class _Log(logging.Handler):
    """Warnings of a process without a screen: on stderr for the service manager, and in the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one warning."""
        import sys

        text = clean_line(self.format(record))
        print(f"deskterm: {text}", file=sys.stderr, flush=True)
        try:
            write(text)
        except OSError:
            self.handleError(record)
