"""What nobody asked for is read between two keys, and not put off for good."""

from __future__ import annotations

import asyncio
from contextvars import Context, ContextVar
from pathlib import Path

import pytest

from deskterm.ui import lull
from deskterm.ui.lull import Lull
from deskterm.ui.screens.inbox import InboxScreen
from tests.ui.running import on_ticket

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


async def test_each_job_is_done_for_whoever_asked() -> None:
    whose, done, ended = ContextVar("whose", default="nobody"), list[str](), asyncio.Event()
    types = True
    between = Lull(lambda: types)
    # Timers of screens ring in a context of their own: what is asked for meanwhile is not asked for in that.
    Context().run(between.wait, lambda: done.append(whose.get()))
    whose.set("the desk")
    between.wait(lambda: done.append(whose.get()))
    between.wait(ended.set)
    types = False
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    assert done == ["nobody", "the desk"]


async def test_a_fault_of_one_job_leaves_the_others_to_be_done() -> None:
    types, ended = True, asyncio.Event()
    between = Lull(lambda: types)
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: faults.append(said["exception"]))
    fault = ValueError("one job")

    def fail() -> None:
        raise fault

    between.wait(fail)
    between.wait(ended.set)
    types = False
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
    assert faults == [fault]


async def test_a_screen_that_was_left_waits_for_no_time(small: Path) -> None:
    async with on_ticket(small) as desk:
        ticket = desk.screen
        assert ticket._timer is not None
        await desk.keys("escape")
        await desk.shows(InboxScreen)
        # What was being read as it was left has come.
        ticket.schedule()
        assert ticket._timer is None
        assert desk.screen._timer is not None


async def test_a_desk_that_was_left_waits_for_no_time(small: Path) -> None:
    async with on_ticket(small) as desk:
        shown = desk.app.desk_screens()
        assert any(screen._timer is not None for screen in shown)
    assert [screen._timer for screen in shown] == [None] * len(shown)


async def test_somebody_who_never_stops_typing_sees_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lull, "LATEST_SECONDS", 0.1)
    ended = asyncio.Event()
    Lull(lambda: True).wait(ended.set)
    assert not ended.is_set()
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
