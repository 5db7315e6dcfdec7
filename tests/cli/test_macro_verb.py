"""`deskterm macros`, and files on replies and notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

POLICY = """
[[macros]]
name = "Ask for logs"
text = "Hi {requester.first_name}, could you send us the log of #{ticket.number}?"
do = [{ tag = "logs" }]

[[macros]]
name = "Mine"
do = [{ assign = "me" }]
"""


@pytest.fixture
def made(cli: Cli, path: Path, home: Path) -> list[str]:
    """A desk with two macros and two tickets, one of nobody with a name."""
    where = ["--db", str(path), "--as", "dana"]
    file = home / "policy.toml"
    file.write_text(POLICY)
    assert cli(*where, "policy", "apply", str(file)).code == 0
    assert cli(*where, "new", "VPN drops", "--requester", "Ana Ruiz <ana@x.example>").code == 0
    assert cli(*where, "new", "Printer jams", "--requester", "joe@x.example").code == 0
    return where


def test_macros_are_listed_and_shown(cli: Cli, made: list[str]) -> None:
    assert cli(*made, "macros", "list").out.splitlines()[1].startswith("Ask for logs")
    assert "→ tag logs" in cli(*made, "macros", "show", "ask").out
    shown = cli(*made, "--json", "macros", "show", "Ask for logs").json
    assert shown["placeholders"] == ["requester.first_name", "ticket.number"]
    assert cli(*made, "macros", "show", "nothing").code == 3
    assert "macros: Ask for logs, Mine" in cli(*made, "macros", "show", "nothing").err


def test_a_macro_is_used_and_taken_back(cli: Cli, made: list[str]) -> None:
    dry = cli(*made, "macros", "use", "1", "ask", "--dry-run")
    assert dry.out.splitlines() == ["#1", "  Hi Ana, could you send us the log of #1?", "  → tag logs"]
    assert cli(*made, "--json", "show", "1").json["messages"] == []
    ran = cli(*made, "macros", "use", "1", "Ask", "for", "logs")
    assert ran.out == "Replied on #1 · Macro Ask for logs on #1\n"
    shown = cli(*made, "--json", "show", "1").json
    assert (shown["messages"][-1]["text"], shown["tags"], shown["state"]) == (
        "Hi Ana, could you send us the log of #1?",
        ["logs"],
        "pending",
    )
    assert "· macro Ask for logs" in cli(*made, "show", "1").out
    assert cli(*made, "undo").code == 0
    assert cli(*made, "--json", "show", "1").json["tags"] == []


def test_what_is_missing_is_filled_or_refused(cli: Cli, made: list[str]) -> None:
    ran = cli(*made, "macros", "use", "1,2", "Ask")
    assert (ran.code, "‹requester.first_name?›" in ran.err) == (1, True)
    assert "--fill requester.first_name=TEXT" in ran.err
    assert cli(*made, "--json", "show", "1").json["messages"] == []
    ran = cli(*made, "macros", "use", "2", "Ask", "--fill", "requester.first_name=Joe", "--and", "open")
    assert ran.code == 0
    shown = cli(*made, "--json", "show", "2").json
    assert (shown["messages"][-1]["text"][:6], shown["state"]) == ("Hi Joe", "open")
    assert cli(*made, "macros", "use", "2").code == 2
    assert cli(*made, "macros", "use", "1,2", "Mine").out == "Macro Mine on 2 tickets\n"
    assert cli(*made, "--json", "show", "2").json["owner"] == "dana"


def test_files_are_attached(cli: Cli, made: list[str], home: Path) -> None:
    log = home / "my log.txt"
    log.write_bytes(b"one\ntwo\n")
    assert cli(*made, "reply", "1", "See", "--attach", str(log), "--attach", str(log)).code == 0
    assert cli(*made, "note", "1", "Kept", "--attach", str(log)).code == 0
    messages = cli(*made, "--json", "show", "1").json["messages"]
    assert [[file["name"] for file in one["attachments"]] for one in messages] == [
        ["my log.txt"] * 2,
        ["my log.txt"],
    ]
    missing = cli(*made, "reply", "1", "See", "--attach", str(home / "nothing"))
    assert (missing.code, "No such file" in missing.err) == (7, True)
    assert cli(*made, "reply", "1", "See", "--attach", str(home)).code == 7
    (home / "big").write_bytes(bytes(25_000_001))
    big = cli(*made, "note", "1", "See", "--attach", str(home / "big"))
    assert (big.code, "25.0 MB are the limit" in big.err) == (1, True)
