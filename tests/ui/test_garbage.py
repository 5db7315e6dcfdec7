"""Closed screens are taken away while nobody types."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from deskterm.ui.garbage import ENOUGH, QUIET_SECONDS, SELDOM, Garbage


class Ring:
    """Refers to itself, as a closed screen does."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Give the process its own habits back."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def middle_aged() -> weakref.ref[Ring]:
    """Make garbage that only a full pass finds, and passes enough to make that worth it."""
    ring = Ring()
    for _ in range(ENOUGH + 1):
        gc.collect(1)
    found = weakref.ref(ring)
    del ring
    assert gc.get_count()[2] >= ENOUGH
    return found


async def test_a_rest_after_a_key_takes_garbage_away() -> None:
    garbage = Garbage()
    garbage.watch()
    assert gc.get_threshold()[2] == SELDOM
    gone = middle_aged()
    garbage.key_pressed()
    while gone() is not None:
        await asyncio.sleep(0.01)


async def test_it_waits_while_keys_come(monkeypatch: pytest.MonkeyPatch) -> None:
    garbage = Garbage()
    garbage.watch()
    loop = asyncio.get_running_loop()
    asked: list[float] = []
    gone = middle_aged()
    with monkeypatch.context() as standing:
        standing.setattr(loop, "time", lambda: 100.0)
        standing.setattr(loop, "call_later", lambda delay, *rest: asked.append(delay))
        garbage.key_pressed()
        garbage.key_pressed()
        garbage._look()
    assert len(asked) == 2, "one wait for two keys, and another as the second was just pressed"
    assert gone() is not None


async def test_nothing_is_done_before_it_watches() -> None:
    garbage = Garbage()
    garbage.key_pressed()
    assert not garbage._waits


async def test_it_says_when_somebody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    garbage = Garbage()
    assert garbage.rests()
    garbage.watch()
    with monkeypatch.context() as standing:
        standing.setattr(asyncio.get_running_loop(), "time", lambda: 100.0)
        garbage.key_pressed()
        assert not garbage.rests()
        standing.setattr(asyncio.get_running_loop(), "time", lambda: 100.0 + QUIET_SECONDS + 0.01)
        assert garbage.rests()
