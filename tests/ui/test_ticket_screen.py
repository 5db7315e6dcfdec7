"""The ticket's screen: what it shows, where it stays, and where it goes."""

from __future__ import annotations

import gc
import weakref
from datetime import timedelta
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain.commands import (
    Assign,
    LinkTo,
    Note,
    Receive,
    Remind,
    Reply,
    SetPriority,
    Solve,
    Together,
    Undo,
)
from deskterm.domain.kinds import Priority, State
from deskterm.ui.dialogs.palette import Palette
from deskterm.ui.screens.history import HistoryScreen
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket, running

WIDE, NARROW = (120, 40), (80, 24)


def column(text: str, words: str) -> int:
    """The column a text begins in."""
    return next(line.index(words) for line in text.splitlines() if words in line)


async def test_it_shows_the_conversation_and_what_happened(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.sees("‹ My queue", "#1  Checkout returns 502", "● open", "P1", "alice")
        await desk.sees(
            "Ana Ruiz customer · email · 10:20 · ana@northwind.example",
            "◦ 14:06 taken by alice",
            "bo internal note",
        )
        lines = desk.lines
        told = [
            next(at for at, line in enumerate(lines) if words in line)
            for words in ("taken by", "we see it too")
        ]
        assert told == sorted(told)


async def test_the_details_stand_beside_it(small: Path) -> None:
    desk_of_alice = as_agent(small, "alice", Clock())
    desk_of_alice.dispatch(LinkTo((1,), "related", 2))
    desk_of_alice.dispatch(Remind(Clock().at + timedelta(hours=2), "call Ana", 1))
    async with on_ticket(small) as desk:
        await desk.sees("CLOCKS", "Resolution", "-12m", "▲ missed", "REQUESTER", "Northwind")
        await desk.sees("LINKS", "related #2", "REMINDERS", "call Ana", "16:32")
        assert column(desk.text, "CLOCKS") > 80


async def test_on_a_narrow_screen_tab_shows_the_details(small: Path) -> None:
    async with on_ticket(small, size=NARROW) as desk:
        assert "CLOCKS" not in desk.text
        await desk.keys("tab")
        await desk.sees("CLOCKS", "REQUESTER")
        assert "we see it too" not in desk.text
        await desk.keys("tab")
        await desk.sees("we see it too")


async def test_j_and_k_walk_the_view(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.sees("1 of 8")
        await desk.keys("J")
        screen = await desk.ticket()
        assert screen.number == 2
        await desk.sees("2 of 8", "VPN drops")
        await desk.keys("K")
        await desk.ticket()
        await desk.sees("1 of 8", "Checkout")
        await desk.keys("K")
        await desk.sees("This is the first ticket of the view")


async def test_the_inbox_goes_on_where_the_ticket_screen_was_left(small: Path) -> None:
    async with on_ticket(small) as desk:
        for number in (2, 4):
            await desk.keys("J")
            await desk.ticket()
            await desk.sees(f"{2 if number == 2 else 3} of 8")
        last = (await desk.ticket()).number
        await desk.keys("escape")
        await desk.shows(InboxScreen)
        assert desk.number == last != 1


async def test_the_inbox_finds_a_ticket_far_from_its_cursor(many: Path) -> None:
    async with running(many, login="dana") as desk:
        await desk.press("g", "v")
        await desk.type("payments")
        await desk.press("enter", "enter")
        screen = await desk.ticket()
        far = desk.store.numbers(desk.inbox.list.query_text)[350]
        screen.show_ticket(far)
        await desk.ticket()
        await desk.keys("escape")
        await desk.shows(InboxScreen)
        await desk.happens("the cursor", lambda: desk.number == far)
        await desk.sees(f"#{far}")


async def test_on_a_narrow_screen_the_footer_offers_the_details(small: Path) -> None:
    async with on_ticket(small, size=NARROW) as desk:
        assert "Tab panes" in desk.lines[-1]


async def test_a_ticket_that_left_the_view_still_has_a_way_on(small: Path) -> None:
    async with on_ticket(small) as desk:
        desk.store.dispatch(Solve((1,), "Gateway restarted"))
        await desk.sees("✓ solved", "not in this view")
        await desk.keys("J")
        assert (await desk.ticket()).number == 2


async def test_opening_reads_the_messages(small: Path) -> None:
    as_agent(small, "bo", Clock()).dispatch(Note((1,), "have a look at the pool"))
    async with running(small) as desk:
        row = next(row for row in desk.inbox.list.window.rows if row.number == 1)
        assert row.new_messages == 1
        await desk.keys("enter")
        await desk.ticket()
        await desk.sees("─── new ───", "have a look at the pool")
        await desk.happens("read", lambda: desk.store.ticket(1).read_messages == 4)
        assert desk.store.ticket(1).row.new_messages == 0


async def test_a_change_by_somebody_else_is_shown_at_once(small: Path) -> None:
    async with on_ticket(small) as desk:
        bo = desk.other("bo")
        bo.dispatch(Assign((1,), bo.actor.id))
        await desk.sees("taken by bo", "Owner        bo")
        bo.dispatch(SetPriority((1,), Priority.P2, reason="only a third of them"))
        await desk.sees("P1 → P2 (only a third of them) by bo")


def long_talk(path: Path, messages: int) -> None:
    """Let the requester and bo write on ticket 1."""
    clock = Clock()
    bo = as_agent(path, "bo", clock)
    parts = tuple(
        Note((1,), f"Note {number}\nwith a second line and some more words in it")
        for number in range(messages)
    )
    for at in range(0, messages, 100):
        bo.dispatch(Together(parts[at : at + 100]))
    bo.mark_read(1)
    as_agent(path, "alice", clock).mark_read(1)


async def test_live_messages_leave_the_place_alone(small: Path) -> None:
    long_talk(small, 50)
    async with on_ticket(small) as desk:
        screen = await desk.ticket()
        await desk.sees("Note 49")
        await desk.keys("ctrl+u", "ctrl+u", "ctrl+u")
        await desk.pilot.pause()
        before, shown = screen.conversation.scroll_offset.y, desk.text
        desk.other("").dispatch(Receive((1,), "Anything new?", "email"))
        await desk.happens(
            "the message", lambda: screen.view is not None and screen.view.ticket.messages == 54
        )
        await desk.pilot.pause()
        assert screen.conversation.scroll_offset.y == before
        assert [line for line in desk.text.splitlines() if "Note" in line] == [
            line for line in shown.splitlines() if "Note" in line
        ]
        await desk.keys("G")
        await desk.sees("Anything new?")
        desk.other("").dispatch(Receive((1,), "Hello?", "email"))
        await desk.sees("Hello?")


async def test_the_beginning_of_a_long_conversation_is_loaded_when_it_is_reached(small: Path) -> None:
    long_talk(small, 300)
    async with on_ticket(small) as desk:
        await desk.sees("Note 299")
        screen = await desk.ticket()
        assert screen.conversation.earlier == 243
        await desk.keys("g", "g")
        await desk.happens("all of it", lambda: screen.conversation.earlier == 0)
        await desk.keys("g", "g")
        await desk.sees("Ana Ruiz", "created in Payments")


async def test_of_hundreds_of_messages_the_last_are_read(small: Path) -> None:
    long_talk(small, 300)
    async with running(small) as desk:
        await desk.keys("enter")
        screen = await desk.ticket()
        assert screen.view is not None
        assert len(screen.view.messages) == 60
        assert "Note 299" in desk.text
        assert screen.view.ticket.messages > 300


async def test_time_alone_turns_a_clock_amber_and_red(small: Path) -> None:
    async with on_ticket(small, 4) as desk:
        assert "◆" not in desk.text.split("CLOCKS")[1]
        due = next(clock for clock in desk.store.ticket(4).clocks if clock.target == "resolution")
        assert due.risk_at is not None
        assert due.due_at is not None
        await desk.pass_time(seconds=(due.risk_at - desk.clock.at).total_seconds())
        await desk.sees("◆ ")
        await desk.pass_time(seconds=(due.due_at - desk.clock.at).total_seconds() + 120)
        await desk.sees("▲ -2m")


def top(desk: Running) -> str:
    """The first line: how many are late or soon will be, and the time."""
    return " ".join(desk.lines[0].split()).partition("Metrics ")[2]


async def test_what_is_under_it_tells_the_time_and_the_counts_when_it_is_left(small: Path) -> None:
    async with on_ticket(small, 2) as desk:
        counts = desk.app.counts
        assert counts is not None
        assert counts.next_change_at is not None
        before = top(desk)
        await desk.pass_time(seconds=(counts.next_change_at - desk.clock.at).total_seconds() + 1)
        after = top(desk)
        assert after.split(" alice")[0] != before.split(" alice")[0]
        await desk.keys("escape")
        await desk.shows(InboxScreen)
        assert top(desk) == after


async def test_what_is_under_a_dialog_tells_the_time_and_the_counts_when_that_is_closed(small: Path) -> None:
    async with running(small) as desk:
        counts, before = desk.app.counts, top(desk)
        assert counts is not None
        assert counts.next_change_at is not None
        await desk.keys("question_mark")
        await desk.happens("a dialog", lambda: desk.app.screen.is_modal)
        desk.clock.at = counts.next_change_at
        await desk.keys("escape")
        await desk.shows(InboxScreen)
        await desk.settle()
        assert top(desk).split(" alice")[0] != before.split(" alice")[0]
        assert f"{desk.clock.at:%H:%M}" in top(desk)


async def test_history_tells_every_event(small: Path) -> None:
    async with on_ticket(small) as desk:
        desk.store.dispatch(SetPriority((1,), Priority.P3, reason="calm now"))
        await desk.keys("h")
        await desk.shows(HistoryScreen)
        await desk.sees(
            "history,", "20 Nov 2026 14:32", "alice", "terminal", "priority set", "P1 → P3", "calm now"
        )
        desk.other("bo").dispatch(Note((1,), "one more"))
        await desk.keys("G")
        await desk.sees("clocks            first reply judged as P1", "internal note", "“one more”")
        await desk.keys("q")
        await desk.ticket()


async def test_what_was_taken_back_is_shown_as_taken_back(small: Path) -> None:
    async with on_ticket(small) as desk:
        desk.store.dispatch(Reply((1,), "Wrong window", State.PENDING))
        await desk.sees("Wrong window")
        desk.store.dispatch(Undo())
        await desk.sees("took back a message · state pending → open by alice")
        assert "Wrong window" not in desk.text


async def test_linked_tickets_open_with_o(small: Path) -> None:
    as_agent(small, "alice", Clock()).dispatch(LinkTo((1,), "caused by", 6))
    async with on_ticket(small) as desk:
        await desk.keys("o")
        await desk.sees("Export to CSV", "caused by")
        await desk.keys("enter")
        await desk.happens(
            "#6", lambda: isinstance(desk.app.screen, TicketScreen) and desk.app.screen.number == 6
        )
        await desk.keys("q")
        await desk.happens(
            "#1", lambda: isinstance(desk.app.screen, TicketScreen) and desk.app.screen.number == 1
        )


async def test_a_ticket_that_does_not_exist_says_so(small: Path) -> None:
    async with running(small) as desk:
        desk.inbox.open_ticket(4711)
        await desk.happens("the inbox again", lambda: desk.app.screen is desk.inbox)


async def test_a_ticket_that_was_left_leaves_nothing_in_memory(small: Path) -> None:
    async with on_ticket(small) as desk:
        screen = await desk.ticket()
        painted = weakref.ref(screen.conversation._styles_cache)
        del screen
        await desk.keys("q")
        await desk.happens("the inbox again", lambda: desk.app.screen is desk.inbox)
        await desk.keys("j", "enter")
        await desk.ticket()

        def forgotten() -> bool:
            gc.collect()
            return painted() is None

        await desk.happens("forgetting it", forgotten)


async def test_the_foot_of_the_history_shows_its_own_keys(small: Path) -> None:
    async with on_ticket(small, size=(80, 24)) as desk:
        await desk.keys("h")
        await desk.shows(HistoryScreen)
        await desk.sees("j k scroll", "^D ^U half page", "q back", "g g top")
        foot = desk.text.splitlines()[-1]
        assert foot.index("j k scroll") < foot.index("q back") < foot.index("? help")


async def test_a_short_command_in_the_history_is_about_its_ticket(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("h")
        await desk.shows(HistoryScreen)
        await desk.keys("colon")
        await desk.shows(Palette)
        await desk.write("tag seen-in-history")
        await desk.keys("enter")
        await desk.happens("the tag", lambda: "seen-in-history" in desk.store.ticket(1).ticket.tags)
        assert isinstance(desk.app.screen, HistoryScreen)


HOSTILE = (
    "[/red] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \x1b[31m \x9b2J \u202eevil\u200f 家族👨‍👩‍👧 "
    + "w" * 10_000
)


async def test_hostile_text_is_shown_and_does_nothing(small: Path) -> None:
    desk_itself = as_agent(small, "", Clock())
    desk_itself.dispatch(Receive((1,), HOSTILE, "email"))
    async with on_ticket(small) as desk:
        await desk.keys("home")
        await desk.sees("[/red] [@click=app.quit]x[/]")
        for key in ("h", "q", "a", "escape", "e", "escape", "r"):
            await desk.keys(key)
            await desk.pilot.pause()
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in desk.text.replace("\n", ""))
        assert "\u202e" not in desk.text
        assert desk.app.is_running


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
class TestPictures:
    """What it looks like, against what was accepted."""

    async def test_ticket(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, size=size) as desk:
            assert await picture(desk) == pictures

    async def test_details(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, size=size) as desk:
            await desk.keys("tab")
            assert await picture(desk) == pictures

    async def test_reply(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, size=size) as desk:
            await desk.keys("r")
            await desk.sees("Reply to Ana")
            await desk.write("The rollback finished at 14:30.")
            await desk.sees("draft saved")
            assert await picture(desk) == pictures

    async def test_note(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, size=size) as desk:
            await desk.keys("i")
            await desk.sees("Internal note")
            assert await picture(desk) == pictures

    async def test_history(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, size=size) as desk:
            await desk.keys("h")
            await desk.sees("internal note", "history,")
            assert await picture(desk) == pictures


async def picture(desk: Running) -> str:
    """Take the picture once everything is there."""
    await desk.settle()
    return desk.app.export_screenshot(title="deskterm")
