"""Triage by keys: what is new is looked at one by one, and each way to go on is one key."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain.commands import Assign, Create
from deskterm.domain.kinds import Level, State
from deskterm.domain.people import Role
from deskterm.ui.dialogs.choose_ticket import ChooseTicket
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.merge import MergePreview
from deskterm.ui.dialogs.split import SplitForm
from deskterm.ui.screens.ticket import TicketScreen
from deskterm.ui.screens.triage import TriageScreen
from deskterm.ui.widgets.triage_list import TriageList
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, running
from tests.ui.test_merge import VPN, double
from tests.ui.test_ticket_screen import NARROW, WIDE, picture


async def triage(desk: Running) -> TriageScreen:
    """Go to triage and wait for its first ticket."""
    await desk.keys("g", "t")
    screen = await desk.shows(TriageScreen)
    await desk.settle()
    return screen


def state_of(desk: Running, number: int) -> State:
    """A ticket's state."""
    return desk.store.ticket(number).ticket.state


def on_screen(screen: TriageScreen) -> int:
    """The ticket that is looked at."""
    assert screen.row is not None
    return screen.row.number


async def test_accepted_it_is_the_turn_of_the_desk_and_the_next_one_is_shown(small: Path) -> None:
    async with running(small) as desk:
        screen = await triage(desk)
        first, total = on_screen(screen), len(screen.rows)
        await desk.keys("Y")
        await desk.sees(f"Set #{first} to open")
        await desk.settle()
        assert state_of(desk, first) is State.OPEN
        assert (len(screen.rows), screen.cursor) == (total - 1, 0)
        assert on_screen(screen) != first
        history = desk.store.ticket(first).events
        assert any(change.after == "accepted in triage" for event in history for change in event.changes)
        await desk.keys("u")
        await desk.sees(f"Undid: Set #{first} to open")
        assert state_of(desk, first) is State.NEW


async def test_it_says_what_a_ticket_looks_like_and_d_merges_it(small: Path) -> None:
    number = double(small)
    async with running(small) as desk:
        screen = await triage(desk)
        screen.move_to([row.number for row in screen.rows].index(number))
        await desk.sees(f"#{VPN} VPN drops every")
        await desk.sees("words in common: ")
        await desk.sees("P4: impact low, urgency medium")
        await desk.keys("d")
        await desk.shows(ChooseTicket)
        await desk.keys("enter")
        await desk.shows(MergePreview)
        await desk.keys("enter")
        await desk.sees(f"Merged #{number} into #{VPN}")
        await desk.settle()
        assert number not in [row.number for row in screen.rows]


async def test_spam_and_bulk_say_the_count_first(small: Path) -> None:
    double(small)
    async with running(small) as desk:
        screen = await triage(desk)
        first = on_screen(screen)
        await desk.keys("S")
        await desk.sees(f"Closed #{first}: spam")
        await desk.settle()
        numbers = [row.number for row in screen.rows]
        await desk.keys("x", "x", "Y")
        await desk.shows(Confirm)
        await desk.sees("2 tickets will be changed in one step")
        await desk.keys("y")
        await desk.sees("Set 2 tickets to open")
        assert [state_of(desk, number) for number in numbers[:2]] == [State.OPEN, State.OPEN]
        await desk.settle()
        await desk.keys("asterisk", "backslash")
        assert screen.selected == set()


async def test_details_are_asked_for_in_a_draft_that_is_never_overwritten(small: Path) -> None:
    async with running(small) as desk:
        screen = await triage(desk)
        number = on_screen(screen)
        await desk.keys("D")
        await desk.shows(TicketScreen)
        await desk.sees("to help you we need to know")
        await desk.sees("which product, service or device")
        ticket = desk.app.screen
        assert isinstance(ticket, TicketScreen)
        assert ticket.composer is not None
        ticket.composer.area.insert("PS: ")
        await desk.keys("escape")
        await desk.sees("Draft kept")
        await desk.keys("q")
        await desk.shows(TriageScreen)
        await desk.settle()
        await desk.keys("D")
        again = await desk.shows(TicketScreen)

        def restored() -> bool:
            return again.composer is not None and again.composer.area.text.count("PS: ") == 1

        await desk.happens("the draft of before", restored)
        assert state_of(desk, number) is State.NEW


async def test_splitting_off_another_matter(small: Path) -> None:
    async with running(small) as desk:
        screen = await triage(desk)
        number, total = on_screen(screen), len(screen.rows)
        await desk.keys("X")
        await desk.shows(SplitForm)
        await desk.keys("enter")
        await desk.sees("needs a subject")
        await desk.write("Another matter")
        await desk.keys("tab", "enter")
        await desk.sees("no message goes along")
        await desk.keys("tab", "enter")
        await desk.sees(f"Split 1 message of #{number} off into #10")
        await desk.settle()
        assert len(screen.rows) == total + 1
        assert desk.store.ticket(10).ticket.subject == "Another matter"


