"""Policies: a file is applied as one step, kept as a version, taken back as one, and heard of by all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Level, Priority
from deskterm.domain.people import DESK
from deskterm.domain.plan import Plan
from deskterm.domain.policy import DEFAULT, Targets
from deskterm.domain.policy_diff import diff
from deskterm.domain.policy_file import PolicyError, parse
from deskterm.domain.policy_format import format_plan, format_policy
from deskterm.storage import policies
from deskterm.storage.database import Database
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine
from tests.domain.policies import no_holidays
from tests.small_desk import Desk

GOLD = """
[[sla]]
name = "Gold"
when = "tag:gold"
targets.P1 = { first_reply = "5m", resolution = "1h" }
"""
FILE = (
    GOLD
    + """
[queues.billing]
name = "Billing"
assign = "round robin"

[queues.network]
name = "Networks"

[agents.zoe]
name = "Zoe Zander"
queues = ["billing"]
skills = ["sap"]

[agents.bo]
capacity = 3

[[views]]
agent = "bo"
name = "Gold"
query = "tag:gold"
"""
)


def plan(desk: Desk) -> Plan:
    """The plan of the desk, as an admin sees it."""
    return desk.seen_by("dana").plan()


def faults(desk: Desk) -> list[str]:
    """What the doctor finds wrong, but for the modes of a copied file."""
    return [fault for fault in examine(desk.store).faults if "chmod" not in fault]


def test_a_file_is_applied_as_one_step_with_one_undo(desk: Desk) -> None:
    before = plan(desk)
    outcome = desk.do("dana", c.ApplyPolicy(FILE))
    assert outcome.summary.startswith("Applied policy 2: ")
    after = plan(desk)
    assert after.policy.version == 2
    assert after.policy.sla_named("Gold") is not None
    assert [(queue.key, queue.name) for queue in after.queues] == [
        ("billing", "Billing"),
        ("hr", "HR"),
        ("network", "Networks"),
        ("payments", "Payments"),
    ]
    zoe = desk.seen_by("").people().agent("zoe")
    assert zoe is not None
    assert (zoe.active, zoe.skills, len(zoe.queues)) == (True, frozenset({"sap"}), 1)
    assert [(one.agent, one.query) for one in after.views] == [("bo", "tag:gold")]
    assert faults(desk) == []

    desk.do("dana", c.Undo())
    back = plan(desk)
    assert replace(back, policy=replace(back.policy, version=1)) == replace(
        before, agents=(*before.agents, *(one for one in back.agents if one.login == "zoe"))
    )
    assert back.policy.version == 3
    assert [one.active for one in back.agents if one.login == "zoe"] == [False]
    desk.do("dana", c.Redo())
    again = plan(desk)
    assert again == replace(after, policy=replace(after.policy, version=4))
    assert faults(desk) == []


def test_every_version_is_kept_and_the_first_is_the_desks_own(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(GOLD))
    desk.do("dana", c.ApplyPolicy("sla = []"))
    with desk.store.database.read() as connection:
        found = policies.versions(connection)
        assert [one.number for one in found] == [1, 2, 3]
        assert found[0].digest == found[2].digest != found[1].digest
        assert [one.actor for one in found] == [None, desk.id("dana"), desk.id("dana")]
        assert policies.document(connection, 1) == format_policy(DEFAULT)
        known = policies.Policies(DEFAULT, lambda text, kept: pytest.fail("is known"))
        assert known.at(connection, 1) is DEFAULT
        with pytest.raises(NotFound):
            known.at(connection, 9)


def test_other_processes_go_by_the_new_policy_at_once(desk: Desk) -> None:
    other = desk.seen_by("bo")
    assert other.policy == DEFAULT
    desk.do("dana", c.ApplyPolicy('[targets]\nP4 = { first_reply = "1m" }'))
    assert other.policy.targets[Priority.P4] == Targets(first_reply=60)
    assert other.policy.version == 2
    number = desk.create()
    assert other.ticket(number).events[0].policy == 2


def test_a_store_with_a_policy_of_its_own_keeps_it_until_one_is_applied(desk: Desk) -> None:
    own = replace(DEFAULT, p1_share=0.5)
    store = Store(Database(desk.url), desk.actors["dana"], clock=desk.clock, policy=own)
    try:
        assert store.policy is own
        store.dispatch(c.ApplyPolicy(GOLD))
        assert store.policy.p1_share == 0.5
        assert desk.seen_by("").policy.p1_share == 0.5
    finally:
        store.close()


def test_who_looked_at_another_version_is_refused(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(GOLD, expected=1))
    with pytest.raises(Conflict, match="policy 2 was applied meanwhile: you looked at 1"):
        desk.do("dana", c.ApplyPolicy("sla = []", expected=1))
    assert plan(desk).policy.version == 2


def test_what_somebody_applied_since_is_not_taken_back(desk: Desk) -> None:
    first = desk.do("dana", c.ApplyPolicy(GOLD))
    desk.do("", c.ApplyPolicy("[desk]\np1_share = '20%'"))
    with pytest.raises(Conflict, match="cannot be taken back: the desk applied policy 3 since"):
        desk.do("dana", c.Undo(first.command))
    assert plan(desk).policy.version == 3


@pytest.mark.parametrize("who", ["alice", "carol", "vera"])
def test_only_an_admin_sees_and_applies_policies(desk: Desk, who: str) -> None:
    with pytest.raises(NotAllowed, match="may not apply a policy: that needs an admin"):
        desk.do(who, c.ApplyPolicy(GOLD))
    with pytest.raises(NotAllowed):
        desk.seen_by(who).plan()


def test_a_file_with_a_mistake_changes_nothing(desk: Desk) -> None:
    before = plan(desk)
    with pytest.raises(PolicyError, match=r'line 2: queues.new.assign: "whoever" is none of'):
        desk.do("dana", c.ApplyPolicy("[queues.new]\nassign = 'whoever'"))
    with pytest.raises(Refused, match="so already"):
        desk.do("dana", c.ApplyPolicy(format_plan(before)))
    assert plan(desk) == before


def test_an_admin_cannot_lock_themselves_out(desk: Desk) -> None:
    text = "complete = true\n[agents.carol]\nrole = 'admin'"
    with pytest.raises(Refused, match="end your own work"):
        desk.do("dana", c.ApplyPolicy(text))
    desk.do("", c.ApplyPolicy(text))
    people = desk.seen_by("").people().agents.values()
    assert [agent.login for agent in people if agent.active] == ["carol"]


def test_agents_who_left_come_back_by_undo_with_their_queues(desk: Desk) -> None:
    command = desk.do("", c.ApplyPolicy("complete = true\n[agents.dana]\n")).command
    alice = desk.seen_by("").people().agent("alice")
    assert alice is not None
    assert (alice.active, alice.queues) == (False, frozenset())
    desk.do("dana", c.Undo(command))
    alice = desk.seen_by("").people().agent("alice")
    assert alice is not None
    assert alice.active
    assert alice.queues


def test_differences_are_told_in_lines() -> None:
    def read(text: str, current: Plan) -> Plan:
        return parse(text, current, no_holidays)

    one = read(GOLD, Plan())
    two = read(GOLD.replace("5m", "10m").replace("tag:gold", "tag:vip"), one)
    assert [str(line) for line in diff(one, two)] == [
        "sla 'Gold' when tag:gold → tag:vip",
        "sla 'Gold' P1 first reply 5m → 10m",
    ]
    assert [str(line) for line in diff(Plan(), one)] == [
        "sla 'Gold' (when tag:gold, calendar 24x7, at risk 80%, P1 first reply 5m, P1 resolution 1h)"
    ]
    assert [line.sign for line in diff(one, Plan())] == ["−"]
    both = GOLD + GOLD.replace("Gold", "Silver")
    turned = GOLD.replace("Gold", "Silver") + GOLD
    lines = diff(read(both, Plan()), read(turned, Plan()))
    assert [str(line) for line in lines] == ["order of sla: Gold, Silver → Silver, Gold"]
    assert diff(one, one) == ()


def clock_of(desk: Desk, number: int) -> tuple[int, str]:
    """A ticket's resolution: its target in hours, and the name of the SLA policy that measures it."""
    before, desk.store.actor = desk.store.actor, DESK
    try:
        view = desk.store.ticket(number)
    finally:
        desk.store.actor = before
    (found,) = (clock for clock in view.clocks if clock.target == "resolution")
    return found.target_seconds // 3600, max(view.ticket.legs).policy if view.ticket.legs else "default"


