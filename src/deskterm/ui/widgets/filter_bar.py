"""The search line: what is typed, what could come next, and what is wrong with it and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from deskterm.domain.query import QueryError
from deskterm.domain.query_completion import Completion, complete
from deskterm.ui.safe import fit
from deskterm.ui.theme import palette
from deskterm.ui.widgets.line_input import LineInput

PROMPT = " / "
OFFERED = 8


class FilterHint(Widget):
    """The line under what is typed: completions, or the error with a mark under its place."""

    DEFAULT_CSS = "FilterHint { height: 1; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.completions: list[Completion] = []
        self.error: QueryError | None = None

    def show(self, completions: list[Completion], error: QueryError | None = None) -> None:
        """Offer completions, or say what is wrong."""
        self.completions, self.error = completions, error
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint the line."""
        look, width = palette(self.app), self.size.width
        if self.error is not None:
            text = f"▲ {wrong_words(self.error)}"
            # The mark stands under its place unless the words would be cut for that.
            room = max(1, width - cell_len(text))
            indent = " " * min(len(PROMPT) + self.error.position - 1, max(0, width // 3), room)
            return Strip([Segment(fit(indent + text, width), look.breached)], width)
        if not self.completions:
            text = (
                "   words, or is: queue: owner: tag: created:<7d …   ↵ search   ^S save as a view   Esc back"
            )
            return Strip([Segment(fit(text, width), look.label)], width)
        first = self.completions[0]
        segments = [Segment(" " * len(PROMPT), look.plain), Segment(f"Tab {first.text}", look.accent)]
        others = "  ".join(each.text for each in self.completions[1:OFFERED])
        rest = f" {first.help}   {others}" if first.help else f"   {others}"
        used = sum(cell_len(segment.text) for segment in segments)
        segments.append(Segment(fit(rest, max(0, width - used)), look.label))
        return Strip(segments).crop(0, width)


def wrong_words(error: QueryError) -> str:
    """Say what is wrong with a query, how to mend it first: the line may be cut at its end."""
    if not error.nearest:
        return error.message
    place, mend = f"Column {error.position}: ", f"did you mean {error.nearest}?"
    rest = error.message.removeprefix(place).removesuffix(f"; {mend}")
    return f"{place}{mend} {rest}"


class QueryInput(LineInput):
    """The line a query is typed in; it has the width of its bar, so a letter more moves nothing else."""

    virtual_size = Reactive(Size(0, 0), layout=False)


class FilterBar(Vertical):
    """An input with a prompt, and the hint under it. `typed` hears each change."""

    DEFAULT_CSS = """
    FilterBar { height: 2; width: 1fr; background: $surface; }
    FilterBar Horizontal { height: 1; }
    FilterBar Static { width: 3; color: $accent; text-style: bold; }
    FilterBar Input { width: 1fr; padding: 0; background: $surface; }
    """

    def __init__(self, typed: Callable[[str], None]) -> None:
        super().__init__()
        self.typed = typed
        self.input = QueryInput(compact=True, select_on_focus=False)
        self.hint = FilterHint()
        self.names: Mapping[str, Sequence[str]] = {}

    def compose(self) -> ComposeResult:
        """Put the prompt before the input and the hint under both."""
        with Horizontal():
            yield Static(PROMPT, markup=False)
            yield self.input
        yield self.hint

    @property
    def text(self) -> str:
        """What is typed."""
        return self.input.value

    def when_read(self, then: Callable[[], object]) -> None:
        """Go on when the keys pressed so far are in the text: in one burst they are still on their way."""
        self.input.call_later(then)

    def begin(self, text: str) -> None:
        """Start typing, with a query to go on from."""
        with self.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = len(text)
        self.hint.show([])
        self.screen.set_focus(self.input)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what could come next, and tell what is typed."""
        event.stop()
        text = event.value
        offered = complete(text, self.input.cursor_position, self.names) if text.strip() else []
        word = text[: self.input.cursor_position].rsplit(" ", 1)[-1]
        # A plain word is a search of its own: offers only help once a field has begun or is nearly spelled.
        self.hint.show(
            [each for each in offered if each.text != word] if ":" in word or len(word) > 1 else []
        )
        self.typed(text)

    def complete_word(self) -> None:
        """Put the first completion in."""
        if not self.hint.completions:
            return
        first = self.hint.completions[0]
        text = self.input.value
        gap = "" if first.text.endswith(":") else " "
        self.input.value = text[: first.start] + first.text + gap + text[first.end :].lstrip(" ")
        self.input.cursor_position = first.start + len(first.text) + len(gap)

    def wrong(self, error: QueryError) -> None:
        """Say what is wrong, under its place; the cursor goes there."""
        self.hint.show([], error)
        self.input.cursor_position = min(len(self.input.value), error.position - 1)
