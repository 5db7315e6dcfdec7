"""What nobody asked for is read between two keys, and not put off for good."""

from __future__ import annotations

import asyncio

import pytest

from deskterm.ui import lull
from deskterm.ui.lull import Lull

PATIENCE_SECONDS = 60


async def test_with_nobody_at_the_keys_it_is_done_at_once() -> None:
    done: list[int] = []
    Lull(lambda: False).wait(lambda: done.append(1))
    assert done == [1]


async def test_it_waits_for_the_keys_and_keeps_its_order() -> None:
    types, done, ended = True, list[int](), asyncio.Event()
    between = Lull(lambda: types)
    between.wait(lambda: done.append(1))
    types = False
    between.wait(lambda: done.append(2))
    between.wait(ended.set)
    assert done == []
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    assert done == [1, 2]


async def test_somebody_who_never_stops_typing_sees_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lull, "LATEST_SECONDS", 0.1)
    ended = asyncio.Event()
    Lull(lambda: True).wait(ended.set)
    assert not ended.is_set()
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
