"""Sends a desk's mail until nothing waits: sender.py DATABASE PORT. To be killed at any moment."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from random import Random

from deskterm.channels.mail.sender import MailWorker
from deskterm.domain.people import DESK
from deskterm.machine import utc_now
from deskterm.smtp_config import SmtpServer
from deskterm.storage.database import Database
from deskterm.store.store import Store


def main(path: str, port: str) -> None:
    """Send all, taking over what a killed process was at."""
    store = Store(Database(path, create=False), DESK, clock=utc_now)
    server = SmtpServer("test", "127.0.0.1", int(port), "none")
    worker = MailWorker(
        store,
        server,
        f"{os.getpid()}",
        chance=Random(1),
        monotonic=time.monotonic,
        span=timedelta(seconds=0.3),
    )
    while store.next_outgoing("mail") is not None:
        if not worker.all_due():
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
