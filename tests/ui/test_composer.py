"""Writing replies and notes: nothing typed is lost, nothing is sent past a message that was not read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual import events
from textual.geometry import Region

from deskterm.domain.commands import ApplyPolicy, Close, Note, Receive, Solve
from deskterm.domain.delivery import Mailbox
from deskterm.domain.kinds import MessageKind, State
from deskterm.storage import mail as kept
from deskterm.ui.screens.ticket import TicketScreen
from deskterm.ui.widgets.composer import Composer
from tests.mails import mail, people, raw
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket, running


async def opened(desk: Running, key: str = "r") -> Composer:
    """Open the composer with a key."""
    await desk.keys(key)
    screen = await desk.shows(TicketScreen)
    await desk.happens(
        "the composer opening", lambda: screen.composer is not None and screen.composer.area.has_focus
    )
    assert screen.composer is not None
    return screen.composer


async def closed(desk: Running) -> TicketScreen:
    """Wait until the composer is gone."""
    screen = await desk.shows(TicketScreen)
    await desk.happens("the composer closing", lambda: screen.composer is None)
    return screen


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        (("ctrl+s",), State.PENDING),
        (("ctrl+x", "s"), State.OPEN),
        (("ctrl+x", "x"), State.SOLVED),
        (("ctrl+x", "p"), State.PENDING),
    ],
)
async def test_a_reply_is_sent_with_what_follows(small: Path, keys: tuple[str, ...], state: State) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("Rolled back")
        await desk.keys(*keys)
        await closed(desk)
        view = desk.store.ticket(1)
        assert view.ticket.state is state
        assert (view.messages[-1].text, view.messages[-1].kind) == ("Rolled back", MessageKind.PUBLIC)
        assert desk.store.drafts(1) == ()
        await desk.sees("Rolled back", "Replied on #1")


async def test_ctrl_x_begins_a_sequence_and_does_not_cut(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        await desk.write("keep me")
        composer.area.select_all()
        await desk.keys("ctrl+x")
        await desk.sees("and solve")
        assert composer.text == "keep me"
        await desk.keys("q")
        assert composer.text == "keep me"
        assert desk.store.ticket(1).ticket.state is State.OPEN


async def test_send_and_next_goes_to_what_was_next(small: Path) -> None:
    async with on_ticket(small) as desk:
        screen = await desk.shows(TicketScreen)
        await desk.happens("its neighbours", lambda: screen.after is not None)
        following = screen.after
        await opened(desk)
        await desk.write("On it")
        await desk.keys("ctrl+x", "n")
        await desk.happens(
            "the next ticket", lambda: screen.view is not None and screen.view.ticket.number == following
        )
        assert desk.store.ticket(1).ticket.state is State.PENDING


async def test_a_text_sent_in_one_burst_is_sent_whole(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk, "i")
        for letter in "all of it":
            desk.app.post_message(events.Key("space" if letter == " " else letter, letter))
        desk.app.post_message(events.Key("ctrl+s", None))
        await desk.happens("the note", lambda: desk.store.ticket(1).messages[-1].text == "all of it")


@pytest.mark.parametrize("key", ["i", "r"])
async def test_what_is_typed_right_after_the_key_is_written(small: Path, key: str) -> None:
    async with on_ticket(small) as desk:
        screen = await desk.ticket()
        for letter in (key, *"ask them"):
            desk.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await desk.happens("the text", lambda: screen.composer is not None and screen.composer.text)
        await desk.sees("ask them")
        assert screen.composer is not None
        assert screen.composer.text == "ask them"


@pytest.mark.parametrize("keys", [("r",), ("enter", "r"), ("enter", "i")])
async def test_what_is_typed_before_the_ticket_is_there_is_written(
    small: Path, keys: tuple[str, ...]
) -> None:
    async with running(small) as desk:
        await desk.select(1)
        for letter in (*keys, *"ask them"):
            desk.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await desk.sees("ask them")
        screen = await desk.ticket()
        assert screen.composer is not None
        assert screen.composer.text == "ask them"


async def test_what_follows_esc_at_once_is_no_part_of_what_was_closed(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        for letter in ("a", "b", "escape", "i", "c", "d", "escape", "r", "e", "escape", "q"):
            desk.app.post_message(events.Key(letter, letter if len(letter) == 1 else None))
        await desk.happens("the inbox again", lambda: desk.app.screen is desk.inbox)
        assert {draft.kind: draft.text for draft in desk.store.drafts(1)} == {"reply": "abe", "note": "cd"}


async def test_a_reply_begun_while_the_next_ticket_is_read_is_to_that_one(small: Path) -> None:
    async with on_ticket(small) as desk:
        screen = await desk.ticket()
        following = screen.after
        for letter in ("J", "i", *"there"):
            desk.app.post_message(events.Key(letter, letter))
        await desk.sees("there")
        assert screen.composer is not None
        assert (screen.composer.ticket, screen.composer.text) == (following, "there")


async def test_what_was_typed_for_a_ticket_that_is_gone_does_nothing(small: Path) -> None:
    async with running(small) as desk:
        desk.inbox.open_ticket(4711, compose="reply")
        for letter in "Aexp":
            desk.app.post_message(events.Key(letter, letter))
        await desk.happens("the inbox again", lambda: desk.app.screen is desk.inbox)
        await desk.settle()
        assert desk.app.screen is desk.inbox
        assert not desk.inbox.list.selected


async def test_there_is_room_for_what_is_written(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk, "i")
        await desk.write("\n".join(f"line {number}" for number in range(1, 13)))
        await desk.sees("line 1 ", "line 12 ")
        await desk.write("\n".join("" for _ in range(40)))
        await desk.sees("#1 ", "Internal note")
        await desk.keys("escape", "i")
        await desk.sees("Your draft is restored")


async def test_a_note_stays_on_the_desk(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk, "i")
        await desk.sees("Internal note · stays on the desk", "colleagues only: it never leaves the desk")
        await desk.write("pool again")
        await desk.keys("ctrl+s")
        await closed(desk)
        view = desk.store.ticket(1)
        assert (view.messages[-1].kind, view.ticket.state) == (MessageKind.INTERNAL, State.OPEN)


async def test_the_reply_says_that_no_mail_is_sent(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.sees("Reply to Ana", "▲ nobody gets a mail: no outgoing mail for this queue")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_reply_names_everybody_who_gets_it_and_who_does_not(
    small: Path, size: tuple[int, int]
) -> None:
    async with on_ticket(small, size=size) as desk:
        other = desk.other("")
        other.dispatch(ApplyPolicy('[mail]\nfrom = "Support <support@desk.example>"\n'))
        box = Mailbox("support", None, ("support@desk.example",))
        came = mail("Kim Lee <kim@x.example>", subject="VPN", cc=people("lou@x.example", "gone@x.example"))
        number = other.receive_mail(came, raw(came), box).ticket
        assert number is not None
        sent = other.database.write(kept.sure_signer).message_id(number, 1, "desk.example")
        report = mail(
            "mailer-daemon@x.example", is_bounce=True, is_auto=True, bounced_ids=(sent,),
            bounce_for="gone@x.example", bounce_permanent=True,
        )  # fmt: skip
        other.receive_mail(report, raw(report), box)
        await desk.keys("colon", *str(number), "enter")
        await desk.sees("VPN")
        await opened(desk)
        await desk.sees("to Kim Lee <kim@x.example>", "cc lou@x.example", "▲ not to", "gone@x.example")


async def test_an_empty_reply_is_not_sent(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("  \n ")
        await desk.keys("ctrl+s")
        await desk.sees("There is nothing to send yet")
        assert len(desk.store.ticket(1).messages) == 3


async def test_the_draft_is_saved_while_it_is_typed(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("half a sen")
        await desk.happens(
            "the draft", lambda: [draft.text for draft in desk.store.drafts(1)] == ["half a sen"]
        )
        await desk.sees("draft saved 14:32")


async def test_esc_keeps_the_draft_and_any_way_back_restores_it(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("to be continued")
        await desk.keys("escape")
        await closed(desk)
        await desk.sees("Draft kept")
        await desk.keys("escape")
        await desk.happens("the inbox", lambda: len(desk.app.screen_stack) == 1)
        await desk.keys("r")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the composer", lambda: screen.composer is not None)
        assert screen.composer is not None
        assert screen.composer.text == "to be continued"
        assert (await desk.shows(TicketScreen)).composer is not None


async def test_a_draft_that_was_emptied_is_dropped(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("no")
        await desk.keys("backspace", "backspace", "escape")
        await closed(desk)
        assert desk.store.drafts(1) == ()


async def test_a_window_too_small_takes_letters_as_text_and_never_as_commands(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        screen = await desk.ticket()
        await desk.write("abc")
        await desk.pilot.resize_terminal(20, 5)
        await desk.happens("a call for room", lambda: screen.has_class("-small"))
        await desk.write("dex")
        await desk.keys("backspace", "f", "enter", "ctrl+s")
        await desk.pilot.resize_terminal(120, 40)
        await desk.happens("the focus is back", lambda: desk.app.focused is composer.area)
        await desk.write("ghi")
        await desk.happens("the whole text", lambda: composer.area.text == "abcdef\nghi")
        assert desk.app.screen is screen
        assert len(desk.store.ticket(1).messages) == len(screen.view.messages if screen.view else ())


async def test_what_is_typed_into_a_composer_that_came_up_unseen_is_kept(small: Path) -> None:
    async with running(small) as desk:
        await desk.pilot.resize_terminal(20, 5)
        await desk.happens("a call for room", lambda: desk.inbox.has_class("-small"))
        desk.inbox.open_ticket(1, compose="reply")
        screen = await desk.ticket()
        await desk.happens("a composer", lambda: screen.composer is not None and screen.focused is not None)
        await desk.write("abc")
        await desk.pilot.resize_terminal(120, 40)
        await desk.happens("room", lambda: not screen.has_class("-small"))
        await desk.write("def")
        composer = screen.composer
        assert composer is not None
        await desk.happens("the whole text", lambda: composer.area.text == "abcdef")


async def test_a_window_too_small_does_nothing_that_is_not_seen(small: Path) -> None:
    async with on_ticket(small) as desk:
        screen = await desk.ticket()
        owner = desk.store.ticket(1).owner
        await desk.pilot.resize_terminal(20, 5)
        await desk.happens("a call for room", lambda: screen.has_class("-small"))
        await desk.keys("A", "r", "e", "q")
        await desk.pilot.resize_terminal(120, 40)
        await desk.happens("room", lambda: not screen.has_class("-small"))
        await desk.keys("i")
        await desk.happens("the keys again", lambda: screen.composer is not None)
        assert desk.app.screen is screen
        assert screen.composer is not None
        assert screen.composer.kind == "note"
        assert desk.store.ticket(1).owner == owner


async def test_what_is_typed_is_kept_when_the_line_drops(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("cut off in the mid")
        desk.app.leave()
        assert [draft.text for draft in desk.other("alice").drafts(1)] == ["cut off in the mid"]


async def test_another_ticket_has_its_own_draft(small: Path) -> None:
    async with on_ticket(small) as desk:
        screen = await desk.shows(TicketScreen)
        await opened(desk)
        await desk.write("for the first")
        await desk.keys("escape")
        await closed(desk)
        await desk.keys("J")
        await desk.happens(
            "the next ticket", lambda: screen.view is not None and screen.view.ticket.number != 1
        )
        composer = await opened(desk)
        assert composer.text == ""


async def test_a_frame_after_the_composer_was_taken_away_paints_nothing(small: Path) -> None:
    async with on_ticket(small) as desk:
        composer = await opened(desk)
        await desk.write("Still here")
        await desk.keys("escape")
        await closed(desk)
        strips = composer.area.render_lines(Region(0, 0, 12, 2))
        assert [strip.text for strip in strips] == [" " * 12] * 2


async def test_a_message_that_came_meanwhile_is_shown_before_it_is_answered(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("All fine now")
        desk.clock.forward(minutes=1)
        desk.other("").dispatch(Receive((1,), "It is worse: nothing works", "email"))
        await desk.sees("1 new message above", "came while you were writing", "It is worse")
        await desk.keys("ctrl+s")
        await desk.happens("the refusal", lambda: "since you began" in desk.status)
        screen = await desk.shows(TicketScreen)
        assert screen.composer is not None
        assert screen.composer.text == "All fine now"
        await desk.happens("ready", lambda: screen.composer is not None and not screen.composer.sending)
        await desk.keys("ctrl+s")
        await closed(desk)
        assert desk.store.ticket(1).messages[-1].text == "All fine now"


async def test_the_refusal_of_a_crossed_reply_fits_a_narrow_screen(small: Path) -> None:
    async with on_ticket(small, size=(80, 24)) as desk:
        await opened(desk)
        await desk.write("All fine now")
        desk.clock.forward(minutes=1)
        desk.other("").dispatch(Receive((1,), "It is worse", "email"))
        await desk.sees("1 new message above")
        await desk.keys("ctrl+s")
        await desk.sees("1 new message on #1 since you began; your draft is kept")


async def test_the_footer_of_a_note_saves_it(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("i")
        await desk.sees("^S save the note", "save, and next")
        assert "send and wait" not in desk.text
        await desk.keys("escape")
        await closed(desk)
        await opened(desk)
        await desk.sees("^S send and wait")


async def test_a_reply_that_is_taken_back_is_there_to_be_mended(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("Sent too soon")
        await desk.keys("ctrl+s")
        await closed(desk)
        await desk.keys("u")
        screen = await desk.shows(TicketScreen)
        await desk.happens("the composer", lambda: screen.composer is not None)
        assert screen.composer is not None
        assert screen.composer.text == "Sent too soon"


async def test_a_colleagues_note_counts_as_news_too(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        desk.clock.forward(minutes=1)
        desk.other("bo").dispatch(Note((1,), "I have told them by phone"))
        await desk.sees("1 new message above")


async def test_a_closed_ticket_is_not_answered(small: Path) -> None:
    async with running(small) as desk:
        desk.store.dispatch(Solve((1,), "done"))
        desk.store.dispatch(Close((1,), "confirmed"))
        desk.app.screen.open_ticket(1)  # type: ignore[attr-defined]
        screen = await desk.shows(TicketScreen)
        await desk.happens("the ticket", lambda: screen.view is not None)
        await desk.keys("r")
        await desk.sees("#1 is closed", "reopen")
        assert screen.composer is None


async def test_markup_is_only_text(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("see [/red] and [@click=app.quit]x[/]")
        await desk.keys("ctrl+s")
        await closed(desk)
        await desk.sees("see [/red] and [@click=app.quit]x[/]")


class TestEditor:
    """Ctrl+O, with a small program in place of vi."""

    @pytest.fixture
    def away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @contextmanager
        def suspend(app: object) -> Iterator[None]:
            yield

        monkeypatch.setattr("textual.app.App.suspend", suspend)

    def editor(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
        program = tmp_path / "editor"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", str(program))
        return program

    @pytest.mark.usefixtures("away")
    async def test_the_text_comes_back(
        self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = tmp_path / "log"
        script = (
            f'stat -c "%a" "$1" "$(dirname "$1")" > {log}; echo "$1" >> {log}; printf " and more" >> "$1"'
        )
        self.editor(tmp_path, monkeypatch, script)
        async with on_ticket(small) as desk:
            composer = await opened(desk)
            await desk.write("begun")
            await desk.keys("ctrl+o")
            await desk.happens("the text of the editor", lambda: composer.text == "begun and more")
            file, folder, path = log.read_text().split()
            assert (file, folder) == ("600", "700")
            assert not Path(path).exists()
            assert not Path(path).parent.exists()
            await desk.happens(
                "saved", lambda: [draft.text for draft in desk.store.drafts(1)] == ["begun and more"]
            )

    @pytest.mark.usefixtures("away")
    async def test_an_editor_that_fails_changes_nothing(
        self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.editor(tmp_path, monkeypatch, 'echo lost > "$1"; exit 3')
        async with on_ticket(small) as desk:
            composer = await opened(desk)
            await desk.write("mine")
            await desk.keys("ctrl+o")
            await desk.sees("ended with 3")
            assert composer.text == "mine"

    async def test_no_editor_is_said(
        self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", str(tmp_path / "nowhere"))
        async with on_ticket(small) as desk:
            await opened(desk)
            await desk.keys("ctrl+o")
            await desk.sees("there is no editor")

    async def test_a_session_without_a_shell_has_no_editor(
        self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mark = tmp_path / "ran"
        self.editor(tmp_path, monkeypatch, f"touch {mark}")
        async with on_ticket(small) as desk:
            desk.app.trusted = False
            await opened(desk)
            await desk.keys("ctrl+o")
            await desk.sees("There is no $EDITOR in this session")
            assert not mark.exists()


def test_nobody_else_can_read_the_editors_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    from deskterm.ui.widgets.editor import edit

    seen: list[int] = []
    old = os.umask(0)
    try:
        program = tmp_path / "look"
        program.write_text(f'#!/bin/sh\nstat -c "%a" "$1" > {tmp_path / "mode"}\n')
        program.chmod(0o755)
        monkeypatch.setenv("VISUAL", str(program))
        assert edit("line\n", nullcontext) == "line"
    finally:
        os.umask(old)
    seen.append(int((tmp_path / "mode").read_text(), 8))
    assert stat.S_IMODE(seen[0]) == 0o600


async def test_an_old_draft_knows_what_came_since(small: Path) -> None:
    alice = as_agent(small, "alice", Clock())
    alice.save_draft(1, "reply", "It is fixed", alice.ticket(1).ticket.version)
    as_agent(small, "", Clock()).dispatch(Receive((1,), "No, it is not", "email"))
    async with on_ticket(small) as desk:
        await desk.sees("Your reply is not sent yet")
        await opened(desk)
        await desk.sees("1 new message above", "came while you were writing", "Your draft is restored")
        await desk.keys("ctrl+s")
        await desk.happens("the refusal", lambda: "since you began" in desk.status)


async def test_leaving_by_another_way_keeps_the_last_letters(small: Path) -> None:
    async with on_ticket(small) as desk:
        await opened(desk)
        await desk.write("last lett")
        desk.app.pop_screen()
        await desk.happens(
            "the draft", lambda: [draft.text for draft in desk.store.drafts(1)] == ["last lett"]
        )
