"""`deskterm process`, `steps` and `step`: begun, marked, shown and refused, in words and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

POLICY = """
[[processes]]
name = "Incident"
types = ["incident"]
[[processes.steps]]
name = "Fix"
owner = "bo"
within = "2h"
text = "Make it work again"
[[processes.steps]]
name = "Root cause"
fields = ["root_cause"]
[[processes.steps]]
name = "Tell security"
when = "tag:security"
[[processes.steps]]
name = "Docs check"
before = "closed"

[[processes]]
name = "Access request"
[[processes.steps]]
name = "Approve"
approval = "lead"
[[processes.steps]]
name = "Grant"
"""
STEP = [
    "name", "state", "current", "required", "before", "owner", "approval", "fields", "due_at", "late", "by",
    "at", "text",
]  # fmt: skip


@pytest.fixture
def desk(bo: Cli, tmp_path: Path) -> Cli:
    """A desk with two processes and incident #1, as bo."""
    policy = tmp_path / "processes.toml"
    policy.write_text(POLICY)
    assert bo("policy", "apply", policy, "--as", "dana").code == 0
    assert bo("new", "Checkout returns 502", "--requester", "ana@northwind.example").out == "Opened #1\n"
    return bo


def states(desk: Cli, number: int = 1) -> list[str]:
    """What became of each step."""
    return [line["state"] for line in desk("steps", str(number), "--json").json["steps"]]


def test_steps_are_listed(desk: Cli) -> None:
    told = desk("steps", "1", "--json").json
    assert (told["number"], told["process"]) == (1, "Incident")
    assert [list(line) for line in told["steps"]] == [STEP] * 4
    fix = told["steps"][0]
    assert (fix["name"], fix["current"], fix["owner"], fix["late"]) == ("Fix", True, "bo", False)
    assert fix["due_at"] is not None
    assert states(desk) == ["open", "open", "needless", "open"]
    lines = desk("steps", "1").out.splitlines()
    assert lines[0] == "Incident, at Fix (0 of 3 over)"
    assert lines[1].split() == ["#", "STATE", "STEP", "WHOSE", "BEFORE", "DUE", "SAID"]
    assert "▸ now" in lines[2]
    assert "Make it work again" in lines[2]
    assert "fills root_cause" in lines[3]
    assert "· not needed" in lines[4]
    shown = desk("show", "1", "--json").json
    assert (shown["process"], shown["steps"]) == (told["process"], told["steps"])
    assert lines[1:] == [line for line in desk("show", "1").out.splitlines() if line in lines]


def test_steps_are_marked_by_name_and_by_place(desk: Cli) -> None:
    ran = desk("step", "1", "fix", "done", "the", "cache was cold")
    assert (ran.code, ran.out) == (0, "Done: Fix on #1\n")
    ran = desk("step", "1", "2", "done", "--field", "root_cause=a full disk", "--text", "at last")
    assert (ran.code, ran.out) == (0, "Done: Root cause on #1\n")
    assert desk("show", "1", "--json").json["fields"] == {"root_cause": "a full disk"}
    ran = desk("step", "1", "Docs check", "skip", "-", stdin="nothing to write")
    assert (ran.code, ran.out) == (0, "Skipped: Docs check on #1\n")
    assert states(desk) == ["done", "done", "needless", "skipped"]
    said = [line["text"] for line in desk("steps", "1", "--json").json["steps"]]
    assert said == ["the cache was cold", "at last", "", "nothing to write"]
    table = desk("steps", "1").out
    assert "✓ done" in table
    assert "↷ skipped" in table
    assert "nothing to write" in table
    told = desk("step", "1", "4", "open", "--json").json
    assert (told["changed"], told["summary"]) == ([1], "Opened: Docs check on #1")
    assert desk("undo").code == 0
    assert states(desk)[3] == "skipped"
    history = desk("history", "1").out
    assert "Fix done: the cache was cold" in history
    assert "Docs check skipped: nothing to write" in history


