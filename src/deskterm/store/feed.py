"""The feed: one thread that notices every commit on the database, this process's own and everyone else's."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deskterm.domain.errors import StorageError

if TYPE_CHECKING:
    from deskterm.storage.database import Database

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
"""How often a SQLite file is asked whether it changed: 17 µs a time."""


class Feed:
    """Calls `changed` in its own thread after commits; `nudge` makes it look at once.

    `changed` may say in how many seconds it wants to be called again, whatever happens.
    """

    def __init__(self, database: Database, changed: Callable[[], float | None]) -> None:
        self._database = database
        self._changed = changed
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="deskterm-feed", daemon=True)

    def start(self) -> None:
        """Begin watching."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when it has ended or after two seconds."""
        self._stopping = True
        self._wake.set()
        self._thread.join(2)

    def nudge(self) -> None:
        """Look now: this process has just committed."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            try:
                watch = self._database.watch()
            except StorageError:
                self._rest()
                continue
            try:
                self._tail(watch)
            except Exception:
                log.exception("the feed lost its connection and begins again")
                self._rest()
            finally:
                watch.close()

    def _rest(self) -> None:
        """Wait before trying again; a nudge does not hurry a database that is away."""
        self._wake.clear()
        if not self._stopping:
            self._wake.wait(1)

    def _tail(self, watch: Any) -> None:
        again = self._tell()
        while not self._stopping:
            if watch.wait(self._wake, POLL_SECONDS) or (again is not None and time.monotonic() >= again):
                again = self._tell()

    def _tell(self) -> float | None:
        """Call; returns when to call again at the latest."""
        try:
            wait = self._changed()
        except StorageError as error:
            log.warning("a change could not be read: %s", error)
            return None
        return None if wait is None else time.monotonic() + wait
