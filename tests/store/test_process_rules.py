"""Rules and macros about processes, end to end: what begins one, what waits for its steps, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.process import StepState
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.why import Why
from deskterm.domain.why import why as explain
from tests import invariants
from tests.small_desk import Desk, open_desk
from tests.stepped import mark, run_all

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

[[processes]]
name = "Access"
[[processes.steps]]
name = "Approve"
approval = "lead"
[[processes.steps]]
name = "Grant"

[[rules]]
name = "Access"
on = "intake"
when = "subject:access"
do = [{ type = "service request" }, { process = "Access", text = "they ask for an account" }]

[[rules]]
name = "No process for spam"
on = "update"
events = ["changed:tag"]
when = "tag:odd"
do = [{ process = "none", text = "it is odd" }]

[[rules]]
name = "Followed"
on = "update"
events = ["process"]
when = "process:access"
do = [{ tag = "followed" }]

[[rules]]
name = "Learn"
on = "update"
events = ["step"]
when = "skipped:>0"
do = [{ tag = "skipped" }, { notify = "lead", text = "A step was skipped" }]

[[rules]]
name = "Next"
on = "update"
events = ["step"]
when = 'step:"root cause"'
do = [{ tag = "diagnose" }]

[[rules]]
name = "Late"
on = "update"
events = ["step_late"]
do = [{ escalate = "lead", text = "a step is late" }]

[[rules]]
name = "Forgotten"
on = "time"
since = "created"
after = "5h"
when = "step:fix"
do = [{ process = "Access", text = "nobody fixed it" }]

[[macros]]
name = "Ask for access"
do = [{ process = "Access" }]
[[macros]]
name = "Fixed as ever"
do = [{ step = "Fix", text = "restarted" }, { tag = "usual" }]
[[macros]]
name = "Granted"
do = [{ step = "Grant" }]
"""


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    """A desk with two processes and rules about them, once on SQLite and once on PostgreSQL."""
    opened = open_desk(desk_url)
    opened.do("dana", c.ApplyPolicy(POLICY))
    yield opened
    invariants.check(opened.store.database, opened.store.policy)
    opened.close()


def why(desk: Desk, number: int) -> Why:
    """What `w` on the ticket says."""
    store = desk.store
    view = store.ticket(number)
    return explain(view.ticket, store.policy, store.now(), view.events, view.names, view.queues)


def fired(desk: Desk, number: int) -> dict[str, tuple[tuple[str, ...], str]]:
    """What each rule did to a ticket and because of what, as `w` says it."""
    found = (one for one in why(desk, number).decisions if one.rule)
    return {one.rule: (tuple(one.did), one.fired.partition(" (event")[0]) for one in found}


def test_a_rule_begins_a_process_before_anyone_looks(desk: Desk) -> None:
    number = desk.create(subject="Access to the ledger")
    assert desk.ticket(number).process == "Access"
    did, because = fired(desk, number)["Access"]
    assert because == "created in Payments · P4, by bo"
    assert "process none → Access" in did
    assert [line.text for line in desk.seen_by("carol").reminders()] == ["Approve is yours now (Access)"]
    # Its type would have brought none, and what the rule chose stays.
    assert desk.ticket(number).type == "service request"


def test_on_intake_there_is_nothing_to_end_and_another_type_brings_none(desk: Desk) -> None:
    ends = '[[rules]]\nname = "E"\non = "intake"\nwhen = "subject:odd"\ndo = [{ process = "none" }]\n'
    types = '[[rules]]\nname = "T"\non = "intake"\nwhen = "subject:typed"\ndo = [{ type = "question" }]\n'
    desk.do("dana", c.ApplyPolicy(POLICY + ends + types))
    assert desk.ticket(desk.create(subject="Odd")).process == "Incident"
    assert desk.ticket(desk.create(subject="Typed")).process == ""


def test_a_rule_ends_one(desk: Desk) -> None:
    number = desk.create()
    assert desk.ticket(number).process == "Incident"
    desk.do("bo", c.Tag((number,), ("odd",)))
    assert desk.ticket(number).process == ""
    did, because = fired(desk, number)["No process for spam"]
    assert because == "tags +odd, by bo"
    assert "process Incident → none" in did
    desk.do("bo", c.Undo())
    assert (desk.ticket(number).process, desk.ticket(number).tags) == ("Incident", frozenset())


