"""Filtering board and metrics: the search line of the inbox, for what a whole screen shows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain.commands import SaveView
from deskterm.domain.errors import DeskError
from deskterm.domain.query import QueryError
from deskterm.ui.screens.base import DeskScreen

if TYPE_CHECKING:
    from deskterm.ui.widgets.filter_bar import FilterBar


class Filtering(DeskScreen):
    """A screen that shows the tickets of a query; "" is everything. `filtered()` hears of a new one."""

    FILTER_BEFORE = ""
    """The widget above which the search line opens."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = ""
        self.bar: FilterBar | None = None

    def filtered(self) -> None:
        """Show another query."""
        self.reload()

    async def do_desk_search(self) -> None:
        """Open the search line with the query that is shown."""
        if self.bar is None:
            from deskterm.ui.widgets.filter_bar import FilterBar

            self.bar = FilterBar(lambda text: None)
            await self.mount(self.bar, before=self.FILTER_BEFORE)
        self.add_class("-searching")
        self.bar.begin(self.filter)
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

    def _close_bar(self) -> None:
        self.remove_class("-searching")
        self.set_focus(None)
        self.update_footer()

    def show_filter(self, query: str) -> None:
        """Show the tickets of a query."""
        self.filter = query.strip()
        self.filtered()

    def do_filter_apply(self) -> None:
        """Show the tickets of what is typed; a wrong query stays, with its error under it."""
        if self.bar is not None:
            self.bar.when_read(self._check)

    def _check(self) -> None:
        if self.bar is None or not self.has_class("-searching"):
            return
        text = self.bar.text.strip()

        def right(_: object) -> None:
            self._close_bar()
            self.show_filter(text)

        self.read("check", lambda: self.store.count(text), right, self._wrong)

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
        """Go to the tickets of what is typed."""
        self.do_filter_apply()

    def do_filter_leave(self) -> None:
        """Keep what was shown before."""
        self._close_bar()

    async def do_filter_save(self) -> None:
        """Keep the query as a view under a name."""
        if self.bar is None:
            return
        read = asyncio.Event()
        self.bar.when_read(read.set)
        await read.wait()
        query = self.bar.text.strip()
        if not query:
            return
        from deskterm.ui.dialogs.prompt import Prompt

        answer = await self.ask(
            Prompt("Save as a view", "Name", detail=query, required="a view needs a name")
        )
        if answer is not None:
            self.run_command(SaveView(answer["text"].strip(), query))

    def do_desk_back(self) -> None:
        """Take the filter back; without one, go back to the inbox."""
        if self.pressed == "escape" and self.filter:
            self.show_filter("")
        else:
            super().do_desk_back()
