"""What an SLA policy does on the way of a clock: each level once, its actions with it, whoever runs it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from deskterm.domain import commands as c
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.wording import sentence
from deskterm.storage import journal
from deskterm.storage.tables import due
from deskterm.upkeep.doctor import examine
from tests import workers
from tests.small_desk import NETWORK, START, Desk

PATIENCE = 120

POLICY = """
[calendars.Office]
zone = "Europe/Berlin"
hours = { mon = "09:00-17:00", tue = "09:00-17:00", wed = "09:00-17:00", thu = "09:00-17:00" }

[[sla]]
name = "Payments"
when = "queue:payments"
calendar = "Office"
[sla.targets]
P1 = { first_reply = "15m", resolution = "4h" }
P4 = { first_reply = "8h", resolution = "40h" }
[[sla.thresholds]]
at = "50%"
level = "half"
target = "resolution"
do = [{ tag = "half-way" }]
[[sla.thresholds]]
at = "100%"
level = "breached"
target = "resolution"
do = [{ queue = "network", text = "it ran out" }]
"""
URGENT: dict[str, Any] = {"impact": Level.HIGH, "urgency": Level.HIGH}


def under_policy(desk: Desk) -> None:
    """Apply the policy of these tests."""
    desk.do("dana", c.ApplyPolicy(POLICY))


def faults(desk: Desk) -> list[str]:
    """What the doctor finds, but for the modes of a copied file."""
    return [fault for fault in examine(desk.store).faults if "chmod" not in fault]


def pass_until(desk: Desk, hours: float) -> None:
    """Let so many hours pass since the start, and what is due be done."""
    desk.clock.at = START + timedelta(hours=hours)
    while desk.store.run_due():
        pass


def test_each_level_is_recorded_once_with_what_the_policy_does(desk: Desk) -> None:
    under_policy(desk)
    number = desk.create(**URGENT)
    assert [leg.policy for leg in desk.ticket(number).legs] == ["Payments"]
    pass_until(desk, 1.9)
    assert "half-way" not in desk.ticket(number).tags
    pass_until(desk, 2)
    assert "half-way" in desk.ticket(number).tags
    assert "resolution:half" in desk.ticket(number).alerts
    pass_until(desk, 9)
    ticket = desk.ticket(number)
    assert (ticket.queue, ticket.priority) == (NETWORK, Priority.P1)
    told = [sentence(event, {}, {1: "Payments", 2: "Network"}) for event in desk.store.history(number)]
    assert "resolution half" in told
    assert any("half-way" in words and "the resolution clock came to half" in words for words in told)
    pass_until(desk, 90)
    kinds = [event.kind for event in desk.store.history(number)]
    assert (kinds.count("reached"), kinds.count("breached")) == (1, 2)
    assert faults(desk) == []


def test_nothing_rings_while_the_desk_is_closed(desk: Desk) -> None:
    under_policy(desk)
    number = desk.create()
    pass_until(desk, 7 * 24)
    times = [
        event.at for event in desk.store.history(number) if event.kind in ("reached", "at_risk", "breached")
    ]
    assert len(times) == 4  # all at once here: the clock was moved by a week
    calm = desk.create()
    with desk.store.database.read() as connection:
        statement = select(due.c.what, due.c.at).where(due.c.ticket == calm)
        rows = connection.execute(statement).all()
    assert len(rows) == 5
    for _, at in rows:
        hour = (at // 3_600_000) % 24
        assert 8 <= hour <= 16, "an alarm at night"


EARLY = """
[[sla]]
name = "All"
targets.P4 = { next_reply = "1h", resolution = "40h" }
[[sla.thresholds]]
at = "2h before"
level = "early"
target = "next_reply"
do = [{ note = "Somebody waits." }]
"""


def test_a_level_that_is_reached_as_a_wait_begins_rings_for_each_wait(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(EARLY))
    number = desk.create()
    desk.do("bo", c.Reply((number,), "We look", State.OPEN))
    for turn in range(1, 4):
        desk.do("", c.Receive((number,), "And now?"))
        pass_until(desk, turn)
        told = [sentence(event, {}, {}) for event in desk.store.history(number)]
        assert told.count("next reply early") == turn
        assert sum("the next reply clock came to early" in words for words in told) == turn
        desk.do("bo", c.Reply((number,), "Still", State.OPEN))
        if turn == 3:
            # Taking the answer back begins no other wait.
            desk.do("bo", c.Undo())
            pass_until(desk, turn + 0.5)
            assert [event.kind for event in desk.store.history(number)].count("reached") == turn
    assert faults(desk) == []


BESIDE = """
[[sla]]
name = "All"
targets.P1 = { resolution = "4h" }
targets.P4 = { resolution = "4h" }
[[sla.thresholds]]
at = "100%"
do = [{ tag = "late" }, { priority = "P1", text = "late" }]
[[rules]]
name = "Late"
on = "update"
events = ["breached"]
when = "tag:late priority:P1"
do = [{ tag = "told" }]
"""


def test_rules_go_on_from_what_a_level_did(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(BESIDE))
    number = desk.create(tags=("new",))
    pass_until(desk, 5)
    ticket = desk.ticket(number)
    assert ticket.tags == {"new", "late", "told"}
    assert ticket.priority is Priority.P1
    assert faults(desk) == []


AGAINST = """
[[sla]]
name = "All"
targets.P1 = { resolution = "4h" }
targets.P4 = { resolution = "40h" }
[[sla.thresholds]]
at = "100%"
do = [{ note = "It is late." }]
[[rules]]
name = "Calm down"
on = "update"
events = ["breached"]
do = [{ priority = "P4", text = "calm" }]
[[rules]]
name = "Hurry up"
on = "update"
events = ["breached"]
do = [{ priority = "P1", text = "hurry" }]
"""


def test_a_level_rings_once_although_one_rule_takes_back_what_another_does(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(AGAINST))
    number = desk.create(**URGENT)
    pass_until(desk, 5)
    pass_until(desk, 6)
    kinds = [event.kind for event in desk.store.history(number)]
    assert (desk.ticket(number).priority, kinds.count("breached")) == (Priority.P1, 1)
    assert "rule_stopped" not in kinds
    assert faults(desk) == []


@pytest.fixture
def started() -> Any:
    """Processes that a test started; those left over are killed."""
    processes: list[Any] = []
    yield processes
    for process in processes:
        process.kill()
        process.join(PATIENCE)


def test_a_snooze_never_hides_a_breach_from_a_lead(desk: Desk) -> None:
    number = desk.create()
    for login in ("bo", "carol", "dana"):
        desk.do(login, c.Snooze((number,), START + timedelta(days=3)))
    hidden = f"number:{number}"

    def seen() -> dict[str, int]:
        return {login: desk.seen_by(login).count(hidden) for login in ("bo", "carol", "dana")}

    pass_until(desk, 7)
    assert seen() == {"bo": 0, "carol": 0, "dana": 0}
    pass_until(desk, 8)
    assert seen() == {"bo": 0, "carol": 1, "dana": 1}
    assert desk.seen_by("carol").count("is:breached") == 1
    desk.do("carol", c.Snooze((number,), START + timedelta(days=3)))
    pass_until(desk, 9)
    assert seen() == {"bo": 0, "carol": 0, "dana": 1}
    assert faults(desk) == []


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(3))
def test_levels_fire_once_under_six_racing_processes_of_which_some_are_killed(
    desk: Desk, started: list[Any], turn: int
) -> None:
    under_policy(desk)
    for _ in range(40):
        desk.create(**URGENT)
    start, answers = workers.PROCESSES.Barrier(7), workers.PROCESSES.Queue()
    for _ in range(6):
        process = workers.PROCESSES.Process(
            target=workers.run_due, args=(desk.url, 24 * 60, start, answers), daemon=True
        )
        process.start()
        started.append(process)
    start.wait(PATIENCE)
    for process in started[:3]:
        threading.Event().wait(0.03 * (turn + 1))
        process.kill()
    for process in started:
        process.join(PATIENCE)
    pass_until(desk, 24)
    with desk.store.database.read() as connection:
        events = journal.since(connection, 0, 10_000)
    for number in range(1, 41):
        mine = [event for event in events if event.ticket == number]
        rung = [change for event in mine if (change := event.change("alerts")) is not None]
        levels = [name for change in rung for name in change.after]
        assert len(levels) == len(set(levels))
        assert {"resolution:half", "resolution:breached", "first_reply:breached"} <= set(levels)
        fired = [event for event in mine if event.kind == "ruled"]
        assert len(fired) == 2
    assert faults(desk) == []
