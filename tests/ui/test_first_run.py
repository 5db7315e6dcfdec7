"""The first start on an empty desk, by keys."""

from __future__ import annotations

import asyncio
from datetime import UTC
from pathlib import Path

from textual.pilot import Pilot

from deskterm.domain.people import Actor, Role
from deskterm.storage.database import Database
from deskterm.store.store import Store
from deskterm.ui.app import DeskApp
from deskterm.ui.dialogs.first_run import FirstRun
from tests.ui.desk import Clock

SECONDS = 60.0


def app_on(path: Path, clock: Clock) -> DeskApp:
    """The app as the command line starts it on a desk nobody works on."""

    def opener() -> Store:
        return Store(Database(str(path)), Actor(None, "setup"), clock=clock, zone=UTC)

    return DeskApp(opener, clock=clock, zone=UTC, login="kim")


async def until_asked(app: DeskApp, pilot: Pilot[None]) -> None:
    """Wait until the dialog is there."""
    async with asyncio.timeout(SECONDS):
        while not isinstance(app.screen, FirstRun):
            await pilot.pause()


async def test_it_makes_the_first_admin_and_queue(tmp_path: Path) -> None:
    app = app_on(tmp_path / "desk.db", Clock())
    async with app.run_test(size=(80, 24)) as pilot:
        await until_asked(app, pilot)
        await pilot.press("end", *" Ito", "enter")
        await pilot.press(*["backspace"] * 7, *"Network", "enter")
        async with asyncio.timeout(SECONDS):
            while not app.is_open:
                await pilot.pause()
        agent = app.store.actor.agent
        assert agent is not None
        assert (agent.login, agent.name, agent.role) == ("kim", "kim Ito", Role.ADMIN)
        assert [queue.name for queue in app.store.people().queues.values()] == ["Network"]
        app.store.close()


async def test_leaving_leaves_the_desk_empty(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    app = app_on(path, Clock())
    async with app.run_test(size=(80, 24)) as pilot:
        await until_asked(app, pilot)
        await pilot.press("escape")
        async with asyncio.timeout(SECONDS):
            while app.is_running:
                await pilot.pause()
    store = Store(Database(str(path)), Actor(None, "setup"), clock=Clock())
    assert store.people().agents == {}
    store.close()
