"""Splitting: some messages become a ticket of their own, with who wrote them and when, and back again."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, NotFound, Refused
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.ticket import Link
from deskterm.domain.wording import sentence
from tests import invariants
from tests.small_desk import NETWORK, START, Desk


@pytest.fixture
def mixed(desk: Desk) -> int:
    """A ticket in which its requester comes up with another matter half an hour later."""
    number = desk.create("bo", subject="VPN drops", text="It drops every hour", tags=("vpn",))
    desk.clock.forward(minutes=10)
    desk.do("alice", c.Reply((number,), "We look into it"))
    desk.clock.forward(minutes=20)
    desk.do("", c.Receive((number,), "By the way, the printer smokes"))
    desk.clock.forward(minutes=1)
    desk.do("alice", c.Note((number,), "ask facilities"))
    desk.clock.forward(minutes=9)
    return number


def ids(desk: Desk, number: int, *words: str) -> tuple[int, ...]:
    """The ids of the messages with these words in them."""
    found = desk.seen_by("carol").ticket(number).messages
    return tuple(m.id for m in found if any(word in m.text for word in words))


def test_the_messages_begin_a_ticket_and_stay_where_they_were(desk: Desk, mixed: int) -> None:
    before = [m.text for m in desk.seen_by("carol").ticket(mixed).messages]
    outcome = desk.do(
        "alice", c.Split(mixed, ids(desk, mixed, "printer", "facilities"), "Printer smokes", "network")
    )
    new = outcome.created
    assert new is not None
    assert outcome.summary == f"Split 2 messages of #{mixed} off into #{new}"
    view = desk.seen_by("bo").ticket(new)
    assert [(m.text, m.kind, m.author) for m in view.messages] == [
        ("By the way, the printer smokes", MessageKind.PUBLIC, "ana@northwind.example"),
        ("ask facilities", MessageKind.INTERNAL, "alice"),
    ]
    assert (view.ticket.subject, view.ticket.queue, view.ticket.tags) == (
        "Printer smokes",
        NETWORK,
        frozenset(),
    )
    # The customer asked then: a ticket does not become younger by being split off.
    assert view.ticket.created_at == view.messages[0].at == view.ticket.waiting_since
    assert (view.ticket.state, view.ticket.first_replied_at) == (State.NEW, None)
    assert view.ticket.links == {Link("split from", mixed)}
    assert [m.text for m in desk.seen_by("carol").ticket(mixed).messages] == before
    assert desk.ticket(mixed).links == {Link("split into", new)}
    assert set(desk.store.numbers("printer")) == {mixed, new}
    invariants.check(desk.store.database)


def test_the_history_says_so_in_words(desk: Desk, mixed: int) -> None:
    new = desk.do("alice", c.Split(mixed, ids(desk, mixed, "printer"), "Printer")).created or 0
    assert told(desk, mixed)[-1] == f"split off #{new}"
    assert told(desk, new)[-1] == f"split from #{mixed}"
    desk.do("alice", c.Undo())
    # A ticket that was taken back is named no more.
    assert told(desk, mixed)[-2:] == ["split off another ticket", "took back: splitting messages off"]


def told(desk: Desk, number: int) -> list[str]:
    """What happened to a ticket, in words."""
    view = desk.seen_by("carol").ticket(number)
    return [sentence(event, view.names, view.queues) for event in view.events if event.kind != "settled"]


def test_a_reply_that_goes_along_was_given(desk: Desk, mixed: int) -> None:
    outcome = desk.do("alice", c.Split(mixed, ids(desk, mixed, "drops", "look"), "Drops"))
    ticket = desk.ticket(outcome.created or 0)
    assert (ticket.state, ticket.waiting_since) == (State.OPEN, None)
    assert ticket.created_at == START
    assert (ticket.replied_at, ticket.first_replied_at) == (desk.ticket(mixed).first_replied_at,) * 2
    invariants.check(desk.store.database)


def test_undo_takes_the_new_ticket_away_and_redo_brings_it_back(desk: Desk, mixed: int) -> None:
    new = desk.do("alice", c.Split(mixed, ids(desk, mixed, "printer"), "Printer")).created or 0
    desk.do("alice", c.Undo())
    assert desk.ticket(mixed).links == frozenset()
    with pytest.raises(NotFound):
        desk.seen_by("alice").ticket(new)
    desk.do("alice", c.Redo())
    assert desk.ticket(new).subject == "Printer"
    assert desk.ticket(mixed).links == {Link("split into", new)}
    desk.do("bo", c.Note((new,), "Hm"))
    with pytest.raises(DeskError, match="since then bo"):
        desk.do("alice", c.Undo())
    assert desk.ticket(mixed).links == {Link("split into", new)}
    invariants.check(desk.store.database)


def test_what_was_merged_can_be_split_off_again_for_its_own_requester(desk: Desk, mixed: int) -> None:
    other = desk.create("bo", text="Mine smokes too", requester_address="ben@acme.example")
    desk.do("alice", c.Merge((other,), mixed))
    new = desk.do("alice", c.Split(mixed, ids(desk, mixed, "smokes too"), "Ben's")).created or 0
    assert desk.seen_by("carol").ticket(new).address == "ben@acme.example"
    invariants.check(desk.store.database)


def test_what_is_refused(desk: Desk, mixed: int) -> None:
    secret = desk.create("hana", queue="hr", text="paperwork")
    mine = ids(desk, mixed, "printer")
    for error, words, login, command in (
        (Refused, "no message was named", "alice", c.Split(mixed, (), "x")),
        (Refused, "needs a subject", "alice", c.Split(mixed, mine, " ")),
        (NotFound, "no message 999", "alice", c.Split(mixed, (999,), "x")),
        (NotFound, f"no message {mine[0]}", "hana", c.Split(secret, mine, "x")),
        (NotFound, f"no ticket #{secret}", "alice", c.Split(secret, mine, "x")),
        (NotFound, "no queue 'hr'", "alice", c.Split(mixed, mine, "x", "hr")),
    ):
        with pytest.raises(error, match=words):
            desk.do(login, command)
    inside = tuple(m.id for m in desk.seen_by("hana").ticket(secret).messages)
    with pytest.raises(Refused, match="stays in it"):
        desk.do("hana", c.Split(secret, inside, "x", "payments"))
    desk.do("hana", c.Split(secret, inside, "Papers"))
    invariants.check(desk.store.database)
