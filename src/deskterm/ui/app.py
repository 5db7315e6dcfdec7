"""The terminal application: puts store, theme, keys and screens together, and ends cleanly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter
from textual.message import Message

from deskterm.domain.lists import Counts, Notice
from deskterm.ui import hangup
from deskterm.ui.alarms import Alarms
from deskterm.ui.escape import attentive
from deskterm.ui.first import FirstPage
from deskterm.ui.garbage import Garbage
from deskterm.ui.keymap import Keymap
from deskterm.ui.lean import lean_driver
from deskterm.ui.lull import Lull, tell
from deskterm.ui.modes import MODES
from deskterm.ui.opening import Opening
from deskterm.ui.safe import Scrub
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.spare import Spare
from deskterm.ui.styles import STYLES
from deskterm.ui.textual_faults import put_right
from deskterm.ui.theme import ANSI, THEMES, wear

if TYPE_CHECKING:
    from deskterm.domain.commands import Command
    from deskterm.store.store import Store
    from deskterm.ui.timekeeper import Timekeeper

SCRUB = Scrub()
"""One for good: what a line looks like filtered is remembered by the filter it went through."""


class DeskApp(App[None]):
    """One agent's terminal on the desk. `opener` opens the store, in a thread, after the first paint."""

    TITLE = "deskterm"
    # The inbox's too, though only it needs them: read with the first screen, they would style it twice.
    CSS_PATH: ClassVar = [STYLES / "base.tcss", STYLES / "inbox.tcss"]
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = "inbox"
    MODES = MODES

    class Heard(Message):
        """A commit of some process, as the feed told it."""

        bubble = False

        def __init__(self, notice: Notice) -> None:
            super().__init__()
            self.notice = notice

    def __init__(
        self,
        opener: Callable[[], Store],
        first: FirstPage | None = None,
        *,
        clock: Callable[[], datetime],
        zone: tzinfo,
        layout: str = "default",
        theme: str = "",
        keys: Mapping[str, str | Sequence[str]] | None = None,
        trusted: bool = True,
        login: str = "",
        record: Callable[[Exception], object] | None = None,
    ) -> None:
        """Take what the composition root made; `trusted` is False where no shell may be reached.

        `login` is the operating system's user, who becomes the first agent of an empty desk. `record` writes
        down the details of a read that failed for no foreseen reason; without it such a fault ends the app.
        """
        put_right()
        super().__init__()
        self.record = record
        self.opener, self.first, self.clock, self.zone = opener, first, clock, zone
        self.layout_name, self.trusted, self.login = layout, trusted, login
        self.keymap = Keymap(keys)
        self.counts: Counts | None = first.counts if first else None
        self.failure: Exception | None = None
        self.last_command: Command | None = None
        self.heard_seq = 0
        self.alarms = Alarms(self)
        self._store: Store | None = None
        self.opening, self.garbage = Opening(self), Garbage()
        self.lull, self.spare = Lull(self.garbage.is_answering), Spare(self)
        self.timekeeper: Timekeeper | None = None
        self._silence: Callable[[], None] = lambda: None
        for each in THEMES:
            self.register_theme(each)
        wear(self, theme)

    @property
    def store(self) -> Store:
        """The store; raises RuntimeError until it is open (see `is_open`)."""
        if self._store is None:
            raise RuntimeError("the desk is not open yet")
        return self._store

    @property
    def is_open(self) -> bool:
        """Say whether the store is there."""
        return self._store is not None

    def now(self) -> datetime:
        """UTC now, from the injected clock."""
        return self.clock()

    def get_driver_class(self) -> type[Driver]:
        """Answer Esc sooner and write fewer bytes than the driver of this platform would."""
        return lean_driver(attentive(super().get_driver_class()))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Put the scrub before every other filter."""
        return [SCRUB, *super().get_line_filters()]

    def on_mount(self) -> None:
        """Open the desk after the first paint; listen for the line dropping."""
        # After `fg` only a few rows would be painted again.
        self.app_resume_signal.subscribe(self, lambda _: self.call_later(self.refresh, layout=True))
        if not self.is_headless:
            if self.console.color_system == "standard":
                self.theme = ANSI
            loop = asyncio.get_running_loop()
            for name in ("SIGHUP", "SIGTERM"):
                if hasattr(signal, name):
                    loop.add_signal_handler(getattr(signal, name), self.leave)
            self.garbage.watch()
            hangup.watch(lambda: loop.call_soon_threadsafe(self.leave))
        self.opening.soon()

    def opened(self, store: Store) -> None:
        """Show what the store has, and hear of every commit."""
        self._store, self.zone = store, store.zone
        self._silence = store.subscribe(self._heard)
        self.alarms.listen()
        self.alarms.look()
        self.alarms.tell_of_quarantine()
        for screen in self.desk_screens():
            screen.store_opened()

    def _heard(self, notice: Notice) -> None:
        self.post_message(self.Heard(notice))

    def desk_screens(self) -> list[DeskScreen]:
        """Every screen that is alive, in whatever mode."""
        return [
            screen
            for stack in self._screen_stacks.values()
            for screen in stack
            if isinstance(screen, DeskScreen)
        ]

    def on_desk_app_heard(self, message: Heard) -> None:
        """Tell what can be seen; the rest asks for itself when it is shown again."""
        self.heard_seq = max(self.heard_seq, message.notice.seq)
        self.alarms.heard(message.notice)
        if any(topic.startswith("workplace:") for topic in message.notice.topics):
            # What was read changes rows and figures without an event.
            for each in self.desk_screens():
                each.outdate()
        tell(self, message.notice)

    async def on_event(self, event: events.Event) -> None:
        """Give keys to the screen first: one table look-up instead of a walk through all widgets."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.garbage.key_pressed()
            screen = self.screen
            if isinstance(screen, DeskScreen) and screen.press(event):
                return
        await super().on_event(event)

    def _fatal_error(self) -> None:
        """Keep what is being written and end; whoever started the app says what happened, in one line."""
        self.failure = self._exception
        for screen in self.desk_screens():
            screen.save_now()
        self._close_messages_no_wait()

    def leave(self) -> None:
        """Save what is being written and end."""
        for screen in self.desk_screens():
            screen.save_now()
        self._silence()
        self.exit()

    async def action_quit(self) -> None:
        """Leave, also from Textual's own binding."""
        self.leave()
