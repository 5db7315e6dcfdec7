"""Which SQLite this process uses: the bundled sound one where there is a wheel, else the standard library's.

SQLite 3.7.0 to 3.51.2 (but for 3.44.6 and 3.50.7) can corrupt a WAL database when two connections write and
checkpoint at once; with such a build the rollback journal is used instead: sound, and slower. Importing both
libraries on one file would break its locks, so this module is the only place that chooses.
"""

from __future__ import annotations

import threading
import time
from typing import Any

try:
    from pysqlite3 import dbapi2 as _library
except ImportError:
    import sqlite3 as _library

sqlite: Any = _library

VERSION: tuple[int, ...] = tuple(int(part) for part in sqlite.sqlite_version.split("."))

SOUND_WAL = VERSION >= (3, 51, 3) or VERSION in ((3, 44, 6), (3, 50, 7))
"""Whether this build may use WAL."""

PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    f"PRAGMA journal_mode = {'WAL' if SOUND_WAL else 'DELETE'}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -1000",
)
"""FULL because "saved" must survive a power cut; 64 MB bounds what is left of the log after a burst."""

PATIENCE_SECONDS, LOOK_SECONDS = 5.0, 0.01


def prepare(connection: Any) -> None:
    """Set a new connection up; raises the library's OperationalError when the file stays busy.

    SQLite does not wait for whoever writes at the moment in which a file is given its write-ahead log.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    for pragma in PRAGMAS:
        while True:
            try:
                connection.execute(pragma)
            except sqlite.OperationalError as error:
                if "locked" not in str(error).lower() or time.monotonic() >= until:
                    raise
                threading.Event().wait(LOOK_SECONDS)
            else:
                break


APPLICATION_ID = 0x6465736B
"""The bytes "desk" in the file's header: how a desk is told from any other SQLite file."""

MAGIC = b"SQLite format 3\x00"
