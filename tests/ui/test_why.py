"""The key `w`: what counted and what did not, on the ticket, in the list and on a small screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.containers import VerticalScroll

from deskterm.ui.dialogs.why import WhyDialog
from tests.ui.running import on_ticket, running


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_why_explains_the_ticket_that_is_shown(small: Path, size: tuple[int, int]) -> None:
    async with on_ticket(small, size=size) as desk:
        await desk.keys("w")
        dialog = await desk.shows(WhyDialog)
        await desk.sees("Resolution")
        await desk.sees("SLA policy default (policy 1), calendar 24x7")
        await desk.sees("counted")
        scroll = dialog.query_one(VerticalScroll)
        assert scroll.size.height <= size[1] - 6
        await desk.keys("G", "g", "j", "k", "escape")
        assert not isinstance(desk.app.screen, WhyDialog)


async def test_why_in_a_list_is_about_the_ticket_under_the_cursor(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("w")
        dialog = await desk.shows(WhyDialog)
        assert dialog.heading.startswith("Why #")
        await desk.keys("w")
        assert not isinstance(desk.app.screen, WhyDialog)


async def test_why_with_no_ticket_under_the_cursor_says_so(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("slash", *"subject:nothingatall", "enter")
        await desk.sees("No ticket matches")
        await desk.keys("w")
        await desk.sees("There is no ticket under the cursor")
