"""The preview under a list: it follows the cursor once that rests, and is not read again when opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.widgets.preview import MESSAGES, Preview

if TYPE_CHECKING:
    from deskterm.domain.errors import DeskError
    from deskterm.domain.views import TicketView
    from deskterm.ui.widgets.ticket_list import TicketList

REST_SECONDS = 0.07
"""How long the cursor rests before the preview follows it."""


class Previewing(DeskScreen):
    """Reads the ticket under the cursor of `list` for `preview`."""

    list: TicketList
    preview: Preview
    _previewed: tuple[int, int] | None = None
    _rest: asyncio.TimerHandle | None = None

    def store_opened(self) -> None:
        """What is previewed may have changed, too."""
        self._previewed = None
        super().store_opened()

    def cursor_moved(self) -> None:
        """Let the preview follow once the cursor rests; a held key moves integers alone."""
        if self._rest is not None:
            self._rest.cancel()
        if not self.has_class("-no-preview"):
            self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._rested)

    def _rested(self) -> None:
        row = self.list.row
        if not self.is_mounted or not self.desk.is_open:
            return
        if row is None:
            self._previewed = None
            self.preview.show(None)
        elif (row.number, row.version) != self._previewed:
            number = row.number
            self._previewed = (row.number, row.version)
            self.read("preview", lambda: self.store.conversation(number, MESSAGES), self._preview, self._gone)

    def _preview(self, view: TicketView) -> None:
        if self._previewed is None:
            return  # the list was emptied meanwhile
        if self.preview.view is None or self.preview.view != view:
            self.preview.show(view)

    def _gone(self, error: DeskError) -> None:
        self.preview.show(None, error.message)

    def in_sight(self, number: int) -> TicketView | None:
        """The ticket as it is previewed."""
        view = self.preview.view
        if view is None or view.ticket.number != number:
            return None
        return view if self._previewed == (number, view.row.version) else None
