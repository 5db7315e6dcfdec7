"""Side conversations on the screens: begun, gone on with, ended; with whom is shown before it is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.delivery import Mailbox
from deskterm.domain.kinds import MessageKind
from deskterm.domain.sides import read_people
from deskterm.domain.views import SIDE, Also
from deskterm.storage import mail as kept
from deskterm.ui.screens.inbox import InboxScreen
from deskterm.ui.theme import palette
from tests.mails import mail, raw
from tests.ui.running import Running, on_ticket, running

ACME = "help@acme.example"
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])
POLICY = '[mail]\nfrom = "Support <support@desk.example>"\n'


def mailing(desk: Running) -> None:
    desk.other("").dispatch(c.ApplyPolicy(POLICY))


def begun(desk: Running, subject: str = "Broken disk", to: str = f"ACME <{ACME}>") -> int:
    desk.store.dispatch(c.StartSide((1,), read_people(to), subject, "Can you replace it?"))
    return desk.store.ticket(1).sides[-1].id


def answered(desk: Running, side: int, text: str = "On its way") -> None:
    one = next(each for each in desk.store.ticket(1).sides if each.id == side)
    signer = desk.store.database.write(kept.sure_signer)
    reference = signer.side_id(one.ref, one.messages[0], "desk.example")
    came = mail(f"Acme Desk <{ACME}>", text, in_reply_to=(reference,))
    desk.other("").receive_mail(came, raw(came), Mailbox("support", None, ("support@desk.example",)))


async def writing(desk: Running) -> None:
    screen = await desk.ticket()
    await desk.happens(
        "the composer opening", lambda: screen.composer is not None and screen.composer.area.has_focus
    )


@SIZES
async def test_it_is_begun_with_a_key_and_says_who_gets_it(small: Path, size: tuple[int, int]) -> None:
    async with on_ticket(small, size=size) as desk:
        mailing(desk)
        await desk.keys("O")
        await desk.sees("Write to others beside #1", "A question from Support")
        await desk.write(f"ACME <{ACME}>")
        await desk.keys("enter", "ctrl+s")
        await writing(desk)
        await desk.sees("Beside the ticket · A question from Support", f"to ACME <{ACME}>")
        await desk.sees("nothing of the ticket")
        await desk.write("Can you replace it?")
        await desk.keys("ctrl+s")
        await desk.happens("it", lambda: len(desk.store.ticket(1).sides) == 1)
        message = desk.store.ticket(1).messages[-1]
        assert (message.kind, message.text) == (MessageKind.SIDE, "Can you replace it?")
        await desk.sees("side: ACME – A question from Support")
        assert desk.store.drafts(1) == ()


async def test_whoever_takes_part_in_the_ticket_is_refused_at_once(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        await desk.keys("O")
        await desk.sees("Write to others")
        await desk.write("nobody")
        await desk.keys("ctrl+s")
        await desk.sees("no address that mail can be sent to")
        await desk.keys(*["backspace"] * 6)
        await desk.write(desk.store.ticket(1).address)
        await desk.keys("ctrl+s")
        await desk.sees("takes part in the ticket")
        assert (await desk.ticket()).composer is None


async def test_an_answer_is_told_shown_and_answered(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        side = begun(desk)
        begun(desk, "Another matter", "bob@other.example")
        answered(desk, side, "On its way [bold]now[/]")
        await desk.sees("Acme Desk side: ACME – Broken disk", "◇ answer waits", "awaits you")
        notes = [f"{note.title}: {note.message}" for note in desk.app._notifications]
        assert notes == ["◇ Acme Desk answered, beside the ticket: #1 On its way [bold]now[/]"]
        screen = await desk.ticket()
        violet = palette(screen.app).note
        bars = {line[0].style for line in screen.conversation.lines if line and line[0].text.startswith("┋")}
        assert violet in bars
        # The one whose message is read is at hand.
        await desk.keys("O")
        await desk.sees("Beside #1", "ACME – Broken disk", "bob@other.example – Another matter")
        await desk.keys("enter")
        await writing(desk)
        await desk.sees("Beside the ticket · Re: Broken disk", f"to ACME <{ACME}>")
        await desk.write("Thank you")
        await desk.keys("ctrl+s")
        await desk.happens("sent", lambda: desk.store.ticket(1).messages[-1].text == "Thank you")
        assert desk.store.ticket(1).messages[-1].side == side


async def test_a_draft_is_kept_as_it_was_typed_and_restored(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        await desk.keys("O")
        await desk.sees("Write to others")
        await desk.write(ACME)
        await desk.keys("ctrl+s")
        await writing(desk)
        await desk.write("Half a")
        await desk.keys("escape")
        await desk.sees("Draft kept")
        [draft] = desk.store.drafts(1)
        assert (draft.kind, draft.text, draft.also.to) == (SIDE, "Half a", ACME)
    async with on_ticket(small) as desk:
        await desk.sees("Your side conversation is not sent yet")
        await desk.keys("O")
        await writing(desk)
        await desk.sees("Half a", f"to {ACME}", "A question from Support")
        await desk.write(" thing")
        await desk.keys("ctrl+s")
        await desk.happens("sent", lambda: desk.store.ticket(1).sides)
        assert desk.store.ticket(1).messages[-1].text == "Half a thing"
        await desk.keys("u")
        await desk.happens("taken back", lambda: not desk.store.ticket(1).sides)
        await writing(desk)
        await desk.sees("Half a thing", f"to {ACME}")


async def test_a_draft_that_was_just_kept_is_told_of_and_gone_on_with(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        begun(desk)
        await desk.sees("Broken disk")
        await desk.keys("O")
        await desk.sees("Write to somebody else")
        await desk.keys("enter")
        await writing(desk)
        await desk.write("Half a")
        await desk.keys("escape")
        await desk.sees("Draft kept")
        await desk.keys("O")
        await desk.sees("Write to somebody else", "a draft")
        await desk.keys("enter")
        await writing(desk)
        await desk.sees("Half a")


async def test_what_came_while_it_was_written_is_shown_first(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        side = begun(desk)
        await desk.sees("side: ACME")
        await desk.keys("O", "enter")
        await writing(desk)
        await desk.write("Any news?")
        answered(desk, side)
        await desk.sees("1 new message")
        await desk.keys("ctrl+s")
        await desk.sees("On its way")
        assert desk.store.ticket(1).messages[-1].text == "On its way"
        await desk.keys("ctrl+s")
        await desk.happens("sent", lambda: desk.store.ticket(1).messages[-1].text == "Any news?")


async def test_macros_and_mentions_stay_inside(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        begun(desk)
        await desk.sees("side: ACME")
        await desk.keys("O", "enter")
        await writing(desk)
        await desk.keys("ctrl+t")
        await desk.sees("Macros are for the requester")
        await desk.write("@b")
        screen = await desk.ticket()
        assert screen.composer is not None
        assert not screen.composer.offer.display
        assert "and solve" not in str(screen.footer)


async def test_it_is_ended_and_taken_up(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        begun(desk)
        await desk.sees("side: ACME")
        await desk.keys("O")
        await desk.sees("End: ACME")
        await desk.keys("down", "down", "enter")
        await desk.happens("ended", lambda: not desk.store.ticket(1).sides[0].open)
        await desk.sees("ended")
        await desk.keys("O")
        await desk.sees("Take up: ACME")


async def test_from_a_list_it_opens_the_ticket(small: Path) -> None:
    async with running(small) as desk:
        mailing(desk)
        await desk.shows(InboxScreen)
        await desk.keys("O")
        await desk.sees("Write to others beside #")
        await desk.write(ACME)
        await desk.keys("ctrl+s")
        await writing(desk)
        await desk.sees("Beside the ticket")
        assert Also(to=ACME).to == ACME


async def test_whom_and_what_about_can_be_changed(small: Path) -> None:
    async with on_ticket(small) as desk:
        mailing(desk)
        await desk.keys("O")
        await desk.sees("Write to others")
        await desk.write(ACME)
        await desk.keys("ctrl+s")
        await writing(desk)
        await desk.write("Hello")
        await desk.keys("ctrl+x", "t")
        await desk.sees("Write to others")
        await desk.write(", bob@other.example")
        await desk.keys("enter", "end", *"!", "ctrl+s")
        await desk.sees(f"to {ACME}, bob@other.example", "A question from Support!")
        await writing(desk)
        await desk.keys("ctrl+s")
        await desk.happens("it", lambda: desk.store.ticket(1).sides)
        [side] = desk.store.ticket(1).sides
        assert ([one.address for one in side.people], side.subject) == (
            [ACME, "bob@other.example"],
            "A question from Support!",
        )
        # One that goes on is joined by others.
        await desk.sees("side: ")
        await desk.keys("O", "enter")
        await writing(desk)
        await desk.keys("ctrl+x", "t")
        await desk.sees("Also to")
        await desk.write("eve@third.example")
        await desk.keys("enter")
        await desk.sees("eve@third.example")
        await writing(desk)
        await desk.write("More")
        await desk.keys("ctrl+s")
        await desk.happens("three", lambda: len(desk.store.ticket(1).sides[0].people) == 3)


async def test_where_no_mail_leaves_it_is_said_before_anything_is_asked(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("O")
        await desk.sees("no outgoing mail for this queue")
        await desk.keys("r")
        await writing(desk)
        await desk.keys("ctrl+x", "t")
        await desk.sees("That goes to those of the ticket")


async def test_what_became_of_its_mail_is_seen_however_long_its_name_is(small: Path) -> None:
    async with on_ticket(small, size=(80, 24)) as desk:
        mailing(desk)
        begun(desk, "A subject that goes on and on and on " * 3, f"ACME Helpdesk International <{ACME}>")
        await desk.sees("side: ACME Helpdesk", "waiting")
        lines = (await desk.ticket()).conversation.lines
        assert not any("began a side" in part.text for line in lines for part in line)
