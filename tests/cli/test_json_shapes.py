"""The JSON other programs stand on has the fields of CONTRACT section 3, exactly, in type and order."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.kinds import Priority, State
from tests.cli.conftest import Cli
from tests.small_desk import Desk

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LIST = [
    "number", "subject", "state", "status", "priority", "type", "queue", "owner", "requester", "channel",
    "tags", "created_at", "updated_at", "due_at", "sla",
]  # fmt: skip
SHOW = [*LIST, "messages", "clocks", "links", "fields", "steps", "process", "worked_seconds", "worked"]
METRICS = [
    "from", "to", "tickets", "by_state", "by_priority", "reopened", "reassignments", "sla",
    "hours_to_first_reply", "hours_to_resolve", "backlog", "agents", "skipped",
    "steps_skipped", "worked",
]  # fmt: skip


def worked(desk: Desk) -> None:
    """Ticket 1 lived for eight hours and was solved; ticket 2 relates to it and is open."""
    desk.clock.at = datetime(2020, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)
    desk.create(
        subject="Checkout [bold]502[/bold]",
        requester_name="Ana Ruiz",
        organization="Northwind",
        text="It fails.\nAll of it.",
        tags=("outage", "eu"),
        fields=(("vendor", "acme"),),
        priority=Priority.P1,
        reason="all of EU",
        channel="email",
    )
    desk.create(subject="The other")
    desk.do("bo", c.LinkTo((1,), "caused by", 2))
    desk.clock.forward(minutes=10)
    desk.do("alice", c.Assign((1,), desk.id("alice")))
    desk.do("alice", c.Note((1,), "for us"))
    desk.do("alice", c.Reply((1,), "We are on it", State.OPEN))
    desk.clock.forward(hours=8)
    desk.do("alice", c.Solve((1,), "rolled back"))


SOLVED: dict[str, Any] = {
    "number": 1,
    "subject": "Checkout [bold]502[/bold]",
    "state": "solved",
    "status": "solved",
    "priority": "P1",
    "type": "incident",
    "queue": "payments",
    "owner": "alice",
    "requester": {"name": "Ana Ruiz", "address": "ana@northwind.example"},
    "channel": "email",
    "tags": ["eu", "outage"],
    "created_at": "2020-03-02T09:00:00Z",
    "updated_at": "2020-03-02T17:10:00Z",
    "due_at": None,
    "sla": "missed",
}


def message(number: int, kind: str, author: str, at: str, text: str) -> dict[str, Any]:
    """A message as `show` tells it."""
    return {
        "id": number,
        "kind": kind,
        "author": author,
        "at": f"2020-03-02T{at}Z",
        "text": text,
        "attachments": [],
    }


def test_list_and_show_on_both_engines(desk: Desk, cli: Cli) -> None:
    worked(desk)
    listed = cli("--db", desk.url, "--as", "bo", "list", "is:any", "--sort", "number", "--json").json
    assert listed[0] == SOLVED
    assert [list(ticket) for ticket in listed] == [LIST, LIST]
    assert listed[1]["sla"] == "breached"
    assert listed[1]["owner"] is None
    assert STAMP.fullmatch(listed[1]["due_at"])
    shown = cli("show", "#1", "--json", "--as", "bo", "--db", desk.url).json
    assert list(shown) == SHOW
    assert shown == {
        **SOLVED,
        "messages": [
            message(1, "public", "Ana Ruiz", "09:00:00", "It fails.\nAll of it."),
            message(2, "internal", "alice", "09:10:00", "for us"),
            message(3, "public", "alice", "09:10:00", "We are on it"),
        ],
        "clocks": [
            {
                "target": "first_reply",
                "state": "met",
                "due_at": None,
                "used_seconds": 600,
                "target_seconds": 900,
            },
            {
                "target": "resolution",
                "state": "missed",
                "due_at": None,
                "used_seconds": 29400,
                "target_seconds": 14400,
            },
        ],
        "links": [{"kind": "caused by", "number": 2, "subject": "The other", "state": "new"}],
        "fields": {"vendor": "acme"},
        "steps": [],
        "process": None,
        "worked_seconds": 0,
        "worked": [],
    }


def test_metrics(desk: Desk, cli: Cli, home: Path) -> None:
    config = home / "config/deskterm/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('timezone = "UTC"\n')
    worked(desk)
    figures = cli("--db", desk.url, "--as", "bo", "metrics", "--json").json
    backlog = figures.pop("backlog")
    assert list(figures) == [name for name in METRICS if name != "backlog"]
    assert figures == {
        "from": None,
        "to": None,
        "tickets": 2,
        "by_state": {"new": 1, "solved": 1},
        "by_priority": {"P1": 1, "P4": 1},
        "reopened": 0,
        "reassignments": 0,
        "sla": {
            "source": "desk",
            "met": 0,
            "total": 2,  # the open one has missed its target as well
            "by_priority": {"P1": {"met": 0, "total": 1}, "P4": {"met": 0, "total": 1}},
        },
        "hours_to_first_reply": {"n": 1, "p50": 0.1667, "p90": 0.1667},
        "hours_to_resolve": {"n": 1, "p50": 8.1667, "p90": 8.1667},
        "agents": [{"agent": "alice", "active": 0, "solved": 1, "reopened": 0}],
        "skipped": {"total": 0, "agents": [], "tickets": []},
        "steps_skipped": 0,
        "worked": {"seconds": 0, "agents": [], "organizations": []},
    }
    assert backlog[0] == {"day": "2020-03-02", "active": 1}


def test_metrics_of_a_period_and_a_query(sqlite_desk: Desk, cli: Cli) -> None:
    worked(sqlite_desk)

    def figures(*words: str) -> dict[str, Any]:
        found = cli("--db", sqlite_desk.url, "--as", "bo", "metrics", "--json", *words).json
        assert isinstance(found, dict)
        return found

    config = ("--since", "2020-03-02T00:00Z", "--until", "2020-03-03T00:00Z")
    inside = figures(*config)
    assert (inside["from"], inside["to"]) == ("2020-03-02T00:00:00Z", "2020-03-03T00:00:00Z")
    assert inside["tickets"] == 2
    assert figures("--since", "2020-03-03T00:00Z")["tickets"] == 0
    # Figures look back: what has been solved since counts as well.
    assert figures("tag:outage")["by_state"] == {"solved": 1}
    assert figures("--all")["tickets"] == 2
    assert cli("metrics", "--all", "--since", "7d").code == 2


def test_list_streams_fifty_or_as_many_as_asked_for(sqlite_desk: Desk, cli: Cli) -> None:
    for number in range(60):
        sqlite_desk.create(subject=f"Ticket {number}")

    def count(*words: str) -> int:
        return len(cli("--db", sqlite_desk.url, "--as", "bo", "list", "--json", *words).json)

    assert count() == 50
    assert count("--limit", "7") == 7
    assert count("--limit", "0") == 60


def test_pages_join_without_a_gap_in_every_order(sqlite_desk: Desk) -> None:
    from deskterm.channels.export import rows

    for number in range(23):
        sqlite_desk.create(subject=f"Ticket {number}", priority=Priority.P4)
        sqlite_desk.clock.forward(minutes=number % 3)
    for sort in ("breach", "number", "-number", "updated", "-created", "priority", "-priority"):
        whole = [row.number for row in sqlite_desk.store.listing("", sort=sort, limit=100).rows]
        paged = [row.number for row in rows(sqlite_desk.store, "", sort=sort, page=5)]
        assert paged == whole
        assert [row.number for row in rows(sqlite_desk.store, "", sort=sort, limit=7, page=5)] == whole[:7]


def test_an_empty_list_is_an_empty_array(bo: Cli) -> None:
    assert bo("list", "--json").out == "[]\n"
    assert bo("list").out == ""
    assert bo("list").err == "no tickets match\n"
    for query in ("closed:<7d", "-solved:none queue:network"):
        hint = "no tickets match; solved and closed ones are left out: add is:any\n"
        assert bo("list", *query.split()).err == hint
    assert bo("list", "is:any", "closed:<7d").err == "no tickets match\n"


def test_what_a_write_returns(one: Cli) -> None:
    made = one("new", "Second", "--requester", "joel@x.example", "--json").json
    assert list(made) == ["number", "changed", "refused", "summary", "command", "hanging"]
    assert (made["number"], made["changed"], made["summary"]) == (2, [2], "Opened #2")
    taken = one("take", "1,2", "--json").json
    assert (taken["number"], taken["changed"]) == (None, [1, 2])
    assert one("new", "Third", "-q").out == "3\n"


def test_history(one: Cli) -> None:
    one("set", "1", "owner=bo", "tag=+x,-outage")
    told = one("history", "1", "--json").json
    assert [event["kind"] for event in told] == ["created", "received", "assigned", "tagged"]
    assert list(told[0]) == [
        "ticket", "seq", "command", "kind", "at", "actor", "via", "login", "undoes", "changes",
    ]  # fmt: skip
    assert all(STAMP.fullmatch(event["at"]) for event in told)
    assert told[3]["changes"] == [{"field": "tags", "before": ["outage"], "after": ["x"]}]
    assert {"field": "owner", "before": None, "after": "bo"} in told[2]["changes"]
    assert told[2]["command"] == told[3]["command"]
    assert {event["via"] for event in told} == {"cli"}


@pytest.mark.parametrize(
    "words", [("agent", "list"), ("queue", "list"), ("view", "list"), ("remind", "--list")]
)
def test_every_list_is_an_array(one: Cli, words: tuple[str, ...]) -> None:
    one("remind", "1", "in 2h", "call Ana")
    found = one(*words, "--json").json
    assert isinstance(found, list)
    assert found
    assert all(isinstance(line, dict) for line in found)


def test_json_is_one_line_a_ticket_and_plain_ascii_controls(bo: Cli) -> None:
    bo("new", "bell\x07 del\x7f csi\x9b rtl\u202e", "--requester", "x@y")
    said = bo("list", "--json").out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)
    assert len(json.loads(said)) == 1


def test_limits_of_time(bo: Cli, path: Path) -> None:
    assert bo("metrics", "--since", "2026-02-30").code == 2
    assert bo("metrics", "--since", "2020-03-02", "--until", "2020-03-01").code == 2
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert bo("metrics", "--since", day, "--json").code == 0


def test_why(one: Cli) -> None:
    one("assign", "1", "bo", "--reason", "knows it")
    told = one("why", "1", "--json").json
    assert list(told) == ["number", "clocks", "waits", "decisions"]
    assert [clock["target"] for clock in told["clocks"]] == ["first_reply", "resolution"]
    clock = told["clocks"][1]
    assert list(clock) == [
        "target", "state", "policy", "version", "calendar", "target_seconds", "own_target",
        "out_of_hours_seconds", "used_seconds", "left_seconds", "earlier_pauses_seconds", "judged_as",
        "started_at", "due_at", "intervals",
    ]  # fmt: skip
    assert (clock["policy"], clock["calendar"], clock["own_target"]) == ("default", "24x7", False)
    assert list(clock["intervals"][0]) == [
        "from", "to", "cause", "name", "counted_seconds", "policy", "version"
    ]  # fmt: skip
    assert {key: told["decisions"][0][key] for key in ("what", "reason")} == {
        "what": "assigned to bo by bo",
        "reason": "knows it",
    }
    assert "Resolution: running" in one("why", "1").out
    assert one("why", "99").code == 3