def test_rules_wait_for_a_process_that_is_begun(desk: Desk) -> None:
    by_hand, by_macro, at_opening = desk.create(), desk.create(type="question"), desk.create(subject="Access")
    desk.do("bo", c.FollowProcess((by_hand,), "Access", "it is about an account"))
    macro = desk.store.policy.macros[0]
    desk.do("bo", c.UseMacro((by_macro,), macro.name, macro.actions))
    assert "followed" in desk.ticket(by_hand).tags
    assert fired(desk, by_hand)["Followed"] == (
        ("tags +followed",),
        "process Access in place of Incident (it is about an account), by bo",
    )
    assert "followed" in desk.ticket(by_macro).tags
    assert "followed" not in desk.ticket(at_opening).tags


def test_rules_wait_for_a_step_that_is_marked(desk: Desk) -> None:
    number = desk.create()
    mark(desk, number, "Fix", "skipped", "it went away")
    assert desk.ticket(number).tags == {"skipped", "diagnose"}
    assert "A step was skipped" in [line.text for line in desk.seen_by("carol").reminders()]
    found = fired(desk, number)
    assert found["Next"] == (("tags +diagnose",), "Fix skipped: it went away, by bo")
    assert found["Learn"][1] == "Fix skipped: it went away, by bo"
    desk.do("bo", c.Undo())
    assert desk.ticket(number).tags == frozenset()


def test_rules_wait_for_a_late_step_and_time_rules_ask_for_steps(desk: Desk) -> None:
    number = desk.create()
    desk.clock.forward(hours=2, minutes=1)
    run_all(desk)
    assert fired(desk, number)["Late"][1] == "Fix is late, by scheduler"
    run_all(desk)
    assert [one.rule for one in why(desk, number).decisions].count("Late") == 1
    desk.clock.forward(hours=4)
    run_all(desk)
    assert desk.ticket(number).process == "Access"
    assert "process Incident → Access" in fired(desk, number)["Forgotten"][0]


def test_a_dry_run_says_what_a_rule_about_steps_would_have_matched(desk: Desk) -> None:
    one, two = desk.create(), desk.create()
    mark(desk, one, "Fix")
    admin = desk.seen_by("dana")
    rules = {rule.name: rule for rule in admin.policy.rules}
    run = admin.dry_run(rules["Next"], last=0)
    assert (run.matched, run.of) == (1, 2)
    assert [row.number for row in run.rows] == [one]
    run = admin.dry_run(rules["Forgotten"], last=0)
    assert [row.number for row in run.rows] in ([], [two])


def test_rules_that_begin_different_processes_disagree(desk: Desk) -> None:
    desk.create(subject="Access to the ledger")
    other = Rule("Ledger", On.INTAKE, "ledger", (Action("process", "Incident"),))
    rules = (*(rule for rule in desk.store.policy.rules if rule.on is On.INTAKE), other)
    overlaps, _ = desk.seen_by("dana").rule_conflicts(rules)
    assert [str(one) for one in overlaps] == [
        "Access and Ledger both set process (Access, then Incident) on 1 ticket: Ledger wins"
    ]


def use(desk: Desk, login: str, number: int, name: str) -> None:
    """Use a macro."""
    macro = next(one for one in desk.store.policy.macros if one.name == name)
    desk.do(login, c.UseMacro((number,), macro.name, macro.actions))


def test_a_macro_marks_a_step_as_whoever_uses_it(desk: Desk) -> None:
    number = desk.create()
    use(desk, "alice", number, "Fixed as ever")
    line = desk.store.ticket(number).steps[0]
    assert (line.state, line.by, line.text) == (StepState.DONE, "alice", "restarted")
    # Rules that wait for a marked step are asked.
    assert desk.ticket(number).tags == {"usual", "diagnose"}
    with pytest.raises(Refused, match="it is so already"):
        use(desk, "bo", number, "Fixed as ever")
    desk.do("alice", c.Undo())
    assert desk.store.ticket(number).steps[0].state is StepState.OPEN
    assert desk.ticket(number).tags == frozenset()


def test_a_macro_goes_round_no_approval(desk: Desk) -> None:
    number = desk.create(subject="Access to the ledger")
    with pytest.raises(Refused, match="Grant waits for Approve, which is not given yet"):
        use(desk, "bo", number, "Granted")
    other = desk.create(type="question")
    with pytest.raises(Refused, match="follows no process"):
        use(desk, "bo", other, "Granted")
