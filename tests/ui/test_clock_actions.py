"""A target of the ticket's own and counting clocks anew, by key and palette, each with its reason."""

from __future__ import annotations

from pathlib import Path

from deskterm.ui.dialogs.form import Form
from deskterm.ui.dialogs.prompt import Prompt
from tests.ui.running import on_ticket, running


async def test_a_target_of_its_own_is_set_with_a_reason_and_taken_back(small: Path) -> None:
    async with on_ticket(small, 2) as desk:
        await desk.keys("g", "k")
        form = await desk.shows(Form)
        assert form.heading == "A target of its own for #2"
        await desk.keys("tab")
        await desk.write("soon")
        await desk.keys("tab")
        await desk.write("promised")
        await desk.keys("ctrl+s")
        await desk.sees("is no duration")
        await desk.keys(*["backspace"] * 4)
        await desk.write("3h")
        await desk.keys("ctrl+s")
        await desk.sees("Set the resolution target of #2")
        (own,) = desk.store.ticket(2).ticket.target_overrides
        assert tuple(own) == ("resolution", 3 * 3600)
        await desk.keys("w")
        await desk.sees("a target of this ticket's own")
        await desk.keys("escape")
        await desk.keys("g", "k")
        await desk.shows(Form)
        await desk.keys("tab")
        await desk.write("policy\nnot needed\n")
        await desk.happens("gone", lambda: not desk.store.ticket(2).ticket.target_overrides)


async def test_counting_anew_is_found_in_the_palette_and_asks_why(small: Path) -> None:
    async with on_ticket(small, 5, login="dana") as desk:
        await desk.keys("colon")
        await desk.write("count clocks anew")
        await desk.keys("enter")
        prompt = await desk.shows(Prompt)
        assert prompt.heading == "Count the clocks of #5 anew"
        await desk.keys("enter")
        await desk.sees("counting anew needs a reason")
        await desk.write("a holiday was missing\n")
        await desk.sees("Counted the clocks of #5 anew")
        event = desk.store.history(5)[-1]
        reason = event.change("reason")
        assert reason is not None
        assert (event.kind, reason.after) == ("recounted", "a holiday was missing")


async def test_both_say_whom_they_need(small: Path) -> None:
    async with running(small, login="bo") as desk:
        await desk.keys("g", "k")
        await desk.sees("Bo Lindberg is an agent: target needs a lead")
    async with running(small, login="alice") as desk:
        await desk.keys("g", "K")
        await desk.sees("Alice Moreau is a lead: recount needs an admin")
