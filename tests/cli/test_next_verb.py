"""`next`: what to work on now, why, and the reason for leaving it."""

from __future__ import annotations

from tests.cli.conftest import Cli


def test_it_hands_out_the_next_one_with_its_reason(one: Cli) -> None:
    ran = one("next")
    assert (ran.code, ran.err) == (0, "")
    first, reason, hold = ran.out.splitlines()
    assert first.startswith("#1  ")
    assert "in your queue Payments, nobody has it" in reason
    assert hold.startswith("nobody else is handed it until ")
    again = one("next", "--json").json
    assert (again["number"], again["again"], again["reason"]) == (1, True, again["reason"])
    assert again["queue"] == "payments"
    assert again["held_until"].endswith("Z")
    assert "still yours until" in one("next").out
    assert one("next", "--quiet").out == "1\n"


def test_skipping_says_why_and_there_is_nothing_else_to_do(one: Cli) -> None:
    one("next")
    ran = one("next", "--skip", "not my skill")
    assert (ran.code, ran.out) == (3, "")
    assert "there is nothing to do: no ticket in your queues waits for you" in ran.err
    assert one("next", "--json").error["code"] == "not_found"
    assert "skipped (not my skill)" in one("history", "1").out
    refused = one("next", "--skip", "again", "--json")
    assert (refused.code, refused.error["message"]) == (1, "you hold no ticket that could be skipped")


def test_a_viewer_is_handed_nothing(one: Cli) -> None:
    ran = one("next", "--as", "vera", "--json")
    assert (ran.code, ran.error["code"]) == (4, "not_allowed")
    assert ran.error["message"] == "vera may not be handed tickets: that needs an agent"
