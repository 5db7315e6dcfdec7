"""Rebalancing by `R` on the board: a proposal is looked through, moves are left out, the rest is one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain.commands import AddAgent, Assign, Create
from deskterm.domain.people import Role
from deskterm.ui.dialogs.rebalance import RebalanceForm
from deskterm.ui.screens.board import BoardScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, running
from tests.ui.test_board import board


@pytest.fixture
def uneven(small: Path) -> Path:
    """The small desk, where bo holds thirteen tickets of Payments more."""
    store = as_agent(small, "", Clock())
    store.dispatch(AddAgent("cy", "Cy Lund", Role.AGENT, ("payments",)))
    bo = store.people().agent("bo")
    assert bo is not None
    for at in range(13):
        store.dispatch(Create(f"Card declined {at}", "kim@acme.example", queue="payments", owner=bo.id))
    store.close()
    return small


async def proposal(desk: Running) -> RebalanceForm:
    """Press `R` on the board."""
    await board(desk)
    await desk.keys("R")
    return await desk.shows(RebalanceForm)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_moves_are_left_out_and_the_loads_follow(uneven: Path, size: tuple[int, int]) -> None:
    async with running(uneven, size=size) as desk:
        form = await proposal(desk)
        count = len(form.found.moves)
        assert count >= 3
        bo = form.found.shares()[0]
        await desk.sees("Card declined", "bo → cy", "not answered yet", f"13 → {bo.held_after} of 10")
        await desk.keys("x", "space")
        await desk.sees(f"13 → {bo.held_after + 2} of 10")
        await desk.keys("k", "k", "x")
        await desk.sees(f"13 → {bo.held_after + 1} of 10")
        await desk.keys("enter")
        await desk.shows(BoardScreen)
        await desk.sees("Rebalanced")
        owners = {one.ticket: desk.store.ticket(one.ticket).owner for one in form.found.moves}
        assert sum(owner == "bo" for owner in owners.values()) == 1
        await desk.keys("u")
        await desk.sees("Undid: Rebalanced")
        assert {desk.store.ticket(number).owner for number in owners} == {"bo"}


async def test_with_nothing_chosen_nothing_is_sent(uneven: Path) -> None:
    async with running(uneven) as desk:
        form = await proposal(desk)
        await desk.keys("asterisk", "enter")
        await desk.sees("no move is left")
        await desk.keys("asterisk", "escape")
        await desk.shows(BoardScreen)
        assert {desk.store.ticket(one.ticket).owner for one in form.found.moves} == {"bo"}


async def test_what_a_colleague_took_meanwhile_is_left_out_and_named(uneven: Path) -> None:
    async with running(uneven) as desk:
        form = await proposal(desk)
        taken = form.found.moves[0].ticket
        other = desk.other("dana")
        other.dispatch(Assign((taken,), other.actor.id))
        await desk.keys("enter")
        await desk.sees("1 refused", f"dana set the owner of #{taken} to dana meanwhile")
        assert desk.store.ticket(taken).owner == "dana"


async def test_the_filter_of_the_board_says_what_is_meant(uneven: Path) -> None:
    async with running(uneven) as desk:
        await board(desk)
        await desk.keys("slash", *"queue:network", "enter")
        await desk.settle()
        await desk.keys("R")
        await desk.sees("Nothing to rebalance")


async def test_an_agent_is_told_that_it_needs_a_lead(uneven: Path) -> None:
    async with running(uneven, login="bo") as desk:
        await board(desk)
        assert "rebalance" not in desk.text.splitlines()[-1]
        await desk.keys("R")
        await desk.sees("needs a lead")
