"""Words: what the ticker, the history and the command line say of events and commands."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from deskterm.domain import commands as c
from deskterm.domain.events import SIDE_FIELDS, Change, Event
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Role
from deskterm.domain.ticket import Ticket
from deskterm.domain.trail_words import KINDS, UNSAID, kind_words
from deskterm.domain.wording import VERBS, change_words, field_words, outcome, sentence, value_words
from tests.domain.situations import NOON, after, propose, ticket_in

ELSEWHERE = "created in another queue · P2"
AGENTS = {1: "alice", 2: "bo"}
QUEUES = {1: "Payments", 2: "Network"}


def said(kind: str, *changes: Change, actor: int | None = 1) -> str:
    """What is said of an event of Alice's."""
    return sentence(Event(1, 1, 7, kind, NOON, actor, "tui", "", changes), AGENTS, QUEUES)


@pytest.mark.parametrize(
    ("command", "state", "values", "words"),
    [
        (c.Assign((7,), 1), State.OPEN, {}, "taken"),
        (c.Assign((7,), 2, "knows it"), State.OPEN, {}, "assigned to bo (knows it)"),
        (c.Assign((7,), None), State.OPEN, {"owner": 2}, "taken from bo"),
        (c.Assign((7,), None), State.OPEN, {"owner": 1}, "released"),
        (c.Move((7,), 2), State.OPEN, {}, "moved to Network"),
        (c.ChangeState((7,), State.PENDING), State.OPEN, {}, "open → pending"),
        (c.ChangeState((7,), State.HOLD, "vendor"), State.OPEN, {}, "open → hold · waits for vendor"),
        (c.SetPriority((7,), Priority.P1, reason="vip"), State.OPEN, {}, "P3 → P1 (vip)"),
        (c.Solve((7,), "ok"), State.OPEN, {}, "solved: fixed"),
        (c.Close((7,), "spam"), State.OPEN, {}, "closed: spam"),
        (c.Reopen((7,), "it is back"), State.SOLVED, {}, "reopened (it is back)"),
        (c.Reply((7,), "Hello"), State.OPEN, {}, "replied · pending"),
        (c.Reply((7,), "Hello", State.OPEN), State.OPEN, {}, "replied"),
        (c.Note((7,), "Hm"), State.OPEN, {}, "wrote an internal note"),
        (c.Receive((7,), "Hi"), State.OPEN, {}, "the requester wrote"),
        (c.Tag((7,), ("eu",), ("vpn",)), State.OPEN, {"tags": frozenset({"vpn"})}, "tags +eu −vpn"),
        (c.Classify((7,), (("category", "Printer"),)), State.OPEN, {}, "category none → Printer"),
        (c.LinkTo((7,), "child", 9), State.OPEN, {}, "linked: child #9"),
        (c.Snooze((7,), after(hours=2)), State.OPEN, {}, "snoozed until 2026-11-23 14:00 UTC"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, c.Command) else None,
)
def test_an_event_is_said_in_a_few_words(
    command: c.TicketCommand, state: State, values: dict[str, object], words: str
) -> None:
    proposal = propose(command, ticket_in(state, **values))
    assert said(proposal.kind, *proposal.changes) == words


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("created", (Change("queue", None, 1), Change("priority", None, "P2")), "created in Payments · P2"),
        (
            "created",
            (Change("queue", None, 9), Change("priority", None, "P2")),
            "created in another queue · P2",
        ),
        ("at_risk", (Change("alerts", (), ("first_reply:at_risk",)),), "first reply at risk"),
        ("breached", (Change("alerts", (), ("resolution:breached",)),), "resolution breached"),
        ("woken", (Change("snooze:1", NOON, None),), "woken"),
        ("settled", (Change("alerts", ("resolution:breached",), ()),), "clocks recalculated"),
        ("reminder", (Change("reminder:1", None, "pending"),), "set a reminder"),
        ("undone", (Change("state", "pending", "open"),), "took back: state pending → open"),
        ("redone", (Change("state", "open", "pending"),), "did again: state open → pending"),
        ("undone", (Change("voided", False, True),), "took back: the ticket"),
        ("undone", (Change("message", 4, None), Change("replied_at", NOON, None)), "took back: a message"),
        ("strange", (), "strange"),
    ],
)
def test_events_without_a_command_have_words_too(kind: str, changes: tuple[Change, ...], words: str) -> None:
    assert said(kind, *changes, actor=None) == words


def test_a_change_names_people_queues_and_emptiness() -> None:
    assert change_words(Change("owner", None, 2), AGENTS, QUEUES) == "owner nobody → bo"
    assert change_words(Change("queue", 1, 2), AGENTS, QUEUES) == "queue Payments → Network"
    assert change_words(Change("voided", False, True), AGENTS, QUEUES) == "taken back no → yes"


