"""The one timer of a session: counts while a ticket is worked on, puts that down, and records it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.errors import DeskError, StorageError
from deskterm.domain.people import Role
from deskterm.domain.policy import TimeSettings
from deskterm.domain.time_words import time_words
from deskterm.domain.worktime import Stopwatch
from deskterm.ui.alarms import GLYPH

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from deskterm.ui.app import DeskApp

AFTER_KEY = 5.0
"""Seconds after a key until what was counted is put down: this much of typing a killed session loses."""
WHILE_READING = 15.0
"""Seconds between putting it down while no key is pressed and it counts."""


class Taken(NamedTuple):
    """What was taken from the timer to be recorded: `kept` seconds of it are put down under `token`."""

    ticket: int
    seconds: int
    kept: int
    token: str


class Timekeeper:
    """Counts for the ticket that is shown; the screen tells it of keys, and when another one is shown.

    Nothing of it repaints: the screen asks for its words when it paints anyway.
    """

    def __init__(self, desk: DeskApp) -> None:
        self.desk = desk
        self.ticket = 0
        self.settings = TimeSettings()
        self._watch = Stopwatch(self.settings.idle)
        self._left: dict[int, float] = {}
        """What was too little to be recorded, by ticket: it is counted on."""
        self._kept = 0
        self._token = ""
        self._timer: Timer | None = None
        self._soon = False
        """Whether it rings because of a key: the keys that follow wait for it, and put it off no further."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    # What the screen says.

    def begin(self, ticket: int) -> None:
        """Count for a ticket from now on, unless that is so already or nothing is counted here."""
        counts = self.settings.on and self.desk.store.actor.may(Role.AGENT)
        if self.ticket == ticket and counts:
            self._watch = replace(self._watch, idle=self.settings.idle)
            return
        self.end()
        if not counts:
            return
        self.ticket, self._loop = ticket, asyncio.get_running_loop()
        counted = self._left.pop(ticket, 0.0)
        self._watch = Stopwatch(self.settings.idle, counted).resumed(self.desk.now())
        self._renew()
        self._beat_in(AFTER_KEY)

    def touched(self) -> None:
        """Take a key as a sign of work."""
        if self.ticket:
            self._watch = self._watch.touched(self.desk.now())
            if self._timer is None or not self._soon:
                self._beat_in(AFTER_KEY)

    def toggle(self) -> bool:
        """Pause or go on; says whether it is paused now."""
        now = self.desk.now()
        if self._watch.since is None:
            self._watch = self._watch.resumed(now)
            self._beat_in(AFTER_KEY)
        else:
            self._watch = self._watch.paused(now)
        return self._watch.since is None

    def take(self) -> Taken | None:
        """Take what was counted, to be recorded, and count on from nothing; None when it is too little."""
        seconds = self._watch.seconds(self.desk.now()) if self.ticket else 0
        if seconds < max(1, self.settings.least):
            return None
        taken = Taken(self.ticket, seconds, self._kept, self._token)
        self._watch = self._watch.touched(self.desk.now()).less(seconds)
        self._renew()
        return taken

    def end(self) -> None:
        """Count no more for the ticket: what was counted is recorded, or waits until it is more."""
        taken = self.take()
        if taken is not None:
            self.record(taken)
        elif self.ticket:
            self._left[self.ticket] = self._watch.paused(self.desk.now()).counted
        self.ticket = 0
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def left(self, ticket: int) -> None:
        """Count no more for a ticket, if it was the one."""
        if self.ticket == ticket:
            self.end()

    def close(self) -> None:
        """Record at once: the session ends, and no thread may be left to do it."""
        taken = self.take()
        self.ticket = 0
        if taken is not None:
            with suppress(DeskError, RuntimeError):
                # A desk that is gone with the line has what was put down; the next session records that.
                self._record(taken)

    def words(self) -> str:
        """Say how long was counted, and whether it stands still."""
        if not self.ticket:
            return ""
        now = self.desk.now()
        how = " paused" if self._watch.since is None else " idle" if self._watch.is_idle(now) else ""
        return f"{GLYPH} {time_words(max(1, self._watch.seconds(now)))}{how}"

    @property
    def stands_still(self) -> bool:
        """Say whether it waits for a key."""
        return self._watch.is_idle(self.desk.now())

    # What is recorded.

    def record(self, taken: Taken) -> None:
        """Record what was taken, in a thread that is begun now: the session may end the next moment."""
        self._later(self._record_or_keep, taken)

    def give_back(self, taken: Taken) -> None:
        """Count on with what was taken: it is not to be recorded yet."""
        if self.ticket == taken.ticket:
            self._watch = self._watch.less(-taken.seconds)
        else:
            self._left[taken.ticket] = self._left.get(taken.ticket, 0.0) + taken.seconds
        self.forget(taken)

    def forget(self, taken: Taken) -> None:
        """Forget what was put down of it: it is recorded in another way, or counted on."""
        if taken.kept:
            self._later(self._forget, taken.token)

    def _record(self, taken: Taken) -> None:
        with self._lock:
            self.desk.store.record_timer(taken.token, taken.ticket, taken.seconds, kept=taken.kept)

    def _record_or_keep(self, taken: Taken) -> None:
        try:
            self._record(taken)
        except StorageError:
            # Nothing is lost: it is counted on when the ticket is shown again, or the session after this one.
            if not taken.kept:
                self._left[taken.ticket] = self._left.get(taken.ticket, 0.0) + taken.seconds
        except DeskError:
            self._forget(taken.token)

    def _forget(self, token: str) -> None:
        with self._lock, suppress(DeskError):
            self.desk.store.forget_timer(token)

    # What is put down meanwhile.

    def _renew(self) -> None:
        """Begin anew: nothing of what is counted from now on is put down."""
        self._kept, self._token = 0, self.desk.store.timer_token()

    def _beat_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer, self._soon = self.desk.set_timer(seconds, self._beat), seconds == AFTER_KEY

    def _beat(self) -> None:
        """Put down what was counted, and go on as long as it counts."""
        self._timer = None
        now = self.desk.now()
        if not self.ticket or self._watch.is_idle(now):
            return
        seconds = self._watch.seconds(now)
        if seconds >= self.settings.least and seconds != self._kept:
            self._later(self._put_down, Taken(self.ticket, seconds, self._kept, self._token))
        if self._watch.since is not None:
            self._beat_in(WHILE_READING)

    def _put_down(self, told: Taken) -> None:
        with self._lock, suppress(StorageError):
            if told.token != self._token:
                return
            known = told.kept > 0
            there = self.desk.store.beat_timer(told.token, told.ticket, told.seconds, known=known)
            self._tell(self._was_put_down, told, there)

    def _was_put_down(self, told: Taken, there: bool) -> None:
        if told.token != self._token:
            return
        if there:
            self._kept = told.seconds
        else:
            # Another session found it idle for long, and has recorded what was put down.
            self._watch = self._watch.less(told.kept)
            self._kept = 0

    def _later(self, job: Callable[..., None], *args: object) -> None:
        if self._loop is not None:
            self._loop.run_in_executor(None, job, *args)

    def _tell(self, done: Callable[..., None], *args: object) -> None:
        """Call back on the screens' side, without waiting for it: it may wait for this thread."""
        with suppress(RuntimeError):
            assert self._loop is not None
            self._loop.call_soon_threadsafe(done, *args)


def keeper_of(desk: DeskApp) -> Timekeeper:
    """Return the timer of this session, made when it is first needed."""
    if desk.timekeeper is None:
        desk.timekeeper = Timekeeper(desk)
    return desk.timekeeper
