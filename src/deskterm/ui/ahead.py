"""Made ready while nobody types: what the most usual keys open costs the first time what it costs later."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.ui.styles import STYLES

if TYPE_CHECKING:
    from textual.widget import Widget

    from deskterm.ui.app import DeskApp

MODULES = (
    *("ui.screens.ticket", "ui.widgets.composer", "store.files", "ui.dialogs.choose", "ui.dialogs.prompt"),
    *("ui.dialogs.confirm", "ui.dialogs.priority", "ui.screens.board"),
)
SHEETS = ("ticket.tcss", "dialogs.tcss")
WAIT_SECONDS = 0.05


def make_ready(app: DeskApp, latest: float) -> None:
    """Import modules and read style sheets, one between two keys; `latest` is when to wait for no key any
    more. In a thread of its own."""
    for name in MODULES:
        _give_way(app, latest)
        import_module(f"deskterm.{name}")
    # It raises when the screens are gone by then.
    with suppress(RuntimeError):
        for sheet in SHEETS:
            _give_way(app, latest)
            app.call_from_thread(_read, app, STYLES / sheet)
        _give_way(app, latest)
        app.call_from_thread(_read_own, app)
        _give_way(app, latest)
        app.call_from_thread(app.spare.make)


def _give_way(app: DeskApp, latest: float) -> None:
    rest = threading.Event()
    while app.garbage.is_answering() and time.monotonic() < latest:
        rest.wait(WAIT_SECONDS)


def _read(app: DeskApp, sheet: Path) -> None:
    """Read a style sheet that a screen would bring: then all others would be read again with it."""
    if not app.stylesheet.has_source(str(sheet), ""):
        app.stylesheet.read(sheet)
        app.stylesheet.parse()


def _read_own(app: DeskApp) -> None:
    """Read the styles that widgets bring themselves."""
    for widget in _widgets():
        for where, css, order, scope in widget._get_default_css():
            app.stylesheet.add_source(css, where, is_default_css=True, tie_breaker=order, scope=scope)
    app.stylesheet.parse()


def _widgets() -> Iterator[Widget]:
    from deskterm.ui.screens.ticket import TicketScreen
    from deskterm.ui.widgets.composer import Composer
    from deskterm.ui.widgets.line_input import LineInput

    ticket, composer = TicketScreen(), Composer()
    yield from (ticket, ticket.head, ticket.conversation, ticket.side)
    yield from (composer, composer.area, composer.rule, composer.whom, composer.extras, composer.offer)
    yield LineInput()
