"""Macros, files and replies to several tickets, by keys: seen before anything happens, one step, one undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deskterm.domain.commands import ApplyPolicy, Close, Create, Receive
from deskterm.domain.kinds import MessageKind, Priority, State
from deskterm.domain.people import DESK
from deskterm.ui.dialogs.attach import AttachFile
from deskterm.ui.dialogs.bulk_reply import LookThrough, WriteToAll
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.macro_choice import ChooseMacro
from deskterm.ui.screens.ticket import TicketScreen
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket, running
from tests.ui.test_composer import closed, opened

MACROS = """
[desk]
auto_close_days = 4

[[macros]]
name = "Acknowledged"
text = "Hi {requester.first_name}, we see it: #{ticket.number}."
do = [{ tag = "seen" }, { state = "open" }]

[[macros]]
name = "Order"
text = "Is {field.order} your order, {requester.first_name}? And {field.size}?"

[[macros]]
name = "Mine"
do = [{ assign = "me" }, { tag = "mine" }]

[[macros]]
name = "Broken"
do = [{ note = "{field.order}" }]

[[macros]]
name = "Outage"
text = "We work on it, #{ticket.number}."
do = [{ priority = "P1", text = "an outage" }]

[[macros]]
name = "Higher"
do = [{ priority = "P1", text = "it spreads" }]
"""


@pytest.fixture
def small(small: Path) -> Path:
    """The small desk with macros, an outgoing address, and a requester without a name."""
    store = as_agent(small, "", Clock())
    store.dispatch(ApplyPolicy(MACROS), actor=DESK)
    store.dispatch(Create("No name", "joe@x.example", "", queue="payments"))
    store.close()
    return small


async def chosen(desk: Running, *, typed: str) -> None:
    """Choose a macro by a part of its name."""
    await desk.shows(ChooseMacro)
    await desk.write(typed)
    await desk.keys("enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_macro_is_previewed_written_and_sent_as_one_step(small: Path, size: tuple[int, int]) -> None:
    async with on_ticket(small, size=size) as desk:
        await desk.keys("m")
        await desk.shows(ChooseMacro)
        await desk.sees("Hi Ana, we see it: #1.", "→ tag seen", "→ state open", "use")
        assert desk.store.ticket(1).ticket.tags == frozenset()
        await desk.keys("enter")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the composer", lambda: screen.composer is not None and screen.composer.text)
        assert screen.composer is not None
        assert screen.composer.text == "Hi Ana, we see it: #1."
        await desk.sees("→ Acknowledged: tag seen; state open", "^S send and wait")
        await desk.keys("ctrl+s")
        await closed(desk)
        view = desk.store.ticket(1)
        assert (view.messages[-1].text, view.ticket.tags, view.ticket.state) == (
            "Hi Ana, we see it: #1.", frozenset({"seen"}), State.OPEN,
        )  # fmt: skip
        await desk.sees("Replied on #1 · Macro Acknowledged on #1")
        await desk.keys("u")
        await desk.happens("the undo", lambda: desk.store.ticket(1).ticket.tags == frozenset())
        assert len(desk.store.ticket(1).messages) == 3


async def test_a_state_asked_for_by_key_wins(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.keys("ctrl+t")
        await chosen(desk, typed="ackno")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the text", lambda: screen.composer is not None and screen.composer.text)
        await desk.keys("ctrl+x", "p")
        await closed(desk)
        ticket = desk.store.ticket(1).ticket
        assert (ticket.state, ticket.tags) == (State.PENDING, frozenset({"seen"}))


async def test_tab_goes_from_gap_to_gap_and_nothing_is_sent_before_they_are_filled(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("m")
        await chosen(desk, typed="order")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the composer", lambda: screen.composer is not None and screen.composer.text)
        composer = screen.composer
        assert composer is not None
        await desk.sees("Is ‹field.order?› your order, Ana? And ‹field.size?›?")
        await desk.keys("ctrl+s")
        await desk.sees("‹field.order?› is still to be filled in")
        assert len(desk.store.ticket(1).messages) == 3
        await desk.write("A-17")
        assert composer.text == "Is A-17 your order, Ana? And ‹field.size?›?"
        await desk.keys("tab")
        await desk.keys("backspace")
        assert composer.text == "Is A-17 your order, Ana? And ?"
        await desk.keys("tab")
        await desk.sees("Nothing is left to be filled in")
        await desk.keys("ctrl+s")
        await closed(desk)
        assert desk.store.ticket(1).messages[-1].text == "Is A-17 your order, Ana? And ?"


async def test_what_goes_with_a_draft_is_there_again(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("m")
        await chosen(desk, typed="ackno")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the composer", lambda: screen.composer is not None and screen.composer.text)
        await desk.keys("escape")
        await closed(desk)
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.sees("Hi Ana, we see it: #1.", "→ Acknowledged: tag seen; state open")
        await desk.keys("ctrl+x", "d")
        await desk.sees("Took out what Acknowledged changes")
        await desk.keys("ctrl+s")
        await closed(desk)
        assert desk.store.ticket(1).ticket.tags == frozenset()


async def test_a_macro_that_only_acts_is_done_at_once(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("x", "j", "x", "m")
        await desk.shows(ChooseMacro)
        await desk.sees("Macro on 2 tickets")
        await desk.write("mine")
        await desk.sees("→ assign me")
        await desk.keys("enter")
        await desk.sees("2 tickets will be changed in one step")
        await desk.keys("y")
        await desk.sees("Macro Mine on 2 tickets")
        assert len(desk.store.numbers("tag:mine is:any")) == 2
        await desk.keys("u")
        await desk.happens("the undo", lambda: desk.store.numbers("tag:mine is:any") == ())


async def test_what_is_missing_in_a_change_is_said(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("m")
        await desk.shows(ChooseMacro)
        await desk.write("broken")
        await desk.sees("‹field.order?› is missing in what it changes")
        await desk.keys("enter")
        await desk.sees("Broken: ‹field.order?› is missing on #1")


async def test_a_desk_without_macros_says_so(many: Path) -> None:
    async with running(many) as desk:
        await desk.keys("m")
        await desk.sees("There are no macros yet")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_file_is_attached_by_its_path(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "nginx-error.log").write_bytes(b"x" * 1800)
    (folder / "nginx-access.log").write_bytes(b"y")
    (folder / "evil\x1b[31m.txt").write_bytes(b"z")
    monkeypatch.chdir(tmp_path)
    async with on_ticket(small, size=size) as desk:
        await opened(desk)
        await desk.write("See the log")
        await desk.keys("ctrl+x", "a")
        dialog = await desk.shows(AttachFile)
        await desk.write("lo")
        await desk.happens("the folder", lambda: "logs/" in dialog.found)
        await desk.keys("tab")
        assert dialog.line.value == "logs/"
        await desk.happens("the files", lambda: len(dialog.found) == 3)
        assert "\x1b" not in desk.text
        await desk.write("n")
        await desk.happens("two", lambda: len(dialog.found) == 2)
        await desk.keys("tab")
        assert dialog.line.value == "logs/nginx-"
        await desk.write("nothing")
        await desk.keys("enter")
        await desk.sees("No such file")
        await desk.keys(*["backspace"] * 7)
        await desk.write("e")
        await desk.happens("one", lambda: len(dialog.found) == 1)
        await desk.keys("tab")
        await desk.keys("enter")
        await desk.sees("▤ nginx-error.log 2 kB", "Attached nginx-error.log")
        await desk.keys("ctrl+s")
        await closed(desk)
        message = desk.store.ticket(1).messages[-1]
        assert [(file.name, file.size) for file in message.attachments] == [("nginx-error.log", 1800)]
        assert desk.store.attachment(message.id, 0)[1] == b"x" * 1800


async def test_a_file_past_the_limit_is_not_taken(small: Path, tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(bytes(25_000_001))
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.keys("ctrl+x", "a")
        dialog = await desk.shows(AttachFile)
        dialog.line.value = str(tmp_path / "core")
        await desk.keys("enter")
        await desk.sees("25.0 MB are the limit")


async def test_a_file_that_is_gone_keeps_the_reply(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a")
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        await desk.write("See")
        await desk.keys("ctrl+x", "a")
        dialog = await desk.shows(AttachFile)
        dialog.line.value = str(file)
        await desk.keys("enter")
        await desk.sees("Attached a.txt")
        file.unlink()
        await desk.keys("ctrl+s")
        await desk.sees("No such file")
        assert composer.text == "See"
        assert len(desk.store.ticket(1).messages) == 3


async def test_a_session_over_ssh_reaches_no_files(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "deskterm")
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.keys("ctrl+x", "a")
        await desk.sees("There are no files in this session")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_several_tickets_are_answered_each_in_its_own_words(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        for number in (1, 2, 3, 10):
            await desk.select(number)
            await desk.keys("x")
        desk.store.dispatch(Close((3,), "spam"))
        await desk.keys("r")
        await desk.shows(WriteToAll)
        await desk.sees("Reply to 3 tickets", "1 closed left out: #3")
        await desk.keys("ctrl+s")
        await desk.sees("there is nothing to send yet")
        await desk.write("Hi {requester.firstname}")
        await desk.keys("ctrl+s")
        await desk.sees("did you mean", "{requester.first_name}?")
        await desk.keys(*["backspace"] * 5)
        await desk.write("_name}, #{ticket.number} is fixed.")
        await desk.keys("ctrl+s")
        await desk.shows(LookThrough)
        await desk.sees("1 of 3", "3 will be sent, 1 with gaps", "is fixed.")
        await desk.keys("enter")
        await desk.sees("#10: ‹requester.first_name?› is missing", "to joe@x.example")
        await desk.keys("x")
        await desk.sees("left out", "2 will be sent")
        await desk.keys("escape")
        await desk.shows(WriteToAll)
        await desk.sees("{requester.first_name}, #{ticket.number} is fixed.")
        await desk.keys("ctrl+s")
        await desk.shows(LookThrough)
        await desk.keys("j", "j", "x", "k")
        await desk.sees("2 of 3")
        await desk.keys("enter")
        await desk.sees("Replied on 2 tickets")
        said = {n: desk.store.ticket(n).messages for n in (1, 2, 10)}
        last = sorted(each[-1].text for each in said.values() if each and each[-1].kind is MessageKind.PUBLIC)
        assert [text for text in last if "is fixed" in text] == [
            "Hi Ana, #1 is fixed.",
            "Hi Joel, #2 is fixed.",
        ]
        await desk.keys("u")
        await desk.happens("the undo", lambda: "fixed" not in desk.store.ticket(2).messages[-1].text)
        assert "fixed" not in desk.store.ticket(1).messages[-1].text


async def test_a_reply_to_several_asks_first_when_somebody_wrote_meanwhile(small: Path) -> None:
    async with running(small, size=(80, 24)) as desk:
        for number in (1, 2):
            await desk.select(number)
            await desk.keys("x")
        await desk.keys("r")
        await desk.shows(WriteToAll)
        await desk.write("#{ticket.number} is fixed.")
        desk.store.dispatch(Receive((2,), "No, it works again by itself"), actor=DESK)
        await desk.keys("ctrl+s")
        await desk.shows(LookThrough)
        await desk.keys("enter")
        await desk.shows(Confirm)
        await desk.sees("1 of them has a new message", "#2 ", "No, it works again by itself")
        await desk.keys("n")
        await desk.shows(WriteToAll)
        await desk.sees("#{ticket.number} is fixed.")
        assert "fixed" not in desk.store.ticket(1).messages[-1].text
        desk.store.dispatch(Receive((1,), "And I have one more question"), actor=DESK)
        await desk.keys("ctrl+s")
        await desk.shows(LookThrough)
        await desk.keys("enter")
        await desk.shows(Confirm)
        await desk.sees("#1 ", "And I have one more question")
        assert "works again" not in desk.text
        await desk.keys("y")
        await desk.sees("Replied on 2 tickets")
        assert {desk.store.ticket(n).messages[-1].text for n in (1, 2)} == {"#1 is fixed.", "#2 is fixed."}


@pytest.mark.parametrize("way", ["alone", "several", "composer"])
async def test_a_macro_that_makes_one_more_p1_asks_why_too(small: Path, way: str) -> None:
    store = as_agent(small, "", Clock())
    for number in range(12):
        more = Create(f"More {number}", "joe@x.example", "", queue="payments")
        if number < 4:
            more = replace(more, priority=Priority.P1, reason="x")
        store.dispatch(more, actor=DESK)
    store.close()
    async with running(small, size=(120, 40)) as desk:
        await desk.select(20)
        if way == "several":
            await desk.keys("x")
            await desk.select(19)
            await desk.keys("x")
        if way == "composer":
            await desk.keys("enter")
        await desk.keys("m")
        await chosen(desk, typed="outage" if way == "composer" else "higher")
        if way == "several":
            await desk.keys("y")
        if way == "composer":
            screen = await desk.shows(TicketScreen)
            await desk.happens("the composer", lambda: screen.composer is not None and screen.composer.text)
            await desk.keys("ctrl+s")
        told = (
            ("would be P1", "why these as well?") if way == "several" else ("are P1", "why this one as well?")
        )
        await desk.sees(*told)
        await desk.keys("escape")
        assert desk.store.ticket(20).ticket.priority is not Priority.P1
        if way == "composer":
            await desk.keys("ctrl+s")
        else:
            await desk.keys("m")
            await chosen(desk, typed="higher")
            if way == "several":
                await desk.keys("y")
        await desk.sees(told[1])
        await desk.write("the whole floor")
        await desk.keys("enter")
        await desk.happens("it is P1", lambda: desk.store.ticket(20).ticket.priority is Priority.P1)
        assert any("the whole floor" in str(event) for event in desk.store.history(20))
