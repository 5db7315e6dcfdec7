"""The list of tickets: one widget that paints rows, moves a cursor, and lets the terminal scroll."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Listing
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette
from deskterm.ui.widgets.clock import next_change
from deskterm.ui.widgets.list_groups import Groups, ungrouped
from deskterm.ui.widgets.list_rows import Columns, Heading, Look, paint, paint_heading, shown
from deskterm.ui.widgets.list_window import MARGIN, PAGE
from deskterm.ui.widgets.pointing import Pointing

if TYPE_CHECKING:
    from deskterm.ui.screens.base import DeskScreen

LOOKS = 512


class TicketList(Pointing, can_focus=True):
    """Shows the tickets of a query in an order; knows where the cursor is and what is selected."""

    DEFAULT_CSS = "TicketList { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.query_text, self.sort = "", "breach"
        self.moved: Callable[[], None] = lambda: None
        self.words: list[str] = ["Loading…"]
        self.bells: Mapping[int, str] = {}
        self.groups = Groups()
        self._read_as = ""
        self._owed = 0
        self._reading = False
        self._largest = 0
        self._columns: Columns | None = None
        self._painted: dict[Look | None, Strip] = {}
        self._on_screen: list[Look | None] = []
        self._unpainted: set[int] = set()

    @property
    def desk_screen(self) -> DeskScreen:
        """The screen it is on, as what it is."""
        return cast("DeskScreen", self.screen)

    @property
    def columns(self) -> Columns:
        """The columns that fit now."""
        if self._columns is None:
            self._columns = Columns.fitting(self.size.width, self.app.size.width, self._largest)
        return self._columns

    @property
    def order(self) -> str:
        """The order that is asked for, without the groups that the list does not come in."""
        return self.sort if self.groups.by else ungrouped(self.sort)

    # What is shown.

    def begin(self, listing: Listing, *, end: bool = False) -> None:
        """Show a list from its beginning (or its end), with the cursor on its first (or last) row."""
        self.window.replace(listing, end=end)
        self._owed = 0
        self._taken(listing)

    def renew(self, listing: Listing, asked: int) -> None:
        """Show fresh rows; the cursor stays on its ticket."""
        self.window.renew(listing, asked)
        self._taken(listing)

    def _taken(self, listing: Listing) -> None:
        self._read_as = listing.sort
        self.groups.take(listing)
        largest = max((row.number for row in self.window.rows), default=0)
        if largest > self._largest:
            self._largest, self._columns = largest, None
            self._forget()
        self.update()
        self._prefetch()

    def around(self) -> tuple[tuple[int | str, int] | None, int | None, int, int]:
        """What to ask for to see the same rows afresh: anchor, ticket, rows before it, and rows in all."""
        window, row = self.window, self.row
        # The keys of rows that were read in another order say nothing of their place in this one.
        if (
            row is None
            or self._read_as != self.sort
            or (window.at_start and window.top == window.cursor == 0)
        ):
            return None, None, 0, PAGE
        before = window.cursor - max(0, window.top - MARGIN)
        return (row.key, row.number), row.number, before, before + window.height + MARGIN

    def say(self, *words: str) -> None:
        """Say something in place of rows: nothing here, loading, or what went wrong."""
        self.words = list(words)
        if not self.window.rows:
            self._forget()
            self.refresh()

    def next_change_at(self) -> datetime | None:
        """When one of the rows turns amber or red."""
        return next_change(self.window.rows, self.desk_screen.desk.now())

    # Painting.

    def _forget(self) -> None:
        """Paint everything again: widths or colours changed."""
        self._painted.clear()
        self._on_screen = []
        self._columns = None
        self._styles_cache.clear()

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        if self.is_mounted:
            self._forget()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Take a new size."""
        self._forget()
        self.window.resize(event.size.height)
        self._prefetch()

    def line(self, y: int) -> int | Heading | None:
        """Return the index of the row on a line, the heading there, or None for nothing."""
        if self.groups.by:
            return self.groups.at(y)
        index = self.window.top + y
        return index if index < len(self.window.rows) else None

    def _looks(self, lines: Collection[int] | None) -> list[Look | None]:
        now, window = self.desk_screen.desk.now(), self.window
        bar, selected = self.columns.bar, self.selected
        height = self.size.height
        looks: list[Look | None] = [None] * height if lines is None else list(self._on_screen)
        for y in range(height) if lines is None else lines:
            index = self.line(y)
            if isinstance(index, Heading):
                looks[y] = index
            elif index is not None:
                row = window.rows[index]
                cursor, chosen = index == window.cursor, row.number in selected
                bell = self.bells.get(row.number, "")
                looks[y] = shown(row, now, cursor=cursor, selected=chosen, bar=bar, bell=bell)
        return looks

    def _beside_the_cursor(self) -> set[int]:
        """Return the lines a move can change: where the cursor was, where it is, and what came into sight."""
        lines = {y for y, look in enumerate(self._on_screen) if look is None or look.cursor}
        return lines | ({self.window.cursor - self.window.top} & set(range(self.size.height)))

    def update(self, *, moved: bool = False) -> None:
        """Repaint the rows that look different from what the terminal shows.

        `moved` says that nothing but the cursor may have changed, the lines it scrolled away included.
        """
        height = self.size.height
        known = len(self._on_screen) == height and bool(self.window.rows)
        if self.groups.by:
            # Where headings come and go more than the cursor's lines may change.
            self.groups.arrange(self.window, height)
            moved = False
        looks = self._looks(self._beside_the_cursor() if moved and known else None)
        if not known:
            self._on_screen = looks
            self._styles_cache.clear()
            self.refresh()
            return
        changed = [y for y in range(height) if looks[y] != self._on_screen[y]]
        self._on_screen = looks
        self._unpainted.update(changed)
        if len(changed) > height // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint what is asked for, and remember that the terminal has it.

        A row is painted once for each look it has had lately, wherever it stands by then.
        """
        self._unpainted.difference_update(range(crop.y, crop.bottom))
        width, height = self.size
        if len(self._on_screen) != height and self.window.rows and crop.height == height:
            # All of it is painted now: what a line looks like is asked once for all lines.
            self._on_screen = self._looks(None)
        if len(self._on_screen) != height or not self.window.rows or crop.width != width:
            return super().render_lines(crop)
        strips = []
        for y in crop.line_range:
            look = self._on_screen[y]
            strip = self._painted.get(look)
            if strip is None:
                if len(self._painted) >= LOOKS:
                    self._painted.clear()
                line = Region(0, y, width, 1)
                self._styles_cache.set_dirty(line)
                [strip] = super().render_lines(line)
                self._painted[look] = strip
            strips.append(strip)
        return strips

    def render_line(self, y: int) -> Strip:
        """Paint one row, or the words that stand in place of rows."""
        window, look = self.window, palette(self.app)
        if not window.rows:
            text = self.words[y - 1] if 0 < y <= len(self.words) else ""
            return Strip([Segment(fit("  " + text, self.size.width), look.plain if y == 1 else look.muted)])
        looks = self._on_screen if len(self._on_screen) == self.size.height else self._looks(None)
        wanted = looks[y]
        if wanted is None:
            return Strip([Segment(" " * self.size.width, look.plain)], self.size.width)
        index = self.line(y)
        if isinstance(wanted, Heading) or not isinstance(index, int):
            heading = wanted if isinstance(wanted, Heading) else Heading("", None)
            return paint_heading(heading, self.columns, look)
        return paint(window.rows[index], wanted, self.columns, look)

    # Moving.

    def move(self, by: int) -> None:
        """Move the cursor by rows; rows that are still being read are owed."""
        missing, top = self.window.move(by), self.window.top
        scrolled = self._scroll()
        self._moved(missing, scrolled, in_place=top + scrolled == self.window.top)

    def page(self, by: int) -> None:
        """Move by whole pages."""
        self._moved(self.window.page(by), 0)

    def half(self, by: int) -> None:
        """Move by half a page."""
        self.move(by * max(1, self.window.height // 2))

    def _moved(self, missing: int, scrolled: int, in_place: bool = False) -> None:
        short = (missing > 0 and not self.window.at_end) or (missing < 0 and not self.window.at_start)
        self._owed = missing if short else 0
        if scrolled:
            in_place &= self._shift(scrolled)
        self.update(moved=in_place)
        self._prefetch()
        self.moved()

    def _scroll(self) -> int:
        """Bring the cursor into sight; return by how much the terminal itself can scroll."""
        if self._terminal_can_scroll:
            by = self.window.scroll_by_line()
            return by if abs(by) <= self.window.height // 2 else 0
        self.window.scroll_by_half()
        return 0

    @property
    def _terminal_can_scroll(self) -> bool:
        """Say whether the list has whole lines of the terminal to itself and nothing lies over them."""
        app, region = self.app, self.region
        alone = app.screen is self.screen and not app._notifications and not self.groups.by
        return alone and not app.is_headless and region.x == 0 and region.width == app.size.width

    def _shift(self, by: int) -> bool:
        """Let the terminal move the lines it already shows; return whether it did.

        Only rows that come into sight are painted then.

        Lines waiting for their paint move too, so they are asked for again where they are now.
        """
        driver, region = self.app._driver, self.region
        if driver is None or len(self._on_screen) != region.height:
            return False
        for y in self._unpainted:
            self._on_screen[y] = None
        self._unpainted.clear()
        fresh: list[Look | None] = [None] * abs(by)
        self._on_screen = self._on_screen[by:] + fresh if by > 0 else fresh + self._on_screen[:by]
        letter = "S" if by > 0 else "T"
        driver.write(f"\x1b[{region.y + 1};{region.bottom}r\x1b[{abs(by)}{letter}\x1b[r")
        return True

    def ask_anew(self, then: Callable[[], None]) -> None:
        """Read the list from its beginning; what is shown stays until the rows are there."""

        def take(listing: Listing) -> None:
            self.begin(listing)
            then()

        self._read(take)

    def begin_with(self, listing: Listing) -> None:
        """Show rows that are all there is."""
        self.begin(listing)
        self.window.at_end = True

    def go_top(self) -> None:
        """To the first row of the list."""
        if self.window.at_start:
            self.move(-self.window.cursor)
        else:
            self._read(lambda listing: self._arrived(listing, end=False))

    def go_bottom(self) -> None:
        """To the last row of the list."""
        if self.window.at_end:
            self.move(len(self.window.rows) - 1 - self.window.cursor)
        else:
            self._read(lambda listing: self._arrived(listing, end=True), limit=-PAGE)

    def _arrived(self, listing: Listing, end: bool) -> None:
        self.begin(listing, end=end)
        self.moved()

    def go_to(self, number: int) -> bool:
        """Put the cursor on a ticket, when it is among the rows at hand."""
        index = self.window.index_of(number)
        if index is not None:
            self.move(index - self.window.cursor)
        return index is not None

    def look_for(self, number: int) -> None:
        """Put the cursor on a ticket that is further off; without it in the list nothing moves."""
        screen, query, sort = self.desk_screen, self.query_text, self.sort

        def take(listing: Listing) -> None:
            here = any(row.number == number for row in listing.rows)
            if here and (query, sort) == (self.query_text, self.sort):
                self.renew(listing, PAGE)
                self.go_to(number)

        job = partial(screen.store.listing, query, sort=sort, at=number, before=MARGIN, limit=PAGE)
        screen.read("find", job, take)

    # Pages.

    def _prefetch(self) -> None:
        """Read the next page before the cursor gets there."""
        window = self.window
        if self._reading or not window.rows or not self.desk_screen.desk.is_open:
            return
        if window.wants_more:
            self._read(self._append, (window.rows[-1].key, window.rows[-1].number))
        elif window.wants_earlier:
            self._read(self._prepend, (window.rows[0].key, window.rows[0].number), -PAGE)

    def _read(
        self,
        then: Callable[[Listing], None],
        anchor: tuple[int | str, int] | None = None,
        limit: int = PAGE,
    ) -> None:
        screen, query, sort = self.desk_screen, self.query_text, self.sort
        store = screen.store
        edges = self._edges()

        def take(listing: Listing) -> None:
            self._reading = False
            if (query, sort) == (self.query_text, self.sort) and (anchor is None or edges == self._edges()):
                then(listing)
            self._prefetch()

        def fail(error: DeskError) -> None:
            self._reading = False
            screen.load_failed(error)

        self._reading = True
        # Further pages are put beside what is there, whose place in the whole is known.
        job = partial(store.listing, query, sort=sort, anchor=anchor, limit=limit, counted=anchor is None)
        screen.read("page", job, take, fail)

    def _edges(self) -> tuple[int, int]:
        rows = self.window.rows
        return (rows[0].number, rows[-1].number) if rows else (0, 0)

    def _append(self, listing: Listing) -> None:
        self.window.append(listing, PAGE)
        self._pay()

    def _prepend(self, listing: Listing) -> None:
        self.window.prepend(listing, PAGE)
        self._pay()

    def _pay(self) -> None:
        """Make the moves that had to wait for rows."""
        owed, self._owed = self._owed, 0
        if owed:
            self.move(owed)
        else:
            self.update()
