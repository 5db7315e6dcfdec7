"""Searching in the inbox: results while typing, everything on Enter, and searches kept as views."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError, QueryError
from deskterm.domain.lists import Listing, Row, ViewCount
from deskterm.ui.late import Late
from deskterm.ui.screens.base import DeskScreen

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain.views import Outcome
    from deskterm.ui.widgets.filter_bar import FilterBar
    from deskterm.ui.widgets.ticket_list import TicketList
else:
    c = Late("deskterm.domain.commands")

TYPED_SORT = "-number"
QUICK = 50
"""As-you-type results asked for: more than a screen shows."""


class Searching(DeskScreen):
    """The part of the inbox that belongs to the search line, which is made when it is first needed."""

    list: TicketList
    shown: ViewCount | None
    list_title: str

    def __init__(self) -> None:
        super().__init__()
        self.bar: FilterBar | None = None
        self.searching_as_typed = False
        self.typed_text = ""
        """What the as-you-type results on the screen were asked for."""
        self.came_from = ""
        """The tab whose figure is listed: Esc goes back there."""
        self.view_before: ViewCount | None = None
        self._query_before = ("", "")

    def show_view(self, view: ViewCount) -> None:
        """List a view."""
        raise NotImplementedError

    def show_query(self, query: str, title: str = "") -> None:
        """List the tickets of a search."""
        raise NotImplementedError

    def say_head(self) -> None:
        """Say above the list what is listed."""
        raise NotImplementedError

    def search(self) -> None:
        """Open the search line."""
        self.perform(self.desk.keymap["desk.search"])

    async def do_desk_search(self) -> None:
        """Open the search line, with the search that is shown to go on from."""
        if self.bar is None:
            from deskterm.ui.widgets.filter_bar import FilterBar

            self.bar = FilterBar(self._typed)
            await self.query_one("#column").mount(self.bar, before=0)
        if self.shown is not None:
            self.view_before = self.shown
        self._query_before = (self.list.query_text, self.list_title)
        self.add_class("-searching")
        self.bar.begin("" if self.shown is not None else self.list.query_text)
        self.update_footer()
        self.read("names", self._names, self._take_names)

    def _names(self) -> dict[str, tuple[str, ...]]:
        people = self.store.people()
        logins = tuple(sorted(agent.login for agent in people.agents.values() if agent.active))
        queues = tuple(queue.key for queue in people.queues.values())
        return {"owner": ("me", "none", *logins), "queue": queues, "tag": self.store.tags()}

    def _take_names(self, names: dict[str, tuple[str, ...]]) -> None:
        if self.bar is not None:
            self.bar.names = names

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
            self.say_head()
            self.list.say("Nothing in subjects, numbers and names.", "Enter searches the messages too.")

    def _not_yet(self, error: DeskError) -> None:
        """While typing, an unfinished query is no error worth a word: what is listed stays."""

    def _stop_typing(self) -> None:
        self.searching_as_typed = False
        self._asked.pop("quick", None)

    def _close_bar(self) -> None:
        self._stop_typing()
        self.remove_class("-searching")
        self.set_focus(self.list)
        self.update_footer()

    def do_filter_apply(self) -> None:
        """Search everything; a wrong query stays, with its error under it."""
        if self.bar is not None:
            self.bar.when_read(self._check)

    def _check(self) -> None:
        if self.bar is not None and self.has_class("-searching"):
            text = self.bar.text.strip()
            self.read("check", lambda: self.store.check(text), lambda _: self._apply(text), self._wrong)

    def _apply(self, text: str) -> None:
        self._close_bar()
        if text:
            self.came_from = ""
            self.show_query(text)
        else:
            self._back()

    def _wrong(self, error: DeskError) -> None:
        if isinstance(error, QueryError) and self.bar is not None:
            self.bar.wrong(error)
        else:
            self.load_failed(error)

    def do_filter_complete(self) -> None:
        """Put the first completion in."""
        if self.bar is not None:
            self.bar.when_read(self.bar.complete_word)

    def do_filter_results(self) -> None:
        """Go to the results as they are."""
        self.do_filter_apply()

    def do_filter_leave(self) -> None:
        """Go back to what was listed before."""
        self._close_bar()
        self._back()

    def _back(self) -> None:
        query, title = self._query_before
        if self.shown is not None:
            self.show_view(self.shown)
        else:
            self.show_query(query, title)

    async def do_filter_save(self) -> None:
        """Search, and save the search under a name."""
        if self.bar is None:
            return
        read = asyncio.Event()
        self.bar.when_read(read.set)
        await read.wait()
        if self.bar.text.strip():
            await self._save(self.bar.text.strip())

    async def do_inbox_save_view(self) -> None:
        """Save the search that is shown under a name."""
        if self.shown is None and self.list.query_text:
            await self._save(self.list.query_text)
        else:
            self.status("Search first, then save the search as a view", error=True)

    async def _save(self, query: str) -> None:
        from deskterm.ui.dialogs.prompt import Prompt

        prompt = Prompt("Save as a view", "Name", detail=query, required="a view needs a name")
        answer = await self.ask(prompt)
        if answer is None:
            return
        name = answer["text"].strip()

        def saved(outcome: Outcome) -> None:
            if self.has_class("-searching"):
                self._close_bar()
            self.show_view(ViewCount("saved", name, query, 0))
            self.reload_counts()

        self.run_command(c.SaveView(name, query), saved)

    async def do_inbox_remove_view(self) -> None:
        """Remove the saved search that is shown."""
        view = self.shown
        if view is None or view.kind != "saved":
            self.status("This is no saved search: only those can be removed", error=True)
            return
        from deskterm.ui.dialogs.confirm import Confirm

        if await self.ask(Confirm("Remove the view", f"{view.name}: {view.query}", yes="remove", no="keep")):
            self.run_command(c.SaveView(view.name, ""), lambda outcome: self.show_query(view.query))
