"""Named states on a desk of either engine: found, moved in bulk, taken back, renamed and taken away."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, FieldMoved, Refused
from deskterm.domain.kinds import State
from deskterm.domain.matching import matches
from deskterm.domain.query_parser import parse
from deskterm.storage import tickets
from deskterm.storage.facts import facts
from deskterm.upkeep.doctor import examine
from tests import invariants
from tests.domain.test_named_states import MORE, USUAL
from tests.small_desk import Desk
from tests.store import test_any_sequence as any_sequence

NAMES = ("waiting for parts", "asked the vendor", "sent a link", "in review", "awaiting deploy")


@pytest.fixture
def named(desk: Desk) -> Desk:
    """A desk that names several states, with three tickets."""
    desk.do("dana", c.ApplyPolicy(USUAL + MORE))
    for subject in ("One", "Two", "Three"):
        desk.create(subject=subject)
    return desk


def hold(*numbers: int, status: str | None = "waiting for parts") -> c.ChangeState:
    """Put tickets on hold."""
    return c.ChangeState(numbers, State.HOLD, "vendor", status=status)


def found(desk: Desk, query: str) -> set[int]:
    """The tickets a list of a query holds, which must be those it counts."""
    store = desk.seen_by("alice")
    rows = {row.number for row in store.listing(query).rows}
    assert store.count(query) == len(rows)
    return rows


def sound(desk: Desk) -> None:
    """Journal and rows agree."""
    invariants.check(desk.store.database, desk.store.policy)
    assert not [fault for fault in examine(desk.store).faults if "chmod" not in fault]


def test_tickets_are_found_by_the_state_they_are_in(named: Desk) -> None:
    named.do("alice", hold(1))
    named.do("alice", hold(2, status=None))
    assert found(named, "state:hold") == {1, 2}
    for query in (
        'status:"waiting for parts"',
        'state:"Waiting for Parts"',
        "status:waiting*",
        "status:WAIT*",
    ):
        assert found(named, query) == {1}
    assert found(named, "status:hold") == {2}
    assert found(named, "status:none") == {2, 3}
    assert found(named, '-status:"waiting for parts" is:active') == {2, 3}
    assert found(named, 'state:new,"waiting for parts"') == {1, 3}
    assert found(named, 'status:"gone"') == set()
    named.do("alice", c.Solve((3,), "done", status="awaiting deploy"))
    assert found(named, 'status:"awaiting deploy"') == {3}
    assert found(named, "status:waiting*,awaiting*") == {1, 3}
    sound(named)


def test_a_query_means_the_same_of_one_ticket(named: Desk) -> None:
    named.do("alice", hold(1))
    named.do("alice", c.ChangeState((2,), State.PENDING, status="sent a link"))
    store = named.seen_by("alice")
    queries = (
        "status:none",
        "status:hold",
        "status:waiting*",
        "-status:sent* is:any",
        'state:open,"sent a link"',
    )
    with store.database.read() as connection:
        known, held = store.people(), store.policy
        for query in queries:
            matching = set()
            for number in (1, 2, 3):
                ticket = tickets.load(connection, number)
                assert ticket is not None
                asked = facts(connection, ticket, known, store.actor, held)
                if matches(parse(query), asked, store.actor, store.now(), store.zone):
                    matching.add(number)
            assert matching == found(named, query), query


def test_lists_call_a_state_as_the_desk_does(named: Desk) -> None:
    named.do("alice", hold(1))
    named.do("alice", c.ChangeState((2,), State.PENDING))
    rows = {row.number: row for row in named.seen_by("alice").listing("").rows}
    assert [(rows[number].state, rows[number].status) for number in (1, 2, 3)] == [
        (State.HOLD, "waiting for parts"),
        (State.PENDING, "Waiting for the customer"),
        (State.NEW, ""),
    ]


def test_many_are_moved_and_taken_back_as_one(named: Desk) -> None:
    outcome = named.do("alice", hold(1, 2, 3))
    assert outcome.summary == "Set 3 tickets to waiting for parts"
    assert found(named, 'status:"waiting for parts"') == {1, 2, 3}
    named.do("alice", c.Undo())
    assert {named.ticket(number).status for number in (1, 2, 3)} == {""}
    named.do("alice", c.Redo())
    assert {named.ticket(number).status for number in (1, 2, 3)} == {"waiting for parts"}
    sound(named)


def test_two_agents_who_choose_different_states_conflict(named: Desk) -> None:
    named.do("alice", hold(1))
    looked_at = {"state": State.HOLD, "status": ""}
    with pytest.raises(FieldMoved) as conflict:
        named.do("bo", c.ChangeState((1,), State.OPEN, expected=looked_at))
    assert conflict.value.field == "status"


def test_what_went_on_within_its_category_is_not_taken_back_under_somebody(named: Desk) -> None:
    named.do("alice", hold(1, status=""))
    named.do("bo", hold(1))
    with pytest.raises(DeskError, match="cannot be taken back"):
        named.do("alice", c.Undo())
    named.do("bo", c.Undo())
    named.do("alice", c.Undo())
    assert named.ticket(1).state is State.NEW
    sound(named)


def test_who_writes_brings_it_to_the_default(named: Desk) -> None:
    named.do("alice", c.ChangeState((1,), State.PENDING, status="sent a link"))
    named.do("", c.Receive((1,), "Here it is"))
    assert (named.ticket(1).state, named.ticket(1).status) == (State.OPEN, "")
    sound(named)


def test_a_state_that_goes_leaves_its_tickets_in_the_default_and_comes_back_with_the_policy(
    named: Desk,
) -> None:
    named.do("alice", hold(1))
    before = named.ticket(1)
    named.do("dana", c.ApplyPolicy(USUAL))
    named.store.recalculate()
    assert found(named, "status:hold") == {1}
    assert found(named, 'status:"waiting for parts"') == set()
    assert named.seen_by("alice").listing("state:hold").rows[0].status == ""
    sound(named)
    named.do("dana", c.Undo())
    named.store.recalculate()
    assert found(named, 'status:"waiting for parts"') == {1}
    assert named.ticket(1).status == before.status
    assert named.ticket(1).spells == before.spells
    sound(named)


def test_a_renamed_state_keeps_its_tickets(named: Desk) -> None:
    named.do("alice", hold(1))
    more = MORE.replace("waiting for parts", "parts ordered").replace(
        'clock = "stopped"', 'clock = "stopped"\nwas = ["waiting for parts"]'
    )
    named.do("dana", c.ApplyPolicy(USUAL + more))
    named.do("alice", hold(2, status="parts ordered"))
    for query in ('status:"parts ordered"', 'status:"waiting for parts"'):
        assert found(named, query) == {1, 2}
    with pytest.raises(Refused, match="is parts ordered already"):
        named.do("alice", hold(1, status="parts ordered"))
    assert {row.status for row in named.seen_by("alice").listing("state:hold").rows} == {"parts ordered"}
    sound(named)


def test_rules_put_tickets_to_a_state_and_wait_for_one(named: Desk) -> None:
    named.do(
        "dana",
        c.ApplyPolicy(
            """
