"""The two lines at the foot of a screen: what happened last, and the keys that work right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from deskterm.domain.plain import clean_line
from deskterm.ui.keymap import Action, shown_key
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette

if TYPE_CHECKING:
    from deskterm.ui.screens.base import DeskScreen

ALWAYS = 92
"""The footer order of the help key, which stays when there is room for little else."""


class StatusLine(Widget):
    """What happened last and what to do about it; errors carry a mark."""

    DEFAULT_CSS = "StatusLine { height: 1; dock: bottom; margin-bottom: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.text = self.hint = ""
        self.error = False

    def show(self, text: str, *, error: bool = False, hint: str = "") -> None:
        """Show one line; "" clears it."""
        new = (clean_line(text), error, clean_line(hint))
        if new != (self.text, self.error, self.hint):
            self.text, self.error, self.hint = new
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint it; the hint keeps its place when the text is too long."""
        look, width = palette(self.app), self.size.width
        mark = " ▲ " if self.error else "  "
        hint = f"  {self.hint} " if self.hint else ""
        room = max(0, width - cell_len(mark) - cell_len(hint))
        text = fit(self.text, min(room, cell_len(self.text)))
        used = cell_len(mark) + cell_len(text) + cell_len(hint)
        segments = [
            Segment(mark + text, look.breached if self.error else look.muted),
            Segment(hint, look.accent),
            Segment(" " * max(0, width - used), look.plain),
        ]
        return Strip([segment for segment in segments if segment.text]).crop(0, width)


class KeyFooter(Widget):
    """The keys that work right now, most useful first; a click does what the key does."""

    DEFAULT_CSS = "KeyFooter { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.scopes: tuple[str, ...] = ()
        self.prefix = ""

    def show(self, scopes: tuple[str, ...], prefix: str = "") -> None:
        """Show the keys of these scopes, or what may follow a first key."""
        if (scopes, prefix) != (self.scopes, self.prefix):
            self.scopes, self.prefix = scopes, prefix
            self.refresh()

    def entries(self) -> list[tuple[str, Action]]:
        """Return what is shown: each key as written, and its action."""
        keymap = cast("DeskScreen", self.screen).desk.keymap
        actions = keymap.actions_for(self.scopes)
        if self.prefix:
            begin = self.prefix + " "
            follow = [(key, action) for action in actions for key in action.keys if key.startswith(begin)]
            return [(shown_key(key.removeprefix(begin)), action) for key, action in follow]
        shown = sorted((action for action in actions if action.footer), key=lambda action: action.footer)
        entries = [(shown_key(action.keys[0]), action) for action in shown]
        spare = sum(_width(key, action) for key, action in entries) - self.size.width + 1
        kept = list(entries)
        for entry in sorted(entries, key=lambda entry: -(entry[1].footer % 90 or 1)):
            if spare <= 0:
                break
            if entry[1].footer != ALWAYS:
                kept.remove(entry)
                spare -= _width(*entry)
        return kept

    def render_line(self, y: int) -> Strip:
        """Paint the keys."""
        look, width = palette(self.app), self.size.width
        on = look.surface
        key_style = on + Style(color=look.accent.color, bold=True)
        word_style = on + Style(color=look.muted.color)
        segments = [Segment(" ", on)]
        if self.prefix:
            segments.append(Segment(f"{shown_key(self.prefix)} … ", key_style))
        for key, action in self.entries():
            segments += [Segment(f"{key} ", key_style), Segment(f"{action.title}  ", word_style)]
        used = sum(cell_len(segment.text) for segment in segments)
        return Strip([*segments, Segment(" " * max(0, width - used), on)]).crop(0, width)

    def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        x = 1 + (cell_len(shown_key(self.prefix)) + 3 if self.prefix else 0)
        for key, action in self.entries():
            x += _width(key, action)
            if event.x < x:
                cast("DeskScreen", self.screen).perform(action)
                return


def _width(key: str, action: Action) -> int:
    return cell_len(key) + cell_len(action.title) + 3
