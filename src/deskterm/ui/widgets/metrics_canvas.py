"""The metrics page as one painted widget that scrolls, with a cursor that goes from figure to figure."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from deskterm.domain.views import MetricsView
from deskterm.ui.widgets.ink import Block, Inked, padded
from deskterm.ui.widgets.metrics_page import Asked, Panel, Spot, lit, page


class MetricsCanvas(ScrollView, Inked, can_focus=False):
    """Draws a MetricsView at the width there is. The cursor is kept by the name of its spot."""

    class Moved(Message):
        """The cursor went to another figure."""

    class Opened(Message):
        """A figure was clicked twice."""

    def __init__(self, asked: Callable[[bool], Asked]) -> None:
        super().__init__()
        self.asked = asked
        self.view: MetricsView | None = None
        self.words: Block = []
        self.page = Panel([])
        self.key = ""

    @property
    def spot(self) -> Spot | None:
        """What the cursor is on."""
        return next((spot for spot in self.page.spots if spot.key == self.key), None)

    def show(self, view: MetricsView) -> None:
        """Show a newer view: the cursor stays on its figure."""
        self.view = view
        self._draw()

    def say(self, words: Block) -> None:
        """Say something in place of the figures, while there are none."""
        self.words = words
        if self.view is None:
            self.refresh()

    def on_resize(self) -> None:
        """Lay out anew for another width."""
        self._draw()

    def notify_style_update(self) -> None:
        """Draw in the colours, or shapes, of another theme."""
        super().notify_style_update()
        if self.is_attached and self.view is not None:
            self._draw()

    def _draw(self) -> None:
        if self.view is None or not self.size.width:
            return
        self.page = page(self.view, self.size.width, self.asked(self.shapes))
        if self.spot is None and self.page.spots:
            self.key = self.page.spots[0].key
        self.virtual_size = Size(self.size.width, len(self.page.block))
        self.refresh()
        self.post_message(self.Moved())

    # The cursor.

    def go(self, right: int, down: int) -> None:
        """Go to the nearest figure in a direction."""
        here = self.spot
        if here is None:
            return
        ranked = [
            (cost, spot.key)
            for spot in self.page.spots
            if (cost := _cost(here, spot, right, down)) is not None
        ]
        if ranked:
            self._put(min(ranked)[1])

    def go_panel(self, by: int) -> None:
        """Go to the first figure of the next panel, or the one before, round and round."""
        here = self.spot
        if here is None:
            return
        numbers = sorted({spot.panel for spot in self.page.spots})
        wanted = numbers[(numbers.index(here.panel) + by) % len(numbers)]
        self._put(next(spot.key for spot in self.page.spots if spot.panel == wanted))

    def go_end(self, last: bool) -> None:
        """Go to the first figure or the last."""
        if self.page.spots:
            self._put(self.page.spots[-1 if last else 0].key)
            self.scroll_to(y=self.max_scroll_y if last else 0, animate=False, immediate=True)

    def _put(self, key: str) -> None:
        before, self.key = self.spot, key
        after = self.spot
        top = int(self.scroll_offset.y)
        for spot in (before, after):
            if spot is not None:
                self.refresh(Region(0, spot.y - top, self.size.width, spot.height))
        if after is not None:
            height = self.size.height
            if after.y - 1 < top:
                self._scroll_to_line(max(0, after.y - 1))
            elif after.y + after.height > top + height:
                self._scroll_to_line(after.y + after.height - height + 1)
        self.post_message(self.Moved())

    def _scroll_to_line(self, line: int) -> None:
        self.scroll_to(y=line, animate=False, force=True, immediate=True)

    # Painting and the mouse.

    def render_line(self, y: int) -> Strip:
        """Paint one line of the page, what the cursor is on in its ground."""
        width = self.size.width
        if self.view is None:
            top = max(0, (self.size.height - len(self.words)) // 3)
            line = self.words[y - top] if top <= y < top + len(self.words) else []
            return self.inks.strip(padded(line, width), width)
        at = y + int(self.scroll_offset.y)
        line = self.page.block[at] if at < len(self.page.block) else []
        spot = self.spot
        if spot is not None and spot.y <= at < spot.y + spot.height:
            line = lit(line, spot.x, spot.width, "cursor")
            if self.shapes and at == spot.y and spot.x:
                line = [*padded(line, spot.x - 1), ("▸", "accent"), *_after(line, spot.x)]
        return self.inks.strip(padded(line, width), width)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked figure; a second click lists its tickets."""
        y = event.y + int(self.scroll_offset.y)
        for spot in self.page.spots:
            if spot.x <= event.x < spot.x + spot.width and spot.y <= y < spot.y + spot.height:
                same = spot.key == self.key
                self._put(spot.key)
                if same and event.chain > 1:
                    self.post_message(self.Opened())
                return


def _after(line: list[tuple[str, str]], x: int) -> list[tuple[str, str]]:
    """The pieces of a line from a cell on; what `lit` returned is cut there."""
    at = 0
    for place, (text, _) in enumerate(line):
        if at >= x:
            return line[place:]
        at += len(text)
    return []


def _cost(here: Spot, there: Spot, right: int, down: int) -> tuple[int, int] | None:
    """How far a spot is in a direction, None when it is not there; what is in line counts as nearer."""
    across = _gap(here.x, here.width, there.x, there.width)
    along = _gap(here.y, here.height, there.y, there.height)
    if right:
        beyond = there.x >= here.x + here.width if right > 0 else there.x + there.width <= here.x
        near, aside = across, along
        middle = abs(2 * there.y + there.height - 2 * here.y - here.height)
    else:
        beyond = there.y >= here.y + here.height if down > 0 else there.y + there.height <= here.y
        near, aside = along, across
        middle = abs(2 * there.x + there.width - 2 * here.x - here.width)
    return (near + 3 * aside, middle) if beyond else None


def _gap(start: int, size: int, other: int, other_size: int) -> int:
    """Cells between two stretches, 0 when they overlap."""
    return max(0, other - start - size, start - other - other_size)
