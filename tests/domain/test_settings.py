"""Settings: every line that can be changed changes one thing, and leaves the rest of the policy as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskterm.domain.kinds import Priority
from deskterm.domain.plan import Plan
from deskterm.domain.policy_diff import diff
from deskterm.domain.policy_file import PolicyError, parse
from deskterm.domain.settings import Setting, document, settings

DESK = """
[calendars.office]
zone = "UTC"
hours = { mon = "09:00-17:00" }

[queues.pay]
name = "Pay & more"

[agents.al]
role = "admin"
queues = ["pay"]

[agents.bo]
skills = ["sap"]

[[views]]
agent = "al"
name = "Mine"
query = "is:mine"

[[sla]]
name = "Gold \\"1\\""
when = "tag:gold"
targets.P1 = { first_reply = "5m", resolution = "2h" }
thresholds = [{ level = "half", at = "50%", do = [{ tag = "x" }] }]

[[sla]]
name = "Others"
at_risk = "75%"
targets.P4 = { resolution = "9h" }

[[processes]]
name = "Fixing"
types = ["incident"]
[[processes.steps]]
name = "Fix \\"it\\""
within = "2h"
text = '''
Take it away.
within = "5h"
'''
[[processes.steps]]
name = "Docs check"
required = false

[[rules]]
name = "R"
on = "intake"
when = "tag:x"
do = [{ tag = "y" }]

[[macros]]
name = "M"
text = "Hello"
"""
PLAN = parse(DESK, Plan())
TYPED = {
    "p1_share": "20%", "at_risk": "70%", "reopen_window": "3d", "auto_close_days": "5", "return_after": "20m",
    "work_next_hold": "5m", "capacity": "3", "skills": "vpn, SAP", "tier": "L3", "name": "Foo",
    "query": "is:open", "more": "Parts", "from": "Help <help@x.org>", "undo_send": "20s",
    "idle": "7m", "least": "2m", "round": "15m", "Mine": "is:open",
    "types": "problem, task",
}  # fmt: skip
ENDS = {
    "from": {"open": "new", "pending": "open", "hold": "open, pending", "solved": "open", "closed": "solved"},
    "to": {"new": "open", "open": "pending, solved", "pending": "open", "hold": "open", "solved": "closed",
           "closed": "open"},
}  # fmt: skip
"""The first moves that a category's default is given."""
CHANGED = [one for one in settings(PLAN) if one.way and len(one.choices) != 1]


def other(setting: Setting) -> str:
    """Another value than the one that holds."""
    if setting.choices:
        return next(value for value in setting.choices if value != setting.value)
    if setting.way[0] == "states" and setting.way[-1] in ENDS:
        return ENDS[setting.way[-1]][setting.way[1]]
    if setting.way[0] == "roles":
        return "boss"
    if setting.way[0] == "weights":
        return "7"
    if setting.way[-1] == "queues":
        return "" if setting.value else "pay"
    return TYPED.get(setting.way[-1], "3h")


@pytest.mark.parametrize("setting", CHANGED, ids=lambda one: one.label)
def test_a_line_changes_one_thing(setting: Setting) -> None:
    if setting.label == "al role":
        with pytest.raises(PolicyError, match="nobody would be an admin"):
            parse(document(PLAN, setting, other(setting)), PLAN)
        return
    changes = diff(PLAN, after := parse(document(PLAN, setting, other(setting)), PLAN))
    if setting.label == "At risk after":
        changes = tuple(one for one in changes if not one.what.startswith("sla"))
    assert len(changes) == 1
    again = next(one for one in settings(after) if one.way == setting.way)
    assert again.value.casefold() == (other(setting) or "").casefold() or setting.label.endswith(
        ("skills", "more state")
    )


def test_every_part_of_a_policy_is_there() -> None:
    assert list(dict.fromkeys(one.section for one in settings(PLAN))) == [
        "Desk", "Targets", "Queues", "Mail", "Time worked", "Processes", "SLA policies", "Rules",
        "Calendars",
        "Priority matrix", "States", "Weights of load", "Names of roles", "Macros", "Agents", "Views",
    ]  # fmt: skip


def test_a_target_of_a_policy_is_taken_away() -> None:
    goal = next(one for one in settings(PLAN) if one.label == 'Gold "1" P1 first reply')
    assert goal.value == "5m"
    gold, others = parse(document(PLAN, goal, "none"), PLAN).policy.sla
    assert [gold.targets[Priority.P1].of(name) for name in ("first_reply", "resolution")] == [None, 7200]
    assert gold.thresholds == PLAN.policy.sla[0].thresholds
    assert others == PLAN.policy.sla[1]


def test_a_deadline_is_taken_away_and_the_steps_stay_as_they_are() -> None:
    within = next(one for one in settings(PLAN) if one.label == 'Fixing 1. Fix "it": within')
    assert within.value == "2h"
    (after,) = parse(document(PLAN, within, "none"), PLAN).policy.processes
    (before,) = PLAN.policy.processes
    assert after == replace(before, steps=(replace(before.steps[0], within=None), before.steps[1]))


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("P1 share", "lots", "share"),
        ("Auto-close days", "soon", "number"),
        ("bo capacity", "many", "number"),
        ("bo queues", "nowhere", "there is no queue"),
        ("P1", "heavy", "number"),
        ("Others P4 resolution", "9x", "duration"),
        ("al: Mine", "is:nothing", "is:"),
        ("Fixing is begun by", "fires", "fires"),
        ("Fixing 2. Docs check: within", "2d", "hours"),
    ],
)
def test_what_is_typed_wrongly_is_said(label: str, typed: str, said: str) -> None:
    setting = next(one for one in settings(PLAN) if one.label == label)
    with pytest.raises(PolicyError) as caught:
        parse(document(PLAN, setting, typed), PLAN)
    assert said in caught.value.faults[0].message


def test_nothing_that_is_typed_is_part_of_the_file() -> None:
    setting = next(one for one in settings(PLAN) if one.label == "bo tier")
    after = parse(document(PLAN, setting, '"] p1="1%'), PLAN)
    assert after.policy == PLAN.policy
    assert next(one.tier for one in after.agents if one.login == "bo") == '"] p1="1%'
