"""Work next by keys: the best ticket with its reason, why one is left, and nothing without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain.commands import AddAgent, Assign
from deskterm.domain.people import Role
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, running
from tests.ui.test_ticket_screen import NARROW, WIDE, picture


async def handed(desk: Running) -> TicketScreen:
    """Wait for the ticket that was handed out, with the reason under it."""
    screen = await desk.ticket()
    await desk.sees("Next: P")
    return screen


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("key", ["W", "space"])
async def test_the_best_ticket_is_opened_with_its_reason(
    small: Path, size: tuple[int, int], key: str, pictures: SnapshotAssertion
) -> None:
    async with running(small, size=size) as desk:
        await desk.keys(key)
        screen = await handed(desk)
        await desk.sees("yours, and it is your turn", "W next")
        assert desk.store.ticket(screen.number).row.owner == "alice"
        if key == "W":
            assert await picture(desk) == pictures


@pytest.mark.parametrize("way", [("2",), ("g", "t")], ids=["board", "triage"])
async def test_space_works_where_tickets_are_listed(small: Path, way: tuple[str, ...]) -> None:
    async with running(small) as desk:
        await desk.press(*way)
        await desk.keys("space")
        await handed(desk)


async def test_nothing_is_asked_once_it_was_answered(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("W")
        screen = await handed(desk)
        first = screen.number
        await desk.keys("r")
        await desk.happens("the composer", lambda: screen.composer is not None)
        await desk.write("Done")
        await desk.keys("ctrl+s")
        await desk.happens("the reply", lambda: screen.composer is None)
        await desk.settle()
        await desk.keys("W")
        await desk.happens("the next one", lambda: screen.number != first)
        await handed(desk)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
async def test_leaving_one_asks_why_once_and_opens_the_next(
    small: Path, size: tuple[int, int], pictures: SnapshotAssertion
) -> None:
    async with running(small, size=size) as desk:
        await desk.keys("W")
        first = (await handed(desk)).number
        await desk.keys("W")
        await desk.shows(Choose)
        await desk.sees(
            f"Why is #{first} skipped?", "waiting for a colleague", "not my skill", "too big for now"
        )
        assert "it is not: open" not in desk.text
        assert await picture(desk) == pictures
        await desk.keys("down", "enter")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the next one", lambda: screen.number != first)
        await handed(desk)
        event = desk.store.history(first)[-1]
        assert (event.kind, event.changes[0].after) == ("skipped", "not my skill")
        # One screen, walked on: back leads to the list at once.
        await desk.keys("q")
        await desk.shows(InboxScreen)


async def test_one_s_own_words_and_thinking_better_of_it(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("space")
        first = (await handed(desk)).number
        await desk.keys("W")
        await desk.shows(Choose)
        await desk.keys("escape")
        assert (await desk.shows(TicketScreen)).number == first
        await desk.keys("q")
        await desk.shows(InboxScreen)
        await desk.keys("space")
        await desk.shows(Choose)
        await desk.write("back open")
        await desk.keys("enter")
        assert (await handed(desk)).number == first
        await desk.keys("W")
        await desk.shows(Choose)
        await desk.write("other")
        await desk.keys("enter")
        await desk.shows(Prompt)
        await desk.keys("enter")
        await desk.sees("skipping needs a reason")
        await desk.write("Ana is on the phone")
        await desk.keys("enter")
        await desk.shows(TicketScreen)
        await desk.happens("the reason", lambda: desk.store.history(first)[-1].kind == "skipped")
        assert desk.store.history(first)[-1].changes[0].after == "Ana is on the phone"
        await desk.settle()
        await desk.keys("u")
        await desk.sees(f"Undid: Skipped #{first}")


@pytest.mark.parametrize(
    "keys", [("2",), ("3",), ("g", "t"), ("g", "s"), ("enter", "h")], ids=lambda keys: " ".join(keys)
)
async def test_it_works_from_every_screen(small: Path, keys: tuple[str, ...]) -> None:
    async with running(small) as desk:
        await desk.keys(*keys)
        await desk.settle()
        assert not isinstance(desk.app.screen, TicketScreen)
        await desk.keys("W")
        await handed(desk)


async def test_nothing_to_do_is_said_and_no_fault(small: Path, clock: Clock) -> None:
    store = as_agent(small, "alice", clock)
    numbers = store.numbers("")
    store.dispatch(Assign(numbers, store.actor.id))
    store.close()
    async with running(small, login="bo") as desk:
        await desk.keys("W")
        await desk.sees("There is nothing to do: no ticket in your queues waits for you")
        assert not desk.app.screen.status_line.error  # type: ignore[attr-defined]
        assert isinstance(desk.app.screen, InboxScreen)


async def test_a_viewer_is_told_that_it_needs_an_agent(small: Path, clock: Clock) -> None:
    store = as_agent(small, "", clock)
    store.dispatch(AddAgent("vera", "Vera Voss", Role.VIEWER, ("payments",)))
    store.close()
    async with running(small, login="vera") as desk:
        for key in ("W", "space"):
            await desk.keys(key)
            await desk.sees("Vera Voss is a viewer: work next needs an agent")
            await desk.keys("j")
