"""docs/processes.md: its files are applied, its commands are run, and say what the manual shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.policy_file import read_policy
from deskterm.domain.process import StepState
from tests.cli.conftest import Cli
from tests.small_desk import Desk

MANUAL = (Path(__file__).parents[2] / "docs/processes.md").read_text("utf-8")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def example(name: str) -> str:
    """The block of the manual with this mark."""
    found = re.search(
        rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE
    )
    assert found is not None, name
    return found[1]


def test_the_commands_say_what_the_manual_shows(
    bo: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("incident.toml", "access.toml"):
        Path(name).write_text(example(name))
    Path("desk.toml").write_text(example("incident.toml") + example("access.toml"))
    ran = 0
    for kind, block in re.findall(r"^```(console|sh)\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE):
        prompt = r"^\$ deskterm " if kind == "console" else "^deskterm "
        for step in re.split(prompt, block, flags=re.MULTILINE)[1:]:
            words, _, expected = step.partition("\n")
            done = bo(*shlex.split(words))
            if kind == "console":
                # Times are those of the moment, and as long.
                assert TIME.sub("TIME", done.out + done.err) == TIME.sub("TIME", expected), words
            refused = "deskterm: " in expected
            assert (done.code in (1, 4)) if refused else done.code == 0, words
            ran += 1
    assert ran > 30


def test_the_files_are_policies_whose_processes_are_read() -> None:
    assert [one.name for one in read_policy(example("incident.toml")).processes] == ["Incident"]
    access = read_policy(example("access.toml"))
    assert [one.name for one in access.processes] == ["Access request"]
    assert [one.name for one in access.rules] == ["Access", "Skipped"]


def test_what_rings_says_what_the_manual_shows(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(example("incident.toml")))
    number = desk.create("bo", owner=desk.id("bo"))
    desk.clock.forward(hours=4, minutes=1)
    while desk.store.run_due():
        pass
    rung = [line.text for line in desk.seen_by("bo").reminders()]
    assert example("late").strip() in rung
    for step, values in (("1", ()), ("2", ()), ("3", (("root_cause", "a spark"),))):
        desk.do("bo", c.MarkStep((number,), step, StepState.DONE, values=values))
    desk.do("bo", c.Solve((number,), "works again"))
    desk.clock.forward(days=9)
    while desk.store.run_due():
        pass
    assert desk.ticket(number).state is State.SOLVED
    assert example("held").strip() in [line.text for line in desk.seen_by("bo").reminders()]
    for step in ("4", "5"):
        desk.do("bo", c.MarkStep((number,), step, StepState.DONE))
    while desk.store.run_due():
        pass
    assert desk.ticket(number).close_reason == "no answer"


def test_the_manual_names_every_key_of_a_step() -> None:
    for key in ("name", "text", "owner", "required", "before", "within", "when", "approval", "fields"):
        assert f"| `{key}` |" in MANUAL, key
