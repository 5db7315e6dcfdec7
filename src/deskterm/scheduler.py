"""The scheduler: when, never what. It rings for due work; the database decides what is due."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from deskterm.domain.errors import DeskError

if TYPE_CHECKING:
    from deskterm.store.store import Store

log = logging.getLogger(__name__)

DUE_SECONDS = 1
HOUSEKEEPING_SECONDS = 300
PATIENCE_SECONDS = 3600
"""A ring that comes late (a suspended laptop) still rings: what is due is in the database."""


class Scheduler:
    """APScheduler in a thread of its own; its jobs stay in memory, for job stores must not be shared."""

    def __init__(self, store: Store) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._store = store
        self._jobs: Any = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": PATIENCE_SECONDS},
        )
        self._jobs.add_job(self.run_due, "interval", seconds=DUE_SECONDS, id="due")
        self._jobs.add_job(
            self.housekeep, "interval", seconds=HOUSEKEEPING_SECONDS, jitter=60, id="housekeeping"
        )

    def start(self) -> None:
        """Begin ringing."""
        self._jobs.start()

    def stop(self) -> None:
        """Ring no more; what is running finishes."""
        self._jobs.shutdown(wait=True)

    def run_due(self) -> int:
        """Do all that is due now, in short transactions; returns how much that was."""
        total = 0
        try:
            while done := self._store.run_due():
                total += done
        except DeskError as error:
            log.warning("due work waits: %s", error)
        return total

    def housekeep(self) -> None:
        """Keep the database small and fast."""
        try:
            self._store.housekeep()
        except DeskError as error:
            log.warning("housekeeping waits: %s", error)
