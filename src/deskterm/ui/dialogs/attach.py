"""Name a file to attach: its path is completed as it is typed, and what is too large is said at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from deskterm.domain.errors import DeskError, InputFileError
from deskterm.domain.plain import clean_line
from deskterm.store.files import completions, file_size
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList
from deskterm.ui.widgets.line_input import LineInput

MOST_LINES = 10


class AttachFile(Dialog[str]):
    """The answer is a path of a file that can be attached."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("↑↓", "move"), ("tab", "complete"), ("↵", "attach"), ("esc", "leave"),
    )  # fmt: skip

    def __init__(self, title: str, *, begin: str = "") -> None:
        super().__init__(title, detail="files of this machine, 25 MB a message")
        self.begin = begin
        self.found: tuple[str, ...] = ()

    def body(self) -> Iterable[Widget]:
        """A line for the path, and what it may become."""
        yield LineInput(
            self.begin, placeholder="a path, such as ~/logs/nginx.log", compact=True, select_on_focus=False
        )
        yield ChoiceList((), empty="nothing there begins so")

    @property
    def list(self) -> ChoiceList[str]:
        """What is there."""
        return self.query_one(ChoiceList)

    @property
    def line(self) -> Input:
        """The path."""
        return self.query_one(Input)

    def on_mount(self) -> None:
        """Begin in the line."""
        self.list.styles.height = max(3, min(MOST_LINES, self.app.size.height - 10))
        self.line.focus()
        self._look(self.begin)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look what begins so."""
        event.stop()
        self.problem("")
        self._look(event.value)

    def _look(self, text: str) -> None:
        self.run_worker(self._looked(text), group="look", exclusive=True)

    async def _looked(self, text: str) -> None:
        # A folder on a slow disk must not hold the keys up.
        found = await asyncio.to_thread(completions, text)
        self.found = found
        self.list.show([Choice(way, clean_line(way, 500)) for way in found])

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.list.move(by)

    def action_complete(self) -> None:
        """Put in what the found ones have in common, else the one under the cursor."""
        common = _common(self.found)
        if self.list.cursor == 0 and len(common) > len(self.line.value) and len(self.found) > 1:
            self._put(common)
        elif self.list.current is not None:
            self._put(self.list.current.value)

    def _put(self, text: str) -> None:
        self.line.value = text
        self.line.cursor_position = len(text)

    def on_choice_list_picked(self) -> None:
        """Take the clicked one."""
        if self.list.current is not None:
            self._put(self.list.current.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the file, go on into a folder."""
        event.stop()
        self.run_worker(self._submit(event.value.strip()), group="submit", exclusive=True)

    async def _submit(self, typed: str) -> None:
        chosen = self.list.current.value if self.list.current is not None else ""
        path = chosen if chosen and (self.list.cursor or not typed or typed.endswith("/")) else typed
        if path.endswith("/"):
            self._put(path)
            return
        try:
            await asyncio.to_thread(file_size, path)
        except DeskError as error:
            if chosen and chosen != path and isinstance(error, InputFileError):
                self._put(chosen)
            else:
                self.problem(error.message)
        else:
            self.dismiss(path)


def _common(ways: tuple[str, ...]) -> str:
    """Return what all begin with, letter case aside."""
    if not ways:
        return ""
    first, size = ways[0], len(ways[0])
    for way in ways[1:]:
        size = next(
            (
                at
                for at, (one, two) in enumerate(zip(first[:size], way, strict=False))
                if one.casefold() != two.casefold()
            ),
            min(size, len(way)),
        )
    return first[:size]
