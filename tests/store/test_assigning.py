"""Queues that give tickets out: whose turn it is and why, hours, absence, and what returns untouched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.calendar import Calendar
from deskterm.domain.errors import NotAllowed, Refused
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK
from deskterm.domain.policy import Assignment, Policy, QueueSettings
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.ticket import Ticket
from deskterm.store.store import Store
from tests.hours import office_week
from tests.small_desk import NETWORK, Desk

HALF_HOUR = 1800


class Giving:
    """A desk whose queues give tickets out."""

    def __init__(self, desk: Desk, policy: Policy) -> None:
        self.desk = desk
        self.store = Store(desk.store.database, DESK, clock=desk.clock, policy=policy)

    def create(self, login: str = "dana", queue: str = "payments", category: str = "") -> Ticket:
        """Open a ticket in a queue."""
        command = c.Create(
            "It fails", requester_address="ana@northwind.example", queue=queue, category=category
        )
        outcome = self.store.dispatch(command, actor=self.desk.actors[login])
        assert outcome.created is not None
        return self.ticket(outcome.created)

    def do(self, login: str, command: c.Command) -> None:
        """Dispatch a command."""
        self.store.dispatch(command, actor=self.desk.actors[login])

    def ticket(self, number: int) -> Ticket:
        """A ticket as it is now."""
        return self.store.ticket(number).ticket

    def owner(self, number: int) -> str:
        """Who has a ticket."""
        found = self.ticket(number).owner
        return self.desk.store.people().login(found) if found is not None else ""

    def reason(self, number: int) -> str:
        """Why the last owner got it."""
        for event in reversed(self.store.ticket(number).events):
            if event.change("owner") is not None:
                said = event.change("reason")
                return f"{event.via}: {said.after}" if said is not None else ""
        return ""


def giving(desk: Desk, settings: QueueSettings, **more: object) -> Giving:
    """Open the desk with settings of the queue payments."""
    return Giving(desk, Policy(queues={"payments": settings}, **more))  # type: ignore[arg-type]


@pytest.fixture
def robin(desk: Desk) -> Giving:
    """Payments gives tickets to its members in turn: alice, bo, carol and hana."""
    return giving(desk, QueueSettings(Assignment.ROUND_ROBIN, return_after=HALF_HOUR))


def test_round_robin_goes_round_and_says_so(robin: Giving) -> None:
    numbers = [robin.create().number for _ in range(5)]
    assert [robin.owner(number) for number in numbers] == ["alice", "bo", "carol", "hana", "alice"]
    assert robin.reason(numbers[0]) == "assignment: round robin in Payments: alice has had none yet"
    assert robin.reason(numbers[4]) == "assignment: round robin in Payments: alice has waited longest"
    assert robin.ticket(numbers[0]).state is State.OPEN


def test_other_queues_give_nothing(robin: Giving) -> None:
    assert robin.create(queue="network").owner is None


def test_a_ticket_that_is_moved_in_is_given_and_one_that_was_let_go_stays(robin: Giving) -> None:
    number = robin.create(queue="network").number
    robin.do("bo", c.Move((number,), 1, "yours"))
    assert robin.owner(number) == "alice"
    robin.do("bo", c.Assign((number,), None))
    assert robin.owner(number) == ""


def test_undo_of_what_brought_it_takes_the_assignment_back_too(robin: Giving) -> None:
    number = robin.create(queue="network").number
    robin.do("bo", c.Move((number,), 1, "yours"))
    robin.do("bo", c.Undo())
    assert (robin.ticket(number).queue, robin.owner(number)) == (NETWORK, "")


def test_the_least_loaded_gets_it_by_weight_and_nobody_more_than_they_carry(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("hana", "Hana Sato", desk.actors["hana"].agent.role, ("hr",)))  # type: ignore[union-attr]
    desk.do("dana", c.AddAgent("bo", "Bo Lindberg", queues=("payments",), capacity=1))
    desk.do("dana", c.AddAgent("alice", "Alice", queues=("payments",), capacity=2))
    desk.do("dana", c.AddAgent("carol", "Carol", queues=("payments",), capacity=1))
    least = giving(desk, QueueSettings(Assignment.LEAST_LOADED))
    numbers = [least.create().number for _ in range(5)]
    assert [least.owner(number) for number in numbers] == ["alice", "bo", "carol", "alice", ""]
    least.do("bo", c.Solve((numbers[1],), "done", "fixed"))
    desk.clock.forward(minutes=6)
    least.store.run_due()
    assert least.owner(numbers[4]) == "bo"


def test_who_is_away_gets_nothing_until_they_are_back(robin: Giving) -> None:
    robin.do("alice", c.GoAway(robin.desk.clock.at + timedelta(days=1)))
    robin.do("carol", c.GoAway(robin.desk.clock.at + timedelta(hours=1), robin.desk.id("bo")))
    assert [robin.owner(robin.create().number) for _ in range(2)] == ["carol", "hana"]
    robin.do("alice", c.GoAway(None))
    robin.desk.clock.forward(hours=2)
    assert [robin.owner(robin.create().number) for _ in range(2)] == ["alice", "bo"]


def test_going_away_is_for_oneself_or_for_leads_and_can_be_undone(robin: Giving) -> None:
    later = robin.desk.clock.at + timedelta(days=1)
    with pytest.raises(NotAllowed, match="send others away"):
        robin.do("alice", c.GoAway(later, robin.desk.id("bo")))
    with pytest.raises(Refused, match="has passed"):
        robin.do("alice", c.GoAway(robin.desk.clock.at))
    with pytest.raises(Refused, match="is here already"):
        robin.do("alice", c.GoAway(None))
    robin.do("alice", c.GoAway(later))
    robin.do("alice", c.Undo())
    assert robin.owner(robin.create().number) == "alice"


def test_outside_its_hours_a_queue_gives_out_when_it_opens(desk: Desk) -> None:
    office = Calendar("office", "UTC", office_week("10:00-18:00"))
    settings = QueueSettings(Assignment.ROUND_ROBIN, calendar="office")
    early = giving(desk, settings, calendars=(office,))
    number = early.create().number  # it is nine
    assert early.owner(number) == ""
    desk.clock.forward(minutes=59)
    early.store.run_due()
    assert early.owner(number) == ""
    desk.clock.forward(minutes=2)
    early.store.run_due()
    assert early.owner(number) == "alice"


def test_why_nobody_has_it_yet_is_said_and_when_it_is_tried_again(robin: Giving) -> None:
    desk = robin.desk
    for login in ("alice", "bo", "carol", "hana"):
        robin.do(login, c.GoAway(desk.clock.at + timedelta(days=1)))
    number = robin.create().number
    waits = robin.store.waits(number)
    assert waits is not None
    assert (waits.reason, waits.until - desk.clock.at) == (
        "Payments: nobody is here, so it waits in the queue",
        timedelta(minutes=5),
    )
    robin.do("bo", c.GoAway(None))
    assert "can give it to somebody by now" in getattr(robin.store.waits(number), "reason", "")
    robin.do("alice", c.Assign((number,), desk.id("alice")))
    assert robin.store.waits(number) is None
    # What was let go by hand, or came where nothing is given out, waits for nothing.
    robin.do("alice", c.Assign((number,), None))
    assert robin.store.waits(robin.create(queue="network").number) is None


def test_a_closed_queue_is_why_nobody_has_it(desk: Desk) -> None:
    office = Calendar("Office", "UTC", office_week("10:00-17:00"))
    early = giving(desk, QueueSettings(Assignment.ROUND_ROBIN, calendar="Office"), calendars=(office,))
    waits = early.store.waits(early.create().number)
    assert waits is not None
    assert waits.reason == "Payments is closed now, by its calendar"
    assert waits.until == desk.clock.at + timedelta(hours=1)


def test_what_its_owner_does_not_touch_goes_to_the_next(robin: Giving) -> None:
    number = robin.create().number
    robin.desk.clock.forward(minutes=31)
    robin.store.run_due()
    assert robin.owner(number) == "bo"
    told = [
        change.after for event in robin.store.ticket(number).events for change in event.changes
        if change.field == "reason"
    ]  # fmt: skip
    assert "alice did not touch it for 30m of business time: back to Payments" in told


def test_a_changed_policy_says_when_what_is_untouched_returns(desk: Desk) -> None:
    given = '[queues.payments]\nassign = "round robin"\nreturn_after = "{}"\n'
    desk.do("dana", c.ApplyPolicy(given.format("30m")))
    number = desk.create()
    owner = desk.ticket(number).owner
    desk.clock.forward(minutes=10)
    desk.do("dana", c.ApplyPolicy(given.format("4h")))
    for minutes in (25, 180):
        desk.clock.forward(minutes=minutes)
        desk.store.run_due()
        assert desk.ticket(number).owner == owner
    desk.clock.forward(minutes=30)
    desk.store.run_due()
    assert desk.ticket(number).owner not in (owner, None)


RETURNS = '[queues.payments]\nreturn_after = "{}"\n'


def test_return_after_that_is_switched_on_later_watches_what_was_given_out_before(desk: Desk) -> None:
    """From that moment on its owner has the whole time; what they touched or took stays with them."""
    idle, answered, taken = (desk.create() for _ in range(3))
    alice = desk.id("alice")
    desk.do("carol", c.Assign((idle, answered), alice))
    desk.do("alice", c.Assign((taken,), alice))
    desk.clock.forward(hours=5)
    desk.do("dana", c.ApplyPolicy(RETURNS.format("30m")))
    desk.store.recalculate()
    desk.do("alice", c.Note((answered,), "on it"))
    desk.clock.forward(minutes=29)
    desk.store.run_due()
    assert desk.ticket(idle).owner == alice
    desk.clock.forward(minutes=2)
    desk.store.run_due()
    assert [desk.ticket(number).owner for number in (idle, answered, taken)] == [None, alice, alice]
    told = desk.seen_by("").history(idle)[-1].change("reason")
    assert told is not None
    assert told.after == "alice did not touch it for 30m of business time: back to Payments"


def test_a_shorter_return_after_holds_for_what_is_given_out_and_another_policy_changes_nothing(
    desk: Desk,
) -> None:
    desk.do("dana", c.ApplyPolicy(RETURNS.format("8h")))
    desk.store.recalculate()
    number = desk.create()
    alice = desk.id("alice")
    desk.do("carol", c.Assign((number,), alice))
    desk.do("dana", c.ApplyPolicy(RETURNS.format("1h")))
    # Ended in between: the next policy goes on with what this one left.
    desk.do("dana", c.ApplyPolicy("[desk]\np1_share = '20%'"))
    desk.store.recalculate()
    desk.clock.forward(minutes=40)
    desk.do("dana", c.ApplyPolicy("[desk]\np1_share = '30%'"))
    desk.store.recalculate()
    desk.clock.forward(minutes=21)
    desk.store.run_due()
    assert desk.ticket(number).owner is None


def test_what_its_owner_touched_stays_with_them(robin: Giving) -> None:
    answered, noted, solved, taken = (robin.create().number for _ in range(4))
    robin.do(robin.owner(answered), c.Reply((answered,), "On it", State.OPEN))
    robin.do(robin.owner(noted), c.Note((noted,), "hm"))
    robin.do(robin.owner(solved), c.Solve((solved,), "done", "fixed"))
    robin.do("bo", c.Assign((taken,), robin.desk.id("bo")))
    owners = [robin.owner(number) for number in (answered, noted, solved, taken)]
    robin.desk.clock.forward(hours=2)
    robin.store.run_due()
    assert [robin.owner(number) for number in (answered, noted, solved, taken)] == owners


def test_skills_are_looked_for_and_the_fallback_says_that_nobody_has_them(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("bo", "Bo Lindberg", queues=("payments",), skills=("refunds",)))
    desk.do("dana", c.AddAgent("hugo", "Hugo Ek", queues=("hr",), skills=("vpn",)))
    able = giving(desk, QueueSettings(Assignment.SKILLS, fallback=Assignment.ROUND_ROBIN))
    number = able.create(category="Refunds").number
    assert able.owner(number) == "bo"
    assert able.reason(number) == "assignment: skills in Payments: bo knows refunds and has the least load"


def by_rule(desk: Desk, mode: str, *, calendar: bool = False, text: str = "") -> Giving:
    """A desk where a rule gives out what is tagged vip, by a mode; its queues do nothing by themselves."""
    rule = Rule("Give out", On.INTAKE, "tag:vip", (Action("assign", mode, text),))
    queues = {"payments": QueueSettings(calendar="office")} if calendar else {}
    office = Calendar("office", "UTC", office_week("10:00-18:00"))  # it is nine
    policy = Policy(rules=(rule,), queues=queues, calendars=(office,))
    return Giving(desk, policy)


def vip(giving: Giving) -> int:
    """Open a ticket that the rule is about."""
    command = c.Create("It fails", requester_address="ana@northwind.example", queue="payments", tags=("vip",))
    outcome = giving.store.dispatch(command, actor=giving.desk.actors["dana"])
    assert outcome.created is not None
    return outcome.created


def test_a_rule_gives_out_in_turn_and_keeps_why(desk: Desk) -> None:
    giving = by_rule(desk, "round robin", text="a VIP")
    numbers = [vip(giving) for _ in range(3)]
    assert [giving.owner(number) for number in numbers] == ["alice", "bo", "carol"]
    assert giving.reason(numbers[1]) == "rule: a VIP: round robin in Payments: bo has had none yet"
    assert giving.ticket(numbers[0]).state is State.OPEN
    assert giving.create().owner is None


def test_a_rule_gives_to_the_least_loaded_and_by_skills_where_nobody_has_them_says_so(desk: Desk) -> None:
    least = by_rule(desk, "least loaded")
    assert [least.owner(vip(least)) for _ in range(2)] == ["alice", "bo"]
    skilled = by_rule(desk, "skills")
    desk.do("dana", c.AddAgent("carol", "Carol", queues=("payments",), skills=("vip",)))
    number = vip(skilled)
    assert skilled.owner(number) == "carol"
    assert skilled.reason(number) == "rule: skills in Payments: carol knows vip and has the least load"


@pytest.mark.parametrize("closed", [True, False])
def test_a_rule_that_finds_nobody_says_why_and_is_tried_again(desk: Desk, closed: bool) -> None:
    giving = by_rule(desk, "round robin", calendar=closed)
    everybody = ("alice", "bo", "carol", "hana")
    for login in everybody if not closed else ():
        desk.do(login, c.GoAway(desk.clock.at + timedelta(minutes=30)))
    number = vip(giving)
    assert giving.owner(number) == ""
    (event,) = [event for event in giving.store.history(number) if event.kind == "ruled"]
    reason = event.change("reason")
    assert reason is not None
    assert ("Payments is closed now" if closed else "nobody is here") in reason.after
    desk.clock.forward(minutes=20)
    giving.store.run_due()
    assert giving.owner(number) == ""
    desk.clock.forward(minutes=41)
    giving.store.run_due()
    assert giving.owner(number) == "alice"
    assert giving.reason(number).startswith("assignment: for the rule Give out: round robin in Payments")


def test_what_somebody_took_meanwhile_is_not_given_again(desk: Desk) -> None:
    giving = by_rule(desk, "round robin", calendar=True)
    number = vip(giving)
    giving.do("bo", c.Assign((number,), desk.id("bo")))
    desk.clock.forward(hours=2)
    giving.store.run_due()
    assert giving.owner(number) == "bo"


def test_a_rule_that_gives_an_owned_ticket_out_finds_somebody_else(desk: Desk) -> None:
    rule = Rule("Pass on", On.UPDATE, "", (Action("assign", "least loaded"),), ("note",))
    giving = Giving(desk, Policy(rules=(rule,)))
    number = giving.create().number
    giving.do("bo", c.Assign((number,), desk.id("alice")))
    giving.do("bo", c.Note((number,), "please"))
    assert giving.owner(number) == "bo"
    giving.do("bo", c.Undo())
    assert giving.owner(number) == "alice"


def test_what_was_let_go_by_hand_is_not_given_out_by_an_earlier_try(robin: Giving) -> None:
    desk = robin.desk
    for login in ("alice", "bo", "carol", "hana"):
        robin.do(login, c.GoAway(desk.clock.at + timedelta(minutes=2)))
    number = robin.create().number
    robin.do("alice", c.Assign((number,), desk.id("alice")))
    robin.do("alice", c.Assign((number,), None))
    assert robin.store.waits(number) is None
    desk.clock.forward(minutes=6)
    robin.store.run_due()
    assert robin.owner(number) == ""
    # Taking it, taken back, was no letting go: it waits for whom its queue finds as before.
    for login in ("alice", "bo", "carol", "hana"):
        robin.do(login, c.GoAway(desk.clock.at + timedelta(minutes=2)))
    other = robin.create().number
    robin.do("alice", c.Assign((other,), desk.id("alice")))
    robin.do("alice", c.Undo())
    desk.clock.forward(minutes=6)
    robin.store.run_due()
    assert robin.owner(other) == "alice"
