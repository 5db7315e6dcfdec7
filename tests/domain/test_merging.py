"""Merging as rules: what closes, what goes on with what, and what is refused and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.decide import decide
from deskterm.domain.errors import FieldMoved, NotFound, Refused
from deskterm.domain.events import Change, evolve, invert
from deskterm.domain.kinds import State
from deskterm.domain.merging import absorb, part
from deskterm.domain.ticket import Link, Ticket
from tests.domain.situations import NOON, after, carried_out, event, propose, situation, ticket_in

MERGE = c.Merge((7,), 9)
ENDED = (State.CLOSED,)


def other(state: State = State.OPEN, **values: Any) -> Ticket:
    """The ticket that goes on."""
    return ticket_in(state, **({"number": 9} | values))


@pytest.mark.parametrize("state", [state for state in State if state not in ENDED])
@pytest.mark.parametrize("into", [state for state in State if state not in ENDED])
def test_any_ticket_that_is_not_closed_merges_into_any_that_is_not(state: State, into: State) -> None:
    ticket, survivor = ticket_in(state), other(into)
    merged = carried_out(ticket, propose(MERGE, ticket, at=after(hours=1), other=survivor), after(hours=1))
    assert (merged.state, merged.close_reason, merged.closed_at) == (
        State.CLOSED,
        "duplicate",
        after(hours=1),
    )
    assert (merged.merged_into, merged.active) == (9, False)
    taken = carried_out(survivor, absorb(survivor, ticket), after(hours=1))
    assert taken.absorbed == (7,)
    # It goes on exactly as it stood: nobody's clock starts or stops because a duplicate was found.
    assert (taken.state, taken.waiting_since, taken.spells) == (
        survivor.state,
        survivor.waiting_since,
        survivor.spells,
    )


@pytest.mark.parametrize(
    ("words", "mine", "theirs"),
    [
        ("#7 is closed", {"state": State.CLOSED}, {}),
        ("#9 is closed", {}, {"state": State.CLOSED}),
        ("#9 was merged into another", {}, {"state": State.CLOSED, "links": {Link("merged into", 3)}}),
        ("#7 is merged into another", {"state": State.CLOSED, "links": {Link("merged into", 3)}}, {}),
        ("#9 was taken back", {}, {"voided": True}),
        ("#7 was taken back", {"voided": True}, {}),
        ("cannot be merged into itself", {"number": 9}, {}),
        ("HR is confidential", {"queue": 3}, {}),
        ("HR is confidential", {}, {"queue": 3}),
        ("has child tickets", {"links": {Link("child", 12)}}, {}),
    ],
)
def test_what_is_refused(words: str, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    def made(values: dict[str, Any], number: int) -> Ticket:
        held: dict[str, Any] = {"number": number, "state": State.OPEN} | values
        return ticket_in(held.pop("state"), **held | {"links": frozenset(held.get("links", ()))})

    with pytest.raises(Refused, match=words):
        decide(MERGE, made(mine, 7), situation(other=made(theirs, 9)))


def test_both_in_the_same_confidential_queue_may_merge() -> None:
    assert propose(MERGE, ticket_in(State.OPEN, queue=3), other=other(queue=3)).kind == "merged"


def test_without_the_other_ticket_there_is_none() -> None:
    with pytest.raises(NotFound, match="#9"):
        decide(MERGE, ticket_in(State.OPEN), situation())


def test_a_merged_ticket_is_not_reopened_but_unmerged() -> None:
    merged = ticket_in(State.CLOSED, links=frozenset({Link("merged into", 9)}))
    with pytest.raises(Refused, match="was merged") as refused:
        decide(c.Reopen((7,), "again"), merged, situation())
    assert "unmerge" in refused.value.hint


TAGS = st.frozensets(st.sampled_from(("vpn", "eu", "vip")))
PEOPLE = st.frozensets(st.integers(1, 3))
STATES = st.sampled_from([state for state in State if state is not State.CLOSED])


@given(STATES, STATES, TAGS, TAGS, PEOPLE, PEOPLE, st.integers(0, 90))
def test_merging_and_parting_is_the_identity_on_both(
    state: State,
    into: State,
    mine: frozenset[str],
    theirs: frozenset[str],
    my_people: frozenset[int],
    their_people: frozenset[int],
    days: int,
) -> None:
    ticket = ticket_in(state, tags=mine, followers=my_people)
    survivor = other(into, tags=theirs, followers=their_people)
    proposals = propose(MERGE, ticket, at=after(hours=1), other=survivor), absorb(survivor, ticket)
    for before, proposal, link in zip(
        (ticket, survivor), proposals, (("merged into", 9), ("merged from", 7)), strict=True
    ):
        made = event(before, proposal.kind, proposal.changes, after(hours=1))
        merged = evolve(before, made)
        assert merged != before
        parting = part(merged, [made], *link)
        parted = evolve(merged, event(merged, parting.kind, parting.changes, after(days=days)))
        assert _same(parted) == _same(before)


def _same(ticket: Ticket) -> Ticket:
    return replace(ticket, version=0, updated_at=NOON)


def test_a_merge_that_was_taken_apart_since_is_not_undone_once_more() -> None:
    ticket = ticket_in(State.OPEN)
    proposal = propose(MERGE, ticket, other=other())
    made = event(ticket, "merged", proposal.changes)
    merged = evolve(ticket, made)
    moved_on = Change("links", (("merged into", 9),), (("merged into", 11),))
    with pytest.raises(FieldMoved):
        invert([made], evolve(merged, event(merged, "merged", (moved_on,))))
