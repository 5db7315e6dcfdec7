"""Tickets open on a screen that was made before: they look and work as on one that was made for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deskterm.domain.commands import Assign, Reply
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.pictures import picture
from tests.ui.running import Running, on_ticket, running

CHECKOUT, VPN = 1, 2
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])


@pytest.fixture
def twin(small: Path) -> Path:
    """The same desk once more."""
    path = small.with_name("twin.db")
    for file in small.parent.glob(small.name + "*"):
        shutil.copy(file, file.with_name(file.name.replace(small.name, path.name)))
    return path


async def spare(desk: Running) -> None:
    """Open a ticket and leave it: from then on there is a spare screen."""
    await desk.select(VPN)
    await desk.keys("enter")
    await desk.ticket()
    await desk.keys("escape")
    await desk.shows(InboxScreen)
    await desk.happens("there is a spare screen", lambda: desk.app.spare.is_there)
    await desk.select(CHECKOUT)


async def begin(desk: Running, *keys: str) -> TicketScreen:
    """Press keys that open a ticket; the spare screen is taken by it."""
    taken = desk.app.spare._screen
    await desk.keys(*keys)
    screen = await desk.ticket()
    assert screen is taken
    await desk.settle()
    return screen


@SIZES
@pytest.mark.parametrize("key", ["enter", "r", "i"])
async def test_it_looks_as_one_that_is_made_for_the_ticket(
    small: Path, twin: Path, size: tuple[int, int], key: str
) -> None:
    async with running(twin, size=size) as desk:
        assert not desk.app.spare.is_there
        await desk.select(CHECKOUT)
        await desk.keys(key)
        await desk.ticket()
        await desk.settle()
        wanted = picture(desk.app)
    async with running(small, size=size) as desk:
        await spare(desk)
        await begin(desk, key)
        assert picture(desk.app) == wanted


@pytest.mark.parametrize("theme", ["deskterm-light", "deskterm-contrast"])
async def test_another_theme_that_came_meanwhile_is_worn(small: Path, twin: Path, theme: str) -> None:
    async with running(twin, theme=theme) as desk:
        await desk.select(CHECKOUT)
        await desk.keys("r")
        await desk.ticket()
        await desk.settle()
        wanted = picture(desk.app)
    async with running(small) as desk:
        await spare(desk)
        desk.app.theme = theme
        await desk.settle()
        await begin(desk, "r")
        assert picture(desk.app) == wanted


@pytest.mark.parametrize(("before", "after"), [((120, 40), (80, 24)), ((80, 24), (120, 40))])
async def test_another_size_that_came_meanwhile_is_filled(
    small: Path, twin: Path, before: tuple[int, int], after: tuple[int, int]
) -> None:
    async with on_ticket(twin, CHECKOUT, size=after) as desk:
        await desk.settle()
        wanted = picture(desk.app)
    async with running(small, size=before) as desk:
        await spare(desk)
        await desk.pilot.resize_terminal(*after)
        await desk.settle()
        await begin(desk, "enter")
        assert picture(desk.app) == wanted


async def test_what_happened_since_it_was_made_is_on_it(small: Path) -> None:
    async with running(small) as desk:
        await spare(desk)
        bo = desk.other("bo")
        bo.dispatch(Assign((CHECKOUT,), bo.actor.id))
        await desk.settle()
        assert desk.app.counts is not None
        assert desk.app.counts.next_change_at is not None
        await desk.pass_time(seconds=(desk.app.counts.next_change_at - desk.clock.at).total_seconds())
        top = desk.lines[0]
        await begin(desk, "enter")
        await desk.sees("bo")
        assert desk.lines[0] == top


async def test_each_opening_takes_its_own(small: Path) -> None:
    async with running(small) as desk:
        await spare(desk)
        first = await begin(desk, "i")
        await desk.type("only for colleagues")
        await desk.keys("escape", "escape")
        await desk.shows(InboxScreen)
        await desk.happens("there is another one", lambda: desk.app.spare.is_there)
        second = await begin(desk, "enter")
        assert second is not first
        assert second.composer is None
        await desk.sees("note is not sent yet")
        await desk.keys("i")
        await desk.sees("only for colleagues", "draft saved")
        assert second.composer is not None
        assert second.composer.area.has_focus


async def test_a_draft_of_one_long_line_has_the_room_it_needs(small: Path) -> None:
    async with running(small) as desk:
        await spare(desk)
        text = "first " + "word " * 150 + "last"
        desk.store.save_draft(CHECKOUT, "note", text, 0)
        await begin(desk, "i")
        await desk.sees("first word", "word last")


async def test_one_opened_over_another_leaves_that_as_it_was(small: Path) -> None:
    async with running(small) as desk:
        await spare(desk)
        below = await begin(desk, "enter")
        await desk.happens("there is another one", lambda: desk.app.spare.is_there)
        below.open_ticket(VPN)
        await desk.happens("the other ticket is shown", lambda: desk.app.screen is not below)
        above = await desk.ticket()
        assert (above.number, below.number) == (VPN, CHECKOUT)
        await desk.keys("escape")
        await desk.happens("the first is shown again", lambda: desk.app.screen is below)
        await desk.sees("Checkout returns 502")


async def test_one_that_is_still_being_made_is_left_for_the_ticket_after(small: Path) -> None:
    async with running(small) as desk:
        await desk.select(CHECKOUT)
        desk.app.spare.make()
        desk.inbox.open_ticket(CHECKOUT, compose="note")
        await desk.ticket()
        await desk.type("only for colleagues")
        await desk.sees("Checkout returns 502", "Internal note", "only for colleagues")
        await desk.keys("escape", "escape")
        await desk.shows(InboxScreen)
        await desk.happens("it was made", lambda: desk.app.spare.is_there)
        await desk.select(VPN)
        await begin(desk, "enter")
        await desk.sees("VPN drops every ten minutes")


async def test_leaving_with_one_in_hand_ends_the_desk(small: Path) -> None:
    async with running(small) as desk:
        await spare(desk)
        await desk.keys("q")
        await desk.happens("it ends", lambda: not desk.app.is_running or desk.app._exit)


async def test_what_happened_since_it_was_previewed_is_on_it(small: Path) -> None:
    async with running(small) as desk:
        await spare(desk)
        await desk.rest()
        bo = desk.other("bo")
        bo.dispatch(Reply((CHECKOUT,), "It is the load balancer."))
        await begin(desk, "enter")
        await desk.sees("It is the load balancer.")
        await desk.keys("escape")
        await desk.shows(InboxScreen)
        await desk.rest()
        # On another tab, the inbox hears of nothing.
        await desk.keys("2")
        bo.dispatch(Reply((CHECKOUT,), "And now it is mended."))
        await desk.settle()
        await desk.keys("1", "enter")
        await desk.ticket()
        await desk.sees("And now it is mended.")
