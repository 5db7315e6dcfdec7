"""`deskterm rules`: what rules say, did and would do, for people and for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def made(cli: Cli, path: Path) -> list[str]:
    """A desk with three tickets, two of them about the VPN; returns what opens it."""
    where = ["--db", str(path), "--as", "dana"]
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
    agent = cli("--db", made[1], "--as", "bo", "rules", "list")
    assert agent.code == 4
    assert "a lead" in agent.err
    assert "docs/rules.md" in cli(*made, "rules", "list").err
    assert cli(*made, "--json", "rules", "hits").json == []


def test_a_file_is_tried_before_it_is_applied(cli: Cli, made: list[str], home: Path) -> None:
    file = home / "policy.toml"
    file.write_text(
        """
[[rules]]
name = "VPN"
on = "intake"
when = "vpn"
do = [{ queue = "network" }]

[[rules]]
name = "Again"
on = "intake"
when = "again"
do = [{ queue = "payments" }]
""",
        "utf-8",
    )
    ran = cli(*made, "rules", "test", file)
    assert ran.out.splitlines() == [
        "VPN: would have matched 2 of the last 3 tickets",
        "Again: would have matched 1 of the last 3 tickets",
        "! VPN and Again both set queue (network, then payments) on 1 ticket: Again wins",
    ]
    found = cli(*made, "--json", "rules", "test", file).json
    assert found["conflicts"] == [
        {"first": "VPN", "second": "Again", "field": "queue", "values": ["network", "payments"], "tickets": 1}
    ]
    file.write_text('[[rules]]\nname = "x"\non = "intake"\nwhen = "queu:x"\ndo = [{ tag = "a" }]\n', "utf-8")
    wrong = cli(*made, "rules", "test", file)
    assert wrong.code == 7
    assert "queu" in wrong.err
    assert cli(*made, "rules", "test", home / "none.toml").code == 7
    file.write_text(
        '[[rules]]\nname = "x"\non = "update"\nevents = ["changed:prioritty"]\ndo = [{ tag = "a" }]\n',
        "utf-8",
    )
    mistyped = cli(*made, "rules", "test", file)
    assert mistyped.code == 7
    assert "priority" in mistyped.err


def test_what_rules_are_and_did_is_told(cli: Cli, made: list[str], home: Path) -> None:
    file = home / "policy.toml"
    file.write_text(
        """
[[rules]]
name = "VPN"
on = "intake"
when = "vpn"
do = [{ queue = "network" }, { tag = "vpn" }]
stop = true

[[rules]]
name = "Old"
on = "time"
since = "created"
after = "48h"
do = [{ note = "Two days" }]
active = false
""",
        "utf-8",
    )
    assert cli(*made, "policy", "apply", file).code == 0
    assert cli(*made, "new", "VPN once more", "--requester", "ana@x.example").code == 0
    listed = cli(*made, "rules", "list").out.splitlines()
    assert listed[1].split("  ")[0] == "VPN"
    assert "queue network; tag vpn · stop" in listed[1]
    assert "2d since it was opened (off)" in listed[2]
    vpn, old = cli(*made, "--json", "rules", "hits").json
    assert (vpn["name"], vpn["fired"], vpn["tickets"], vpn["stopped"]) == ("VPN", 1, 1, 0)
    assert vpn["do"][0] == {"do": "queue", "value": "network", "text": ""}
    assert (old["fired"], old["last_at"], old["after_seconds"]) == (0, None, 172800)
    ran = cli(*made, "rules", "test", "vpn")
    assert ran.out.startswith("VPN: would have matched 3 of the last 4 tickets")
    assert "rule VPN: queue Payments → Network" in cli(*made, "history", "4").out
    events = cli(*made, "--json", "history", "4").json
    ruled = next(event for event in events if event["kind"] == "ruled")
    assert ruled["changes"][0]["field"] == "rule:VPN"
    assert ruled["changes"][0]["after"].startswith("created:")
    assert cli(*made, "undo").code == 0
