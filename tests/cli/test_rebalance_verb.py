"""`deskterm rebalance`: what would be moved, for people and for programs, and moving it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def loaded(bo: Cli) -> Cli:
    """The small desk with twelve tickets that bo owns."""
    for _ in range(12):
        assert (
            bo("new", "It fails", "--requester", "ana@x.example", "--queue", "payments", "--owner", "bo").code
            == 0
        )
    return bo


def test_a_proposal_is_shown_and_changes_nothing(loaded: Cli) -> None:
    ran = loaded("rebalance", who="carol")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["AGENT", "TICKETS", "OF", "LOAD"]
    assert lines[1].split() == ["bo", "12", "→", "9", "10", "12", "→", "9"]
    assert any(line.split()[:4] == ["#12", "P4", "bo", "alice"] for line in lines)
    assert "not answered yet" in ran.out
    assert loaded("--json", "list", "owner:bo", "--limit", "0").json.__len__() == 12


def test_programs_get_the_moves_and_apply_them_as_one_step(loaded: Cli) -> None:
    found = loaded("--json", "rebalance", "--queue", "Payments", who="carol").json
    first = found["moves"][0]
    assert (first["number"], first["from"], first["to"], first["untouched"]) == (12, "bo", "alice", True)
    assert first["reason"] == "rebalanced: bo held 12 of 10 (load 12), alice held 0 of 10 (load 0)"
    assert found["agents"][0] | {"agent": "bo", "tickets": 12, "tickets_after": 9} == found["agents"][0]
    applied = loaded("--json", "rebalance", "--apply", who="carol").json
    assert applied["changed"] == [one["number"] for one in found["moves"]]
    assert loaded("--json", "rebalance", who="carol").json["moves"] == []
    assert loaded("rebalance", "--apply", who="carol").out == "nothing to rebalance\n"
    assert loaded("undo", who="carol").code == 0
    assert loaded("--json", "rebalance", who="carol").json == found
    assert loaded("--json", "rebalance", "--queue", "network", who="carol").json["moves"] == []


def test_it_needs_a_lead_and_a_queue_that_is_there(loaded: Cli) -> None:
    assert loaded("rebalance").code == 4
    assert loaded("rebalance", "--queue", "hr", who="carol").code == 3
