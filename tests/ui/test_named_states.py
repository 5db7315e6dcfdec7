"""Named states, by keys: chosen under their category, shown in lists and on cards, asked for on the board."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain.commands import AddAgent, ApplyPolicy, ChangeState, Create
from deskterm.domain.kinds import State
from deskterm.domain.people import Role
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.organization import OrganizationScreen
from deskterm.ui.screens.settings import SettingsScreen
from deskterm.ui.state_choices import state_choices
from tests.domain.test_named_states import MORE, USUAL
from tests.ui.desk import Clock, as_agent
from tests.ui.running import running
from tests.ui.test_board import board, here
from tests.ui.test_settings import go_to, opened


@pytest.fixture
def named(small: Path, clock: Clock) -> Path:
    """The small desk, which names several states; alice is its admin."""
    store = as_agent(small, "", clock)
    alice = store.people().agent("alice")
    assert alice is not None
    queues = tuple(store.people().queues[queue].key for queue in alice.queues)
    store.dispatch(AddAgent("alice", alice.name, Role.ADMIN, queues))
    store.dispatch(ApplyPolicy(USUAL + MORE))
    store.recalculate()
    store.close()
    return small


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_state_is_chosen_by_its_name(named: Path, size: tuple[int, int]) -> None:
    async with running(named, size=size) as desk:
        number = (await desk.shows(InboxScreen)).targets()[0]
        await desk.keys("s")
        await desk.sees("Waiting for the customer", "sent a link", "waiting for parts", "in review")
        await desk.write("parts")
        await desk.keys("enter")
        await desk.sees(f"Hold #{number}")
        await desk.keys("ctrl+s")
        await desk.happens(
            "the state", lambda: desk.store.ticket(number).ticket.status == "waiting for parts"
        )
        await desk.sees("◌ waiti")
        await desk.press("u")
        await desk.happens("the undo", lambda: desk.store.ticket(number).ticket.status == "")


async def test_within_a_category_nothing_more_is_asked(named: Path) -> None:
    async with running(named) as desk:
        number = next(row.number for row in desk.store.listing("state:pending").rows)
        (await desk.shows(InboxScreen)).open_ticket(number)
        await desk.ticket()
        await desk.sees("Waiting for the customer")
        await desk.keys("s")
        await desk.write("sent")
        await desk.keys("enter")
        await desk.happens("the state", lambda: desk.store.ticket(number).ticket.status == "sent a link")
        await desk.sees("sent a link")


async def test_the_board_asks_where_a_category_has_several_and_its_cards_say_which(named: Path) -> None:
    async with running(named) as desk:
        screen = await board(desk)
        await desk.press("l")
        column, number = here(screen)
        assert column == "open"
        assert number is not None
        await desk.keys("L")
        await desk.sees(f"State of #{number}", "Waiting for the customer", "sent a link")
        assert "asked the vendor" not in desk.text
        await desk.write("sent")
        await desk.keys("enter")
        await desk.happens("the state", lambda: desk.store.ticket(number).ticket.status == "sent a link")
        await desk.happens("the card", lambda: here(screen) == ("pending", number))
        await desk.sees("sent a link")


async def test_the_board_asks_for_no_state_where_only_one_can_be_meant(named: Path) -> None:
    async with running(named) as desk:
        screen = await board(desk)
        await desk.press("l", "l")
        column, number = here(screen)
        assert column == "pending"
        assert number is not None
        await desk.keys("H")  # a ticket gets to "in review" from open alone
        await desk.happens("the state", lambda: desk.store.ticket(number).ticket.state is State.OPEN)
        await desk.happens("the card", lambda: here(screen) == ("open", number))
        assert desk.store.ticket(number).ticket.status == ""


async def test_a_state_is_renamed_in_the_settings(named: Path) -> None:
    async with running(named) as desk:
        store = desk.other("alice")
        number = store.listing("state:open").rows[0].number
        screen = await opened(desk)
        await go_to(desk, screen, "hold, waiting for parts is called")
        await desk.keys("enter")
        await desk.keys("ctrl+u")
        await desk.write("parts ordered")
        await desk.keys("enter")
        await desk.happens("the rename", lambda: store.policy.named.find("parts ordered") is not None)
        renamed = store.policy.named.find("waiting for parts")
        assert renamed is not None
        assert (renamed.name, renamed.category) == ("parts ordered", State.HOLD)
        assert number


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_state_that_tickets_are_in_is_removed_after_saying_where_they_go(
    named: Path, size: tuple[int, int]
) -> None:
    async with running(named, size=size) as desk:
        store = desk.other("alice")
        numbers = tuple(row.number for row in store.listing("state:open").rows[:2])
        store.dispatch(ChangeState(numbers, State.HOLD, "vendor", status="waiting for parts"))
        screen = await opened(desk)
        await go_to(desk, screen, "hold, waiting for parts: remove")
        await desk.keys("enter")
        await desk.sees("Remove the state waiting for parts?", "2 tickets that you can see are in", "They go")
        await desk.keys("n")
        await desk.shows(SettingsScreen)
        assert store.policy.named.find("waiting for parts") is not None
        await desk.keys("enter")
        await desk.sees("Remove the state waiting for parts?")
        await desk.keys("y")
        await desk.sees("Applied policy")
        await desk.happens("it is gone", lambda: store.policy.named.find("waiting for parts") is None)
        assert set(store.numbers("status:hold")) >= set(numbers)
        await desk.happens("its lines", lambda: "hold, waiting for parts: remove" not in labels(screen))
        await desk.press("u")
        await desk.sees("Undid")
        await desk.happens("the state", lambda: store.policy.named.find("waiting for parts") is not None)
        assert set(store.numbers('status:"waiting for parts"')) == set(numbers)


async def test_a_state_that_another_leads_to_alone_stays(named: Path, clock: Clock) -> None:
    store = as_agent(named, "", clock)
    store.dispatch(ApplyPolicy(USUAL + MORE.replace('to = ["open", "waiting', 'to = ["waiting')))
    store.close()
    async with running(named) as desk:
        screen = await opened(desk)
        await go_to(desk, screen, "hold, waiting for parts: remove")
        await desk.keys("enter")
        await desk.sees("waiting for parts stays: asked the vendor leads to it alone")
        assert isinstance(desk.app.screen, SettingsScreen)


async def test_the_first_move_of_a_state_is_given_in_the_settings(named: Path) -> None:
    async with running(named) as desk:
        store = desk.other("alice")
        screen = await opened(desk)
        await go_to(desk, screen, "hold, waiting for parts comes from")
        await desk.keys("enter")
        await desk.shows(Prompt)
        await desk.keys("ctrl+u")
        await desk.write("opne")
        await desk.keys("enter")
        await desk.sees('there is no state "opne"')
        await desk.keys("ctrl+u")
        await desk.write("open")
        await desk.keys("enter")

        def ends() -> tuple[str, ...] | None:
            return next(one.comes_from for one in store.policy.states if one.name == "waiting for parts")

        await desk.happens("the move", lambda: ends() == ("open",))
        await desk.press("u")
        await desk.happens("any move", lambda: ends() is None)


def labels(screen: SettingsScreen) -> set[str]:
    """What the lines of the settings are called."""
    return {one.label for one in screen.known}


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_settings_of_two_states_can_be_told_apart(named: Path, size: tuple[int, int]) -> None:
    async with running(named, size=size) as desk:
        screen = await opened(desk)
        await go_to(desk, screen, "hold, asked the vendor leads to")
        await desk.sees("ndor is called", "ndor: its clock", "ndor leads to")


async def test_a_contact_and_their_organization_say_the_state_by_its_name(named: Path) -> None:
    async with running(named) as desk:
        number = desk.other("alice").dispatch(Create("Lost", "mira@x.example", "Mira", "Kern")).created
        assert number
        desk.other("alice").dispatch(ChangeState((number,), State.PENDING, status="sent a link"))
        await desk.press("g", "p", "f")
        await desk.shows(Prompt)
        await desk.write("mira")
        await desk.press("enter")
        await desk.sees("1 contact")
        await desk.press("enter")
        await desk.sees("Mira", "sent a link")
        await desk.press("o")
        await desk.shows(OrganizationScreen)
        await desk.sees("Kern", "sent a link")


async def test_a_default_is_told_of_by_its_name(named: Path) -> None:
    async with running(named) as desk:
        await desk.keys("s")
        await desk.sees("Waiting for the customer")
        await desk.write("waiting for the c")
        await desk.keys("enter")
        await desk.sees("to Waiting for the customer")


async def test_a_state_stands_below_its_default_only_where_that_is_listed(named: Path) -> None:
    async with running(named) as desk:
        number = desk.other("alice").listing("state:open").rows[0].number
        view = desk.other("alice").ticket(number)
        labels = [one.label for one in state_choices(view, desk.store.policy.named)]
        assert "in review" in labels
        assert "  asked the vendor" in labels
