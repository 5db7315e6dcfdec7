"""Garbage collection at rest: a full pass stops every thread, so it waits until nobody types."""

from __future__ import annotations

import asyncio
import gc

REST_SECONDS = 0.2
"""After the last key: a pass over what a screen leaves behind takes 10 to 50 ms, longer than a key may."""
ANSWER_SECONDS = 0.25
"""After a key, until all that it brings is painted, a dialog or a ticket included."""
QUIET_SECONDS = 1.0
"""After the last key, when work that is not urgent may begin."""
ENOUGH = 2
"""Passes over middle-aged objects since the last full one, from which another is worth it."""
SELDOM = 1000
"""Passes after which a full one comes all the same: somebody types without a rest, or nobody at all."""


class Garbage:
    """Collects at rest; closed screens are cycles, which nothing else takes away."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waits = self._settled = False
        self._key_at = 0.0

    def watch(self) -> None:
        """Begin, in the running loop; the process collects seldom by itself from now on."""
        self._loop = asyncio.get_running_loop()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, SELDOM)

    def key_pressed(self) -> None:
        """Wait for the rest after this key."""
        if self._loop is not None:
            self._key_at = self._loop.time()
            if not self._waits:
                self._waits = True
                self._loop.call_later(REST_SECONDS, self._look)

    def is_answering(self) -> bool:
        """Say whether a key was pressed whose effect may not be painted yet; any thread may ask."""
        return self._loop is not None and self._loop.time() - self._key_at < ANSWER_SECONDS

    def rests(self) -> bool:
        """Say whether nobody has pressed a key for a while; any thread may ask."""
        return self._loop is None or self._loop.time() - self._key_at > QUIET_SECONDS

    def _look(self) -> None:
        assert self._loop is not None
        left = self._key_at + REST_SECONDS - self._loop.time()
        if left > 0:
            self._loop.call_later(left, self._look)
            return
        self._waits = False
        if gc.isenabled() and gc.get_count()[2] >= ENOUGH:
            gc.collect()
            if not self._settled:
                # What was imported since the start stays: no later pass has to look at it.
                self._settled = True
                gc.freeze()
