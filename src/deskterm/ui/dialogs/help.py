"""Help for this screen: every key that works here, made from the registry with the user's own keys in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.keymap import ACTIONS, Action, Keymap, shown_key
from deskterm.ui.safe import fit

SCOPE_TITLES = {
    "everywhere": "EVERYWHERE",
    "list": "LIST",
    "inbox": "INBOX",
    "ticket": "ON A TICKET",
    "link": "ON A TICKET",
    "reading": "TICKET",
    "scrolling": "READING",
    "filter": "SEARCH",
    "composer": "WHILE WRITING",
    "board": "BOARD",
    "metrics": "METRICS",
}
KEYS_WIDTH = 18
TWO_COLUMNS = 104


class Help(Dialog[None]):
    """Lists the keys of the given scopes; `extra` scopes can be reached from here (the composer)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter", "leave", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space,ctrl+d", "scroll(10)", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", show=False),
        Binding("home,g", "scroll(-1000)", show=False),
        Binding("end,G", "scroll(1000)", show=False),
    ]

    def __init__(self, keymap: Keymap, scopes: Sequence[str], *, screen: str = "") -> None:
        super().__init__("Keys that work here", detail=screen)
        self.keymap = keymap
        self.scopes = tuple(scopes)
        self.add_class("wide")

    def hints(self) -> Sequence[Hint]:
        """How to read on and leave."""
        return (("j k", "scroll"), ("esc", "leave"))

    def body(self) -> Iterable[Widget]:
        """All keys in one scrolling text."""
        yield VerticalScroll(Static("", classes="keys"), can_focus=False)

    def on_mount(self) -> None:
        """Lay the keys out for this width."""
        self.query_one(VerticalScroll).styles.max_height = max(4, self.app.size.height - 8)
        self._lay_out()

    def on_resize(self) -> None:
        """Lay the keys out again."""
        self._lay_out()

    def _lay_out(self) -> None:
        blocks = [self._block(title, actions) for title, actions in self._groups()]
        if self.app.size.width < TWO_COLUMNS or len(blocks) < 2:
            lines = [line for block in blocks for line in (*block, Content(""))]
        else:
            lines = _side_by_side(blocks, (min(self.app.size.width, 130) - 12) // 2)
        self.query_one(".keys", Static).update(Content("\n").join(lines).rstrip())

    def _groups(self) -> list[tuple[str, list[Action]]]:
        groups: dict[str, list[Action]] = {}
        for action in self.keymap.actions_for(self.scopes):
            groups.setdefault(SCOPE_TITLES.get(action.scope, action.scope.upper()), []).append(action)
        return list(groups.items())

    def _block(self, title: str, actions: list[Action]) -> list[Content]:
        lines = [Content.assemble((title, "bold $label"))]
        for action in actions:
            keys = "  ".join(shown_key(key) for key in action.keys)
            own = action.keys != _DEFAULT_KEYS[action.name]
            lines.append(
                Content.assemble(
                    (fit(keys, KEYS_WIDTH), "bold $accent"),
                    action.help,
                    ("  (your key)" if own else "", "$muted"),
                )
            )
        return lines

    def action_scroll(self, lines: int) -> None:
        """Scroll the keys."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


_DEFAULT_KEYS = {action.name: action.keys for action in ACTIONS}


def _side_by_side(blocks: list[list[Content]], width: int) -> list[Content]:
    """Put the blocks into two columns of about the same length, in order."""
    columns: tuple[list[Content], list[Content]] = ([], [])
    half = (sum(len(block) + 1 for block in blocks) + 1) // 2
    for block in blocks:
        into = columns[0] if len(columns[0]) + len(block) // 2 < half and not columns[1] else columns[1]
        into += [*block, Content("")]
    left, right = columns
    lines: list[Content] = []
    for at in range(max(len(left), len(right))):
        one = left[at] if at < len(left) else Content("")
        lines.append(
            Content.assemble(
                one.truncate(width - 2, ellipsis=True, pad=True), "  ", right[at] if at < len(right) else ""
            )
        )
    return lines
