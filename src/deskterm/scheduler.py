"""The scheduler: when, never what. It rings for due work; the database decides what is due."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from deskterm.domain.errors import DeskError
from deskterm.machine import give_memory_back
from deskterm.storage.sessions import BEAT
from deskterm.store.due_runner import BATCH

if TYPE_CHECKING:
    from datetime import datetime

    from deskterm.domain.lists import Notice
    from deskterm.store.recalculate import Apart
    from deskterm.store.store import Store

log = logging.getLogger(__name__)

AT_MOST_EVERY_SECONDS = 1.0
"""Rings are at least this far apart: what falls due within a second is done together."""
AT_LEAST_EVERY_SECONDS = 5.0
"""A clock that is put right, or a laptop that was asleep, is noticed within this time."""
HOUSEKEEPING_SECONDS = 300
GRACE_SECONDS = 0.5
"""How long a changed policy is left to whoever applied it: that process may have no screen to paint."""
GIVE_WAY_SECONDS = 0.25
"""For how long at most what is due, and recalculating, stands back because somebody types in this process."""
PATIENCE_SECONDS = 3600
"""A ring that comes late (a suspended laptop) still rings: what is due is in the database."""


class Scheduler:
    """APScheduler in a thread of its own; its jobs stay in memory, for job stores must not be shared.

    It rings when the next piece of work falls due, and plans anew after every commit of any process.
    """

    def __init__(
        self,
        store: Store,
        *,
        present: bool = False,
        is_answering: Callable[[], bool] = lambda: False,
        apart: Apart | None = None,
    ) -> None:
        """Ring for a store; `present` says that its actor looks at a screen, and is not to be mailed.

        `is_answering` says, in any thread, whether a key was pressed whose effect may not be painted yet.
        `apart` recalculates much in a process of its own.
        """
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._store, self._is_answering, self._apart = store, is_answering, apart
        self._jobs: Any = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": PATIENCE_SECONDS},
        )
        self._jobs.add_job(self.run_due, "interval", seconds=AT_MOST_EVERY_SECONDS, id="due")
        self._jobs.add_job(
            self.housekeep, "interval", seconds=HOUSEKEEPING_SECONDS, jitter=60, id="housekeeping"
        )
        self._ended, self._recalculating = threading.Event(), threading.Lock()
        self._rung = 0.0
        self._silence: Callable[[], None] = lambda: None
        self._token = secrets.token_hex(16) if present else ""
        self._beaten: datetime | None = None

    def start(self) -> None:
        """Begin ringing."""
        self._jobs.start()
        self._recalculate()
        self._silence = self._store.subscribe(self._heard)

    def _heard(self, notice: Notice) -> None:
        if "desk" in notice.topics:
            self._recalculate()
        # A clock that was recorded brings nothing forward; whoever recorded it has planned.
        if not notice.clocks_only:
            self.plan()

    def stop(self) -> None:
        """Ring no more; what is running finishes."""
        self._silence()
        self._ended.set()
        # A pass under way would trip over jobs that are gone, in words on the terminal: it ends first.
        self._jobs.pause()
        self._jobs.get_jobs()
        self._jobs.shutdown(wait=True)
        if self._token:
            with suppress(DeskError):
                self._store.leave(self._token)

    def _beat(self) -> None:
        """Say, now and then, that somebody is here to hear what rings."""
        if not self._token or self._ended.is_set():
            return
        # By the wall clock: a laptop that wakes up says so before it rings.
        now = self._store.now()
        if self._beaten is None or abs(now - self._beaten) >= BEAT:
            self._store.beat(self._token)
            self._beaten = now

    def run_due(self) -> int:
        """Do all that is due now, in short transactions; returns how much that was."""
        self._rung = time.monotonic()
        total, done = 0, BATCH
        try:
            self._beat()
            while done >= BATCH and not self._ended.is_set():
                self._give_way()
                done = self._store.run_due(self._rest)
                total += done
        except DeskError as error:
            log.warning("due work waits: %s", error)
        self.plan()
        return total

    def plan(self) -> None:
        """Set the next ring to when the next piece of work falls due."""
        try:
            at = self._store.next_due()
        except DeskError as error:
            log.warning("the next due work is not known: %s", error)
            at = None
        wait = AT_LEAST_EVERY_SECONDS
        if at is not None:
            wait = min(wait, (at - self._store.now()).total_seconds())
        rest = AT_MOST_EVERY_SECONDS - (time.monotonic() - self._rung)
        if self._jobs.running:
            self._jobs.reschedule_job("due", trigger="interval", seconds=max(wait, rest, 0.001))

    def _recalculate(self) -> None:
        """Look, in a job of its own, whether a changed policy left something to recalculate."""
        if self._jobs.running:
            # The second one waits: what came as the first was about to end is not left until housekeeping.
            self._jobs.add_job(self.recalculate, id="policy", replace_existing=True, max_instances=2)

    def recalculate(self) -> None:
        """Go on with what a changed policy left to recalculate; ends when the scheduler does."""
        with self._recalculating:
            self._go_on()

    def _go_on(self) -> None:
        self._give_way()
        try:
            self._store.make_ready()
        except DeskError as error:
            log.warning("the policy is not ready: %s", error)
        if self._ended.wait(GRACE_SECONDS):
            return
        try:
            self._store.recalculate(self._rest, give_way=self._give_way, apart=self._apart)
        except DeskError as error:
            log.warning("recalculating waits: %s", error)

    def _rest(self, seconds: float) -> bool:
        if not self._ended.wait(seconds):
            self._give_way()
        return self._ended.is_set()

    def _give_way(self) -> None:
        """Wait while a key is being answered: deciding would halve the processor it gets."""
        until = time.monotonic() + GIVE_WAY_SECONDS
        while self._is_answering() and time.monotonic() < until and not self._ended.wait(0.02):
            pass

    def housekeep(self) -> None:
        """Keep the database small and fast, and this process small."""
        give_memory_back()
        self._recalculate()
        try:
            self._store.housekeep()
        except DeskError as error:
            log.warning("housekeeping waits: %s", error)
