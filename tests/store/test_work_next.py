"""Work next on a real desk: who is handed what, what is held, skipped and never handed twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Priority, State
from deskterm.domain.views import Handed
from deskterm.domain.wording import sentence
from deskterm.store.metrics import as_csv
from tests.small_desk import Desk

CALENDARS = """
[calendars.Office]
zone = "UTC"
hours = { mon = "09:00-17:00", fri = "09:00-17:00" }

[[sla]]
name = "Always"
when = "tag:always"
targets.P2 = { resolution = "6h" }

[[sla]]
name = "Office"
calendar = "Office"
targets.P2 = { resolution = "1h" }
"""


def next_of(desk: Desk, login: str, skip: str | None = None) -> Handed:
    """What work next hands to somebody."""
    before, desk.store.actor = desk.store.actor, desk.actors[login]
    try:
        return desk.store.work_next(skip)
    finally:
        desk.store.actor = before


def urgent(desk: Desk, priority: str, **values: object) -> int:
    """Open a ticket of a priority."""
    return desk.create(priority=Priority(priority), reason="so it is", **values)  # type: ignore[arg-type]


def test_the_best_is_handed_with_its_reason_and_held_for_one_alone(desk: Desk) -> None:
    urgent(desk, "P3")
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    handed = next_of(desk, "alice")
    assert (handed.row.number, handed.again) == (first, False)
    assert handed.reason == "P1, breaches in 0:15, in your queue Payments, nobody has it"
    assert (handed.until - desk.clock()).total_seconds() == 600
    assert next_of(desk, "bo").row.number == second
    again = next_of(desk, "alice")
    assert (again.row.number, again.again, again.until) == (first, True, handed.until)


def test_the_least_business_time_left_is_next_where_calendars_differ(desk: Desk) -> None:
    """On Friday evening: two hours around the clock, or what has half an hour left from Monday morning on."""
    desk.clock.at = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    desk.do("dana", c.ApplyPolicy(CALENDARS))
    always = [urgent(desk, "P2", tags=("always",)) for _ in range(3)]
    office = urgent(desk, "P2")
    desk.clock.at = datetime(2026, 11, 27, 18, tzinfo=UTC)
    handed = next_of(desk, "alice")
    assert handed.row.number == office
    assert handed.reason == "P2, breaches in 0:30, in your queue Payments, nobody has it"
    assert next_of(desk, "bo").row.number == always[0]
    desk.clock.at = datetime(2026, 11, 27, 22, 15, tzinfo=UTC)
    assert next_of(desk, "bo").row.number == always[0]


def test_how_late_it_is_is_said_as_lists_show_it(desk: Desk) -> None:
    """What stood still since it was due is no part of how late it is."""
    number = urgent(desk, "P1")
    desk.do("carol", c.Reply((number,), "We look", State.OPEN))
    desk.clock.forward(hours=5)
    desk.do("carol", c.ChangeState((number,), State.HOLD, "vendor"))
    desk.clock.forward(hours=3)
    desk.do("carol", c.ChangeState((number,), State.OPEN))
    handed = next_of(desk, "bo")
    assert handed.row.left(desk.clock.at) == -3600
    assert handed.reason == "P1, breached 1h ago, in your queue Payments, nobody has it"


def test_a_hold_ends_with_its_time_and_forbids_nothing(desk: Desk) -> None:
    only = urgent(desk, "P1")
    assert next_of(desk, "alice").row.number == only
    with pytest.raises(NotFound, match="no ticket in your queues waits") as nothing:
        next_of(desk, "bo")
    assert "with a colleague" in nothing.value.hint
    desk.clock.forward(minutes=10)
    assert next_of(desk, "bo").row.number == only
    desk.do("alice", c.Assign((only,), desk.id("alice")))
    assert desk.ticket(only).owner == desk.id("alice")


def test_the_policy_says_how_long_a_hold_is(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy('[desk]\nwork_next_hold = "2m"'))
    only = urgent(desk, "P1")
    assert next_of(desk, "alice").row.number == only
    desk.clock.forward(minutes=2)
    assert next_of(desk, "bo").row.number == only


@pytest.mark.parametrize(
    "command",
    [
        c.Reply((1,), "We are on it"),
        c.Note((1,), "called, nobody answers"),
        c.Move((1,), 2, "yours"),
        c.ChangeState((1,), State.PENDING),
        c.Close((1,), "spam"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_was_dealt_with_is_not_asked_about(desk: Desk, command: c.Command) -> None:
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    assert first == 1
    assert next_of(desk, "alice").row.number == first
    desk.do("alice", command)
    handed = next_of(desk, "alice")
    assert (handed.row.number, handed.again) == (second, False)


def test_what_was_taken_comes_back_when_its_hold_would_have_ended(desk: Desk) -> None:
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    next_of(desk, "alice")
    desk.do("alice", c.Assign((first,), desk.id("alice")))
    assert next_of(desk, "alice").row.number == second
    desk.do("alice", c.Reply((second,), "Done", State.SOLVED))
    with pytest.raises(NotFound):
        next_of(desk, "alice")
    desk.clock.forward(minutes=11)
    handed = next_of(desk, "alice")
    assert (handed.row.number, handed.again) == (first, False)
    assert handed.reason.endswith("yours, and it is your turn")


def test_skipping_keeps_the_reason_and_hands_the_next_one(desk: Desk) -> None:
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    next_of(desk, "alice")
    assert next_of(desk, "alice", "not my \x1b[31mskill").row.number == second
    event = desk.store.history(first)[-1]
    assert (event.kind, event.actor) == ("skipped", desk.id("alice"))
    assert sentence(event, {}, {}) == "skipped (not my ␛[31mskill)"
    # Bo may well be the one who knows.
    assert next_of(desk, "bo").row.number == first
    with pytest.raises(NotFound):
        next_of(desk, "alice", "too big for now")
    desk.clock.forward(minutes=11)
    assert next_of(desk, "alice").row.number == first


def test_a_skip_without_a_successor_is_kept_all_the_same(desk: Desk) -> None:
    only = urgent(desk, "P1")
    next_of(desk, "alice")
    with pytest.raises(NotFound, match="nothing to do"):
        next_of(desk, "alice", "not my skill")
    assert desk.store.history(only)[-1].kind == "skipped"
    with pytest.raises(Refused, match="hold no ticket"):
        next_of(desk, "alice", "again")


def test_a_skipped_ticket_comes_back_at_once_when_something_happens_on_it(desk: Desk) -> None:
    only = urgent(desk, "P1")
    next_of(desk, "alice")
    with pytest.raises(NotFound):
        next_of(desk, "alice", "waiting for a colleague")
    desk.do("alice", c.Tag((only,), ("vpn",)))
    with pytest.raises(NotFound):
        next_of(desk, "alice")
    desk.do("", c.Receive((only,), "It is worse now"))
    assert next_of(desk, "alice").row.number == only


def test_undoing_a_skip_does_no_harm(desk: Desk) -> None:
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    next_of(desk, "alice")
    assert next_of(desk, "alice", "too big for now").row.number == second
    assert desk.do("alice", c.Undo()).summary == f"Undid: Skipped #{first}"
    desk.do("alice", c.Reply((second,), "Done", State.SOLVED))
    assert next_of(desk, "alice").row.number == first


def test_an_answer_keeps_an_open_ticket_away_until_something_happens(desk: Desk) -> None:
    mine, other = urgent(desk, "P1"), urgent(desk, "P4")
    desk.do("alice", c.Assign((mine,), desk.id("alice")))
    desk.do("alice", c.Reply((mine,), "We are on it", State.OPEN))
    assert next_of(desk, "alice").row.number == other
    desk.do("alice", c.Reply((other,), "Done", State.SOLVED))
    desk.do("", c.Receive((mine,), "Still broken"))
    assert next_of(desk, "alice").row.number == mine


def test_only_what_i_may_take_and_whose_turn_it_is(desk: Desk) -> None:
    network, pending, bos = urgent(desk, "P1", queue="network"), urgent(desk, "P1"), urgent(desk, "P1")
    hr = urgent(desk, "P1", login="hana", queue="hr")
    snoozed, left = urgent(desk, "P1"), urgent(desk, "P4")
    desk.do("bo", c.ChangeState((pending,), State.PENDING))
    desk.do("bo", c.Assign((bos,), desk.id("bo")))
    desk.do("alice", c.Snooze((snoozed,), desk.clock().replace(hour=12)))
    assert next_of(desk, "alice").row.number == left
    assert next_of(desk, "hugo").row.number == hr
    assert next_of(desk, "bo").row.number in (network, bos, snoozed)


def test_what_somebody_is_writing_on_is_left_to_them(desk: Desk) -> None:
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    bo = desk.seen_by("bo")
    bo.save_draft(first, "reply", "Dear Ana,", 0)
    assert next_of(desk, "alice").row.number == second
    desk.clock.forward(minutes=11)
    assert next_of(desk, "alice").row.number == first


def test_my_own_that_presses_comes_first(desk: Desk) -> None:
    mine = urgent(desk, "P4")
    desk.do("alice", c.Assign((mine,), desk.id("alice")))
    stranger = urgent(desk, "P1")
    assert next_of(desk, "alice").row.number == stranger
    desk.clock.forward(hours=7)
    assert next_of(desk, "alice").row.number == mine
    assert next_of(desk, "bo").row.number == stranger


def test_who_is_full_finishes_their_own_first(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("alice", "Alice Moreau", queues=("payments",), capacity=1))
    mine, stranger = urgent(desk, "P4"), urgent(desk, "P1")
    desk.do("alice", c.Assign((mine,), desk.id("alice")))
    assert next_of(desk, "alice").row.number == mine
    desk.do("alice", c.Reply((mine,), "Which one?"))
    handed = next_of(desk, "alice")
    assert handed.row.number == stranger
    assert handed.reason.endswith("yours all wait (you hold 1 of 1)")


def test_queues_that_go_by_skills_hand_out_by_skills(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("alice", "Alice Moreau", queues=("payments",), skills=("vpn",)))
    desk.do("dana", c.AddAgent("bo", "Bo Lindberg", queues=("payments", "network"), skills=("sepa",)))
    sepa, vpn = urgent(desk, "P1", tags=("sepa",)), urgent(desk, "P4", tags=("vpn",))
    desk.do("dana", c.ApplyPolicy('[queues.payments]\nassign = "skills"'))
    assert next_of(desk, "alice").row.number == vpn
    assert next_of(desk, "bo").row.number == sepa
    desk.clock.forward(minutes=11)
    desk.do("bo", c.GoAway(desk.clock().replace(hour=18)))
    # Nobody who is here knows it: then anybody may.
    assert next_of(desk, "alice").row.number == sepa


def test_who_is_handed_nothing(desk: Desk) -> None:
    urgent(desk, "P1")
    with pytest.raises(NotAllowed, match="vera may not be handed tickets"):
        next_of(desk, "vera")
    with pytest.raises(NotFound, match="you are in no queue"):
        next_of(desk, "dana")
    desk.do("alice", c.GoAway(desk.clock().replace(hour=18)))
    with pytest.raises(Refused, match="alice is away"):
        next_of(desk, "alice")
    next_of(desk, "bo")
    with pytest.raises(Refused, match="needs a reason"):
        next_of(desk, "bo", "   ")


def test_skips_are_counted_by_agent_and_ticket_but_not_what_was_undone(desk: Desk) -> None:
    first, second = urgent(desk, "P1"), urgent(desk, "P2")
    next_of(desk, "alice")
    next_of(desk, "alice", "not my skill")
    with pytest.raises(NotFound):
        next_of(desk, "alice", "too big for now")
    desk.clock.forward(minutes=11)
    next_of(desk, "bo")
    next_of(desk, "bo", "not my skill")
    with pytest.raises(NotFound):
        next_of(desk, "bo", "too big for now")
    desk.do("bo", c.Undo())
    view = desk.store.metrics("is:any", None, None)
    assert view.skipped == 3
    assert view.most_skipped == ((first, 2), (second, 1))
    assert {one.agent: one.skipped for one in view.agents if one.skipped} == {"alice": 2, "bo": 1}
    assert desk.store.metrics("is:any priority:P2", None, None).skipped == 1
    assert desk.store.metrics("is:any", desk.clock(), None).skipped == 1
    assert "skipped,total,3" in as_csv(view)
