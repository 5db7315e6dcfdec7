"""Mentions on the screens: written, told with a bell, in the view, in colour; hostile words stay words."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.ui.theme import palette
from tests.ui.running import Running, on_ticket, running

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])


def toasts(desk: Running) -> list[str]:
    """What is shown in notes, title and text."""
    return [f"{note.title}: {note.message}" for note in desk.app._notifications]


@SIZES
async def test_a_mention_is_told_at_once_with_a_bell(
    small: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(small, size=size) as desk:
        rang = []
        monkeypatch.setattr(desk.app, "bell", lambda: rang.append(1))
        desk.other("bo").dispatch(c.Note((4,), "@alice [bold]do[/] you\x1b[2J know?\n\nthanks"))
        await desk.happens("a note", lambda: toasts(desk))
        assert toasts(desk) == ["@ bo mentioned you: #4 @alice [bold]do[/] you␛[2J know? thanks"]
        assert rang == [1]
        await desk.sees("@ bo mentioned you")
        # Keys and the line that says what happened last stay in sight under it.
        assert desk.app.screen.query_one("ToastRack").styles.margin.bottom == 2


async def test_followers_are_told_of_customers(small: Path) -> None:
    async with on_ticket(small) as desk:
        desk.store.dispatch(c.Assign((4,), None))
        desk.store.dispatch(c.Follow((4,)))
        desk.other("").dispatch(c.Receive((4,), "It works again"))
        await desk.happens("a note", lambda: toasts(desk))
        assert [note.partition(": ")[2] for note in toasts(desk)] == ["#4 It works again"]
        desk.other("").dispatch(c.Receive((5,), "And this?"))
        desk.other("").dispatch(c.Receive((4,), "Or not"))
        await desk.happens("one more", lambda: len(toasts(desk)) == 2)
        assert toasts(desk)[1].endswith("#4 Or not")


async def test_a_mention_is_written_in_colour_and_followed(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("i")
        await desk.write("ask @bo, not x@bo")
        await desk.keys("ctrl+s")
        screen = await desk.ticket()
        await desk.happens("the note", lambda: screen.view is not None and screen.view.ticket.messages == 4)
        accent = palette(screen.app).accent
        coloured = [part.text for line in screen.conversation.lines for part in line if part.style == accent]
        assert "@bo" in coloured
        bo = desk.other("bo")
        assert bo.actor.id in desk.store.ticket(1).ticket.followers
        assert {row.number for row in bo.listing("is:mentioned").rows} == {1}


async def test_the_view_holds_what_is_not_read_yet(small: Path) -> None:
    async with running(small) as desk:
        desk.other("bo").dispatch(c.Note((4,), "@alice please"))
        await desk.sees("Mentions          1")
        inbox = desk.inbox
        view = next(each for each in inbox.sidebar.views if each.name == "Mentions")
        inbox.show_view(view)
        await desk.happens("the ticket", lambda: desk.number == 4)
        await desk.keys("enter")
        await desk.ticket()
        await desk.happens("it is read", lambda: desk.store.count("is:mentioned") == 0)
        await desk.keys("escape")
        await desk.sees("Mentions          0")


async def test_f_follows_and_stops(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("f")
        await desk.sees("Following #1")
        assert desk.store.count("follower:me") == 1
        await desk.happens("followed", lambda: "Followed by" in desk.text)
        await desk.keys("f")
        await desk.sees("No longer following #1")
        assert desk.store.count("follower:me") == 0
