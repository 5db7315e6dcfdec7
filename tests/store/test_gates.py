"""Gates that nothing gets around, and what is left of a process when somebody takes something back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, DeskError, NotAllowed, Refused
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Role
from deskterm.domain.process import StepState
from deskterm.domain.rule import Action
from deskterm.storage.reminder_tables import reminders
from tests import invariants
from tests.small_desk import NETWORK, START, Desk, open_desk
from tests.stepped import mark, run_all, rung, steps

POLICY = """
[desk]
auto_close_days = 4

[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Fix"
within = "2h"
[[processes.steps]]
name = "Docs check"
before = "closed"

[[processes]]
name = "Access"
[[processes.steps]]
name = "Approve"
approval = "lead"
[[processes.steps]]
name = "Tell security"
within = "1h"
when = "priority:P1"

[[rules]]
name = "recovered"
on = "intake"
when = "recovered"
do = [{ solve = "fixed", text = "it came back by itself" }]
"""

HOURS = """
[calendars.office]
zone = "UTC"
hours = { mon = "09:00-17:00", tue = "09:00-17:00" }
[desk]
calendar = "%s"
"""


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    """A desk with two processes, once on SQLite and once on PostgreSQL; sound afterwards."""
    opened = open_desk(desk_url)
    opened.do("dana", c.ApplyPolicy(POLICY))
    yield opened
    invariants.check(opened.store.database, opened.store.policy)
    opened.close()


def classify(desk: Desk, number: int, type_: str, login: str = "bo") -> None:
    """Give a ticket another type."""
    desk.do(login, c.Classify((number,), (("type", type_),)))


def solved(desk: Desk) -> int:
    """A ticket that was solved when its only step before that was done."""
    number = desk.create("bo", owner=desk.id("bo"))
    mark(desk, number, "Fix")
    desk.do("bo", c.Solve((number,), "rolled back"))
    return number


def command_of(desk: Desk, number: int, kind: str) -> int:
    return next(event.command for event in desk.store.history(number) if event.kind == kind)


# Ways round a gate


def test_what_was_merged_when_it_was_solved_does_not_come_back_with_its_steps_open(desk: Desk) -> None:
    number, other = solved(desk), desk.create()
    desk.do("bo", c.Merge((number,), other))
    with pytest.raises(Refused, match="before solving, Incident asks for Fix"):
        desk.do("carol", c.Undo(command_of(desk, number, "step")))
    desk.do("bo", c.Unmerge((number,)))
    assert desk.ticket(number).state is State.SOLVED
    assert steps(desk, number)["Fix"] == "done"


def test_beginning_anew_is_not_taken_back_where_the_older_steps_are_open(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(POLICY.replace('name = "Fix"', 'name = "Look"', 1)))
    number = desk.create()
    desk.do("dana", c.ApplyPolicy(POLICY.replace('name = "Fix"', 'name = "Look"\nrequired = false', 1)))
    desk.do("alice", c.FollowProcess((number,), "Incident"))
    desk.do("bo", c.Solve((number,), "rolled back"))
    with pytest.raises(Refused, match="before solving, Incident asks for Look"):
        desk.do("alice", c.Undo())


def test_a_rule_that_solves_what_comes_in_goes_through_the_process_of_its_type(desk: Desk) -> None:
    number = desk.create(subject="Link recovered")
    assert desk.ticket(number).process == "Incident"
    assert desk.ticket(number).state is State.NEW
    other = desk.create(subject="Link recovered", type="question")
    assert desk.ticket(other).state is State.SOLVED


def test_one_macro_does_not_change_the_type_and_solve(desk: Desk) -> None:
    number = desk.create(type="question")
    actions = (Action("type", "incident"), Action("solve", "fixed", "done"))
    with pytest.raises(Refused, match="Incident asks for Fix"):
        desk.do("bo", c.UseMacro((number,), "quick", actions))
    assert desk.ticket(number).type == "question"


def test_one_command_of_several_parts_does_not_change_the_type_and_solve(desk: Desk) -> None:
    number = desk.create(type="question")
    parts = (c.Classify((number,), (("type", "incident"),)), c.Solve((number,), "done"))
    with pytest.raises(Refused, match="Incident asks for Fix"):
        desk.do("bo", c.Together(parts))
    away = (c.Classify((number,), (("type", "task"),)), c.Solve((number,), "done"))
    desk.do("bo", c.Together(away))
    assert desk.ticket(number).state is State.SOLVED


def test_a_solved_ticket_whose_type_changes_begins_the_process_of_that(desk: Desk) -> None:
    number = desk.create(type="question", owner=desk.id("bo"))
    desk.do("bo", c.Solve((number,), "done"))
    classify(desk, number, "incident")
    assert desk.ticket(number).process == "Incident"
    with pytest.raises(Refused, match="before closing, Incident asks for Fix and Docs check"):
        desk.do("bo", c.Close((number,), "confirmed"))
    desk.clock.forward(days=9)
    run_all(desk)
    assert desk.ticket(number).state is State.SOLVED
    assert "Not closed by itself: Fix and Docs check (Incident)" in rung(desk, "bo")


def test_conditions_are_looked_at_while_no_process_is_left_in_the_policy(desk: Desk) -> None:
    number = desk.create(type="question")
    desk.do("bo", c.FollowProcess((number,), "Access"))
    mark(desk, number, "Approve", login="carol")
    desk.do("dana", c.ApplyPolicy("processes = []"))
    desk.do("carol", c.SetPriority((number,), Priority.P1, reason="the board asks"))
    with pytest.raises(Refused, match="asks for Tell security"):
        desk.do("bo", c.Solve((number,), "done"))


def test_a_step_that_became_an_approval_asks_for_it(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix")
    desk.do("dana", c.ApplyPolicy(POLICY.replace('name = "Fix"', 'name = "Fix"\napproval = "lead"')))
    desk.do("bo", c.FollowProcess((number,), "Incident"))
    assert steps(desk, number)["Fix"] == "open"


def test_who_leads_no_more_does_not_approve_again(desk: Desk) -> None:
    number = desk.create(type="question")
    desk.do("bo", c.FollowProcess((number,), "Access"))
    mark(desk, number, "Approve", login="carol")
    desk.do("carol", c.Undo())
    desk.do("dana", c.AddAgent("carol", "Carol Weiss", Role.AGENT, ("payments", "network")))
    with pytest.raises(NotAllowed):
        desk.do("carol", c.Redo())
    assert steps(desk, number)["Approve"] == "open"


# What is taken back


def test_a_step_that_others_marked_since_is_not_taken_back(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix", "skipped", "a cosmic ray", login="alice")
    mark(desk, number, "Fix", login="bo")
    mark(desk, number, "Fix", "open", login="hana")
    mark(desk, number, "Fix", login="hana")
    with pytest.raises(Conflict, match="hana"):
        desk.do("bo", c.Undo())
    assert desk.ticket(number).skipped == 0
    assert len([mark for mark in desk.ticket(number).steps if mark.step == "Fix"]) == 1


def test_a_process_whose_steps_were_marked_since_is_not_taken_back(desk: Desk) -> None:
    number = desk.create(type="question")
    desk.do("alice", c.FollowProcess((number,), "Incident"))
    mark(desk, number, "Fix", login="bo")
    with pytest.raises(Conflict, match="bo"):
        desk.do("alice", c.Undo())
    assert desk.ticket(number).process == "Incident"
    desk.do("bo", c.Undo())
    desk.do("alice", c.Undo())
    assert desk.ticket(number).process == ""
    assert desk.ticket(number).steps == frozenset()


def test_beginning_anew_is_not_taken_back_when_a_new_step_was_marked(desk: Desk) -> None:
    number = desk.create()
    desk.do("dana", c.ApplyPolicy(POLICY.replace('name = "Docs check"', 'name = "Root cause"', 1)))
    desk.do("alice", c.FollowProcess((number,), "Incident"))
    mark(desk, number, "Root cause")
    with pytest.raises(Refused, match="Root cause was marked since"):
        desk.do("alice", c.Undo())
    desk.do("bo", c.Undo())
    desk.do("alice", c.Undo())
    assert list(steps(desk, number)) == ["Fix", "Docs check"]


def test_a_type_whose_process_somebody_began_to_work_on_is_not_taken_back(desk: Desk) -> None:
    number = desk.create(type="question")
    classify(desk, number, "incident", "alice")
    mark(desk, number, "Docs check", login="bo")
    with pytest.raises(Conflict, match="bo"):
        desk.do("alice", c.Undo())
    mark(desk, number, "Docs check", "open", login="bo")
    desk.do("alice", c.Undo())
    assert (desk.ticket(number).type, desk.ticket(number).process) == ("question", "")


def test_leaving_a_process_taken_back_brings_its_marks_back(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix", "skipped", "a cosmic ray")
    before = desk.ticket(number).steps
    desk.do("alice", c.FollowProcess((number,), "Access", "it is no incident"))
    mark(desk, number, "Approve", login="carol")
    with pytest.raises(Conflict, match="carol"):
        desk.do("alice", c.Undo())
    desk.do("carol", c.Undo())
    desk.do("alice", c.Undo())
    assert desk.ticket(number).process == "Incident"
    assert {mark for mark in desk.ticket(number).steps if mark.agent} == before


def test_marking_many_taken_back_after_one_of_them_was_solved(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    desk.do("bo", c.MarkStep(numbers, "Fix", StepState.DONE))
    desk.do("alice", c.Solve(numbers[1:2], "done"))
    with pytest.raises(Refused, match="before solving, Incident asks for Fix"):
        desk.do("bo", c.Undo())
    assert all(steps(desk, number)["Fix"] == "done" for number in numbers)


# Reopening, and closing by itself


def test_a_process_goes_on_where_it_was_when_a_ticket_is_reopened(desk: Desk) -> None:
    number = solved(desk)
    desk.do("", c.Receive((number,), "It fails again"))
    assert steps(desk, number) == {"Fix": "done", "Docs check": "open"}
    mark(desk, number, "Fix", "open")
    with pytest.raises(Refused, match="asks for Fix"):
        desk.do("bo", c.Solve((number,), "done"))
    mark(desk, number, "Fix")
    desk.do("bo", c.Solve((number,), "done"))


def test_leaving_the_process_lets_a_held_up_ticket_close_by_itself(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(POLICY.replace('name = "Fix"', 'name = "Fix"\nrequired = false', 1)))
    number = desk.create()
    desk.do("bo", c.Solve((number,), "rolled back"))
    desk.clock.forward(days=9)
    run_all(desk)
    assert desk.ticket(number).state is State.SOLVED
    desk.do("bo", c.FollowProcess((number,), "", "there is nothing to document"))
    run_all(desk)
    assert desk.ticket(number).close_reason == "no answer"


def test_what_is_taken_back_lets_a_held_up_ticket_close_by_itself(desk: Desk) -> None:
    number = solved(desk)
    mark(desk, number, "Docs check")
    mark(desk, number, "Docs check", "open", login="alice")
    desk.clock.forward(days=9)
    run_all(desk)
    assert desk.ticket(number).state is State.SOLVED
    desk.do("alice", c.Undo())
    run_all(desk)
    assert desk.ticket(number).close_reason == "no answer"


# When a step is late


def test_a_step_that_is_asked_for_later_has_its_time_from_then_on(desk: Desk) -> None:
    number = desk.create(type="question", owner=desk.id("bo"))
    desk.do("bo", c.FollowProcess((number,), "Access"))
    mark(desk, number, "Approve", login="carol")
    desk.clock.forward(days=3)
    desk.do("carol", c.SetPriority((number,), Priority.P1, reason="the board asks"))
    run_all(desk)
    assert steps(desk, number)["Tell security"] == "open"
    assert "Tell security is late (Access)" not in rung(desk, "bo")
    desk.clock.forward(hours=1, minutes=1)
    run_all(desk)
    assert rung(desk, "bo").count("Tell security is late (Access)") == 1


def test_a_step_that_is_opened_again_has_its_time_from_then_on(desk: Desk) -> None:
    number = desk.create(owner=desk.id("bo"))
    mark(desk, number, "Fix")
    desk.clock.forward(days=3)
    mark(desk, number, "Fix", "open")
    run_all(desk)
    assert "Fix is late (Incident)" not in rung(desk, "bo")
    desk.clock.forward(hours=2, minutes=1)
    run_all(desk)
    assert rung(desk, "bo").count("Fix is late (Incident)") == 1


def test_an_approval_that_was_refused_and_is_open_again_is_late_anew(desk: Desk) -> None:
    approval = POLICY.replace('approval = "lead"', 'approval = "lead"\nwithin = "2h"')
    desk.do("dana", c.ApplyPolicy(approval))
    number = desk.create(type="question")
    desk.do("bo", c.FollowProcess((number,), "Access"))

    def late() -> int:
        run_all(desk)
        return sum(event.kind == "step_late" for event in desk.store.history(number))

    for times in range(3):
        # Who refuses has answered: that is not late.
        mark(desk, number, "Approve", "refused", "not now", login="carol")
        desk.clock.forward(hours=5)
        assert late() == times
        mark(desk, number, "Approve", "open", login="carol")
        assert late() == times
        desk.clock.forward(hours=2, minutes=1)
        assert late() == times + 1


def test_time_that_a_calendar_counted_stays_used_when_another_one_holds(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(HOURS % "office"))
    desk.clock.forward(hours=7)
    number = desk.create(owner=desk.id("bo"))
    assert desk.store.ticket(number).steps[0].due_at == START + timedelta(hours=25)
    desk.clock.forward(hours=16)
    desk.do("dana", c.ApplyPolicy(HOURS % "24x7"))
    desk.store.recalculate(lambda seconds: False)
    run_all(desk)
    # An hour was used on Monday: the other one is counted around the clock, from Tuesday 08:00 on.
    assert desk.store.ticket(number).steps[0].due_at == START + timedelta(hours=24)
    assert rung(desk, "bo") == []
    desk.clock.forward(hours=1, minutes=1)
    run_all(desk)
    assert rung(desk, "bo") == ["Fix is late (Incident)"]
    # What has passed was due when it was, whatever calendar holds then.
    desk.do("dana", c.ApplyPolicy(HOURS % "office"))
    desk.store.recalculate(lambda seconds: False)
    assert desk.store.ticket(number).steps[0].due_at == START + timedelta(hours=24)


def test_a_late_step_does_not_ring_again_when_its_mark_is_taken_back(desk: Desk) -> None:
    number = desk.create(owner=desk.id("bo"))
    desk.clock.forward(hours=3)
    run_all(desk)
    mark(desk, number, "Fix")
    desk.do("bo", c.Undo())
    run_all(desk)
    assert rung(desk, "bo").count("Fix is late (Incident)") == 1


CONDITION = """
[[processes]]
name = "Access"
[[processes.steps]]
name = "Tell security"
when = "tag:production"
before = "closed"
"""


def test_conditions_are_asked_of_solved_tickets_and_of_closed_ones_no_more(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(CONDITION))
    one, two = desk.create(tags=("production",)), desk.create()
    desk.do("bo", c.FollowProcess((one, two), "Access"))
    desk.do("bo", c.Solve((one, two), "done"))
    assert [steps(desk, number)["Tell security"] for number in (one, two)] == ["open", "needless"]
    with pytest.raises(Refused, match="before closing, Access asks for Tell security"):
        desk.do("bo", c.Close((one,), "confirmed"))
    desk.do("bo", c.Close((two,), "confirmed"))
    with suppress(DeskError):
        desk.do("bo", c.Tag((two,), ("production",)))
    assert "production" in desk.ticket(two).tags
    assert steps(desk, two)["Tell security"] == "needless"
    desk.do("bo", c.Reopen((two,), "it is back"))
    assert steps(desk, two)["Tell security"] == "open"


def test_what_time_made_needless_is_so_on_the_closed_ticket(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(CONDITION.replace("tag:production", "created:<1d")))
    number = desk.create()
    desk.do("bo", c.FollowProcess((number,), "Access"))
    desk.do("bo", c.Solve((number,), "done"))
    assert steps(desk, number)["Tell security"] == "open"
    desk.clock.forward(days=2)
    desk.do("bo", c.Close((number,), "confirmed"))
    assert steps(desk, number)["Tell security"] == "needless"


def test_what_recalculating_finds_needless_is_late_no_more(desk: Desk) -> None:
    soon = CONDITION.replace("tag:production", "created:<1d").replace('before = "closed"', 'within = "99h"')
    desk.do("dana", c.ApplyPolicy(soon))
    number = desk.create(owner=desk.id("bo"))
    desk.do("bo", c.FollowProcess((number,), "Access"))
    desk.clock.forward(days=2)
    desk.do("dana", c.ApplyPolicy("[desk]\nauto_close_days = 5"))
    desk.store.recalculate(lambda seconds: False)
    assert steps(desk, number)["Tell security"] == "needless"
    invariants.check(desk.store.database, desk.store.policy)
    desk.clock.forward(days=9)
    run_all(desk)
    assert "Tell security is late (Access)" not in rung(desk, "bo")


# Who is told


def test_a_new_ticket_that_nobody_owns_rings_for_nobody(desk: Desk) -> None:
    desk.create("", subject="It fails")
    run_all(desk)
    assert all(not rung(desk, login) for login in ("alice", "bo", "carol", "dana", "hana"))


@pytest.mark.parametrize("approval", ["lead", "admin"])
def test_nobody_hears_of_a_step_of_a_ticket_they_may_not_see(desk: Desk, approval: str) -> None:
    routed = POLICY.replace('name = "Fix"', f'name = "Fix"\napproval = "{approval}"', 1)
    routed += """
[[rules]]
name = "people"
on = "intake"
when = "salary"
do = [{ queue = "hr" }]
"""
    desk.do("dana", c.ApplyPolicy(routed))
    number = desk.create("bo", subject="My salary is wrong")
    run_all(desk)
    assert desk.ticket(number).process == "Incident"
    for login in ("alice", "bo", "carol", "dana", "hugo", "vera"):
        assert rung(desk, login) == []
    assert rung(desk, "hana") == (["Fix is yours now (Incident)"] if approval == "lead" else [])
    # Nor is it kept for them, to be read should they see it one day.
    with desk.store.database.read() as connection:
        of_it = select(reminders.c.agent_id).where(reminders.c.ticket == number)
        assert set(connection.execute(of_it).scalars()) <= {desk.id("hana")}


def test_steps_that_were_done_are_none_that_were_skipped(desk: Desk) -> None:
    one, two = desk.create(), desk.create()
    mark(desk, one, "Fix")
    mark(desk, two, "Fix", "skipped", "a cosmic ray")
    mark(desk, two, "Docs check")
    assert [row.number for row in desk.store.listing("skipped:>0").rows] == [two]
    assert [row.number for row in desk.store.listing("skipped:1").rows] == [two]
    assert [row.number for row in desk.store.listing("skipped:0").rows] == [one]


def test_children_recurring_and_split_tickets_begin_their_process_too(desk: Desk) -> None:
    number = desk.create(subject="Two things", text="one thing")
    message = desk.store.ticket(number).messages[0].id
    split = desk.do("bo", c.Split(number, (message,), "The other thing")).created
    assert split is not None
    assert desk.ticket(split).process == "Incident"
    again = c.Create("Check the backup", "ops@x.example", queue="payments")
    desk.do("bo", c.AddRecurring(again, "every day 10:00", "UTC"))
    desk.clock.forward(hours=2)
    run_all(desk)
    assert desk.ticket(split + 1).process == "Incident"


def test_several_tickets_are_solved_but_those_with_open_steps(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    mark(desk, numbers[1], "Fix")
    outcome = desk.do("bo", c.Solve(numbers, "done"))
    assert outcome.changed == numbers[1:2]
    assert [number for number, _ in outcome.refused] == [numbers[0], numbers[2]]
    with suppress(DeskError):
        desk.do("bo", c.Move(numbers, NETWORK, "over to you"))
    assert [desk.ticket(number).state for number in numbers] == [State.NEW, State.SOLVED, State.NEW]


HEARS = """
[[rules]]
name = "hears"
on = "update"
events = ["process"]
when = "-process:none"
do = [{ tag = "heard" }]
"""


def test_a_rule_hears_of_a_process_that_a_macro_begins(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(POLICY + HEARS))
    by_hand, by_macro = desk.create(type="question"), desk.create(type="question")
    desk.do("bo", c.FollowProcess((by_hand,), "Access"))
    desk.do("bo", c.UseMacro((by_macro,), "begin", (Action("process", "Access"),)))
    assert [desk.ticket(number).tags for number in (by_hand, by_macro)] == [{"heard"}, {"heard"}]
    # What a macro did besides makes no round of its own.
    desk.do("bo", c.UseMacro((by_macro,), "end", (Action("untag", "heard"), Action("process", "none"))))
    assert desk.ticket(by_macro).tags == frozenset()


def test_a_commit_of_another_process_shows_its_marks_here(desk: Desk) -> None:
    number = desk.create()
    other = desk.seen_by("alice")
    assert other.ticket(number).steps[0].state is StepState.OPEN
    mark(desk, number, "Fix", text="restarted it")
    line = other.ticket(number).steps[0]
    assert (line.state, line.by, line.text) == (StepState.DONE, "bo", "restarted it")
    assert [row.number for row in other.listing('step:"docs check"').rows] == [number]
