"""Completing mentions while writing: offered under the text, taken by Tab or Enter, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain import commands as c
from tests.ui.running import on_ticket
from tests.ui.test_composer import opened

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])


@SIZES
@pytest.mark.parametrize("key", ["r", "i"])
async def test_tab_takes_who_is_offered(small: Path, size: tuple[int, int], key: str) -> None:
    async with on_ticket(small, size=size) as desk:
        composer = await opened(desk, key)
        await desk.write("ask @lind")
        await desk.sees("@bo Bo Lindberg", "tab takes it")
        await desk.keys("tab")
        await desk.write("now")
        await desk.happens("the login", lambda: composer.text == "ask @bo now")
        assert not composer.offer.display


async def test_enter_takes_it_and_is_an_enter_where_the_login_is_there(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk, "i")
        await desk.write("@b")
        await desk.keys("enter")
        await desk.happens("taken", lambda: composer.text == "@bo ")
        await desk.write("and @bo")
        await desk.keys("enter")
        await desk.write("new line")
        await desk.happens("a new line", lambda: composer.text == "@bo and @bo\nnew line")


async def test_a_burst_of_keys_loses_none(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk, "i")
        await desk.keys(*"@b", "tab", *"x@b @home", "enter", *"end")
        await desk.happens("all of it", lambda: composer.text == "@bo x@b @home\nend")


async def test_escape_leaves_it_as_it_is_and_offers_it_no_more(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk, "i")
        await desk.write("@b")
        await desk.sees("tab takes it")
        await desk.keys("escape")
        await desk.happens("nobody offered", lambda: not composer.offer.display)
        assert (await desk.ticket()).composer is composer
        await desk.write("o")
        await desk.keys("enter")
        await desk.happens("typed on", lambda: composer.text == "@bo\n")
        await desk.write("@d")
        await desk.sees("tab takes it")
        await desk.keys("escape", "escape")
        screen = await desk.ticket()
        await desk.happens("the composer closing", lambda: screen.composer is None)
        assert [draft.text for draft in desk.store.drafts(1)] == ["@bo\n@d"]


async def test_the_arrows_choose(small: Path) -> None:
    async with on_ticket(small) as desk:
        dana = desk.other("dana")
        for number in range(500):
            dana.dispatch(c.AddAgent(f"zed{number:03}", f"Zed Number{number}"))
        composer = await opened(desk, "i")
        await desk.write("one\n@zed")
        await desk.sees("@zed000", "@zed001")
        await desk.keys("down", "down", "up", "tab")
        await desk.happens("the second", lambda: composer.text == "one\n@zed001 ")


async def test_what_is_taken_is_a_mention(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk, "i")
        await desk.write("@b")
        await desk.keys("tab", "ctrl+s")
        await desk.happens("the note", lambda: desk.store.ticket(1).ticket.messages == 4)
        assert desk.other("bo").actor.id in desk.store.ticket(1).ticket.followers
