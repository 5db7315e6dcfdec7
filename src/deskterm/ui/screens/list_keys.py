"""The keys that move and select in a list of tickets, for the screen that has one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from deskterm.ui.widgets.list_groups import regrouped, resorted
from deskterm.ui.widgets.list_head import SORTS

if TYPE_CHECKING:
    from deskterm.ui.widgets.ticket_list import TicketList


class ListKeys:
    """The actions of the scope `list` that need nothing but the list."""

    list: TicketList

    def do_list_sort(self) -> None:
        """Go to the next order."""
        self._list_in(resorted(self.list.sort, list(SORTS)), self.rows_came)

    def do_list_group(self) -> None:
        """Group by the next thing, or by nothing."""
        self._list_in(regrouped(self.list.sort), self._grouped)

    def _list_in(self, sort: str, then: Callable[[], None]) -> None:
        self.list.sort = sort
        self.list.ask_anew(then)
        self.say_head()

    def _grouped(self) -> None:
        self.rows_came()
        if self.list.order != self.list.sort and self.list.row is not None:
            self.list.sort = self.list.order
            self.say_no_groups()

    @abstractmethod
    def say_no_groups(self) -> None:
        """Say that this list does not come in groups."""

    @abstractmethod
    def rows_came(self) -> None:
        """Say what is listed now."""

    @abstractmethod
    def say_head(self) -> None:
        """Say above the list what is listed."""

    def do_list_down(self) -> None:
        """Next row."""
        self.list.move(1)

    def do_list_up(self) -> None:
        """Row before."""
        self.list.move(-1)

    def do_list_top(self) -> None:
        """First row."""
        self.list.go_top()

    def do_list_bottom(self) -> None:
        """Last row."""
        self.list.go_bottom()

    def do_list_half_down(self) -> None:
        """Half a page down."""
        self.list.half(1)

    def do_list_half_up(self) -> None:
        """Half a page up."""
        self.list.half(-1)

    def do_list_page_down(self) -> None:
        """A page down."""
        self.list.page(1)

    def do_list_page_up(self) -> None:
        """A page up."""
        self.list.page(-1)

    def do_list_select(self) -> None:
        """Select the row, or take it out again."""
        self.list.toggle()
        self.say_head()

    def do_list_range(self) -> None:
        """Select from the last selected row to this one."""
        self.list.select_range()
        self.say_head()
