"""Opening the desk behind the first paint: the store in a thread, and an empty desk's first agent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError

if TYPE_CHECKING:
    from deskterm.store.store import Store
    from deskterm.ui.app import DeskApp


async def open_store(app: DeskApp) -> Store | None:
    """Return the open store, or leave the app with the reason and return None."""
    from deskterm.store import first_run

    try:
        store = await asyncio.to_thread(app.opener)
        if await asyncio.to_thread(first_run.is_empty, store) and not await _set_up(app, store):
            app.exit()
            return None
    except DeskError as error:
        app.failure = error
        app.exit(return_code=error.exit_code)
        return None
    return store


async def _set_up(app: DeskApp, store: Store) -> bool:
    """Ask who works here until the desk has its first agent; False when the person left."""
    from deskterm.store import first_run
    from deskterm.ui.dialogs.first_run import FirstRun

    problem = ""
    while True:
        answer = await app.push_screen_wait(FirstRun(app.login, problem))
        if answer is None:
            return False
        try:
            await asyncio.to_thread(first_run.set_up, store, app.login, answer["name"], answer["queue"])
            return True
        except DeskError as error:
            problem = error.message
