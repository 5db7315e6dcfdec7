"""Processes on a desk: begun by types and rules, marked, undone, late once, and gates nothing goes round."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import State
from deskterm.domain.policy_format import format_plan
from deskterm.domain.process import StepState
from deskterm.domain.wording import sentence
from tests import invariants
from tests.small_desk import Desk, open_desk
from tests.stepped import mark, run_all, rung, steps

POLICY = """
[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Fix"
owner = "bo"
within = "2h"
[[processes.steps]]
name = "Root cause"
fields = ["root_cause"]
[[processes.steps]]
name = "Docs check"
before = "closed"

[[processes]]
name = "Access"
[[processes.steps]]
name = "Approve"
approval = "lead"
[[processes.steps]]
name = "Grant"

[[rules]]
name = "access"
on = "intake"
when = "access"
do = [{ process = "Access" }]

[[rules]]
name = "learn"
on = "update"
events = ["step"]
when = "skipped:>0"
do = [{ tag = "skipped" }]
"""


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    """A desk with two processes, once on SQLite and once on PostgreSQL; sound afterwards."""
    opened = open_desk(desk_url)
    opened.do("dana", c.ApplyPolicy(POLICY))
    yield opened
    invariants.check(opened.store.database, opened.store.policy)
    opened.close()


def found(desk: Desk, query: str) -> set[int]:
    """Return what a search finds."""
    return {row.number for row in desk.store.listing(query).rows}


def test_a_ticket_begins_the_process_of_its_type_and_a_rule_may_choose_another(desk: Desk) -> None:
    one, two, three = desk.create(), desk.create(subject="Access please"), desk.create(type="question")
    assert [desk.ticket(number).process for number in (one, two, three)] == ["Incident", "Access", ""]
    assert found(desk, "process:incident") == {one}
    assert found(desk, "process:none") == {three}
    assert found(desk, "step:fix") == {one}
    desk.do("bo", c.Classify((three,), (("type", "incident"),)))
    assert desk.ticket(three).process == "Incident"
    desk.do("bo", c.Classify((three,), (("type", "question"),)))
    assert desk.ticket(three).process == ""


def test_no_way_leads_round_the_gate(desk: Desk) -> None:
    number = desk.create()
    for command in (c.Solve((number,), "done"), c.Reply((number,), "Done", then=State.SOLVED)):
        with pytest.raises(Refused, match="Incident asks for Fix and Root cause"):
            desk.do("bo", command)
    assert desk.ticket(number).state is State.NEW
    mark(desk, number, "Fix")
    mark(desk, number, "Root cause", root_cause="a full disk")
    desk.do("bo", c.Solve((number,), "done"))
    with pytest.raises(Refused, match="before solving"):
        # The mark is taken back by its command, as anybody's `u` would after undoing the rest.
        desk.do("carol", c.Undo(_command(desk, number, "step")))
    assert desk.ticket(number).state is State.SOLVED


def _command(desk: Desk, number: int, kind: str) -> int:
    return next(event.command for event in desk.store.history(number) if event.kind == kind)


def test_undoing_a_mark_and_doing_it_again(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix", "skipped", "a cosmic ray")
    assert steps(desk, number)["Fix"] == "skipped"
    assert found(desk, "skipped:>0") == {number}
    assert "skipped" in desk.ticket(number).tags
    desk.do("bo", c.Undo())
    assert steps(desk, number)["Fix"] == "open"
    assert found(desk, "skipped:1") == set()
    assert "skipped" not in desk.ticket(number).tags
    desk.do("bo", c.Redo())
    assert steps(desk, number)["Fix"] == "skipped"


def test_redoing_a_solution_passes_the_gate_too(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix")
    mark(desk, number, "Root cause", "skipped", "nobody knows")
    desk.do("bo", c.Solve((number,), "done"))
    desk.do("bo", c.Undo())
    mark(desk, number, "Fix", "open", login="alice")
    with pytest.raises(Refused, match="before solving, Incident asks for Fix"):
        desk.do("bo", c.Redo())


def test_a_solved_ticket_waits_for_its_last_step_and_then_closes_by_itself(desk: Desk) -> None:
    number = desk.create("bo", owner=desk.id("bo"))
    mark(desk, number, "Fix")
    mark(desk, number, "Root cause", root_cause="a full disk")
    desk.do("bo", c.Solve((number,), "done"))
    desk.clock.forward(days=9)
    run_all(desk)
    assert desk.ticket(number).state is State.SOLVED
    assert "Not closed by itself: Docs check (Incident)" in rung(desk, "bo")
    mark(desk, number, "Docs check")
    run_all(desk)
    assert (desk.ticket(number).state, desk.ticket(number).close_reason) == (State.CLOSED, "no answer")


def test_a_late_step_rings_once_for_whose_it_is(desk: Desk) -> None:
    number = desk.create("alice", owner=desk.id("alice"))
    desk.clock.forward(hours=2, minutes=1)
    run_all(desk)
    run_all(desk)
    assert rung(desk, "bo").count("Fix is late (Incident)") == 1
    assert desk.ticket(number).alerts & {"step:Fix"}
    mark(desk, number, "Fix")
    assert not any(alert.startswith("step:") for alert in desk.ticket(number).alerts)


def test_an_approval_is_a_leads_to_give(desk: Desk) -> None:
    number = desk.create("alice", subject="Access to the ledger", owner=desk.id("alice"))
    with pytest.raises(Refused, match="waits for Approve"):
        mark(desk, number, "Grant")
    mark(desk, number, "Approve", login="carol", text="until May")
    line = desk.store.ticket(number).steps[0]
    assert (line.state, line.by, line.text) == (StepState.DONE, "carol", "until May")


def test_a_history_says_what_became_of_steps(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix", "skipped", "a cosmic ray")
    mark(desk, number, "Fix", "open")
    desk.do("bo", c.FollowProcess((number,), "", "a question after all"))
    names = {agent.id: agent.login for agent in desk.store.people().agents.values()}
    said = [sentence(event, names, {}) for event in desk.store.history(number)]
    assert "process Incident (its type is incident)" in said
    assert "Fix skipped: a cosmic ray" in said
    assert "Fix open again" in said
    assert "process Incident ended (a question after all)" in said


def test_a_changed_template_leaves_begun_tickets_as_they_are(desk: Desk) -> None:
    number = desk.create()
    desk.do("dana", c.ApplyPolicy(POLICY.replace('name = "Fix"', 'name = "Mend"')))
    assert list(steps(desk, number)) == ["Fix", "Root cause", "Docs check"]
    desk.do("bo", c.FollowProcess((number,), "Incident"))
    assert list(steps(desk, number)) == ["Mend", "Root cause", "Docs check"]
    assert found(desk, "step:mend") == {number}


def test_several_tickets_are_marked_as_one_step(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    outcome = desk.do("bo", c.MarkStep(numbers, "Fix", StepState.DONE))
    assert outcome.summary == "Done: Fix on 3 tickets"
    assert found(desk, 'step:"root cause"') == set(numbers)
    desk.do("bo", c.Undo())
    assert found(desk, "step:fix") == set(numbers)


def test_a_desk_reads_its_processes_back_from_its_own_file(desk: Desk) -> None:
    written = format_plan(desk.store.plan())
    before = desk.store.policy.processes
    desk.do("dana", c.ApplyPolicy("processes = []\nrules = []"))
    assert desk.store.policy.processes == ()
    desk.do("dana", c.ApplyPolicy(written))
    assert desk.store.policy.processes == before


def test_steps_of_many_tickets_are_read_at_once_and_only_of_those_one_may_know(desk: Desk) -> None:
    first, second = desk.create(type="incident"), desk.create(type="question")
    hidden = desk.create("hugo", type="incident", queue="hr")
    found = desk.seen_by("bo").stepped((second, hidden, first, 999))
    assert [(one.ticket.number, len(one.steps)) for one in found] == [(second, 0), (first, 3)]
    assert found[1].steps == desk.seen_by("bo").ticket(first).steps
