"""Split: which messages become a ticket of their own, and what that is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from deskterm.domain.plain import clean_line
from deskterm.domain.ticket import Message
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList
from deskterm.ui.widgets.line_input import LineInput

MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class SplitAnswer:
    """The messages (ids) that go along, and the subject of the new ticket."""

    messages: tuple[int, ...]
    subject: str


class SplitForm(Dialog[SplitAnswer]):
    """Ask for a subject, and for the messages; the customer's last one is chosen to begin with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("tab", "take_along", show=False, priority=True),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("↑↓", "move"), ("tab", "take along or not"), ("↵", "split off"), ("esc", "leave"),
    )  # fmt: skip

    def __init__(self, title: str, messages: Sequence[Message], *, detail: str = "") -> None:
        super().__init__(title, detail=detail)
        self.messages = tuple(reversed(messages))
        last = next((each for each in self.messages if each.from_customer), self.messages[0])
        self.taken = {last.id}
        self.at = self.messages.index(last)

    def body(self) -> Iterable[Widget]:
        """A line for the subject, and the messages, the newest first."""
        yield LineInput(placeholder="what the new ticket is about", compact=True)
        yield ChoiceList(self._choices())

    @property
    def list(self) -> ChoiceList[int]:
        """The messages."""
        return self.query_one(ChoiceList)

    def on_mount(self) -> None:
        """Begin in the line."""
        self.list.styles.height = max(1, min(len(self.messages), MOST_LINES, self.app.size.height - 9))
        self.list.show(self._choices(), self.at)
        self.query_one(Input).focus()

    def _choices(self) -> tuple[Choice[int], ...]:
        return tuple(
            Choice(
                each.id,
                clean_line(each.text, 200),
                clean_line(each.author, 30) + (" · note" if each.kind == "internal" else ""),
                "✓" if each.id in self.taken else " ",
                "$within",
            )
            for each in self.messages
        )

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.list.move(by)

    def action_take_along(self) -> None:
        """Take the message along, or not."""
        here = self.list.current
        if here is not None:
            self.taken ^= {here.value}
            self.list.show(self._choices(), self.list.cursor)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, once there is a subject and a message."""
        event.stop()
        subject = clean_line(event.value).strip()
        if not subject:
            self.problem("the new ticket needs a subject")
        elif not self.taken:
            self.problem("no message goes along: Tab takes one")
        else:
            self.dismiss(SplitAnswer(tuple(sorted(self.taken)), subject))
