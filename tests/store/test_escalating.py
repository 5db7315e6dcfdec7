"""Escalating on a desk: one undo, the search, the clocks, and the vendor who is followed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.views import ReminderLine
from deskterm.domain.why import told, why
from deskterm.domain.wording import sentence
from deskterm.upkeep.doctor import examine
from tests.small_desk import NETWORK, PAYMENTS, START, Desk

QUEUE, LEAD, VENDOR = c.EscalateTo
TOMORROW = START + timedelta(days=1)


def vendor(*numbers: int, follow_up: datetime = TOMORROW, reference: str = "ABC-1") -> c.Escalate:
    """Escalate to Acme."""
    return c.Escalate(numbers, VENDOR, vendor="Acme", reference=reference, follow_up=follow_up)


def history(desk: Desk, number: int) -> list[str]:
    """What happened, in words."""
    agents = {agent.id: agent.login for agent in desk.store.people().agents.values()}
    queues = {queue.id: queue.name for queue in desk.store.people().queues.values()}
    return [sentence(event, agents, queues) for event in desk.store.history(number)]


def rung(desk: Desk, login: str) -> list[ReminderLine]:
    """The reminders that rang for somebody."""
    return [line for line in desk.seen_by(login).reminders() if line.state == "fired"]


def sound(desk: Desk) -> None:
    """The doctor finds nothing."""
    assert [fault for fault in examine(desk.store).faults if "open to others" not in fault] == []


def test_a_specialist_queue_and_back(desk: Desk) -> None:
    number = desk.create()
    done = desk.do("alice", c.Escalate((number,), QUEUE, NETWORK, reason="BGP"))
    assert done.summary == f"Escalated #{number} to Network"
    ticket = desk.ticket(number)
    assert (ticket.queue, ticket.handoffs) == (NETWORK, 1)
    notes = [
        message for message in desk.store.ticket(number).messages if message.kind is MessageKind.INTERNAL
    ]
    assert [note.text for note in notes] == ["Escalated to Network: BGP"]
    assert history(desk, number)[-1] == "escalated to Network (BGP)"
    desk.do("alice", c.Undo())
    ticket = desk.ticket(number)
    assert (ticket.queue, ticket.handoffs) == (PAYMENTS, 0)
    assert desk.store.ticket(number).messages == ()
    desk.do("alice", c.Redo())
    assert desk.ticket(number).queue == NETWORK
    sound(desk)


def test_the_leads_hear_of_it_at_once_and_undo_calls_it_off(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Escalate((number,), LEAD, reason="angry"))
    assert history(desk, number)[-1] == "escalated to carol, hana (angry)"
    desk.do("alice", c.Undo())
    desk.clock.forward(seconds=1)
    desk.store.run_due()
    assert rung(desk, "carol") == []
    desk.do("alice", c.Redo())
    desk.store.run_due()
    assert [line.text for line in rung(desk, "carol")] == [f"Escalated #{number}: angry"]
    sound(desk)


def test_why_says_to_whom_it_was_escalated_by_whom_and_why(desk: Desk) -> None:
    number = desk.create()
    rule = '[[rules]]\nname = "VIPs"\non = "update"\nevents = ["changed:tag"]\nwhen = "tag:vip"\n'
    desk.do("dana", c.ApplyPolicy(rule + 'do = [{ escalate = "lead", text = "a VIP" }]\n'))
    desk.do("alice", c.Escalate((number,), QUEUE, NETWORK, reason="BGP"))
    desk.do("bo", replace(vendor(number), reason="their router"))
    desk.do("bo", c.Tag((number,), ("vip",)))
    view = desk.seen_by("dana").ticket(number)
    found = why(view.ticket, desk.store.policy, desk.clock.at, view.events, view.names, view.queues)
    assert [(one.what, one.reason) for one in found.decisions] == [
        ("escalated to carol by rule VIPs", "a VIP"),
        ("escalated to the vendor Acme by bo", "their router"),
        ("escalated to the queue Network by alice", "BGP"),
    ]
    assert "escalated to the queue Network by alice, because BGP" in "\n".join(told(found, UTC))
    sound(desk)


def test_a_vendors_reference_is_found(desk: Desk) -> None:
    number, other = desk.create(), desk.create()
    desk.do("bo", vendor(number))
    found = desk.store.numbers("field.vendor_reference:ABC-1")
    assert found == (number,)
    assert desk.store.numbers("field.vendor_reference:ABC*") == (number,)
    assert desk.store.numbers("field.vendor:acme state:hold") == (number,)
    assert other not in found
    assert "escalated to the vendor Acme · ABC-1" in history(desk, number)[-1]


def test_the_owner_follows_the_vendor_up_in_time_and_once(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.Assign((number,), desk.id("bo")))
    desk.do("bo", vendor(number))
    # Whoever owns it by then is told.
    desk.do("carol", c.Assign((number,), desk.id("alice")))
    desk.clock.at = TOMORROW - timedelta(seconds=1)
    desk.store.run_due()
    assert rung(desk, "alice") == []
    desk.clock.at = TOMORROW
    assert desk.store.run_due() > 0
    assert [(line.text, line.ticket) for line in rung(desk, "alice")] == [
        ("Follow up with Acme, reference ABC-1", number)
    ]
    assert rung(desk, "bo") == []
    desk.clock.forward(days=30)
    while desk.store.run_due():
        pass
    assert len([words for words in history(desk, number) if words.startswith("reminder rang")]) == 1
    sound(desk)


def test_a_follow_up_that_is_put_off_rings_at_the_later_time(desk: Desk) -> None:
    number = desk.create(owner=desk.id("bo"))
    desk.do("bo", vendor(number))
    later = TOMORROW + timedelta(days=2)
    desk.do("bo", vendor(number, follow_up=later))
    desk.clock.at = TOMORROW
    desk.store.run_due()
    assert rung(desk, "bo") == []
    desk.clock.at = later
    desk.store.run_due()
    assert len(rung(desk, "bo")) == 1
    sound(desk)


@pytest.mark.parametrize(
    "ended",
    [
        c.ChangeState((1,), State.OPEN),
        c.Receive((1,), "it works again?"),
        c.Solve((1,), "they fixed it"),
        c.Undo(),
    ],
)
def test_what_is_no_longer_with_the_vendor_is_not_followed_up(desk: Desk, ended: c.Command) -> None:
    assert desk.create(owner=desk.id("bo")) == 1
    desk.do("bo", vendor(1))
    desk.do("bo", ended)
    desk.clock.at = TOMORROW + timedelta(days=1)
    while desk.store.run_due():
        pass
    assert rung(desk, "bo") == []
    sound(desk)


def test_nobodys_ticket_is_followed_up_by_the_leads(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.ChangeState((number,), State.HOLD, "change", TOMORROW))
    desk.clock.at = TOMORROW
    desk.store.run_due()
    assert [line.text for line in rung(desk, "carol")] == ["On hold until now (change)"]
    assert [line.text for line in rung(desk, "hana")] == ["On hold until now (change)"]
    sound(desk)


def test_holding_for_a_vendor_pauses_the_resolution(desk: Desk) -> None:
    number = desk.create()
    desk.clock.forward(hours=1)
    desk.do("bo", vendor(number))
    states = {clock.target: clock.state.value for clock in desk.store.ticket(number).clocks}
    assert (states["resolution"], states["first_reply"]) == ("paused", "running")


def test_several_at_once_with_one_undo(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    desk.do("bo", c.Close(numbers[2:], "spam"))
    done = desk.do("bo", vendor(*numbers))
    assert done.changed == numbers[:2]
    assert [number for number, _ in done.refused] == [numbers[2]]
    assert desk.store.count("field.vendor:Acme is:any") == 2
    desk.do("bo", c.Undo())
    assert desk.store.count("field.vendor:Acme is:any") == 0
    assert [desk.ticket(number).state for number in numbers] == [State.NEW, State.NEW, State.CLOSED]
    sound(desk)


def test_somebody_elses_move_is_not_overwritten(desk: Desk) -> None:
    number = desk.create()
    command = c.Escalate((number,), QUEUE, NETWORK, expected={"queue": PAYMENTS})
    desk.do("carol", c.Move((number,), NETWORK))
    with pytest.raises(Conflict):
        desk.do("bo", command)
