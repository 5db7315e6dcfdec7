"""The repair of verdicts: what early versions judged by a later priority is judged by the one of then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NotAllowed, Refused
from deskterm.domain.history import Fact, History
from deskterm.domain.kinds import Level, MessageKind, Priority, State
from deskterm.domain.proposal import NewMessage
from deskterm.domain.why import told, why
from deskterm.domain.wording import sentence
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine, repair
from tests.small_desk import START, Desk

OPENED = START - timedelta(days=9)
CREATED: dict[str, Any] = {
    "subject": "It fails", "state": State.NEW, "priority": Priority.P1, "impact": Level.HIGH,
    "urgency": Level.HIGH, "queue": "Payments", "created_at": OPENED, "waiting_since": OPENED,
}  # fmt: skip


def after(hours: float) -> datetime:
    """A time so many hours after a ticket was opened."""
    return OPENED + timedelta(hours=hours)


def replied(hours: float) -> Fact:
    """A first reply."""
    at, said = after(hours), NewMessage(MessageKind.PUBLIC, "Sorry")
    changed = {"first_replied_at": at, "replied_at": at, "waiting_since": None, "state": State.OPEN}
    return Fact(at, "replied", changed, "bo", said)


def priority(hours: float, to: Priority) -> Fact:
    """Another priority, as versions wrote it that kept no verdict beside it."""
    return Fact(after(hours), "prioritised", {"priority": to}, "bo")


def solved(hours: float) -> Fact:
    """A resolution."""
    at = after(hours)
    return Fact(at, "solved", {"state": State.SOLVED, "solved_at": at, "resolution": "ok"}, "bo")


def lived(desk: Desk, *pasts: tuple[Fact, ...], values: Mapping[str, Any] = CREATED) -> Store:
    """A desk with tickets whose journal is that of an early version; what an admin sees of it."""
    histories = (
        History(("Ana", "ana@x.example", ""), (Fact(OPENED, "created", values), *facts), f"OLD-{number}")
        for number, facts in enumerate(pasts, 1)
    )
    desk.store.write_histories(histories, via="early")
    return desk.seen_by("dana")


def verdicts(store: Store, number: int) -> dict[str, tuple[str, int]]:
    """What became of a ticket's targets, and how long they were, in minutes."""
    clocks = store.ticket(number).clocks
    return {clock.target: (clock.state.value, clock.target_seconds // 60) for clock in clocks}


def faults(desk: Desk) -> list[str]:
    """What the doctor finds wrong, but for the modes of a copied file."""
    return [fault for fault in examine(desk.store).faults if "open to others" not in fault]


def test_a_late_reply_that_a_lower_priority_hid_is_a_miss_again(desk: Desk) -> None:
    store = lived(desk, (replied(2), priority(3, Priority.P4)), (replied(2), solved(3)))
    assert verdicts(store, 1)["first_reply"] == ("met", 8 * 60)
    found = examine(store)
    assert found.late == (1,)
    assert any("1 ticket is judged by a priority of after" in line for line in found.text())
    assert repair(store, found.late) == 1
    assert verdicts(store, 1)["first_reply"] == ("missed", 15)
    assert sorted(store.numbers("is:any reply:missed")) == [1, 2]
    event = store.history(1)[-1]
    assert (event.kind, event.actor) == ("rejudged", desk.id("dana"))
    assert sentence(event, {}, {}).startswith("first reply judged as P1 (an older version")
    view = store.ticket(1)
    said = told(why(view.ticket, store.policy, desk.clock.at, view.events), UTC)
    assert "First reply: missed, used 2h00 of 0h15, as the P1 it was then" in said
    assert examine(store).late == ()
    assert repair(store, (1,)) == 0
    assert faults(desk) == []


def test_a_resolution_is_judged_by_the_priority_it_was_solved_under(desk: Desk) -> None:
    store = lived(
        desk,
        (replied(0.1), solved(6), priority(7, Priority.P4), priority(8, Priority.P2)),
        (priority(1, Priority.P4), replied(2), solved(6), priority(7, Priority.P1)),
        (replied(0.1), solved(3), priority(7, Priority.P4), priority(8, Priority.P1)),
        (solved(6), priority(7, Priority.P4)),
    )
    assert [verdicts(store, number)["resolution"] for number in (1, 2, 3, 4)] == [
        ("met", 480), ("missed", 240), ("met", 240), ("met", 2400)
    ]  # fmt: skip
    assert repair(store, examine(store).late) == 3
    assert [verdicts(store, number) for number in (1, 2, 3, 4)] == [
        {"first_reply": ("met", 15), "resolution": ("missed", 240)},
        {"first_reply": ("met", 480), "resolution": ("met", 2400)},
        {"first_reply": ("met", 15), "resolution": ("met", 240)},
        {"first_reply": ("missed", 15), "resolution": ("missed", 240)},
    ]
    assert faults(desk) == []


def test_one_undo_takes_it_back(desk: Desk) -> None:
    store = lived(desk, *[(replied(2), priority(3, Priority.P4))] * 3)
    repair(store, examine(store).late)
    assert {verdicts(store, number)["first_reply"][0] for number in (1, 2, 3)} == {"missed"}
    store.dispatch(c.Undo())
    assert {verdicts(store, number)["first_reply"][0] for number in (1, 2, 3)} == {"met"}
    assert examine(store).late == (1, 2, 3)
    assert faults(desk) == []


def test_what_is_kept_today_and_what_was_imported_needs_no_repair(desk: Desk) -> None:
    store = lived(
        desk, (replied(2), solved(6), priority(7, Priority.P4)), values=CREATED | {"imported_sla": True}
    )
    number = desk.create(impact=Level.HIGH, urgency=Level.HIGH)
    desk.clock.forward(hours=2)
    desk.do("bo", c.Reply((number,), "Sorry", State.OPEN))
    desk.do("bo", c.SetPriority((number,), impact=Level.LOW, urgency=Level.LOW))
    assert examine(store).late == ()
    assert repair(store, (1, number)) == 0


def test_it_is_an_admins_and_has_a_reason(desk: Desk) -> None:
    lived(desk, (replied(2), priority(3, Priority.P4)))
    with pytest.raises(NotAllowed, match="judge targets anew: that needs an admin"):
        repair(desk.seen_by("bo"), (1,))
    with pytest.raises(Refused, match="needs a reason"):
        desk.do("dana", c.Rejudge((1,)))
