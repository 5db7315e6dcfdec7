"""`c` wherever tickets are: the steps of a process, marked and opened again, and the gate before solving."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.process import StepState
from deskterm.store.store import Store
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.form import Form
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.dialogs.solve import SolveForm
from deskterm.ui.dialogs.steps import StepsDialog
from tests.ui.desk import Clock, as_agent
from tests.ui.pictures import picture
from tests.ui.running import Running, on_ticket, running
from tests.ui.test_board import board

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])

POLICY = """
[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Reproduce"
required = false
text = "Do what the customer did, on a system of ours."
[[processes.steps]]
name = "Workaround"
required = false
[[processes.steps]]
name = "Fix"
owner = "bo"
within = "4h"
text = "Take the cause away, or go back to what ran before.\\nTell the customer when it is in."
[[processes.steps]]
name = "Customer confirms"
required = false
[[processes.steps]]
name = "Root cause"
fields = ["root_cause", "improvement"]
[[processes.steps]]
name = "Docs check"
before = "closed"

[[processes]]
name = "Access"
[[processes.steps]]
name = "Allow"
approval = "lead"
[[processes.steps]]
name = "Grant"
"""


def steps(store: Store, number: int = 1) -> dict[str, str]:
    """Return what became of each step of a ticket."""
    return {line.step.name: str(line.state) for line in store.ticket(number).steps}


@pytest.fixture
def stepped(small: Path) -> Path:
    """The small desk: #1 follows Incident and is at its third step, #2 follows Access, the others nothing."""
    clock = Clock()
    dana, alice = as_agent(small, "dana", clock), as_agent(small, "alice", clock)
    dana.dispatch(c.ApplyPolicy(POLICY))
    while dana.run_due():
        pass
    alice.dispatch(c.FollowProcess((1,), "Incident"))
    alice.dispatch(c.FollowProcess((2,), "Access"))
    for step in ("Reproduce", "Workaround"):
        alice.dispatch(c.MarkStep((1,), step, StepState.DONE))
    for store in (dana, alice):
        store.close()
    return small


class TestPanel:
    """What stands beside the conversation."""

    async def test_it_says_how_each_step_stands_and_whose_it_is(self, stepped: Path) -> None:
        async with on_ticket(stepped) as desk:
            await desk.sees("PROCESS  Incident", "3/6")
            lines = [line.rstrip() for line in desk.lines]
            told = {line.split("│")[-1].strip() if "│" in line else line for line in lines}
            whole = "\n".join(" ".join(line.split()) for line in told)
            assert "✓ Reproduce alice" in whole
            assert "▸ Fix bo 4:00" in whole
            assert "○ Customer confirms" in whole
            assert "○ Root cause required" in whole

    async def test_a_late_step_has_a_mark_and_the_moment_it_is_late(self, stepped: Path) -> None:
        async with on_ticket(stepped) as desk:
            await desk.sees("▸ Fix")
            await desk.pass_time(hours=4, minutes=12)
            await desk.sees("bo  ▲ -12m")

    async def test_a_low_panel_counts_what_is_over_and_what_is_left(self, stepped: Path) -> None:
        async with on_ticket(stepped, size=(80, 17)) as desk:
            await desk.keys("tab")
            await desk.sees("PROCESS  Incident", "▸ Fix")
            assert "✓ 2 done" in desk.text, desk.text
            assert "more, " in desk.text

    async def test_every_way_a_step_ends_has_a_glyph(self, stepped: Path) -> None:
        bo, lead = as_agent(stepped, "bo", Clock()), as_agent(stepped, "alice", Clock())
        bo.dispatch(c.MarkStep((1,), "Fix", StepState.SKIPPED, "it went away"))
        lead.dispatch(c.MarkStep((2,), "Allow", StepState.REFUSED, "not this year"))
        for store in (bo, lead):
            store.close()
        async with on_ticket(stepped) as desk:
            await desk.sees("↷ Fix", "skipped bo", "▸ Customer confirms", "Fix skipped by bo: it went away")
            await desk.keys("escape")
            await desk.select(2)
            await desk.keys("enter")
            await desk.sees("✗ Allow", "refused alice")

    async def test_the_preview_says_where_the_process_is(self, stepped: Path) -> None:
        async with running(stepped) as desk:
            await desk.select(1)
            await desk.rest()
            await desk.sees("Incident ▸ Fix 3/6")


@SIZES
class TestMarking:
    """Steps by key, on the ticket's screen and in lists."""

    async def test_the_current_step_is_done_by_two_keys(self, stepped: Path, size: tuple[int, int]) -> None:
        async with on_ticket(stepped, size=size) as desk:
            await desk.keys("c")
            await desk.shows(StepsDialog)
            await desk.sees("Take the cause away", "required before solving", "within 4:00", "alice")
            await desk.keys("enter")
            await desk.sees("Done: Fix on #1")
            assert steps(desk.store)["Fix"] == "done"
            await desk.keys("u")
            await desk.happens("undo", lambda: steps(desk.store)["Fix"] == "open")

    async def test_keys_typed_ahead_are_obeyed_in_their_order(
        self, stepped: Path, size: tuple[int, int]
    ) -> None:
        async with running(stepped, size=size) as desk:
            await desk.select(1)
            await desk.keys("c", "j", "j", "s", "n", "o", "enter")
            await desk.sees("Skipped: Root cause on #1")
            mark = next(line for line in desk.store.ticket(1).steps if line.step.name == "Root cause")
            assert (mark.state, mark.text, mark.by) == (StepState.SKIPPED, "no", "alice")

    async def test_fields_that_are_empty_are_asked_for(self, stepped: Path, size: tuple[int, int]) -> None:
        async with on_ticket(stepped, size=size) as desk:
            await desk.keys("c", "j", "j", "d")
            await desk.shows(Form)
            await desk.sees("Done: Root cause on #1", "root cause", "improvement", "To say")
            await desk.keys("ctrl+s")
            await desk.sees("root_cause is still empty")
            await desk.write("a pool too small")
            await desk.keys("enter")
            await desk.write("P-7")
            await desk.keys("enter", "enter")
            await desk.sees("Done: Root cause on #1")
            fields = dict(desk.store.ticket(1).ticket.fields)
            assert fields == {"root_cause": "a pool too small", "improvement": "P-7"}

    async def test_a_word_on_it_and_open_again(self, stepped: Path, size: tuple[int, int]) -> None:
        async with on_ticket(stepped, size=size) as desk:
            await desk.keys("c", "n")
            await desk.shows(Form)
            await desk.write("rolled back")
            await desk.keys("enter")
            await desk.sees("Done: Fix on #1")
            await desk.keys("c", "k", "enter")
            await desk.sees("Fix is done already: o opens it again", "done by alice", "rolled back")
            await desk.keys("x")
            await desk.sees("Fix is no approval: s skips it")
            await desk.keys("o")
            await desk.happens("open again", lambda: steps(desk.store)["Fix"] == "open")

    async def test_an_approval_is_given_or_refused(self, stepped: Path, size: tuple[int, int]) -> None:
        async with on_ticket(stepped, 2, size=size) as desk:
            await desk.keys("c")
            await desk.sees("Access 1/2 on #2", "lead's yes", "refuse")
            await desk.keys("x")
            await desk.shows(Form)
            await desk.keys("enter")
            await desk.sees("to refuse a step needs a reason")
            await desk.write("no budget")
            await desk.keys("enter")
            await desk.sees("Refused: Allow on #2")
            await desk.keys("c", "j", "enter")
            await desk.sees("Grant waits for Allow, which was refused")
            await desk.keys("c", "enter")
            await desk.sees("Done: Allow on #2")

    async def test_the_approval_of_a_role_is_not_everybodys(
        self, stepped: Path, size: tuple[int, int]
    ) -> None:
        async with running(stepped, size=size, login="bo") as desk:
            await desk.keys("colon", "2", "enter")
            await desk.ticket()
            await desk.keys("c", "enter")
            await desk.sees("may not decide on Allow")

    async def test_a_selection_is_marked_as_one_step(self, stepped: Path, size: tuple[int, int]) -> None:
        other = as_agent(stepped, "alice", Clock())
        other.dispatch(c.FollowProcess((3,), "Incident"))
        other.close()
        async with running(stepped, size=size) as desk:
            for number in (1, 3, 4):
                await desk.select(number)
                await desk.keys("x")
            await desk.keys("c")
            await desk.sees("Steps of 2 tickets", "1 more follows none", "open on 1, done on 1", "open on 2")
            await desk.keys("j", "j", "enter")
            await desk.sees("Done: Fix on 2 tickets")
            assert [steps(desk.store, number)["Fix"] for number in (1, 3)] == ["done", "done"]
            await desk.keys("u")
            await desk.happens("undo", lambda: steps(desk.store, 3)["Fix"] == "open")
            assert steps(desk.store)["Fix"] == "open"


class TestFollowing:
    """Which process a ticket follows."""

    async def test_one_is_begun_changed_and_ended(self, stepped: Path) -> None:
        async with running(stepped) as desk:
            await desk.select(4)
            await desk.keys("c")
            await desk.shows(Choose)
            await desk.sees("Begin a process on #4", "Incident", "6 steps", "Access")
            await desk.keys("enter")
            await desk.sees("Began Incident on #4")
            await desk.keys("c", "p")
            await desk.shows(Choose)
            await desk.sees("Process of #4", "end the process")
            await desk.keys("enter")
            await desk.shows(Prompt)
            await desk.keys("enter")
            await desk.sees("leaving a process needs a reason")
            await desk.write("a request")
            await desk.keys("enter")
            await desk.sees("Began Access on #4")
            await desk.keys("c", "p", "e", "n", "d", "enter")
            await desk.shows(Prompt)
            await desk.write("wrong")
            await desk.keys("enter")
            await desk.sees("Ended the process of #4")
            await desk.keys("u")
            await desk.happens("undo", lambda: desk.store.ticket(4).ticket.process == "Access")

    async def test_a_desk_without_processes_says_how_to_get_one(self, small: Path) -> None:
        async with running(small) as desk:
            await desk.select(1)
            await desk.keys("c")
            await desk.sees("The desk has no processes yet", "docs/processes.md")


class TestRoom:
    """Small windows, long lists and names that are anything."""

    @pytest.fixture
    def long(self, small: Path) -> Path:
        """The small desk, where #1 follows a process of thirty steps with names of every kind."""
        names = ["[red]Prüfen[/red] " + "很長的名字" * 12, *(f"Step of the list {at}" for at in range(29))]
        text = "Look.\\n" * 30
        steps = "".join(f'[[processes.steps]]\nname = "{name}"\ntext = "{text}"\n' for name in names)
        dana, alice = as_agent(small, "dana", Clock()), as_agent(small, "alice", Clock())
        dana.dispatch(c.ApplyPolicy(f'[[processes]]\nname = "[b]Long[/b] {"x" * 60}"\n{steps}'))
        while dana.run_due():
            pass
        alice.dispatch(c.FollowProcess((1,), dana.policy.processes[0].name))
        for store in (dana, alice):
            store.close()
        return small

    @pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)])
    async def test_everything_is_reached(self, long: Path, size: tuple[int, int]) -> None:
        async with on_ticket(long, size=size) as desk:
            if size[0] < 100:
                await desk.keys("tab")
            await desk.sees("PROCESS", "[b]Long[/b]", "1/30", "▸ [red]Prüfen[/red]", "more, ")
            await desk.keys("c")
            dialog = await desk.shows(StepsDialog)
            await desk.sees("▸ [red]Prüfen[/red]", "↵ done", "s skip", "Look.")
            await desk.keys("G")
            await desk.sees("Step of the list 28")
            await desk.keys("space")
            told = dialog.query_one(".told")
            await desk.happens("scrolled", lambda: told.scroll_offset.y > 0)
            await desk.keys("d")
            await desk.sees("Done: Step of the list 28")

    async def test_on_the_card_of_the_board(self, stepped: Path) -> None:
        async with running(stepped) as desk:
            await desk.select(1)
            await desk.keys("2")
            await board(desk)
            row = desk.screen.target_row()
            while row is None or row.number != 1:
                await desk.press("l")
                row = desk.screen.target_row()
            await desk.keys("c", "enter")
            await desk.sees("Done: Fix on #1")

    async def test_a_process_that_is_over_says_so(self, stepped: Path) -> None:
        alice = as_agent(stepped, "alice", Clock())
        for step in ("Fix", "Customer confirms", "Root cause", "Docs check"):
            alice.dispatch(c.MarkStep((1,), step, StepState.SKIPPED, "not now"))
        alice.close()
        async with on_ticket(stepped) as desk:
            await desk.sees("PROCESS  Incident", "✓ 6/6", "↷ Docs check")


