"""Whole pasts, as importers hand them in: written as they were, once, and in line with the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskterm.domain.errors import InputFileError
from deskterm.domain.history import Fact, History, WriteReport
from deskterm.domain.kinds import Level, MessageKind, Priority, State
from deskterm.domain.proposal import NewMessage
from deskterm.upkeep.doctor import examine
from tests import invariants
from tests.small_desk import START, Desk

OPENED = START - timedelta(days=60)
CREATED: dict[str, Any] = {
    "subject": "Printer\njams", "state": State.NEW, "priority": Priority.P2, "impact": Level.HIGH,
    "urgency": Level.MEDIUM, "queue": "Group 70", "created_at": OPENED, "tags": ("old",),
    "waiting_since": OPENED,
    "fields": (("vendor", "acme"),),
    "imported_sla": True,
}  # fmt: skip


def history(number: int, **values: Any) -> History:
    """A ticket's past: opened, taken, answered, solved and closed."""
    said = NewMessage(MessageKind.PUBLIC, "It \x1b[31mjams", requester=True, channel="email")
    answer = NewMessage(MessageKind.PUBLIC, "We look")
    at = [OPENED + timedelta(hours=hour, microseconds=700) for hour in range(6)]
    return History(
        ("Ana Ruiz", "ana@northwind.example", "Northwind"),
        (
            Fact(OPENED, "created", CREATED | values, message=said),
            Fact(at[1], "assigned", {"owner": "Resolver 12", "state": State.OPEN}),
            Fact(
                at[2],
                "replied",
                {"first_replied_at": at[2], "replied_at": at[2], "waiting_since": None},
                "Resolver 12",
                answer,
            ),
            Fact(at[3], "tagged", {"tags": ("new",), "fields": (("vendor", "other"), ("site", "Oslo"))}),
            Fact(
                at[4],
                "solved",
                {"state": State.SOLVED, "solved_at": at[4], "paused_at": at[4], "resolution": "ok"},
            ),
            Fact(
                at[5],
                "closed",
                {"state": State.CLOSED, "closed_at": at[5], "close_reason": "confirmed"},
                "alice",
            ),
        ),
        f"INC{number:07}",
    )


def test_pasts_are_written_as_they_were(desk: Desk) -> None:
    seen: list[int] = []
    report = desk.store.write_histories(
        (history(n) for n in range(1203)), via="servicenow", on_progress=seen.append
    )
    assert report == WriteReport(1203, 0, 1203 * 6)
    assert seen[-1] == 1203
    assert len(seen) == 3
    ticket = desk.ticket(1)
    assert (ticket.subject, ticket.state) == ("Printer jams", State.CLOSED)
    assert ticket.tags == {"new"}
    assert ticket.fields == {("vendor", "other"), ("site", "Oslo")}
    assert ticket.external_id == "INC0000000"
    view = desk.store.ticket(1)
    assert (view.owner, view.requester, view.organization) == ("Resolver-12", "Ana Ruiz", "Northwind")
    assert [(m.author, m.text) for m in view.messages] == [
        ("Ana Ruiz", "It ␛[31mjams"),
        ("Resolver-12", "We look"),
    ]
    assert [event.kind for event in view.events] == [
        "created", "assigned", "replied", "tagged", "solved", "closed"
    ]  # fmt: skip
    assert {event.via for event in view.events} == {"servicenow"}
    assert view.events[-1].actor == desk.id("alice")
    assert desk.store.count("jams is:any") == 1203


def test_rows_agree_with_the_journal_afterwards(desk: Desk) -> None:
    desk.store.write_histories((history(n) for n in range(4)), via="servicenow")
    invariants.check(desk.store.database)


def test_what_is_known_is_not_written_again(desk: Desk) -> None:
    pasts = [history(n) for n in range(5)]
    assert desk.store.write_histories(pasts, via="x", dry_run=True) == WriteReport(5, 0, 30)
    assert desk.store.count("is:any") == 0
    assert desk.store.write_histories(pasts[:3], via="x") == WriteReport(3, 0, 18)
    assert desk.store.write_histories([*pasts, pasts[4]], via="x", dry_run=True) == WriteReport(2, 4, 12)
    assert desk.store.write_histories([*pasts, pasts[4]], via="x") == WriteReport(2, 4, 12)
    assert desk.store.write_histories(pasts, via="x") == WriteReport(0, 5, 0)
    assert desk.store.count("is:any") == 5


def test_what_was_due_before_the_import_does_not_fire(desk: Desk) -> None:
    open_past = replace(history(1), facts=history(1).facts[:2])
    fresh = History(("p", "p@x", ""), (Fact(START, "created", CREATED | {"created_at": START}),), "INC2")
    desk.store.write_histories([open_past, fresh], via="x")
    assert desk.store.count("is:breached") == 1
    assert desk.store.run_due() == 0
    desk.clock.forward(minutes=60)
    assert desk.store.run_due() == 2
    assert desk.ticket(2).alerts == {"first_reply:at_risk", "first_reply:breached"}


def test_a_hold_that_is_brought_in_rings_at_its_end_unless_that_is_past(desk: Desk) -> None:
    opened = START - timedelta(minutes=1)
    held = {"state": State.HOLD, "hold_reason": "vendor", "paused_at": opened, "owner": "alice"}
    pasts = [
        History(
            ("Ana Ruiz", "ana@northwind.example", ""),
            (
                Fact(opened, "created", CREATED | {"created_at": opened, "waiting_since": opened}),
                Fact(opened, "state", held | {"hold_until": until}),
            ),
            name,
        )
        for name, until in (("INC1", START + timedelta(hours=2)), ("INC2", START - timedelta(seconds=30)))
    ]
    desk.store.write_histories(pasts, via="x")
    assert [fault for fault in examine(desk.store).faults if fault.startswith("#")] == []
    desk.clock.forward(hours=3)
    desk.store.run_due()
    assert "reminded" in [event.kind for event in desk.store.history(1)]
    assert "reminded" not in [event.kind for event in desk.store.history(2)]


def test_names_that_are_known_in_another_spelling_stay_as_they_are(desk: Desk) -> None:
    secret = history(1, queue="hr!")
    desk.store.write_histories([secret, history(2, queue="PAYMENTS")], via="x")
    queues = desk.store.people().queues
    assert (queues[3].name, queues[3].confidential) == ("HR", True)
    assert [queue.name for queue in queues.values() if queue.key == "payments"] == ["Payments"]
    assert desk.seen_by("alice").count("is:any") == 1


@pytest.mark.parametrize(
    "broken",
    [
        History(("p", "p@x", ""), (), "INC9"),
        History(("p", "p@x", ""), (Fact(OPENED, "tagged", {"tags": ("x",)}),), "INC9"),
        History(("p", "p@x", ""), (Fact(OPENED, "created", {"subject": "x"}),), "INC9"),
        History(("p", "p@x", ""), (Fact(OPENED, "created", CREATED | {"colour": "red"}),), "INC9"),
        History(("p", "p@x", ""), (Fact(OPENED, "created", CREATED | {"state": "lost"}),), "INC9"),
    ],
    ids=("empty", "headless", "bare", "strange", "lost"),
)
def test_a_past_that_makes_no_sense_is_refused_and_named(desk: Desk, broken: History) -> None:
    with pytest.raises(InputFileError, match="INC9") as refused:
        desk.store.write_histories([history(1), broken], via="x")
    assert refused.value.exit_code == 7
    assert desk.store.count("is:any") == 0
