"""Rebalance: which tickets would go from whom to whom and why, and what everybody would carry then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from deskterm.domain.plain import clean_line
from deskterm.domain.rebalancing import Handover, Rebalancing, Share
from deskterm.ui.dialogs.base import Dialog, Hint
from deskterm.ui.dialogs.choice_list import Choice, ChoiceList
from deskterm.ui.safe import fit

FRAME = 9
"""Lines of a panel that are neither loads nor moves: title, reason, hints and the space between them."""
MOST_LOADS = 6
NAME = 16


class RebalanceForm(Dialog[tuple[Handover, ...]]):
    """Shows a proposal; single moves can be left out, and the loads follow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "apply", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown,ctrl+d", "move(10)", show=False),
        Binding("pageup,ctrl+u", "move(-10)", show=False),
        Binding("home,g", "move(-100000)", show=False),
        Binding("end,G", "move(100000)", show=False),
        Binding("x,space", "leave_out", show=False),
        Binding("asterisk", "all", show=False),
    ]
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("↵", "move them"), ("j k", "look through"), ("x ␣", "leave out, take in"), ("*", "all or none"),
        ("esc", "leave"),
    )  # fmt: skip

    def __init__(self, found: Rebalancing) -> None:
        super().__init__("Rebalance", detail=_told(found))
        self.found = found
        self.left_out: set[int] = set()
        self.add_class("wide")

    def body(self) -> Iterable[Widget]:
        """The loads, the moves, and why the one under the cursor is proposed."""
        yield Static("", classes="question")
        yield ChoiceList(self._choices())
        yield Static("", classes="help")

    @property
    def list(self) -> ChoiceList[int]:
        """The moves."""
        return self.query_one(ChoiceList)

    @property
    def chosen(self) -> tuple[Handover, ...]:
        """The moves that are meant."""
        return tuple(one for one in self.found.moves if one.ticket not in self.left_out)

    def on_mount(self) -> None:
        """Say it."""
        self._say()

    def on_resize(self) -> None:
        """Leave room for the frame."""
        self._say()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.list.move(by)
        self._say_why()

    def action_leave_out(self) -> None:
        """Leave the move under the cursor out, or take it in again, and go on to the next."""
        here = self.list.current
        if here is not None:
            self.left_out ^= {here.value}
            self._say(self.list.cursor + 1)

    def action_all(self) -> None:
        """Take all moves in; pressed again, leave all out."""
        every = {one.ticket for one in self.found.moves}
        self.left_out = set() if self.left_out else every
        self._say()

    def action_apply(self) -> None:
        """Agree to what is chosen."""
        chosen = self.chosen
        full = self.found.too_full(chosen)
        if not chosen:
            self.problem("no move is left: x takes one in")
        elif full:
            self.problem(f"{', '.join(full)} would carry too much: leave what they get out too")
        else:
            self.dismiss(chosen)

    def on_choice_list_picked(self) -> None:
        """Say why the clicked move is proposed."""
        self._say_why()

    def _choices(self) -> tuple[Choice[int], ...]:
        login = self.found.login
        return tuple(
            Choice(
                one.ticket,
                f"{one.priority} #{one.ticket}  {clean_line(one.subject, 200)}",
                f"{fit(login(one.giver), NAME).rstrip()} → {fit(login(one.taker), NAME).rstrip()}"
                f"  {'not answered yet' if one.untouched else 'answered before'}",
                " " if one.ticket in self.left_out else "✓",
                "$within",
            )
            for one in self.found.moves
        )

    def _say(self, cursor: int | None = None) -> None:
        shares = self.found.shares(self.chosen)
        most = min(MOST_LOADS, max(2, self.app.size.height - FRAME - 4))
        lines = [_load(share) for share in shares[: most if len(shares) <= most else most - 1]]
        if len(shares) > len(lines):
            lines.append(Content.styled(f"and {len(shares) - len(lines)} more", "$muted"))
        self.query_one(".question", Static).update(Content("\n").join(lines))
        room = max(1, self.app.size.height - FRAME - len(lines))
        moves = self.list
        moves.styles.height = max(1, min(len(self.found.moves), room))
        top = moves.top
        moves.show(self._choices(), moves.cursor if cursor is None else cursor)
        moves.top = top
        self.problem("")
        self._say_why()

    def _say_why(self) -> None:
        here = self.list.current
        move = next((one for one in self.found.moves if here is not None and one.ticket == here.value), None)
        self.query_one(".help", Static).update(Content(move.reason if move is not None else ""))


def _told(found: Rebalancing) -> str:
    count = len(found.moves)
    said = f"{count:,} ticket{'' if count == 1 else 's'} to colleagues with room, as one step"
    said += ", and there would be more" if found.more else ""
    return said + (f" · closed now: {', '.join(found.closed)}" if found.closed else "")


def _load(share: Share) -> Content:
    over = share.held_after > share.capacity
    name = clean_line(share.agent, NAME)
    return Content.assemble(
        (name + " " * max(1, NAME + 1 - cell_len(name)), "$foreground"),
        (f"{share.held:>4} → ", "$muted"),
        (f"{share.held_after}", "bold"),
        (f" of {share.capacity}", "$muted"),
        (" ▲" if over else "  ", "$breached"),
        (f"  load {share.load:>4} → {share.load_after}", "$muted"),
    )
