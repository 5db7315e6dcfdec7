"""Merging by keys: likely duplicates are offered, what would happen is shown, and it is taken apart again."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from deskterm.domain.commands import Close, Create, LinkTo, Merge
from deskterm.domain.kinds import State
from deskterm.ui.dialogs.choose_ticket import ChooseTicket
from deskterm.ui.dialogs.confirm import Confirm
from deskterm.ui.dialogs.merge import MergePreview, preview
from tests.ui.desk import Clock, as_agent
from tests.ui.running import on_ticket, running
from tests.ui.test_ticket_screen import NARROW, WIDE, picture

VPN = 2


def double(path: Path) -> int:
    """Another person's ticket about the VPN of #2; returns its number."""
    text = "Since this morning the VPN drops every ten minutes with the new client."
    command = Create("VPN drops with the new client", "kim@acme.example", "Kim Doe", "Acme", text, "network",
                     tags=("vpn",))  # fmt: skip
    return as_agent(path, "alice", Clock()).dispatch(command).created or 0


async def test_the_likely_duplicate_is_offered_and_merged_into_the_older_one(small: Path) -> None:
    number = double(small)
    async with on_ticket(small, number) as desk:
        await desk.keys("d")
        await desk.shows(ChooseTicket)
        await desk.sees(f"#{VPN}  VPN drops every ten minutes")
        await desk.sees("words in common")
        await desk.keys("enter")
        dialog = await desk.shows(MergePreview)
        assert (dialog.survivor.ticket.number, [v.ticket.number for v in dialog.others]) == (VPN, [number])
        await desk.sees("CC Kim Doe <kim@acme.example>")
        await desk.keys("enter")
        await desk.sees(f"Merged #{number} into #{VPN}")
        assert desk.store.ticket(number).ticket.merged_into == VPN
        await desk.keys("d")
        await desk.shows(Confirm)
        await desk.keys("y")
        await desk.sees(f"Took #{number} out of the ticket")
        assert desk.store.ticket(number).ticket.state is State.NEW


async def test_swapped_the_younger_one_goes_on(small: Path) -> None:
    number = double(small)
    async with on_ticket(small, number) as desk:
        await desk.keys("d")
        await desk.shows(ChooseTicket)
        await desk.sees("words in common")
        await desk.keys("enter")
        dialog = await desk.shows(MergePreview)
        await desk.keys("x")
        assert dialog.survivor.ticket.number == number
        await desk.keys("enter")
        await desk.sees(f"Merged #{VPN} into #{number}")


async def test_a_parent_is_merged_by_a_second_enter_and_esc_changes_nothing(small: Path) -> None:
    number = double(small)
    as_agent(small, "alice", Clock()).dispatch(LinkTo((number,), "child", 5))
    async with on_ticket(small, number) as desk:
        await desk.keys("d")
        await desk.shows(ChooseTicket)
        await desk.write(str(VPN))
        await desk.sees("Joel Ek")
        await desk.keys("enter")
        await desk.shows(MergePreview)
        await desk.keys("enter")
        await desk.sees("has child tickets")
        await desk.keys("escape")
        assert desk.store.ticket(number).ticket.state is State.NEW
        await desk.keys("d")
        await desk.shows(ChooseTicket)
        await desk.sees("words in common")
        await desk.keys("enter")
        await desk.shows(MergePreview)
        await desk.keys("enter", "enter")
        await desk.sees(f"Merged #{number} into #{VPN}")


async def test_what_cannot_be_merged_says_why_before_anything_is_sent(small: Path) -> None:
    number = double(small)
    async with on_ticket(small, number) as desk:
        await desk.keys("d")
        await desk.shows(ChooseTicket)
        await desk.sees("words in common")
        as_agent(small, "alice", Clock()).dispatch(Close((VPN,), "withdrawn"))
        await desk.keys("enter")
        dialog = await desk.shows(MergePreview)
        await desk.sees(f"#{VPN} is closed")
        await desk.keys("enter")
        assert desk.app.screen is dialog


async def test_a_selection_becomes_one(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("x", "x", "x", "d")
        dialog = await desk.shows(MergePreview)
        assert len(dialog.others) == 2
        oldest = min(dialog.views, key=lambda view: view.ticket.created_at)
        assert dialog.survivor is oldest
        await desk.keys("enter")
        await desk.sees(f"Merged 2 tickets into #{oldest.ticket.number}")


async def test_messages_of_a_merged_ticket_carry_its_number(small: Path) -> None:
    number = double(small)
    as_agent(small, "alice", Clock()).dispatch(Merge((number,), VPN))
    async with on_ticket(small, VPN) as desk:
        await desk.sees(f"Kim Doe #{number} customer")
        await desk.sees(f"#{number} was merged into this one by alice")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
class TestPictures:
    """What it looks like, against what was accepted."""

    async def test_choose(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, double(small), size=size) as desk:
            await desk.keys("d")
            await desk.shows(ChooseTicket)
            await desk.sees("#2  VPN drops every ten")
            assert await picture(desk) == pictures

    async def test_preview(self, small: Path, size: tuple[int, int], pictures: SnapshotAssertion) -> None:
        async with on_ticket(small, double(small), size=size) as desk:
            await desk.keys("d")
            await desk.shows(ChooseTicket)
            await desk.sees("#2  VPN drops every ten")
            await desk.keys("enter")
            await desk.shows(MergePreview)
            await desk.sees("goes on")
            assert await picture(desk) == pictures


async def test_the_preview_keeps_its_columns_and_counts_whom_it_does_not_name(small: Path) -> None:
    store = as_agent(small, "alice", Clock())
    numbers = [
        store.dispatch(Create(f"Down {at}", f"somebody.number{at}@acme.example", f"Somebody {at}")).created
        for at in range(6)
    ]
    views = [store.ticket(number or 0, messages=1) for number in numbers]
    text = "\n".join(line.plain for line in preview(views[0], views[1:]))
    store.close()
    lines = text.split("\n")
    begin = next(at for at, line in enumerate(lines) if line.startswith("answers"))
    assert "and 2 more" in text
    # What does not fit on the line goes on under the words, not under the label.
    assert all(line.startswith(" " * 11) and line.strip() for line in lines[begin + 1 :])
    assert max(len(line) for line in lines) <= 66
