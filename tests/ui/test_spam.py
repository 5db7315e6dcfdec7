"""`S` is spam wherever there is a ticket: one key, the count first, one undo."""

from __future__ import annotations

from pathlib import Path

from deskterm.domain.kinds import State
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.prompt import Prompt
from tests.ui.running import Running, on_ticket, running
from tests.ui.test_board import board, here


def state_of(desk: Running, number: int) -> State:
    return desk.store.ticket(number).ticket.state


async def test_spam_in_a_list_and_back(small: Path) -> None:
    async with running(small) as desk:
        await desk.select(1)
        before = state_of(desk, 1)
        await desk.keys("S")
        await desk.sees("Closed #1: spam")
        assert state_of(desk, 1) is State.CLOSED
        await desk.keys("u")
        await desk.happens("undo", lambda: state_of(desk, 1) is before)


async def test_spam_of_a_selection_says_the_count_first(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("g", "g", "x", "x")
        chosen = sorted(desk.inbox.list.selected)
        assert len(chosen) == 2
        before = [state_of(desk, number) for number in chosen]
        await desk.keys("S")
        await desk.shows(Confirm)
        await desk.sees("Close as spam 2 tickets?", "2 tickets will be changed in one step")
        await desk.keys("y")
        await desk.happens(
            "spam", lambda: [state_of(desk, number) for number in chosen] == [State.CLOSED, State.CLOSED]
        )
        await desk.keys("u")
        await desk.happens("undo", lambda: [state_of(desk, number) for number in chosen] == before)


async def test_spam_that_is_not_meant_changes_nothing(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("g", "g", "x", "x", "S")
        await desk.shows(Confirm)
        chosen = sorted(desk.inbox.list.selected)
        await desk.keys("escape")
        await desk.happens("the list", lambda: desk.app.screen is desk.inbox)
        assert State.CLOSED not in {state_of(desk, number) for number in chosen}


async def test_spam_on_the_tickets_screen(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("S")
        await desk.sees("Closed #1: spam")
        assert state_of(desk, 1) is State.CLOSED


async def test_spam_on_a_card_of_the_board(small: Path) -> None:
    async with running(small) as desk:
        number = here(await board(desk))[1]
        assert number is not None
        await desk.keys("S")
        await desk.sees(f"Closed #{number}: spam")
        assert state_of(desk, number) is State.CLOSED


async def test_a_search_is_saved_as_a_view_with_g_v(small: Path) -> None:
    async with running(small) as desk:
        await desk.press("slash")
        await desk.type("vpn")
        await desk.press("enter")
        await desk.keys("g", "V")
        await desk.shows(Prompt)
        await desk.sees("Save as a view")
