"""Choose a priority where impact meets urgency; 1 to 4 override it with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from deskterm.domain.kinds import Level, Priority
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import DEFAULT, Policy
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.widgets.line_input import LineInput

IMPACT_HELP = {
    Level.HIGH: "the organization or a key service",
    Level.MEDIUM: "a team",
    Level.LOW: "one person",
}
URGENCY_HELP = {
    Level.HIGH: "work is stopped",
    Level.MEDIUM: "a workaround exists",
    Level.LOW: "can wait",
}
LEVELS = tuple(Level)
PRIORITY_STYLE = {
    Priority.P1: "bold $breached",
    Priority.P2: "bold $atrisk",
    Priority.P3: "$foreground",
    Priority.P4: "$muted",
}
LABEL_WIDTH, CELL_WIDTH = 10, 9


@dataclass(frozen=True, slots=True)
class PriorityAnswer:
    """Impact and urgency, or a priority of one's own with the reason for it."""

    impact: Level | None = None
    urgency: Level | None = None
    priority: Priority | None = None
    reason: str = ""


class Grid(Widget, can_focus=True):
    """The table of impact and urgency with a cursor on one cell."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", show=False),
        Binding("down,j", "move(1, 0)", show=False),
        Binding("left,h", "move(0, -1)", show=False),
        Binding("right,l", "move(0, 1)", show=False),
    ]

    def __init__(self, impact: Level, urgency: Level, policy: Policy) -> None:
        super().__init__()
        self.impact = impact
        self.urgency = urgency
        self.policy = policy

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor, staying inside."""
        self.impact = LEVELS[max(0, min(2, LEVELS.index(self.impact) + down))]
        self.urgency = LEVELS[max(0, min(2, LEVELS.index(self.urgency) + right))]
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked cell."""
        down, right = event.y - 1, (event.x - LABEL_WIDTH) // CELL_WIDTH
        if 0 <= down < 3 and 0 <= right < 3:
            self.impact, self.urgency = LEVELS[down], LEVELS[right]
            self.refresh()

    def render(self) -> Content:
        """Draw the table and what the chosen levels mean."""
        head = Content.assemble(
            (f"{'impact ↓':<{LABEL_WIDTH}}", "$label"),
            *((f" {level:<{CELL_WIDTH - 1}}", "$muted") for level in LEVELS),
            ("← urgency", "$label"),
        )
        lines = [head, *(self._row(impact) for impact in LEVELS), Content("")]
        for name, level, help_texts in (
            ("impact", self.impact, IMPACT_HELP),
            ("urgency", self.urgency, URGENCY_HELP),
        ):
            lines.append(Content.assemble((f"{name} {level}: ", "$muted"), help_texts[level]))
        return Content("\n").join(lines)

    def _row(self, impact: Level) -> Content:
        parts: list[tuple[str, str]] = [(f"{impact:<{LABEL_WIDTH}}", "$muted")]
        for urgency in LEVELS:
            priority = self.policy.priority(impact, urgency)
            here = impact is self.impact and urgency is self.urgency
            style = f"{PRIORITY_STYLE[priority]} reverse" if here else PRIORITY_STYLE[priority]
            parts.append((f"▸{priority} " if here else f" {priority} ", style))
            parts.append((" " * (CELL_WIDTH - 4), ""))
        return Content.assemble(*parts)


class ChoosePriority(Dialog[PriorityAnswer]):
    """Ask for impact and urgency, or for an override with its reason."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", show=False),
        # Before the letters after it are handed out: on a slow line they arrive together.
        *(Binding(str(each), f"override({each})", show=False, priority=True) for each in range(1, 5)),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("←↑↓→", "move"),
        ("↵", "set"),
        ("1-4", "override, with a reason"),
        ("esc", "leave"),
    )

    def __init__(
        self,
        title: str,
        impact: Level,
        urgency: Level,
        *,
        detail: str = "",
        policy: Policy = DEFAULT,
    ) -> None:
        super().__init__(title, detail=detail)
        self.grid = Grid(impact, urgency, policy)
        self.policy = policy
        self.wanted: Priority | None = None

    def hints(self) -> Sequence[Hint]:
        """The keys of the table."""
        return self.HINTS

    def body(self) -> Iterable[Widget]:
        """The table, and a line for the reason of an override."""
        yield self.grid
        yield LineInput(placeholder="why this priority?", compact=True, classes="reason")

    def on_mount(self) -> None:
        """Begin in the table."""
        self.query_one(".reason").display = False
        self.grid.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the reason a number is a number."""
        return not (action == "override" and isinstance(self.focused, Input))

    def action_override(self, number: int) -> None:
        """Ask for the reason of a priority the table would not give."""
        self.wanted = Priority(f"P{number}")
        matrix = self.policy.priority(self.grid.impact, self.grid.urgency)
        if self.wanted is matrix:
            self.action_accept()
            return
        line = self.query_one(Input)
        line.display = True
        line.placeholder = f"why {self.wanted} and not {matrix}?"
        self.set_focus(line)

    def action_accept(self) -> None:
        """Answer with the cell under the cursor."""
        self.dismiss(PriorityAnswer(self.grid.impact, self.grid.urgency))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the override, once it has a reason."""
        event.stop()
        reason = clean_line(event.value).strip()
        if not reason:
            self.problem(f"{self.wanted} needs a reason here")
            return
        self.dismiss(PriorityAnswer(self.grid.impact, self.grid.urgency, self.wanted, reason))

    def action_leave(self) -> None:
        """From the reason go back to the table, from the table leave."""
        if self.query_one(Input).has_focus:
            self.query_one(Input).display = False
            self.problem("")
            self.set_focus(self.grid)
        else:
            self.dismiss(None)
