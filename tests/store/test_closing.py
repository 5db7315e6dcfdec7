"""Solved tickets close by themselves, once, unless somebody had more to say."""

from __future__ import annotations

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK
from deskterm.domain.policy import Policy
from deskterm.store.store import Store
from tests.invariants import check
from tests.small_desk import Desk


def solved(desk: Desk) -> int:
    """A ticket that was just solved."""
    number = desk.create()
    desk.do("bo", c.Solve((number,), "rolled back"))
    return number


def days_pass(desk: Desk, days: float) -> None:
    """Let time pass, and what is due be done."""
    desk.clock.forward(days=days)
    while desk.store.run_due():
        pass


def test_it_closes_after_four_days_with_no_answer(desk: Desk) -> None:
    number = solved(desk)
    days_pass(desk, 3.9)
    assert desk.ticket(number).state is State.SOLVED
    days_pass(desk, 0.2)
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.close_reason) == (State.CLOSED, "no answer")
    check(desk.store.database)
    events = len(desk.store.history(number))
    days_pass(desk, 10)
    assert len(desk.store.history(number)) == events


def test_a_message_meanwhile_keeps_it_open_and_solving_again_counts_anew(desk: Desk) -> None:
    number = solved(desk)
    desk.clock.forward(days=3)
    desk.do("", c.Receive((number,), "Still broken"))
    days_pass(desk, 2)
    assert desk.ticket(number).state is State.OPEN
    desk.do("bo", c.Solve((number,), "now it is"))
    days_pass(desk, 3)
    assert desk.ticket(number).state is State.SOLVED
    days_pass(desk, 1)
    assert desk.ticket(number).state is State.CLOSED


def test_a_policy_that_gives_more_days_meanwhile_is_heard_of(desk: Desk) -> None:
    number = solved(desk)
    desk.do("dana", c.ApplyPolicy("[desk]\nauto_close_days = 10"))
    days_pass(desk, 5)
    assert desk.ticket(number).state is State.SOLVED
    days_pass(desk, 5)
    assert desk.ticket(number).close_reason == "no answer"


def test_solving_that_was_taken_back_and_done_again_still_closes(desk: Desk) -> None:
    number = solved(desk)
    desk.do("bo", c.Undo())
    desk.do("bo", c.Redo())
    days_pass(desk, 5)
    assert desk.ticket(number).state is State.CLOSED


def test_a_desk_may_never_close_by_itself(desk: Desk) -> None:
    never = Store(desk.store.database, DESK, clock=desk.clock, policy=Policy(auto_close_days=0))
    number = desk.create()
    never.dispatch(c.Solve((number,), "rolled back"), actor=desk.actors["bo"])
    desk.clock.forward(days=60)
    while never.run_due():
        pass
    assert desk.ticket(number).state is State.SOLVED