def test_several_tickets_are_one_step(desk: Cli) -> None:
    for subject in ("Second", "Third"):
        assert desk("new", subject).code == 0
    assert desk("step", "1,2,3", "Fix", "done").out == "Done: Fix on 3 tickets\n"
    assert desk("process", "2,3", "none", "--reason", "questions after all").code == 0
    refused = desk("step", "1,2,3", "Root cause", "skip", "nobody knows", "--json")
    assert refused.code == 1
    assert "2 left out" in refused.err
    assert states(desk)[1] == "skipped"
    # A place is one of the first ticket: of the others it is the step of that name that is meant.
    assert desk("process", "2", "Access request").code == 0
    assert "no step 'Docs check'" in desk("step", "1,2", "4", "done").err


def test_processes_are_begun_changed_and_ended(desk: Cli) -> None:
    missing = desk("process", "1", "access", "request", "--json")
    assert (missing.code, missing.error["field"]) == (1, "reason")
    ran = desk("process", "1", "access", "request", "--reason", "they ask for an account")
    assert (ran.code, ran.out) == (0, "Began Access request on #1\n")
    assert [
        row["number"] for row in desk("list", 'process:"access request" step:approve', "--json").json
    ] == [1]
    assert desk("process", "1", "none", "--reason", "a question").out == "Ended the process of #1\n"
    assert desk("steps", "1", "--json").json == {"number": 1, "process": None, "steps": []}
    none = desk("steps", "1")
    assert (none.code, none.out, none.err) == (0, "", "#1 follows no process: deskterm process 1 NAME\n")
    assert desk("process", "1", "incident").code == 0
    assert desk("show", "1", "--json").json["process"] == "Incident"


WRONG = [
    (("step", "1", "Fix", "skip"), 1, "text", ""),
    (("step", "1", "Root cause", "done"), 1, "field.root_cause", "fill field.root_cause with it"),
    (("step", "1", "Fix", "refuse", "no"), 1, "step", "skip it"),
    (("step", "1", "Fix", "open"), 1, "step", ""),
    (("step", "1", "Tell security", "done"), 1, "step", ""),
    (("step", "1", "Fly", "done"), 3, "step", "Fix, Root cause, Tell security, Docs check"),
    (("step", "1", "9", "done"), 3, "step", "Fix, Root cause, Tell security, Docs check"),
    (("step", "99", "Fix", "done"), 3, "ticket", ""),
    (("steps", "99"), 3, "ticket", ""),
    (("process", "99", "Incident"), 3, "ticket", ""),
    (("process", "1", "Onboarding"), 3, "process", "one of Incident, Access request"),
    (("process", "1", "Incident"), 1, "process", ""),
    (("process", "1"), 2, "process", "one of Incident, Access request, none"),
    (("step", "1", "Fix", "mend"), 2, "", ""),
    (("step", "1", "Fix"), 2, "", ""),
    (("step", "1", "Fix", "done", "--field", "root_cause"), 2, "field", "--field NAME=VALUE"),
    (("step", "1", "Fix", "done", "a", "--text", "b"), 2, "text", "as words, or with --text"),
    (("steps", "1,2"), 2, "ticket", ""),
    (("solve", "1", "works again"), 1, "steps", "mark them as done, or skip them with a reason"),
    (("set", "1", "state=solved", "note=works"), 1, "steps", ""),
    (("reply", "1", "Works", "--and", "solve"), 1, "steps", ""),
]


@pytest.mark.parametrize(("words", "code", "field", "hint"), WRONG, ids=[" ".join(one[0]) for one in WRONG])
def test_what_is_wrong_is_said(desk: Cli, words: tuple[str, ...], code: int, field: str, hint: str) -> None:
    ran = desk(*words, "--json")
    assert ran.code == code
    assert (ran.error["field"] or "") == field
    assert hint in (ran.error["hint"] or "")


