"""Clocks of tickets with a process: SLA policies ask for process and step, and time used stays."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound
from deskterm.domain.process import StepState
from tests import invariants
from tests.small_desk import Desk

HOUR = 3600
PROCESS = """
[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Fix"
[[processes.steps]]
name = "Root cause"
"""
EVERY = "".join(f'P{level} = {{ resolution = "HOURS" }}\n' for level in range(1, 5))
SLA = (
    PROCESS
    + '[[sla]]\nname = "Fixing"\nwhen = "process:incident step:fix"\n[sla.targets]\n'
    + EVERY.replace("HOURS", "1h")
    + '[[sla]]\nname = "Incidents"\nwhen = "process:incident"\n[sla.targets]\n'
    + EVERY.replace("HOURS", "10h")
)


def resolution(desk: Desk, number: int) -> tuple[int, int]:
    """The target of a ticket's resolution and what was used of it, in seconds."""
    [clock] = [one for one in desk.store.ticket(number).clocks if one.target == "resolution"]
    assert clock.target_seconds is not None
    return clock.target_seconds, clock.used_seconds


def recalculated(desk: Desk, policy: str) -> None:
    """Apply a policy and wait for what the background does."""
    desk.do("dana", c.ApplyPolicy(policy))
    desk.store.recalculate()


def test_clocks_go_by_the_process_and_the_step_of_a_ticket(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(PROCESS))
    old = desk.create()
    before = resolution(desk, old)[0]
    desk.clock.forward(minutes=10)
    recalculated(desk, SLA)
    new = desk.create()
    assert (resolution(desk, old), resolution(desk, new)) == ((HOUR, 600), (HOUR, 0))
    desk.clock.forward(minutes=10)
    desk.do("bo", c.MarkStep((old, new), "Fix", StepState.DONE))
    assert (resolution(desk, old), resolution(desk, new)) == ((10 * HOUR, 1200), (10 * HOUR, 600))
    desk.do("bo", c.FollowProcess((new,), "", "a question after all"))
    assert resolution(desk, new) == (before, 600)
    desk.do("bo", c.Undo())
    assert resolution(desk, new) == (10 * HOUR, 600)
    recalculated(desk, SLA.replace('"10h"', '"5h"').replace('"Root cause"', '"Cause"'))
    assert (resolution(desk, old), resolution(desk, new)) == ((5 * HOUR, 1200), (5 * HOUR, 600))
    # They keep the steps they began with: the new name is for those that begin it from now on.
    assert [line.step.name for line in desk.store.ticket(old).steps] == ["Fix", "Root cause"]
    invariants.check(desk.store.database, desk.store.policy)


def test_an_older_policy_brings_its_processes_back(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(SLA))
    number = desk.create()
    desk.do("dana", c.ApplyPolicy("processes = []\nsla = []"))
    desk.store.recalculate()
    other = desk.create()
    assert (desk.ticket(number).process, desk.ticket(other).process) == ("Incident", "")
    desk.do("bo", c.MarkStep((number,), "Fix", StepState.DONE))
    assert desk.store.numbers('step:"root cause"') == (number,)
    with pytest.raises(NotFound, match="there is no process 'Incident'"):
        desk.do("bo", c.FollowProcess((other,), "Incident"))
    desk.do("dana", c.Undo())
    assert [one.name for one in desk.store.policy.processes] == ["Incident"]
    desk.do("bo", c.FollowProcess((other,), "Incident"))
    desk.store.recalculate()
    assert resolution(desk, other)[0] == HOUR
    invariants.check(desk.store.database, desk.store.policy)
