"""Exports hold what the query finds and the actor may see, in shapes that other programs can trust."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from deskterm.channels.export import CSV_COLUMNS, inert
from deskterm.channels.shapes import dump
from tests.cli.conftest import Cli


@pytest.fixture
def two(one: Cli) -> Cli:
    """A desk with a ticket that was worked and, in the hidden queue HR, another one linked to it."""
    one("reply", "1", "We are on it")
    one("set", "1", "subject==cmd|' /C calc'!A0", "owner=hana")
    one("new", "Salary", "--queue", "hr", "--requester", "x@y", who="hana")
    one("link", "1", "2", who="hana")
    one("set", "1", "tag=+seen")
    return one


def test_json_is_what_show_says(two: Cli) -> None:
    exported = json.loads(two("export", "is:any").out)
    assert len(exported) == 1
    shown = two("show", "1", "--json").json
    for ticket in (exported[0], shown):
        for clock in ticket["clocks"]:
            del clock["used_seconds"]
    assert exported[0] == shown
    assert two("export", "tag:none").out == "[]\n"


def test_csv(two: Cli) -> None:
    rows = list(csv.reader(io.StringIO(two("export", "is:any", "--format", "csv").out)))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert len(rows) == 2
    cells = dict(zip(CSV_COLUMNS, rows[1], strict=True))
    assert cells["subject"] == "'=cmd|' /C calc'!A0"
    assert (cells["number"], cells["owner"], cells["tags"]) == ("1", "hana", "outage seen")
    assert (cells["requester_name"], cells["requester_address"]) == ("Ana Ruiz", "ana@northwind.example")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", " =1", "\uff1d1", "\n=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert inert(cell) == "'" + cell
    assert inert("a" + cell) == "a" + cell


def lines(cli: Cli, who: str = "bo") -> list[dict[str, Any]]:
    """An export as records."""
    ran = cli("export", "is:any", "--format", "jsonl", who=who)
    assert ran.err == ""
    return [json.loads(line) for line in ran.out.splitlines()]


def test_lines_hold_everything_and_are_canonical(two: Cli) -> None:
    raw = two("export", "is:any", "--format", "jsonl").out.splitlines()
    assert all(line == dump(json.loads(line), canonical=True) for line in raw)
    found = [json.loads(line) for line in raw]
    assert [record["record"] for record in found[:3]] == ["ticket", "message", "message"]
    ticket = found[0]
    assert (ticket["queue"], ticket["owner"], ticket["fields"]) == ("payments", "hana", {"vendor": "acme"})
    assert ticket["organization"] == "Northwind"
    kinds = [record["kind"] for record in found if record["record"] == "event"]
    assert kinds == ["created", "received", "replied", "assigned", "classified", "linked", "tagged"]
    changes = {change["field"]: change for record in found[3:] for change in record["changes"]}
    assert changes["owner"]["after"] == "hana"
    assert changes["queue"]["after"] == "payments"


def test_nothing_of_a_hidden_queue_is_in_it(two: Cli) -> None:
    for how in ("json", "jsonl", "csv"):
        text = two("export", "is:any", "--format", how).out
        assert "Salary" not in text
        assert "hr" not in text.split('"'), how
    linked = [record for record in lines(two) if record.get("kind") == "linked"]
    assert [change["after"] for record in linked for change in record["changes"]] == []
    seen = [record for record in lines(two, "hana") if record.get("kind") == "linked"]
    assert seen[0]["changes"][0]["after"] == [["related", 2]]


def test_a_file_is_whole_or_not_there(two: Cli, home: Path) -> None:
    file = home / "out.json"
    ran = two("export", "-o", file)
    assert (ran.code, ran.out, ran.err) == (0, "", f"1 tickets written to {file}\n")
    assert len(json.loads(file.read_text())) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert two("export", "stat:x", "-o", file).code == 2
    assert file.read_bytes() == before
    ran = two("export", "-o", home / "no" / "such" / "folder.json")
    assert (ran.code, ran.out) == (6, "")
    assert sorted(path.name for path in home.iterdir() if path.name.startswith(".")) == []
    assert two("export", "-o", file, "--json").json == {"file": str(file), "tickets": 1}
