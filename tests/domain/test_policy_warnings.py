"""Warnings about a policy: clocks that a rule or a level would end, and what can never happen."""

from __future__ import annotations

import pytest

from deskterm.domain.plan import Plan
from deskterm.domain.policy_file import parse
from deskterm.domain.policy_warnings import doubts, warnings
from tests.domain.policies import no_holidays

QUEUES = "[queues.payments]\nname = 'Pay desk'\n[queues.network]\n"
ONLY_P2 = "[[sla]]\nname = 'Gold'\nwhen = '{when}'\ntargets.P2 = {{ resolution = '4h' }}\n"
RULE = "[[rules]]\nname = 'R'\non = 'intake'\nwhen = '{when}'\ndo = [{do}]\n"
ENDS = "for which {where} has no targets: the clocks of a ticket that it measures would end"


def plan(text: str, before: Plan | None = None) -> Plan:
    """What a desk is with a file."""
    return parse(text, before or Plan(), no_holidays)


def warned(text: str, before: Plan | None = None) -> list[tuple[int, str]]:
    """What is doubtful, by line."""
    return [(one.line, one.message) for one in warnings(text, plan(text, before))]


@pytest.mark.parametrize(
    ("gold", "asks", "does", "ends"),
    [
        ("", "", "{ priority = 'P1' }", ["P1"]),
        ("", "", "{ priority = 'P2' }", []),
        ("", "", "{ tag = 'x' }, { priority = 'P3' }", ["P3"]),
        ("", "", "{ priority = 'raise' }", ["P1", "P3"]),
        ("", "priority:P3", "{ priority = 'raise' }", []),
        ("", "priority:P2,P3", "{ priority = 'raise' }", ["P1"]),
        ("queue:payments", "queue:network", "{ priority = 'P1' }", []),
        ("queue:payments", "queue:PAYMENTS vpn", "{ priority = 'P1' }", ["P1"]),
        ("queue:payments", 'queue:"Pay desk"', "{ priority = 'P1' }", ["P1"]),
        ("queue:payments", "vpn", "{ priority = 'P1' }", ["P1"]),
        ("queue:payments", "queue:payments", "{ queue = 'network' }, { priority = 'P1' }", []),
        ("queue:payments", "queue:network", "{ queue = 'payments' }, { priority = 'P1' }", ["P1"]),
        ("priority:P2,P3", "", "{ priority = 'P1' }", []),
        ("tag:vip", "tag:gold", "{ priority = 'P1' }", ["P1"]),
        ("type:incident", "type:question", "{ priority = 'P1' }", []),
        ("", "is:any is:solved", "{ priority = 'P1' }", ["P1"]),
    ],
)
def test_a_rule_that_sets_a_priority_without_targets(
    gold: str, asks: str, does: str, ends: list[str]
) -> None:
    text = QUEUES + ONLY_P2.format(when=gold) + RULE.format(when=asks, do=does)
    verb = "raises to" if "raise" in does else "sets"
    where = 'the SLA policy "Gold"'
    assert warned(text) == [
        (12, f'the rule "R" {verb} {priority}, {ENDS.format(where=where)}') for priority in ends
    ]


def test_the_first_policy_that_holds_for_certain_is_the_last_one_looked_at() -> None:
    whole = ONLY_P2.format(when="tag:gold").replace("targets.P2", "targets.P1").replace("Gold", "Whole")
    rule = RULE.format(when="tag:gold vpn", do="{ priority = 'P1' }")
    assert warned(whole + ONLY_P2.format(when="") + rule) == []
    assert len(warned(ONLY_P2.format(when="") + whole + rule)) == 1


def test_the_last_resort_may_have_no_targets_either() -> None:
    rule = RULE.format(when="", do="{ priority = 'P3' }")
    targets = "[targets]\nP1 = { resolution = '4h' }\n"
    said = [(5, f'the rule "R" sets P3, {ENDS.format(where="[targets]")}')]
    assert warned(rule + targets) == said
    assert warned(rule) == []
    assert warned(rule + targets + ONLY_P2.format(when="").replace("P2", "P3")) == []
    # The rule was there before: told of where the file takes the targets away.
    assert [line for line, _ in warned(targets, plan(rule))] == [1]


LEVEL = "thresholds = [{{ at = '50%', target = '{target}', do = [{{ priority = '{to}' }}] }}]\n"


