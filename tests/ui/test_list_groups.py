"""Groups in the list, by keys: the cursor passes over headings, and live changes leave it on its ticket."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain.commands import Assign, ChangeState, Create
from deskterm.domain.kinds import State
from deskterm.domain.lists import group_of
from tests.ui.desk import Clock, as_agent
from tests.ui.driver import Driver, open_desk
from tests.ui.pictures import picture


def lines(desk: Driver) -> list[str]:
    """The lines of the list alone."""
    region = desk.inbox.list.region
    return [line[region.x : region.right] for line in desk.lines[region.y : region.bottom]]


def headings(desk: Driver) -> list[str]:
    """The headings in sight, each with how many tickets it says."""
    return [line.replace("─", "").strip() for line in lines(desk) if line.rstrip().endswith("───")]


def previewed(desk: Driver) -> bool:
    """Say whether the preview shows the ticket under the cursor, where there is one."""
    view = desk.inbox.preview.view
    shown = view is not None and view.ticket.number == desk.number
    return shown or desk.inbox.has_class("-no-preview")


def cursor_line(desk: Driver) -> str:
    """The line of the cursor."""
    return next((line for line in lines(desk) if line.startswith("▌")), "")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_key_goes_through_the_groupings(
    small: Path, clock: Clock, size: tuple[int, int], pictures: SnapshotAssertion
) -> None:
    async with open_desk(small, clock, size=size) as desk:
        found = []
        for by in ("state", "owner", "queue", "priority"):
            await desk.press("equals_sign")
            await desk.until(lambda: desk.inbox.list.groups.by == by)  # noqa: B023
            assert f"grouped by {by}" in desk.text
            found.append(headings(desk))
            if by == "state":
                await desk.until(lambda: previewed(desk))
                await desk.settle()
                assert picture(desk.app) == pictures
        assert found[0] == ["new 2", "open 4", "pending 1", "hold 1"]
        assert found[1] == ["alice 6", "nobody 2"]
        assert found[3] == ["P1 1", "P2 2", "P3 3", "P4 2"]
        await desk.press("equals_sign")
        await desk.until(lambda: not headings(desk))
        assert "grouped" not in desk.text


async def test_the_cursor_passes_over_headings_and_the_order_stays_in_its_group(
    small: Path, clock: Clock
) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("equals_sign", "comma")
        await desk.until(lambda: desk.inbox.list.sort == "state/priority")
        await desk.settle()
        rows = desk.inbox.list.window.rows
        assert [row.state for row in rows] == sorted((row.state for row in rows), key=list(State).index)
        met = []
        for _ in rows:
            assert f" {desk.inbox.list.row.number}  P" in cursor_line(desk)  # type: ignore[union-attr]
            met.append(desk.inbox.list.row.number)  # type: ignore[union-attr]
            await desk.press("j")
        assert met == [row.number for row in rows]
        await desk.press("asterisk")
        await desk.until(lambda: f"{len(rows)} selected" in desk.text)


async def test_a_live_change_moves_a_ticket_to_its_group_and_the_cursor_with_it(
    small: Path, clock: Clock
) -> None:
    alice = as_agent(small, "alice", clock)
    async with open_desk(small, clock) as desk:
        await desk.press("equals_sign", "j", "j")
        await desk.settle()
        row = desk.inbox.list.row
        assert row is not None
        assert row.state is State.OPEN
        alice.dispatch(ChangeState((row.number,), State.PENDING))
        await desk.until(lambda: "pending 2" in headings(desk))
        now = desk.inbox.list.row
        assert now is not None
        assert (now.number, now.state) == (row.number, State.PENDING)
        assert f" {row.number}  P" in cursor_line(desk)
        alice.dispatch(Create("Projector is dark", "x@example.org", "X", queue="billing"))
        await desk.until(lambda: "new 3" in headings(desk))
        assert desk.inbox.list.row is not None
        assert desk.inbox.list.row.number == row.number
    alice.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_a_long_list_keeps_the_cursor_in_sight(many: Path, clock: Clock, size: tuple[int, int]) -> None:
    alice = as_agent(many, "alice", clock)
    numbers = alice.numbers("")
    alice.dispatch(Assign(numbers[::3], alice.actor.id))
    async with open_desk(many, clock, size=size) as desk:
        await desk.press("equals_sign", "equals_sign")
        await desk.until(lambda: desk.inbox.list.groups.by == "owner")
        await desk.settle()
        for keys in (
            ("G",),
            ("k", "k"),
            ("ctrl+u",),
            ("pageup",),
            ("g", "g"),
            ("ctrl+d", "j"),
            ("pagedown",),
        ):
            await desk.press(*keys)
            await desk.settle()
            row = desk.inbox.list.row
            assert row is not None
            assert f"{row.number}  P" in cursor_line(desk), keys
            assert headings(desk)[0].startswith(group_of(desk.inbox.list.window.visible()[0], "owner"))
        await desk.press("G")
        await desk.settle()
        assert desk.inbox.list.row is not None
        assert group_of(desk.inbox.list.row, "owner") == "nobody"
    alice.close()


async def test_a_list_of_ended_tickets_says_that_it_has_no_groups(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        desk.inbox.show_query("is:any")
        await desk.settle()
        await desk.press("equals_sign")
        await desk.until(lambda: "Only a list of active tickets is put in groups" in desk.text)
        assert "grouped by" not in desk.text
        assert desk.inbox.list.sort == "breach"
        assert headings(desk) == []


async def test_an_empty_list_is_grouped_as_soon_as_there_is_something(small: Path, clock: Clock) -> None:
    alice = as_agent(small, "alice", clock)
    async with open_desk(small, clock) as desk:
        desk.inbox.show_query("tag:vip")
        await desk.settle()
        await desk.press("equals_sign")
        await desk.settle()
        alice.dispatch(Create("Projector is dark", "x@example.org", "X", queue="billing", tags=("vip",)))
        await desk.until(lambda: headings(desk) == ["new 1"])
    alice.close()


async def test_a_click_on_a_heading_does_nothing(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("equals_sign", "j")
        await desk.settle()
        row = desk.inbox.list.row
        region = desk.inbox.list.region
        await desk.pilot.click(offset=(region.x + 5, region.y))
        assert desk.inbox.list.row == row
        await desk.pilot.click(offset=(region.x + 5, region.y + 1))
        assert desk.inbox.list.window.cursor == 0
