"""The timer of a ticket: what it counts, when it records, how it is paused, what outlives a session."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain import commands as c
from deskterm.ui.dialogs.choose import Choose
from deskterm.ui.dialogs.worked import TimeForm
from deskterm.ui.screens.history import HistoryScreen
from deskterm.ui.timekeeper import keeper_of
from tests.ui.desk import Clock, as_agent
from tests.ui.pictures import picture
from tests.ui.running import Running, on_ticket, running


def entries(desk: Running, number: int = 1) -> list[tuple[str, int, str, bool]]:
    """Who worked on a ticket, how many seconds, on what, and whether the timer says so."""
    found = desk.other("").ticket(number).worked
    return [(one.agent, one.worked.seconds, one.worked.text, one.worked.timed) for one in found]


def worked(path: Path, login: str, command: c.Command) -> None:
    """Do something as somebody before the screens are opened."""
    store = as_agent(path, login, Clock())
    store.dispatch(command)
    store.close()


def policy(path: Path, line: str) -> None:
    """Set how time is counted."""
    worked(path, "dana", c.ApplyPolicy(f"[time]\n{line}\n"))


async def counting(desk: Running) -> None:
    """Wait until the timer runs."""
    await desk.sees("◔ <1m")


async def recorded(desk: Running, count: int = 1, number: int = 1) -> list[tuple[str, int, str, bool]]:
    """Wait for so many entries."""
    await desk.happens("an entry", lambda: len(entries(desk, number)) == count)
    return entries(desk, number)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_was_worked_is_recorded_when_the_ticket_is_left(
    small: Path, size: tuple[int, int]
) -> None:
    async with on_ticket(small, size=size) as desk:
        await counting(desk)
        desk.clock.forward(minutes=4)
        await desk.keys("j")
        desk.clock.forward(minutes=3, seconds=10)
        screen = await desk.ticket()
        screen.tick()
        await desk.sees("◔ 7m")
        await desk.keys("q")
        assert await recorded(desk) == [("alice", 430, "", True)]


async def test_a_stretch_without_a_key_is_not_counted(small: Path) -> None:
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(minutes=2)
        await desk.keys("j")
        desk.clock.forward(minutes=20)
        (await desk.ticket()).tick()
        await desk.sees("◔ 2m idle")
        await desk.keys("k")
        await desk.happens("it goes on", lambda: "idle" not in desk.text)
        await desk.keys("q")
        assert await recorded(desk) == [("alice", 120, "", True)]


async def test_less_than_a_minute_is_counted_on(small: Path) -> None:
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(seconds=40)
        await desk.keys("q")
        await desk.sees("My queue")
        assert entries(desk) == []
        await desk.keys("enter")
        await counting(desk)
        desk.clock.forward(seconds=30)
        await desk.keys("q")
        assert await recorded(desk) == [("alice", 70, "", True)]


async def test_it_is_paused_and_goes_on_by_a_key(small: Path) -> None:
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(minutes=2)
        await desk.keys("P")
        await desk.sees("The timer is paused", "◔ 2m paused")
        desk.clock.forward(minutes=3)
        await desk.keys("j", "P")
        await desk.sees("The timer goes on")
        desk.clock.forward(minutes=1)
        await desk.keys("q")
        assert await recorded(desk) == [("alice", 180, "", True)]


async def test_each_ticket_has_its_own_and_its_history_belongs_to_it(small: Path) -> None:
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(minutes=2)
        await desk.keys("h")
        await desk.shows(HistoryScreen)
        desk.clock.forward(minutes=1)
        await desk.keys("escape")
        first = (await desk.ticket()).number
        desk.clock.forward(minutes=1)
        await desk.keys("J")
        await desk.happens("the next one", lambda: keeper_of(desk.app).ticket not in (0, first))
        second = keeper_of(desk.app).ticket
        desk.clock.forward(minutes=3)
        await desk.keys("1")
        assert await recorded(desk, number=first) == [("alice", 240, "", True)]
        assert await recorded(desk, number=second) == [("alice", 180, "", True)]
        assert keeper_of(desk.app).ticket == 0


async def test_a_reply_records_what_came_before_it_and_undo_means_the_reply(small: Path) -> None:
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(minutes=3)
        await desk.keys("r")
        await desk.happens("the composer", lambda: getattr(desk.app.screen, "composer", None))
        await desk.write("On it")
        desk.clock.forward(minutes=1)
        await desk.keys("ctrl+s")
        assert await recorded(desk) == [("alice", 240, "", True)]
        before = len(desk.store.ticket(1).messages)
        await desk.keys("u")
        await desk.happens("taken back", lambda: len(desk.store.ticket(1).messages) == before - 1)
        assert len(entries(desk)) == 1


async def test_a_policy_asks_when_solving_and_an_answer_is_mine_to_give(small: Path) -> None:
    policy(small, "ask = true")
    async with on_ticket(small) as desk:
        await counting(desk)
        await desk.happens("the policy", lambda: keeper_of(desk.app).settings.ask)
        desk.clock.forward(minutes=4)
        await desk.keys("r")
        await desk.happens("the composer", lambda: getattr(desk.app.screen, "composer", None))
        await desk.write("On it")
        await desk.keys("ctrl+s")
        form = await desk.shows(TimeForm)
        assert form.value("long") == "4m"
        await desk.keys("ctrl+a", "ctrl+k")
        await desk.write("10m")
        await desk.keys("ctrl+s")
        assert await recorded(desk) == [("alice", 600, "", False)]


async def test_nothing_is_counted_where_the_policy_says_so(small: Path) -> None:
    policy(small, "on = false")
    async with on_ticket(small) as desk:
        await desk.happens("the policy", lambda: not keeper_of(desk.app).settings.on)
        await desk.keys("P")
        await desk.sees("No time is counted here")
        assert "◔" not in desk.text


async def test_a_dropped_line_records_at_once(small: Path) -> None:
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(minutes=3)
        (await desk.ticket()).save_now()
        assert entries(desk) == [("alice", 180, "", True)]


async def test_what_was_put_down_by_a_killed_session_is_recorded_and_told(small: Path) -> None:
    store = as_agent(small, "alice", Clock())
    host, _, rest = store.timer_token().split(":", 2)
    store.beat_timer(f"{host}:{2**22 + 9}:{rest}", 1, 720, known=False)
    store.close()
    async with running(small) as desk:
        await desk.sees("Time of a session that broke off is recorded", "12m on #1")
        assert entries(desk) == [("alice", 720, "", True)]


async def test_what_is_counted_is_put_down(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskterm.ui.timekeeper.AFTER_KEY", 0.05)
    monkeypatch.setattr("deskterm.ui.timekeeper.WHILE_READING", 0.05)
    async with on_ticket(small) as desk:
        await counting(desk)
        desk.clock.forward(minutes=2)
        await desk.keys("j")
        await desk.happens("put down", lambda: keeper_of(desk.app)._kept == 120)
        desk.clock.forward(minutes=1)
        await desk.happens("put down again", lambda: keeper_of(desk.app)._kept == 180)
        await desk.keys("q")
        assert await recorded(desk) == [("alice", 180, "", True)]
        desk.clock.forward(minutes=30)
        assert desk.other("alice").take_up_timers() == ()


# By hand


async def test_time_is_recorded_changed_and_deleted_by_keys(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("T")
        form = await desk.shows(TimeForm)
        await desk.write("soon")
        await desk.keys("ctrl+s")
        await desk.sees("'soon' is no time worked; such as 25m, 1h30, 1:15 or 0.5h")
        await desk.keys("ctrl+a", "ctrl+k")
        await desk.write("1:15")
        await desk.sees("→ 1h15")
        await desk.keys("enter")
        await desk.write("tomorrow")
        await desk.keys("ctrl+s")
        await desk.sees("'tomorrow' is still to come")
        await desk.keys("ctrl+a", "ctrl+k")
        await desk.write("yesterday 9:00")
        await desk.keys("enter")
        await desk.write("called [bold]Ana")
        await desk.keys("enter")
        assert form.is_running is False or await recorded(desk)
        assert await recorded(desk) == [("alice", 4500, "called [bold]Ana", False)]
        await desk.sees("Recorded 1h15 on #1", "Worked", "1h15 · 1 person")
        await desk.keys("T")
        await desk.shows(Choose)
        await desk.sees("Time worked on #1: 1h15 · 1 person", "2026-11-19 09:00", "called [bold]Ana")
        await desk.keys("down", "enter")
        await desk.sees("change it", "delete it")
        await desk.keys("enter")
        await desk.shows(TimeForm)
        await desk.keys("ctrl+a", "ctrl+k")
        await desk.write("2h")
        await desk.keys("ctrl+s")
        await desk.happens("changed", lambda: entries(desk)[0][1] == 7200)
        await desk.keys("u")
        await desk.happens("back", lambda: entries(desk)[0][1] == 4500)
        await desk.keys("T")
        await desk.shows(Choose)
        await desk.keys("down", "enter")
        await desk.sees("delete it")
        await desk.keys("down", "enter")
        await desk.happens("deleted", lambda: entries(desk) == [])
        await desk.keys("u")
        await recorded(desk)


async def test_an_agent_does_not_change_a_colleagues(small: Path) -> None:
    worked(small, "alice", c.LogTime((1,), 600))
    async with running(small, login="bo") as desk:
        desk.app.spare.open(1)
        await desk.ticket()
        await desk.keys("T")
        await desk.shows(Choose)
        await desk.keys("down", "enter")
        await desk.sees("This is alice's time: that needs a lead")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_its_picture(small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
    worked(small, "alice", c.LogTime((1,), 1500, "called Ana"))
    worked(small, "bo", c.LogTime((1,), 3600, "read the logs of the gateway"))
    async with on_ticket(small, size=size) as desk:
        await counting(desk)
        await desk.keys("T")
        await desk.shows(Choose)
        assert picture(desk.app) == pictures
