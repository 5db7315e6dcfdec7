"""`deskterm rules`: what rules say, did and would do, for people and for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def made(cli: Cli, path: Path) -> list[str]:
    """A desk with three tickets, two of them about the VPN; returns what opens it."""
    where = ["--db", str(path), "--as", "bo"]
    for subject in ("VPN drops", "Printer jams", "VPN again"):
        assert cli(*where, "new", subject, "--requester", "ana@x.example").code == 0
    return where


def test_a_condition_is_tried_before_it_is_a_rule(cli: Cli, made: list[str]) -> None:
    ran = cli(*made, "rules", "test", "--when", "vpn")
    assert ran.code == 0
    first, header, *rows = ran.out.splitlines()
    assert first == "this condition: would have matched 2 of the last 3 tickets"
    assert header.split()[:3] == ["#", "P", "SUBJECT"]
    assert [row.split()[0] for row in rows] == ["3", "1"]
    found = cli(*made, "--json", "rules", "test", "--when", "vpn", "--limit", "1").json
    (rule,) = found["rules"]
    assert (rule["matched"], rule["of"]) == (2, 3)
    assert [ticket["number"] for ticket in rule["tickets"]] == [3]
    assert (found["conflicts"], found["never_asked"]) == ([], [])


def test_what_is_mistyped_is_said(cli: Cli, made: list[str]) -> None:
    assert cli(*made, "rules", "test", "--when", "queu:x").code == 2
    assert cli(*made, "rules", "test", "nothing").code == 3
    assert cli(*made, "rules", "test", "--last", "-1").code == 2
    assert "docs/rules.md" in cli(*made, "rules", "list").err
    assert cli(*made, "--json", "rules", "hits").json == []
