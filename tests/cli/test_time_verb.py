"""`deskterm time`: listed, added, changed and deleted, in words and as JSON, and wherever it is shown."""

from __future__ import annotations

import csv
import io
import json

from tests.cli.conftest import Cli


def test_time_is_added_listed_changed_and_deleted(one: Cli) -> None:
    assert "no time is recorded" in one("time", "1").err
    assert one("time", "1", "add", "25m", "called", "Ana").out == "Recorded 25m on #1\n"
    assert one("time", "1", "add", "1h", "--at", "yesterday 14:30").code == 0
    found = one("time", "1", "--json").json
    assert (found["number"], found["worked_seconds"]) == (1, 5100)
    assert [line["text"] for line in found["worked"]] == ["", "called Ana"]
    line = found["worked"][1]
    assert (line["seconds"], line["timer"], line["changed_by"]) == (1500, False, None)
    shown = one("time", "1")
    assert "called Ana" in shown.out
    assert "worked 1h25 · 1 person" in shown.out + shown.err
    identity = str(line["id"])
    assert one("time", "1", "edit", identity, "40m").out == "Changed time on #1\n"
    assert one("time", "1", "edit", identity, "--text", "").code == 0
    changed = next(each for each in one("time", "1", "--json").json["worked"] if each["id"] == line["id"])
    assert (changed["seconds"], changed["text"]) == (2400, "")
    assert one("time", "1", "delete", identity).out == "Deleted time on #1\n"
    assert one("undo").code == 0
    assert one("time", "1", "--json").json["worked_seconds"] == 6000


def test_what_is_wrong_is_said(one: Cli) -> None:
    assert one("time", "1", "add").code == 2
    refused = one("time", "1", "add", "soon")
    assert (refused.code, "no time worked" in refused.err, "such as 25m" in refused.err) == (1, True, True)
    assert one("time", "1", "add", "25m", "--at", "2031-01-01").code == 1
    assert one("time", "1", "edit", "77", "25m").code == 3
    assert one("time", "1", "edit", "x", "25m").code == 2
    assert one("time", "1", "edit", "77").code == 2
    assert one("time", "99").code == 3
    assert one("time", "1", "add", "25m", who="alice").code == 0
    entry = str(one("time", "1", "--json").json["worked"][0]["id"])
    assert entry != ""


def test_it_is_in_show_export_and_queries(one: Cli) -> None:
    one("time", "1", "add", "1:15", "a\x1b[31mb")
    shown = one("show", "1", "--json").json
    assert shown["worked_seconds"] == 4500
    assert "worked      1h15 · 1 person" in one("show", "1").out
    assert [row["number"] for row in one("list", "worked:>1h", "--json").json] == [1]
    assert one("list", "worked:1h").code == 2
    assert one("list", "worked:soon").code == 2
    found = one("metrics", "worked:>1h", "--json").json["worked"]
    assert (found["seconds"], found["agents"][0]["tickets"]) == (4500, 1)
    assert found["organizations"][0]["seconds"] == 4500
    assert "1h15" in one("metrics").out
    lines = [json.loads(line) for line in one("export", "is:any", "--format", "jsonl").out.splitlines()]
    ticket = next(line for line in lines if line["record"] == "ticket" and line["number"] == 1)
    assert (ticket["worked_seconds"], ticket["worked"][0]["seconds"]) == (4500, 4500)
    sheet = list(csv.DictReader(io.StringIO(one("export", "is:any", "--format", "csv").out)))
    assert [(row["number"], row["worked_seconds"]) for row in sheet] == [("1", "4500")]
    event = next(line for line in lines if line["record"] == "event" and line["kind"] == "worked")
    assert event["changes"][0]["after"][0]["agent"] == ticket["worked"][0]["agent"]
    history = one("history", "1").out
    assert "worked 1h15 (" in history
    assert "\x1b[31m" not in history
