"""The settings screen, by keys: everything is there, the common ones change, and one undo takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain.commands import AddAgent, ApplyPolicy
from deskterm.domain.kinds import Priority
from deskterm.domain.people import Role
from deskterm.domain.policy import Assignment
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.prompt import Prompt
from deskterm.ui.dialogs.why import WhyDialog
from deskterm.ui.screens.settings import SettingsScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.pictures import picture
from tests.ui.running import Running, running

GOLD = '[[sla]]\nname = "Gold"\nwhen = "tag:gold"\ntargets.P1 = { first_reply = "5m" }\n'

PROCESS = """
[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Fix"
within = "4h"
text = "Take the cause away."
"""


@pytest.fixture
def ruled(small: Path, clock: Clock) -> Path:
    """The small desk with alice as its admin and an SLA policy of its own."""
    store = as_agent(small, "", clock)
    alice = store.people().agent("alice")
    assert alice is not None
    queues = tuple(store.people().queues[queue].key for queue in alice.queues)
    store.dispatch(AddAgent("alice", alice.name, Role.ADMIN, queues))
    store.dispatch(ApplyPolicy(GOLD))
    store.recalculate()
    store.close()
    return small


async def opened(desk: Running) -> SettingsScreen:
    """Go to the settings and wait for them."""
    await desk.press("g", "s")
    screen = await desk.shows(SettingsScreen)
    await desk.happens("the settings", lambda: screen.known)
    await desk.settle()
    return screen


async def go_to(desk: Running, screen: SettingsScreen, label: str) -> None:
    """Put the cursor on a setting."""
    place = next(at for at, one in enumerate(screen.known) if one.label == label)
    await desk.press("g", "g", *("j" for _ in range(place)))
    assert screen.here is not None
    assert screen.here.label == label


async def test_everything_is_there(ruled: Path) -> None:
    async with running(ruled) as desk:
        screen = await opened(desk)
        await desk.sees("Settings", "policy 2", "P1 share", "10%", "P1 first reply", "15m")
        await desk.press("G")
        assert screen.at == len(screen.known) - 1
        sections = list(dict.fromkeys(one.section for one in screen.known))
        assert sections == [
            "Desk", "Targets", "Queues", "Mail", "Time worked", "SLA policies", "Priority matrix",
            "States", "Weights of load", "Names of roles", "Agents",
        ]  # fmt: skip
        await desk.press("escape")
        assert not isinstance(desk.app.screen, SettingsScreen)


async def test_a_target_is_changed_and_taken_back(ruled: Path) -> None:
    async with running(ruled) as desk:
        screen = await opened(desk)
        await go_to(desk, screen, "P4 first reply")
        await desk.press("enter")
        await desk.shows(Prompt)
        await desk.press("ctrl+a", "ctrl+k")
        await desk.write("9x")
        await desk.keys("enter")
        await desk.sees("is no duration")
        await desk.press("backspace")
        await desk.write("h")
        await desk.keys("enter")
        await desk.sees("Applied policy 3: 1 change")
        await desk.happens("the new value", lambda: screen.here is not None and screen.here.value == "9h")
        goals = desk.store.policy.targets[Priority.P4]
        assert (goals.first_reply, goals.resolution) == (9 * 3600, 40 * 3600)
        await desk.press("u")
        await desk.happens("the old value", lambda: screen.here is not None and screen.here.value == "8h")


async def test_a_step_is_looked_at_and_need_not_be_done_any_more(ruled: Path, clock: Clock) -> None:
    store = as_agent(ruled, "", clock)
    store.dispatch(ApplyPolicy(PROCESS))
    store.recalculate()
    store.close()
    async with running(ruled) as desk:
        screen = await opened(desk)
        await go_to(desk, screen, "Incident 1. Fix")
        await desk.sees("Processes", "Incident is begun by")
        await desk.press("enter")
        await desk.sees("by owner, required before solved, within 4h", "Take the cause away.", "policy file")
        await desk.press("escape")
        await go_to(desk, screen, "Incident 1. Fix: required")
        await desk.press("enter")
        await desk.shows(Choose)
        await desk.write("no")
        await desk.keys("enter")
        await desk.sees("Applied policy 4: 1 change")
        (step,) = desk.store.policy.processes[0].steps
        assert (step.required, step.within, step.text) == (False, 4 * 3600, "Take the cause away.")


async def test_how_a_queue_assigns_is_chosen(ruled: Path) -> None:
    async with running(ruled) as desk:
        screen = await opened(desk)
        label = next(one.label for one in screen.known if one.label.endswith("assignment"))
        await go_to(desk, screen, label)
        await desk.press("enter")
        await desk.shows(Choose)
        await desk.write("least")
        await desk.keys("enter")
        await desk.sees("Applied policy 3")
        key = next(one.way[1] for one in screen.known if one.label == label)
        assert desk.store.policy.queue(key).assignment is Assignment.LEAST_LOADED


async def test_what_an_agent_carries_and_what_a_policy_promises_are_changed(ruled: Path) -> None:
    async with running(ruled) as desk:
        screen = await opened(desk)
        await go_to(desk, screen, "alice capacity")
        await desk.press("enter")
        await desk.shows(Prompt)
        await desk.press("ctrl+a", "ctrl+k")
        await desk.write("3")
        await desk.keys("enter")
        await desk.sees("Applied policy: 1 change")
        await desk.happens("the capacity", lambda: desk.store.people().agent("alice").capacity == 3)  # type: ignore[union-attr]
        await go_to(desk, screen, "Gold P1 first reply")
        await desk.press("enter")
        await desk.shows(Prompt)
        await desk.press("ctrl+a", "ctrl+k")
        await desk.write("7m")
        await desk.keys("enter")
        await desk.sees("Applied policy 3: 1 change")
        assert desk.store.policy.sla[0].targets[Priority.P1].first_reply == 7 * 60
        await desk.press("u")
        await desk.sees("Undid")


CALM = (
    GOLD
    + """targets.P4 = { first_reply = "8h" }

[[rules]]
name = "Calm"
on = "intake"
when = "tag:gold"
do = [{ priority = "P4" }]
"""
)


async def test_a_change_that_would_end_clocks_is_asked_about_first(ruled: Path) -> None:
    async with running(ruled) as desk:
        desk.other("").dispatch(ApplyPolicy(CALM))
        screen = await opened(desk)
        await desk.happens("the other policy", lambda: screen.plan.policy.version == 3)
        for key, kept in (("n", "8h"), ("y", "none")):
            await go_to(desk, screen, "Gold P4 first reply")
            await desk.press("enter")
            await desk.shows(Prompt)
            await desk.press("ctrl+a", "ctrl+k")
            await desk.write("none")
            await desk.keys("enter")
            await desk.shows(Confirm)
            await desk.sees('the rule "Calm" sets P4', "has no", "targets: the clocks")
            await desk.press(key)
            await desk.shows(SettingsScreen)
            await desk.happens("the value", lambda: screen.here is not None and screen.here.value == kept)  # noqa: B023


async def test_what_somebody_applied_meanwhile_is_not_overwritten(ruled: Path) -> None:
    async with running(ruled) as desk:
        screen = await opened(desk)
        await go_to(desk, screen, "P1 share")
        await desk.press("enter")
        await desk.shows(Prompt)
        other = desk.other("")
        other.dispatch(ApplyPolicy("[desk]\np1_share = '30%'"))
        await desk.press("ctrl+a", "ctrl+k")
        await desk.write("20%")
        await desk.keys("enter")
        await desk.sees("policy 3 was applied meanwhile")
        assert desk.store.policy.p1_share == 0.3


LONG = """[[macros]]
name = "Long [bold]"
text = '''Dear {requester.first_name},
this is the second line of a text that is longer than any line of the screen, and it [red]ends[/red] here.'''
"""


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_what_only_a_file_changes_is_read_whole(ruled: Path, size: tuple[int, int]) -> None:
    async with running(ruled, size=size) as desk:
        desk.other("").dispatch(ApplyPolicy(LONG))
        screen = await opened(desk)
        await desk.happens("the other policy", lambda: screen.plan.policy.version == 3)
        await go_to(desk, screen, "Long [bold]")
        await desk.press("enter")
        await desk.shows(WhyDialog)
        await desk.sees("Long [bold]", "Dear {requester.first_name},", "[red]ends[/red]", "policy file")
        await desk.press("escape")
        await desk.shows(SettingsScreen)


async def test_who_is_no_admin_may_look(small: Path) -> None:
    async with running(small) as desk:
        screen = await opened(desk)
        await desk.sees("an admin can change them", "P1 first reply")
        assert "Agents" not in {one.section for one in screen.known}
        await go_to(desk, screen, "P1 share")
        await desk.press("enter")
        await desk.shows(Prompt)
        await desk.press("ctrl+a", "ctrl+k")
        await desk.write("20%")
        await desk.keys("enter")
        await desk.sees("may not apply a policy: that needs an admin")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_its_picture(ruled: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
    async with running(ruled, size=size) as desk:
        await opened(desk)
        assert picture(desk.app) == pictures


async def test_the_matrix_and_the_share_of_p1_are_those_of_the_policy(ruled: Path, clock: Clock) -> None:
    row = '{ high = "P4", medium = "P4", low = "P4" }'
    matrix = f"[matrix]\nhigh = {row}\nmedium = {row}\nlow = {row}\n[desk]\np1_share = '100%'"
    as_agent(ruled, "", clock).dispatch(ApplyPolicy(matrix))
    async with running(ruled) as desk:
        await desk.press("p")
        assert "P4" in desk.text
        assert "P2" not in "".join(line for line in desk.lines if "high" in line)
        await desk.press("escape", "2")
        await desk.settle()
        assert "P1 is" not in desk.text