[[rules]]
name = "Parts"
on = "update"
events = ["changed:tag"]
when = "tag:parts"
do = [{ state = "waiting for parts", text = "vendor" }]

[[rules]]
name = "Told"
on = "update"
events = ["changed:status"]
when = 'status:"waiting for parts"'
do = [{ tag = "told" }]
"""
        ),
    )
    named.do("alice", c.Tag((1,), ("parts",)))
    assert named.ticket(1).status == "waiting for parts"
    assert "told" in named.ticket(1).tags
    named.do("alice", c.ChangeState((1,), State.OPEN))
    named.do("alice", c.Undo())
    assert named.ticket(1).status == "waiting for parts"
    sound(named)


class Named(any_sequence.Work):
    """The same agents on a desk that names several states."""

    @initialize(who=any_sequence.WHO)
    def begin(self, who: str) -> None:
        self.desk.do("dana", c.ApplyPolicy(USUAL + MORE))
        super().begin(who)

    @precondition(lambda self: self.made)
    @invariant()
    def everything_agrees(self) -> None:
        invariants.check(self.desk.store.database, self.desk.store.policy)

    @rule(
        who=any_sequence.WHO,
        status=st.sampled_from(("", *NAMES)),
        state=st.sampled_from((State.OPEN, State.PENDING, State.HOLD, State.SOLVED)),
        reason=st.sampled_from(("vendor", "")),
        data=st.data(),
    )
    def name_a_state(self, who: str, status: str, state: State, reason: str, data: st.DataObject) -> None:
        self._do(who, c.ChangeState(self._some(data), state, reason, status=status))

    @rule(who=any_sequence.WHO, status=st.sampled_from(NAMES[:4]), data=st.data())
    def go_to_one(self, who: str, status: str, data: st.DataObject) -> None:
        state = State.HOLD if status in NAMES[:2] else State.PENDING if status == NAMES[2] else State.OPEN
        self._do(who, c.ChangeState(self._some(data), state, "vendor", status=status))

    @rule(who=any_sequence.WHO, data=st.data())
    def deploy(self, who: str, data: st.DataObject) -> None:
        self._do(who, c.Solve(self._some(data), "built", status="awaiting deploy"))


TestNamedStatesInAnySequence = Named.TestCase
TestNamedStatesInAnySequence.settings = settings(
    any_sequence.SETTINGS, max_examples=8, phases=[Phase.explicit, Phase.generate]
)
