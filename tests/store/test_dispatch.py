"""Dispatching: selections with partial refusals, conflicts that say who, messages not seen, drafts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, FieldMoved, NewMessages, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Actor, Agent, Role
from deskterm.storage import journal
from tests.small_desk import HR, NETWORK, START, Desk


def events_of(desk: Desk) -> int:
    """How many events the desk has."""
    with desk.store.database.read() as connection:
        return journal.last_seq(connection)


def test_a_selection_does_what_it_can_and_says_what_it_cannot(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    desk.do("bo", c.Close(numbers[1:2], "spam"))
    outcome = desk.do("alice", c.Assign((*numbers, 99, numbers[0]), desk.id("alice")))
    assert outcome.changed == (numbers[0], numbers[2])
    assert outcome.refused == ((2, "#2 is closed"), (99, "there is no ticket #99"))
    assert outcome.summary == "Took 2 tickets"


def test_a_selection_of_which_nothing_is_possible_is_refused_and_leaves_nothing(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    desk.do("bo", c.Close(numbers, "spam"))
    before = events_of(desk)
    with pytest.raises(Refused, match="none of 3 tickets: #1 is closed") as refused:
        desk.do("alice", c.Assign(numbers, desk.id("alice")))
    assert refused.value.field == "state"
    assert events_of(desk) == before
    with pytest.raises(Refused, match="nothing to undo"):
        desk.do("alice", c.Undo())
    with pytest.raises(NotFound, match="none of 2 tickets"):
        desk.do("alice", c.Note((98, 99), "Hm"))
    with pytest.raises(Refused, match="no ticket was named"):
        desk.do("alice", c.Note((), "Hm"))


def test_different_fields_both_succeed_and_the_same_field_is_a_conflict(desk: Desk) -> None:
    number = desk.create()
    looked_at = {"priority": Priority.P4, "owner": None}
    desk.do("alice", c.Assign((number,), desk.id("alice"), expected={"owner": None}))
    desk.clock.forward(minutes=2)
    desk.do("bo", c.SetPriority((number,), Priority.P1, reason="vip", expected={"priority": Priority.P4}))
    with pytest.raises(FieldMoved) as moved:
        desk.do("carol", c.SetPriority((number,), Priority.P2, reason="big", expected=looked_at))
    error = moved.value
    assert isinstance(error, Conflict)
    assert error.field in looked_at
    with pytest.raises(FieldMoved) as moved:
        desk.do(
            "carol", c.SetPriority((number,), Priority.P2, reason="big", expected={"priority": Priority.P4})
        )
    error = moved.value
    assert error.message == "bo set the priority of #1 to P1 meanwhile"
    assert (error.by, error.at, error.mine, error.theirs) == ("bo", desk.clock.at, Priority.P4, Priority.P1)
    assert desk.ticket(number).priority is Priority.P1


@pytest.mark.parametrize(
    "command",
    [
        c.Note((1,), "Hm"),
        c.Reply((1,), "Hm"),
        c.Receive((1,), "Hm"),
        c.Solve((1,), "ok", message="Hm"),
        c.Move((1,), NETWORK, "Hm"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_reply_waits_for_what_was_not_seen(desk: Desk, command: c.TicketCommand) -> None:
    number = desk.create(text="please")
    seen = desk.seen_by("alice").ticket(number).ticket.version
    desk.do("alice", c.Note((number,), "mine"))
    desk.do("bo", c.Tag((number,), ("vpn",)))
    desk.do("bo", command)
    with pytest.raises(NewMessages, match="1 new message on #1") as refused:
        desk.do("alice", c.Reply((number,), "Hello", seen=seen))
    assert refused.value.field == "messages"
    later = desk.seen_by("alice").ticket(number).ticket.version
    assert desk.do("alice", c.Reply((number,), "Hello", seen=later)).changed == (number,)


def test_sending_throws_the_draft_away_in_the_same_step(desk: Desk) -> None:
    number, store = desk.create(), desk.seen_by("alice")
    for kind in ("reply", "note"):
        store.save_draft(number, kind, "Hello", 3)
    desk.seen_by("bo").save_draft(number, "reply", "Hi", 3)
    with pytest.raises(Refused):
        store.dispatch(c.Reply((number,), " "))
    assert [(draft.kind, draft.text, draft.seen) for draft in store.drafts(number)] == [
        ("note", "Hello", 3),
        ("reply", "Hello", 3),
    ]
    store.dispatch(c.Reply((number,), "Hello"))
    assert [draft.kind for draft in store.ticket(number).drafts] == ["note"]
    store.save_draft(number, "note", "", 3)
    store.save_draft(number, "note", "  ", 3)
    assert store.drafts(number) == ()
    assert len(desk.others[1].drafts(number)) == 1
    with pytest.raises(Refused):
        store.save_draft(number, "poem", "Hello", 3)
    with pytest.raises(NotAllowed):
        desk.store.save_draft(number, "note", "Hello", 3)


def test_roles_are_those_of_this_moment(desk: Desk) -> None:
    number = desk.create()
    with pytest.raises(NotAllowed, match="vera may not write notes: that needs an agent"):
        desk.do("vera", c.Note((number,), "Hm"))
    desk.do("vera", c.Follow((number,)))
    with pytest.raises(NotAllowed):
        desk.do("vera", c.Together((c.Follow((number,), on=False), c.Note((number,), "Hm"))))
    desk.do("dana", c.AddAgent("vera", "Vera Voss", Role.AGENT, ("payments",)))
    desk.do("vera", c.Note((number,), "Hm"))
    desk.do("dana", c.AddAgent("vera", "Vera Voss", Role.VIEWER, ("payments",)))
    with pytest.raises(NotAllowed):
        desk.do("vera", c.Note((number,), "Hm"))
    desk.do("dana", c.AddAgent("new", "New"))
    new = Actor(desk.store.people().agent("new"))
    desk.do("dana", c.Undo())
    with pytest.raises(NotAllowed, match="does not work here any more"):
        desk.store.dispatch(c.Note((number,), "Hm"), actor=new)
    with pytest.raises(NotAllowed, match="is no agent of this desk"):
        desk.store.dispatch(c.Note((number,), "Hm"), actor=Actor(Agent(99, "x", "X", Role.ADMIN)))


def test_only_the_scheduler_says_that_a_time_has_come(desk: Desk) -> None:
    number = desk.create()
    for command in (
        c.ClockDue((number,), "resolution", "breached"),
        c.SnoozeDue((number,), 1),
        c.ReminderDue(1),
    ):
        with pytest.raises(NotAllowed):
            desk.do("dana", command)


def test_moving_into_confidence_frees_an_owner_who_may_not_see_it(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Assign((number,), desk.id("alice")))
    desk.do("hana", c.Move((number,), HR))
    assert desk.ticket(number).owner is None
    with pytest.raises(NotFound):
        desk.do("alice", c.Note((number,), "Hm"))


def test_agents_and_queues_are_found_whatever_the_case(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("ALICE", "Alice M.", Role.LEAD, ("Payments",)))
    (alice,) = [agent for agent in desk.store.people().agents.values() if agent.login.lower() == "alice"]
    assert (alice.login, alice.name, alice.role) == ("alice", "Alice M.", Role.LEAD)
    desk.do("dana", c.AddAgent("x1", "alice"))
    desk.do("dana", c.Undo())
    assert desk.store.people().agent("alice") == alice
    desk.do("dana", c.AddQueue("PAYMENTS"))
    assert [queue.name for queue in desk.store.people().queues.values() if queue.key == "payments"] == [
        "PAYMENTS"
    ]
    desk.do("dana", c.Undo())
    assert desk.store.people().queues[1].name == "Payments"
    for command in (c.AddAgent("a b", "x"), c.AddAgent("x", "x", queues=("nowhere",)), c.AddQueue("!?")):
        with pytest.raises(Refused):
            desk.do("dana", command)


def test_a_reminder_rings_for_whom_it_is_meant(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.Remind(START + timedelta(hours=1), "call\nback", number, desk.id("alice")))
    (line,) = desk.seen_by("alice").reminders()
    assert (line.text, line.ticket, line.state) == ("call back", number, "pending")
    assert desk.seen_by("bo").reminders() == ()
    assert [line.agent for line in desk.seen_by("bo").ticket(number).reminders] == ["alice"]
    desk.clock.forward(hours=1)
    assert desk.store.run_due() == 1
    assert desk.store.run_due() == 0
    (line,) = desk.seen_by("alice").reminders()
    assert line.state == "fired"
    desk.clock.forward(hours=13)
    assert desk.seen_by("alice").reminders() == ()
    with pytest.raises(Refused, match="fired already"):
        desk.do("alice", c.DismissReminder(line.id))
    for late in (c.Remind(START, "x"), c.Remind(desk.clock.at, "x", number)):
        with pytest.raises(Refused, match="has passed"):
            desk.do("alice", late)


def test_clocks_are_recorded_once_and_again_when_they_breach_anew(desk: Desk) -> None:
    number = desk.create(impact="high", urgency="high")
    desk.clock.forward(minutes=16)
    assert (desk.store.run_due(), desk.store.run_due()) == (2, 0)
    assert desk.ticket(number).alerts == {"first_reply:at_risk", "first_reply:breached"}
    desk.do("bo", c.SetPriority((number,), Priority.P4, reason="calm"))
    assert desk.ticket(number).alerts == frozenset()
    desk.do("bo", c.Undo())
    assert desk.ticket(number).alerts == {"first_reply:at_risk", "first_reply:breached"}
    assert desk.store.run_due() == 0
    desk.do("bo", c.Redo())
    desk.clock.forward(hours=9)
    assert desk.store.run_due() == 2
    desk.do("bo", c.Reply((number,), "Hello", State.OPEN))
    kinds = [event.kind for event in desk.store.history(number)]
    assert (kinds.count("at_risk"), kinds.count("breached"), kinds.count("settled")) == (2, 2, 1)


def test_late_work_is_done_in_portions_oldest_first(desk: Desk) -> None:
    for _ in range(70):
        desk.create()
    desk.clock.forward(days=9)
    portions = []
    while done := desk.store.run_due():
        portions.append(done)
    assert portions == [100, 100, 80]
