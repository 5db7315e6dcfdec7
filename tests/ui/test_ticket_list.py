"""The list of tickets, by keys: moving, selecting, sorting, pages, and what others change meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain.commands import Assign, Close, Create, SetPriority
from deskterm.domain.kinds import Priority
from tests.ui.desk import NOON, Clock, as_agent
from tests.ui.driver import open_desk

WIDE = (120, 40)


async def test_keys_move_the_cursor(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        order = [row.number for row in desk.inbox.list.window.rows]
        await desk.press("j", "j")
        assert desk.number == order[2]
        await desk.press("k")
        assert desk.number == order[1]
        await desk.press("G")
        assert desk.number == order[-1]
        await desk.press("j")
        assert desk.number == order[-1]
        await desk.press("g", "g")
        assert desk.number == order[0]
        await desk.press("k", "down", "down", "up")
        assert desk.number == order[1]


async def test_pages_are_read_as_the_cursor_comes_near(many: Path, clock: Clock) -> None:
    async with open_desk(many, clock) as desk:
        assert len(desk.inbox.list.window.rows) < 400
        height = desk.inbox.list.size.height
        for page in (1, 2):
            await desk.press("pagedown")
            assert desk.number == 1 + page * height
        for _ in range(30):
            await desk.press("pagedown")
        await desk.until(lambda: desk.number == 400)
        await desk.press("g", "g")
        assert desk.number == 1
        await desk.press("G")
        assert desk.number == 400
        for _ in range(40):
            await desk.press("pageup")
        await desk.until(lambda: desk.number == 1)


async def test_a_held_key_goes_through_every_ticket(many: Path, clock: Clock) -> None:
    async with open_desk(many, clock, size=(80, 24)) as desk:
        await desk.press(*["j"] * 399)
        await desk.until(lambda: desk.number == 400)
        window = desk.inbox.list.window
        assert [row.number for row in window.rows] == list(range(window.rows[0].number, 401))


async def test_half_pages(many: Path, clock: Clock) -> None:
    async with open_desk(many, clock) as desk:
        half = desk.inbox.list.window.height // 2
        await desk.press("ctrl+d")
        assert desk.number == 1 + half
        await desk.press("ctrl+d", "ctrl+u")
        assert desk.number == 1 + half


async def test_selecting(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        order = [row.number for row in desk.inbox.list.window.rows]
        await desk.press("x", "j", "x")
        assert desk.inbox.targets() == tuple(sorted((order[0], order[2])))
        assert "2 selected" in desk.text
        assert desk.text.count("▪") == 2
        await desk.press("j", "j", "V")
        assert desk.inbox.list.selected == {order[0], *order[2:6]}
        await desk.press("backslash")
        assert desk.inbox.targets() == (desk.number,)
        await desk.press("asterisk")
        assert desk.inbox.list.selected == set(order)
        await desk.press("escape")
        assert not desk.inbox.list.selected


async def test_all_in_the_view_is_more_than_the_rows_at_hand(many: Path, clock: Clock) -> None:
    async with open_desk(many, clock) as desk:
        await desk.press("asterisk")
        assert len(desk.inbox.targets()) == 400
        assert "400 selected" in desk.text


async def test_sorting(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        seen = {desk.inbox.list.sort}
        for _ in range(4):
            await desk.press("comma")
            seen.add(desk.inbox.list.sort)
        assert len(seen) == 5
        assert desk.inbox.list.sort == "-number"
        assert [row.number for row in desk.inbox.list.window.rows][:2] == [8, 7]
        assert "number ↓" in desk.text


async def test_the_number_is_copied(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("y")
        assert desk.app.clipboard == f"#{desk.number}"


async def test_a_change_of_somebody_else_keeps_the_cursor_on_its_ticket(small: Path, clock: Clock) -> None:
    bo = as_agent(small, "dana", clock)
    async with open_desk(small, clock) as desk:
        await desk.press("j", "j", "j")
        here, line = desk.number, desk.inbox.list.window.cursor
        bo.dispatch(
            Create(
                "Everything is down", "x@example.org", "X", queue="billing", priority=Priority.P1, reason="r"
            )
        )
        await desk.until(lambda: "Everything is down" in desk.text)
        assert desk.number == here
        last = desk.inbox.list.window.rows[-1].number
        bo.dispatch(SetPriority((last,), Priority.P1, reason="now"))
        await desk.until(
            lambda: any(row.number == last and row.priority == "P1" for row in desk.inbox.list.window.rows)
        )
        assert desk.number == here
        assert desk.inbox.list.window.cursor >= line
    bo.close()


async def test_when_the_ticket_leaves_the_cursor_takes_the_next(small: Path, clock: Clock) -> None:
    dana = as_agent(small, "dana", clock)
    async with open_desk(small, clock) as desk:
        order = [row.number for row in desk.inbox.list.window.rows]
        await desk.press("j", "j")
        dana.dispatch(Close((order[2],), "declined"))
        await desk.until(lambda: desk.number != order[2])
        assert desk.number == order[3]
    dana.close()


async def test_far_down_the_list_a_change_moves_nothing(many: Path, clock: Clock) -> None:
    dana = as_agent(many, "dana", clock)
    async with open_desk(many, clock) as desk:
        for _ in range(12):
            await desk.press("pagedown")
        here = desk.number
        seen = desk.inbox.list.window.top - desk.inbox.list.window.cursor
        dana.dispatch(Assign((here + 1,), dana.actor.id))
        dana.dispatch(Close((3,), "declined"))
        await desk.until(lambda: desk.inbox.list.window.total == 398)
        assert desk.number == here
        assert desk.inbox.list.window.top - desk.inbox.list.window.cursor == seen
    dana.close()


async def test_clocks_turn_amber_and_red_when_their_time_comes(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        vpn = next(line for line in desk.lines if "VPN drops" in line)
        assert "◆ 0:50" in vpn
        await desk.pass_time(minutes=1)
        assert "◆ 0:49" in desk.text
        await desk.pass_time(minutes=48, seconds=30)
        vpn = next(line for line in desk.lines if "VPN drops" in line)
        assert "◆ now" in vpn
        await desk.pass_time(seconds=30)
        vpn = next(line for line in desk.lines if "VPN drops" in line)
        assert "▲ -1m" in vpn
        assert clock.at > NOON


async def test_time_repaints_only_cells_that_read_differently(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.pass_time(seconds=20)
        before = list(desk.inbox.list._on_screen)
        await desk.pass_time(seconds=20)
        assert desk.inbox.list._on_screen == before
        await desk.pass_time(seconds=30)
        changed = [y for y, look in enumerate(desk.inbox.list._on_screen) if look != before[y]]
        assert 0 < len(changed) < 8


async def test_a_click_moves_and_the_wheel_scrolls(many: Path, clock: Clock) -> None:
    async with open_desk(many, clock) as desk:
        await desk.pilot.click("TicketList", offset=(20, 4))
        await desk.settle()
        assert desk.number == 5


@pytest.mark.parametrize("size", [(120, 40), (110, 40), (102, 30), (94, 30), (80, 24), (60, 16)])
async def test_columns_give_way_in_order(small: Path, clock: Clock, size: tuple[int, int]) -> None:
    width, height = size
    async with open_desk(small, clock, size=size) as desk:
        await desk.rest()
        text = desk.text
        assert all(word in text for word in ("SUBJECT", "STATE", "SLA", "P1", "-12m", "Checkout"))
        assert ("━━━" in text) == (width >= 112)
        assert ("OWNER" in text) == (width >= 104)
        assert ("REQUESTER" in text) == (width >= 96)
        assert ("QUEUES" in text) == (width >= 88)
        assert ("── #1 " in text) == (height >= 30)
        assert all(len(line) <= width for line in desk.lines)
