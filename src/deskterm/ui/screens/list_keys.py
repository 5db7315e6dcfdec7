"""The keys that move and select in a list of tickets, for the screen that has one."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskterm.ui.widgets.ticket_list import TicketList


class ListKeys:
    """The actions of the scope `list` that need nothing but the list."""

    list: TicketList

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
