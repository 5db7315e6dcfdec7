"""What all dialogs share: a panel with a title, a line for what is wrong, and the keys that work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_line
from deskterm.ui.styles import STYLES

if TYPE_CHECKING:
    from deskterm.ui.app import DeskApp

T = TypeVar("T")
Hint = tuple[str, str]
"""A key as it is written in a hint line, and what it does."""


class Dialog(ModalScreen[T | None], Generic[T]):
    """A modal panel that is dismissed with a result, or with None when the person leaves it."""

    CSS_PATH = STYLES / "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", show=False)]
    HINTS: ClassVar[tuple[Hint, ...]] = (("↵", "choose"), ("esc", "leave"))

    def __init__(self, title: str, *, detail: str = "") -> None:
        super().__init__()
        self.heading = clean_line(title, 200)
        self.detail = clean_line(detail, 300)

    @property
    def desk(self) -> DeskApp:
        """The app, as what it is."""
        return cast("DeskApp", self.app)

    def compose(self) -> ComposeResult:
        """Put title, body, problem and hints under each other."""
        with Vertical(classes="panel"):
            title = Content.assemble((self.heading, "bold $accent"))
            if self.detail:
                title = Content.assemble(title, "  ", (self.detail, "$muted"))
            yield Static(title, classes="title")
            yield from self.body()
            yield Static("", classes="problem")
            yield Static(hint_line(self.hints()), classes="hints")

    def body(self) -> Iterable[Widget]:
        """Return the widgets between title and hints."""
        return ()

    def hints(self) -> Sequence[Hint]:
        """Return the keys that work here."""
        return self.HINTS

    def problem(self, text: str) -> None:
        """Say what is wrong with what was entered; "" takes it back."""
        line = self.query_one(".problem", Static)
        line.update(
            Content.assemble(("▲ ", "$breached"), (clean_line(text, 400), "$breached")) if text else ""
        )
        line.set_class(bool(text), "shown")

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


def hint_line(hints: Iterable[Hint]) -> Content:
    """Return keys and words as the footer writes them."""
    parts: list[str | Content | tuple[str, str]] = []
    for key, word in hints:
        parts += [(key, "bold $accent"), (f" {word}   ", "$muted")]
    return Content.assemble(*parts).rstrip()
