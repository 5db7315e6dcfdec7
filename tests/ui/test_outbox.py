"""`g o` and the conversation: what waits to be sent, what could not be, tried again and taken out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from deskterm.domain import commands as c
from deskterm.domain.people import DESK
from deskterm.store.posting import Result
from deskterm.store.store import Store
from deskterm.ui.screens.outbox import OutboxScreen
from deskterm.ui.screens.ticket import TicketScreen
from tests.outgoing import next_mail
from tests.ui.running import Running, running

SAID = "Please try again, it should work"


async def opened(desk: Running) -> OutboxScreen:
    """Go to the outbox and wait for it."""
    await desk.press("g", "o")
    screen = await desk.shows(OutboxScreen)
    await desk.happens("the outbox", lambda: screen.looked)
    await desk.settle()
    return screen


def fails(other: Store, words: str) -> None:
    """Let the mail that waits be refused."""
    mail = next_mail(other, "test", timedelta(minutes=5))
    assert mail is not None
    other.settle_outgoing(mail.number, "test", Result(permanent=True, words=words), 0)


def replied(other: Store, undo: str = "off") -> int:
    """Write a reply that is to be mailed."""
    other.dispatch(
        c.ApplyPolicy(f'[mail]\nfrom = "support@desk.example"\nundo_send = "{undo}"\n'), actor=DESK
    )
    created = other.dispatch(c.Create("VPN down", "ana@northwind.example"), actor=DESK).created
    assert created is not None
    other.dispatch(c.Reply((created,), SAID))
    return created


async def test_an_empty_outbox_says_so(small: Path) -> None:
    async with running(small) as desk:
        await opened(desk)
        await desk.sees("Outbox", "0 waiting · 0 failed", "Nothing waits")
        await desk.press("r", "D", "enter")
        await desk.press("escape")
        assert not isinstance(desk.app.screen, OutboxScreen)


async def test_a_failure_is_counted_shown_and_tried_again(small: Path) -> None:
    async with running(small) as desk:
        other = desk.other("bo")
        number = replied(other)
        fails(other, "554 5.7.1 [red]no[/] \x1b[31mspam")
        await desk.sees("✉ 1 not sent")
        screen = await opened(desk)
        await desk.sees("0 waiting · 1 failed", "ana@northwind.example", "failed: 554 5.7.1 [red]no[/]")
        assert "\x1b" not in desk.text
        await desk.press("r")
        await desk.sees("1 waiting · 0 failed")
        await desk.press("enter")
        ticket = await desk.shows(TicketScreen)
        assert ticket.number == number
        await desk.press("escape")
        await desk.shows(OutboxScreen)
        await desk.press("D")
        await desk.happens("it is out", lambda: not screen.held)
        await desk.press("u")
        await desk.happens("it is back", lambda: len(screen.held) == 1)


async def test_the_conversation_says_what_became_of_each_mail(small: Path) -> None:
    async with running(small) as desk:
        other = desk.other("bo")
        number = replied(other, "1h")
        desk.app.spare.open(number)
        await desk.sees(SAID, "reply", "waiting 60 min")
        other.retry_outgoing(other.outbox()[0].number)
        fails(other, "550 5.1.1 no such user")
        await desk.sees("failed: 550 5.1.1 no such user", "could not be sent")
