"""Closed screens are taken away while nobody types."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from deskterm.ui.garbage import (
    ASIDE,
    BREATH_SECONDS,
    ENOUGH,
    LONG_SECONDS,
    MUCH,
    QUIET_SECONDS,
    REST_SECONDS,
    SELDOM,
    Garbage,
)


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


def middle_aged(passes: int = ENOUGH) -> weakref.ref[Ring]:
    """Make garbage that only a full pass finds, and so many passes that one is worth it, or due."""
    ring = Ring()
    for _ in range(passes + 1):
        gc.collect(1)
    found = weakref.ref(ring)
    del ring
    assert gc.get_count()[2] >= passes
    return found


class Still:
    """A loop whose time stands where it is put, and that notes what it is asked to do later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.asked = 100.0, list[float]()
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "time", lambda: self.now)
        monkeypatch.setattr(loop, "call_later", lambda delay, *rest: self.asked.append(delay))


def looked(garbage: Garbage, loop: Still, rest: float) -> None:
    """Let it look after a key and so long a rest, when a pass is due."""
    middle_aged(MUCH)
    garbage.key_pressed()
    loop.now += rest
    garbage._look()


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
    gone = middle_aged(MUCH)
    with monkeypatch.context() as standing:
        loop = Still(standing)
        garbage.key_pressed()
        garbage.key_pressed()
        loop.now += BREATH_SECONDS - 0.01
        garbage._look()
    assert len(loop.asked) == 2, "one wait for two keys, and another as the second was just pressed"
    assert gone() is not None


@pytest.mark.parametrize(("passes", "is_gone"), [(ENOUGH, False), (MUCH, True)])
async def test_a_breath_is_enough_where_there_is_much(
    monkeypatch: pytest.MonkeyPatch, passes: int, is_gone: bool
) -> None:
    garbage = Garbage()
    garbage.watch()
    gone = middle_aged(passes)
    with monkeypatch.context() as standing:
        loop = Still(standing)
        garbage.key_pressed()
        loop.now += BREATH_SECONDS + 0.001
        garbage._look()
    assert (gone() is None) == is_gone


async def test_what_was_alive_in_one_pass_is_looked_at_after_a_long_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    garbage = Garbage()
    garbage.watch()
    ring = Ring()
    gone = weakref.ref(ring)
    with monkeypatch.context() as standing:
        loop = Still(standing)
        for rest in (BREATH_SECONDS + 0.001, LONG_SECONDS - 0.01):
            looked(garbage, loop, rest)
        del ring
        middle_aged(MUCH)
        garbage._look()
        assert gone() is not None, "it was alive, and stands aside"
        loop.now += 0.02
        garbage._look()
        assert gone() is None
        asked = len(loop.asked)
        garbage.key_pressed()
        assert len(loop.asked) == asked + 1, "the next key begins anew"


async def test_somebody_who_never_stops_gets_all_of_it_taken_away_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    garbage = Garbage()
    garbage.watch()
    ring = Ring()
    gone = weakref.ref(ring)
    with monkeypatch.context() as standing:
        loop = Still(standing)
        for _ in range(ASIDE):
            looked(garbage, loop, REST_SECONDS - 0.01)
        del ring
        assert gone() is not None
        garbage.key_pressed()
        loop.now += REST_SECONDS + 0.01
        garbage._look()
        assert gone() is None


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