def test_a_changed_policy_reaches_every_active_ticket_and_no_other(desk: Desk) -> None:
    gold = [desk.create(tags=("gold",), priority=Priority.P1, reason="x") for _ in range(3)]
    other = desk.create()
    closed = desk.create(tags=("gold",), priority=Priority.P1, reason="x")
    desk.do("bo", c.Close((closed,), "spam"))
    desk.clock.forward(minutes=10)
    desk.do("dana", c.ApplyPolicy(GOLD))
    assert desk.store.recalculate() > 0
    assert desk.store.recalculate() == 0
    assert [clock_of(desk, number) for number in gold] == [(1, "Gold")] * 3
    assert clock_of(desk, other) == (40, "default")
    assert clock_of(desk, closed) == (4, "default")
    assert faults(desk) == []
    told = [event for event in desk.seen_by("").history(gold[0]) if event.kind == "settled"]
    assert [(event.via, event.policy) for event in told] == [("policy", 2)]

    desk.do("dana", c.Undo())
    desk.store.recalculate()
    assert {clock_of(desk, number) for number in gold} == {(4, "default")}
    assert faults(desk) == []


NIGHT = """
[calendars.Night]
zone = "UTC"
hours = { sun = "03:00-04:00" }

[[sla]]
name = "Closed"
calendar = "Night"
targets.P4 = { resolution = "2h" }
"""


