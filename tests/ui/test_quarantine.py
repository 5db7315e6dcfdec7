"""`g q`: mail that could not be handled, shown without being obeyed, tried again and thrown away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from deskterm.domain.commands import AddQueue
from deskterm.domain.delivery import Mailbox
from deskterm.domain.mail import Mail
from deskterm.domain.quarantine import LISTED, how_many
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.screens.quarantine import QuarantineScreen
from tests.mails import mail
from tests.ui.running import Running, running

HOSTILE = b"From: eve@x.example\r\nSubject: \x1b]0;owned\x07 [red]x[/]\r\n\r\n\x1b[2J\x9b31m hello [/foo]\r\n"


async def opened(desk: Running) -> QuarantineScreen:
    """Go to the quarantine and wait for it."""
    await desk.press("g", "q")
    screen = await desk.shows(QuarantineScreen)
    await desk.happens("the quarantine", lambda: screen.looked)
    await desk.settle()
    return screen


async def test_an_empty_quarantine_says_so(small: Path) -> None:
    async with running(small) as desk:
        await opened(desk)
        await desk.sees("Quarantine", "0 mails", "Nothing is in quarantine")
        await desk.press("r", "D")
        await desk.press("escape")
        assert not isinstance(desk.app.screen, QuarantineScreen)


async def test_agents_are_told_when_a_mail_is_set_aside(small: Path) -> None:
    async with running(small) as desk:
        desk.other("").set_aside(b"one", "too deep", sender="eve@x.example")
        await desk.sees("A mail waits in quarantine", "eve@x.example: too deep")
    async with running(small, login="bo") as desk:
        await desk.sees("A mail waits in quarantine")


async def test_a_mail_is_shown_and_never_obeyed(small: Path) -> None:
    async with running(small) as desk:
        desk.other("").set_aside(HOSTILE, "[/] too deep \x1b[31m", Mailbox("support"), sender="eve@x.example")
        await opened(desk)
        await desk.sees("1 mail", "eve@x.example", "[/] too deep", "hello [/foo]", "[red]x[/]", "support")
        assert "\x1b" not in desk.text


async def test_it_is_tried_again_when_the_reason_is_gone(small: Path) -> None:
    letter = mail("Ana Ruiz <ana@northwind.example>", "It fails", subject="VPN")

    def read(raw: bytes) -> Mail:
        return letter

    async with running(small) as desk:
        other = desk.other("")
        other.receive_mail(letter, b"the bytes", Mailbox("new", "newcomers"))
        desk.store.read_mail = read
        screen = await opened(desk)
        await desk.sees("newcomers")
        await desk.press("r")
        await desk.sees("Not yet")
        other.dispatch(AddQueue("Newcomers"))
        await desk.press("r")
        await desk.sees("Taken in: opened #")
        await desk.happens("it is gone", lambda: not screen.held.mails)


async def test_a_lead_throws_mail_away_and_takes_that_back(small: Path) -> None:
    async with running(small) as desk:
        other = desk.other("")
        for number in range(3):
            other.set_aside(f"mail {number}".encode(), f"reason {number}")
        screen = await opened(desk)
        await desk.press("j")
        await desk.sees("mail 1")
        await desk.press("D")
        await desk.shows(Confirm)
        await desk.press("n")
        assert len(screen.held.mails) == 3
        await desk.press("D")
        await desk.shows(Confirm)
        await desk.press("y")
        await desk.happens("it is gone", lambda: len(screen.held.mails) == 2)
        await desk.press("u")
        await desk.happens("it is back", lambda: len(screen.held.mails) == 3)


async def test_all_mails_of_a_sender_are_tried_again_or_thrown_away_at_once(small: Path) -> None:
    letters = {f"mail {number}".encode(): mail("eve@x.example", f"no {number}") for number in range(5)}
    async with running(small) as desk:
        other = desk.other("")
        for content in letters:
            other.set_aside(content, "flood: too many", sender="Eve@x.example")
        other.set_aside(b"another", "too deep", sender="bob@x.example")
        desk.store.read_mail = letters.__getitem__
        screen = await opened(desk)
        await desk.press("j", "X")
        await desk.sees("Discard 5 mails?")
        await desk.press("y")
        await desk.happens("they are gone", lambda: len(screen.held.mails) == 1)
        await desk.press("u")
        await desk.happens("they are back", lambda: len(screen.held.mails) == 6)
        await desk.press("g", "g", "j", "R")
        await desk.sees("Try 5 mails again?", "Each may open a ticket")
        await desk.press("n")
        assert len(screen.held.mails) == 6
        await desk.press("R")
        await desk.sees("Try 5 mails again?")
        await desk.press("y")
        await desk.sees("5 of 5 taken in")
        await desk.happens(
            "the other waits", lambda: [one.sender for one in screen.held.mails] == ["bob@x.example"]
        )


async def test_while_many_mails_are_tried_again_every_key_works(small: Path) -> None:
    letters = {f"mail {number}".encode(): mail("eve@x.example", f"no {number}") for number in range(3)}
    go_on = threading.Event()

    def read(raw: bytes) -> Mail:
        go_on.wait()
        return letters[raw]

    async def becomes(desk: Running, so: Callable[[], bool]) -> None:
        """Wait without waiting for the mails."""
        while not so():
            await desk.pilot.pause()
            await asyncio.sleep(0.01)

    async with running(small) as desk:
        other = desk.other("")
        for content in letters:
            other.set_aside(content, "flood: too many", sender="eve@x.example")
        desk.store.read_mail = read
        screen = await opened(desk)
        await desk.press("R")
        await desk.sees("Try 3 mails again?")
        try:
            await desk.keys("y")
            await becomes(desk, lambda: "Trying again: 0 of 3 mails" in desk.text)
            await desk.keys("j")
            await becomes(desk, lambda: screen.at == 1)
            await desk.keys("q")
            await becomes(desk, lambda: isinstance(desk.app.screen, InboxScreen))
        finally:
            go_on.set()
        await desk.sees("3 of 3 taken in")


async def test_discarding_is_not_for_every_agent(small: Path) -> None:
    async with running(small, login="bo") as desk:
        desk.other("").set_aside(b"mail", "reason")
        await opened(desk)
        await desk.press("D")
        await desk.sees("needs a lead")


def test_a_list_that_ends_does_not_pass_for_all_there_is() -> None:
    assert [how_many(count) for count in (0, 1, 999, LISTED)] == [
        "0 mails",
        "1 mail",
        "999 mails",
        "more than 999 mails",
    ]
