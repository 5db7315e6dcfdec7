"""Where the headings of groups stand among the rows in sight: lines of the screen, not of the list."""

from __future__ import annotations

from deskterm.domain.lists import Listing, group_of
from deskterm.ui.widgets.list_rows import Heading
from deskterm.ui.widgets.list_window import ListWindow

GROUPINGS = ("", "state", "owner", "queue", "priority")
"""What a list is grouped by, in the order that the key goes through."""


def grouping(sort: str) -> str:
    """Return what an order such as `state/breach` groups by, "" for nothing."""
    return sort.rpartition("/")[0]


def ungrouped(sort: str) -> str:
    """Return an order without its grouping."""
    return sort.rpartition("/")[2]


def regrouped(sort: str) -> str:
    """Return the same order in the next grouping."""
    group, _, inner = sort.rpartition("/")
    after = GROUPINGS[(GROUPINGS.index(group) + 1) % len(GROUPINGS)]
    return f"{after}/{inner}" if after else inner


def resorted(sort: str, orders: list[str]) -> str:
    """Return the next order in the same grouping."""
    group, _, inner = sort.rpartition("/")
    after = orders[(orders.index(inner) + 1) % len(orders) if inner in orders else 0]
    return f"{group}/{after}" if group else after


class Groups:
    """What a list is grouped by now (`by`, "" for nothing), and how many tickets each group holds."""

    def __init__(self) -> None:
        self.by = ""
        self._counts: dict[str, int] = {}
        self._lines: list[int | Heading] = []

    def take(self, listing: Listing) -> None:
        """Take the groups of a list that was read with its count."""
        self.by = grouping(listing.sort) if listing.groups else ""
        self._counts = dict(listing.groups)

    def arrange(self, window: ListWindow, height: int) -> None:
        """Lay the rows out under their headings, the cursor in sight."""
        window.top = min(window.top, window.cursor)
        while window.cursor not in self._laid_out(window, height) and window.top < window.cursor:
            window.top += 1

    def _laid_out(self, window: ListWindow, height: int) -> list[int | Heading]:
        lines: list[int | Heading] = []
        above = ""
        for index in range(window.top, min(len(window.rows), window.top + height)):
            title = group_of(window.rows[index], self.by)
            if title != above:
                lines.append(Heading(title, self._counts.get(title)))
                above = title
            lines.append(index)
        self._lines = lines[:height]
        return self._lines

    def at(self, y: int) -> int | Heading | None:
        """Return the index of the row on a line, its heading, or None for nothing."""
        return self._lines[y] if y < len(self._lines) else None
