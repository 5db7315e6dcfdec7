"""The doctor finds each kind of damage to what a ticket keeps of its process."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.process import StepState
from deskterm.upkeep.doctor import examine
from tests.small_desk import Desk, copy_of, open_desk
from tests.upkeep.test_doctor import private, spoil, tamper

POLICY = """
[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Look"
[[processes.steps]]
name = "Fix"
within = "2h"
"""

DAMAGE = (
    ("UPDATE tickets SET process = 'incident'", "#1: its row and its history disagree about process"),
    ("UPDATE tickets SET process_version = 1", "#1: its row and its history disagree about process_version"),
    (
        "UPDATE tickets SET process_since = process_since + 1",
        "#1: its row and its history disagree about process_since",
    ),
    ("UPDATE tickets SET steps = '[]'", "#1: its row and its history disagree about steps"),
    (
        "UPDATE tickets SET steps = replace(steps, 'done', 'skipped')",
        "#1: its row and its history disagree about steps",
    ),
    ("UPDATE tickets SET step = ''", "#1: its row and its history disagree about step"),
    ("UPDATE tickets SET steps_skipped = 7", "#1: its row and its history disagree about steps_skipped"),
    ("DELETE FROM due WHERE what = 'step:Fix'", "#1: its alarms are not those of its clocks"),
    ("UPDATE due SET at = at + 1 WHERE what = 'step:Fix'", "#1: its alarms are not those of its clocks"),
    ("UPDATE due SET what = 'step:Look' WHERE what = 'step:Fix'", "#1: its alarms are not those"),
    (
        "INSERT INTO due (what, ticket, ref, at) VALUES ('step:Fix', 99, 0, 1)",
        "is about a ticket that is not there",
    ),
    ("UPDATE texts SET body = 'none' WHERE body = 'a spark'", "#1: 1 of its history's texts were altered"),
    ("DELETE FROM texts WHERE body = 'a spark'", "#1: 1 of its history's texts are missing"),
)


@pytest.fixture
def worked(sqlite_desk: Desk) -> Desk:
    """A desk with a ticket that is at its second step."""
    private(sqlite_desk)
    sqlite_desk.do("dana", c.ApplyPolicy(POLICY))
    number = sqlite_desk.create()
    sqlite_desk.do("bo", c.MarkStep((number,), "Look", StepState.DONE, "a spark"))
    assert examine(sqlite_desk.store).faults == []
    return sqlite_desk


def test_damage_to_what_is_kept_of_steps(worked: Desk, tmp_path: Path) -> None:
    worked.store.close()
    for sql, says in DAMAGE:
        desk = open_desk(copy_of(tmp_path / "desk.db", tmp_path / "damaged.db"))
        private(desk)
        spoil(desk, sql)
        found = examine(desk.store).faults
        desk.close()
        assert any(says in fault for fault in found), (sql, found)


def test_a_history_of_steps_that_cannot_be_read(worked: Desk) -> None:
    tamper(worked, "UPDATE events SET changes = replace(changes, '\"done\"', '\"flown\"') WHERE ticket = 1")
    assert any("#1" in fault and "was altered" in fault for fault in examine(worked.store).faults)
    tamper_again = "UPDATE events SET changes = replace(changes, '\"Look\"', '7') WHERE ticket = 1"
    spoil(worked, tamper_again)
    assert examine(worked.store).faults