async def test_what_comes_in_appears_and_the_cursor_stays_on_its_ticket(small: Path) -> None:
    async with running(small) as desk:
        screen = await triage(desk)
        await desk.keys("j")
        number = on_screen(screen)
        urgent = Create("Everything is down", "zoe@x.example", impact=Level.HIGH, urgency=Level.HIGH)
        as_agent(small, "bo", Clock()).dispatch(urgent)
        await desk.sees("Everything is down")
        await desk.settle()
        assert on_screen(screen) == number
        as_agent(small, "bo", Clock()).dispatch(Assign((number,), 2))
        await desk.until(lambda: number not in [row.number for row in screen.rows])
        assert on_screen(screen) != number


async def test_too_much_p1_is_said(small: Path) -> None:
    async with running(small) as desk:
        await triage(desk)
        await desk.sees("▲ P1 is 1")


async def test_numbers_of_any_length_leave_the_columns_under_each_other(small: Path) -> None:
    async with running(small) as desk:
        screen = await triage(desk)
        rows = screen.query_one(TriageList)
        first = screen.rows[0]
        rows.show([first, first._replace(number=12345)], 0, (), first.updated_at)
        lines = ["".join(text for text, _ in line) for line in rows.draw(44)]
        assert "12345" in lines[1]
        assert lines[0].index(str(first.priority)) == lines[1].index(str(first.priority))


async def test_when_nothing_is_new_it_says_so(small: Path) -> None:
    store = as_agent(small, "alice", Clock())
    for number in store.numbers("is:new"):
        store.dispatch(Assign((number,), store.actor.id))
    async with running(small) as desk:
        await desk.keys("g", "t")
        await desk.sees("Nothing is new")
        await desk.keys("Y", "j", "k", "enter", "S", "X", "d", "D")
        await desk.sees("There is no ticket under the cursor")
        await desk.keys("q")
        await desk.sees("My queue")


async def test_a_viewer_looks_and_changes_nothing(small: Path) -> None:
    from deskterm.domain.commands import AddAgent

    as_agent(small, "", Clock()).dispatch(AddAgent("vera", "Vera", Role.VIEWER, ("billing",)))
    async with running(small, login="vera") as desk:
        screen = await triage(desk)
        for key in ("Y", "S", "X", "d", "D"):
            await desk.keys(key)
            await desk.sees("needs an agent")
        assert all(state_of(desk, row.number) is State.NEW for row in screen.rows)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
class TestPictures:
    """What it looks like, against what was accepted."""

    async def test_triage(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        number = double(small)
        async with running(small, size=size) as desk:
            screen = await triage(desk)
            screen.move_to([row.number for row in screen.rows].index(number))
            await desk.sees("words in common")
            assert await picture(desk) == pictures

    async def test_selected(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with running(small, size=size) as desk:
            await triage(desk)
            await desk.keys("x", "x")
            await desk.sees("2 selected")
            assert await picture(desk) == pictures

    async def test_empty(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        store = as_agent(small, "alice", Clock())
        for number in store.numbers("is:new"):
            store.dispatch(Assign((number,), store.actor.id))
        async with running(small, size=size) as desk:
            await desk.keys("g", "t")
            await desk.sees("Nothing is new")
            assert await picture(desk) == pictures

    async def test_split(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with running(small, size=size) as desk:
            await triage(desk)
            await desk.keys("X")
            await desk.shows(SplitForm)
            assert await picture(desk) == pictures


async def test_one_more_p1_asks_for_a_second_reason(small: Path) -> None:
    store = as_agent(small, "alice", Clock())
    for at in range(14):
        level = Level.HIGH if at < 4 else Level.LOW
        store.dispatch(Create(f"More {at}", "kim@acme.example", impact=level, urgency=level))
    number = store.dispatch(Create("A vip", "kim@acme.example")).created or 0
    async with running(small) as desk:
        screen = await triage(desk)
        screen.move_to([row.number for row in screen.rows].index(number))
        await desk.settle()
        await desk.keys("p", "1")
        await desk.write("the minister")
        await desk.keys("enter")
        await desk.sees("active tickets are P1")
        await desk.keys("enter")
        await desk.sees("one more P1 needs a second reason")
        await desk.write("the law says so")
        await desk.keys("enter")
        await desk.sees(f"Set the priority of #{number}")
        assert desk.store.ticket(number).ticket.priority == "P1"


async def test_all_says_when_more_are_new_than_are_listed(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskterm.ui.screens.triage.MOST", 2)
    store = as_agent(small, "alice", Clock())
    store.dispatch(Create("One more", "kim@acme.example"))
    total = store.listing("is:new").total
    assert total > 2
    store.close()
    async with running(small) as desk:
        screen = await triage(desk)
        await desk.keys("*")
        await desk.sees("2 selected", f"These are the first 2 of {total}")
        assert len(screen.selected) == 2
