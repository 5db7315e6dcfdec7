"""Keys that come many at a time, as over a slow line, mean what they mean one by one."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.widgets import Input, TextArea

from deskterm.ui.dialogs.remind import RemindForm
from deskterm.ui.dialogs.solve import SolveForm
from tests.ui.running import Running, on_ticket, running


def at_once(desk: Running, *keys: str) -> None:
    """Press keys without a pause: texts letter by letter, and the names of keys after a colon."""
    for key in keys:
        if key.startswith(":"):
            desk.app.post_message(events.Key(key[1:], None))
        else:
            for letter in key:
                desk.app.post_message(events.Key("space" if letter == " " else letter, letter))


async def test_a_line_in_a_dialog_takes_a_burst_as_it_was_typed(small: Path) -> None:
    async with running(small) as desk:
        await desk.select(1)
        await desk.keys("z")
        form = await desk.shows(RemindForm)
        at_once(
            desk, "fro", ":backspace", "i 9pm", ":left", ":left", ":backspace", "8", ":end", " ", ":backspace"
        )
        line = form.query(Input).first()
        await desk.happens("the line", lambda: line.value == "fri 8pm")
        at_once(desk, ":ctrl+u", "in 2h")
        await desk.happens("the other line", lambda: line.value == "in 2h")


async def test_a_text_in_a_dialog_does_too(small: Path) -> None:
    async with running(small) as desk:
        await desk.select(1)
        await desk.keys("e")
        form = await desk.shows(SolveForm)
        at_once(desk, "teh", ":backspace", ":backspace", "he end", ":home", "Now ")
        area = form.query(TextArea).first()
        await desk.happens("the text", lambda: area.text == "Now the end")


async def test_the_composer_and_the_search_line_do_too(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("i")
        screen = await desk.ticket()
        await desk.happens("the composer", lambda: screen.composer is not None)
        at_once(desk, "rool", ":backspace", ":backspace", "ll back")
        composer = screen.composer
        assert composer is not None
        await desk.happens("the note", lambda: composer.text == "roll back")
    async with running(small) as desk:
        await desk.keys("slash")
        await desk.happens("the line", lambda: desk.inbox.is_typing())
        at_once(desk, "vpm", ":backspace", "n")
        await desk.happens("the query", lambda: desk.inbox.query_one(Input).value == "vpn")


async def test_enter_after_a_correction_chooses_by_what_is_corrected(small: Path) -> None:
    async with running(small) as desk:
        await desk.select(1)
        await desk.keys("s")
        await desk.sees("State of #1")
        at_once(desk, "hole", ":backspace", "d", ":enter")
        await desk.sees("Hold #1")
