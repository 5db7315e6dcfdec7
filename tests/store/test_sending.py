"""What is queued, taken back, withheld and told: the outbox as agents know it, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from deskterm.domain import commands as c
from deskterm.domain.delivery import Became
from deskterm.domain.errors import DeskError, NotFound, Refused
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.mail_guard import Written, why_silent
from deskterm.domain.mail_settings import filled
from deskterm.domain.outgoing import Outgoing, OutState, fate_words
from deskterm.storage import tickets
from deskterm.storage.tables import outbox
from deskterm.store.posting import Result
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.mails import mail, people, raw
from tests.outgoing import ANA, BEN, SENDER, SUPPORT, next_mail, send_as
from tests.small_desk import START, Desk

SPAN = timedelta(seconds=60)
SAID = "Please try again."


@pytest.fixture
def sending(desk: Desk) -> Desk:
    """A desk that sends mail."""
    send_as(desk)
    return desk


def taken(desk: Desk, holder: str = "one") -> Outgoing | None:
    return next_mail(desk.store, holder, SPAN)


def sent(desk: Desk, holder: str = "one") -> list[Outgoing]:
    """Send everything that is due."""
    found = []
    while (one := taken(desk, holder)) is not None:
        assert desk.store.settle_outgoing(one.number, holder, Result(sent=True), 0) is OutState.SENT
        found.append(one)
    return found


def fate(desk: Desk, number: int) -> str:
    """What the conversation says of the last public message of the desk."""
    view = desk.store.ticket(number)
    own = [one for one in view.messages if one.kind is MessageKind.PUBLIC and one.requester is None]
    return fate_words(own[-1].fate, desk.clock.at) if own[-1].fate is not None else ""


def states(desk: Desk) -> list[str]:
    return [one.state.value for one in desk.store.outbox(tuple(OutState))]


def sound(desk: Desk) -> bool:
    return all("open to others" in fault for fault in examine(desk.store).faults)


def test_a_reply_waits_to_be_taken_back_and_then_goes_out_once(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    assert fate(sending, number) == "waiting 10 s"
    assert taken(sending) is None
    sending.clock.forward(seconds=10)
    [one] = sent(sending)
    assert (one.to[0].address, one.cc, one.text, one.automatic) == (ANA, (), SAID, False)
    assert (one.sender.name, one.sender.address) == ("Support", SENDER)
    assert one.subject == f"Re: It fails [#{number}]"
    assert fate(sending, number) == "sent"
    assert sent(sending) == []
    assert sound(sending)
    check(sending.store.database)


def test_on_a_desk_without_outgoing_mail_a_reply_is_stored_and_nothing_queued(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Reply((number,), SAID))
    assert (states(desk), fate(desk, number)) == ([], "")


def test_an_undo_cancels_what_waits_and_a_redo_lets_it_wait_again(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=8)
    sending.do("alice", c.Undo())
    sending.clock.forward(minutes=5)
    assert sent(sending) == []
    assert sending.ticket(number).state is State.NEW
    sending.do("alice", c.Redo())
    assert fate(sending, number) == "waiting 10 s"
    sending.clock.forward(seconds=10)
    assert [one.text for one in sent(sending)] == [SAID]


def test_what_has_left_the_house_is_not_taken_back(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    one = taken(sending)
    assert one is not None
    with pytest.raises(Refused, match="is being sent"):
        sending.do("alice", c.Undo())
    sending.store.settle_outgoing(one.number, "one", Result(sent=True), 0)
    with pytest.raises(Refused, match="it has left the house"):
        sending.do("alice", c.Undo())
    assert sending.ticket(number).state is State.PENDING


def test_an_internal_note_is_part_of_no_mail_whatever_is_said(sending: Desk) -> None:
    secret = "between us: they are late with paying"
    number = sending.create(text="From the customer")
    sending.do("alice", c.Note((number,), secret))
    sending.do("alice", c.Reply((number,), SAID))
    sending.do("alice", c.Move((number,), 2, f"handoff {secret}"))
    sending.do("bo", c.Solve((number,), f"done {secret}", "fixed"))
    sending.do("bo", c.Reopen((number,), f"again {secret}"))
    sending.do("bo", c.Solve((number,), f"done {secret}", "fixed", message="All is well"))
    sending.clock.forward(hours=2)
    found = sent(sending)
    assert [one.text.splitlines()[0] for one in found] == [SAID, "Hello,", "All is well"]
    for one in found:
        assert secret not in repr(one)
    notes = [m.id for m in sending.store.ticket(number).messages if m.kind is not MessageKind.PUBLIC]
    assert notes


def test_an_answer_threads_into_the_ticket_and_names_the_mails_before_it(sending: Desk) -> None:
    first = mail(cc=people(BEN))
    number = sending.store.receive_mail(first, raw(first), SUPPORT).ticket or 0
    sending.do("bo", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    answer = next(one for one in sent(sending) if not one.automatic)
    assert [one.address for one in (*answer.to, *answer.cc)] == [ANA, BEN]
    assert (answer.in_reply_to, answer.references) == (first.message_id, (first.message_id,))
    back = mail("stranger@elsewhere.example", in_reply_to=(answer.message_id,))
    received = sending.store.receive_mail(back, raw(back), SUPPORT)
    assert received.thread.ticket == number
    back = mail(in_reply_to=(answer.message_id,))
    assert sending.store.receive_mail(back, raw(back), SUPPORT).became is Became.JOINED
    sending.do("bo", c.Reply((number,), "Once more"))
    sending.clock.forward(seconds=10)
    [again] = [one for one in sent(sending) if one.text == "Once more"]
    assert again.in_reply_to == back.message_id
    assert again.references == (first.message_id, answer.message_id, back.message_id)


def test_who_dies_at_sending_leaves_it_to_another_under_the_same_id(sending: Desk) -> None:
    sending.do("alice", c.Reply((sending.create(),), SAID))
    sending.clock.forward(seconds=10)
    one = taken(sending, "dies")
    assert one is not None
    assert taken(sending, "other") is None
    sending.clock.forward(seconds=61)
    again = taken(sending, "other")
    assert again is not None
    assert (again.number, again.message_id, again.attempts) == (one.number, one.message_id, 2)
    assert sending.store.settle_outgoing(one.number, "dies", Result(permanent=True), 0) is None
    assert sending.store.settle_outgoing(one.number, "other", Result(sent=True), 0) is OutState.SENT


def test_mails_that_are_taken_together_are_told_together_and_the_rest_is_given_back(sending: Desk) -> None:
    numbers = [sending.create(requester_address=f"p{at}@x.example") for at in range(5)]
    for number in numbers:
        sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    first, second, third = sending.store.next_mails("one", SPAN, most=3)
    assert [one.number for one in sending.store.next_mails("two", SPAN, most=3)] == [
        third.number + 1,
        third.number + 2,
    ]
    assert sending.store.mark_sent(first.number, "one")
    assert not sending.store.mark_sent(first.number, "two")
    sending.store.give_back([first.number, second.number, third.number], "one")
    assert [fate(sending, number) for number in numbers[:3]] == ["sending", "waiting", "waiting"]
    sending.store.settle_sent([first.number, second.number], "one")
    assert [fate(sending, number) for number in numbers[:3]] == ["sent", "waiting", "waiting"]
    again = sending.store.next_mails("two", SPAN, most=9)
    assert [(one.number, one.attempts) for one in again] == [(second.number, 1), (third.number, 1)]
    sending.store.settle_sent([one.number for one in again], "two")
    told = {sending.store.history(number)[-1].kind for number in numbers[:3]}
    assert told == {"mailed"}
    assert sound(sending)
    check(sending.store.database)


def test_what_a_server_took_before_its_sender_died_does_not_leave_again(sending: Desk) -> None:
    kept_back, lost = sending.create(), sending.create()
    for number in (kept_back, lost):
        sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    first, second = sending.store.next_mails("one", SPAN, most=2)
    assert sending.store.mark_sent(first.number, "one")
    at = sending.clock.at
    sending.clock.forward(seconds=61)
    assert [(one.number, one.message_id) for one in sent(sending, "two")] == [
        (second.number, second.message_id)
    ]
    assert (fate(sending, kept_back), fate(sending, lost)) == ("sent", "sent")
    [line] = [one for one in sending.store.outbox((OutState.SENT,)) if one.number == first.number]
    assert line.sent_at == at
    assert sending.store.history(kept_back)[-1].kind == "mailed"
    sending.store.settle_sent([first.number, second.number], "one")
    assert sound(sending)


def test_a_damaged_row_stands_in_no_other_mails_way(sending: Desk) -> None:
    numbers = [sending.create() for _ in range(3)]
    for number in numbers:
        sending.do("alice", c.Reply((number,), SAID))
    sending.store.database.write(
        lambda connection: connection.execute(update(outbox).where(outbox.c.id == 2).values(recipients="{"))
    )
    sending.clock.forward(seconds=10)
    assert len(sending.store.next_mails("one", SPAN, most=9)) == 2
    assert fate(sending, numbers[1]).startswith("failed: it cannot be written")


def test_what_fails_for_now_is_tried_again_later_and_later(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    pauses = []
    for _ in range(14):
        one = taken(sending)
        assert one is not None
        state = sending.store.settle_outgoing(one.number, "one", Result(words="451 later"), 0)
        assert state is OutState.WAITING
        due = sending.store.next_outgoing("mail")
        assert due is not None
        pauses.append((due - sending.clock.at).total_seconds())
        sending.clock.at = due
        if sum(pauses) > 300_000:
            break
    assert pauses[:4] == [30, 60, 120, 240]
    assert max(pauses) == 86_400
    assert "451 later" in fate(sending, number)
    sending.clock.forward(days=4)
    one = taken(sending)
    assert one is not None
    assert sending.store.settle_outgoing(one.number, "one", Result(words="451"), 0) is OutState.FAILED


def test_a_refused_mail_is_told_on_the_ticket_and_can_be_tried_again(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    one = taken(sending)
    assert one is not None
    refused = Result(permanent=True, words="554 5.7.1 no\x1b[31m spam", dead=())
    assert sending.store.settle_outgoing(one.number, "one", refused, 0) is OutState.FAILED
    assert fate(sending, number).startswith("failed: 554 5.7.1 no")
    assert "\x1b" not in fate(sending, number)
    note = sending.store.ticket(number).messages[-1]
    assert (note.kind, "554 5.7.1" in note.text) == (MessageKind.INTERNAL, True)
    assert sending.store.counts().unsent == 1
    sending.seen_by("alice").retry_outgoing(one.number)
    again = taken(sending)
    assert again is not None
    assert again.message_id == one.message_id
    sending.store.settle_outgoing(again.number, "one", Result(sent=True), 0)
    assert (sending.store.counts().unsent, fate(sending, number)) == (0, "sent")
    assert sound(sending)


def test_an_address_that_does_not_exist_is_not_mailed_again(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    sending.clock.forward(seconds=10)
    one = taken(sending)
    assert one is not None
    result = Result(permanent=True, words="550 5.1.1 no such user", dead=(ANA,))
    sending.store.settle_outgoing(one.number, "one", result, 0)
    sending.do("alice", c.Reply((number,), "And now?"))
    assert fate(sending, number) == f"stored, not sent: {ANA} is dead: mail came back from it"
    sending.do("alice", c.AllowAddress(ANA))
    sending.do("alice", c.Reply((number,), "Again"))
    assert fate(sending, number) == "waiting 10 s"


def test_somebody_can_take_a_mail_out_and_put_it_back(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Reply((number,), SAID))
    [line] = sending.store.outbox()
    alice = sending.seen_by("alice")
    alice.cancel_outgoing(line.number)
    sending.clock.forward(minutes=1)
    assert sent(sending) == []
    with pytest.raises(Refused):
        alice.cancel_outgoing(line.number)
    sending.do("alice", c.Undo())
    sending.clock.forward(minutes=1)
    assert [one.text for one in sent(sending)] == [SAID]


def test_the_outbox_shows_nobody_what_they_may_not_know(sending: Desk) -> None:
    sending.do("hugo", c.Reply((sending.create(login="hugo", queue="hr"),), SAID))
    assert len(sending.seen_by("hugo").outbox()) == 1
    alice = sending.seen_by("alice")
    assert alice.outbox() == ()
    with pytest.raises(NotFound):
        alice.cancel_outgoing(sending.seen_by("hugo").outbox()[0].number)


# What the desk says by itself


def comes(desk: Desk, sender: str = ANA, **values: Any) -> int:
    one = mail(sender, **values)
    return desk.store.receive_mail(one, raw(one), SUPPORT).ticket or 0


def test_each_ticket_by_mail_is_confirmed_once_with_its_number(sending: Desk) -> None:
    number = comes(sending)
    [one] = sent(sending)
    assert (one.automatic, one.to[0].address, one.subject) == (True, ANA, f"Re: VPN down [#{number}]")
    assert f"number {number}" in one.text
    assert "It fails again" not in one.text
    assert sending.store.ticket(number).ticket.messages == 1
    sending.do("bo", c.Create("By phone", ANA, queue="network"))
    assert sent(sending) == []


def test_machines_lists_and_nobodies_are_never_answered_by_the_desk(sending: Desk) -> None:
    comes(sending, is_auto=True, auto_reason="Auto-Submitted")
    comes(sending, "no-reply@shop.example")
    comes(sending, SENDER)
    assert sent(sending) == []
    assert {one.state for one in sending.store.outbox(tuple(OutState))} <= {OutState.CANCELLED}


def test_one_automatic_mail_an_hour_is_enough_for_one_sender(sending: Desk) -> None:
    for _ in range(3):
        comes(sending)
    comes(sending, BEN)
    assert sorted(one.to[0].address for one in sent(sending)) == [ANA, BEN]
    sending.clock.forward(minutes=61)
    comes(sending)
    assert len(sent(sending)) == 1


def test_a_confirmation_repeats_no_link_that_a_stranger_chose(sending: Desk) -> None:
    comes(
        sending, "Win at http://evil.example <eve@elsewhere.example>", subject="Win http://evil.example now"
    )
    [one] = sent(sending)
    assert "evil" not in one.subject + one.text


def test_solving_without_a_word_tells_the_requester_and_closing_in_silence_too(sending: Desk) -> None:
    number = sending.create()
    sending.do("alice", c.Solve((number,), "Restarted", "fixed"))
    sending.clock.forward(seconds=10)
    [one] = sent(sending)
    assert "marked your request" in one.text
    assert "Restarted" not in one.text
    sending.clock.forward(days=8)
    sending.store.run_due()
    sending.clock.forward(seconds=10)
    assert sending.ticket(number).state is State.CLOSED
    assert ["heard nothing more" in one.text for one in sent(sending)] == [True]


def test_templates_are_filled_once_and_can_be_off(desk: Desk) -> None:
    send_as(
        desk, 'confirmation = "Hi {requester.first_name}, {ticket.number} {queue.name}"\nsolved = "off"\n'
    )
    comes(desk, "Ana Ruiz <ana@northwind.example>")
    [one] = sent(desk)
    assert one.text == "Hi Ana, 1 Network"
    values = {"requester.name": "{queue.name}", "queue.name": "Network"}
    assert filled("{requester.name} {queue.name} {other}", values) == "{queue.name} Network {other}"
    number = desk.create()
    desk.do("alice", c.Solve((number,), "Restarted", "fixed"))
    desk.clock.forward(seconds=10)
    assert sent(desk) == []
    with pytest.raises(DeskError, match="stands for nothing"):
        desk.do("dana", c.ApplyPolicy('[mail]\nconfirmation = "{ticket.secret}"\n'))


def test_a_rule_that_replies_writes_as_the_desk_to_one_person_alone(desk: Desk) -> None:
    rule = '[[rules]]\nname = "hi"\non = "intake"\nwhen = "vpn"\ndo = [{ reply = "We know." }]\n'
    send_as(desk, 'confirmation = "off"\n' + rule)
    number = comes(desk, cc=people(BEN))
    desk.clock.forward(seconds=10)
    [one] = sent(desk)
    assert (one.automatic, one.text, [each.address for each in (*one.to, *one.cc)]) == (
        True,
        "We know.",
        [ANA],
    )
    assert fate(desk, number) == "sent"


SOLVES = """
[[rules]]
name = "Restarted"
on = "update"
events = ["changed:tag"]
when = "tag:restarted"
do = [{ solve = "fixed", text = "INSIDE restarted by the runbook" }]
"""
NOBODY_ASKED = """
[[rules]]
name = "Quiet"
on = "time"
since = "created"
after = "2d"
do = [{ solve = "answered", text = "INSIDE nobody asked" }]
"""
LATE = """
[[rules]]
name = "Late"
on = "update"
events = ["breached"]
do = [{ escalate = "lead", text = "INSIDE too late" }]
"""


def test_what_a_rule_solves_is_told_and_closes_in_time_as_if_solved_by_hand(desk: Desk) -> None:
    send_as(desk, SOLVES)
    number = desk.create()
    desk.do("alice", c.Tag((number,), ("restarted",)))
    assert desk.ticket(number).state is State.SOLVED
    desk.clock.forward(seconds=10)
    [one] = sent(desk)
    assert one.automatic
    assert "marked your request" in one.text
    assert "INSIDE" not in one.text
    desk.clock.forward(days=8)
    desk.store.run_due()
    desk.clock.forward(seconds=10)
    assert desk.ticket(number).state is State.CLOSED
    assert ["heard nothing more" in one.text for one in sent(desk)] == [True]
    assert sound(desk)


def test_undoing_what_set_a_rule_off_takes_its_mail_back_too(desk: Desk) -> None:
    send_as(desk, SOLVES)
    number = desk.create()
    desk.do("alice", c.Tag((number,), ("restarted",)))
    desk.do("alice", c.Undo())
    desk.clock.forward(minutes=5)
    assert (desk.ticket(number).state, sent(desk)) == (State.NEW, [])


def test_what_time_makes_rules_do_is_told(desk: Desk) -> None:
    send_as(desk, 'escalated = "{ticket.number} went up"\n' + LATE)
    first = desk.create(requester_address=ANA)
    desk.clock.forward(days=1)
    while desk.store.run_due():
        pass
    desk.clock.forward(minutes=1)
    assert [(one.to[0].address, one.text) for one in sent(desk)] == [(ANA, f"{first} went up")]
    send_as(desk, NOBODY_ASKED)
    desk.clock.forward(days=1)
    while desk.store.run_due():
        pass
    desk.clock.forward(minutes=1)
    assert desk.ticket(first).state is State.SOLVED
    assert ["marked your request" in one.text for one in sent(desk)] == [True]


def test_what_an_sla_policy_does_at_a_level_is_told(desk: Desk) -> None:
    levels = """
