"""The board as one painted widget: columns of cards, of which only what looks different is painted again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from deskterm.domain.lists import Row
from deskterm.domain.views import BoardColumn, BoardView
from deskterm.ui.widgets import cards
from deskterm.ui.widgets.cards import CARD, GAP, HEAD, MARGIN, Shape
from deskterm.ui.widgets.clock import next_change
from deskterm.ui.widgets.ink import Block, Inked, Line, padded

NEAR = 10
"""Cards left below what is in sight when more are asked for."""


class Element(NamedTuple):
    """Something painted in a column: what it looks like, and how that is written."""

    look: Hashable
    height: int
    write: Callable[[], Block]


class BoardCanvas(Inked):
    """Draws a BoardView. The cursor is kept by ticket, each column by how far it is scrolled."""

    class Opened(Message):
        """A card was clicked twice."""

    class Moved(Message):
        """The cursor went to another card, or a column was scrolled."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.clock = clock
        self.view: BoardView | None = None
        self.column = 0
        self.number: int | None = None
        self.first = 0
        self.wall = False
        self.empty: Block = []
        self._tops: dict[str, int] = {}
        self._shape = Shape(1, cards.LEAST, 0)
        self._elements: dict[tuple[int, int], Element] = {}
        self._written: dict[Hashable, Block] = {}
        self._rows: dict[int, dict[int, tuple[Element, int]]] = {}
        self._frame: Hashable = None

    # What is shown.

    @property
    def columns(self) -> tuple[BoardColumn, ...]:
        """The columns of the view."""
        return self.view.columns if self.view else ()

    @property
    def here(self) -> BoardColumn | None:
        """The column the cursor is in."""
        return self.columns[self.column] if self.column < len(self.columns) else None

    @property
    def index(self) -> int:
        """The place of the cursor's ticket in its column, -1 without one."""
        if self.here is None:
            return -1
        return next((at for at, row in enumerate(self.here.cards) if row.number == self.number), -1)

    @property
    def row(self) -> Row | None:
        """The ticket under the cursor."""
        index = self.index
        return self.here.cards[index] if self.here and index >= 0 and not self.wall else None

    def show(self, view: BoardView) -> None:
        """Show a newer view: the cursor stays on its ticket, wherever that is now."""
        index = self.index
        if self.view and self.view.lanes != view.lanes:
            self._tops.clear()
        self.view = view
        self.column = min(self.column, max(0, len(view.columns) - 1))
        if not self._find(self.number):
            near = self.here.cards if self.here else ()
            self.number = near[min(max(index, 0), len(near) - 1)].number if near else None
        self._follow()
        self.sync()

    def say(self, words: Block) -> None:
        """Say something in place of the cards, while there are none."""
        self.empty = words
        if not self._elements:
            self.refresh()

    def _find(self, number: int | None) -> bool:
        order = sorted(range(len(self.columns)), key=lambda at: at != self.column)
        for at in order:
            if any(row.number == number for row in self.columns[at].cards):
                self.column = at
                return True
        return False

    def next_change_at(self) -> datetime | None:
        """When the next card turns amber or red."""
        return next_change([row for column in self.columns for row in column.cards], self.clock())

    def short(self) -> list[BoardColumn]:
        """Return the columns in sight that are shown nearly to the last card which was read."""
        found = []
        for at in range(self.first, min(self.first + self._shape.columns, len(self.columns))):
            column = self.columns[at]
            seen = self._top(at) + self._shape.slots(column.count)
            if at == self.column:
                seen = max(seen, self.index + 1)
            if column.count > len(column.cards) <= seen + NEAR:
                found.append(column)
        return found

    # Moving.

    def move(self, by: int) -> None:
        """Move the cursor along its column."""
        if self.here is None or not self.here.cards:
            return
        last = len(self.here.cards) - 1
        self.number = self.here.cards[max(0, min(last, max(self.index, 0) + by))].number
        self._moved()

    def go(self, by: int) -> None:
        """Move the cursor to another column, at the same height."""
        if not self.columns:
            return
        height = max(0, self.index - self._top(self.column))
        self.column = max(0, min(len(self.columns) - 1, self.column + by))
        near = self.columns[self.column].cards
        at = min(self._top(self.column) + height, len(near) - 1)
        self.number = near[at].number if near else None
        self._moved()

    def turn(self, by: int) -> None:
        """Show the columns further on, without a cursor."""
        self.first = max(0, min(len(self.columns) - self._shape.columns, self.first + by))
        self.column = max(self.first, min(self.column, self.first + self._shape.columns - 1))
        self.sync()

    def relocate(self, number: int, to: int) -> None:
        """Show a card in another column at once; the next view says where it really is."""
        if self.view is None or self.row is None or self.here is None:
            return
        row, source, target = self.row, self.here, self.columns[to]
        place = sum(1 for other in target.cards if (other.key, other.number) < (row.key, row.number))
        taken = replace(
            source,
            count=source.count - 1,
            cards=tuple(each for each in source.cards if each.number != number),
        )
        given = replace(
            target, count=target.count + 1, cards=(*target.cards[:place], row, *target.cards[place:])
        )
        columns = list(self.columns)
        columns[self.column], columns[to] = taken, given
        self.show(replace(self.view, columns=tuple(columns)))

    def _moved(self) -> None:
        self._follow()
        self.sync()
        self.post_message(self.Moved())

    def _top(self, column: int) -> int:
        """The first card shown in a column."""
        this = self.columns[column]
        slots = self._shape.slots(this.count)
        return max(0, min(self._tops.get(this.value, 0), len(this.cards) - slots))

    def _follow(self) -> None:
        """Scroll so that the cursor is seen."""
        shown = self._shape.columns
        self.first = max(min(self.first, self.column), self.column - shown + 1, 0)
        self.first = max(0, min(self.first, len(self.columns) - shown))
        if self.here is None:
            return
        slots, index = self._shape.slots(self.here.count), max(self.index, 0)
        top = self._top(self.column)
        self._tops[self.here.value] = max(min(top, index), index - slots + 1)

    # Painting.

    def on_resize(self) -> None:
        """Fit the columns to the new size."""
        self._fit()
        self._follow()
        self.sync()

    def _fit(self) -> None:
        self._shape = cards.shape(max(1, len(self.columns)), self.size.width, self.size.height)

    def sync(self) -> None:
        """Find out what looks different from what is painted, and paint that."""
        self._fit()
        self.first = max(0, min(self.first, len(self.columns) - self._shape.columns))
        before, self._elements = self._elements, self._lay_out()
        frame = (self._shape, self.first, len(self.columns), self.app.theme, bool(self._elements), self.size)
        self._rows = {}
        for (place, y), element in self._elements.items():
            for line in range(element.height):
                self._rows.setdefault(y + line, {})[place] = (element, line)
        looks = {element.look for element in self._elements.values()}
        self._written = {look: block for look, block in self._written.items() if look in looks}
        if frame != self._frame:
            self._frame = frame
            self.refresh()
            return
        for spot in before.keys() | self._elements.keys():
            old, new = before.get(spot), self._elements.get(spot)
            if old is None or new is None or old.look != new.look:
                height = max(each.height for each in (old, new) if each)
                self.refresh(Region(self._shape.x(spot[0]), spot[1], self._shape.width, height))

    def _lay_out(self) -> dict[tuple[int, int], Element]:
        """Every element by its place among the columns and its line."""
        if not any(column.count for column in self.columns) or self.view is None:
            return {}
        found: dict[tuple[int, int], Element] = {}
        now, width = self.clock(), self._shape.width
        for place in range(min(self._shape.columns, len(self.columns))):
            at = self.first + place
            column, top = self.columns[at], self._top(at)
            here = at == self.column and not self.wall
            look = cards.head_look(column, now, top, here, width)
            found[place, 0] = Element(look, HEAD, partial(cards.head, look))
            slots = self._shape.slots(column.count)
            for slot, row in enumerate(column.cards[top : top + slots]):
                under = here and row.number == self.number
                this = cards.look(row, now, self.view.lanes, under, self.shapes, width)
                found[place, HEAD + slot * CARD] = Element(this, CARD - 1, partial(cards.card, this))
            below = column.count - top - slots
            if below > 0 and column.cards:
                foot = ("more", below, column.capped, width)
                write = partial(cards.more, below, column.capped, width)
                found[place, HEAD + slots * CARD] = Element(foot, 1, write)
        return found

    def render_line(self, y: int) -> Strip:
        """Paint a line through all columns."""
        width = self.size.width
        if not self._elements:
            top = max(0, (self.size.height - len(self.empty)) // 3)
            empty = self.empty[y - top] if top <= y < top + len(self.empty) else []
            return self.inks.strip(padded(empty, width), width)
        here = self._rows.get(y, {})
        pieces: Line = [(self._edge(y, "‹", self.first > 0), "accent")]
        for place in range(self._shape.columns):
            if place:
                pieces.append((" " * GAP, "text"))
            if place in here:
                element, line = here[place]
                block = self._written.get(element.look)
                if block is None:
                    block = self._written[element.look] = element.write()
                pieces += block[line]
            else:
                pieces.append((" " * self._shape.width, "text"))
        hidden = self.first + self._shape.columns < len(self.columns)
        return self.inks.strip(padded([*pieces, (self._edge(y, "›", hidden), "accent")], width), width)

    def _edge(self, y: int, glyph: str, more: bool) -> str:
        """What stands in the margin: an arrow where there are columns beyond it."""
        return (glyph if more and y == 0 else " ") * MARGIN

    # The mouse.

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked card; a second click opens it."""
        hit = self._hit(event.x, event.y)
        if hit is None or self.wall:
            return
        column, row = hit
        same = row.number == self.number
        self.column, self.number = column, row.number
        self._moved()
        if same and event.chain > 1:
            self.post_message(self.Opened())

    def _hit(self, x: int, y: int) -> tuple[int, Row] | None:
        place, inside = divmod(x - MARGIN, self._shape.width + GAP)
        at, slot = self.first + place, (y - HEAD) // CARD
        if not 0 <= place < self._shape.columns or inside >= self._shape.width or y < HEAD:
            return None
        if at >= len(self.columns) or (y - HEAD) % CARD == CARD - 1:
            return None
        column, top = self.columns[at], self._top(at)
        shown = column.cards[top : top + self._shape.slots(column.count)]
        return (at, shown[slot]) if slot < len(shown) else None

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the column under the mouse."""
        self._scroll(event.x, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the column under the mouse back."""
        self._scroll(event.x, -1)

    def _scroll(self, x: int, by: int) -> None:
        at = self.first + max(0, x - MARGIN) // (self._shape.width + GAP)
        if at < len(self.columns):
            self._tops[self.columns[at].value] = max(0, self._top(at) + by)
            self.sync()
            self.post_message(self.Moved())