def test_only_the_role_that_is_asked_decides(desk: Cli) -> None:
    assert desk("process", "1", "Access request", "--reason", "an account").code == 0
    assert desk("step", "1", "Grant", "done", "--json").error["message"].endswith("is not given yet")
    refused = desk("step", "1", "Approve", "done", "--json")
    assert (refused.code, refused.error["hint"]) == (4, "ask a lead")
    assert desk("step", "1", "Approve", "refuse", "too many", who="carol").code == 0
    assert "✗ refused" in desk("steps", "1").out
    assert desk("step", "1", "Approve", "done", who="carol").code == 0
    assert desk("step", "1", "Grant", "done").code == 0
    assert desk("solve", "1", "granted").code == 0
    assert desk("step", "1", "1", "done", who="vera").code == 4


def test_nothing_is_said_of_tickets_that_one_may_not_see(desk: Cli) -> None:
    assert desk("new", "Salary", "--queue", "hr", who="hana").out == "Opened #2\n"
    assert desk("steps", "2", "--json", who="hana").json["process"] == "Incident"
    for words in (("steps", "2"), ("step", "2", "Fix", "done"), ("process", "2", "none", "--reason", "x")):
        hidden, nowhere = desk(*words), desk(words[0], "99", *words[2:])
        assert hidden.code == nowhere.code == 3
        assert hidden.err == nowhere.err.replace("#99", "#2")
    assert desk("step", "1,2", "Fix", "done", "--json").code == 1
    assert states(desk)[0] == "done"
    told = [line["state"] for line in desk("steps", "2", "--json", who="hana").json["steps"]]
    assert told[0] == "open"


def test_a_desk_without_processes_says_how_one_comes_to_be(one: Cli) -> None:
    ran = one("process", "1", "Incident", "--json")
    assert (ran.code, ran.error["hint"]) == (3, "an admin adds one to the policy")
    assert one("step", "1", "Fix", "done").code == 1
    assert one("show", "1", "--json").json["steps"] == []
    assert "process" not in one("show", "1").out


def test_what_is_hostile_is_only_text(desk: Cli) -> None:
    assert desk("step", "1", "Fix", "done", "\x1b[31m[bold]red[/bold]\n\u202e").code == 0
    table = desk("steps", "1").out
    assert "\x1b" not in table
    assert "\u202e" not in table
    assert "[bold]red[/bold]" in table


def test_exports_carry_the_process_and_what_became_of_its_steps(desk: Cli) -> None:
    assert desk("new", "A question", "--type", "question").code == 0
    assert desk("step", "1", "Fix", "skip", "it went away").code == 0
    [first, second] = sorted(desk("export", "is:any").json, key=lambda each: each["number"])
    assert (first["process"], second["process"], second["steps"]) == ("Incident", None, [])
    assert [step["state"] for step in first["steps"]] == ["skipped", "open", "needless", "open"]
    rows = list(csv.DictReader(io.StringIO(desk("export", "is:any", "--format", "csv").out)))
    told = [(row["number"], row["process"], row["step"], row["steps_skipped"]) for row in rows]
    assert told == [("1", "Incident", "Root cause", "1"), ("2", "", "", "0")]
    lines = [json.loads(line) for line in desk("export", "is:any", "--format", "jsonl").out.splitlines()]
    ticket = next(line for line in lines if line["record"] == "ticket" and line["number"] == 1)
    assert (ticket["process"], ticket["process_version"]) == ("Incident", 2)
    fix = next(mark for mark in ticket["steps"] if mark["step"] == "Fix")
    at = fix.pop("at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert fix == {"step": "Fix", "state": "skipped", "agent": "bo", "text": "it went away"}
    event = next(line for line in lines if line["record"] == "event" and line["kind"] == "step")
    [change] = [change for change in event["changes"] if change["field"] == "steps"]
    assert change["after"] == [{**fix, "at": at}]
    history = desk("history", "1", "--json").json
    assert [one["changes"] for one in history if one["kind"] == "step"] == [event["changes"]]
