"""One of a few values on one line of a form, changed with the arrows or by its first letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from deskterm.domain.plain import clean_line


class ChoiceField(Widget, can_focus=True):
    """Shows all options when they fit, else the chosen one and how many there are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
    ]

    class Changed(Message):
        """Another option was chosen."""

    value: reactive[str] = reactive("")

    def __init__(self, options: Sequence[str], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.set_reactive(ChoiceField.value, value if value in self.options else self.options[0])

    def watch_value(self) -> None:
        """Tell the form."""
        self.post_message(self.Changed())

    def action_step(self, by: int) -> None:
        """Choose the next option or the one before, around the ends."""
        self.value = self.options[(self.options.index(self.value) + by) % len(self.options)]

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next option that begins with it."""
        letter = event.character or ""
        if not letter.isalnum():
            return
        at = self.options.index(self.value)
        order = self.options[at + 1 :] + self.options[: at + 1]
        found = next((option for option in order if option.casefold().startswith(letter.casefold())), None)
        if found is not None:
            self.value = found
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """A click goes to the next option."""
        self.action_step(1)

    def render(self) -> Content:
        """Draw the options, the chosen one marked by more than its colour."""
        names = [clean_line(option, 60) or "—" for option in self.options]
        chosen = self.options.index(self.value)
        tone = "bold $accent" if self.has_focus else "bold $foreground"
        if sum(cell_len(name) + 2 for name in names) + 2 > self.size.width:
            count = f"  {chosen + 1} of {len(names)}"
            return Content.assemble(
                ("‹ ", "$muted"), (names[chosen], tone), (" ›", "$muted"), (count, "$label")
            )
        parts: list[str | Content | tuple[str, str]] = []
        for at, name in enumerate(names):
            parts.append((f"‹{name}›", tone) if at == chosen else (f" {name} ", "$muted"))
        return Content.assemble(*parts)