@pytest.mark.parametrize(
    ("when", "target", "to", "ends"),
    [
        ("", "any", "P1", ["P1"]),
        ("", "any", "P2", []),
        ("", "any", "raise", ["P1"]),
        ("", "first_reply", "raise", []),
        ("tag:vip -type:question", "any", "raise", ["P1"]),
        ("priority:P2", "any", "raise", []),
    ],
)
def test_a_level_that_raises_to_a_priority_without_targets(
    when: str, target: str, to: str, ends: list[str]
) -> None:
    text = ONLY_P2.format(when=when) + LEVEL.format(target=target, to=to)
    verb = "raises to" if to == "raise" else "sets"
    where = 'the SLA policy "Gold"'
    assert warned(text) == [
        (5, f'the level "50%" of "Gold" {verb} {priority}, {ENDS.format(where=where)}') for priority in ends
    ]


def test_a_level_may_bring_a_ticket_under_an_earlier_policy_that_asks_for_what_it_changes() -> None:
    first = ONLY_P2.format(when="priority:P1").replace("Gold", "First")
    then = "[[sla]]\nname = 'Then'\ntargets.P1 = { resolution = '4h' }\ntargets.P2 = { resolution = '8h' }\n"
    text = first + then + LEVEL.format(target="any", to="raise")
    assert len(warned(text)) == 1
    assert warned(text.replace("priority:P1", "tag:vip")) == []


def test_a_rule_that_is_off_or_about_solved_tickets_ends_no_clock() -> None:
    rule = RULE.format(when="", do="{ priority = 'P1' }")
    assert len(warned(ONLY_P2.format(when="") + rule)) == 1
    assert warned(ONLY_P2.format(when="") + rule + "active = false\n") == []
    solved = rule.replace("'intake'", "'time'\nsince = 'solved'\nafter = '1d'")
    assert warned(ONLY_P2.format(when="") + solved) == []


def test_hours_that_never_end_have_no_outside() -> None:
    text = ONLY_P2.format(when="") + "out_of_hours = '30m'\n"
    assert warned(text) == [(5, "the calendar 24x7 is never closed: nothing comes in outside its hours")]
    office = "[calendars.Office]\nzone = 'UTC'\nhours = { mon = '09:00-17:00' }\n"
    assert warned(office + text + "calendar = 'Office'\n") == []


def test_what_the_file_says_nothing_about_is_not_told_of() -> None:
    before = plan(ONLY_P2.format(when="") + RULE.format(when="", do="{ priority = 'P1' }"))
    assert len(doubts(before)) == 1
    assert warned("[desk]\np1_share = '20%'\n", before) == []


def test_whoever_has_left_is_given_and_told_nothing() -> None:
    rest = (
        RULE.format(when="vpn", do="{ tag = 'x' }, { assign = 'Zoe' }")
        + "[[macros]]\nname = 'M'\ndo = [{ assign = 'zoe' }]\n"
        + ONLY_P2.format(when="tag:x").replace("P2", "P1")
        + "[[sla.thresholds]]\nat = '50%'\ndo = [{ notify = 'zoe' }, { notify = 'lead' }]\n"
    )
    agents = "[agents.ann]\nrole = 'admin'\n[agents.zoe]\n"
    before = plan(agents + rest)
    assert warned(agents + rest) == []
    said = [(3, f"{one} names zoe, who has left") for one in LEAVERS]
    assert warned(agents + "active = false\n") == []
    assert warned(agents + "active = false\n", before) == said
    assert [line for line, _ in warned(rest, plan(agents + "active = false\n"))] == [5, 8, 15]


LEAVERS = ('the level "50%" of "Gold"', 'the macro "M"', 'the rule "R"')


def test_a_condition_that_asks_for_a_name_of_before_is_told_when_that_goes() -> None:
    states = "".join(
        f"[[states]]\nname = '{one}'\ncategory = '{one}'\n{'default = true' if one == 'hold' else ''}\n"
        for one in ("new", "open", "pending", "hold", "solved", "closed")
    )
    parts = "[[states]]\nname = 'parts'\ncategory = 'hold'\n"
    before = plan(
        QUEUES
        + states
        + parts
        + RULE.format(when='queue:"Pay desk" -status:parts', do="{ tag = 'x' }")
        + ONLY_P2.format(when='queue:payments,"pay desk"')
    )
    assert warned("[queues.network]\nname = 'Net'\n", before) == []
    renamed = warned("[queues.network]\n[queues.payments]\nname = 'Checkout'\n", before)
    assert [(line, said.partition(";")[0]) for line, said in renamed] == [
        (1, 'the SLA policy "Gold": there is no queue "pay desk"'),
        (1, 'the rule "R": there is no queue "Pay desk"'),
    ]
    [(line, said)] = warned(states, before)
    assert (line, said[:38]) == (1, 'the rule "R": there is no state "parts')
