"""The board, by keys: moving about, moving cards, lanes, filter, wallboard, and what others do meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.geometry import Region

from deskterm.domain.commands import AddAgent, AddQueue, Assign, ChangeState, Create, SetPriority, SetTarget
from deskterm.domain.errors import StorageError
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Role
from deskterm.domain.views import BoardView, Counts, Row
from deskterm.ui.dialogs.conflict import Conflict
from deskterm.ui.screens.board import BoardScreen
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.ticket import TicketScreen
from deskterm.ui.widgets.board_canvas import BoardCanvas
from deskterm.ui.widgets.ink import padded
from tests.ui.desk import Clock, as_agent
from tests.ui.pictures import picture
from tests.ui.running import Running, running

EMPTY_DESK = (AddQueue("Payments"), AddAgent("alice", "Alice", Role.LEAD, ("payments",), "L1"))


async def board(desk: Running) -> BoardScreen:
    """Go to the board and wait for its cards."""
    await desk.press("2")
    screen = await desk.shows(BoardScreen)
    await desk.happens("the board", lambda: screen.canvas.view is not None)
    await desk.settle()
    return screen


def here(screen: BoardScreen) -> tuple[str, int | None]:
    """The column and the ticket under the cursor."""
    column = screen.canvas.here
    return (column.value if column else "", screen.canvas.number)


def cards(screen: BoardScreen, value: str) -> list[int]:
    """The tickets of a column."""
    view = screen.canvas.view
    assert isinstance(view, BoardView)
    return next([row.number for row in one.cards] for one in view.columns if one.value == value)


async def test_keys_go_from_card_to_card_and_column_to_column(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        assert here(screen) == ("new", 5)
        await desk.press("j")
        assert here(screen) == ("new", 7)
        await desk.press("l")
        assert here(screen) == ("open", 2)
        await desk.press("G")
        assert here(screen) == ("open", 6)
        await desk.press("g", "g")
        assert here(screen) == ("open", 1)
        await desk.press("l", "l", "l", "l", "l")
        assert here(screen) == ("solved", 9)
        await desk.press("left", "down", "up", "right", "k")
        assert here(screen) == ("solved", 9)


async def test_enter_opens_the_ticket_and_letters_act_on_it(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("A")
        await desk.happens("taking", lambda: desk.store.ticket(5).owner == "alice")
        await desk.press("enter")
        opened = await desk.shows(TicketScreen)
        assert opened.number == 5
        await desk.press("escape")
        assert await desk.shows(BoardScreen) is screen


async def test_a_card_moves_to_the_state_of_the_column(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("l", "L")
        await desk.happens("pending", lambda: desk.store.ticket(1).ticket.state is State.PENDING)
        await desk.happens("the card", lambda: here(screen) == ("pending", 1))
        await desk.sees("Set #1 to pending")
        await desk.press("u")
        await desk.happens("the undo", lambda: here(screen) == ("open", 1))
        assert desk.store.ticket(1).ticket.state is State.OPEN


async def test_hold_asks_why_and_solving_asks_for_a_resolution(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("l", "l")
        assert here(screen) == ("pending", 3)
        await desk.keys("L")
        await desk.sees("Hold #3")
        await desk.keys("ctrl+s")
        await desk.happens("hold", lambda: desk.store.ticket(3).ticket.state is State.HOLD)
        await desk.happens("the card", lambda: here(screen) == ("hold", 3))
        await desk.keys("L")
        await desk.sees("Solve #3")
        await desk.write("Sent again")
        await desk.keys("ctrl+s")
        await desk.happens("solved", lambda: desk.store.ticket(3).ticket.state is State.SOLVED)
        await desk.happens("the card", lambda: here(screen) == ("solved", 3))


async def test_what_a_rule_forbids_is_said(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("H")
        assert "no column on that side" in desk.status
        await desk.press("l", "H")
        assert "cannot become new" in desk.status
        await desk.press("G", "l", "l", "l", "H")
        assert "move it to Open" in desk.status
        assert here(screen)[0] == "solved"


async def test_a_card_somebody_else_moved_is_a_conflict(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("l")
        screen.notice = lambda notice: None  # type: ignore[method-assign]
        other = desk.other("bo")
        other.dispatch(ChangeState((1,), State.HOLD, "vendor"))
        await desk.keys("L")
        await desk.shows(Conflict)
        await desk.sees("hold")
        await desk.press("escape")
        await desk.settle()
        assert other.ticket(1).ticket.state is State.HOLD
        other.close()


async def test_lanes_by_owner_priority_and_queue(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("equals_sign")
        assert [column.title for column in screen.canvas.columns] == ["Unassigned", "alice", "bo", "dana"]
        await desk.press("L")
        await desk.happens("the owner", lambda: desk.store.ticket(5).owner == "alice")
        await desk.press("equals_sign")
        assert [column.value for column in screen.canvas.columns] == ["P1", "P2", "P3", "P4"]
        assert here(screen) == ("P3", 5)
        await desk.keys("H")
        await desk.sees("from P3 to P2")
        await desk.write("The whole site")
        await desk.keys("enter")
        await desk.happens("the priority", lambda: desk.store.ticket(5).ticket.priority is Priority.P2)
        await desk.press("equals_sign")
        await desk.happens("queues", lambda: screen.canvas.view and screen.canvas.view.lanes == "queue")
        assert [column.value for column in screen.canvas.columns] == [
            queue.key for queue in desk.store.people().queues.values()
        ]
        assert here(screen) == ("identity", 5)
        await desk.keys("H")
        await desk.sees("Hand #5 over")
        await desk.write("Yours")
        await desk.keys("enter")
        await desk.happens("the queue", lambda: desk.store.ticket(5).queue == "Billing")


async def test_the_filter_speaks_the_query_language(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("slash")
        await desk.type("queue:billing")
        await desk.press("enter")
        await desk.happens("the filter", lambda: screen.canvas.view and screen.canvas.view.query != "")
        assert cards(screen, "open") == [6]
        await desk.press("slash")
        await desk.type(" nonsense:x")
        await desk.press("enter")
        await desk.sees("nonsense")
        assert screen.filter == "queue:billing"
        await desk.press("escape")
        await desk.press("escape")
        await desk.happens("everything", lambda: len(cards(screen, "open")) == 4)
        await desk.press("q")
        await desk.shows(InboxScreen)


async def test_the_cursor_stays_on_its_ticket_and_only_changed_cards_are_painted(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("l", "j")
        assert here(screen) == ("open", 2)
        painted: list[Region] = []
        refresh = BoardCanvas.refresh

        def spy(self: BoardCanvas, *regions: Region, **options: bool) -> BoardCanvas:
            painted.extend(regions or (self.size.region,))
            return refresh(self, *regions, **options)

        BoardCanvas.refresh = spy  # type: ignore[method-assign,assignment]
        try:
            other = desk.other("bo")
            other.dispatch(Assign((7,), other.actor.id))
            await desk.happens("the new owner", lambda: 7 in cards(screen, "open"))
        finally:
            BoardCanvas.refresh = refresh  # type: ignore[method-assign]
        assert here(screen) == ("open", 2)
        assert painted
        assert screen.size.region not in painted
        columns = {region.x for region in painted}
        assert columns <= {screen.canvas._shape.x(0), screen.canvas._shape.x(1)}
        other.dispatch(ChangeState((2,), State.PENDING))
        await desk.happens("following", lambda: here(screen) == ("pending", 2))
        other.close()


async def test_cards_turn_amber_and_red_on_the_second(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        view = screen.canvas.view
        assert view is not None
        rows = [row for column in view.columns for row in column.cards if row.risk_at is not None]
        for _ in range(3):
            at = screen.canvas.next_change_at()
            assert at is not None
            row = next(row for row in rows if at in (row.risk_at, row.due_at))
            late = at == row.due_at

            def line(row: Row = row) -> str:
                return next(line for line in desk.lines if f"▌ {row.number}  {row.priority}" in line)

            await desk.pass_time(seconds=(at - desk.clock.at).total_seconds() - 1)
            before = line()
            await desk.pass_time(seconds=1)
            glyph = "▲" if late else "◆"
            assert line().count(glyph) == before.count(glyph) + 1


async def test_the_counts_turn_with_the_clocks_on_the_second(small: Path) -> None:
    async with running(small) as desk:
        await desk.sees("at risk")
        counts = desk.app.counts
        for _ in range(3):
            assert counts is not None
            at = counts.next_change_at
            assert at is not None
            before = counts
            await desk.pass_time(seconds=(at - desk.clock.at).total_seconds())

            def counted_again(seen: Counts = before) -> bool:
                return desk.app.counts is not seen

            await desk.happens("new counts", counted_again)
            counts = desk.app.counts
            assert counts is not None
            assert (counts.breached, counts.atrisk) != (before.breached, before.atrisk)
            await desk.sees(f"▲ {counts.breached} breached  ◆ {counts.atrisk} at risk")


async def test_the_wallboard_can_only_be_looked_at(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        await desk.press("l", "F")
        await desk.sees("wallboard")
        assert screen.targets() == ()
        await desk.press("L", "A", "h", "l")
        assert desk.store.ticket(1).ticket.state is State.OPEN
        await desk.press("F")
        assert here(screen) == ("open", 1)
        assert screen.targets() == (1,)


async def test_columns_that_do_not_fit_come_with_the_cursor(small: Path) -> None:
    async with running(small, size=(60, 20)) as desk:
        screen = await board(desk)
        assert "Solved" not in desk.text
        assert "›" in desk.text
        await desk.press("l", "l", "l", "l")
        assert here(screen)[0] == "solved"
        assert "Solved" in desk.text
        assert "New" not in desk.text
        await desk.press("F", "h", "h", "h")
        assert "New" in desk.text


async def test_more_cards_than_fit_are_counted_and_come_on_the_way(many: Path) -> None:
    async with running(many) as desk:
        screen = await board(desk)
        assert "↓ 393 more" in desk.text
        await desk.press(*["j"] * 30)
        assert "more" in desk.text
        assert "↑" in desk.text
        await desk.press("G")
        await desk.happens("the last of all", lambda: screen.canvas.index == 399)


async def test_a_card_that_goes_far_down_its_column_keeps_the_cursor(many: Path) -> None:
    async with running(many) as desk:
        screen = await board(desk)
        number = screen.canvas.number
        assert number is not None
        desk_itself = as_agent(many, "", desk.clock)
        for target in ("first_reply", "resolution"):
            desk_itself.dispatch(SetTarget((number,), target, 40 * 86400, reason="it can wait"))
        await desk.happens("the last place", lambda: screen.canvas.index > 100)
        assert screen.canvas.number == number
        desk_itself.close()


async def test_too_many_p1_are_said(small: Path) -> None:
    async with running(small) as desk:
        await board(desk)
        await desk.sees("P1 is 12% of all active")
        other = desk.other("bo")
        other.dispatch(SetPriority((1,), Priority.P2, reason="Only one region"))
        await desk.happens("calm", lambda: "of all active" not in desk.text)
        other.close()


async def test_the_mouse_puts_the_cursor_and_opens(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        shape = screen.canvas._shape
        await desk.pilot.click(BoardCanvas, offset=(shape.x(1) + 4, 7))
        assert here(screen) == ("open", 2)
        await desk.pilot.click(BoardCanvas, offset=(shape.x(1) + 4, 7), times=2)
        assert (await desk.shows(TicketScreen)).number == 2


async def test_hostile_subjects_are_shown_literally(small: Path, clock: Clock) -> None:
    store = as_agent(small, "", clock)
    store.dispatch(
        Create("[bold]x[/bold] \x1b[31mred\x07 ‮evil 日本語" + "w" * 200, "a@b.example", queue="billing")
    )
    store.close()
    async with running(small) as desk:
        screen = await board(desk)
        await desk.happens("the card", lambda: 10 in cards(screen, "new"))
        assert "[bold]x[/bold]" in desk.text
        assert "\x1b" not in desk.text
        assert all(len(line) <= 121 for line in desk.lines)


async def empty_desk(path: Path, clock: Clock) -> None:
    """A desk with people and no tickets."""
    store = as_agent(path, "", clock)
    for command in EMPTY_DESK:
        store.dispatch(command)
    store.close()


async def test_an_empty_board_says_what_to_do(
    tmp_path: Path, clock: Clock, pictures: SnapshotAssertion
) -> None:
    await empty_desk(tmp_path / "desk.db", clock)
    async with running(tmp_path / "desk.db") as desk:
        await board(desk)
        await desk.sees("The board is empty", "+ opens a ticket")
        assert picture(desk.app) == pictures


async def test_a_board_that_cannot_be_read_says_why(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> BoardView:
        raise StorageError("the disk reported an error", hint="check the disk")

    monkeypatch.setattr("deskterm.store.store.Store.board", broken)
    async with running(small) as desk:
        await desk.press("2")
        await desk.sees("the disk reported an error", "check the disk", "ctrl+l tries again")
        monkeypatch.undo()
        await desk.press("ctrl+l")
        await desk.sees("Checkout returns 502")


async def test_a_filter_that_finds_nothing_says_how_to_go_on(small: Path) -> None:
    async with running(small) as desk:
        screen = await board(desk)
        screen.show_filter("tag:nothing")
        await desk.sees("No ticket matches this filter")
        await desk.press("escape")
        await desk.sees("Checkout returns 502")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (140, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("lanes", ["state", "owner", "priority", "queue"])
async def test_the_board_looks_as_accepted(
    small: Path, pictures: SnapshotAssertion, lanes: str, size: tuple[int, int]
) -> None:
    async with running(small, size=size) as desk:
        screen = await board(desk)
        while screen.lanes != lanes:
            await desk.press("equals_sign")
        await desk.happens(lanes, lambda: screen.canvas.view and screen.canvas.view.lanes == lanes)
        assert picture(desk.app) == pictures


@pytest.mark.parametrize("theme", ["deskterm-light", "deskterm-contrast", "deskterm-ansi"])
async def test_the_board_in_other_themes(small: Path, pictures: SnapshotAssertion, theme: str) -> None:
    async with running(small, theme=theme) as desk:
        await board(desk)
        await desk.press("l")
        assert picture(desk.app) == pictures


def test_a_full_line_ends_in_blanks_or_an_ellipsis() -> None:
    assert padded([("abc", "text"), ("    ", "muted")], 5) == [("abc", "text"), ("  ", "muted")]
    assert padded([("abc", "text"), ("defg", "muted")], 5) == [("abc", "text"), ("d…", "muted")]
    assert padded([("日本語", "text")], 4) == [("日… ", "text")]
