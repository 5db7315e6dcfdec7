"""A driver that can wait for a screen, a text or a colleague, for the tests of tickets and dialogs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from textual.screen import Screen

from deskterm.store.store import Store
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.driver import Driver, open_desk

S = TypeVar("S", bound=Screen[Any])
PATIENCE = 60.0
"""Seconds until something that should happen has not."""


class Running(Driver):
    """The app of one agent, with colleagues on the same desk."""

    @property
    def store(self) -> Store:
        """The store the app works on."""
        return self.app.store

    def other(self, login: str) -> Store:
        """Open the desk as somebody else; "" is the desk itself."""
        return as_agent(self.path, login, self.clock)

    async def keys(self, *keys: str) -> None:
        """Press keys without waiting for what they ask for."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text into whatever has the focus."""
        names = {" ": "space", "\n": "enter"}
        await self.pilot.press(*(names.get(letter, letter) for letter in text))

    async def happens(self, what: str, happened: Callable[[], object]) -> None:
        """Wait for something to happen."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while True:
            await self.pilot.pause()
            if happened():
                break
            assert loop.time() < end, f"never happened: {what}\n{self.text}"
            await asyncio.sleep(0.01)
        # The next key comes when what has happened is known everywhere, as a person's would.
        await self.settle()

    async def shows(self, kind: type[S]) -> S:
        """Wait for a screen or dialog and return it."""
        await self.happens(kind.__name__, lambda: isinstance(self.app.screen, kind))
        screen = self.app.screen
        assert isinstance(screen, kind)
        await self.pilot.pause()
        return screen

    async def sees(self, *texts: str) -> None:
        """Wait until all of these are on the screen in front."""
        for text in texts:
            await self.happens(f"seeing {text!r}", partial(self._shows_text, text))

    def _shows_text(self, text: str) -> bool:
        return text in self.text

    async def ticket(self) -> TicketScreen:
        """Wait for the ticket's screen with its ticket on it."""
        screen = await self.shows(TicketScreen)
        number = screen.number
        await self.happens(
            f"#{number}", lambda: screen.view is not None and screen.view.ticket.number == number
        )
        return screen


@asynccontextmanager
async def running(
    path: Path, *, size: tuple[int, int] = (120, 40), login: str = "alice", theme: str = ""
) -> AsyncIterator[Running]:
    """Open a desk as an agent, on its inbox."""
    async with open_desk(path, Clock(), login=login, size=size, theme=theme) as desk:
        yield Running(desk.app, desk.pilot, desk.clock, desk.path, desk.behind)


@asynccontextmanager
async def on_ticket(
    path: Path, number: int = 1, *, size: tuple[int, int] = (120, 40), login: str = "alice", theme: str = ""
) -> AsyncIterator[Running]:
    """Open a ticket from the first view of the inbox."""
    async with running(path, size=size, login=login, theme=theme) as desk:
        await desk.select(number)
        await desk.keys("enter")
        await desk.ticket()
        yield desk
