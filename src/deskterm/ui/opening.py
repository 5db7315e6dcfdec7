"""Opening the desk behind the first paint: when, in which thread, and the keys typed before it is open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events

from deskterm.domain.errors import DeskError

if TYPE_CHECKING:
    from deskterm.store.store import Store
    from deskterm.ui.app import DeskApp
    from deskterm.ui.keymap import Action

REST_SECONDS = 0.3
"""With the first page on the screen, importing the rest of the program waits until the terminal is quiet."""


class Opening:
    """Opens the store once, soon after the first paint or as soon as a key needs it."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._begun = False
        self._kept: list[events.Key] = []

    def soon(self) -> None:
        """Open at once when there is nothing to show yet, else after a rest."""
        if self._app.first is None:
            self._app.call_after_refresh(self.begin)
        else:
            self._app.call_after_refresh(lambda: self._app.set_timer(REST_SECONDS, self.begin))

    def begin(self) -> None:
        """Open now, unless that has begun."""
        if not self._begun:
            self._begun = True
            self._app.run_worker(self._open(), name="open")

    async def _open(self) -> None:
        store = await open_store(self._app)
        if store is None:
            return
        self._app.opened(store)
        kept, self._kept = self._kept, []
        for key in kept:
            self._app.post_message(events.Key(key.key, key.character))

    def keep(self, action: Action, event: events.Key) -> None:
        """Remember keys that need the desk until the desk is open; a sequence is remembered whole."""
        whole = next((key for key in action.keys if key.endswith(" " + event.key)), event.key)
        begin = [events.Key(part, None) for part in whole.split(" ")[:-1]]
        self._kept += [*begin, event]
        self.begin()

    @property
    def keeps(self) -> bool:
        """Say whether keys wait for the desk."""
        return bool(self._kept)


async def open_store(app: DeskApp) -> Store | None:
    """Return the open store, or leave the app with the reason and return None."""
    try:
        store = await asyncio.to_thread(app.opener)
        from deskterm.store import first_run

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
