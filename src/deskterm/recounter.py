"""Recalculating in a process of its own, so that keys need not share an interpreter with it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deskterm.storage.database import Database
    from deskterm.store.recalculate import Decide, Rest

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
NICE = 10
END_SECONDS = 2.0
"""How long the child may take to end its transaction and let go, once it is told to end."""
ALONE_SECONDS = 10.0
"""After which it ends by itself, should nobody be left to see to that."""

_START = "import sys; sys.path[:] = sys.argv[1:]; from deskterm.recounter import main; main()"
_FOLDER = str(Path(__file__).parents[1])


class Recounter:
    """Starts the child and waits for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, holder: str, rest: Rest) -> bool:
        """Let a child recalculate as `holder`, which has the lease, until all is done or `rest` says to end.

        Returns False when the child could not do it: what is left is for the caller to do then.
        """
        from deskterm.storage.database import HEAD

        # Not an argument: the address of a server may hold a password.
        told = json.dumps([self._database.address, holder, HEAD]).encode() + b"\n"
        try:
            # It imports from where we do: no other deskterm, and nothing from the folder that we happen to
            # be in (`-P`). What happens to the terminal, Ctrl-C and hanging up too, is for us: what ends the
            # child is its stdin.
            child = subprocess.Popen(
                [sys.executable or "", "-P", "-c", _START, *sys.path, _FOLDER],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            log.warning("no process of its own for recalculating: %s", error)
            return False
        assert child.stdin is not None
        with child:
            with suppress(OSError):
                child.stdin.write(told)
            while child.poll() is None:
                if rest(LOOK_SECONDS):
                    _end(child)
                    return True
        if child.returncode:
            log.warning("the process that recalculates ended with %s", child.returncode)
        return not child.returncode


def _end(child: subprocess.Popen[bytes]) -> None:
    """Tell the child to end; after a while it is made to: what it has not committed is decided anew later."""
    assert child.stdin is not None
    with suppress(OSError):
        child.stdin.close()
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


@contextmanager
def behind() -> Iterator[Decide]:
    """Run what takes the processor in a thread that leaves it to everybody else who wants it."""
    with ThreadPoolExecutor(1, initializer=_stand_behind) as thread:
        yield lambda job: thread.submit(job).result()


def _stand_behind() -> None:
    """Give way in this thread from now on.

    Linux keeps a niceness for each thread (sched(7)). Elsewhere it is the whole process's, for good, and
    whoever holds the lock for writing must not stand behind.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE))


def _make_ready() -> None:
    """Import what recalculating needs."""
    for name in ("store.store", "store.recalculate", "domain.decide", "domain.policy_file"):
        import_module(f"deskterm.{name}")


def main() -> None:
    """Recalculate what is left on the desk that the first line of stdin names, until stdin ends."""
    with ThreadPoolExecutor(1, initializer=_stand_behind) as thread:
        thread.submit(_make_ready).result()
    from deskterm.domain.people import DESK
    from deskterm.machine import utc_now
    from deskterm.storage.database import HEAD, Database
    from deskterm.store.store import Store

    # Not `sys.stdin`: a thread that waits in it would keep the interpreter from ending.
    told = b""
    while not told.endswith(b"\n"):
        some = os.read(0, 65_536)
        if not some:
            return
        told += some
    address, holder, head = json.loads(told)
    if head != HEAD:
        # An upgrade came while that session was open: its desk is not for us to bring to another schema.
        sys.exit(f"schema {HEAD} is not {head}")
    ended = threading.Event()

    def listen() -> None:
        while os.read(0, 1):
            pass
        ended.set()
        # PostgreSQL lets us wait for its lock for ever.
        threading.Event().wait(ALONE_SECONDS)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    store = Store(Database(address, create=False), DESK, clock=utc_now)
    try:
        # What holds the lock for writing does not stand behind.
        with behind() as decide:
            store.recalculate(ended.wait, holder=holder, decide=decide)
    finally:
        store.close()
