"""Named states on the command line: set by name, shown beside the category, and in what a policy changes."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli
from tests.cli.test_ticket_verbs import ok, shown
from tests.domain.test_named_states import MORE, USUAL


def named(cli: Cli, tmp_path: Path, text: str = USUAL + MORE) -> str:
    """Apply a policy that names several states; returns what was said of it."""
    file = tmp_path / "states.toml"
    file.write_text(text)
    applied = cli("policy", "apply", str(file), "--as", "dana")
    assert applied.code == 0, applied
    return applied.out


def test_a_state_is_set_by_its_name(one: Cli, tmp_path: Path) -> None:
    named(one, tmp_path)
    ok(one, "set", "1", "state=Waiting for parts", "reason=vendor")
    ticket = shown(one)
    assert (ticket["state"], ticket["status"]) == ("hold", "waiting for parts")
    ok(one, "set", "1", "state=hold")
    assert shown(one)["status"] == "hold"
    ok(one, "set", "1", "state=pending")
    assert (shown(one)["state"], shown(one)["status"]) == ("pending", "Waiting for the customer")
    ok(one, "set", "1", "state=awaiting deploy", "note=built", "code=fixed")
    assert (shown(one)["state"], shown(one)["status"]) == ("solved", "awaiting deploy")
    ok(one, "undo")
    assert shown(one)["state"] == "pending"


def test_what_is_no_state_is_said_with_the_nearest(one: Cli, tmp_path: Path) -> None:
    named(one, tmp_path)
    refused = one("set", "1", "state=waiting for part")
    assert refused.code == 2
    assert "did you mean waiting for parts?" in refused.err
    refused = one("set", "1", "state=asked the vendor", "reason=vendor")
    assert refused.code == 0
    refused = one("set", "1", "state=pending")
    assert refused.code == 1
    assert "does not let it become Waiting for the customer" in refused.err


def test_lists_and_searches_know_the_names(one: Cli, tmp_path: Path) -> None:
    named(one, tmp_path)
    ok(one, "set", "1", "state=waiting for parts", "reason=vendor")
    (ticket,) = one("list", 'status:"waiting for parts"', "--json").json
    assert (ticket["state"], ticket["status"]) == ("hold", "waiting for parts")
    assert "waiting for parts" in ok(one, "list", 'state:"waiting for parts"')
    assert "hold, waiting for parts" in ok(one, "show", "1")


def test_the_difference_says_what_becomes_of_tickets(one: Cli, tmp_path: Path) -> None:
    named(one, tmp_path)
    said = named(one, tmp_path, USUAL)
    assert "− state 'waiting for parts' (in hold, clock stopped, its tickets go to 'hold')" in said
