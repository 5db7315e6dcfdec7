"""A list to choose one thing from, narrowed by fuzzy matching and drawn by one widget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from deskterm.domain.plain import clean_line
from deskterm.ui.safe import fit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One thing to choose: its value, how it is called, and what stands beside it on the right.

    `style` colours the glyph; `words` are further words it is found by.
    """

    value: T
    label: str
    hint: str = ""
    glyph: str = ""
    style: str = "$muted"
    words: str = ""


def score(needle: str, text: str) -> int | None:
    """Say how well `text` answers `needle`, lower is better; None when its letters do not occur in order."""
    wanted, hay = needle.casefold(), text.casefold()
    if not wanted:
        return 0
    at = hay.find(wanted)
    if at == 0:
        return 0
    if at > 0:
        return 1 if not hay[at - 1].isalnum() else 2
    position, gaps = -1, 0
    for letter in wanted:
        if letter == " ":
            continue
        found = hay.find(letter, position + 1)
        if found < 0:
            return None
        gaps += found - position - 1
        position = found
    return 3 + gaps


def narrow(choices: Iterable[Choice[T]], needle: str) -> tuple[Choice[T], ...]:
    """Return the choices that answer `needle`, best first, equals in their own order."""
    ranked: list[tuple[int, int, Choice[T]]] = []
    for index, choice in enumerate(choices):
        by_label = score(needle, choice.label)
        by_words = score(needle, choice.words) if choice.words else None
        found = [rank for rank in (by_label, None if by_words is None else by_words + 2) if rank is not None]
        if found:
            ranked.append((min(found), index, choice))
    return tuple(choice for _, _, choice in sorted(ranked, key=lambda item: item[:2]))


class ChoiceList(Widget, Generic[T]):
    """Draws the choices that are left, with the cursor on one; the dialog around it has the keys."""

    class Picked(Message):
        """A choice was clicked."""

    def __init__(self, choices: Sequence[Choice[T]], *, empty: str = "nothing matches") -> None:
        super().__init__()
        self.choices = tuple(choices)
        self.empty = empty
        self.cursor = 0
        self.top = 0

    @property
    def current(self) -> Choice[T] | None:
        """The choice under the cursor."""
        return self.choices[self.cursor] if 0 <= self.cursor < len(self.choices) else None

    def show(self, choices: Sequence[Choice[T]], cursor: int = 0) -> None:
        """Show other choices."""
        self.choices = tuple(choices)
        self.cursor = max(0, min(cursor, len(self.choices) - 1))
        self.top = 0
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor, staying inside."""
        self.cursor = max(0, min(self.cursor + by, len(self.choices) - 1))
        self.refresh()

    def render(self) -> Content:
        """Draw the lines that fit around the cursor."""
        width, height = self.size
        if not self.choices:
            return Content.assemble((self.empty, "$muted"))
        self.top = max(min(self.top, self.cursor), self.cursor - height + 1, 0)
        shown = self.choices[self.top : self.top + height]
        lines = [self._line(choice, self.top + at == self.cursor, width) for at, choice in enumerate(shown)]
        return Content("\n").join(lines)

    def _line(self, choice: Choice[T], selected: bool, width: int) -> Content:
        glyph = f"{choice.glyph} " if choice.glyph else ""
        hint = clean_line(choice.hint, 200)
        # The label is what is chosen: a long hint gives way to it, down to a third of the line.
        least = min(cell_len(clean_line(choice.label)), width * 2 // 3)
        room = max(8, least, width - 2 - cell_len(glyph) - (cell_len(hint) + 2 if hint else 0))
        label = fit(choice.label, room)
        hint = fit(hint, max(0, width - 2 - cell_len(glyph) - room - 2)) if hint else ""
        line = Content.assemble(
            ("▌ " if selected else "  ", "$accent"),
            (glyph, choice.style),
            (label, "bold $foreground" if selected else "$foreground"),
            (f"  {hint}" if hint else "", "$muted"),
        )
        return line.stylize_before("on $selection") if selected else line

    def on_click(self, event: events.Click) -> None:
        """Pick the clicked line."""
        at = self.top + event.y
        if 0 <= at < len(self.choices):
            self.cursor = at
            self.refresh()
            self.post_message(self.Picked())
