"""A solved problem says what hangs on it, so that its incidents can be answered and solved at once."""

from __future__ import annotations

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from tests import invariants
from tests.small_desk import Desk


def solve(*numbers: int) -> c.Solve:
    return c.Solve(numbers, "the pool was too small")


def test_a_solved_problem_names_the_incidents_it_caused_and_its_children(desk: Desk) -> None:
    problem, first, second, child, done, other = (desk.create() for _ in range(6))
    desk.do("alice", c.LinkTo((first, second, done), "caused by", problem))
    desk.do("alice", c.LinkTo((child,), "parent", problem))
    desk.do("alice", c.LinkTo((other,), "related", problem))
    desk.do("alice", solve(done))
    assert desk.do("alice", solve(problem)).hanging == (first, second, child)
    # All of them are one step, with one undo; the problem stays solved.
    outcome = desk.do("alice", c.Solve((first, second, child), "with the problem", message="It works again"))
    assert (outcome.changed, outcome.hanging) == ((first, second, child), ())
    desk.do("alice", c.Undo())
    states = [desk.ticket(number).state for number in (problem, first, second, child)]
    assert states == [State.SOLVED, State.NEW, State.NEW, State.NEW]
    # Taking it back and doing it again offers nothing: it was decided then.
    assert desk.do("alice", c.Undo()).hanging == ()
    assert desk.do("alice", c.Redo()).hanging == ()
    invariants.check(desk.store.database)


def test_a_reply_that_solves_names_them_too_and_a_note_does_not(desk: Desk) -> None:
    problem, incident = desk.create(), desk.create()
    desk.do("alice", c.LinkTo((problem,), "causes", incident))
    assert desk.do("alice", c.Note((problem,), "found it")).hanging == ()
    assert desk.do("alice", c.Reply((problem,), "Done", then=State.SOLVED)).hanging == (incident,)


def test_what_is_solved_with_it_or_may_not_be_seen_is_not_named(desk: Desk) -> None:
    problem, first, second = (desk.create() for _ in range(3))
    secret = desk.create("hana", queue="hr")
    desk.do("alice", c.LinkTo((first, second), "caused by", problem))
    desk.do("hana", c.LinkTo((secret,), "caused by", problem))
    assert desk.do("alice", solve(problem, first)).hanging == (second,)
    desk.do("alice", c.Undo())
    assert desk.do("hana", solve(problem)).hanging == (first, second, secret)
