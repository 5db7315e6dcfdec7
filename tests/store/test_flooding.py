"""Floods of mail: no hundred tickets from one sender, nothing lost, people told once; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

from deskterm.domain import commands as c
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.kinds import MessageKind, State
from deskterm.storage import journal, people
from deskterm.storage import mail as kept
from deskterm.storage.scope import Scope
from deskterm.store.topics import notice_since
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.mails import mail, raw
from tests.outgoing import ANA, BEN, SUPPORT
from tests.small_desk import HR, START, Desk

ROBOT = "robot@plant.example"


def comes(desk: Desk, sender: str = ROBOT, box: Mailbox = SUPPORT, **values: Any) -> Received:
    one = mail(sender, **values)
    desk.store.read_mail = lambda held: one
    return desk.store.receive_mail(one, raw(one), box)


def became(desk: Desk, count: int, sender: str = ROBOT, box: Mailbox = SUPPORT, **values: Any) -> list[str]:
    return [comes(desk, sender, box, **values).became.value for _ in range(count)]


def warnings(desk: Desk) -> list[str]:
    """What people were told of floods, on all tickets."""
    numbers = [row.number for row in desk.store.listing("is:any", limit=2000).rows]
    found = [one for number in numbers for one in desk.store.ticket(number).messages]
    return [one.text for one in found if one.kind is MessageKind.SYSTEM and "flood" in one.text]


def ours(desk: Desk, number: int) -> tuple[str, ...]:
    """The id of a mail that the desk sent for a ticket."""
    signer = desk.store.database.write(kept.sure_signer)
    return (signer.message_id(number, 1, "desk.example"),)


def test_one_sender_opens_twenty_tickets_an_hour_and_the_rest_is_held(desk: Desk) -> None:
    assert became(desk, 50) == 20 * ["created"] + 30 * ["quarantined"]
    assert became(desk, 1, ANA) == ["created"]
    held = desk.store.quarantine()
    assert len(held) == 30
    assert {one.reason for one in held} == {f"flood: 20 tickets within an hour by mail from {ROBOT}"}
    assert len(warnings(desk)) == 1
    assert "waits in quarantine" in desk.store.ticket(20).messages[-1].text
    check(desk.store.database)
    assert all("open to others" in fault for fault in examine(desk.store).faults)


def test_terminals_ring_once_for_a_flood(desk: Desk) -> None:
    became(desk, 20)
    rang = []
    for _ in range(10):
        with desk.store.database.read() as connection:
            before = journal.last_seq(connection)
        became(desk, 1)
        with desk.store.database.read() as connection:
            directory = people.directory(connection)
            notice = notice_since(connection, Scope(desk.actors["bo"], directory, START, UTC, True), before)
        assert notice is not None
        rang.append("quarantine" in notice.topics)
    assert rang == [True] + 9 * [False]


def test_what_is_held_can_be_tried_again_and_is_then_taken_in(desk: Desk) -> None:
    became(desk, 21)
    [held] = desk.store.quarantine()
    assert desk.store.retry_mail(held.number).became is Became.CREATED
    assert desk.store.quarantine() == ()
    assert len(desk.store.listing("is:any", limit=100).rows) == 21


def test_who_goes_on_is_held_until_there_is_less(desk: Desk) -> None:
    became(desk, 25)
    for _ in range(6):
        desk.clock.forward(minutes=30)
        assert set(became(desk, 20)) == {"quarantined"}
    assert len(warnings(desk)) == 1
    desk.clock.forward(minutes=61)
    assert became(desk, 2) == ["created", "created"]


def test_a_mailbox_may_expect_more_and_some_senders_may_send_all(desk: Desk) -> None:
    box = replace(SUPPORT, tickets_an_hour=3)
    assert became(desk, 4, box=box)[-1] == "quarantined"
    for known in (ROBOT, "@plant.example", "@PLANT.example"):
        assert set(became(desk, 4, box=replace(box, many_from=(known,)))) == {"created"}
    assert set(became(desk, 30, BEN, box=replace(SUPPORT, tickets_an_hour=0))) == {"created"}


def test_a_limit_of_open_tickets(desk: Desk) -> None:
    box = replace(SUPPORT, open_tickets=2)
    assert became(desk, 3, ANA, box) == ["created", "created", "quarantined"]
    assert "2 tickets of ana@northwind.example are open already" in desk.store.quarantine()[0].reason
    desk.do("bo", c.Solve((1,), "rolled back"))
    assert became(desk, 2, ANA, box) == ["created", "quarantined"]


def test_a_loop_on_one_ticket_stops_and_starts_no_rules(desk: Desk) -> None:
    comes(desk, ANA)
    for minute in range(60):
        comes(desk, ANA, in_reply_to=ours(desk, 1), text=f"round {minute}")
        desk.clock.forward(seconds=10)
    assert desk.store.ticket(1).ticket.messages == 10 + 1
    assert len(desk.store.quarantine()) == 51
    assert desk.store.quarantine()[0].reason == f"flood: 10 mails from {ANA} on one ticket within 10 minutes"
    assert comes(desk, BEN, in_reply_to=ours(desk, 1)).became is Became.CREATED
    desk.clock.forward(hours=11)
    assert comes(desk, ANA, in_reply_to=ours(desk, 1)).became is Became.JOINED
    assert len(warnings(desk)) == 1


def test_answers_to_what_closed_long_ago_open_no_more_than_new_mail(desk: Desk) -> None:
    comes(desk, ANA)
    desk.do("bo", c.Solve((1,), "rolled back"))
    desk.do("bo", c.Close((1,), "confirmed"))
    desk.clock.forward(days=30)
    found = became(desk, 25, ANA, in_reply_to=ours(desk, 1), box=replace(SUPPORT, tickets_an_hour=5))
    assert found == 5 * ["follow-up"] + 20 * ["quarantined"]
    assert desk.ticket(1).state is State.CLOSED


def test_a_storm_of_bounces_does_not_bury_a_ticket(desk: Desk) -> None:
    comes(desk, ANA)
    for number in range(30):
        one = mail(
            "MAILER-DAEMON@plant.example",
            f"{number}",
            is_auto=True,
            is_bounce=True,
            bounce_for=BEN,
            bounced_ids=ours(desk, 1),
        )
        desk.store.receive_mail(one, raw(one), SUPPORT)
    assert desk.store.ticket(1).ticket.messages <= 12
    assert len(desk.store.quarantine()) == 20


def test_a_mail_that_is_held_and_comes_again_is_there_once(desk: Desk) -> None:
    became(desk, 20)
    one = mail(ROBOT)
    desk.store.read_mail = lambda held: one
    for _ in range(2):
        assert desk.store.receive_mail(one, raw(one), SUPPORT).became is Became.QUARANTINED
    assert len(desk.store.quarantine()) == 1
    desk.clock.forward(hours=2)
    assert desk.store.receive_mail(one, raw(one), SUPPORT).became is Became.CREATED
    assert desk.store.retry_mail(1).became is Became.KNOWN
    assert desk.store.quarantine() == ()


def test_what_a_person_brings_in_is_no_flood(desk: Desk) -> None:
    for _ in range(30):
        one = mail(ROBOT)
        assert desk.store.receive_mail(one, raw(one), SUPPORT, asked=True).became is Became.CREATED


def test_a_flood_on_a_confidential_ticket_is_held_for_its_members_alone(desk: Desk) -> None:
    comes(desk, ANA)
    desk.do("hana", c.Move((1,), HR))
    became(desk, 15, ANA, in_reply_to=ours(desk, 1))
    assert len(desk.seen_by("hugo").quarantine()) == 6
    assert desk.seen_by("bo").quarantine() == ()
