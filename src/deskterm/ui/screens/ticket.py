"""The ticket screen: the conversation, its details beside it, and where to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from deskterm.domain.errors import DeskError, NotFound
from deskterm.domain.lists import Listing, Notice, Row
from deskterm.domain.misses import with_missed
from deskterm.domain.outgoing import counts_down
from deskterm.domain.views import SIDE, TicketView
from deskterm.ui.keymap import SCREENS
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.enclosures import Enclosures
from deskterm.ui.screens.neighbours import Neighbours
from deskterm.ui.screens.splitting import SplitAction
from deskterm.ui.screens.targets import Source
from deskterm.ui.screens.timing import Timing
from deskterm.ui.screens.whose import Whose
from deskterm.ui.screens.writing import Writing
from deskterm.ui.styles import STYLES
from deskterm.ui.widgets.conversation import Conversation
from deskterm.ui.widgets.footer import Shape
from deskterm.ui.widgets.step_lines import next_due
from deskterm.ui.widgets.ticket_head import TicketHead
from deskterm.ui.widgets.ticket_side import TicketSide

if TYPE_CHECKING:
    from deskterm.domain.macros import Filled
    from deskterm.domain.sla import Clock

SIDE_FROM = 100
"""Cells of width from which the details stand beside the conversation."""
ROOMY_FROM = 30
"""Lines of height from which empty lines are afforded."""
PATIENCE_SECONDS = 0.15
"""How long the screen before stays when the ticket is not read yet; then its frame is shown without it."""
PAGE = 60
"""Messages loaded at first: a thread of a thousand opens as fast as one of ten."""
MORE = 400
"""Messages loaded each time the beginning of what there is comes near."""


class TicketScreen(Neighbours, Timing, Writing, Enclosures, Whose, SplitAction):
    """One ticket, from when it is begun: a spare one is on no screen yet, and of no ticket."""

    CSS_PATH = STYLES / "ticket.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["ticket"]
    TEXT_SCOPES: ClassVar[tuple[str, ...]] = SCREENS["composer"]
    TAB = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self.number = self.opened_on = 0
        self.source: Source | None = None
        self.why = ""
        self.view: TicketView | None = None
        self.wanted = PAGE
        self.judged: tuple[int, int, tuple[Clock, ...]] | None = None
        self.renamed = False
        self.waiting, self.beginning = True, False
        self._known: TicketView | None = None
        self.there = asyncio.Event()
        self.head = TicketHead()
        self.conversation = Conversation()
        self.side = TicketSide()

    def begin(
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
        """Show a ticket. Once; the screen is shown at the same moment.

        `view` is a list to walk through, `source` a live one; `compose` opens the composer. `why` is said
        once the ticket is there: why it is the one to work on. What is `known` of it is not read again.
        """
        self.number = self.opened_on = number
        self.walk, self.source, self.why = tuple(view), source, why
        self.wanted_composer, self.wanted_macro, self._known = compose, macro, known
        self.head.begin(number, source.title if source else "")
        if self.is_mounted:
            if self.desk.counts:
                self._show_counts(self.desk.counts)
            self._ask_first()

    # Loading.

    def body(self) -> ComposeResult:
        """The head and the conversation, and the details beside them."""
        with Horizontal(id="ticket"):
            with Vertical(id="main"):
                yield self.head
                yield self.conversation
                if self.spare is not None:
                    yield self.spare
            yield self.side

    def on_mount(self) -> None:
        """Ask for the ticket. Textual calls this beside the one of the base, as all its `on_` methods."""
        self._fit(self.app.size.width, self.app.size.height)
        if self.number:
            self._ask_first()
        else:
            self.call_after_refresh(self._lay_out_ahead)

    def _lay_out_ahead(self) -> None:
        """Give everything its place before there is a ticket: what is opened later finds it there."""
        if not self.number:
            self._refresh_layout(self.app.size)

    def _ask_first(self) -> None:
        self.set_timer(PATIENCE_SECONDS, self._show_frame)
        if self.wanted_composer:
            self.hold_until_there()
        self.reload()

    def _compositor_refresh(self) -> None:
        """Paint nothing until all that was asked for is there: one whole frame instead of four in parts."""
        if self.waiting and self.view is not None and self.conversation.entries and not self.beginning:
            self.waiting = False
            self.refresh()
        if not self.waiting:
            super()._compositor_refresh()

    def _show_frame(self) -> None:
        """The ticket takes its time: show where it is going to be."""
        if self.waiting:
            self.waiting = False
            self.refresh(layout=True)

    def on_resize(self, event: events.Resize) -> None:
        """Put the details beside the conversation or behind Tab."""
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        self.set_class(width < SIDE_FROM, "-narrow")
        self.set_class(height < ROOMY_FROM, "-low")
        self.update_footer()

    def footer_shape(self) -> Shape:
        """Where the details are behind Tab, it says so."""
        shape = super().footer_shape()
        return shape._replace(vital="reading.panes") if self.has_class("-narrow") else shape

    def load(self) -> TicketView:
        """Read the ticket, and lay its messages out: of a long conversation that takes a while."""
        known, self.renamed = None if self.renamed else self.view or self._known, False
        view = self.store.conversation(self.number, self.wanted, known)
        self.read_timer_policy()
        if not view.judged and self.judged is not None and self.judged[0] == view.ticket.number:
            view = replace(view, clocks=with_missed(view.clocks, self.judged[2]))
        self.prepare(view)
        return view

    def loaded(self, view: TicketView) -> None:
        """Paint the ticket, unless another one was asked for meanwhile."""
        if view.ticket.number != self.number:
            return
        if not view.judged and self.judged is not None and self.judged[0] == self.number:
            # They were judged while this was read.
            view = replace(view, clocks=with_missed(view.clocks, self.judged[2]))
        first = self.view is None or self.view.ticket.number != self.number
        self.view = view
        self.head.show(view)
        self.conversation.show(view)
        self.side.show(view)
        self.update_footer()
        self.messages_came()
        if first:
            self.title = f"#{self.number}"
            why, self.why = self.why, ""
            if self.wanted_composer:
                kind, self.wanted_composer = self.wanted_composer, ""
                macro, self.wanted_macro = self.wanted_macro, None
                self.beginning = self.open_composer(kind, macro)
            elif why:
                skip = self.desk.keymap.key_of("desk.next")
                self.status(why, hint=f"{skip} next")
            elif view.drafts:
                kind = view.drafts[0].kind.partition(":")[0]
                key = self.desk.keymap.key_of(f"ticket.{kind}")
                words = f"Your {kind.replace(SIDE, 'side conversation')} is not sent yet"
                self.status(words, hint=f"{key} go on writing")
        self.there.set()
        self.begin_timer()
        if not self.beginning:
            self.begun(view)

    def begun(self, view: TicketView) -> None:
        """The place in the list can wait until the ticket is on the screen."""
        self.call_after_refresh(self._look_around, view)

    def _look_around(self, view: TicketView) -> None:
        """Read where the ticket is in its list, and remember that it was read."""
        source, number = self.source, view.ticket.number
        self.desk.alarms.opened(number)
        if source is not None:
            self.read(
                "around",
                lambda: self.store.listing(source.query, sort=source.sort, at=number, before=1, limit=3),
                self._looked_around,
                lambda error: None,
            )
        else:
            self._looked_around(None)
        if not view.judged and (self.judged is None or self.judged[:2] != (number, view.ticket.version)):
            self.read(
                "judged",
                lambda: (number, *self.store.judged_clocks(number)),
                self._clocks_judged,
                lambda error: None,
            )
        if view.read_messages != view.ticket.messages or view.row.unread:
            self.read("read", lambda: self.store.mark_read(number), lambda _: None, lambda _: None)

    def _clocks_judged(self, judged: tuple[int, int, tuple[Clock, ...]]) -> None:
        """Show the replies that came too late, which a long conversation is opened without."""
        self.judged = judged
        if self.view is not None and self.view.ticket.number == judged[0]:
            self.view = replace(self.view, clocks=with_missed(self.view.clocks, judged[2]))
            self.side.show(self.view)

    def _looked_around(self, around: Listing | None) -> None:
        self.around = around
        self._remember_neighbours()
        self.head.say(self._position())

    def load_failed(self, error: DeskError) -> None:
        """A ticket that is not there leaves nothing to show, and no ticket for what was typed ahead."""
        self.drop_held()
        self.there.set()
        if isinstance(error, NotFound) and self.view is None:
            self.app.notify(error.message, severity="error", markup=False)
            self.dismiss()
        else:
            super().load_failed(error)

    def notice(self, notice: Notice) -> None:
        """Take in a commit; what changes people's names changes who said what."""
        self.renamed = self.renamed or "desk" in notice.topics
        super().notice(notice)

    def concerns(self, notice: Notice) -> bool:
        """This ticket changed, or its place in the list may have."""
        if f"ticket:{self.number}" in notice.topics:
            return True
        moves = self.source is not None and not notice.clocks_only
        return moves and any(topic.startswith("ticket:") for topic in notice.topics)

    def next_change_at(self) -> datetime | None:
        """A clock or a step turns amber or red; while a mail can be taken back, every second counts."""
        now = self.desk.now()
        times = [at for at in next_due(self.view) if at > now] if self.view is not None else []
        if self.view is not None and counts_down(self.view.messages, now):
            times.append(now + timedelta(seconds=1))
        return min(times, default=None)

    def time_passed(self, now: datetime) -> None:
        """Repaint what tells the time."""
        if self.view is not None:
            self.say_timer()
            self.head.refresh()
            self.conversation.refresh()
            self.side.rebuild()

    # What is meant.

    def targets(self) -> tuple[int, ...]:
        """This ticket."""
        return (self.number,)

    def target_row(self) -> Row | None:
        """This ticket's row."""
        return self.view.row if self.view else None

    async def ticket_in_hand(self) -> TicketView | None:
        """This ticket as it is shown: what was seen is what is expected."""
        return self.view or await super().ticket_in_hand()

    async def open_handed(self, number: int, why: str) -> None:
        """Show what work next handed out in place of this ticket."""
        if await self.close_composer():
            self.why = why
            if number == self.number and self.view is not None:
                self.view = None
            self.show_ticket(number)

    def show_ticket(self, number: int) -> None:
        """Show another ticket on this screen."""
        self.number, self.wanted, self.key = number, PAGE, None
        self.there.clear()
        self.status("")
        self.reload()

    # Reading.

    @property
    def reading_pane(self) -> Conversation | TicketSide:
        """What the reading keys scroll."""
        return self.side if self.has_class("-details") and self.has_class("-narrow") else self.conversation

    def on_conversation_earlier_wanted(self) -> None:
        """Load more of a long conversation."""
        if self.wanted:
            self.wanted += MORE
            self.reload()

    def do_reading_top(self) -> None:
        """Go to the beginning; of a long conversation it is read first."""
        if self.reading_pane is not self.conversation or self.conversation.to_first():
            super().do_reading_top()
        elif self.wanted:
            self.wanted = 0
            self.reload()

    def do_reading_panes(self) -> None:
        """Go between conversation and details; where both are shown, to the draft or back."""
        if self.has_class("-narrow"):
            self.toggle_class("-details")
        elif self.composer is not None:
            self.set_focus(self.composer.area)
        else:
            self.toggle_class("-alone")

    # Around.

    def do_reading_history(self) -> None:
        """Show the audit trail."""
        from deskterm.ui.screens.history import HistoryScreen

        self.app.push_screen(HistoryScreen(self.number))

    def do_reading_copy(self) -> None:
        """Copy the number."""
        self.app.copy_to_clipboard(f"#{self.number}")
        self.status(f"Copied #{self.number}")

    def do_desk_back(self) -> None:
        """Go back to where this was opened; a draft is kept."""

        async def leave() -> None:
            if await self.close_composer():
                self._hand_back()
                super(TicketScreen, self).do_desk_back()

        self.run_worker(leave(), name="back")

    async def go(self, mode: str) -> None:
        """Go to a tab; the list this was opened from knows where it was left."""
        self._hand_back()
        await super().go(mode)

    def _hand_back(self) -> None:
        """Tell the screen under this one which ticket was walked to."""
        below = self.app.screen_stack[-2] if len(self.app.screen_stack) > 1 else None
        if self.number != self.opened_on and isinstance(below, DeskScreen):
            below.came_back(self.number)
