"""Whose words a message is stands in its heading and in the bar beside it, not in a colour alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain.commands import Note, Receive, Redo, Reply, Undo
from deskterm.domain.kinds import State
from tests.ui.desk import Clock, as_agent
from tests.ui.running import Running, on_ticket


def line(desk: Running, text: str) -> str:
    """Return the line of the conversation with a text on it."""
    return next(line.split("│")[0].strip() for line in desk.lines if text in line)


async def test_customer_agent_colleague_and_desk_are_told_apart_without_colour(small: Path) -> None:
    clock = Clock()
    as_agent(small, "", clock).dispatch(Receive((1,), "Is anybody there?", "email"))
    as_agent(small, "alice", clock).dispatch(Reply((1,), "We are.", State.OPEN))
    as_agent(small, "bo", clock).dispatch(Note((1,), "Told the gateway team."))
    as_agent(small, "", clock).dispatch(Reply((1,), "This was said by itself."))
    async with on_ticket(small) as desk:
        await desk.keys("G")
        await desk.sees("This was said by itself.")
        assert "Ana Ruiz customer · email · 14:32 · ana@northwind.example" in desk.text
        assert "alice agent reply · 14:32" in desk.text
        assert "bo internal note · 14:32" in desk.text
        assert "deskterm system message · 14:32" in desk.text
        said = ("Is anybody there?", "We are.", "Told the gateway team.", "This was said by itself.")
        assert len({line(desk, text)[0] for text in said}) == 4


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_a_macro_wrote_names_it(small: Path, size: tuple[int, int]) -> None:
    alice = as_agent(small, "alice", Clock())
    alice.dispatch(Reply((1,), "We see it too.", State.OPEN, macro="Incident acknowledged"))
    async with on_ticket(small, size=size) as desk:
        await desk.sees("alice agent reply · 14:32 · macro Incident acknowledged")
        desk.store.dispatch(Undo())
        await desk.sees("took back a message")
        assert "macro Incident" not in desk.text
        desk.store.dispatch(Redo())
        await desk.sees("alice agent reply · 14:32 · macro Incident acknowledged")


async def test_the_preview_names_the_macro_too(small: Path) -> None:
    alice = as_agent(small, "alice", Clock())
    alice.dispatch(Note((1,), "Checked the usual.", macro="Checklist"))
    async with on_ticket(small) as desk:
        await desk.keys("escape")
        await desk.sees("alice internal note · 14:32 · macro Checklist")
