"""Fetches a mailbox in forks that are killed: fetcher.py DATABASE PORT KILLS SEED FORKS.

The libraries are imported once, and every fetcher is a fork with a reader of its own, as a process has.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from datetime import timedelta
from random import Random

from deskterm.channels.mail.fetching import Fetcher
from deskterm.channels.mail.reader import MailReader
from deskterm.domain.mail import Mail
from deskterm.domain.people import DESK
from deskterm.machine import utc_now
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests.imap_server import account

SPAN = timedelta(seconds=0.3)
"""A lease short enough that waiting for a dead holder's does not make the test long."""

PATIENCE = 120.0
"""Seconds in which some fetcher must have begun with a mail."""

MOST_AT_ONCE = 70
"""Mails after which a fetcher is killed at the latest."""


def fetch(path: str, port: int, seed: int, told: int) -> None:
    """Fetch until killed, telling of every mail before it is stored."""
    store = Store(Database(path, create=False), DESK, clock=utc_now)
    reader = MailReader()

    def read(raw: bytes) -> Mail:
        mail = reader.read(raw)
        os.write(told, b".")
        return mail

    store.read_mail = read
    holder, chance = f"{os.getpid()}", Random(seed)
    Fetcher(store, account(port), holder, monotonic=time.monotonic, chance=chance, span=SPAN).run()


class Forked:
    """A fetcher in a process of its own."""

    def __init__(self, path: str, port: int, seed: int) -> None:
        self.heard, told = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            try:
                fetch(path, port, seed, told)
            finally:
                os._exit(1)
        os.close(told)

    def kill(self) -> None:
        """End it without a warning."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.heard)


def main() -> None:
    """Kill fetchers in the middle of their work: whichever is at work, just after it began with a mail."""
    path, port, kills, seed, forks = sys.argv[1], *map(int, sys.argv[2:6])
    rng = Random(seed)
    running = [Forked(path, port, rng.randrange(2**32)) for _ in range(forks)]
    for _ in range(kills):
        left = rng.randrange(1, MOST_AT_ONCE)
        while left > 0:
            ready, _, _ = select.select([one.heard for one in running], [], [], PATIENCE)
            assert ready, "nobody fetches"
            left -= len(os.read(ready[0], left))
        threading.Event().wait(rng.random() * 0.02)
        victim = next(one for one in running if one.heard == ready[0])
        victim.kill()
        running[running.index(victim)] = Forked(path, port, rng.randrange(2**32))
    for one in running:
        one.kill()


if __name__ == "__main__":
    main()
