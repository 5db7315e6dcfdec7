"""Triage: new tickets one by one, with what they may be duplicates of, and one key for each way to go on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from deskterm.domain.errors import DeskError, NotFound
from deskterm.domain.kinds import State
from deskterm.domain.lists import Listing, Notice, Row
from deskterm.domain.views import NO_MORE
from deskterm.ui.keymap import NEED_A_TICKET, SCREENS
from deskterm.ui.late import Late
from deskterm.ui.screens.base import DeskScreen
from deskterm.ui.screens.splitting import SplitAction
from deskterm.ui.screens.targets import Source
from deskterm.ui.screens.ticket_actions import TicketActions
from deskterm.ui.styles import STYLES
from deskterm.ui.theme import palette
from deskterm.ui.widgets.clock import next_change
from deskterm.ui.widgets.footer import Shape
from deskterm.ui.widgets.line_view import LineView
from deskterm.ui.widgets.message_lines import Setting
from deskterm.ui.widgets.triage_card import TriageCard, card_lines, words_for
from deskterm.ui.widgets.triage_head import TriageHead, TriageTitle
from deskterm.ui.widgets.triage_list import TriageList

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import details
else:
    c, details = map(Late, ("deskterm.domain.commands", "deskterm.domain.details"))

QUERY = "is:new"
MOST = 300
"""New tickets that are listed at once; the head counts all of them."""
MESSAGES = 30
LIST_FROM, ROOMY_FROM = 100, 30
"""Columns from which the list stands beside the ticket, and lines from which empty ones are afforded."""


ELSEWHERE = frozenset(f"ticket.{name}" for name in ("reply", "note", "assign", "state", "solve", "snooze"))
"""What works here as it does everywhere, and is not what one comes here for."""

SPAM_ORDER = 3
"""Spam is one of the ways to go on from here: it stands among them at the foot, and only here."""


class Loaded(NamedTuple):
    """The new tickets, and which share of all active tickets is P1 when that is too much."""

    listing: Listing
    p1_share: float | None
    seq: int


class TriageScreen(TicketActions, SplitAction, DeskScreen):
    """Where new tickets are looked at before anybody works on them."""

    CSS_PATH = STYLES / "triage.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["triage"]
    TITLE = "Triage"
    TAB = "triage"

    def __init__(self) -> None:
        super().__init__()
        self.title_line, self.list, self.pane = TriageTitle(), TriageList(), LineView(id="triage-card")
        self.rows: tuple[Row, ...] = ()
        self.total = 0
        self.cursor = 0
        self.selected: set[int] = set()
        self.p1_share: float | None = None
        self.card: TriageCard | None = None
        self.words: tuple[str, ...] = ("Reading what is new …",)
        self.is_read = False

    def body(self) -> ComposeResult:
        """The list beside the ticket under a line about both."""
        yield self.title_line
        with Horizontal(id="triage"):
            yield self.list
            with Vertical(id="triage-pane"):
                yield self.pane

    def on_mount(self) -> None:
        """Say that it is being read."""
        self._fit()
        self.reload()
        self.call_after_refresh(self.paint)

    def on_resize(self, event: events.Resize) -> None:
        """Put the list beside the ticket where there is room."""
        self._fit()
        self.call_after_refresh(self.paint)

    def _fit(self) -> None:
        self.set_class(self.app.size.width < LIST_FROM, "-narrow")

    # Live views.

    def load(self) -> Loaded:
        """Read the new tickets, those that are due first."""
        listing = self.store.listing(QUERY, limit=MOST)
        p1, active = self.store.urgent()
        share = p1 / max(1, active)
        return Loaded(listing, share if share > self.store.policy.p1_share else None, listing.seq)

    def loaded(self, view: Loaded) -> None:
        """Show them, the cursor on its ticket; one that has left gives its place to the next."""
        here = self.row
        self.is_read = True
        self.rows, self.total, self.p1_share = view.listing.rows, view.listing.total, view.p1_share
        numbers = [row.number for row in self.rows]
        self.selected &= set(numbers)
        if here is not None and here.number in numbers:
            self.cursor = numbers.index(here.number)
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        self.words = self._words_for_nothing()
        self._show_card()

    def load_failed(self, error: DeskError) -> None:
        """Say what went wrong, in place of a ticket when there is none."""
        super().load_failed(error)
        if self.card is None:
            self.words = tuple(filter(None, (error.message, error.hint, "ctrl+l tries again")))
            self.paint()

    def _words_for_nothing(self) -> tuple[str, ...]:
        if self.rows:
            return ("Reading the ticket …",)
        new, inbox = (self.desk.keymap.key_of(name) for name in ("desk.new", "go.inbox"))
        return ("Nothing is new: well done.", f"{inbox} goes to the inbox, {new} opens a ticket.")

    def _show_card(self) -> None:
        """Read the ticket under the cursor, with what it looks like."""
        row = self.row
        if row is None or self.card is None or self.card.view.ticket.number != row.number:
            self.card = None
        self.paint()
        if row is not None:
            self.read("preview", lambda: self._read_card(row.number), self._took_card, self._gone)

    def _read_card(self, number: int) -> TriageCard:
        view = self.store.ticket(number, messages=MESSAGES)
        return TriageCard(view, self.store.duplicates(number), self.store.policy)

    def _took_card(self, card: TriageCard) -> None:
        row = self.row
        if row is None or card.view.ticket.number != row.number:
            return
        again = self._shown == row.number
        self.card, self._shown = card, row.number
        self.paint()
        if not again:
            self.pane.to_line(0)

    _shown = 0

    def _gone(self, error: DeskError) -> None:
        if isinstance(error, NotFound):
            self.reload()
        else:
            self.load_failed(error)

    def concerns(self, notice: Notice) -> bool:
        """Tickets came, went or changed."""
        return any(topic.startswith(("ticket:", "queue:", "desk")) for topic in notice.topics)

    def next_change_at(self) -> datetime | None:
        """A clock in the list turns amber or red."""
        return next_change(list(self.rows), self.desk.now())

    def time_passed(self, now: datetime) -> None:
        """Repaint what tells the time."""
        if self.is_mounted:
            self.paint()

    def footer_shape(self) -> Shape:
        """The ways to go on have the foot to themselves."""
        shape = super().footer_shape()
        return shape._replace(hidden=shape.hidden | ELSEWHERE, orders=(("ticket.spam", SPAM_ORDER),))

    # Painting.

    def paint(self) -> None:
        """Show head, list and ticket as they are now."""
        if not self.is_mounted or not self.size.width:
            return
        now = self.desk.now()
        place = self.cursor + 1 if self.rows else 0
        self.title_line.show(TriageHead(self.total, place, len(self.selected), self.p1_share, self.is_read))
        self.list.show(self.rows, self.cursor, frozenset(self.selected), now)
        home = self.row.number if self.row else 0
        setting = Setting(max(20, self.pane.text_width - 2), palette(self.app), now, self.desk.zone, home)
        roomy = self.app.size.height >= ROOMY_FROM
        lines = card_lines(self.card, setting, roomy=roomy) if self.card else words_for(self.words, setting)
        self.offer_what_works()
        self.pane.show_lines(lines)

    # What is meant.

    @property
    def row(self) -> Row | None:
        """The ticket under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def targets(self) -> tuple[int, ...]:
        """The selection, or the ticket under the cursor."""
        return tuple(sorted(self.selected)) or ((self.row.number,) if self.row else ())

    def pointless(self) -> frozenset[str]:
        """Where nothing is new, there is nothing to go on with."""
        return frozenset() if self.targets() else NEED_A_TICKET

    def target_row(self) -> Row | None:
        """The ticket under the cursor."""
        return self.row

    def list_source(self) -> Source:
        """What is listed here, for the ticket's screen to walk through."""
        return Source(QUERY, "breach", "Triage")

    # Moving.

    def move_to(self, place: int) -> None:
        """Put the cursor on a row and show its ticket."""
        place = max(0, min(place, len(self.rows) - 1))
        if place != self.cursor:
            self.cursor = place
            self._show_card()

    async def do_triage_next(self) -> None:
        """Open the next best ticket."""
        await self.do_desk_next()

    def do_triage_down(self) -> None:
        """Go to the next ticket."""
        self.move_to(self.cursor + 1)

    def do_triage_up(self) -> None:
        """Go to the ticket before."""
        self.move_to(self.cursor - 1)

    def do_triage_top(self) -> None:
        """Go to the first ticket."""
        self.move_to(0)

    def do_triage_bottom(self) -> None:
        """Go to the last ticket."""
        self.move_to(len(self.rows) - 1)

    def do_triage_page_down(self) -> None:
        """Scroll the ticket down."""
        self.pane.by_pages(0.5)

    def do_triage_page_up(self) -> None:
        """Scroll the ticket up."""
        self.pane.by_pages(-0.5)

    def do_triage_select(self) -> None:
        """Select the ticket, or take it out again, and go on to the next."""
        if self.row:
            self.selected ^= {self.row.number}
            self.paint()
            self.do_triage_down()

    def do_triage_all(self) -> None:
        """Select all that are listed."""
        self.selected = {row.number for row in self.rows}
        self.paint()
        if self.total > len(self.rows):
            self.status(
                f"These are the first {len(self.rows):,} of {self.total:,}",
                hint=f"{self.desk.keymap.key_of('go.inbox')} lists all: is:new",
            )

    def do_triage_clear(self) -> None:
        """Select nothing."""
        self.selected = set()
        self.paint()

    # Ways to go on.

    def do_triage_open(self) -> None:
        """Open the ticket."""
        if self.row:
            self.open_ticket(self.row.number)

    async def do_triage_accept(self) -> None:
        """Take it as it was proposed: it is the desk's turn, in its queue."""
        numbers, view = await self.meant()
        if numbers and await self.sure("Accept", numbers):
            self.send(c.ChangeState(numbers, State.OPEN, "accepted in triage"), view, "state")

    async def do_triage_duplicate(self) -> None:
        """Merge with what it is a duplicate of, or the selected ones into one."""
        await self.do_ticket_merge()

    async def do_triage_split(self) -> None:
        """Split off what is another matter."""
        await self.do_ticket_split()

    async def do_triage_ask(self) -> None:
        """Begin a reply that asks for what is missing; a reply that was begun before is gone on with."""
        numbers, view = await self.meant()
        if not numbers:
            return
        if view is None:
            self.status("Details are asked on one ticket: take the others out of the selection", error=True)
            return
        number, me = view.ticket.number, self.store.actor.name
        if not any(draft.kind == "reply" for draft in view.drafts):
            said = " ".join(message.text for message in view.messages if message.from_customer)
            text = details.request(view.requester, details.missing(view.ticket, said), me)
            version, nothing = view.ticket.version, ("", NO_MORE)
            save = self.store.save_draft
            # One that was begun in another window meanwhile stays.
            await self.read_in_thread(save, number, "reply", text, version, NO_MORE, (nothing,))
        self.open_ticket(number, compose="reply")
