"""The board: live cards in columns, moved from the keyboard, with load, the last events and a wallboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult

from deskterm.domain.errors import DeskError
from deskterm.domain.lists import Notice, Row
from deskterm.domain.views import BoardView
from deskterm.ui.keymap import NEED_A_TICKET, SCREENS
from deskterm.ui.screens.card_moves import CardMoves
from deskterm.ui.screens.filtering import Filtering
from deskterm.ui.styles import STYLES
from deskterm.ui.widgets.board_canvas import BoardCanvas
from deskterm.ui.widgets.board_head import BoardHead, BoardTitle
from deskterm.ui.widgets.ink import Block
from deskterm.ui.widgets.load_bar import LoadBar
from deskterm.ui.widgets.ticker import Ticker

LANES = ("state", "owner", "priority", "queue")
CARDS = 24
"""Cards read of each column; of one that is looked at further down, as many more as that takes."""
GOING = frozenset(f"board.{where}" for where in ("left", "right", "up", "down"))
"""What works where one column is empty."""
DEEPEST = 1000
"""Cards of a column that are read to go to its end."""


class Asked(NamedTuple):
    """What a board is asked for: a query, lanes, and how many cards of which column."""

    query: str
    lanes: str
    depths: Mapping[str, int]


class Loaded(NamedTuple):
    """A board, what it was asked for, and the share of P1 when that is more than the policy wants."""

    asked: Asked
    board: BoardView
    too_many: float | None
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
        self.lanes = LANES[0]
        self.depths: dict[str, int] = {}
        self.title_line, self.canvas = BoardTitle(), BoardCanvas(lambda: self.desk.now())
        self.load_bar, self.ticker = LoadBar(), Ticker()
        self._to_end = ""

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

    def _asked_for(self) -> Asked:
        return Asked(self.filter, self.lanes, dict(self.depths))

    def load(self) -> Loaded:
        """Read the board, as far as the card under the cursor, and the share of P1."""
        asked, at = self._asked_for(), self.canvas.number
        board = self.store.board(asked.query, lanes=asked.lanes, cards=CARDS, depths=asked.depths, at=at)
        active = self.store.count("is:active")
        p1 = self.store.count("is:active priority:p1")
        share = p1 / max(1, active)
        return Loaded(asked, board, share if share > self.store.policy.p1_share else None, board.seq)

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
        self.title_line.warn(view.too_many)
        self.load_bar.show(board.load)
        self.ticker.show(board.ticks, self.desk.zone)
        if self._to_end and self.canvas.here and self.canvas.here.value == self._to_end:
            self.canvas.move(len(self.canvas.here.cards))
        self._to_end = ""
        self._read_further()
        self.offer_what_works()

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
        self.depths.clear()
        super().filtered()

    # Which ticket is meant.

    def targets(self) -> tuple[int, ...]:
        """The ticket under the cursor; a wallboard has none."""
        return (self.canvas.row.number,) if self.canvas.row else ()

    def pointless(self) -> frozenset[str]:
        """An empty column has no card to work on, an empty board none to go to."""
        if self.targets():
            return frozenset()
        anywhere = any(each.count for each in self.canvas.columns)
        return NEED_A_TICKET - GOING if anywhere else NEED_A_TICKET

    def target_row(self) -> Row | None:
        """The card under the cursor."""
        return self.canvas.row

    def scopes_here(self) -> tuple[str, ...]:
        """A wallboard can be looked at and left, nothing else."""
        return SCREENS["wall"] if self.canvas.wall else super().scopes_here()

    # Moving about.

    async def do_board_next(self) -> None:
        """Open the next best ticket."""
        await self.do_desk_next()

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
        """Last card of the column, or the last that is read of a very long one."""
        here = self.canvas.here
        if here is None:
            return
        if here.count > len(here.cards) < DEEPEST:
            self.depths[here.value], self._to_end = DEEPEST, here.value
            self.reload()
        else:
            self.canvas.move(len(here.cards))

    def do_board_open(self) -> None:
        """Open the ticket under the cursor."""
        if self.canvas.row and self.canvas.here:
            self.open_ticket(self.canvas.row.number, tuple(row.number for row in self.canvas.here.cards))

    def on_board_canvas_opened(self) -> None:
        """Open the card that was clicked twice."""
        self.do_board_open()

    def on_board_canvas_moved(self) -> None:
        """Read more cards when what is looked at comes near the last one."""
        self._read_further()
        self.offer_what_works()

    def _read_further(self) -> None:
        short = self.canvas.short()
        for column in short:
            self.depths[column.value] = max(self.depths.get(column.value, 0), 2 * len(column.cards))
        if short:
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

    async def do_board_rebalance(self) -> None:
        """Propose moves from who carries too much to colleagues with room, among what is shown."""
        from deskterm.ui.screens.rebalancing import ask_to_rebalance

        await ask_to_rebalance(self, self.filter)

    # Ways to look at it.

    def do_board_lanes(self) -> None:
        """Columns by the next of state, owner, priority and queue."""
        self.lanes = LANES[(LANES.index(self.lanes) + 1) % len(LANES)]
        self.depths.clear()
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
