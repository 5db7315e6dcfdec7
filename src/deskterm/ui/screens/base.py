"""What every screen shares: keys from the registry, live views read in threads, and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Counts, Notice
from deskterm.ui.barred import barred, why_barred
from deskterm.ui.keymap import Action
from deskterm.ui.screens.everywhere import Everywhere
from deskterm.ui.widgets.clock import minute_of
from deskterm.ui.widgets.footer import KeyFooter, Shape, StatusLine
from deskterm.ui.widgets.header import DeskHeader

T = TypeVar("T")
SMALLEST = (60, 16)
COUNTS_REST = timedelta(seconds=1)


class DeskScreen(Everywhere):
    """A full screen of the desk.

    A subclass names its SCOPES (keymap.SCREENS), yields its widgets from `body()`, reads its view in
    `load()` (called in a thread, blocking reads welcome) and paints it in `loaded(view)`. `reload()` asks
    for both, at most one at a time, and is called by itself when a commit `concerns` the screen. A key runs
    `do_<action>()`, which may be a coroutine and then may `await self.ask(dialog)`. `save_now()` keeps what
    is being typed.
    """

    AUTO_FOCUS = ""  # else a screen shown again would give the keys to a search line that is closed
    SCOPES: ClassVar[tuple[str, ...]] = ("everywhere",)
    TEXT_SCOPES: ClassVar[tuple[str, ...]] = ()
    TAB = ""
    """Which tab of the header is lit: inbox, board or metrics."""

    def __init__(self) -> None:
        super().__init__()
        self.header = DeskHeader(self.TAB)
        self.status_line = StatusLine()
        self.footer = KeyFooter()
        self.prefix = self.pressed = ""
        self.covered = False
        self.seq = 0
        self._asked: dict[str, object] = {}
        self._loading = self._again = False
        self._acting = 0
        self._held: list[events.Key] = []
        self._loaded_at = -1
        self._timer: asyncio.TimerHandle | None = None
        self._hurried = self._behind = False
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
        self.set_class(event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1], "-small")

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was shown."""
        self.prefix, self.covered = "", False
        self.update_footer()
        if self.desk.is_open and self._loaded_at != self.desk.heard_seq:
            self.store_opened()
        self.time_passed(self.desk.now())
        self.schedule()

    def on_screen_suspend(self) -> None:
        """Stop the clock; under a dialog none of the keys at the foot would work."""
        self.covered = True
        self.update_footer()
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
        """Count again, for the header and the sidebar."""
        self.read("counts", self.store.counts, self._counted, self._not_counted)

    def _counted(self, counts: Counts) -> None:
        self._counted_at = self.desk.now()
        if not self.desk.counts or counts.seq >= self.desk.counts.seq:
            self._show_counts(counts)
        self._catch_up()

    def _not_counted(self, error: DeskError) -> None:
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

    def tick(self) -> None:
        """Repaint what reads differently now, and wait for the next such moment."""
        now, counts = self.desk.now(), self.desk.counts
        self._behind = True
        if self.desk.is_open and counts and counts.next_change_at and counts.next_change_at <= now:
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

    # Keys.

    def scopes_here(self) -> tuple[str, ...]:
        """The scopes that hold now: others while text is being typed."""
        return self.TEXT_SCOPES if self.is_typing() else self.SCOPES

    def actions(self) -> tuple[Action, ...]:
        """What can be done here, now."""
        return self.desk.keymap.actions_for(self.scopes_here())

    def press(self, event: events.Key) -> bool:
        """Do what a key means here; False leaves it to whatever has the focus."""
        if self._acting:
            # Typed ahead: it belongs to the dialog or screen that is about to be shown.
            self._held.append(events.Key(event.key, event.character))
            return True
        self.pressed = event.key
        scopes = self.scopes_here()
        table = self.desk.keymap.table(scopes)
        if self.prefix:
            action = table.get(f"{self.prefix} {event.key}")
            self.prefix = ""
            self.update_footer()
        elif event.key in self.desk.keymap.prefixes(scopes):
            self.prefix = event.key
            self.update_footer()
            return True
        else:
            action = table.get(event.key)
            if action is None:
                return False
        if action is None:
            return True
        if not self.desk.is_open and (action.waits or self.desk.opening.keeps):
            self.desk.opening.keep(action, event)
        else:
            self.status_line.clear_error()
            self._perform_in_turn(action, event)
        return True

    def _perform_in_turn(self, action: Action, event: events.Key) -> None:
        """Carry out an action after the letters that were pressed before it: they may be on their way yet."""
        writing = self.focused
        if writing is None or not self.is_typing():
            self.perform(action)
            return

        def do() -> None:
            if self._acting:
                self._held.append(events.Key(event.key, event.character))
            else:
                self.perform(action)

        writing.call_later(do)

    def is_typing(self) -> bool:
        """Say whether letters go into a text."""
        return self.focused is not None and self.focused.check_consume_key("a", "a")

    def perform(self, action: Action) -> None:
        """Carry out an action. Until a coroutine has ended or asks something, further keys wait for it."""
        if action.name in self.barred():
            agent = self.store.actor.agent
            who = (agent.name, agent.role) if agent else ("This", "viewer")
            self.status(why_barred(action.name, action.title, *who), error=True, hint="ask an admin")
            return
        result = getattr(self, action.method)()
        if isawaitable(result):
            self._acting += 1
            # On the app: a screen that is left would wait for its own workers, and one of them is leaving it.
            self.app.run_worker(self._act(cast("Coroutine[Any, Any, None]", result)), name=action.name)

    async def _act(self, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        finally:
            # Held until then: keys that are on their way come after those that had to wait.
            self.app.call_next(self._acted)

    async def _acted(self) -> None:
        self._acting -= 1
        await self._give_keys()

    def release_keys(self) -> None:
        """Give the keys that had to wait to whatever is shown now."""
        self.app.call_next(self._give_keys)

    async def _give_keys(self) -> None:
        held, self._held = self._held, []
        for key in held:
            await self.app.on_event(key)

    def update_footer(self) -> None:
        """Show the keys that work right now."""
        if self.covered:
            self.footer.show(())
        else:
            self.footer.show(self.scopes_here(), self.prefix, self.footer_shape())

    def footer_shape(self) -> Shape:
        """Say what is special about the footer here, now."""
        return Shape(self.barred())

    def barred(self) -> frozenset[str]:
        """Name the actions that the agent's role does not include."""
        agent = self.store.actor.agent if self.desk.is_open else None
        return barred(agent.role) if agent is not None else frozenset()