[[sla]]
name = "Standard"
calendar = "24x7"
targets = { P4 = { resolution = "4h" } }
[[sla.thresholds]]
at = "50%"
target = "resolution"
do = [{ escalate = "lead", text = "half of it is gone" }]
"""
    send_as(desk, 'escalated = "{ticket.number} went up"\n' + levels)
    number = desk.create()
    desk.clock.forward(hours=5)
    while desk.store.run_due():
        pass
    desk.clock.forward(minutes=1)
    assert [one.text for one in sent(desk)] == [f"{number} went up"]


def test_rules_that_solve_write_to_no_machine_and_only_once_an_hour(desk: Desk) -> None:
    send_as(desk, SOLVES)
    number = comes(desk, is_auto=True, auto_reason="Auto-Submitted")
    desk.do("bo", c.Tag((number,), ("restarted",)))
    numbers = [desk.create(requester_address=BEN) for _ in range(3)]
    desk.do("bo", c.Tag(tuple(numbers), ("restarted",)))
    desk.clock.forward(seconds=10)
    assert [one.to[0].address for one in sent(desk)] == [BEN]


def test_a_rule_that_answers_and_solves_writes_one_mail(desk: Desk) -> None:
    both = SOLVES.replace("do = [", 'do = [{ reply = "It runs again." }, ')
    send_as(desk, both)
    number = desk.create()
    desk.do("bo", c.Tag((number,), ("restarted",)))
    desk.clock.forward(seconds=10)
    assert [one.text for one in sent(desk)] == ["It runs again."]


def test_a_mail_that_a_rule_solves_at_once_is_told_so_and_not_confirmed_besides(desk: Desk) -> None:
    rule = SOLVES.replace('"update"\nevents = ["changed:tag"]', '"intake"').replace("tag:restarted", "vpn")
    send_as(desk, rule)
    comes(desk)
    desk.clock.forward(seconds=10)
    assert ["marked your request" in one.text for one in sent(desk)] == [True]


def test_a_mail_for_an_address_that_died_meanwhile_or_a_ticket_taken_back_is_withheld(sending: Desk) -> None:
    first, second = sending.create(requester_address=ANA), sending.create("alice", requester_address=BEN)
    sending.do("alice", c.Reply((first,), SAID))
    sending.do("alice", c.Reply((first,), SAID))
    sending.clock.forward(seconds=10)
    one = taken(sending)
    assert one is not None
    result = Result(permanent=True, words="550 5.1.1 no such user", dead=(ANA,))
    sending.store.settle_outgoing(one.number, "one", result, 0)
    assert taken(sending) is None
    assert fate(sending, first) == "stored, not sent: mail came back from every address it was for"
    assert second


def test_only_what_customers_may_read_can_be_read_for_a_mail(sending: Desk) -> None:
    number = comes(sending)
    sending.do("bo", c.Note((number,), "between us"))
    sending.do("bo", c.Reply((number,), SAID))
    sending.do("bo", c.Escalate((number,), c.EscalateTo.LEAD, reason="they know"))
    with sending.store.database.read() as connection:
        shown = [
            tickets.public_message(connection, message.id)
            for message in sending.store.ticket(number).messages
        ]
    assert [text for text in shown if text is not None] == [SAID]
    assert len(shown) >= 4


def test_more_than_two_hundred_automatic_mails_an_hour_leave_no_desk() -> None:
    now = START
    assert why_silent(Written(in_all=199), now) == ""
    assert "200" in why_silent(Written(in_all=200), now)
    assert why_silent(Written(in_all=200), now, answers=False) == ""
    times = [now - timedelta(minutes=1)] * 10
    assert "10 mails about one ticket" in why_silent(Written(about_this=times), now, answers=False)
    assert why_silent(Written(about_this=times[:9]), now) == ""
    assert why_silent(Written(), now, machine="a list") == "a list"
