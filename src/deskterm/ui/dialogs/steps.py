"""The steps of a process: each with what became of it, and one key that says what becomes of it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_line
from deskterm.domain.process import StepState
from deskterm.ui.dialogs.base import Dialog, Hint, hint_line
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList
from deskterm.ui.step_choices import StepChoice
from deskterm.ui.widgets.message_lines import wrap

FRAME = 11
"""Lines of a panel that are neither steps nor what is told of one."""
LEAST_STEPS = 4
MOST_TOLD = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to become of a step, None when it is about the process; `say` asks for a word on it."""

    step: StepChoice | None = None
    state: StepState = StepState.DONE
    say: bool = False


class StepsDialog(Dialog[Wanted]):
    """A list of steps with the instructions of the one under the cursor, at first the current one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,d", "mark('done')", show=False),
        Binding("n", "mark('done', True)", show=False),
        Binding("s", "mark('skipped', True)", show=False),
        Binding("x", "mark('refused', True)", show=False),
        Binding("o", "mark('open')", show=False),
        Binding("p", "process", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("home,g", "move(-100000)", show=False),
        Binding("end,G", "move(100000)", show=False),
        Binding("pagedown,space,ctrl+d", "read(4)", show=False),
        Binding("pageup,ctrl+u", "read(-4)", show=False),
        Binding("c,q", "leave", show=False),
    ]

    def __init__(self, title: str, steps: Sequence[StepChoice], *, detail: str = "") -> None:
        super().__init__(title, detail=detail)
        self.steps = tuple(steps)
        self.at = next((at for at, step in enumerate(steps) if step.current), 0)
        self.told: list[list[Content]] = []

    def body(self) -> Iterable[Widget]:
        """The steps, and what is told of the one under the cursor."""
        yield ChoiceList(
            [Choice(step, step.name, step.beside, step.glyph, step.style) for step in self.steps]
        )
        with_text = VerticalScroll(Static("", classes="keys"), can_focus=False, classes="told")
        with_text.styles.margin = (1, 0, 0, 0)
        yield with_text

    def hints(self) -> Sequence[Hint]:
        """What can be done to the step under the cursor."""
        here = self.steps[self.at] if self.steps else None
        approval = here is not None and here.approval
        mark = (("↵", "approve"), ("x", "refuse")) if approval else (("↵", "done"),)
        say = (("n", "and say"),) if not approval else ()
        return (*mark, *say, ("s", "skip"), ("o", "open again"), ("p", "process"), ("esc", "leave"))

    @property
    def list(self) -> ChoiceList[StepChoice]:
        """The steps."""
        return self.query_one(ChoiceList)

    def on_mount(self) -> None:
        """Begin on the step whose turn it is."""
        self.list.show(self.list.choices, self.at)
        self._fit()

    def on_resize(self) -> None:
        """Fit again."""
        self._fit()

    def _fit(self) -> None:
        """Leave room for the longest instructions, so that nothing jumps while one looks through."""
        width = max(20, min(72, self.app.size.width * 94 // 100) - 6)
        self.told = [
            [
                Content.styled(part, style)
                for lines, style in ((step.text, "$foreground"), (step.facts, "$muted"))
                for line in lines
                for part in wrap(clean_line(line, 2000), width)
            ]
            for step in self.steps
        ]
        room = self.app.size.height - FRAME
        told = min(max(map(len, self.told), default=0), MOST_TOLD, max(2, room - LEAST_STEPS))
        self.list.styles.height = max(1, min(len(self.steps), room - told))
        self.query_one(".told").styles.height = told
        self._say()

    def _say(self) -> None:
        self.at = self.list.cursor
        self.problem("")
        lines = self.told[self.at] if self.told else []
        self.query_one(".told Static", Static).update(Content("\n").join(lines))
        self.query_one(".told", VerticalScroll).scroll_home(animate=False)
        self.query_one(".hints", Static).update(hint_line(self.hints()))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.list.move(by)
        self._say()

    def action_read(self, by: int) -> None:
        """Scroll the instructions."""
        self.query_one(".told", VerticalScroll).scroll_relative(y=by, animate=False)

    def on_choice_list_picked(self) -> None:
        """Tell of the clicked step."""
        self._say()

    def action_process(self) -> None:
        """Answer that it is about the process."""
        self.dismiss(Wanted())

    def action_mark(self, word: str, say: bool = False) -> None:
        """Answer what is to become of the step under the cursor, unless that says nothing new."""
        state, step = StepState(word), self.list.current
        if step is None:
            return
        wrong = _wrong(step.value, state)
        if wrong:
            self.problem(wrong)
        else:
            self.dismiss(Wanted(step.value, state, say))


def _wrong(step: StepChoice, state: StepState) -> str:
    """Say why nothing could become of it."""
    if state is StepState.REFUSED and not step.approval:
        return f"{step.name} is no approval: s skips it"
    if step.but(state):
        return ""
    if StepState.NEEDLESS in step.there.values():
        return f"{step.name} is not needed here"
    if state is StepState.OPEN:
        return f"{step.name} is still open"
    return f"{step.name} is {state} already: o opens it again"
