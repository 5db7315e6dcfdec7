"""Noticing commits: SQLite's data_version on a connection of its own, PostgreSQL's LISTEN."""

from __future__ import annotations

import threading
from typing import Any

from deskterm.storage import sqlite_library

PG_SECONDS = 5.0
"""How long a PostgreSQL listener waits before it looks all the same."""


class SqliteWatch:
    """Sees that anybody committed to the file since the last look. Used by one thread."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite_library.sqlite.connect(path, isolation_level=None, check_same_thread=False)
        self._version = self._look()

    def _look(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def wait(self, wake: threading.Event, seconds: float) -> bool:
        """Wait at most `seconds`, less when woken; say whether there was a commit."""
        wake.wait(seconds)
        wake.clear()
        version = self._look()
        changed, self._version = version != self._version, version
        return changed

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


class PostgresWatch:
    """Hears NOTIFY of other processes and of this one. Used by one thread."""

    def __init__(self, address: str) -> None:
        import psycopg

        self._connection: Any = psycopg.connect(address, autocommit=True)
        self._connection.execute("LISTEN deskterm")

    def wait(self, wake: threading.Event, seconds: float) -> bool:
        """Wait until a notice comes or PG_SECONDS are over; a silent wait looks all the same."""
        # Short slices, so that stopping the feed never waits for the server.
        for _ in range(int(PG_SECONDS / max(seconds, 0.05))):
            if any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1)):
                return True
            if wake.is_set():
                wake.clear()
                return True
        return True

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
