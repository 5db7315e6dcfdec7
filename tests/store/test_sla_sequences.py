"""Whatever is done under changing SLA policies, rows, alarms and journal agree, and undo is the identity."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError
from deskterm.domain.kinds import Priority, State
from deskterm.domain.ticket import Ticket
from deskterm.storage import health
from tests.small_desk import NETWORK, PAYMENTS, Desk

OFFICE = """
[calendars.Office]
zone = "Europe/Berlin"
hours = { mon = "09:00-12:00,13:00-17:00", tue = "09:00-17:00", wed = "09:00-17:00", fri = "09:00-17:00" }
holidays = [{ day = 2026-11-24, name = "Company day" }]
"""
TARGETS = """
[sla.targets]
P1 = { first_reply = "15m", next_reply = "30m", update = "1h", resolution = "4h" }
P2 = { first_reply = "1h", resolution = "8h" }
P4 = { first_reply = "4h", next_reply = "2h", update = "5h", resolution = "16h" }
"""
REST = '[[sla]]\nname = "Rest"\ncalendar = "Office"\n' + TARGETS
VIP = '[[sla]]\nname = "VIP"\nwhen = "tag:vip"\n' + TARGETS
PAID = '[[sla]]\nname = "Payments"\nwhen = "queue:payments -priority:P1"\ncalendar = "Office"\n' + TARGETS
HALF = '[[sla.thresholds]]\nat = "50%"\nlevel = "half"\ndo = [{ tag = "half" }]\n'
POLICIES = (OFFICE + VIP + REST, OFFICE + PAID + HALF, OFFICE.replace("17:00", "15:00") + REST)
WORK = (
    c.Reply((1,), "We look into it", State.OPEN),
    c.Reply((1,), "Please restart it", State.PENDING),
    c.Reply((1,), "It was the cable", State.SOLVED),
    c.ChangeState((1,), State.PENDING),
    c.ChangeState((1,), State.HOLD, "vendor"),
    c.ChangeState((1,), State.OPEN),
    c.Solve((1,), "rolled back"),
    c.Close((1,), "confirmed"),
    c.Reopen((1,), "it is back"),
    c.Receive((1,), "and now?", "phone"),
    c.Tag((1,), ("vip",)),
    c.Tag((1,), (), ("vip",)),
    c.Move((1,), NETWORK),
    c.Move((1,), PAYMENTS),
    c.SetPriority((1,), Priority.P1, reason="x"),
    c.SetPriority((1,), Priority.P4, reason="x"),
    c.SetTarget((1,), "resolution", 7200, "promised"),
    c.SetTarget((1,), "resolution", None, "not any more"),
    c.Recount((1,), "count anew"),
)


def plain(ticket: Ticket) -> Ticket:
    """A ticket but for what any event changes."""
    return replace(ticket, version=0, updated_at=ticket.created_at)


@pytest.mark.parametrize("seed", range(10))
def test_all_agrees_whatever_is_done_and_taken_back(sqlite_desk: Desk, seed: int) -> None:
    desk, chance = sqlite_desk, random.Random(seed)
    desk.do("dana", c.ApplyPolicy(POLICIES[0]))
    desk.create(text="please")
    for turn in range(30):
        desk.clock.forward(minutes=chance.choice((1, 25, 61, 300, 1500)), seconds=0.5)
        if turn % 10 == 9:
            with suppress(DeskError):
                desk.do("dana", c.ApplyPolicy(chance.choice(POLICIES)))
            desk.store.recalculate()
        while desk.store.run_due():
            pass
        before = desk.ticket(1)
        with suppress(DeskError):
            desk.do("dana", chance.choice(WORK))
            after = desk.ticket(1)
            if chance.random() < 0.3 and after.tags - {"vip"} == before.tags - {"vip"}:
                desk.do("dana", c.Undo())
                assert plain(desk.ticket(1)) == plain(before)
                desk.do("dana", c.Redo())
                assert plain(desk.ticket(1)) == plain(after)
        with desk.store.database.read() as connection:
            assert health.of_tickets(connection, desk.store.policy, desk.store.now()).faults == []
