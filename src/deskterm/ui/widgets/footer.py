"""The two lines at the foot of a screen: what happened last, and the keys that work right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from deskterm.domain.plain import clean_line
from deskterm.ui.key_names import shown_key
from deskterm.ui.keymap import Action
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette

if TYPE_CHECKING:
    from deskterm.ui.screens.base import DeskScreen

ALWAYS = 92
"""The footer order of the help key, which stays when there is room for little else."""


ERROR_SECONDS = 8.0
"""How long an error stays when no key clears it."""

SHORT_HINT = 16
"""Cells of a hint that keeps its place before a long text, such as `u undo`."""


class StatusLine(Widget):
    """What happened last and what to do about it; errors carry a mark."""

    DEFAULT_CSS = "StatusLine { height: 1; dock: bottom; margin-bottom: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.text = self.hint = ""
        self.error = False
        self._timer: Timer | None = None

    def show(self, text: str, *, error: bool = False, hint: str = "") -> None:
        """Show one line; "" clears it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if error and text:
            self._timer = self.set_timer(ERROR_SECONDS, self.clear_error)
        new = (clean_line(text), error, clean_line(hint))
        if new != (self.text, self.error, self.hint):
            self.text, self.error, self.hint = new
            self.refresh()

    def clear_error(self) -> None:
        """Take an error away: it was read, or the person goes on."""
        if self.error:
            self.show("")

    def render_line(self, y: int) -> Strip:
        """Paint it; a short hint keeps its place when the text is too long, a long one gives way."""
        look, width = palette(self.app), self.size.width
        mark = " ▲ " if self.error else "  "
        hint = f"  {self.hint} " if self.hint else ""
        if cell_len(self.hint) > SHORT_HINT:
            left = width - cell_len(mark) - cell_len(self.text)
            hint = (
                fit(hint, left) if SHORT_HINT < left < cell_len(hint) else hint if left > SHORT_HINT else ""
            )
        room = max(0, width - cell_len(mark) - cell_len(hint))
        text = fit(self.text, min(room, cell_len(self.text)))
        used = cell_len(mark) + cell_len(text) + cell_len(hint)
        segments = [
            Segment(mark + text, look.breached if self.error else look.muted),
            Segment(hint, look.accent),
            Segment(" " * max(0, width - used), look.plain),
        ]
        return Strip([segment for segment in segments if segment.text]).crop(0, width)


class Shape(NamedTuple):
    """What is special about a screen now: actions not offered, one that stays, other words and places."""

    hidden: frozenset[str] = frozenset()
    vital: str = ""
    titles: tuple[tuple[str, str], ...] = ()
    orders: tuple[tuple[str, int], ...] = ()


PLAIN = Shape()


class Entry(NamedTuple):
    """A key as it is written, what it does, and the word after it."""

    key: str
    action: Action
    word: str


class KeyFooter(Widget):
    """The keys that work right now, most useful first; a click does what the key does."""

    DEFAULT_CSS = "KeyFooter { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.scopes: tuple[str, ...] = ()
        self.prefix = ""
        self.shape = PLAIN

    def show(self, scopes: tuple[str, ...], prefix: str = "", shape: Shape = PLAIN) -> None:
        """Show the keys of these scopes, or what may follow a first key."""
        if (scopes, prefix, shape) != (self.scopes, self.prefix, self.shape):
            self.scopes, self.prefix, self.shape = scopes, prefix, shape
            self.refresh()

    def entries(self) -> list[Entry]:
        """Return what is shown: keys that share a title stand before it together."""
        keymap = cast("DeskScreen", self.screen).desk.keymap
        titles, orders = dict(self.shape.titles), dict(self.shape.orders)
        actions = [
            action._replace(
                title=titles.get(action.name, action.title), footer=orders.get(action.name, action.footer)
            )
            for action in keymap.actions_for(self.scopes)
            if action.name not in self.shape.hidden
        ]
        if self.prefix:
            begin = self.prefix + " "
            follow = [(key, action) for action in actions for key in action.keys if key.startswith(begin)]
            return [Entry(shown_key(key.removeprefix(begin)), action, action.title) for key, action in follow]
        kept = sorted((action for action in actions if action.footer), key=lambda action: action.footer)
        shown = _worded(kept)
        for action in sorted(kept, key=lambda action: -(action.footer % 90 or 1)):
            if sum(map(_width, shown)) < self.size.width:
                break
            if action.footer != ALWAYS and action.name != self.shape.vital:
                kept.remove(action)
                shown = _worded(kept)
        return shown

    def render_line(self, y: int) -> Strip:
        """Paint the keys."""
        look, width = palette(self.app), self.size.width
        on = look.surface
        key_style = on + Style(color=look.accent.color, bold=True)
        word_style = on + Style(color=look.muted.color)
        segments = [Segment(" ", on)]
        if self.prefix:
            segments.append(Segment(f"{shown_key(self.prefix)} … ", key_style))
        for entry in self.entries():
            segments.append(Segment(f"{entry.key} ", key_style))
            if entry.word:
                segments.append(Segment(f"{entry.word}  ", word_style))
        used = sum(cell_len(segment.text) for segment in segments)
        return Strip([*segments, Segment(" " * max(0, width - used), on)]).crop(0, width)

    def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        x = 1 + (cell_len(shown_key(self.prefix)) + 3 if self.prefix else 0)
        for entry in self.entries():
            x += _width(entry)
            if event.x < x:
                cast("DeskScreen", self.screen).perform(entry.action)
                return


def _worded(actions: list[Action]) -> list[Entry]:
    """Write the keys; of neighbours with one title only the last says it."""
    after = [*(action.title for action in actions[1:]), ""][: len(actions)]
    return [
        Entry(shown_key(action.keys[0]), action, "" if action.title == following else action.title)
        for action, following in zip(actions, after, strict=True)
    ]


def _width(entry: Entry) -> int:
    return cell_len(entry.key) + 1 + (cell_len(entry.word) + 2 if entry.word else 0)
