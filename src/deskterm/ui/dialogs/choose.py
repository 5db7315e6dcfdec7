"""Choose one of many by typing a part of its name: agents, queues, states, and whatever else there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList, narrow
from deskterm.ui.widgets.line_input import LineInput

T = TypeVar("T")
MOST_LINES = 12


class Choose(Dialog[Choice[T]], Generic[T]):
    """Ask for one of `choices`; the answer is the choice, so that a value may well be None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (("↑↓", "move"), ("↵", "choose"), ("esc", "leave"))

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[T]],
        *,
        current: T | None = None,
        detail: str = "",
        placeholder: str = "type to narrow",
    ) -> None:
        super().__init__(title, detail=detail)
        self.all = tuple(choices)
        self.at = next((at for at, choice in enumerate(self.all) if choice.value == current), 0)
        self.placeholder = placeholder
        self.lines = min(len(self.all), MOST_LINES)

    def body(self) -> Iterable[Widget]:
        """A line to type in, and the list."""
        yield LineInput(placeholder=self.placeholder, compact=True)
        yield ChoiceList(self.all)

    @property
    def list(self) -> ChoiceList[T]:
        """The list being chosen from."""
        return self.query_one(ChoiceList)

    def on_mount(self) -> None:
        """Begin on the current value, as tall as the choices are many."""
        self.list.styles.height = max(1, min(self.lines, self.app.size.height - 9))
        self.list.show(self.all, self.at)
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list to what answers the typed letters."""
        event.stop()
        self.problem("")
        self.typed(event.value.strip())

    def typed(self, text: str) -> None:
        """Show what answers the typed letters."""
        self.list.show(narrow(self.all, text) if text else self.all, 0 if text else self.at)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the choice under the cursor."""
        event.stop()
        self.pick()

    def on_choice_list_picked(self) -> None:
        """Answer with the clicked choice."""
        self.pick()

    def pick(self) -> None:
        """Answer with the choice under the cursor."""
        chosen = self.list.current
        if chosen is None:
            self.problem("nothing matches; take a letter back")
        else:
            self.dismiss(chosen)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.list.move(by)
