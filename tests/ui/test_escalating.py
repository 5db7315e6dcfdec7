"""`E` wherever tickets are: to a specialist queue, to the lead, to a vendor, on small and large screens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskterm.domain.kinds import State
from deskterm.ui.dialogs.escalate import EscalateForm
from tests.ui.running import on_ticket, running

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])


@SIZES
async def test_to_a_vendor_asks_for_name_reference_and_when(small: Path, size: tuple[int, int]) -> None:
    async with on_ticket(small, size=size) as desk:
        await desk.keys("E")
        await desk.shows(EscalateForm)
        await desk.sees("Escalate #1", "specialist queue", "Queue", "Why")
        assert "Vendor" not in desk.text.split("Why")[0].replace("vendor", "")
        await desk.keys("v")
        await desk.sees("Reference", "Follow up", "next business day 9am")
        await desk.keys("enter", "enter")
        await desk.keys("ctrl+s")
        await desk.sees("say which vendor")
        await desk.write("Acme Ltd")
        await desk.keys("enter")
        await desk.write("ABC-1")
        await desk.keys("enter")
        await desk.sees("→ Mon 23 Nov 09:00")
        await desk.keys("enter")
        await desk.write("their router")
        await desk.keys("enter")
        await desk.sees("Escalated #1 to Acme Ltd", "◌ hold")
        ticket = desk.store.ticket(1).ticket
        assert (ticket.state, ticket.hold_until) == (State.HOLD, datetime(2026, 11, 23, 9, tzinfo=UTC))
        assert dict(ticket.fields) == {"vendor": "Acme Ltd", "vendor_reference": "ABC-1"}
        await desk.keys("G")
        await desk.sees("Escalated to the vendor Acme Ltd, reference ABC-1")
        await desk.keys("E")
        again = await desk.shows(EscalateForm)
        values = again.values()
        assert (values["to"], values["vendor"], values["reference"]) == ("vendor", "Acme Ltd", "ABC-1")
        await desk.keys("escape")
        await desk.ticket()
        await desk.keys("u")
        await desk.happens("undo", lambda: desk.store.ticket(1).ticket.state is State.OPEN)


@SIZES
async def test_to_a_queue_from_the_list(small: Path, size: tuple[int, int]) -> None:
    async with running(small, size=size) as desk:
        await desk.select(1)
        await desk.keys("E")
        form = await desk.shows(EscalateForm)
        await desk.keys("down", "n", "down")
        await desk.write("BGP")
        assert form.values()["queue"] == "Network"
        await desk.keys("ctrl+s")
        await desk.sees("Escalated #1 to Network")
        ticket = desk.store.ticket(1)
        assert (ticket.queue, ticket.ticket.handoffs) == ("Network", 1)
        assert ticket.messages[-1].text == "Escalated to Network: BGP"


async def test_to_the_lead_rings_for_them(small: Path) -> None:
    async with running(small, login="bo") as desk:
        await desk.keys("colon", "1", "enter")
        await desk.ticket()
        await desk.keys("E")
        await desk.shows(EscalateForm)
        await desk.keys("l")
        await desk.sees("rings for alice")
        await desk.keys("enter")
        await desk.write("angry customer")
        await desk.keys("enter")
        await desk.sees("Escalated #1 to the lead", "Escalated to alice: angry customer")
        desk.other("").run_due()
        (line,) = [line for line in desk.other("alice").reminders() if line.state == "fired"]
        assert (line.ticket, line.text) == (1, "Escalated #1: angry customer")


async def test_several_at_once_and_from_the_board(small: Path) -> None:
    async with running(small) as desk:
        await desk.keys("asterisk", "E")
        await desk.sees("Escalate 8 tickets", "vendor")
        await desk.keys("v", "enter")
        await desk.write("Acme")
        await desk.keys("ctrl+s")
        await desk.sees("Escalated 8 tickets to Acme")
        assert desk.store.count("field.vendor:Acme") == 8
        await desk.keys("u")
        await desk.happens("undo", lambda: desk.store.count("field.vendor:Acme") == 0)
        await desk.keys("backslash", "2", "E")
        await desk.shows(EscalateForm)
        await desk.keys("escape")


async def test_the_palette_escalates_in_words(small: Path) -> None:
    async with on_ticket(small) as desk:
        await desk.keys("colon")
        await desk.write("escalate network: BGP")
        await desk.keys("enter")
        await desk.sees("Escalated #1 to Network")
        await desk.keys("colon")
        await desk.write("escalate nowhere: x")
        await desk.keys("enter")
        await desk.sees("there is no queue")
