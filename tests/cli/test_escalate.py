"""`deskterm escalate`: each kind, its JSON, and its exit codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Cli


def shown(run: Cli) -> Any:
    """Ticket #1."""
    return run("show", "1", "--json").json


def test_to_a_queue_the_lead_and_a_vendor(one: Cli) -> None:
    ran = one("escalate", "1", "--to-queue", "network", "--reason", "BGP flaps")
    assert (ran.code, ran.out, ran.err) == (0, "Escalated #1 to Network\n", "")
    assert shown(one)["queue"] == "network"
    assert shown(one)["messages"][-1]["text"] == "Escalated to Network: BGP flaps"
    assert one("escalate", "1", "--to-lead", "--json").json["changed"] == [1]
    assert shown(one)["messages"][-1]["text"] == "Escalated to carol"
    ran = one(
        "escalate", "1", "--vendor", "Acme", "--reference", "ABC-1", "--follow-up", "in 2 days", "--json"
    )
    assert ran.json["summary"] == "Escalated #1 to Acme"
    ticket = shown(one)
    assert (ticket["state"], ticket["fields"]["vendor_reference"]) == ("hold", "ABC-1")
    assert one("list", "field.vendor_reference:ABC-1", "--json").json[0]["number"] == 1
    assert "escalated to the vendor Acme" in one("history", "1").out
    assert one("undo").code == 0
    assert shown(one)["state"] == "new"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--vendor", "Acme"], 1, "when to follow up"),
        (["--vendor", "Acme", "--follow-up", "soonish"], 2, "soonish"),
        (["--vendor", " ", "--follow-up", "fri 9am"], 1, "needs their name"),
        (["--to-queue", "payments"], 1, "already"),
        (["--to-queue", "hr"], 3, "there is no queue"),
        (["--to-lead", "--reference", "x"], 2, "is for a vendor"),
        (["--to-lead", "--follow-up", "fri"], 2, "is for a vendor"),
        (["--to-lead", "--to-queue", "network"], 2, "not allowed with"),
        ([], 2, "required"),
        (["--to-lead", "--expect", "queue=network"], 5, "queue"),
    ],
)
def test_what_is_refused_and_how(one: Cli, words: list[str], code: int, says: str) -> None:
    ran = one("escalate", "1", *words)
    assert ran.code == code, ran.err
    assert says in ran.err


def test_who_may(one: Cli) -> None:
    assert one("escalate", "1", "--to-lead", who="vera").code == 4
    assert one("escalate", "99", "--to-lead").code == 3
