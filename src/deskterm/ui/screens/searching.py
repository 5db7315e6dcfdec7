"""Searching in the inbox: results while typing, everything on Enter, and searches kept as views."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Listing, Row, ViewCount
from deskterm.ui.late import Late
from deskterm.ui.screens.query_line import QueryLine

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain.views import Outcome
    from deskterm.ui.widgets.ticket_list import TicketList
else:
    c = Late("deskterm.domain.commands")

TYPED_SORT = "-number"
QUICK = 50
"""As-you-type results asked for: more than a screen shows."""


class Searching(QueryLine):
    """The part of the inbox that belongs to the search line, which is made when it is first needed."""

    list: TicketList
    shown: ViewCount | None
    list_title: str

    def __init__(self) -> None:
        super().__init__()
        self.searching_as_typed = False
        self.typed_text = ""
        """What the as-you-type results on the screen were asked for."""
        self.came_from = ""
        """The tab whose figure is listed: Esc goes back there."""
        self.view_before: ViewCount | None = None
        self._query_before = ("", "")

    @abstractmethod
    def show_view(self, view: ViewCount) -> None:
        """List a view."""

    @abstractmethod
    def show_query(self, query: str, title: str = "") -> None:
        """List the tickets of a search."""

    @abstractmethod
    def say_head(self) -> None:
        """Say above the list what is listed."""

    def search(self) -> None:
        """Open the search line."""
        self.perform(self.desk.keymap["desk.search"])

    async def do_desk_search(self) -> None:
        """Open the search line, with the search that is shown to go on from."""
        if self.shown is not None:
            self.view_before = self.shown
        self._query_before = (self.list.query_text, self.list_title)
        query = "" if self.shown is not None else self.list.query_text
        await self.open_bar(query, self._typed, "#column", 0)

    def _typed(self, text: str) -> None:
        """Show what the words so far find in subjects, numbers and names."""
        if not text.strip():
            self._stop_typing()
            self.reload()
            return
        self.read(
            "quick",
            lambda: self.store.quick(text, QUICK),
            lambda rows: self._found(text, rows),
            self._not_yet,
        )

    def _found(self, text: str, rows: tuple[Row, ...]) -> None:
        if self.has_class("-searching"):
            self.searching_as_typed, self.typed_text = True, text.strip()
            listing = Listing(self.seq, self.list.query_text, TYPED_SORT, rows, 0, len(rows))
            self.list.begin_with(listing)
            self.list.moved()
            self.say_head()
            self.list.say("Nothing in subjects, numbers and names.", "Enter searches the messages too.")
            self.paint_soon()

    def _not_yet(self, error: DeskError) -> None:
        """While typing, an unfinished query is no error worth a word: what is listed stays."""

    def _stop_typing(self) -> None:
        self.searching_as_typed = False
        self._asked.pop("quick", None)

    def close_bar(self) -> None:
        """Put the line away."""
        self._stop_typing()
        self.remove_class("-searching")
        self.set_focus(self.list)
        self.update_footer()

    def applied(self, query: str) -> None:
        """Search everything; nothing typed goes back to what was listed."""
        self.close_bar()
        if query:
            self.came_from = ""
            self.show_query(query)
        else:
            self._back()

    def do_filter_leave(self) -> None:
        """Go back to what was listed before."""
        self.close_bar()
        self._back()

    def _back(self) -> None:
        query, title = self._query_before
        if self.shown is not None:
            self.show_view(self.shown)
        else:
            self.show_query(query, title)

    async def do_inbox_save_view(self) -> None:
        """Save the search that is shown under a name."""
        if self.shown is None and self.list.query_text:
            await self.save_view(self.list.query_text)
        else:
            self.status("Search first, then save the search as a view", error=True)

    def view_saved(self, name: str, query: str, outcome: Outcome) -> None:
        """List the view that was just saved."""
        if self.has_class("-searching"):
            self.close_bar()
        self.show_view(ViewCount("saved", name, query, 0))
        self.reload_counts()

    async def do_inbox_remove_view(self) -> None:
        """Remove the saved search that is shown."""
        view = self.shown
        if view is None or view.kind != "saved":
            self.status("This is no saved search: only those can be removed", error=True)
            return
        from deskterm.ui.dialogs.confirm import Confirm

        if await self.ask(Confirm("Remove the view", f"{view.name}: {view.query}", yes="remove", no="keep")):
            self.run_command(c.SaveView(view.name, ""), lambda outcome: self.show_query(view.query))
