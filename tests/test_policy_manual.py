"""docs/policy.md: its example is applied to a desk, and the desk says what the manual says."""

from __future__ import annotations

import re
from pathlib import Path

from deskterm.domain.commands import ApplyPolicy
from deskterm.domain.plan import Plan
from deskterm.domain.policy_diff import diff
from deskterm.domain.policy_file import parse
from deskterm.domain.policy_format import format_plan
from deskterm.domain.policy_notes import NOTES
from deskterm.holiday_dates import holiday_dates
from tests.small_desk import Desk

MANUAL = (Path(__file__).parents[1] / "docs/policy.md").read_text("utf-8")


def example(name: str) -> str:
    """The block of the manual with this mark."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", MANUAL, re.DOTALL)
    assert found is not None, name
    return found[1]


def test_the_example_changes_what_the_manual_says(desk: Desk) -> None:
    text = example("office.toml")
    admin = desk.seen_by("dana")
    before = admin.plan()
    lines = [f"{one.sign} {one}" for one in diff(before, parse(text, before, holiday_dates))]
    assert lines == example("diff").splitlines()
    desk.do("dana", ApplyPolicy(text))
    number = desk.create(subject="A refund, please", queue="network")
    assert desk.ticket(number).tags == {"refund"}
    assert desk.ticket(number).queue == 1


def test_every_part_and_key_is_in_the_manual() -> None:
    for part in NOTES:
        if part:
            assert f"[{part}" in MANUAL, part
    for key in re.findall(r"^(\w+) = ", format_plan(Plan(), explain=False), re.MULTILINE):
        if key not in ("high", "medium", "low", "P1", "P2", "P3", "P4"):
            assert f"`{key}`" in MANUAL or f"[{key}]" in MANUAL, key
