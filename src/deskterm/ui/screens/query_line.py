"""The line a query is typed in, where a screen has one: made when first needed, checked, completed, saved."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError, QueryError
from deskterm.ui.late import Late
from deskterm.ui.screens.base import DeskScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from deskterm.domain import commands as c
    from deskterm.domain.views import Outcome
    from deskterm.ui.widgets.filter_bar import FilterBar
else:
    c = Late("deskterm.domain.commands")


class QueryLine(DeskScreen):
    """The keys of the scope `filter`. A subclass opens the line, and says in `applied` what a query does."""

    def __init__(self) -> None:
        super().__init__()
        self.bar: FilterBar | None = None

    @abstractmethod
    def applied(self, query: str) -> None:
        """Show what a query that was checked finds."""

    @abstractmethod
    def close_bar(self) -> None:
        """Put the line away."""

    async def open_bar(
        self, query: str, typed: Callable[[str], None], parent: str, before: str | int
    ) -> None:
        """Open the line with a query to go on from; `typed` hears each change."""
        if self.bar is None:
            from deskterm.ui.widgets.filter_bar import FilterBar

            self.bar = FilterBar(typed)
            await (self.query_one(parent) if parent else self).mount(self.bar, before=before)
        self.add_class("-searching")
        self.bar.begin(query)
        self.update_footer()
        self.read("names", self._names, self._take_names)

    def _names(self) -> dict[str, tuple[str, ...]]:
        people = self.store.people()
        logins = tuple(sorted(agent.login for agent in people.agents.values() if agent.active))
        queues = tuple(queue.key for queue in people.queues.values())
        states = tuple(one.name for one in self.store.policy.states)
        processes = self.store.policy.processes
        steps = dict.fromkeys(step.name for one in processes for step in one.steps)
        names = {"owner": ("me", "none", *logins), "queue": queues, "tag": self.store.tags()}
        found = {**names, "status": states}
        return {**found, "process": tuple(one.name for one in processes), "step": tuple(steps)}

    def _take_names(self, names: dict[str, tuple[str, ...]]) -> None:
        if self.bar is not None:
            self.bar.names = names

    def do_filter_apply(self) -> None:
        """Show what is typed; a wrong query stays, with its error under it."""
        if self.bar is not None:
            self.bar.when_read(self._check)

    def _check(self) -> None:
        if self.bar is not None and self.has_class("-searching"):
            text = self.bar.text.strip()
            self.read("check", lambda: self.store.check(text), lambda _: self.applied(text), self._wrong)

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

    async def do_filter_save(self) -> None:
        """Keep the query as a view under a name."""
        if self.bar is None:
            return
        read = asyncio.Event()
        self.bar.when_read(read.set)
        await read.wait()
        if self.bar.text.strip():
            await self.save_view(self.bar.text.strip())

    async def save_view(self, query: str) -> None:
        """Ask for a name and keep a query under it."""
        from deskterm.ui.dialogs.prompt import Prompt

        prompt = Prompt("Save as a view", "Name", detail=query, required="a view needs a name")
        answer = await self.ask(prompt)
        if answer is not None:
            name = answer["text"].strip()
            self.run_command(c.SaveView(name, query), lambda outcome: self.view_saved(name, query, outcome))

    def view_saved(self, name: str, query: str, outcome: Outcome) -> None:
        """Take up a view that was just saved."""
