"""The views, queues and saved searches beside the list, with live counts and a mark on the one shown."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.lists import UNCOUNTED, ViewCount
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette

HEADS = {"view": "VIEWS", "queue": "QUEUES", "saved": "SAVED"}
Line = tuple[str, str, str, bool]
"""A painted line: what it is (a kind of view, "head" or ""), its name, its count, and whether it is shown."""


def count_text(view: ViewCount) -> str:
    """Write a count; one that stopped counting says that there are more."""
    if view.count == UNCOUNTED:
        return ""
    return f"{view.count:,}" + ("+" if view.capped else "")


class Sidebar(Widget):
    """One painted column; a click shows the view."""

    DEFAULT_CSS = "Sidebar { width: 23; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.views: tuple[ViewCount, ...] = ()
        self.shown: ViewCount | None = None
        self.chosen: Callable[[ViewCount], None] = lambda view: None
        self._lines: list[tuple[Line, ViewCount | None]] = []
        self._top = 0

    def show(self, views: tuple[ViewCount, ...], shown: ViewCount | None) -> None:
        """Show these views; only lines that changed are painted again."""
        self.views, self.shown = views, shown
        before, top = [line for line, _ in self._lines], self._top
        self._lines = self._lay_out()
        self._keep_in_sight()
        after = [line for line, _ in self._lines]
        if len(before) != len(after) or top != self._top:
            self.refresh()
            return
        changed = [
            y - self._top for y, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]
        ]
        regions = [Region(0, y, self.size.width, 1) for y in changed if 0 <= y < self.size.height]
        if regions:
            self.refresh(*regions)

    def _lay_out(self) -> list[tuple[Line, ViewCount | None]]:
        lines: list[tuple[Line, ViewCount | None]] = []
        kind = ""
        for view in self.views:
            if view.kind != kind:
                kind = view.kind
                lines += [
                    (("", "", "", False), None),
                    (("head", HEADS.get(kind, kind.upper()), "", False), None),
                ]
            here = self.shown is not None and (view.kind, view.name) == (self.shown.kind, self.shown.name)
            lines.append(((kind, view.name, count_text(view), here), view))
        return lines

    def _keep_in_sight(self) -> None:
        height = max(1, self.size.height)
        at = next((y for y, (line, _) in enumerate(self._lines) if line[3]), 0)
        self._top = max(0, min(self._top, at - 2, len(self._lines) - 1), at - height + 1)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the view shown in sight."""
        top = self._top
        self._keep_in_sight()
        if top != self._top:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one line, and the rule at the right edge."""
        look, width = palette(self.app), self.size.width
        rule = Segment("│", look.rule)
        index = self._top + y
        if index >= len(self._lines):
            return Strip([Segment(" " * (width - 1), look.plain), rule], width)
        kind, name, count, here = self._lines[index][0]
        if kind in ("", "head"):
            return Strip([Segment(fit(" " + name, width - 1), look.label + look.bold_only), rule], width)
        room = width - 5 - len(count)
        if here:
            ground = look.selection
            parts = [Segment("▌ ", look.accent + ground), Segment(fit(name, room), look.plain + ground)]
            return Strip([*parts, Segment(f" {count} ", look.plain + ground), rule], width)
        return Strip([Segment(f"  {fit(name, room)} {count} ", look.muted), rule], width)

    def on_click(self, event: events.Click) -> None:
        """Show the view under the mouse."""
        index = self._top + event.y
        view = self._lines[index][1] if index < len(self._lines) else None
        if view is not None:
            self.chosen(view)
