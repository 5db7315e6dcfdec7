"""Undo and redo: single, bulk and chained, with others at work in between, of tickets and of the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, FieldMoved, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import Role
from deskterm.domain.ticket import Link, Ticket
from tests import invariants
from tests.small_desk import NETWORK, START, Desk


def plain(ticket: Ticket) -> Ticket:
    """A ticket but for what any event changes."""
    return replace(ticket, version=0, updated_at=ticket.created_at)


def test_undo_names_what_it_did_and_redo_too(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Assign((number,), desk.id("alice")))
    desk.do("alice", c.ChangeState((number,), State.PENDING))
    assert desk.do("alice", c.Undo()).summary == "Undid: Set #1 to pending"
    assert desk.do("alice", c.Undo()).summary == "Undid: Took #1"
    with pytest.raises(Refused, match="nothing to undo"):
        desk.do("alice", c.Undo())
    assert desk.do("alice", c.Redo()).summary == "Redid: Took #1"
    assert desk.do("alice", c.Redo()).summary == "Redid: Set #1 to pending"
    with pytest.raises(Refused, match="nothing to redo"):
        desk.do("alice", c.Redo())
    assert desk.do("alice", c.Undo()).summary == "Undid: Set #1 to pending"
    desk.do("alice", c.Note((number,), "Hm"))
    with pytest.raises(Refused, match="nothing to redo"):
        desk.do("alice", c.Redo())
    with pytest.raises(Refused, match="nothing to undo"):
        desk.do("carol", c.Undo())


def test_a_chain_of_undos_and_redos_walks_back_and_forth(desk: Desk) -> None:
    number = desk.create()
    seen = [plain(desk.ticket(number))]
    for command in (
        c.Assign((number,), desk.id("alice")),
        c.SetPriority((number,), Priority.P1, reason="vip"),
        c.Tag((number,), ("vpn",)),
        c.Reply((number,), "Hello"),
        c.Solve((number,), "rolled back"),
    ):
        desk.clock.forward(minutes=1)
        desk.do("alice", command)
        seen.append(plain(desk.ticket(number)))
    for _ in range(2):
        for before in reversed(seen[:-1]):
            desk.clock.forward(minutes=1)
            desk.do("alice", c.Undo())
            assert plain(desk.ticket(number)) == before
        for after in seen[1:]:
            desk.clock.forward(minutes=1)
            desk.do("alice", c.Redo())
            assert plain(desk.ticket(number)) == after
    invariants.check(desk.store.database)


def test_a_bulk_edit_is_one_command_and_one_undo(desk: Desk) -> None:
    numbers = tuple(desk.create(impact=Level.LOW) for _ in range(30))
    before = [plain(desk.ticket(number)) for number in numbers]
    outcome = desk.do("alice", c.SetPriority(numbers, Priority.P1, reason="outage", beyond="all are down"))
    assert (outcome.changed, outcome.refused) == (numbers, ())
    assert outcome.summary == "Set the priority of 30 tickets"
    assert desk.do("alice", c.Undo()).changed == numbers
    assert [plain(desk.ticket(number)) for number in numbers] == before


def test_a_bulk_undo_is_all_or_nothing(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(5))
    desk.do("alice", c.SetPriority(numbers, Priority.P1, reason="outage"))
    desk.do("bo", c.SetPriority(numbers[2:3], Priority.P2, reason="calmer"))
    with pytest.raises(FieldMoved, match="bo set the priority of #3 to P2 since"):
        desk.do("alice", c.Undo())
    assert [desk.ticket(number).priority for number in numbers] == ["P1", "P1", "P2", "P1", "P1"]


def test_a_refused_undo_names_who_and_what(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Assign((number,), desk.id("alice")))
    desk.clock.forward(minutes=3)
    desk.do("bo", c.Assign((number,), desk.id("bo")))
    with pytest.raises(FieldMoved) as refused:
        desk.do("alice", c.Undo())
    error = refused.value
    assert error.message == "cannot be taken back: bo set the owner of #1 to bo since"
    assert (error.by, error.at, error.field, error.exit_code) == ("bo", desk.clock.at, "owner", 5)
    assert error.mine == desk.id("alice")
    assert error.theirs == desk.id("bo")


def test_what_others_did_to_other_fields_stays(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Tag((number,), ("vpn", "eu")))
    desk.do("bo", c.Tag((number,), ("outage",), ("eu",)))
    desk.do("bo", c.Note((number,), "Hm"))
    desk.do("alice", c.Undo())
    assert desk.ticket(number).tags == {"outage"}


def test_what_waits_since_it_was_opened_without_a_message_still_does(desk: Desk) -> None:
    opened = desk.clock.at
    number, into = desk.create(), desk.create()
    desk.clock.forward(minutes=10)
    desk.do("", c.Receive((number,), "And the printer too"))
    assert desk.ticket(number).waiting_since == opened
    for command in (c.Merge((number,), into), c.Reply((number,), "We look"), c.Solve((number,), "done")):
        desk.do("bo", command)
        desk.do("bo", c.Undo())
        assert desk.ticket(number).waiting_since == opened


def test_a_reply_is_taken_back_after_others_wrote(desk: Desk) -> None:
    number = desk.create(text="please")
    for login in ("alice", "bo"):
        desk.clock.forward(minutes=5)
        desk.do(login, c.Reply((number,), f"from {login}"))
    desk.do("alice", c.Undo())
    ticket = desk.ticket(number)
    assert ticket.first_replied_at == ticket.replied_at == START + timedelta(minutes=10)
    assert [message.text for message in desk.store.ticket(number).messages] == ["please", "from bo"]
    desk.do("bo", c.Undo())
    ticket = desk.ticket(number)
    assert (ticket.first_replied_at, ticket.replied_at, ticket.waiting_since) == (None, None, START)
    invariants.check(desk.store.database)


def test_a_created_ticket_goes_and_comes_back_with_all_it_had(desk: Desk) -> None:
    number = desk.create("alice", text="please", tags=("vpn",))
    before = plain(desk.ticket(number))
    desk.do("alice", c.Undo())
    store = desk.seen_by("bo")
    with pytest.raises(NotFound):
        store.ticket(number)
    assert store.listing("is:any").rows == ()
    assert store.counts().views[-1].count == 0
    assert store.board("").ticks == ()
    assert store.quick("fails is:any") == ()
    with pytest.raises(Refused, match="was taken back"):
        desk.do("bo", c.Note((number,), "Hm"))
    with pytest.raises(Refused, match="was taken back"):
        desk.do("bo", c.Remind(START + timedelta(1), "x", number))
    assert desk.create("alice") == number + 1
    desk.do("alice", c.Undo())
    desk.do("alice", c.Redo())
    with pytest.raises(Refused, match="nothing to redo"):
        desk.do("alice", c.Redo())
    desk.do("alice", c.Undo())
    desk.do("carol", c.Undo(_command_that_undid(desk, number)))
    assert plain(desk.ticket(number)) == before
    invariants.check(desk.store.database)


def _command_that_undid(desk: Desk, number: int) -> int:
    from deskterm.storage import journal

    with desk.store.database.read() as connection:
        return journal.of_ticket(connection, number)[-1].command


@pytest.mark.parametrize("who", ["bo", ""])
def test_a_ticket_that_others_worked_on_is_not_taken_back(desk: Desk, who: str) -> None:
    number = desk.create("alice", text="please")
    desk.do("alice", c.Tag((number,), ("vpn",)))
    desk.do("alice", c.Undo())
    desk.do(who, c.Note((number,), "Hm") if who else c.Receive((number,), "and?"))
    with pytest.raises(FieldMoved) as refused:
        desk.do("alice", c.Undo())
    assert refused.value.by == (who or "the requester")
    assert f"#1 cannot be taken back: since then {refused.value.by}: " in refused.value.message


def test_what_time_did_is_nobody_s_work(desk: Desk) -> None:
    number = desk.create("alice", impact=Level.HIGH, urgency=Level.HIGH)
    desk.clock.forward(hours=1)
    assert desk.store.run_due() == 2
    desk.do("alice", c.Undo())
    with pytest.raises(NotFound):
        desk.seen_by("alice").ticket(number)
    desk.clock.forward(hours=9)
    assert desk.store.run_due() == 0


def test_a_command_is_taken_back_once_whoever_does_it(desk: Desk) -> None:
    number = desk.create()
    outcome = desk.do("alice", c.Note((number,), "Hm"))
    with pytest.raises(NotAllowed, match="that needs a lead"):
        desk.do("bo", c.Undo(outcome.command))
    undone = desk.do("carol", c.Undo(outcome.command))
    assert desk.ticket(number).messages == 0
    with pytest.raises(Refused, match="taken back already"):
        desk.do("carol", c.Undo(outcome.command))
    with pytest.raises(Refused, match="nothing to undo"):
        desk.do("alice", c.Undo())
    desk.do("carol", c.Redo())
    assert desk.ticket(number).messages == 1
    with pytest.raises(Refused, match="taken back already"):
        desk.do("carol", c.Undo(undone.command))
    with pytest.raises(NotFound):
        desk.do("carol", c.Undo(9999))
    assert desk.do("alice", c.Undo()).summary == "Undid: Noted on #1"


def test_links_are_taken_back_on_both_sides(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(4))
    outcome = desk.do("alice", c.LinkTo(numbers[:3], "child", numbers[3]))
    assert outcome.summary == "Linked 3 tickets"
    assert desk.ticket(4).links == {Link("parent", n) for n in numbers[:3]}
    desk.do("alice", c.Undo())
    assert not any(desk.ticket(number).links for number in numbers)
    desk.do("alice", c.Redo())
    desk.do("bo", c.LinkTo((1,), "child", 4, remove=True))
    desk.do("alice", c.Undo())
    assert not any(desk.ticket(number).links for number in numbers)
    invariants.check(desk.store.database)


def test_snoozes_come_back_as_they_were(desk: Desk) -> None:
    number, store = desk.create(text="please"), desk.seen_by("alice")
    first, second = START + timedelta(hours=1), START + timedelta(hours=2)
    desk.do("alice", c.Snooze((number,), first))
    desk.do("alice", c.Snooze((number,), second))
    assert store.ticket(number).snoozed_until == second
    desk.do("alice", c.Undo())
    assert store.ticket(number).snoozed_until == first
    desk.do("carol", c.Receive((number,), "and?", "phone"))
    assert store.ticket(number).snoozed_until is None
    assert store.count("") == 1
    desk.do("carol", c.Undo())
    assert store.ticket(number).snoozed_until == first
    invariants.check(desk.store.database)
    desk.clock.at = first
    assert desk.store.run_due() == 1
    assert store.ticket(number).snoozed_until is None
    assert store.count("") == 1


def test_reminders_come_and_go(desk: Desk) -> None:
    number, store = desk.create(), desk.seen_by("alice")
    for ticket in (number, None):
        desk.do("alice", c.Remind(START + timedelta(hours=1), "call", ticket))
        (line,) = store.reminders()
        assert (line.ticket, line.text, line.agent, line.state) == (ticket, "call", "alice", "pending")
        desk.do("alice", c.Undo())
        assert store.reminders() == ()
        desk.do("alice", c.Redo())
        desk.do("alice", c.DismissReminder(line.id))
        assert store.reminders() == ()
        desk.do("alice", c.Undo())
        assert [line.state for line in store.reminders()] == ["pending"]
        with pytest.raises(NotFound):
            desk.do("bo", c.DismissReminder(line.id))
        desk.do("alice", c.DismissReminder(line.id))
    desk.clock.forward(hours=2)
    assert desk.store.run_due() == 0
    invariants.check(desk.store.database)


def test_the_desk_s_own_changes_are_taken_back(desk: Desk) -> None:
    before = desk.store.people()
    desk.do("dana", c.AddQueue("Billing"))
    desk.do("dana", c.AddAgent("eve", "Eve", Role.LEAD, ("billing", "payments"), "L2", 5))
    desk.do("dana", c.AddAgent("bo", "Bo L.", Role.VIEWER, ("billing",)))
    after = desk.store.people()
    for _ in range(3):
        desk.do("dana", c.Undo())
    known = desk.store.people()
    assert known.queues == before.queues
    assert {a for a in known.agents.values() if a.active} == set(before.agents.values())
    for _ in range(3):
        desk.do("dana", c.Redo())
    assert desk.store.people().agents == after.agents
    assert desk.store.people().queues == after.queues


def test_the_desk_s_changes_are_not_taken_back_over_somebody_else_s(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("eve", "Eve"))
    desk.do("", c.AddAgent("eve", "Eve", Role.LEAD))
    with pytest.raises(Conflict, match="the agent was changed since"):
        desk.do("dana", c.Undo())
    desk.do("dana", c.AddQueue("Billing"))
    desk.create(queue="billing")
    with pytest.raises(Refused, match="holds 1 tickets"):
        desk.do("dana", c.Undo())


def test_saved_views_come_and_go(desk: Desk) -> None:
    store = desk.seen_by("alice")

    def saved() -> list[tuple[str, str]]:
        return [(line.name, line.query) for line in store.counts().views if line.kind == "saved"]

    desk.do("alice", c.SaveView("Mine", "owner:me"))
    desk.do("alice", c.SaveView("Mine", "owner:me is:any"))
    assert saved() == [("Mine", "owner:me is:any")]
    desk.do("alice", c.Undo())
    assert saved() == [("Mine", "owner:me")]
    desk.do("alice", c.SaveView("Mine", ""))
    assert saved() == []
    desk.do("alice", c.Undo())
    assert saved() == [("Mine", "owner:me")]


def test_several_steps_together_are_one_undo(desk: Desk) -> None:
    first, second = desk.create(), desk.create()
    before = [plain(desk.ticket(number)) for number in (first, second)]
    steps = c.Together(
        (c.Note((first,), "Hm"), c.LinkTo((first,), "duplicate", second), c.Close((first,), "duplicate"))
    )
    outcome = desk.do("alice", steps)
    assert outcome.summary == "Noted on #1 · Linked #1 · Closed #1: duplicate"
    assert set(outcome.changed) == {first, second}
    assert desk.ticket(second).links == {Link("duplicate", first)}
    assert desk.store.count("is:merged") == 1
    desk.do("alice", c.Undo())
    assert [plain(desk.ticket(number)) for number in (first, second)] == before
    with pytest.raises(Refused):
        desk.do("alice", c.Together((c.Note((first,), "Hm"), c.Close((first,), "boredom"))))
    assert plain(desk.ticket(first)) == before[0]


def test_an_actor_who_lost_sight_or_rights_takes_nothing_back(desk: Desk) -> None:
    number = desk.create("bo", queue="network")
    desk.do("bo", c.Tag((number,), ("vpn",)))
    desk.do("dana", c.AddAgent("bo", "Bo Lindberg", Role.VIEWER))
    with pytest.raises(NotAllowed):
        desk.do("bo", c.Undo())
    desk.do("dana", c.AddQueue("Network", confidential=True))
    with pytest.raises(NotFound):
        desk.seen_by("bo").ticket(number)
    assert desk.ticket(number).queue == NETWORK
