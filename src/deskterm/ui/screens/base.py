"""What every screen shares: live views read in threads, and time; its keys are in `pressing`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Counts, Notice
from deskterm.ui.screens.pressing import Pressing
from deskterm.ui.widgets.clock import minute_of
from deskterm.ui.widgets.footer import StatusLine
from deskterm.ui.widgets.header import DeskHeader

T = TypeVar("T")
SMALLEST = (60, 16)
COUNTS_REST = timedelta(seconds=1)


class DeskScreen(Pressing):
    """A full screen of the desk.

    A subclass names its SCOPES (keymap.SCREENS), yields its widgets from `body()`, reads its view in
    `load()` (called in a thread, blocking reads welcome) and paints it in `loaded(view)`. `reload()` asks
    for both, at most one at a time, and is called by itself when a commit `concerns` the screen. A key runs
    `do_<action>()`, which may be a coroutine and then may `await self.ask(dialog)`. `save_now()` keeps what
    is being typed.
    """

    AUTO_FOCUS = ""  # else a screen shown again would give the keys to a search line that is closed
    TAB = ""
    """Which tab of the header is lit: inbox, board or metrics."""

    def __init__(self) -> None:
        super().__init__()
        self.header = DeskHeader(self.TAB)
        self.status_line = StatusLine()
        self.seq = 0
        self._asked: dict[str, object] = {}
        self._loading = self._again = False
        self._loaded_at = -1
        self._timer: asyncio.TimerHandle | None = None
        self._hurried = self._behind = False
        self._counting = self._count_again = False
        self._counted_at: datetime | None = None

    # What a subclass fills in.

    def body(self) -> ComposeResult:
        """Yield the widgets between header and footer."""
        yield from ()

    def load(self) -> Any:
        """Read the view, in a thread."""
        return None

    def loaded(self, view: Any) -> None:
        """Paint the view."""

    def load_failed(self, error: DeskError) -> None:
        """Say that the view could not be read; what was shown stays."""
        self.status(error.message, error=True, hint=error.hint)

    def concerns(self, notice: Notice) -> bool:
        """Say whether a commit may change what is shown."""
        return True

    def counts_changed(self, counts: Counts) -> None:
        """Paint new counts."""

    def bells_changed(self, bells: Mapping[int, str]) -> None:
        """Mark the tickets on which a reminder of the agent waits or rang."""

    def next_change_at(self) -> datetime | None:
        """Say when something shown turns amber or red by time alone."""
        return None

    def came_back(self, number: int) -> None:
        """Take up where a ticket's screen over this one was left."""

    def time_passed(self, now: datetime) -> None:
        """Repaint the cells that show time: called on the minute and at `next_change_at`."""

    def save_now(self) -> None:
        """Keep what is being typed; called before the app ends."""

    # What it gets.

    def compose(self) -> ComposeResult:
        """Put header, body, status line and footer under each other."""
        yield self.header
        yield from self.body()
        yield self.status_line
        yield self.footer
        yield Static("deskterm needs 60 × 16 cells: please make the window larger.", id="room", markup=False)

    def on_mount(self) -> None:
        """Show what is known and ask for the rest."""
        if self.desk.counts:
            self._show_counts(self.desk.counts)
        self.update_footer()

    def on_resize(self, event: events.Resize) -> None:
        """Ask for room when there is too little."""
        cramped = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        self.cramp(cramped)
        self.set_class(cramped, "-small")

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was shown."""
        self.prefix, self.covered = "", False
        self.update_footer()
        now, counts = self.desk.now(), self.desk.counts
        if self.desk.is_open and self._loaded_at != self.desk.heard_seq:
            self.store_opened()
        elif self._are_due(counts, now):
            self.reload_counts()
        elif counts is not None and counts is not self.header.counts:
            # The screen that was shown counted, because time had passed: nothing was committed.
            self._show_counts(counts)
        self.header.tick()
        self.time_passed(now)
        self.schedule()

    def on_screen_suspend(self) -> None:
        """Stop the clock; under a dialog none of the keys at the foot would work."""
        self.covered = True
        self.update_footer()
        self._stop_timer()

    def on_unmount(self) -> None:
        """Stop the clock: when the desk is left, what is shown is closed without being covered."""
        self.covered = True
        self._stop_timer()

    def store_opened(self) -> None:
        """Read everything: the desk is open, or much may have changed."""
        if self.is_mounted:
            self.header.refresh()
            self.update_footer()
            self.reload_counts()
            self.reload()

    def do_desk_redraw(self) -> None:
        """Paint everything again, from what is read again."""
        super().do_desk_redraw()
        if self.desk.is_open:
            self.store_opened()

    # Live views.

    def read(
        self,
        group: str,
        job: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[DeskError], None] | None = None,
    ) -> None:
        """Run a blocking read in a thread; `then` gets the result unless `group` was asked again."""
        token = self._asked[group] = object()

        async def work() -> None:
            try:
                result = await asyncio.to_thread(job)
            except Exception as fault:
                error = fault if isinstance(fault, DeskError) else self.unforeseen(fault)
                if self._asked.get(group) is token and self.is_mounted:
                    (failed or self.load_failed)(error)
                return
            if self._asked.get(group) is token and self.is_mounted:
                then(result)

        self.run_worker(cast("Any", work), group=group, name=group)

    def paint_soon(self) -> None:
        """Paint what has changed as soon as every widget has said so, without waiting for the next frame."""
        self._hurried = True

    async def _on_idle(self, event: events.Idle) -> None:
        hurried, self._hurried = self._hurried, False
        if hurried and (self._dirty_widgets or self._layout_required):
            event.prevent_default()
            self._on_timer_update()
            return
        await super()._on_idle(event)

    def reload(self) -> None:
        """Read the view again; asked while one is being read, it is read once more afterwards."""
        if not self.desk.is_open:
            return
        if self._loading:
            self._again = True
            return
        self._loading, self._again, self._loaded_at = True, False, self.desk.heard_seq
        self.read("view", self.load, self._loaded, self._failed)

    def _loaded(self, view: Any) -> None:
        self._loading = False
        seq = getattr(view, "seq", self.seq)
        if seq >= self.seq:
            self.seq = seq
            self.loaded(view)
            self.schedule()
            self.paint_soon()
        if self._again:
            self.reload()

    def _failed(self, error: DeskError) -> None:
        self._loading = False
        self.load_failed(error)
        if self._again:
            self.reload()

    def notice(self, notice: Notice) -> None:
        """Take in a commit."""
        # What clocks change in the counts, the timer asks for at their own second.
        if not notice.clocks_only:
            self.reload_counts()
        if self.concerns(notice):
            self.reload()

    def outdate(self) -> None:
        """Read everything anew when shown again, though nothing was committed."""
        if self.covered:
            self._loaded_at = -1

    def reload_counts(self) -> None:
        """Count again, for the header and the sidebar; asked meanwhile, once more afterwards."""
        if self._counting:
            self._count_again = True
            return
        self._counting, self._count_again = True, False
        self.read("counts", self.store.counts, self._counted, self._not_counted)

    def _counted(self, counts: Counts) -> None:
        self._counting = False
        self._counted_at = self.desk.now()
        if not self.desk.counts or counts.seq >= self.desk.counts.seq:
            self._show_counts(counts)
        self._catch_up()
        if self._count_again:
            self.reload_counts()

    def _not_counted(self, error: DeskError) -> None:
        self._counting = False
        self._catch_up()
        self.load_failed(error)

    def _show_counts(self, counts: Counts) -> None:
        self.desk.counts = counts
        self.header.show(counts)
        self.counts_changed(counts)

    # Time.

    def schedule(self) -> None:
        """Set the one timer to the next moment at which a cell changes by time alone."""
        self._stop_timer()
        if self.covered:
            return
        now = self.desk.now()
        known = (minute_of(now), self.next_change_at(), self._next_count_at())
        at = min(each for each in known if each is not None and each > now)
        # Not a timer of Textual: the loop keeps the context of one, and with it a screen that was closed,
        # until the time at which it would have rung.
        self._timer = asyncio.get_running_loop().call_later(
            (at - now).total_seconds() + 0.005, self._ring, context=Context()
        )

    def _ring(self) -> None:
        self._timer = None
        self.desk.lull.wait(self._rung)

    def _rung(self) -> None:
        # One that was left meanwhile shows the time when it is shown again.
        if not self.covered:
            self.call_later(self.tick)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next_count_at(self) -> datetime | None:
        """Say when the counts change by time alone; where that is often, what changes in a second is one."""
        counts = self.desk.counts
        if counts is None or counts.next_change_at is None:
            return None
        rested = self._counted_at + COUNTS_REST if self._counted_at is not None else counts.next_change_at
        return max(counts.next_change_at, rested)

    def _are_due(self, counts: Counts | None, now: datetime) -> bool:
        """Say whether time alone has changed the counts since they were made."""
        at = counts.next_change_at if counts is not None else None
        return self.desk.is_open and at is not None and at <= now

    def tick(self) -> None:
        """Repaint what reads differently now, and wait for the next such moment."""
        self._behind = True
        if self._are_due(self.desk.counts, self.desk.now()):
            # What the counts change is painted with the rest: one frame instead of two.
            self.reload_counts()
            self.schedule()
        else:
            self._catch_up()

    def _catch_up(self) -> None:
        """Show what the time is."""
        if self._behind:
            self._behind = False
            self.header.tick()
            self.time_passed(self.desk.now())
            self.schedule()
