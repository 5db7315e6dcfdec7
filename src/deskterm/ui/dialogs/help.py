"""Help for this screen: every key that works here, made from the registry with the user's own keys in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.key_names import shown_key
from deskterm.ui.keymap import ACTIONS, Action, Keymap
from deskterm.ui.safe import fit
from deskterm.ui.widgets.message_lines import wrap

SCOPE_TITLES = {
    "ticket": "ON A TICKET",
    "link": "ON A TICKET",
    "merge": "ON A TICKET",
    "split": "ON A TICKET",
    "composer": "WHILE WRITING",
    "filter": "WHILE SEARCHING",
    "board": "BOARD",
    "metrics": "METRICS",
    "inbox": "INBOX",
    "reading": "TICKET",
    "list": "LIST",
    "scrolling": "READING",
    "everywhere": "EVERYWHERE",
}
"""The scopes in the order they are told."""

KEYS_WIDTH, GAP = 14, 3
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
        yield VerticalScroll(Static("", classes="keys"), can_focus=False, classes="columns")

    def on_mount(self) -> None:
        """Lay the keys out for this width."""
        self._lay_out()

    def on_resize(self) -> None:
        """Lay the keys out again, as soon as the pane has its new width."""
        self.query_one(VerticalScroll).styles.max_height = max(4, self.app.size.height - 8)
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        wide = self.app.size.width >= TWO_COLUMNS
        room = self.query_one(".keys", Static).size.width or self.app.size.width - 10
        width = (room - GAP) // 2 if wide else room
        blocks = [self._block(title, actions, width) for title, actions in self._groups()]
        lines = _side_by_side(blocks, width) if wide else [line for block in blocks for line in block]
        self.query_one(".keys", Static).update(Content("\n").join(lines).rstrip())

    def _groups(self) -> list[tuple[str, list[Action]]]:
        groups: dict[str, list[Action]] = {}
        for action in sorted(self.keymap.actions_for(self.scopes), key=_rank):
            groups.setdefault(SCOPE_TITLES.get(action.scope, action.scope.upper()), []).append(action)
        return list(groups.items())

    def _block(self, title: str, actions: list[Action], width: int) -> list[Content]:
        lines = [Content.assemble((title, "bold $label"))]
        for action in actions:
            keys = "  ".join(shown_key(key) for key in action.keys)
            own = "" if action.keys == _DEFAULT_KEYS[action.name] else "  (your key)"
            first, *rest = wrap(action.help + own, width - KEYS_WIDTH)
            lines.append(Content.assemble((fit(keys, KEYS_WIDTH - 1) + " ", "bold $accent"), first))
            lines += [Content(" " * KEYS_WIDTH + part) for part in rest]
        return [*lines, Content("")]

    def action_scroll(self, lines: int) -> None:
        """Scroll the keys."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


_DEFAULT_KEYS = {action.name: action.keys for action in ACTIONS}


def _rank(action: Action) -> int:
    order = list(SCOPE_TITLES)
    return order.index(action.scope) if action.scope in order else len(order)


def _side_by_side(blocks: list[list[Content]], width: int) -> list[Content]:
    """Put the blocks into two columns of about the same length, in order."""
    columns: tuple[list[Content], list[Content]] = ([], [])
    half = sum(len(block) for block in blocks) / 2
    for block in blocks:
        into = 0 if not columns[1] and len(columns[0]) + len(block) / 2 <= half else 1
        columns[into].extend(block)
    pairs = zip_longest(*columns, fillvalue=Content(""))
    gap = " " * GAP
    return [
        Content.assemble(one.pad_right(max(0, width - one.cell_length)), gap, other) for one, other in pairs
    ]
