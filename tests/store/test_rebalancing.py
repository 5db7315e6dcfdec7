"""Rebalancing a desk: one step with one undo, live changes refuse only themselves, nothing secret leaks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.calendar import Calendar
from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK
from deskterm.domain.policy import Policy, QueueSettings
from deskterm.domain.rebalancing import Rebalancing
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests.hours import office_week
from tests.small_desk import HR, NETWORK, Desk


def carry(desk: Desk, login: str, count: int, tags: tuple[str, ...] = ()) -> list[int]:
    """Give somebody so many tickets of Payments."""
    return [desk.create("dana", owner=desk.id(login), tags=tags) for _ in range(count)]


def ask(desk: Desk, login: str = "carol", query: str = "") -> Rebalancing:
    """Ask for a proposal as somebody."""
    return desk.seen_by(login).rebalancing(query)


def moves(found: Rebalancing) -> c.Rebalance:
    """All of a proposal as a command."""
    return c.Rebalance(
        tuple((one.ticket, one.queue, one.giver, one.taker, one.reason) for one in found.moves)
    )


def owners(desk: Desk, numbers: list[int]) -> list[int | None]:
    """Who has which ticket."""
    return [desk.ticket(number).owner for number in numbers]


def test_a_proposal_is_carried_out_as_one_step_and_taken_back_as_one(desk: Desk) -> None:
    numbers = carry(desk, "alice", 12)
    found = ask(desk)
    assert len(found.moves) >= 2
    outcome = desk.do("carol", moves(found))
    assert outcome.summary == f"Rebalanced: {len(found.moves)} tickets given to colleagues"
    assert {desk.ticket(one.ticket).owner for one in found.moves} <= {
        desk.id("bo"),
        desk.id("carol"),
        desk.id("hana"),
    }
    event = desk.store.history(found.moves[0].ticket)[-1]
    reason = event.change("reason")
    assert (event.kind, event.actor) == ("assigned", desk.id("carol"))
    assert reason is not None
    assert reason.after.startswith("rebalanced: alice held 12 of 10")
    assert ask(desk).moves == ()
    desk.do("carol", c.Undo())
    assert owners(desk, numbers) == [desk.id("alice")] * 12


def test_what_changed_meanwhile_is_left_out_and_named(desk: Desk) -> None:
    carry(desk, "alice", 12)
    found = ask(desk)
    first, second, *rest = found.moves
    desk.do("bo", c.Assign((first.ticket,), desk.id("bo")))
    desk.do("alice", c.Move((second.ticket,), NETWORK, "a network thing"))
    outcome = desk.do("carol", moves(found))
    assert set(outcome.changed) == {one.ticket for one in rest}
    told = dict(outcome.refused)
    assert told[first.ticket] == f"bo set the owner of #{first.ticket} to bo meanwhile"
    assert "meanwhile" in told[second.ticket]


def test_nobody_is_given_more_than_they_can_carry_by_the_time_it_is_agreed_to(desk: Desk) -> None:
    carry(desk, "alice", 14)
    for login, room in (("carol", 0), ("hana", 0)):
        agent = desk.actors[login].agent
        assert agent is not None
        queues = tuple(desk.store.people().queues[queue].key for queue in agent.queues)
        desk.do("dana", c.AddAgent(login, agent.name, agent.role, queues, capacity=room))
    found = ask(desk)
    assert {one.taker for one in found.moves} == {desk.id("bo")}
    carry(desk, "bo", 10 - len(found.moves) + 1)
    outcome = desk.do("dana", moves(found))
    assert [reason for _, reason in outcome.refused] == ["bo has no room any more"]
    desk.do("bo", c.GoAway(desk.clock.at + timedelta(days=1)))
    desk.do("dana", c.Undo())
    with pytest.raises(Refused, match=r"none of .* bo cannot be given it any more"):
        desk.do("dana", moves(found))


def test_what_waits_for_somebody_and_what_is_being_answered_stays(desk: Desk) -> None:
    waiting, held, written = carry(desk, "alice", 3)
    desk.do("alice", c.Reply((waiting,), "Which one?"))
    desk.do("alice", c.ChangeState((held,), State.HOLD, "vendor"))
    desk.seen_by("alice").save_draft(written, "reply", "I am on i", 0)
    carry(desk, "alice", 9)
    found = ask(desk)
    assert found.moves
    assert {waiting, held, written}.isdisjoint(one.ticket for one in found.moves)


def test_who_is_away_gets_nothing(desk: Desk) -> None:
    carry(desk, "alice", 12)
    for login in ("bo", "hana"):
        desk.do(login, c.GoAway(desk.clock.at + timedelta(days=1)))
    assert {one.taker for one in ask(desk).moves} == {desk.id("carol")}


def test_confidential_tickets_go_to_members_alone_and_others_never_hear_of_them(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("hugo", "Hugo Ek", queues=("hr", "payments")))
    numbers = [
        desk.do("hugo", c.Create("Pay", "x@y.example", queue="hr", owner=desk.id("hugo"))).created
        for _ in range(12)
    ]
    found = ask(desk, "hana")
    assert {one.taker for one in found.moves} == {desk.id("hana")}
    assert {one.queue for one in found.moves} == {HR}
    assert {one.ticket for one in found.moves} <= set(numbers)
    assert ask(desk, "carol").moves == ()
    assert "hugo" not in {share.agent for share in ask(desk, "carol").shares()}
    outsider = ask(desk, "hana").moves[0]
    with pytest.raises(NotFound, match="there is no ticket"):
        desk.do("carol", c.Rebalance(((outsider.ticket, HR, outsider.giver, outsider.taker, ""),)))
    with pytest.raises(Refused, match="alice cannot be given it"):
        desk.do("hana", c.Rebalance(((outsider.ticket, HR, outsider.giver, desk.id("alice"), ""),)))


def test_hidden_tickets_count_against_room_and_are_not_shown(desk: Desk) -> None:
    for login in ("bo", "carol"):
        desk.do(login, c.GoAway(desk.clock.at + timedelta(days=1)))
    carry(desk, "alice", 14)
    for _ in range(9):
        desk.do("hana", c.Create("Pay", "x@y.example", queue="hr", owner=desk.id("hana")))
    found = ask(desk, "carol")
    assert [one.taker for one in found.moves] == [desk.id("hana")]
    assert "hana held 0 of 10 (load 0)" in found.moves[0].reason
    assert "hana held 9 of 10" in ask(desk, "hana").moves[0].reason


def test_agents_may_not_rebalance(desk: Desk) -> None:
    carry(desk, "alice", 12)
    found = ask(desk)
    with pytest.raises(NotAllowed, match="rebalance: that needs a lead"):
        ask(desk, "alice")
    with pytest.raises(NotAllowed, match="rebalance: that needs a lead"):
        desk.do("alice", moves(found))


def test_a_query_says_which_tickets_are_meant(desk: Desk) -> None:
    carry(desk, "alice", 10)
    urgent = carry(desk, "alice", 2, tags=("vpn",))
    found = ask(desk, query="tag:vpn")
    assert {one.ticket for one in found.moves} == set(urgent)
    assert ask(desk, query="queue:network").moves == ()


def test_a_queue_outside_its_hours_is_left_alone_and_named(desk: Desk) -> None:
    carry(desk, "alice", 12)
    office = Calendar("office", "UTC", office_week("10:00-18:00"))  # it is nine
    policy = Policy(queues={"payments": QueueSettings(calendar="office")}, calendars=(office,))
    store = Store(Database(desk.url), DESK, clock=desk.clock, policy=policy)
    desk.others.append(store)
    found = store.rebalancing()
    assert (found.moves, found.closed) == ((), ("Payments",))
