"""A conversation of a thousand messages is read like one of ten: at once, and without losing the place."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from textual import events

from deskterm.domain.commands import Note, Receive, Reply, SetTarget, Together
from deskterm.domain.kinds import State
from deskterm.ui.widgets.conversation import Conversation
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket


def long_talk(path: Path, messages: int) -> None:
    """Let bo write on ticket 1, and everybody read it."""
    clock = Clock()
    bo = as_agent(path, "bo", clock)
    parts = tuple(Note((1,), f"Note {number:04}\nwith a second line") for number in range(messages))
    for at in range(0, messages, 100):
        bo.dispatch(Together(parts[at : at + 100]))
    for login in ("alice", "bo"):
        as_agent(path, login, clock).mark_read(1)


def notes(desk: Running) -> list[int]:
    """Return the notes in sight, from top to bottom."""
    return [int(number) for number in re.findall(r"┋ Note (\d{4})", desk.text)]


async def pane(desk: Running) -> Conversation:
    """Return the conversation that is shown."""
    return (await desk.ticket()).conversation


async def test_one_key_goes_to_the_first_of_a_thousand_messages_and_one_back(small: Path) -> None:
    long_talk(small, 1000)
    async with on_ticket(small) as desk:
        await desk.sees("Note 0999")
        assert len((await pane(desk)).tops) == 60
        await desk.keys("home")
        await desk.sees("Ana Ruiz", "created in Payments")
        assert "earlier message" not in desk.text
        await desk.keys("end")
        await desk.sees("Note 0999")
        await desk.keys("g", "g")
        await desk.sees("created in Payments")
        await desk.keys("G")
        await desk.sees("Note 0999")


async def test_whoever_scrolls_on_meanwhile_is_not_taken_to_the_first_message(small: Path) -> None:
    long_talk(small, 300)
    async with on_ticket(small) as desk:
        await desk.sees("Note 0299")
        talk = await pane(desk)
        for key in ("home", "pageup"):  # both before what the first one asks for is read
            desk.app.post_message(events.Key(key, None))
        await desk.happens("everything is read", lambda: talk.earlier == 0)
        await desk.pilot.pause()
        assert notes(desk)[0] > 250


async def test_paging_up_shows_every_message_in_turn_to_the_first(small: Path) -> None:
    long_talk(small, 1000)
    async with on_ticket(small) as desk:
        await desk.sees("Note 0999")
        seen, above = set(notes(desk)), min(notes(desk))
        talk = await pane(desk)
        while "created in Payments" not in desk.text:
            await desk.keys("pageup")
            await desk.happens("more is read", lambda: talk.scroll_offset.y > 0 or not talk.earlier)
            here = notes(desk)
            assert here == list(range(here[0], here[-1] + 1))
            assert here[0] <= above <= here[-1] + 1
            seen, above = seen | set(here), here[0]
        assert seen == set(range(1000))


async def test_what_comes_in_while_the_middle_is_read_leaves_the_place_alone(small: Path) -> None:
    long_talk(small, 1000)
    async with on_ticket(small) as desk:
        await desk.sees("Note 0999")
        talk = await pane(desk)
        for _ in range(3):
            await desk.keys("pageup")
        before = notes(desk)
        desk.other("").dispatch(Receive((1,), "Anything new?", "email"))
        await desk.happens("the message is there", lambda: talk.view and talk.view.ticket.messages == 1004)
        await desk.pilot.pause()
        assert notes(desk) == before
        await desk.keys("pageup")
        desk.other("").dispatch(Note((2,), "Somewhere else"))
        await desk.keys("pagedown")
        await desk.settle()
        assert notes(desk) == before
        await desk.keys("G")
        await desk.sees("Anything new?")


async def test_a_long_conversation_lists_what_was_answered_too_late(small: Path) -> None:
    clock = Clock()
    alice, desk = as_agent(small, "alice", clock), as_agent(small, "", clock)
    clock.at -= timedelta(hours=100)
    alice.dispatch(SetTarget((1,), "next_reply", 600, "important"))
    for turn in range(60):
        desk.dispatch(Receive((1,), f"Question {turn}", "email"))
        clock.forward(minutes=20 if turn % 20 == 0 else 5)
        alice.dispatch(Reply((1,), f"Answer {turn}", State.OPEN))
        clock.forward(minutes=5)
    async with on_ticket(small) as running:
        await running.sees("Answer 59", "Next reply", "1 earlier missed")
        side = running.text.split("CLOCKS")[1]
        assert side.count("missed 20m") == 2
        running.other("").dispatch(Receive((1,), "And now?", "email"))
        await running.sees("And now?")
        assert running.text.count("missed 20m") == 2
