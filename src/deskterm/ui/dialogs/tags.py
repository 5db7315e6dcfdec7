"""Put tags on and take them off, completing from the tags the desk already uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from deskterm.domain.plain import clean_line
from deskterm.domain.triage import TAG
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList, narrow
from deskterm.ui.widgets.line_input import LineInput

MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class TagAnswer:
    """What to add and what to take off."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


class EditTags(Dialog[TagAnswer]):
    """Ask which tags to add and remove. `held` are those that all the tickets meant carry now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "apply", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("↵", "put on or take off"),
        ("tab", "complete"),
        ("^S", "done"),
        ("esc", "leave"),
    )

    def __init__(
        self,
        title: str,
        held: Iterable[str],
        known: Sequence[str],
        *,
        detail: str = "",
        bare: str = "no tags",
    ) -> None:
        super().__init__(title, detail=detail)
        self.bare = bare
        self.held = frozenset(held)
        self.tags = set(self.held)
        self.known = tuple(known)

    def body(self) -> Iterable[Widget]:
        """The tags as they would be, a line to type in, and the tags there are."""
        yield Static("", classes="tags")
        yield LineInput(placeholder="type a tag; Enter on the empty line is done", compact=True)
        yield ChoiceList(self._choices(""), empty="no tags yet: type the first one")

    @property
    def list(self) -> ChoiceList[str]:
        """The tags that could be toggled."""
        return self.query_one(ChoiceList)

    def on_mount(self) -> None:
        """Begin in the line."""
        self.list.styles.height = max(1, min(len(self.known), MOST_LINES, self.app.size.height - 9))
        self._show()
        self.query_one(Input).focus()

    def _choices(self, typed: str) -> tuple[Choice[str], ...]:
        choices = [
            Choice(
                tag,
                f"#{tag}",
                "on" if tag in self.tags else "",
                "✓" if tag in self.tags else " ",
                "$within",
                tag,
            )
            for tag in self.known
        ]
        return narrow(choices, typed) if typed else tuple(choices)

    def _show(self, typed: str = "") -> None:
        kept = [(f"#{tag} ", "$accent") for tag in sorted(self.tags & self.held)]
        added = [(f"+#{tag} ", "bold $within") for tag in sorted(self.tags - self.held)]
        gone = [(f"-#{tag} ", "strike $muted") for tag in sorted(self.held - self.tags)]
        parts = [*kept, *added, *gone]
        line = Content.assemble(*parts) if parts else Content.assemble((self.bare, "$muted"))
        self.query_one(".tags", Static).update(line)
        at = self.list.cursor if not typed else 0
        self.list.empty = "a new tag" if typed else "no tags yet: type the first one"
        self.list.show(self._choices(typed), at)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the known tags to what is typed."""
        event.stop()
        self.problem("")
        self._show(_bare(event.value))

    def action_move(self, by: int) -> None:
        """Move the cursor in the list."""
        self.list.move(by)

    def action_complete(self) -> None:
        """Write the tag under the cursor into the line."""
        if self.list.current is not None:
            line = self.query_one(Input)
            line.value = self.list.current.value
            line.cursor_position = len(line.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Toggle the typed tag; an empty line whose list was not moved in is done."""
        event.stop()
        typed = _bare(event.value)
        if not typed and self.list.cursor == 0:
            self.action_apply()
            return
        self._toggle(typed or (self.list.current.value if self.list.current else ""))

    def on_choice_list_picked(self) -> None:
        """Toggle the clicked tag."""
        if self.list.current is not None:
            self._toggle(self.list.current.value)

    def _toggle(self, tag: str) -> None:
        if not TAG.fullmatch(tag):
            self.problem(f"{tag!r} is no tag: letters, digits and . + / - _ , at most 50, no spaces")
            return
        self.tags ^= {tag}
        if tag not in self.known:
            self.known = (tag, *self.known)
        self.query_one(Input).value = ""
        self._show()

    def action_apply(self) -> None:
        """Answer with the difference, including what is still in the line."""
        typed = _bare(self.query_one(Input).value)
        if typed:
            self._toggle(typed)
            if self.query_one(Input).value:
                return
        self.dismiss(TagAnswer(tuple(sorted(self.tags - self.held)), tuple(sorted(self.held - self.tags))))


def _bare(typed: str) -> str:
    return clean_line(typed).strip().lstrip("#").casefold()
