"""The spare screen: a ticket's screen, made before anybody asks for one, that only has to be filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskterm.domain.macros import Filled
    from deskterm.domain.views import TicketView
    from deskterm.ui.app import DeskApp
    from deskterm.ui.screens.targets import Source
    from deskterm.ui.screens.ticket import TicketScreen


class Spare:
    """Keeps one ticket's screen in hand, with its composer.

    Making the widgets of one takes longer than reading and painting the ticket: that is done while nobody
    types, and opening a ticket takes the one that is there.
    """

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._screen: TicketScreen | None = None

    @property
    def is_there(self) -> bool:
        """Say whether the next ticket opens on one."""
        return self._screen is not None and self._screen.is_mounted

    def open(
        self,
        number: int,
        view: Sequence[int] = (),
        *,
        source: Source | None = None,
        compose: str = "",
        why: str = "",
        macro: Filled | None = None,
        known: TicketView | None = None,
    ) -> None:
        """Open a ticket's screen over what is shown; see `TicketScreen.begin`."""
        app, screen = self._app, self._take()
        screen.begin(number, view, source=source, compose=compose, why=why, macro=macro, known=known)
        app.push_screen(screen)
        app.call_after_refresh(app.lull.wait, self.make)

    def _take(self) -> TicketScreen:
        from deskterm.ui.screens.ticket import TicketScreen

        screen = self._screen
        # One whose widgets are not there yet is for the ticket after this.
        if screen is None or not self.is_there:
            return TicketScreen()
        self._screen = None
        return screen

    def make(self) -> None:
        """Make one, unless there is one. In the running loop, and at best while nobody types."""
        from deskterm.ui.screens.ticket import TicketScreen
        from deskterm.ui.widgets.composer import Composer

        app = self._app
        if self._screen is not None or not app.is_running or app._exit:
            return
        screen = TicketScreen()
        screen.spare = Composer()
        app._load_screen_css(screen)
        app._register(app, screen)
        self._screen = screen