@pytest.mark.parametrize(
    ("command", "numbers", "words"),
    [
        (c.Create("x", "a@x"), (9,), "Opened #9"),
        (c.Assign((7,), 1), (7,), "Took #7"),
        (c.Assign((7, 8), 2), (7, 8), "Assigned 2 tickets to bo"),
        (c.Assign((7,), None), (7,), "Released #7"),
        (c.Move((7,), 2), (7,), "Moved #7 to Network"),
        (c.Reply((7,), "Hi"), (7,), "Replied on #7"),
        (c.Reply((7,), "Hi", State.PENDING), (7,), "Replied on #7 · pending"),
        (c.Reply((7,), "Hi", State.OPEN), (7,), "Replied on #7"),
        (c.Note((7,), "Hm"), (7,), "Noted on #7"),
        (c.ChangeState((7,), State.PENDING), (7,), "Set #7 to pending"),
        (c.Solve((7,), "ok"), (7,), "Solved #7"),
        (c.Close((7,), "spam"), (7,), "Closed #7: spam"),
        (c.Reopen((7,), "x"), (7,), "Reopened #7"),
        (c.SetPriority((7,)), (7,), "Set the priority of #7"),
        (c.Tag((7,), ("eu",), ("vpn",)), (7,), "Tagged #7 +eu −vpn"),
        (c.Follow((7,), on=False), (7,), "No longer following #7"),
        (c.LinkTo((7,), "child", 9), (7,), "Linked #7"),
        (c.Snooze((7,), None), (7,), "Woke #7"),
        (c.Classify((7,), ()), (7,), "Changed #7"),
        (c.Remind(NOON + timedelta(1), "call", 7), (7,), "Set a reminder on #7"),
        (c.Remind(NOON + timedelta(1), "call"), (), "Set a reminder"),
        (c.DismissReminder(1), (), "Dismissed a reminder"),
        (c.AddAgent("bo", "Bo", Role.LEAD), (), "Saved agent bo"),
        (c.AddQueue("Payments"), (), "Saved queue Payments"),
        (c.SaveView("Mine", "owner:me"), (), "Saved view Mine"),
        (c.SaveView("Mine", ""), (), "Removed view Mine"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, c.Command) else None,
)
def test_a_command_says_what_it_did(command: c.Command, numbers: tuple[int, ...], words: str) -> None:
    assert outcome(command, numbers, AGENTS, QUEUES, 1) == words


def test_what_was_taken_back_is_told_without_its_row_of_the_outbox() -> None:
    shown, row = Change("message", 4, None), Change("outbox:2", "queued", None)
    assert said("undone", shown, row) == "took back: a message"
    assert said("undone", row) == "took back: taking a mail out of the outbox"
    assert (
        said("undone", Change("state", State.PENDING, State.NEW), shown, row)
        == "took back: state pending → new"
    )


# The history

INTERNAL = {"spells", "legs", "voided", "alerts", "external id", "imported sla", "content", "dead", "outbox"}


@pytest.mark.parametrize("field", [*(each.name for each in fields(Ticket)), *SIDE_FIELDS])
def test_a_history_calls_fields_by_words_of_the_trade_that_fit_their_column(field: str) -> None:
    if field in UNSAID:
        return
    named = f"{field}:7" if field in SIDE_FIELDS and field not in ("message", "reason", "split") else field
    words = field_words(named)
    assert words not in INTERNAL
    assert "_" not in words
    assert 0 < len(words) <= 17


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("spells", ((NOON, "pending", None, ""),), "pending from 2026-11-23 12:00 UTC"),
        (
            "spells",
            ((NOON, "hold", NOON + timedelta(hours=2), "with the vendor"),),
            "with the vendor from 2026-11-23 12:00 UTC to 2026-11-23 14:00 UTC",
        ),
        ("legs", ((NOON, "Gold", 3),), "Gold (policy 3)"),
        ("alerts", ("resolution:at_risk",), "resolution at risk"),
        ("paused_seconds", 5400, "90m"),
        ("reminder:3", "fired", "rang"),
        ("outbox:3", "queued", "waits in the outbox"),
        ("dead:3", "dead", "takes no mail"),
        ("mention:2", 41, "bo"),
        ("escalated", "queue:2", "the queue Network"),
        ("escalated", "lead:1,2", "alice, bo"),
        ("escalated", "vendor:Cables Ltd", "the vendor Cables Ltd"),
        ("split", (4, 5), "2 messages"),
        ("requester", 12, "contact 12"),
        ("message", 41, "a message"),
    ],
)
def test_a_history_shows_no_value_as_the_journal_keeps_it(field: str, value: object, words: str) -> None:
    assert value_words(field, value, AGENTS, QUEUES) == words


def test_every_kind_of_event_is_called_by_words() -> None:
    assert not [kind for kind in (*VERBS, *KINDS) if "_" in kind_words(kind)]
    assert {kind_words(kind) for kind in ("settled", "ruled", "absorbed", "woken")} == {
        "clocks recalculated",
        "a rule fired",
        "another ticket was merged into it",
        "snooze ended",
    }
