"""Garbage collection at rest: a full pass stops every thread, so it waits until nobody types."""

from __future__ import annotations

import asyncio
import gc

REST_SECONDS = 0.2
"""After the last key: a pass over what a screen leaves behind takes 10 to 50 ms, longer than a key may."""
BREATH_SECONDS = 0.1
"""The same where there is much of it: what a minute's work leaves behind takes a second."""
ANSWER_SECONDS = 0.08
"""After a key, until what it brings is painted, mostly: a ticket takes half of it, a dialog less."""
QUIET_SECONDS = 1.0
"""After the last key, when work that is not urgent may begin."""
LONG_SECONDS = 5.0
"""After the last key, when nobody is likely to press one in the 60 ms that looking at everything takes."""
ENOUGH, MUCH = 2, 6
"""Passes over middle-aged objects since the last full one, from which another is worth it, and is due."""
ASIDE = 100
"""Full passes after which a short rest has to do for looking at everything: somebody never stops."""
SELDOM = 100
"""Passes after which a full one comes all the same: keys are held down, or nobody is there at all."""


class Garbage:
    """Collects at rest; closed screens are cycles, which nothing else takes away.

    A pass looks at what came since the one before: what was alive then is set aside until nobody types for
    a while, else each pass would look at all that is on the screen.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waits = False
        self._aside = 0
        self._key_at = 0.0

    def watch(self) -> None:
        """Begin, in the running loop; the process collects seldom by itself from now on."""
        self._loop = asyncio.get_running_loop()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, SELDOM)
        self._set_aside()

    def key_pressed(self) -> None:
        """Wait for the rest after this key."""
        if self._loop is not None:
            self._key_at = self._loop.time()
            if not self._waits:
                self._waits = True
                self._loop.call_later(BREATH_SECONDS, self._look)

    def is_answering(self) -> bool:
        """Say whether a key was pressed whose effect may not be painted yet; any thread may ask."""
        return self._loop is not None and self._loop.time() - self._key_at < ANSWER_SECONDS

    def rests(self) -> bool:
        """Say whether nobody has pressed a key for a while; any thread may ask."""
        return self._loop is None or self._loop.time() - self._key_at > QUIET_SECONDS

    def _look(self) -> None:
        assert self._loop is not None
        idle, passes = self._loop.time() - self._key_at, gc.get_count()[2]
        if idle >= (LONG_SECONDS if self._aside < ASIDE else REST_SECONDS):
            self._waits = False
            if gc.isenabled() and (self._aside or passes >= ENOUGH):
                gc.unfreeze()
                self._aside = 0
                gc.collect()
            return
        if gc.isenabled() and passes >= (ENOUGH if idle >= REST_SECONDS else MUCH) and idle >= BREATH_SECONDS:
            gc.collect()
            self._set_aside()
        until = next(each for each in (BREATH_SECONDS, REST_SECONDS, LONG_SECONDS) if each > idle)
        self._loop.call_later(until - idle, self._look)

    def _set_aside(self) -> None:
        gc.freeze()
        self._aside += 1
