"""A reply to several tickets: one text to write, then what each would get, to look through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.placeholders import PLACEHOLDERS, gaps, unknown
from deskterm.domain.plain import clean_line
from deskterm.ui.dialogs import kept
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.macro_choice import preview

if TYPE_CHECKING:
    from deskterm.domain.actions import Macro
    from deskterm.domain.macros import Filled
    from deskterm.domain.rule import Action
    from deskterm.ui.widgets.composer import DraftArea

FRAME = 10


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for all, and the macro it came from."""

    text: str
    macro: str = ""
    actions: tuple[Action, ...] = ()


class WriteToAll(Dialog[Written]):
    """Asks for the one text; what was typed is kept when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "look", show=False, priority=True),
        Binding("ctrl+t", "macro", show=False, priority=True),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("^S", "look at what each gets"), ("^T", "macro"), ("esc", "leave, keep the text"),
    )  # fmt: skip

    def __init__(
        self, title: str, text: str, choose: Callable[[], Awaitable[Macro | None]], *, detail: str = ""
    ) -> None:
        super().__init__(title, detail=detail)
        self.begin = text
        self.choose = choose
        self.macro = ""
        self.actions: tuple[Action, ...] = ()
        self.add_class("wide")

    def body(self) -> Iterable[Widget]:
        """The text, and what may stand in braces."""
        from deskterm.ui.widgets.composer import DraftArea

        yield DraftArea(self.begin, compact=True, highlight_cursor_line=False, soft_wrap=True)
        some = " ".join(f"{{{name}}}" for name in list(PLACEHOLDERS)[:5])
        yield Static(Content(f"each gets its own: {some} …"), classes="help")

    def on_mount(self) -> None:
        """Begin at the end of the text."""
        area = self._area
        area.styles.height = max(4, min(14, self.app.size.height - FRAME))
        area.move_cursor(area.document.end)
        area.focus()

    @property
    def _area(self) -> DraftArea:
        from deskterm.ui.widgets import composer

        return self.query_one(composer.DraftArea)

    def action_macro(self) -> None:
        """Put a macro in."""
        self.run_worker(self._put_in(), exclusive=True)

    async def _put_in(self) -> None:
        macro = await self.choose()
        if macro is not None:
            self._area.put_in(macro.text)
            self.macro, self.actions = macro.name, macro.actions

    def action_look(self) -> None:
        """Go on to what each gets."""
        text = self._area.text
        wrong = unknown(text)
        if not text.strip():
            self.problem("there is nothing to send yet")
        elif wrong:
            name, near = wrong[0]
            self.problem(f"there is no {{{name}}}" + (f": did you mean {{{near}}}?" if near else ""))
        else:
            self.dismiss(Written(text, self.macro, self.actions))

    def action_leave(self) -> None:
        """Leave; the text is there the next time."""
        from deskterm.ui.screens.using_macros import KEPT

        kept.keep(self.app, KEPT, {"text": self._area.text})
        self.dismiss(None)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one ticket would get: to whom, and the text as it is there."""

    number: int
    subject: str
    name: str
    address: str
    copies: tuple[str, ...]
    filled: Filled

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing in it."""
        return (*(gap.name for gap in gaps(self.filled.text)), *self.filled.gaps)


class LookThrough(Dialog[tuple[Letter, ...]]):
    """Shows each letter; the answer is those that are meant, None goes back to the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down,J", "move(1)", show=False),
        Binding("k,up,K", "move(-1)", show=False),
        Binding("g,home", "move(-100000)", show=False),
        Binding("G,end", "move(100000)", show=False),
        Binding("x,space", "leave_out", show=False),
        Binding("ctrl+s,enter", "send", show=False),
    ]

    def __init__(self, title: str, letters: Sequence[Letter]) -> None:
        super().__init__(title)
        self.letters = tuple(letters)
        self.at = 0
        self.left_out: set[int] = set()
        self.add_class("wide")

    def body(self) -> Iterable[Widget]:
        """Which one is shown, and what it says."""
        yield Static("", classes="question")
        yield Static("", classes="preview")

    def hints(self) -> Sequence[Hint]:
        """How to go on."""
        return (("j k", "look through"), ("x", "leave out"), ("↵", "send all"), ("esc", "back to the text"))

    @property
    def chosen(self) -> tuple[Letter, ...]:
        """Those that are meant."""
        return tuple(one for one in self.letters if one.number not in self.left_out)

    def on_mount(self) -> None:
        """Show the first."""
        self._say()

    def on_resize(self) -> None:
        """Break its lines anew."""
        self._say()

    def action_move(self, by: int) -> None:
        """Look at another one."""
        self.at = max(0, min(self.at + by, len(self.letters) - 1))
        self._say()

    def action_leave_out(self) -> None:
        """Leave this one out, or take it in again."""
        self.left_out ^= {self.letters[self.at].number}
        self.problem("")
        self._say()

    def action_send(self) -> None:
        """Agree to it."""
        wanting = next((one for one in self.chosen if one.gaps), None)
        if not self.chosen:
            self.problem("none is left: x takes one in")
        elif wanting is not None:
            self.at = self.letters.index(wanting)
            self._say()
            self.problem(
                f"#{wanting.number}: ‹{wanting.gaps[0]}?› is missing: x leaves it out, esc mends the text"
            )
        else:
            self.dismiss(self.chosen)

    def _say(self) -> None:
        one = self.letters[self.at]
        out = one.number in self.left_out
        name = clean_line(one.name, 60).strip()
        to = f"{name} <{clean_line(one.address, 254)}>" if name else clean_line(one.address, 254)
        copies = f"  cc {', '.join(clean_line(address, 254) for address in one.copies)}" if one.copies else ""
        count = len(self.chosen)
        missing = sum(bool(each.gaps) for each in self.chosen)
        said = [
            Content.assemble(
                (f"{self.at + 1} of {len(self.letters)}", "bold"),
                (f"   {count} will be sent" + (f", {missing} with gaps" if missing else ""), "$muted"),
            ),
            Content.assemble(
                (f"#{one.number} ", "$accent"),
                (clean_line(one.subject, 200), "$foreground"),
                ("  left out" if out else "", "$atrisk"),
            ),
            Content.styled(f"to {to}{copies}", "$muted"),
        ]
        self.query_one(".question", Static).update(Content("\n").join(said))
        width = min(126, int(self.app.size.width * 0.96)) - 6
        room = max(3, self.app.size.height - FRAME - 3)
        self.query_one(".preview", Static).update(preview(one.filled, width, room))
