"""The inbox, by keys: views, search, preview, panes, commands, and its empty and wrong states."""

from __future__ import annotations

import asyncio
import shutil
import threading
from datetime import UTC
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual import events

from deskterm.domain.commands import AddAgent, ApplyPolicy, Close, Create, Receive, Remind, Undo
from deskterm.domain.errors import StorageError
from deskterm.domain.lists import Counts
from deskterm.domain.people import Role
from deskterm.storage.first_page import first_page
from deskterm.store.store import Store
from deskterm.ui.app import DeskApp
from deskterm.ui.dialogs.base import Dialog
from tests.ui.desk import Clock, as_agent, people
from tests.ui.driver import SECONDS, Behind, Driver, open_desk
from tests.ui.pictures import picture


@pytest.fixture
def empty(tmp_path: Path, clock: Clock) -> Path:
    """A desk of agents and queues without a ticket."""
    path = tmp_path / "empty.db"
    store = as_agent(path, "", clock)
    people(store)
    store.close()
    return path


async def test_views_are_beside_the_list_with_live_counts(small: Path, clock: Clock) -> None:
    dana = as_agent(small, "dana", clock)
    async with open_desk(small, clock) as desk:
        assert "Unassigned 2" in desk.words
        dana.dispatch(Create("Projector is dark", "x@example.org", "X", queue="network"))
        await desk.until(lambda: "Unassigned 3" in desk.words)
        assert "Projector is dark" in desk.text
    dana.close()


