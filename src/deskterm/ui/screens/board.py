"""The board: live cards in columns, moved from the keyboard, with load, the last events and a wallboard."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.timer import Timer

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice, Row
from deskterm.domain.policy import DEFAULT
from deskterm.domain.views import BoardView
from deskterm.ui.keymap import SCREENS
from deskterm.ui.screens.card_moves import CardMoves
from deskterm.ui.screens.filtering import Filtering
from deskterm.ui.styles import STYLES
from deskterm.ui.widgets.board_canvas import BoardCanvas
from deskterm.ui.widgets.board_head import BoardHead, BoardTitle
from deskterm.ui.widgets.ink import Block
from deskterm.ui.widgets.load_bar import LoadBar
from deskterm.ui.widgets.ticker import Ticker

LANES = ("state", "owner", "priority", "queue")
CARDS = 200
"""Cards read for each column; more are read when the cursor comes near the last."""
NEAR = 10
REST = 20
"""Counting what is P1 rests this many times as long as it takes, so that it costs a busy desk little."""


class Loaded(NamedTuple):
    """A board, what it was asked for, and which share of all active tickets is P1."""

    asked: tuple[str, str, int]
    board: BoardView
    p1_share: float | None
    seq: int


class BoardScreen(CardMoves, Filtering):
    """Columns by state, owner, priority or queue. The cursor stays on its ticket whatever others do."""

    CSS_PATH = STYLES / "board.tcss"
    SCOPES: ClassVar[tuple[str, ...]] = SCREENS["board"]
    TEXT_SCOPES: ClassVar[tuple[str, ...]] = SCREENS["search"]
    TITLE = "Board"
    TAB = "board"
    FILTER_BEFORE = "#board-title"

    def __init__(self) -> None:
        super().__init__()
        self.lanes, self.cards = LANES[0], CARDS
        self.title_line, self.canvas = BoardTitle(), BoardCanvas(lambda: self.desk.now())
        self.load_bar, self.ticker = LoadBar(), Ticker()
        self._p1_most = DEFAULT.p1_share
        self._p1_again = 0.0
        self._p1_timer: Timer | None = None

    def body(self) -> ComposeResult:
        """A title, the columns, the load and the ticker."""
        yield self.title_line
        yield self.canvas
        yield self.load_bar
        yield self.ticker

    def on_mount(self) -> None:
        """Say that the board is being read."""
        super().on_mount()
        self.canvas.say(_words("Reading the board …"))

    # Live views.

    def _asked_for(self) -> tuple[str, str, int]:
        return self.filter, self.lanes, self.cards

    def load(self) -> Loaded:
        """Read the board and the share of P1."""
        query, lanes, cards = asked = self._asked_for()
        board = self.store.board(query, lanes=lanes, cards=cards)
        return Loaded(asked, board, self._share_of_p1(), board.seq)

    def _share_of_p1(self) -> float | None:
        """Count what is P1, None while that rests."""
        began = perf_counter()
        if began < self._p1_again:
            return None
        active, _ = self.store.count("is:active")
        p1, _ = self.store.count("is:active priority:p1") if active else (0, False)
        self._p1_most = self.store.policy.p1_share
        ended = perf_counter()
        self._p1_again = ended + REST * (ended - began)
        return p1 / max(1, active)

    def _say_p1(self, share: float | None) -> None:
        """Warn when too much is P1; what could not be counted now is counted once that has rested."""
        if share is not None:
            self.title_line.warn(share if share > self._p1_most else None)
            return
        if self._p1_timer is not None:
            self._p1_timer.stop()
        rest = max(0.05, self._p1_again - perf_counter())
        self._p1_timer = self.set_timer(rest, lambda: self.read("p1", self._share_of_p1, self._say_p1))

    def loaded(self, view: Loaded) -> None:
        """Paint what looks different."""
        if view.asked != self._asked_for():
            self.reload()
            return
        board = view.board
        if not any(column.count for column in board.columns):
            self.canvas.say(self._words_for_nothing())
        self.canvas.show(board)
        self.title_line.show(BoardHead(self.filter, board.total, board.lanes, self.canvas.wall))
        self._say_p1(view.p1_share)
        self.load_bar.show(board.load)
        self.ticker.show(board.ticks, self.desk.zone)

    def load_failed(self, error: DeskError) -> None:
        """Say what went wrong, in place of the cards when there are none."""
        super().load_failed(error)
        self.canvas.say(_words(error.message, error.hint, "ctrl+l tries again"))

    def _words_for_nothing(self) -> Block:
        new, search = (self.desk.keymap.key_of(name) for name in ("desk.new", "desk.search"))
        if self.filter:
            return _words("No ticket matches this filter.", f"Esc takes it back, {search} changes it.")
        return _words("The board is empty: nothing waits.", f"{new} opens a ticket.")

    def concerns(self, notice: Notice) -> bool:
        """Reminders and other agents' reading change nothing here."""
        return any(topic.startswith(("ticket:", "queue:", "desk", "workplace:")) for topic in notice.topics)

    def next_change_at(self) -> datetime | None:
        """When a card turns amber or red."""
        return self.canvas.next_change_at()

    def time_passed(self, now: datetime) -> None:
        """Repaint the cards that read differently now."""
        if self.is_mounted:
            self.canvas.sync()

    def filtered(self) -> None:
        """Show another query from its first cards."""
        self.cards = CARDS
        super().filtered()

    # Which ticket is meant.

    def targets(self) -> tuple[int, ...]:
        """The ticket under the cursor; a wallboard has none."""
        return (self.canvas.row.number,) if self.canvas.row else ()

    def target_row(self) -> Row | None:
        """The card under the cursor."""
        return self.canvas.row

    def scopes_here(self) -> tuple[str, ...]:
        """A wallboard can be looked at and left, nothing else."""
        return SCREENS["wall"] if self.canvas.wall else super().scopes_here()

    # Moving about.

    def do_board_left(self) -> None:
        """Column to the left."""
        self.canvas.go(-1)

    def do_board_right(self) -> None:
        """Column to the right."""
        self.canvas.go(1)

    def do_board_down(self) -> None:
        """Card below."""
        self.canvas.move(1)

    def do_board_up(self) -> None:
        """Card above."""
        self.canvas.move(-1)

    def do_board_top(self) -> None:
        """First card of the column."""
        self.canvas.move(-len(self.canvas.here.cards) if self.canvas.here else 0)

    def do_board_bottom(self) -> None:
        """Last card of the column."""
        self.canvas.move(len(self.canvas.here.cards) if self.canvas.here else 0)

    def do_board_open(self) -> None:
        """Open the ticket under the cursor."""
        if self.canvas.row and self.canvas.here:
            self.open_ticket(self.canvas.row.number, tuple(row.number for row in self.canvas.here.cards))

    def on_board_canvas_opened(self) -> None:
        """Open the card that was clicked twice."""
        self.do_board_open()

    def on_board_canvas_moved(self) -> None:
        """Read more cards when the cursor comes near the last one."""
        here = self.canvas.here
        if here and here.count > len(here.cards) == self.cards <= self.canvas.index + NEAR:
            self.cards *= 2
            self.reload()

    # Moving cards.

    async def do_board_move_left(self) -> None:
        """Move the card to the column on the left."""
        await self._move(-1)

    async def do_board_move_right(self) -> None:
        """Move the card to the column on the right."""
        await self._move(1)

    async def _move(self, by: int) -> None:
        row, here, at = self.canvas.row, self.canvas.here, self.canvas.column + by
        if row is None or here is None:
            self.status("There is no ticket under the cursor", error=True)
        elif not 0 <= at < len(self.canvas.columns):
            self.status("There is no column on that side", error=True)
        else:
            await self.move_card(row, self.lanes, here, self.canvas.columns[at])

    def card_sent(self, row: Row, target: str) -> None:
        """Show the card where it is going."""
        values = [column.value for column in self.canvas.columns]
        if target in values:
            self.canvas.relocate(row.number, values.index(target))

    # Ways to look at it.

    def do_board_lanes(self) -> None:
        """Columns by the next of state, owner, priority and queue."""
        self.lanes = LANES[(LANES.index(self.lanes) + 1) % len(LANES)]
        self.cards = CARDS
        self.reload()

    def do_board_wallboard(self) -> None:
        """Read-only and without a cursor."""
        self._wall(True)

    def do_wall_leave(self) -> None:
        """Back to the board that can be worked on."""
        self._wall(False)

    def _wall(self, on: bool) -> None:
        self.canvas.wall = on
        self.set_class(on, "-wall")
        self.title_line.show_wall(on)
        self.canvas.sync()
        self.update_footer()

    def do_wall_left(self) -> None:
        """Columns to the left."""
        self.canvas.turn(-1)

    def do_wall_right(self) -> None:
        """Columns to the right."""
        self.canvas.turn(1)


def _words(*lines: str) -> Block:
    """Say something in place of the cards: the first line counts, the others help."""
    return [[(f"  {line}", "label" if at else "muted")] for at, line in enumerate(filter(None, lines))]
