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

from deskterm.domain.errors import DeskError
from deskterm.storage.journal import last_seq
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

BUSY = (WorkerState.PENDING, WorkerState.RUNNING)

S = TypeVar("S", bound=Screen[object])


class Behind:
    """What goes on behind the screens: jobs in threads, and commits that they have not heard of yet."""

    def __init__(self, app: DeskApp) -> None:
        self._app, self._threads = app, use_threads()
        self._known: int | None = None

    def _committed(self) -> int:
        try:
            with self._app.store.database.read() as connection:
                return last_seq(connection)
        except DeskError:
            return 0  # the desk was broken on purpose: nothing will be heard of it

    @property
    def rests(self) -> bool:
        """Whether nothing goes on."""
        if self._threads.jobs:
            return False
        if not self._app.is_open:
            return True
        committed = self._committed()
        if self._known is None:
            # It has just been opened: the screens read all that was committed by now.
            self._known = committed
        return max(self._app.heard_seq, self._known) >= committed


class Driver:
    """A running desk: `await desk.press("j", "r")`, `desk.text`, `desk.inbox`."""

    def __init__(self, app: DeskApp, pilot: Pilot[None], clock: Clock, path: Path, behind: Behind) -> None:
        self.app, self.pilot, self.clock, self.path, self.behind = app, pilot, clock, path, behind

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
        """Wait until nothing is read or written, every commit is heard of, and everything is painted."""
        quiet, end = 0, asyncio.get_running_loop().time() + SECONDS
        while quiet < 2:
            await self.pilot.pause()
            running = {worker.name for worker in self.app.workers if worker.state in BUSY} & READS
            if self.app.screen.is_modal:
                running.discard("command")  # it may be what asks
            if not running and not self._about_to_ask() and self.behind.rests:
                quiet += 1
                continue
            quiet = 0
            assert asyncio.get_running_loop().time() < end, running or "a key, a job or a commit"
            await asyncio.sleep(0.005)

    def _about_to_ask(self) -> bool:
        """Say whether a key is still being carried out and nothing that it asks is shown yet."""
        if not isinstance(self.app.screen, DeskScreen):
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
        behind = Behind(app)
        desk = Driver(app, pilot, clock, path, behind)
        await desk.until(lambda: app.is_open)
        await desk.settle()
        try:
            yield desk
        finally:
            app.store.close()
