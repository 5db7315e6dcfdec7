"""What nobody asked for is read between two keys, and not put off for good."""

from __future__ import annotations

import asyncio
import math

import pytest

from deskterm.ui import lull
from deskterm.ui.lull import Lull

PATIENCE_SECONDS = 60


async def test_with_nobody_at_the_keys_it_is_done_at_once() -> None:
    done: list[int] = []
    Lull(lambda: math.inf).wait(lambda: done.append(1))
    assert done == [1]


async def test_it_waits_for_the_keys_and_keeps_its_order() -> None:
    idle, done, ended = 0.0, list[int](), asyncio.Event()
    between = Lull(lambda: idle)
    between.wait(lambda: done.append(1))
    idle = math.inf
    between.wait(lambda: done.append(2))
    between.wait(ended.set)
    assert done == []
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    assert done == [1, 2]


async def test_somebody_who_never_stops_typing_sees_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lull, "LATEST_SECONDS", 0.1)
    ended = asyncio.Event()
    Lull(lambda: 0.0).wait(ended.set)
    assert not ended.is_set()
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
