"""Pacing: what a recalculation changes is told now and then: lists are not read anew all the time."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskterm.domain.lists import Notice

EVERY_SECONDS = 3.0


class Pace:
    """Holds notices of recalculations back; what people do is told at once, after what was held, and clocks
    that rang by themselves."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: Notice | None = None
        self._next = 0.0

    def take(self, notice: Notice | None) -> tuple[Notice, ...]:
        """Return what is to be told now; None asks for what was held."""
        if notice is not None and notice.recounted and self._held is not None:
            notice = notice._replace(topics=notice.topics | self._held.topics)
            self._held = None
        if notice is not None and notice.clocks_only:
            return (notice,)
        now = self._clock()
        if notice is not None and notice.recounted and now < self._next:
            self._held = notice
            return ()
        if notice is None and now < self._next:
            return ()
        held, self._held = self._held, None
        told = tuple(one for one in (held, notice) if one is not None)
        if any(one.recounted for one in told):
            self._next = now + EVERY_SECONDS
        return told

    @property
    def wait(self) -> float | None:
        """In how many seconds something is to be told, None when nothing is held."""
        return None if self._held is None else max(0.0, self._next - self._clock())
