"""Solving a problem offers to answer and solve all its incidents at once, wherever it was solved."""

from __future__ import annotations

from pathlib import Path

from deskterm.domain.commands import LinkTo
from deskterm.domain.kinds import MessageKind, State
from deskterm.ui.dialogs.solve import SolveForm
from tests.ui.running import Running, running


def states(desk: Running, *numbers: int) -> list[State]:
    return [desk.store.ticket(number).ticket.state for number in numbers]


async def test_the_incidents_of_a_problem_are_answered_and_solved_in_one_step(small: Path) -> None:
    async with running(small) as desk:
        desk.store.dispatch(LinkTo((2, 4), "caused by", 1))
        before = states(desk, 2, 4)
        await desk.select(1)
        await desk.keys("e")
        await desk.shows(SolveForm)
        await desk.write("The pool was too small")
        await desk.keys("ctrl+s")
        await desk.sees("Solve 2 tickets as well", "caused by #1", "VPN drops")
        assert states(desk, 1, 2, 4) == [State.SOLVED, *before]
        form = await desk.shows(SolveForm)
        assert form.values()["note"] == "The pool was too small"
        await desk.keys("tab", "tab")
        await desk.write("It works again")
        await desk.keys("ctrl+s")
        await desk.happens("both", lambda: states(desk, 2, 4) == [State.SOLVED, State.SOLVED])
        said = [m for m in desk.store.ticket(4).messages if m.kind is MessageKind.PUBLIC]
        assert said[-1].text == "It works again"
        await desk.keys("u")
        await desk.happens("back", lambda: states(desk, 1, 2, 4) == [State.SOLVED, *before])


async def test_leaving_the_offer_leaves_them_as_they_are(small: Path) -> None:
    async with running(small) as desk:
        desk.store.dispatch(LinkTo((2,), "parent", 1))
        before = states(desk, 2)
        await desk.select(1)
        await desk.keys("e")
        await desk.shows(SolveForm)
        await desk.write("Done")
        await desk.keys("ctrl+s")
        await desk.sees("Solve #2 as well", "child of #1")
        await desk.keys("escape")
        await desk.happens("the list", lambda: desk.app.screen is desk.inbox)
        assert states(desk, 1, 2) == [State.SOLVED, *before]
