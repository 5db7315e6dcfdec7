"""Waiting until the app has nothing to do: no message, no callback and no thread is left.

Textual's pilot guesses it from how busy the processor is, twenty milliseconds at a time: too early on a
machine that has much else to do, and late on any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

CALM = 3
"""Turns of the loop in which nothing was left."""
LOOK_SECONDS = 0.001
"""How often the threads are looked at."""


class Threads(ThreadPoolExecutor):
    """The threads in which a loop reads; `jobs` counts those whose result the loop has not got yet."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(thread_name_prefix="reading")
        self.loop = loop
        self.jobs = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Count the job until after its result was handed to the loop."""
        self.jobs += 1
        future = super().submit(fn, *args, **kwargs)
        # A turn later, so that it comes after the callback that hands the result over.
        self.loop.call_soon(future.add_done_callback, self._done)
        return future

    def _done(self, future: Future[Any]) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._count_down)

    def _count_down(self) -> None:
        self.jobs -= 1


def use_threads() -> Threads:
    """Let the running loop read in threads that are counted."""
    loop = asyncio.get_running_loop()
    threads = Threads(loop)
    loop.set_default_executor(threads)
    return threads


async def wait_for_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until nothing is left to do, `max_sleep` seconds at most: some jobs wait for what a test does."""
    loop = asyncio.get_running_loop()
    threads = cast(Any, loop)._default_executor
    end, calm = loop.time() + max_sleep, 0
    while calm < CALM and loop.time() < end:
        waits = isinstance(threads, Threads) and threads.jobs > 0
        await asyncio.sleep(LOOK_SECONDS if waits else 0)
        calm = 0 if waits or cast(Any, loop)._ready else calm + 1