class TestGate:
    """Solving with steps left."""

    async def test_the_form_says_what_is_left_and_keeps_what_was_typed(self, stepped: Path) -> None:
        async with on_ticket(stepped, size=(80, 24)) as desk:
            await desk.keys("e")
            await desk.shows(SolveForm)
            await desk.sees("left before solving: Fix, Root cause", "esc c steps")
            await desk.write("it works again")
            await desk.keys("ctrl+s")
            await desk.sees("before solving, Incident asks for", "c steps")
            await desk.keys("e")
            form = await desk.shows(SolveForm)
            await desk.sees("restored what you had typed")
            assert form.values()["note"] == "it works again"
            await desk.keys("escape")
            await desk.ticket()
            await _finish(desk)
            await desk.keys("e")
            form = await desk.shows(SolveForm)
            assert "left before solving" not in desk.text
            await desk.keys("ctrl+s")
            await desk.happens("solved", lambda: desk.store.ticket(1).ticket.state is State.SOLVED)

    async def test_of_a_selection_it_says_on_how_many(self, stepped: Path) -> None:
        other = as_agent(stepped, "alice", Clock())
        other.dispatch(c.FollowProcess((3,), "Incident"))
        other.dispatch(c.MarkStep((3,), "Fix", StepState.DONE))
        other.close()
        async with running(stepped) as desk:
            for number in (1, 3, 4):
                await desk.select(number)
                await desk.keys("x")
            await desk.keys("e")
            await desk.shows(SolveForm)
            await desk.sees("left before solving: Fix on 1, Root cause on 2")
            await desk.write("again")
            await desk.keys("ctrl+s")
            await desk.sees("2 refused: #1: before solving, Incident asks for Fix and Root cause")
            assert desk.store.ticket(4).ticket.state is State.SOLVED

    async def test_send_and_solve_keeps_the_reply(self, stepped: Path) -> None:
        async with on_ticket(stepped) as desk:
            await desk.keys("r")
            await desk.sees("Reply to Ana")
            await desk.write("It works again.")
            await desk.keys("ctrl+x", "x")
            await desk.sees("before solving, Incident asks for Fix and Root cause", "esc c steps")
            screen = await desk.ticket()
            assert screen.composer is not None
            assert screen.composer.text == "It works again."
            assert desk.store.ticket(1).ticket.state is State.OPEN


async def _finish(desk: Running) -> None:
    """Do what stands before solving."""
    await desk.keys("c", "enter")
    await desk.sees("Done: Fix on #1")
    await desk.keys("c", "j", "s")
    await desk.shows(Form)
    await desk.write("known")
    await desk.keys("enter")
    await desk.sees("Skipped: Root cause on #1")


@SIZES
class TestPictures:
    """What it looks like, against what was accepted."""

    async def test_panel(self, stepped: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(stepped, size=size) as desk:
            if size[0] < 100:
                await desk.keys("tab")
            await desk.sees("PROCESS  Incident")
            await desk.settle()
            assert picture(desk.app) == pictures

    async def test_dialog(self, stepped: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(stepped, size=size) as desk:
            await desk.keys("c")
            await desk.shows(StepsDialog)
            await desk.settle()
            assert picture(desk.app) == pictures

    async def test_solving(self, stepped: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(stepped, size=size) as desk:
            await desk.keys("e")
            await desk.shows(SolveForm)
            await desk.settle()
            assert picture(desk.app) == pictures
