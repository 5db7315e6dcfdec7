"""Opening the screens: first whether this is a terminal they can be drawn on, then as little as possible."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from deskterm.cli.crash import keep_log
from deskterm.cli.session import Session
from deskterm.domain.errors import DeskError, UsageError

if TYPE_CHECKING:
    from deskterm.config import Config
    from deskterm.desk import Desk
    from deskterm.storage.first_page import FirstPage
    from deskterm.store.store import Store
    from deskterm.ui.app import DeskApp

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.001
"""How long a thread that reads or counts keeps the screen's from painting when both have work; Python's own
five milliseconds are a third of a frame, at each of the ten turns that a dialog takes."""
AHEAD_SECONDS = 0.5
"""After the desk is open, when what the next keys need is made ready."""
SOON_SECONDS, LATEST_SECONDS = 2.0, 8.0
"""When the rest of the program begins: once nobody types, and before the first mail may have to leave."""

UNUSABLE = ("dumb", "unknown")


def open_desk(session: Session) -> int:
    """Open the screens of the configured desk."""
    require_terminal(os.environ)
    return run_screens(session.config)


def require_terminal(environ: Mapping[str, str]) -> None:
    """Raise UsageError where no screen can be drawn, or a forced command is asked for something else."""
    if environ.get("SSH_ORIGINAL_COMMAND"):
        raise UsageError("this account opens the desk and nothing else", hint="connect without a command")
    for stream, name in ((sys.stdin, "stdin"), (sys.stdout, "stdout")):
        if not stream.isatty():
            raise UsageError(
                f"the screens need a terminal, and {name} is none",
                hint="for scripts: deskterm list, show, new … (deskterm --help)",
            )
    if environ.get("TERM") in UNUSABLE:
        raise UsageError(
            f"a terminal of type {environ['TERM']} cannot show screens",
            field="TERM",
            hint="set TERM to what the terminal is, such as xterm-256color",
        )


def _fetch_mail(desk: Desk) -> None:
    """Fetch mail beside the screens; a wrong setting is for whoever set it, not for every agent's screen."""
    try:
        desk.start_fetching()
    except UsageError as error:
        log.warning("no mail is fetched: %s", error)


def _ahead(app: DeskApp) -> None:
    """Once the screens are there, make ready what the next keys need, in a thread of its own."""

    def begin() -> None:
        from deskterm.ui.ahead import make_ready

        make_ready(app, time.monotonic() + LATEST_SECONDS)

    _later(AHEAD_SECONDS, begin)


def _soon(desk: Desk, rests: Callable[[], bool]) -> None:
    """Once the screens are there, send mail and webhooks beside them."""
    began = time.monotonic()

    def begin() -> None:
        if not rests() and time.monotonic() - began < LATEST_SECONDS:
            _later(0.5, begin)
            return
        try:
            desk.start_sending()
        except DeskError as error:
            log.warning("no mail is sent: %s", error)

    _later(SOON_SECONDS, begin)


def _later(seconds: float, job: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, job)
    timer.daemon = True
    timer.start()


def run_screens(config: Config) -> int:
    """Run the application; the database is opened in a thread after the first paint. Raises DeskError."""
    # Nothing that is imported is garbage: looking for some takes a tenth of the way to the first page.
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    from deskterm.machine import os_user, share_memory, utc_now
    from deskterm.ui.app import DeskApp

    opened: list[Desk] = []

    def opener() -> Store:
        try:
            from deskterm.desk import Desk

            desk = Desk.open(config, via="tui")
            opened.append(desk)
            desk.start_scheduler(app.garbage.is_answering)
            _fetch_mail(desk)
            _ahead(app)
            _soon(desk, app.garbage.rests)
            return desk.store
        finally:
            gc.freeze()
            gc.enable()

    keep_log()
    # Before there is a second thread: afterwards each has a pool of its own.
    share_memory()
    app = DeskApp(
        opener,
        _first_page(config, config.agent or os_user()),
        clock=utc_now,
        zone=_first_zone(config),
        layout=config.layout,
        theme=config.theme,
        keys=config.keys,
        trusted=not (config.agent and "SSH_CONNECTION" in os.environ),
        login=os_user(),
        record=_record,
    )
    try:
        app.run()
    finally:
        for desk in opened:
            desk.close()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _record(error: Exception) -> None:
    """Write down the details of a fault that the screens live on with."""
    from deskterm.cli.crash import record

    record(error)


def _first_zone(config: Config) -> tzinfo:
    """Return the zone to paint the first page in: the store, when it is open, brings the whole one."""
    if config.timezone:
        return config.zone()
    from deskterm.machine import utc_now

    return utc_now().astimezone().tzinfo or UTC


def _first_page(config: Config, login: str) -> FirstPage | None:
    if "://" in config.db:
        return None
    from pathlib import Path

    from deskterm.storage.first_page import first_page

    return first_page(str(Path(config.db).expanduser()), login, sidebar=config.layout != "wide")
