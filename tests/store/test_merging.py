"""Merging: one conversation out of two, nothing moved, all of it found, and taken apart at any time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, FieldMoved, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Sla, State
from deskterm.domain.ticket import Link, Ticket
from tests import invariants
from tests.small_desk import NETWORK, PAYMENTS, Desk

BEN = {"requester_address": "ben@acme.example", "requester_name": "Ben Ode"}


def plain(ticket: Ticket) -> Ticket:
    """A ticket but for what any event changes."""
    return replace(ticket, version=0, updated_at=ticket.created_at)


@pytest.fixture
def pair(desk: Desk) -> tuple[int, int]:
    """Two tickets about the same thing by two people, with messages that alternate in time."""
    first = desk.create("bo", subject="VPN drops", text="It drops every hour", tags=("vpn",))
    desk.clock.forward(minutes=5)
    second = desk.create(
        "bo", subject="Tunnel gone", text="My tunnel vanishes", tags=("tunnel",), queue="network", **BEN
    )
    desk.do("carol", c.Follow((second,)))
    desk.clock.forward(minutes=5)
    desk.do("alice", c.Reply((first,), "We look into it"))
    desk.clock.forward(minutes=5)
    desk.do("bo", c.Note((second,), "same gateway"))
    desk.clock.forward(minutes=5)
    return first, second


def said(desk: Desk, number: int, login: str = "carol") -> list[tuple[int, str]]:
    """The conversation as somebody reads it: from which ticket, and what."""
    return [(m.ticket, m.text) for m in desk.seen_by(login).ticket(number).messages]


def test_the_conversations_are_read_as_one_by_time_and_both_tickets_keep_their_own(
    desk: Desk, pair: tuple[int, int]
) -> None:
    first, second = pair
    outcome = desk.do("alice", c.Merge((second,), first))
    assert outcome.summary == f"Merged #{second} into #{first}"
    assert said(desk, first) == [
        (first, "It drops every hour"),
        (second, "My tunnel vanishes"),
        (first, "We look into it"),
        (second, "same gateway"),
    ]
    assert said(desk, second) == [(second, "My tunnel vanishes"), (second, "same gateway")]
    view = desk.seen_by("carol").ticket(first)
    assert view.participants == (("Ben Ode", "ben@acme.example"),)
    assert view.spoken == 4
    survivor, tombstone = desk.ticket(first), desk.ticket(second)
    assert survivor.tags == {"vpn", "tunnel"}
    assert survivor.followers == {desk.id("carol")}
    assert survivor.links == {Link("merged from", second)}
    assert (tombstone.state, tombstone.close_reason, tombstone.merged_into) == (
        State.CLOSED,
        "duplicate",
        first,
    )
    assert (tombstone.subject, tombstone.queue) == ("Tunnel gone", NETWORK)
    assert tombstone.tags == {"tunnel"}
    assert desk.store.numbers("is:merged") == (second,)
    invariants.check(desk.store.database)


def test_unmerging_is_undoing_however_late_and_by_whomever(desk: Desk, pair: tuple[int, int]) -> None:
    first, second = pair
    before = [plain(desk.ticket(number)) for number in pair]
    desk.do("alice", c.Merge((second,), first))
    after = [plain(desk.ticket(number)) for number in pair]
    desk.do("alice", c.Undo())
    assert [plain(desk.ticket(number)) for number in pair] == before
    desk.do("alice", c.Redo())
    assert [plain(desk.ticket(number)) for number in pair] == after
    desk.clock.forward(days=40)
    desk.do("bo", c.Tag((first,), ("late",)))
    outcome = desk.do("bo", c.Unmerge((second,)))
    assert outcome.changed == (second,)
    parted = [plain(desk.ticket(number)) for number in pair]
    assert parted[0].tags == before[0].tags | {"late"}
    assert [replace(one, alerts=frozenset(), tags=frozenset()) for one in parted] == [
        replace(one, alerts=frozenset(), tags=frozenset()) for one in before
    ]
    assert said(desk, first) == [(first, "It drops every hour"), (first, "We look into it")]
    desk.do("bo", c.Undo())
    assert desk.ticket(second).merged_into == first
    invariants.check(desk.store.database)


def test_several_are_merged_into_one_by_one_command_and_one_undo(desk: Desk) -> None:
    numbers = tuple(desk.create(subject=f"Down {n}", tags=(f"t{n}",)) for n in range(4))
    before = [plain(desk.ticket(number)) for number in numbers]
    outcome = desk.do("alice", c.Merge(numbers[1:], numbers[0]))
    assert outcome.summary == f"Merged 3 tickets into #{numbers[0]}"
    assert desk.ticket(numbers[0]).absorbed == numbers[1:]
    assert desk.ticket(numbers[0]).tags == {"t0", "t1", "t2", "t3"}
    desk.do("bo", c.Unmerge((numbers[2],)))
    assert desk.ticket(numbers[0]).absorbed == (numbers[1], numbers[3])
    assert desk.ticket(numbers[0]).tags == {"t0", "t1", "t3"}
    desk.do("bo", c.Undo())
    desk.do("alice", c.Undo())
    assert [plain(desk.ticket(number)) for number in numbers] == before
    invariants.check(desk.store.database)


def test_one_of_several_that_were_brought_back_is_unmerged_alone(desk: Desk) -> None:
    first, *others = (desk.create(subject=f"Down {n}", tags=(f"t{n}",)) for n in range(3))
    desk.do("alice", c.Merge(tuple(others), first))
    desk.do("alice", c.Undo())
    desk.do("alice", c.Redo())
    desk.do("bo", c.Unmerge((others[0],)))
    assert desk.ticket(first).absorbed == (others[1],)
    assert desk.ticket(first).tags == {"t0", "t2"}
    desk.do("bo", c.Undo())
    desk.do("bo", c.Unmerge(tuple(others)))
    desk.do("bo", c.Undo())
    desk.do("carol", c.Unmerge((others[1],)))
    assert desk.ticket(first).absorbed == (others[0],)
    assert desk.ticket(first).tags == {"t0", "t1"}
    invariants.check(desk.store.database)


def test_what_the_requester_writes_later_lands_where_it_goes_on(desk: Desk, pair: tuple[int, int]) -> None:
    first, second = pair
    last = desk.create("bo", subject="Gateway broken", text="All of it")
    desk.do("alice", c.Merge((second,), first))
    desk.do("alice", c.Merge((first,), last))
    desk.do("alice", c.ChangeState((last,), State.PENDING))
    desk.clock.forward(days=30)
    outcome = desk.do("", c.Receive((second,), "Still gone!"))
    assert outcome.changed == (last,)
    assert desk.ticket(last).state is State.OPEN
    message = desk.seen_by("carol").ticket(last).messages[-1]
    assert (message.text, message.ticket, message.author) == ("Still gone!", last, "Ben Ode")
    assert [ticket for ticket, _ in said(desk, last)].count(second) == 2
    assert desk.seen_by("carol").ticket(last).participants == (("Ben Ode", "ben@acme.example"),)
    # Taken apart, what was written there stays there: nothing is moved behind anybody's back.
    desk.do("bo", c.Unmerge((first,)))
    assert said(desk, last)[-1] == (last, "Still gone!")
    assert [ticket for ticket, _ in said(desk, first)] == [first, second, first, second]
    invariants.check(desk.store.database)


def test_search_finds_the_survivor_by_the_words_of_what_was_merged(desk: Desk, pair: tuple[int, int]) -> None:
    first, second = pair
    assert desk.store.numbers("vanishes") == (second,)
    desk.do("alice", c.Merge((second,), first))
    assert desk.store.numbers("vanishes") == (first,)
    assert set(desk.store.numbers("vanishes is:any")) == {first, second}
    desk.do("bo", c.Note((second,), "found in the basement"))
    assert desk.store.numbers("basement") == (first,)
    desk.do("bo", c.Unmerge((second,)))
    assert desk.store.numbers("basement") == (second,)


def test_a_merged_ticket_keeps_what_it_was_late_with(desk: Desk) -> None:
    first, second = desk.create(), desk.create(impact="high", urgency="high")
    desk.clock.forward(hours=5)
    desk.store.run_due()
    assert "resolution:breached" in desk.ticket(second).alerts
    desk.do("alice", c.Merge((second,), first))
    assert {"resolution:breached", "first_reply:breached"} <= desk.ticket(second).alerts
    assert desk.ticket(first).alerts == frozenset()
    view = desk.seen_by("carol").ticket(second)
    assert {clock.target: clock.used_seconds for clock in view.clocks}["resolution"] == 5 * 3600
    assert {clock.state.value for clock in view.clocks} == {"missed"}
    assert desk.store.listing(f"number:{second} is:any").rows[0].sla(desk.clock.at) is Sla.MISSED
    assert desk.store.numbers("sla:missed is:any") == (second,)
    desk.do("alice", c.Unmerge((second,)))
    assert {clock.state.value for clock in desk.seen_by("carol").ticket(second).clocks} == {"running"}


def test_a_merged_ticket_that_was_in_time_has_no_verdict(desk: Desk) -> None:
    first, second = desk.create(), desk.create()
    desk.clock.forward(hours=1)
    desk.do("alice", c.Merge((second,), first))
    assert {clock.state.value for clock in desk.seen_by("carol").ticket(second).clocks} == {"cancelled"}
    desk.clock.forward(days=9)
    assert {clock.state.value for clock in desk.seen_by("carol").ticket(second).clocks} == {"cancelled"}


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("into itself", lambda a, b, n: c.Merge((a,), a)),
        ("is closed: nothing is merged", lambda a, b, n: c.Merge((a,), n["closed"])),
        ("is closed", lambda a, b, n: c.Merge((n["closed"],), a)),
        ("was merged into another ticket itself", lambda a, b, n: c.Merge((a,), n["merged"])),
        ("is merged into another ticket already", lambda a, b, n: c.Merge((n["merged"],), b)),
        ("has child tickets", lambda a, b, n: c.Merge((n["parent"],), b)),
        ("is not merged", lambda a, b, n: c.Unmerge((a,))),
        ("was merged into another ticket", lambda a, b, n: c.Reopen((n["merged"],), "again")),
        ("there is no ticket #99", lambda a, b, n: c.Merge((a,), 99)),
    ],
)
def test_what_cannot_be_merged(sqlite_desk: Desk, words: str, command: object) -> None:
    desk = sqlite_desk
    a, b = desk.create(), desk.create()
    named = {name: desk.create() for name in ("closed", "merged", "parent", "child")}
    desk.do("alice", c.Close((named["closed"],), "spam"))
    desk.do("alice", c.Merge((named["merged"],), a))
    desk.do("alice", c.LinkTo((named["parent"],), "child", named["child"]))
    with pytest.raises((Refused, NotFound), match=words):
        desk.do("alice", command(a, b, named))  # type: ignore[operator]
    invariants.check(desk.store.database)


def test_a_parent_is_merged_once_that_is_confirmed(sqlite_desk: Desk) -> None:
    parent, child, into = (sqlite_desk.create() for _ in range(3))
    sqlite_desk.do("alice", c.LinkTo((parent,), "child", child))
    sqlite_desk.do("alice", c.Merge((parent,), into, children=True))
    assert Link("child", child) in sqlite_desk.ticket(parent).links


def test_no_order_of_merging_and_undoing_makes_a_circle_or_an_open_tombstone(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    a, b = desk.create(), desk.create()
    desk.do("alice", c.Close((a,), "duplicate"))
    closing = desk.do("carol", c.Reopen((a,), "no")).command - 1
    desk.do("bo", c.Merge((a,), b))
    with pytest.raises((Refused, FieldMoved)):
        desk.do("carol", c.Undo(closing))
    desk.do("bo", c.Undo())
    desk.do("alice", c.Merge((b,), a))
    with pytest.raises(Refused, match="merged into another ticket itself"):
        desk.do("bo", c.Redo())
    desk.do("alice", c.Unmerge((b,)))
    merge = desk.do("alice", c.Merge((b,), a)).command
    desk.do("alice", c.Unmerge((b,)))
    other = desk.create()
    desk.do("alice", c.Merge((b,), other))
    with pytest.raises((Refused, FieldMoved)):
        desk.do("alice", c.Undo(merge))
    invariants.check(desk.store.database)


def test_unmerging_is_taken_back_though_the_other_was_merged_or_closed_itself(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    first, middle, last, closed, duplicate = (desk.create() for _ in range(5))
    desk.do("bo", c.Merge((last,), middle))
    desk.do("bo", c.Merge((middle,), first))
    desk.do("bo", c.Unmerge((last,)))
    desk.do("bo", c.Undo())
    assert desk.ticket(last).merged_into == middle
    desk.do("alice", c.Merge((duplicate,), closed))
    desk.do("alice", c.Close((closed,), "spam"))
    desk.do("alice", c.Unmerge((duplicate,)))
    desk.do("alice", c.Undo())
    assert desk.ticket(duplicate).merged_into == closed
    unmerge = desk.do("alice", c.Unmerge((duplicate,))).command
    desk.do("alice", c.Reopen((closed,), "no"))
    desk.do("alice", c.Merge((closed,), duplicate))
    with pytest.raises(Refused, match="merged into another ticket itself"):
        desk.do("alice", c.Undo(unmerge))
    invariants.check(desk.store.database)


def test_a_ticket_that_others_were_merged_into_is_not_taken_back(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    other = desk.create("alice")
    made = desk.do("alice", c.Create("Mine", requester_address="ana@x.com"))
    assert made.created is not None
    desk.do("alice", c.Merge((other,), made.created))
    with pytest.raises(DeskError):
        desk.do("alice", c.Undo(made.command))
    assert not desk.ticket(made.created).voided


class TestConfidential:
    """No words, names or numbers leave a confidential queue through a merge."""

    def test_across_the_line_it_is_refused(self, desk: Desk) -> None:
        secret, public = desk.create("hana", queue="hr"), desk.create("hana")
        for one, other in ((secret, public), (public, secret)):
            with pytest.raises(Refused, match="confidential"):
                desk.do("hana", c.Merge((one,), other))
            with pytest.raises(NotFound, match=f"no ticket #{secret}"):
                desk.do("alice", c.Merge((one,), other))

    def test_moved_out_afterwards_it_takes_nothing_along(self, desk: Desk) -> None:
        first = desk.create("hana", subject="Form", queue="hr", text="paperwork")
        second = desk.create("hana", subject="Other form", queue="hr", text="dismissal of Otto", **BEN)
        desk.do("hana", c.Merge((second,), first))
        assert desk.seen_by("hugo").numbers("dismissal") == (first,)
        desk.do("hana", c.Move((first,), PAYMENTS))
        outside, inside = desk.seen_by("alice"), desk.seen_by("hana")
        assert outside.numbers("dismissal is:any") == ()
        assert inside.numbers("dismissal is:any") == (second,)
        view = outside.ticket(first)
        assert [m.text for m in view.messages] == ["paperwork"]
        assert (view.participants, view.links, view.spoken) == ((), (), 1)
        assert str(second) not in str([event.changes for event in view.events if event.kind == "absorbed"])
        assert "dismissal of Otto" in [m.text for m in inside.ticket(first).messages]
        invariants.check(desk.store.database)

    def test_moved_in_afterwards_the_tombstone_says_nothing_of_it(self, desk: Desk) -> None:
        first, second = desk.create("hana", text="hello"), desk.create("hana", **BEN)
        desk.do("hana", c.Merge((second,), first))
        desk.do("hana", c.Move((first,), 3))
        view = desk.seen_by("alice").ticket(second)
        assert view.links == ()
        assert view.ticket.merged_into is None
        with pytest.raises(Refused, match="may not see") as refused:
            desk.do("alice", c.Unmerge((second,)))
        assert f"#{first}" not in refused.value.message
        with pytest.raises(Refused, match="may not see"):
            desk.do("alice", c.Receive((second,), "me again"))

    def test_a_queue_that_becomes_confidential_closes_its_words_too(
        self, desk: Desk, pair: tuple[int, int]
    ) -> None:
        first, second = pair
        desk.do("alice", c.Merge((second,), first))
        desk.do("dana", c.AddQueue("Network", confidential=True))
        assert desk.seen_by("alice").numbers("vanishes is:any") == ()
        assert [ticket for ticket, _ in said(desk, first, "alice")] == [first, first]
        desk.do("dana", c.AddQueue("Network", confidential=False))
        assert desk.seen_by("alice").numbers("vanishes") == (first,)
        invariants.check(desk.store.database)


def test_a_viewer_merges_nothing(sqlite_desk: Desk) -> None:
    a, b = sqlite_desk.create(), sqlite_desk.create()
    for command in (c.Merge((a,), b), c.Unmerge((a,)), c.Split(a, (1,), "x")):
        with pytest.raises(NotAllowed):
            sqlite_desk.do("vera", command)


def test_a_reply_on_a_merged_ticket_is_told_where_to_go(desk: Desk, pair: tuple[int, int]) -> None:
    first, second = pair
    third = desk.create("bo", subject="One more")
    desk.do("alice", c.Merge((second, third), first))
    with pytest.raises(Refused, match="is closed") as refused:
        desk.do("bo", c.Reply((second,), "hello"))
    assert refused.value.hint == f"it was merged into #{first}: reply there"
    outcome = desk.do("alice", c.Unmerge((second, third)))
    assert outcome.summary == "Took 2 tickets out of the ticket they were merged into"
