"""The line at the top: tabs, how many tickets are breached and at risk, who works here, and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.lists import Counts
from deskterm.domain.plain import clean_line
from deskterm.ui.theme import palette

if TYPE_CHECKING:
    from deskterm.ui.app import DeskApp
    from deskterm.ui.screens.base import DeskScreen

TABS = (("inbox", "1", "Inbox"), ("board", "2", "Board"), ("metrics", "3", "Metrics"))
WIDE = 100
CLOCK = 7
"""Cells of the clock with the space around it: all that the minute repaints."""


class DeskHeader(Widget):
    """One painted line; a click on a tab goes there."""

    DEFAULT_CSS = "DeskHeader { height: 1; dock: top; }"

    def __init__(self, tab: str) -> None:
        super().__init__()
        self.tab = tab
        self.counts: Counts | None = None
        self._shown_clock = ""

    def show(self, counts: Counts) -> None:
        """Paint new counts, if they are new."""
        old, self.counts = self.counts, counts
        if old is None or _figures(old) != _figures(counts):
            self.refresh()

    def tick(self) -> None:
        """Paint the clock when its minute has passed."""
        if self._clock() != self._shown_clock:
            self.refresh(Region(max(0, self.size.width - CLOCK), 0, CLOCK, 1))

    def _clock(self) -> str:
        desk = cast("DeskApp", self.app)
        return f"{desk.now().astimezone(desk.zone):%H:%M}"

    def _agent(self) -> str:
        """Say who works here."""
        desk = cast("DeskApp", self.app)
        if not desk.is_open:
            return desk.first.actor_name if desk.first else ""
        agent = desk.store.actor.agent
        return " · ".join(filter(None, (agent.login, agent.tier))) if agent else desk.store.actor.name

    def _tab_segments(self) -> list[tuple[str, Style, str]]:
        look = palette(self.app)
        on, gap = look.surface, "  " if self.size.width >= WIDE else " "
        found = [(" deskterm " + gap, on + Style(color=look.accent.color, bold=True), "")]
        for name, key, title in TABS:
            lit = name == self.tab
            ground = look.raised if lit else on
            key_style = ground + Style(color=(look.accent if lit else look.label).color)
            title_style = ground + (Style(bold=True) if lit else Style(color=look.muted.color))
            found += [(f" {key} ", key_style, name), (f"{title} ", title_style, name)]
            found.append((gap, on, ""))
        return found

    def _right_segments(self) -> list[tuple[str, Style]]:
        look = palette(self.app)
        on, wide = look.surface, self.size.width >= WIDE
        found: list[tuple[str, Style]] = []
        if self.counts:
            for number, glyph, word, style in (
                (self.counts.breached, "▲", "breached", look.breached),
                (self.counts.atrisk, "◆", "at risk", look.atrisk),
            ):
                colour = style if number else look.muted
                text = f"{glyph} {number:,}" + (f" {word}" if wide else "")
                found.append((text + "  ", on + Style(color=colour.color)))
            if self.counts.unsent:
                text = f"✉ {self.counts.unsent:,}" + (" not sent" if wide else "")
                found.append((text + "  ", on + Style(color=look.breached.color)))
        name = clean_line(self._agent(), 30)
        found.append(((name if wide else name.split(" · ")[0]) + " ", on + Style(color=look.muted.color)))
        self._shown_clock = self._clock()
        found.append((f" {self._shown_clock} ", on))
        return found

    def render_line(self, y: int) -> Strip:
        """Paint the line: the right part gives way last."""
        on, width = palette(self.app).surface, self.size.width
        left = [Segment(text, style) for text, style, _ in self._tab_segments()]
        right = [Segment(text, style) for text, style in self._right_segments()]
        used = sum(cell_len(segment.text) for segment in (*left, *right))
        return Strip([*left, Segment(" " * max(0, width - used), on), *right]).crop(0, width)

    def on_click(self, event: events.Click) -> None:
        """Go to the tab under the mouse."""
        x = 0
        for text, _, name in self._tab_segments():
            x += cell_len(text)
            if event.x < x:
                if name:
                    screen = cast("DeskScreen", self.screen)
                    screen.run_worker(screen.go(name), name="go")
                return


def _figures(counts: Counts) -> tuple[int, int, int]:
    return counts.breached, counts.atrisk, counts.unsent
