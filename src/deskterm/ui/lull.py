"""Between two keys: what nobody asked for is read then, and not beside what a key needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING

from deskterm.ui.screens.base import DeskScreen

if TYPE_CHECKING:
    from deskterm.domain.lists import Notice
    from deskterm.ui.app import DeskApp

LATEST_SECONDS = 1.0
"""How long something waits at most: somebody types without a rest."""
LOOK_SECONDS = 0.02


class Lull:
    """Lets jobs wait while keys are pressed; with nobody at the keys they are done at once."""

    def __init__(self, is_answering: Callable[[], bool]) -> None:
        """Take what says whether a key was pressed whose effect may not be painted yet."""
        self._is_answering = is_answering
        self._waiting: list[tuple[Context, Callable[[], object]]] = []
        self._until = 0.0

    def wait(self, job: Callable[[], object]) -> None:
        """Do a job in the next lull, after those that wait already. In the running loop."""
        if not self._waiting and not self._is_answering():
            job()
            return
        # The look is somebody else's, whose context may have no app.
        self._waiting.append((copy_context(), job))
        if len(self._waiting) == 1:
            self._until = asyncio.get_running_loop().time() + LATEST_SECONDS
            self._look_later()

    def _look_later(self) -> None:
        asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        if self._is_answering() and asyncio.get_running_loop().time() < self._until:
            self._look_later()
            return
        waiting, self._waiting = self._waiting, []
        try:
            while waiting:
                context, job = waiting.pop(0)
                context.run(job)
        finally:
            # A fault of one is no reason to forget the others.
            if waiting:
                self._waiting[:0] = waiting
                self._look_later()


def tell(app: DeskApp, notice: Notice) -> None:
    """Tell the screens that can be seen of a commit: what nobody has done, only in a lull."""
    if notice.recounted or notice.clocks_only:
        app.lull.wait(partial(_tell, app, notice))
    else:
        _tell(app, notice)


def _tell(app: DeskApp, notice: Notice) -> None:
    for screen in reversed(app.screen_stack):
        if isinstance(screen, DeskScreen):
            screen.notice(notice)
        if not screen.is_modal:
            break
