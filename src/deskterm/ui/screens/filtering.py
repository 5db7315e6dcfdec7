"""Filtering board and metrics: the search line of the inbox, for what a whole screen shows."""

from __future__ import annotations

from deskterm.ui.screens.query_line import QueryLine


class Filtering(QueryLine):
    """A screen that shows the tickets of a query; "" is everything. `filtered()` hears of a new one."""

    FILTER_BEFORE = ""
    """The widget above which the search line opens."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = ""

    def filtered(self) -> None:
        """Show another query."""
        self.reload()

    async def do_desk_search(self) -> None:
        """Open the search line with the query that is shown."""
        await self.open_bar(self.filter, lambda text: None, "", self.FILTER_BEFORE)

    def close_bar(self) -> None:
        """Put the line away."""
        self.remove_class("-searching")
        self.set_focus(None)
        self.update_footer()

    def show_filter(self, query: str) -> None:
        """Show the tickets of a query."""
        self.filter = query.strip()
        self.filtered()

    def applied(self, query: str) -> None:
        """Show the tickets of what is typed."""
        self.close_bar()
        self.show_filter(query)

    def do_filter_leave(self) -> None:
        """Keep what was shown before."""
        self.close_bar()

    def do_desk_back(self) -> None:
        """Take the filter back; without one, go back to the inbox."""
        if self.pressed == "escape" and self.filter:
            self.show_filter("")
        else:
            super().do_desk_back()
