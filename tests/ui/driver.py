"""Drives the real app on a real desk by keys, and reads what is on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerState

from deskterm.ui.app import DeskApp
from deskterm.ui.first import FirstPage
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.inbox import InboxScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.idle import use_threads

SECONDS = 60.0
"""Until what should happen counts as never: nothing waits that long where it does."""

READS = frozenset({"view", "counts", "page", "preview", "quick", "names", "check", "all", "command", "open"})
"""Workers that end by themselves; dialogs wait for a person."""

S = TypeVar("S", bound=Screen[object])


class Driver:
    """A running desk: `await desk.press("j", "r")`, `desk.text`, `desk.inbox`."""

    def __init__(self, app: DeskApp, pilot: Pilot[None], clock: Clock, path: Path) -> None:
        self.app, self.pilot, self.clock, self.path = app, pilot, clock, path

    @property
    def screen(self) -> DeskScreen:
        """The desk screen on top, under dialogs."""
        return next(each for each in reversed(self.app.screen_stack) if isinstance(each, DeskScreen))

    @property
    def inbox(self) -> InboxScreen:
        """The inbox, wherever it is."""
        return next(each for each in self.app.desk_screens() if isinstance(each, InboxScreen))

    @property
    def number(self) -> int:
        """The ticket under the cursor."""
        row = self.inbox.list.row
        assert row is not None, self.text
        return row.number

    @property
    def lines(self) -> list[str]:
        """The screen as lines of text."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def words(self) -> str:
        """The screen as one text with single spaces."""
        return " ".join(self.text.split())

    @property
    def status(self) -> str:
        """The line above the footer."""
        return self.screen.status_line.text

    async def press(self, *keys: str) -> Driver:
        """Press keys, and wait until what they asked for is on the screen."""
        for key in keys:
            await self.pilot.press(key)
        await self.settle()
        return self

    async def type(self, text: str) -> Driver:
        """Type text."""
        names = {" ": "space", ":": "colon", "-": "minus", ".": "full_stop", "@": "at", '"': "quotation_mark"}
        return await self.press(*(names.get(char, char) for char in text))

    async def select(self, number: int) -> Driver:
        """Put the inbox's cursor on a ticket."""
        assert self.inbox.list.go_to(number), f"#{number} is not in the list:\n{self.text}"
        await self.settle()
        return self

    async def settle(self) -> None:
        """Wait until nothing is being read and everything is painted."""
        quiet, end = 0, asyncio.get_running_loop().time() + SECONDS
        while quiet < 2:
            await self.pilot.pause()
            running = {worker.name for worker in self.app.workers if worker.state is WorkerState.RUNNING}
            quiet = 0 if running & READS or self._about_to_ask(end) else quiet + 1
            if running & READS:
                assert asyncio.get_running_loop().time() < end, running
                await asyncio.sleep(0.005)

    def _about_to_ask(self, end: float) -> bool:
        """Say whether a key is still being carried out and nothing that it asks is shown yet."""
        if not isinstance(self.app.screen, DeskScreen) or asyncio.get_running_loop().time() > end:
            return False
        return any(screen._acting for screen in self.app.desk_screens())

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds: a change of another process has arrived."""
        end = asyncio.get_running_loop().time() + SECONDS
        while not holds():
            assert asyncio.get_running_loop().time() < end, self.text
            await asyncio.sleep(0.02)
            await self.settle()

    async def rest(self) -> None:
        """Let the cursor rest until the preview has followed it, where there is one."""
        await self.until(self._is_followed)

    def _is_followed(self) -> bool:
        inbox = self.inbox
        preview, row = inbox.preview, inbox.list.row
        if inbox.has_class("-no-preview"):
            return True
        if row is None or preview.view is None:
            return preview.view is None and (row is None or bool(preview.words))
        return (preview.view.row.number, preview.view.row.version) == (row.number, row.version)

    async def pass_time(self, **spans: float) -> None:
        """Move the clock, and let the screen notice as its timer would."""
        self.clock.forward(**spans)
        self.screen.tick()
        await self.settle()


@asynccontextmanager
async def open_desk(
    path: Path,
    clock: Clock,
    *,
    login: str = "alice",
    size: tuple[int, int] = (120, 40),
    first: FirstPage | None = None,
    layout: str = "default",
    theme: str = "",
    record: Callable[[Exception], object] | None = None,
) -> AsyncIterator[Driver]:
    """Run the app on a desk and wait until it shows its tickets."""
    use_threads()
    app = DeskApp(
        lambda: as_agent(path, login, clock),
        first,
        clock=clock,
        zone=UTC,
        layout=layout,
        theme=theme,
        record=record,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        desk = Driver(app, pilot, clock, path)
        await desk.until(lambda: app.is_open)
        await desk.settle()
        try:
            yield desk
        finally:
            app.store.close()
