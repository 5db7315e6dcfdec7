"""The inbox: views with live counts, the list of tickets, and a preview of the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Counts, Listing, Notice, Row, ViewCount
from deskterm.ui.keymap import NEED_A_TICKET, SCREENS
from deskterm.ui.screens.first_view import FirstView
from deskterm.ui.screens.list_keys import ListKeys
from deskterm.ui.screens.previewing import Previewing
from deskterm.ui.screens.searching import QUICK, TYPED_SORT, Searching
from deskterm.ui.screens.targets import Source
from deskterm.ui.screens.ticket_actions import TicketActions
from deskterm.ui.styles import STYLES
from deskterm.ui.widgets.list_head import Head, ListHead
from deskterm.ui.widgets.preview import Preview
from deskterm.ui.widgets.sidebar import Sidebar, count_text
from deskterm.ui.widgets.ticket_list import TicketList

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MOST_CHOSEN = 200_000
"""Numbers of a list asked for to see which selected tickets have left it."""

VIEWS_FROM, PREVIEW_FROM = 88, 30
"""Columns from which the views are beside the list, and lines from which the preview is under it."""


class Loaded(NamedTuple):
    """A listing, and what it was asked for."""

    query: str
    sort: str
    asked: int
    listing: Listing
    seq: int
    at: int | None
    chosen: frozenset[int] | None = None
    """Which of the selected tickets are still in the list; None when nothing was selected."""


class InboxScreen(Previewing, TicketActions, ListKeys, Searching, FirstView):
    """Where the day is spent. `shown` is the view of the sidebar that is listed, None for a search."""

    CSS_PATH = STYLES / "inbox.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["inbox"]
    TEXT_SCOPES: ClassVar[tuple[str, ...]] = SCREENS["search"]
    TITLE = "Inbox"
    TAB = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self.sidebar, self.head, self.list, self.preview = Sidebar(), ListHead(), TicketList(), Preview()
        self.shown: ViewCount | None = None
        self.list_title = ""
        self.wide = False

    def body(self) -> ComposeResult:
        """Views to the left, the list over the preview."""
        self.wide = self.desk.layout_name == "wide"
        # Known before there are children: a class that comes later styles them all again.
        self._fit_panes(update=False)
        with Horizontal(id="desk"):
            yield self.sidebar
            with Vertical(id="column"):
                yield self.head
                yield self.list
                yield self.preview

    def on_mount(self) -> None:
        """Paint the first page that was read before the desk was open."""
        self.list.moved, self.list.opened = self.cursor_moved, self.do_list_open
        self.sidebar.chosen = self.show_view
        self.arrange_panes()
        first = self.desk.first
        if first is not None:
            self.list.query_text, self.list.sort = first.listing.query, first.listing.sort
            self.list.begin(first.listing)
        super().on_mount()
        self.list.focus()
        self.say_head()

    def on_resize(self, event: events.Resize) -> None:
        """Show the panes that fit."""
        super().on_resize(event)
        self.arrange_panes()

    def arrange_panes(self) -> None:
        """Show views and preview where there is room and they are wanted."""
        self._fit_panes(update=True)
        self.call_after_refresh(self.say_head)
        self.cursor_moved()

    def _fit_panes(self, *, update: bool) -> None:
        size = self.app.size
        self.set_class(self.wide or size.width < VIEWS_FROM, "-no-views", update=update)
        self.set_class(self.wide or size.height < PREVIEW_FROM, "-no-preview", update=update)

    # Live views.

    def load(self) -> Loaded:
        """Read the rows around the cursor afresh."""
        shown = self.list
        query, sort = shown.query_text, shown.sort
        anchor, at, before, asked = shown.around()
        listing = self.store.listing(query, sort=sort, anchor=anchor, at=at, before=before, limit=asked)
        return Loaded(query, sort, asked, listing, listing.seq, at, self._still_here(query, listing))

    def _still_here(self, query: str, listing: Listing) -> frozenset[int] | None:
        selected = frozenset(self.list.selected)
        gone = selected.difference(row.number for row in listing.rows)
        if gone and (listing.capped or len(listing.rows) < listing.total):
            gone -= frozenset(self.store.numbers(query, MOST_CHOSEN))
        return selected - gone if selected else None

    def loaded(self, view: Loaded) -> None:
        """Paint them, the cursor on its ticket."""
        if (view.query, view.sort) != (self.list.query_text, self.list.sort):
            self.reload()
            return
        if self.searching_as_typed:
            return
        row = self.list.row
        if (
            row
            and self.list.around()[1] != view.at
            and all(row.number != each.number for each in view.listing.rows)
        ):
            # Read around where the cursor was, and it has gone far from there.
            self.reload()
            return
        if view.chosen is not None:
            # What is not in the list any more is not meant any more.
            self.list.selected &= view.chosen
        self.list.renew(view.listing, view.asked)
        self.rows_came()

    def rows_came(self) -> None:
        """Say what is listed now, and let the preview follow."""
        self.say_head()
        self.list.say(*self._words_for_nothing())
        self.cursor_moved()

    def load_failed(self, error: DeskError) -> None:
        """Say what went wrong in place of the rows, when there are none."""
        super().load_failed(error)
        self.list.say(error.message, *filter(None, [error.hint]), "ctrl+l tries again")

    def _words_for_nothing(self) -> tuple[str, ...]:
        new, search = (self.desk.keymap.key_of(name) for name in ("desk.new", "desk.search"))
        if self.shown is None and self.list.query_text:
            return (
                "No ticket matches.",
                "Esc goes back to the view. is:any searches solved and closed tickets too.",
            )
        if self.desk.counts and not any(
            view.count for view in self.desk.counts.views if view.kind == "queue"
        ):
            return (
                "Nothing is open on this desk.",
                f"{new} opens one; `deskterm import` brings in old ones; {search} is:any finds ended ones.",
            )
        me = self.store.actor.agent if self.desk.is_open else None
        if me is not None and not me.queues and self.shown is not None and self.shown.name == "My queue":
            return (
                "You own nothing and are in no queue, so nothing new is offered to you here.",
                f"An admin adds you to one: deskterm agent add {me.login} --queue NAME. "
                "J goes to the other views.",
            )
        return (
            "Nothing here: well done.",
            f"K and J go to other views, {search} searches, {new} opens a ticket.",
        )

    def counts_changed(self, counts: Counts) -> None:
        """Show live counts; the first view is shown until another is chosen."""
        super().counts_changed(counts)
        if self.shown is None and not self.list.query_text and not self.list_title:
            self.shown = counts.views[0] if counts.views else None
            if self.shown:
                self.list.query_text = self.shown.query
                self.reload()
        elif self.shown is not None:
            self.shown = self._same_view(counts) or self.shown
        elif self.desk.first is not None and not self.list_title:
            query = self.list.query_text
            self.shown = next((view for view in counts.views if view.query == query), None)
        self.sidebar.show(counts.views, self.shown)
        self.say_head()

    def _same_view(self, counts: Counts) -> ViewCount | None:
        here = self.shown
        return next((v for v in counts.views if here and (v.kind, v.name) == (here.kind, here.name)), None)

    def bells_changed(self, bells: Mapping[int, str]) -> None:
        """Mark the rows on which a reminder of mine waits or rang."""
        self.list.bells = bells
        self.list.update()

    def concerns(self, notice: Notice) -> bool:
        """Reminders, what others have read, and clocks of tickets out of sight change nothing here."""
        in_sight = {f"ticket:{row.number}" for row in self.list.window.visible()}
        if notice.clocks_only and not in_sight & notice.topics:
            return False
        self._previewed = None
        return any(topic.startswith(("ticket:", "queue:", "desk", "workplace:")) for topic in notice.topics)

    def next_change_at(self) -> datetime | None:
        """When a row turns amber or red."""
        return self.list.next_change_at()

    def time_passed(self, now: datetime) -> None:
        """Repaint the clocks that read differently now."""
        if self.is_mounted:
            self.list.update()
            self.preview.tick()

    # Head.

    def say_head(self) -> None:
        """Say above the list what is listed."""
        window, columns = self.list.window, self.list.columns
        title = self.list_title or (self.shown.name if self.shown else "Inbox")
        total = f"{window.total:,}" + ("+" if window.capped else "")
        narrow = self.app.size.width < VIEWS_FROM
        hint = f"{self.desk.keymap.key_of('inbox.panes')} views" if narrow else ""
        count = total if narrow else f"{total} ticket" + ("s" if window.total != 1 else "")
        selected, sort = len(self.list.selected), self.list.order
        if self.searching_as_typed:
            title, sort = f"“{self.typed_text}” in subjects, numbers and names", TYPED_SORT
            count += "+" if window.total >= QUICK else ""
        self.head.show(Head(title, count, sort, selected, hint, columns.heading()))
        self.offer_what_works()

    # What keys do.

    def targets(self) -> tuple[int, ...]:
        """The selection, or the ticket under the cursor."""
        if self.list.selected:
            return tuple(sorted(self.list.selected))
        return (self.list.row.number,) if self.list.row else ()

    def pointless(self) -> frozenset[str]:
        """An empty list has nothing to open, to answer or to select."""
        return frozenset() if self.targets() else NEED_A_TICKET

    def target_row(self) -> Row | None:
        """The ticket under the cursor."""
        return self.list.row

    def list_source(self) -> Source:
        """What is listed here, for the ticket's screen to walk through."""
        title = self.list_title or (self.shown.name if self.shown else "Inbox")
        return Source(self.list.query_text, self.list.sort, title)

    def came_back(self, number: int) -> None:
        """Put the cursor on the ticket that was walked to."""
        if not self.list.go_to(number):
            self.list.look_for(number)

    def show_view(self, view: ViewCount) -> None:
        """List a view of the sidebar."""
        self.shown = view
        self.list_title = self.came_from = ""
        self._list_anew(view.query)

    def show_query(self, query: str, title: str = "") -> None:
        """List the tickets of a search."""
        self.shown = None
        self.list_title = title or query or "All open"
        self._list_anew(query)

    def _list_anew(self, query: str) -> None:
        self.list.query_text = query
        self.list.selected = set()
        self.sidebar.show(self.sidebar.views, self.shown)
        self.list.ask_anew(self.rows_came)
        self.say_head()

    def do_list_open(self) -> None:
        """Open the ticket under the cursor."""
        if self.list.row:
            self.open_ticket(self.list.row.number)

    async def do_list_next(self) -> None:
        """Open the next best ticket: the same as everywhere, on the key that is nearest in a list."""
        await self.do_desk_next()

    async def do_list_all(self) -> None:
        """Select everything in the view; keys that follow are meant for all of it, and wait."""
        numbers = await self.read_in_thread(self.store.numbers, self.list.query_text)
        if numbers is not None:
            self.list.select(set(numbers))
            self.say_head()

    def do_list_clear(self) -> None:
        """Select nothing."""
        self.list.select(set())
        self.say_head()

    def do_list_copy(self) -> None:
        """Copy the number through the terminal: digits and `#`, nothing else."""
        if self.list.row:
            number = f"#{self.list.row.number}"
            self.app.copy_to_clipboard(number)
            self.status(f"Copied {number}")

    def say_no_groups(self) -> None:
        """Say that this list does not come in groups."""
        self.status("Only a list of active tickets is put in groups", error=True)

    async def do_inbox_panes(self) -> None:
        """Views and preview, or the list alone; where there is no room for them, the views as a list."""
        if self.app.size.width < VIEWS_FROM:
            await self.do_inbox_views()
            return
        self.wide = not self.wide
        self.arrange_panes()

    async def do_inbox_views(self) -> None:
        """Choose a view, a queue or a saved search by its name."""
        from deskterm.ui.dialogs.choice_list import Choice
        from deskterm.ui.dialogs.choose import Choose

        choices = [Choice(view, view.name, count_text(view)) for view in self.sidebar.views]
        chosen = await self.ask(Choose("Views", choices, current=self.shown))
        if chosen is not None:
            self.show_view(chosen.value)

    def do_inbox_next_view(self) -> None:
        """The view under this one."""
        self._step_view(1)

    def do_inbox_previous_view(self) -> None:
        """The view over this one."""
        self._step_view(-1)

    def _step_view(self, by: int) -> None:
        views = self.sidebar.views
        if views:
            at = views.index(self.shown) if self.shown in views else (-1 if by > 0 else len(views))
            self.show_view(views[(at + by) % len(views)])

    def do_desk_back(self) -> None:
        """Esc takes back search and selection; q leaves deskterm."""
        if self.pressed == "escape" or self.shown is None:
            if self.list.selected:
                self.do_list_clear()
            elif self.shown is None and self.sidebar.views:
                came_from = self.came_from
                self.show_view(self.view_before or self.sidebar.views[0])
                if came_from:
                    self.app.switch_mode(came_from)
        else:
            self.desk.leave()