def test_what_is_added_outside_hours_is_counted_anew_kept_as_a_version_and_taken_back(desk: Desk) -> None:
    desk.clock.at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    number = desk.create()
    desk.do("dana", c.ApplyPolicy(NIGHT))
    desk.store.recalculate()
    assert clock_of(desk, number) == (2, "Closed")
    longer = NIGHT.replace("targets.P4", 'out_of_hours = "3h"\ntargets.P4')
    assert [str(one) for one in diff(plan(desk), parse(longer, plan(desk), no_holidays))] == [
        "sla 'Closed' outside hours adds none → 3h"
    ]
    desk.do("dana", c.ApplyPolicy(longer))
    assert desk.store.recalculate() > 0
    assert clock_of(desk, number) == (5, "Closed")
    kept = desk.seen_by("dana").policy.sla_named("Closed")
    assert kept is not None
    assert kept.out_of_hours == 3 * 3600
    assert faults(desk) == []
    desk.do("dana", c.Undo())
    desk.store.recalculate()
    assert clock_of(desk, number) == (2, "Closed")
    assert faults(desk) == []


def test_another_process_goes_on_where_one_was_ended(desk: Desk) -> None:
    numbers = [desk.create(tags=("gold",), priority=Priority.P1, reason="x", beyond="y") for _ in range(150)]
    desk.do("dana", c.ApplyPolicy(GOLD))
    first = desk.store.recalculate(lambda seconds: True)
    assert 0 < first < len(numbers)
    assert faults(desk) == []
    seen: list[int] = []
    rest = desk.seen_by("").recalculate(on_progress=seen.append)
    assert first + rest == len(numbers)
    assert seen[-1] == rest
    assert clock_of(desk, numbers[-1]) == (1, "Gold")
    assert faults(desk) == []


def test_a_policy_applied_meanwhile_begins_anew(desk: Desk) -> None:
    numbers = [desk.create(tags=("gold",), priority=Priority.P1, reason="x", beyond="y") for _ in range(100)]
    desk.do("dana", c.ApplyPolicy(GOLD))
    desk.store.recalculate(lambda seconds: True)
    desk.do("dana", c.ApplyPolicy(GOLD.replace("1h", "2h")))
    desk.store.recalculate()
    assert {clock_of(desk, number) for number in numbers} == {(2, "Gold")}


def test_nobody_waits_long_while_it_goes_on(desk: Desk) -> None:
    for _ in range(120):
        desk.create(tags=("gold",), priority=Priority.P1, reason="x", beyond="y")
    desk.do("dana", c.ApplyPolicy(GOLD))
    spans: list[float] = []

    def rest(seconds: float) -> bool:
        spans.append(seconds)
        return False

    desk.store.recalculate(rest)
    assert len(spans) > 1
    assert min(spans) < 5  # twice the time of one transaction, on a busy machine


def test_rules_on_time_are_waited_for_once_they_are_applied(desk: Desk) -> None:
    number = desk.create()
    text = """
    [[rules]]
    name = "Nudge"
    on = "time"
    since = "created"
    after = "2h"
    do = [{ tag = "old" }]
    """
    desk.do("dana", c.ApplyPolicy(text))
    desk.store.recalculate()
    desk.store.run_due()
    desk.clock.forward(hours=3)
    desk.store.run_due()
    assert desk.ticket(number).tags == {"old"}


VIP = (
    GOLD
    + """
[[rules]]
name = "Gold by its subject"
on = "intake"
when = "bullion"
do = [{ tag = "gold" }]

[[rules]]
name = "Gold by its type"
on = "update"
events = ["changed:type"]
when = "type:problem"
do = [{ tag = "gold" }]
"""
)


def test_s1_an_sla_policy_is_chosen_after_the_rules_have_run(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(VIP))
    routed = desk.create(subject="bullion is missing", impact=Level.HIGH, urgency=Level.HIGH)
    usual = desk.create(subject="a question", impact=Level.HIGH, urgency=Level.HIGH)

    def measured_by(number: int) -> str:
        leg = desk.ticket(number).leg
        return leg.policy if leg is not None else ""

    assert (measured_by(routed), measured_by(usual)) == ("Gold", "")
    assert desk.store.ticket(routed).row.due_at == desk.clock.at + timedelta(minutes=5)
    desk.clock.forward(minutes=1)
    desk.do("bo", c.Classify((usual,), (("type", "problem"),)))
    assert measured_by(usual) == "Gold"
    assert desk.store.ticket(usual).row.due_at == desk.ticket(usual).created_at + timedelta(minutes=5)
    assert faults(desk) == []
