"""`deskterm side`: begun, listed, shown, answered and ended, with words, JSON and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ACME = "help@acme.example"


@pytest.fixture
def mailing(one: Cli, tmp_path: Path) -> Cli:
    """The same desk, which sends its mail."""
    policy = tmp_path / "mail.toml"
    policy.write_text('[mail]\nfrom = "Support <support@desk.example>"\n')
    assert one("policy", "apply", str(policy), "--as", "dana").code == 0
    return one


def test_it_is_begun_listed_answered_shown_and_ended(mailing: Cli, tmp_path: Path) -> None:
    log = tmp_path / "disk.log"
    log.write_text("it clicks\n")
    ran = mailing(
        *("side", "1", "new", "--to", f"ACME <{ACME}>", "--to", "bob@acme.example"),
        *("--subject", "Broken disk", "--attach", str(log), "Can you", "replace it?"),
    )
    assert (ran.code, ran.out) == (0, f"Wrote to {ACME} beside #1\n")
    [side] = mailing("side", "1", "--json").json
    assert (side["id"], side["ticket"], side["subject"], side["state"]) == (1, 1, "Broken disk", "open")
    people = [{"name": "ACME", "address": ACME}, {"name": "", "address": "bob@acme.example"}]
    assert (side["to"], side["by"], side["awaits_agent"]) == (people, "bo", False)
    assert mailing("side", "1", "reply", "1", "-", stdin="Any news?").code == 0
    told = mailing("side", "1", "show", "1", "--json").json
    assert [each["text"] for each in told["messages"]] == ["Can you replace it?", "Any news?"]
    assert [each["name"] for each in told["messages"][0]["attachments"]] == ["disk.log"]
    shown = mailing("show", "1", "--json").json
    assert [one["id"] for one in shown["sides"]] == [1]
    # Whoever knows only of public, internal and system takes it for internal.
    assert [(one["kind"], one.get("side")) for one in shown["messages"]] == [
        ("public", None), ("internal", 1), ("internal", 1),
    ]  # fmt: skip
    assert "side: ACME +1 – Broken disk" in mailing("show", "1").out
    assert "Any news?" in mailing("side", "1", "show", "1").out
    assert "open" in mailing("side", "1", "list").out
    assert mailing("side", "1", "close", "1").out == "Ended a side conversation of #1\n"
    assert "ended" in mailing("side", "1").out
    assert mailing("list", "is:sideopen", "--json").json == []
    assert mailing("side", "1", "reopen", "1").code == 0
    assert [row["number"] for row in mailing("list", "has:side", "--json").json] == [1]
    lines = mailing("outbox", "--json").json
    assert {(line["to"], line["subject"]) for line in lines} >= {
        (f"{ACME}, bob@acme.example", "Broken disk"),
        (f"{ACME}, bob@acme.example", "Re: Broken disk"),
    }


def test_what_is_wrong_is_said(mailing: Cli) -> None:
    assert mailing("side", "1").out == ""
    assert mailing("side", "1", "new", "Hello").code == 2
    assert mailing("side", "1", "new", "--to", "nobody", "--subject", "x", "Hello").code == 1
    assert mailing("side", "1", "new", "--to", ACME, "Hello").code == 1
    assert mailing("side", "1", "new", "--to", "ana@northwind.example", "--subject", "x", "Hi").code == 1
    assert mailing("side", "1", "new", "--to", ACME, "--subject", "x").code == 2
    assert mailing("side", "1", "reply", "7", "Hello").code == 3
    assert mailing("side", "1", "show").code == 2
    assert mailing("side", "1", "close", "1", "--to", ACME).code == 2
    assert mailing("side", "9").code == 3
    refused = mailing("side", "1", "new", "--to", ACME, "--subject", "x", "Hello", "--as", "vera")
    assert (refused.code, mailing("side", "1", "--json").json) == (4, [])


def test_without_outgoing_mail_there_is_none(one: Cli) -> None:
    ran = one("side", "1", "new", "--to", ACME, "--subject", "x", "Hello", "--json")
    assert (ran.code, ran.error["field"]) == (1, "to")