async def test_going_through_views(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        assert "My queue 8 tickets" in desk.text
        await desk.press("J")
        assert "Unassigned 2 tickets" in desk.text
        await desk.press("K", "K")
        assert "Payments 2 tickets" in desk.text
        await desk.press("g", "v")
        assert isinstance(desk.app.screen, Dialog)
        await desk.type("bill")
        await desk.press("enter")
        assert "Billing 3 tickets" in desk.text


async def test_keys_that_come_before_the_views_wait_for_them(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, counts = threading.Event(), Store.counts

    def counted(store: Store) -> Counts:
        assert slow.wait(SECONDS)
        return counts(store)

    monkeypatch.setattr(Store, "counts", counted)
    app = DeskApp(lambda: as_agent(small, "alice", clock), clock=clock, zone=UTC)
    async with app.run_test(size=(120, 40)) as pilot:
        desk = Driver(app, pilot, clock, small, Behind(app))
        while not app.is_open:
            await pilot.pause()
        await pilot.press("J", "J")
        # No list of all there is meanwhile, in which a key would mean another ticket.
        assert "tickets" not in desk.text.replace("0 tickets", "")
        slow.set()
        await desk.until(lambda: desk.inbox.shown is not None)
        await desk.settle()
        assert desk.inbox.shown is not None
        assert desk.inbox.shown.name == "Breaching soon"
        app.store.close()


async def test_the_preview_follows_a_resting_cursor(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.rest()
        assert "── #1  Checkout" in desk.text
        assert "┋ Deploy 4.18 went out" in desk.text
        await desk.press("j")
        await desk.rest()
        assert "── #2  VPN drops" in desk.text


async def test_the_preview_shows_what_was_just_written(small: Path, clock: Clock) -> None:
    dana = as_agent(small, "dana", clock)
    async with open_desk(small, clock) as desk:
        await desk.rest()
        dana.dispatch(Receive((1,), "It works again since five minutes!"))
        await desk.until(lambda: "It works again" in desk.text)
        assert "✉1" in next(line for line in desk.lines if "Checkout" in line)
    dana.close()


async def test_the_preview_follows_what_typing_finds(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("dark mode")
        await desk.until(lambda: desk.inbox.preview.view is not None and desk.inbox.list.row is not None)
        await desk.until(
            lambda: (
                desk.inbox.preview.view is not None and "dark mode" in desk.inbox.preview.view.ticket.subject
            )
        )


async def test_results_come_while_typing(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("invoi")
        assert [row.number for row in desk.inbox.list.window.rows] == [3]
        assert "“invoi” in subjects, numbers and names 1 ticket" in desk.words
        assert "My queue 8 tickets" not in desk.words
        await desk.press("enter")
        assert "invoi 0 tickets" in desk.text or "invoi 1 ticket" in desk.text
        await desk.press("escape")
        assert "My queue 8 tickets" in desk.text


async def test_leaving_the_search_line_brings_back_the_view(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("J", "slash")
        await desk.type("vpn")
        await desk.press("escape")
        assert "Unassigned 2 tickets" in desk.text
        assert len(desk.inbox.list.window.rows) == 2


async def test_the_whole_query_language_on_enter(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("is:any queue:identity")
        await desk.press("enter")
        assert {row.number for row in desk.inbox.list.window.rows} == {4, 5, 9}


async def test_a_wrong_query_says_where_and_what(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("vpn queu:x")
        await desk.press("enter")
        assert "▲ Column 5" in desk.text
        assert "queue" in desk.text
        assert desk.inbox.has_class("-searching")


async def test_how_to_mend_a_query_is_never_cut(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock, size=(80, 24)) as desk:
        await desk.press("slash")
        await desk.type("the vpn of the sales team queu:x")
        await desk.press("enter")
        assert "▲ Column 27: did you mean queue" in desk.text


async def test_completion(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("queue:pay")
        assert "Tab payments" in desk.text
        await desk.press("tab")
        assert desk.inbox.bar is not None
        assert desk.inbox.bar.text.strip() == "queue:payments"


async def test_the_names_of_processes_and_steps_are_completed(small: Path, clock: Clock) -> None:
    process = '[[processes]]\nname = "Access request"\n[[processes.steps]]\nname = "Grant it"\n'
    itself = as_agent(small, "", clock)
    itself.dispatch(ApplyPolicy(process))
    itself.close()
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("process:acc")
        await desk.until(lambda: 'Tab "Access request"' in desk.text)
        await desk.press("tab")
        await desk.type(" step:gr")
        await desk.until(lambda: 'Tab "Grant it"' in desk.text)


async def test_a_search_is_saved_as_a_view_and_removed(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("slash")
        await desk.type("tag:vip")
        await desk.press("ctrl+s")
        await desk.type("Important")
        await desk.press("enter")
        await desk.until(lambda: "SAVED" in desk.text)
        assert "▌ Important" in desk.text
        await desk.press("X", "y")
        await desk.until(lambda: "SAVED" not in desk.text)


async def test_panes(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("v")
        assert "QUEUES" not in desk.text
        assert desk.inbox.list.size.width == 120
        await desk.press("v")
        assert "QUEUES" in desk.text


async def test_the_wide_layout_is_the_list_alone(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock, layout="wide") as desk:
        assert desk.inbox.list.region.x == 0
        assert desk.inbox.list.region.height == 40 - 5


async def test_on_a_small_screen_views_are_a_list(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock, size=(80, 24)) as desk:
        assert "v views" in desk.text
        await desk.press("v")
        assert isinstance(desk.app.screen, Dialog)
        await desk.type("unass")
        await desk.press("enter")
        assert "Unassigned" in desk.lines[1]


async def test_too_small_a_screen_asks_for_room(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock, size=(58, 15)) as desk:
        assert "needs 60 × 16 cells" in desk.text


async def test_a_command_says_what_it_did_and_is_undone(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.select(5)
        await desk.press("A")
        assert "#5" in desk.status
        assert desk.screen.status_line.hint == "u undo"
        await desk.until(lambda: "alice" in next(line for line in desk.lines if "SSO login" in line))
        await desk.press("u")
        await desk.until(lambda: "alice" not in next(line for line in desk.lines if "SSO login" in line))
        await desk.press("U")
        await desk.until(lambda: "alice" in next(line for line in desk.lines if "SSO login" in line))
        await desk.select(7)
        await desk.press("full_stop")
        await desk.until(lambda: "alice" in next(line for line in desk.lines if "Where do I" in line))


async def test_a_refused_command_says_why(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("U")
        assert desk.screen.status_line.error
        assert desk.status


async def test_a_reminder_rings(small: Path, clock: Clock) -> None:
    alice = as_agent(small, "alice", clock)
    async with open_desk(small, clock) as desk:
        alice.dispatch(Remind(clock.at.replace(minute=40), "call [bold]Ana[/bold] back", 1))
        clock.forward(minutes=10)
        alice.run_due()
        await desk.until(lambda: "call [bold]Ana[/bold] back" in desk.text)
    alice.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_a_row_with_a_reminder_of_mine_is_marked_until_it_rings_and_after(
    small: Path, clock: Clock, size: tuple[int, int]
) -> None:
    alice, bo = as_agent(small, "alice", clock), as_agent(small, "bo", clock)
    alice.dispatch(Remind(clock.at.replace(minute=40), "call Ana back", 1))
    bo.dispatch(Remind(clock.at.replace(minute=50), "not for alice", 2))

    def marked(number: int) -> str:
        lines = [line for line in desk.text.splitlines() if f" {number}  P" in line]
        return next((line for line in lines if "◷" in line), "")

    async with open_desk(small, clock, size=size) as desk:
        await desk.until(lambda: bool(marked(1)))
        assert not marked(2)
        clock.forward(minutes=10)
        alice.run_due()
        await desk.until(lambda: "◷!" in marked(1))
        bo.mark_read(1)
        assert not bo.see_reminders(ticket=1)
        await desk.select(1)
        await desk.press("enter")
        await desk.until(lambda: 1 not in desk.app.alarms.marks)
        await desk.press("escape")
        assert not marked(1)
        later = alice.dispatch(Remind(clock.at.replace(minute=55), "and Joel", 2)).command
        await desk.until(lambda: bool(marked(2)))
        alice.dispatch(Undo(later))
        await desk.until(lambda: not marked(2))
    async with open_desk(small, clock, size=size) as desk:
        await desk.settle()
        assert not marked(1)
    alice.close()
    bo.close()


@pytest.mark.parametrize("ticket", [1, None], ids=["about a ticket", "free"])
async def test_a_reminder_that_another_process_rang_is_shown_with_a_bell(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, ticket: int | None
) -> None:
    alice, scheduler = as_agent(small, "alice", clock), as_agent(small, "", clock)
    alice.dispatch(Remind(clock.at.replace(minute=40), "stretch", ticket))
    bells: list[bool] = []
    async with open_desk(small, clock) as desk:
        monkeypatch.setattr(desk.app, "bell", lambda: bells.append(True))
        clock.forward(minutes=10)
        scheduler.run_due()
        await desk.until(lambda: "stretch" in desk.text)
        assert bells == [True]
    alice.close()
    scheduler.close()


@pytest.mark.parametrize(("minutes", "shown"), [(5, True), (180, False)])
async def test_at_the_start_only_what_rang_a_moment_ago_is_shown(
    small: Path, clock: Clock, minutes: int, shown: bool
) -> None:
    alice = as_agent(small, "alice", clock)
    alice.dispatch(Remind(clock.at.replace(minute=40), "call Ana back", 1))
    clock.forward(minutes=10)
    alice.run_due()
    clock.forward(minutes=minutes)
    async with open_desk(small, clock) as desk:
        await desk.settle()
        assert ("call Ana back" in desk.text) is shown
        alice.dispatch(Remind(clock.at.replace(second=30), "another", 1))
        clock.forward(minutes=1)
        alice.run_due()
        await desk.until(lambda: "another" in desk.text)
        assert ("call Ana back" in desk.text) is shown
    alice.close()


async def test_what_left_the_list_is_not_selected_any_more(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.press("asterisk")
        assert "8 selected" in desk.text
        await desk.press("A", "y")
        await desk.settle()
        await desk.press("asterisk", "e")
        await desk.type("done")
        await desk.press("ctrl+s")
        await desk.until(lambda: "Solved 8 tickets" in desk.text and not desk.inbox.list.selected)
        assert "selected" not in desk.lines[1]
        assert desk.inbox.list.selected == set()


async def test_a_selection_larger_than_what_is_read_follows_the_list(many: Path, clock: Clock) -> None:
    dana = as_agent(many, "dana", clock)
    async with open_desk(many, clock, login="dana") as desk:
        await desk.press("g", "v")
        await desk.type("payments")
        await desk.press("enter", "asterisk")
        assert len(desk.inbox.list.selected) == 400
        dana.dispatch(Close((399, 400), "spam"))
        await desk.until(lambda: len(desk.inbox.list.selected) == 398)
        assert "398 selected" in desk.text
    dana.close()


async def test_the_first_page_is_there_before_the_desk_is_open(small: Path, clock: Clock) -> None:
    page = first_page(str(small), "alice", clock.at)
    assert page is not None
    async with open_desk(small, clock, first=page) as desk:
        await desk.until(lambda: "My queue 8 tickets" in desk.text)
        await desk.until(lambda: "▌ My queue" in desk.text)


async def test_keys_pressed_before_the_desk_is_open_are_not_lost(small: Path, clock: Clock) -> None:
    import threading
    from datetime import UTC

    gate = threading.Event()

    def opener() -> object:
        gate.wait(SECONDS)
        return as_agent(small, "alice", clock)

    app = DeskApp(opener, first_page(str(small), "alice", clock.at), clock=clock, zone=UTC)  # type: ignore[arg-type]
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "j", "A", "k")
        assert not app.is_open
        gate.set()
        async with asyncio.timeout(SECONDS):
            while not (app.is_open and "#5" in app.screen.query_one("StatusLine").text):
                await pilot.pause(0.02)
        app.store.close()


async def test_a_desk_that_cannot_be_opened_ends_with_its_reason(clock: Clock) -> None:
    from datetime import UTC

    def opener() -> object:
        raise StorageError("desk.db is no database", hint="name another file with --db")

    app = DeskApp(opener, None, clock=clock, zone=UTC)  # type: ignore[arg-type]
    async with app.run_test() as pilot:
        async with asyncio.timeout(SECONDS):
            while not app.failure:
                await pilot.pause(0.02)
    assert app.failure is not None
    assert app.return_code == StorageError.exit_code


async def test_a_read_that_fails_is_said_and_the_rows_stay(small: Path, clock: Clock, tmp_path: Path) -> None:
    async with open_desk(small, clock) as desk:
        desk.app.store.database.engine.dispose()
        small.rename(tmp_path / "away.db")
        shutil.copy(__file__, small)
        await desk.press("J")
        await desk.until(lambda: desk.screen.status_line.error)
        assert "Checkout" in desk.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
@pytest.mark.parametrize("theme", ["deskterm-dark", "deskterm-light", "deskterm-contrast"])
async def test_looks(
    small: Path, clock: Clock, pictures: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    async with open_desk(small, clock, size=size, theme=theme) as desk:
        await desk.press("j", "x")
        await desk.rest()
        assert picture(desk.app) == pictures


async def test_who_is_in_no_queue_is_told_so_and_not_that_all_is_done(small: Path, clock: Clock) -> None:
    as_agent(small, "", clock).dispatch(AddAgent("newcomer", "Newcomer", role=Role.ADMIN))
    async with open_desk(small, clock, login="newcomer", size=(120, 40)) as desk:
        await desk.until(lambda: "are in no queue" in desk.text)
        assert "deskterm agent add newcomer --queue NAME" in desk.text
        assert "well done" not in desk.text
        await desk.press("J", "J")
        await desk.until(lambda: "are in no queue" not in desk.text)


async def test_looks_empty(empty: Path, clock: Clock, pictures: SnapshotAssertion) -> None:
    async with open_desk(empty, clock, size=(120, 40)) as desk:
        assert "Nothing is open on this desk." in desk.text
        assert picture(desk.app) == pictures


async def test_looks_when_nothing_is_found(small: Path, clock: Clock, pictures: SnapshotAssertion) -> None:
    async with open_desk(small, clock, size=(80, 24)) as desk:
        await desk.press("slash")
        await desk.type("zebra")
        await desk.press("enter")
        assert "No ticket matches." in desk.text
        assert picture(desk.app) == pictures


async def test_looks_while_searching(small: Path, clock: Clock, pictures: SnapshotAssertion) -> None:
    async with open_desk(small, clock, size=(120, 40)) as desk:
        await desk.press("slash")
        await desk.type("is:open pri")
        await desk.rest()
        await desk.until(lambda: desk.inbox.preview.view is None)
        assert picture(desk.app) == pictures


async def test_what_is_typed_ahead_goes_to_the_dialog(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        await desk.select(5)
        for key in ("a", "b", "o", "enter"):
            desk.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await desk.until(lambda: "#5" in desk.status and "bo" in desk.status)
        assert not desk.app.screen.is_modal


async def test_what_is_typed_after_the_slash_is_a_search(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        for key in ("slash", "v", "p", "n"):
            desk.app.post_message(events.Key(key, "/" if key == "slash" else key))
        await desk.until(lambda: [row.number for row in desk.inbox.list.window.rows] == [2])


async def test_a_search_in_one_burst_is_searched(small: Path, clock: Clock) -> None:
    async with open_desk(small, clock) as desk:
        for key in ("slash", "v", "p", "n", "enter"):
            desk.app.post_message(events.Key(key, {"slash": "/", "enter": "\r"}.get(key, key)))
        await desk.until(lambda: desk.inbox.list_title == "vpn")
        await desk.until(lambda: "vpn 1 ticket" in desk.words)


async def test_a_fault_in_a_read_is_said_and_the_app_lives_on(
    small: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> object:
        raise KeyError("no such column")

    faults: list[Exception] = []
    async with open_desk(small, clock, record=faults.append) as desk:
        for name in ("listing", "counts", "ticket", "conversation", "quick"):
            monkeypatch.setattr(desk.app.store, name, broken)
        await desk.press("ctrl+l")
        assert "could not be read: KeyError" in desk.status
        assert "Checkout" in desk.text
        await desk.press("j")
        await desk.rest()
        assert "could not be read: KeyError" in desk.text
        await desk.press("slash", "v", "escape", "enter")
        await desk.until(lambda: "could not be read: KeyError" in desk.text)
        assert {type(fault) for fault in faults} == {KeyError}
        monkeypatch.undo()
        await desk.press("q", "ctrl+l")
        assert "My queue 8 tickets" in desk.text
