"""Events: how they fold into a ticket, what a command's events amount to, and what takes them back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.errors import FieldMoved
from deskterm.domain.events import Change, Event, evolve, fold, invert, is_side, net_effect
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.mend import Spoken, mend
from deskterm.domain.proposal import Situation
from deskterm.domain.ticket import Link, Spell
from deskterm.domain.triage import opening
from tests.domain.situations import NOON, after, event, propose, situation, ticket_in

NOTHING_SAID = Spoken(None, None, None, frozenset())


def created(here: Situation | None = None) -> Event:
    """The event that opens ticket 7."""
    proposal = opening(c.Create("It fails", "ana@x", tags=("vpn",)), 1, here or situation())
    return Event(1, 1, 7, proposal.kind, NOON, 1, "test", "", proposal.changes)


def test_a_history_begins_with_a_creation() -> None:
    ticket = fold([created()])
    assert (ticket.number, ticket.state, ticket.priority, ticket.tags) == (
        7,
        State.NEW,
        Priority.P4,
        frozenset({"vpn"}),
    )
    assert not ticket.voided
    with pytest.raises(ValueError, match="no events"):
        fold([])
    with pytest.raises(ValueError, match="not the creation"):
        fold([event(ticket, "tagged", ())])


def test_folding_gives_every_field_its_type() -> None:
    changes = (
        Change("state", "new", "open"),
        Change("priority", "P4", "P1"),
        Change("impact", "low", "high"),
        Change("requested_urgency", None, "low"),
        Change("links", (), (("related", 3),)),
        Change("fields", (), (("vendor", "acme"),)),
        Change("message", None, 4),
        Change("snooze:1", None, after(hours=1)),
        Change("reason", None, "because"),
    )
    ticket = evolve(fold([created()]), event(fold([created()]), "test", changes, after(minutes=1)))
    assert (ticket.state, ticket.priority, ticket.impact) == (State.OPEN, Priority.P1, Level.HIGH)
    assert ticket.requested_urgency is Level.LOW
    assert ticket.links == {Link("related", 3)}
    assert ticket.fields == {("vendor", "acme")}
    assert ticket.messages == 1
    assert (ticket.updated_at, ticket.version) == (after(minutes=1), 2)


@pytest.mark.parametrize("name", ["message", "content:4", "snooze:3", "reminder:9", "reason", "agent:2"])
def test_some_changes_are_kept_beside_the_ticket(name: str) -> None:
    assert is_side(name)
    assert not is_side("state")


def test_the_net_effect_is_first_before_and_last_after() -> None:
    ticket = ticket_in(State.OPEN)
    happened = [
        event(ticket, "a", (Change("priority", "P3", "P2"), Change("tags", (), ("x", "y")))),
        event(ticket, "b", (Change("priority", "P2", "P1"), Change("tags", ("x",), ("z",)))),
        event(ticket, "c", (Change("message", None, 5),)),
    ]
    assert set(net_effect(happened)) == {
        Change("priority", "P3", "P1"),
        Change("tags", (), ("y", "z")),
        Change("message", None, 5),
    }


COMMANDS = (
    c.Assign((7,), 2, "why"),
    c.Move((7,), 2, "note"),
    c.Reply((7,), "Hello"),
    c.Reply((7,), "Hello", State.SOLVED),
    c.Note((7,), "Hm"),
    c.Receive((7,), "Hi"),
    c.ChangeState((7,), State.HOLD, "vendor", after(days=2)),
    c.Solve((7,), "ok", message="ok"),
    c.Close((7,), "spam"),
    c.SetPriority((7,), Priority.P1, reason="vip"),
    c.Classify((7,), (("subject", "Else"), ("field.vendor", "acme"))),
    c.Tag((7,), ("new",), ("old",)),
    c.Follow((7,)),
    c.LinkTo((7,), "related", 9),
    c.Snooze((7,), after(hours=5)),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_taking_back_at_once_is_the_identity(command: c.TicketCommand) -> None:
    before = ticket_in(State.OPEN, owner=1, tags=frozenset({"old"}), messages=2)
    proposal = propose(command, before, at=after(minutes=9))
    changes = proposal.changes
    if proposal.message is not None:
        changes = (*changes, Change("message", None, 3), Change("content:3", None, "5f"))
    happened = event(before, proposal.kind, changes, after(minutes=9))
    changed = evolve(before, happened)
    taken = invert([happened], changed)
    assert taken.moved == frozenset()
    assert not any(change.field == "content:3" for change in taken.changes)
    back = event(changed, "undone", taken.changes, after(minutes=10))
    restored = evolve(changed, back)
    assert replace(restored, version=5, updated_at=NOON) == before
    again = evolve(restored, event(restored, "redone", invert([back], restored).changes, after(minutes=9)))
    assert replace(again, version=6) == changed


def test_a_field_that_somebody_changed_since_is_not_taken_back() -> None:
    happened = event(ticket_in(State.OPEN), "prioritised", (Change("priority", "P3", "P2"),))
    with pytest.raises(FieldMoved) as moved:
        invert([happened], ticket_in(State.OPEN, priority=Priority.P1))
    assert (moved.value.field, moved.value.mine, moved.value.theirs) == ("priority", "P2", "P1")


def test_members_of_sets_are_taken_back_as_far_as_they_are_there() -> None:
    happened = event(ticket_in(State.OPEN), "tagged", (Change("tags", ("old", "older"), ("a", "b")),))
    ticket = ticket_in(State.OPEN, tags=frozenset({"b", "old", "mine"}))
    assert invert([happened], ticket).changes == (Change("tags", ("b",), ("older",)),)


def test_a_created_ticket_is_voided_once() -> None:
    taken = invert([created()], ticket_in(State.NEW))
    assert taken.changes == (Change("voided", False, True),)
    with pytest.raises(FieldMoved):
        invert([created()], ticket_in(State.NEW, voided=True))


def test_clock_fields_go_back_by_groups() -> None:
    proposal = propose(c.Reply((7,), "Hello"), ticket_in(State.NEW), at=after(minutes=9))
    happened = event(ticket_in(State.NEW), "replied", proposal.changes)
    later = replace(evolve(ticket_in(State.NEW), happened), replied_at=after(minutes=30))
    taken = invert([happened], later)
    assert taken.moved == {"first_replied_at", "replied_at", "waiting_since"}
    assert {change.field for change in taken.changes} == {"state", "spells"}


# Mending what could not go back


def test_mending_stops_and_starts_the_pause_with_the_state() -> None:
    moved = frozenset({"paused_at", "paused_seconds"})
    opened = ticket_in(State.OPEN, paused_at=NOON, paused_seconds=10)
    changes = {x.field: x.after for x in mend(opened, moved, None, after(minutes=1))}
    assert changes == {"paused_at": None, "paused_seconds": 70}
    waiting = ticket_in(State.PENDING, spells=frozenset())
    begun = Spell(after(hours=1), State.PENDING)
    assert mend(waiting, moved, None, begun.start) == (Change("spells", (), (begun,)),)
    held = ticket_in(State.HOLD, spells=frozenset({Spell(NOON, State.PENDING)}))
    (change,) = mend(held, moved, None, after(hours=1))
    assert change.after == (Spell(NOON, State.PENDING, begun.start), begun._replace(state=State.HOLD))
    assert mend(ticket_in(State.HOLD), moved, None, after(hours=1)) == ()


def test_stays_that_would_lie_inside_others_do_not_come_back() -> None:
    """Waited, went on, waited, went on: taking back the first end would have it waiting since then."""
    first, second = Spell(NOON, State.PENDING), Spell(after(hours=2), State.PENDING, after(hours=3))
    ended = first._replace(end=after(hours=1))
    happened = event(
        ticket_in(State.PENDING),
        "state",
        (Change("state", "pending", "open"), Change("spells", (first,), (ended,))),
    )
    only = ticket_in(State.OPEN, spells=frozenset({ended}))
    assert Change("spells", (ended,), (first,)) in invert([happened], only).changes
    later = ticket_in(State.OPEN, spells=frozenset({ended, second}))
    taken = invert([happened], later)
    assert taken.moved == {"paused_at", "paused_seconds", "spells"}
    waiting = evolve(later, event(later, "undone", taken.changes))
    (change,) = mend(waiting, taken.moved, None, after(hours=4))
    assert (change.before, change.after) == ((), (Spell(after(hours=4), State.PENDING),))


@pytest.mark.parametrize(
    ("state", "values", "expected"),
    [
        (State.OPEN, {"solved_at": NOON, "closed_at": NOON}, {"solved_at": None, "closed_at": None}),
        (State.SOLVED, {"solved_at": None}, {"solved_at": after(hours=1)}),
        (State.SOLVED, {"closed_at": NOON}, {"closed_at": None}),
        (State.CLOSED, {"closed_at": None}, {"closed_at": after(hours=1)}),
        (State.CLOSED, {}, {}),
    ],
)
def test_mending_puts_the_ends_in_line_with_the_state(
    state: State, values: dict[str, object], expected: dict[str, object]
) -> None:
    moved = frozenset({"solved_at", "closed_at"})
    found = mend(ticket_in(state, **values), moved, None, after(hours=1))
    assert {change.field: change.after for change in found} == expected


def test_mending_reads_the_replies_from_what_is_left_of_the_conversation() -> None:
    ticket = ticket_in(State.OPEN, first_replied_at=NOON, replied_at=after(hours=2), waiting_since=None)
    said = Spoken(after(hours=1), after(hours=2), after(hours=3), frozenset({after(hours=3)}))
    moved = frozenset({"first_replied_at", "replied_at", "waiting_since"})
    found = {change.field: change.after for change in mend(ticket, moved, said, NOON)}
    assert found == {"first_replied_at": after(hours=1), "waiting_since": after(hours=3)}
    found = {change.field: change.after for change in mend(ticket, moved, NOTHING_SAID, NOON)}
    assert found == {"first_replied_at": None, "replied_at": None, "waiting_since": NOON}
    assert mend(ticket, moved, None, NOON) == ()


TAGS = st.frozensets(st.sampled_from("abcdef"))
STEPS = st.lists(st.tuples(TAGS, TAGS), max_size=6)


@given(TAGS, STEPS)
def test_any_run_of_set_changes_can_be_taken_back(
    start: frozenset[str], steps: list[tuple[frozenset[str], frozenset[str]]]
) -> None:
    before = ticket = ticket_in(State.OPEN, tags=start)
    happened = []
    for removed, added in steps:
        change = Change("tags", tuple(removed & ticket.tags), tuple(added - ticket.tags))
        happened.append(event(ticket, "tagged", (change,)))
        ticket = evolve(ticket, happened[-1])
    changes = invert(happened, ticket).changes
    assert evolve(ticket, event(ticket, "undone", changes)).tags == before.tags
