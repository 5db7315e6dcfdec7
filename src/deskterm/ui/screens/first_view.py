"""The first view of an inbox that opens with nothing to show: it is known once the counts are there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.ui.screens.base import DeskScreen

if TYPE_CHECKING:
    from deskterm.domain.errors import DeskError
    from deskterm.domain.lists import Counts, ViewCount
    from deskterm.ui.widgets.ticket_list import TicketList


class FirstView(DeskScreen):
    """Reads no list before it is known which, and lets keys wait that are meant for that list."""

    list: TicketList
    shown: ViewCount | None
    list_title: str
    _views: asyncio.Event | None = None

    def store_opened(self) -> None:
        """Ask for the views first."""
        nothing_chosen = self.shown is None and not self.list.query_text and not self.list_title
        if nothing_chosen and self._views is None:
            self._views = asyncio.Event()
            self.act(self._until_views(self._views), "views")
        super().store_opened()

    async def _until_views(self, views: asyncio.Event) -> None:
        await views.wait()

    def reload(self) -> None:
        """Read the list, unless the views are to say which."""
        if self._views is None:
            super().reload()

    def counts_changed(self, counts: Counts) -> None:
        """Let the list be read, and the keys go on."""
        waited = self._views is not None
        self._go_on()
        if waited and not counts.views:
            self.reload()

    def load_failed(self, error: DeskError) -> None:
        """Let the keys go on: what they wait for does not come."""
        super().load_failed(error)
        self._go_on()

    def _go_on(self) -> None:
        if self._views is not None:
            self._views.set()
            self._views = None
