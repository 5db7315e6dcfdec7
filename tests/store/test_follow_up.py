"""What a requester writes long after the end: a new ticket, linked to the one it follows."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound
from deskterm.domain.kinds import Priority, State
from deskterm.domain.ticket import Link
from tests.invariants import check
from tests.small_desk import Desk


def long_closed(desk: Desk) -> int:
    """A ticket that was closed fifteen days ago."""
    number = desk.create(category="Checkout", tags=("outage",))
    desk.do("bo", c.SetPriority((number,), Priority.P1, reason="vip"))
    desk.do("bo", c.Solve((number,), "rolled back"))
    desk.do("bo", c.Close((number,), "confirmed"))
    desk.clock.forward(days=15)
    return number


def test_a_message_after_the_window_opens_a_ticket_that_follows(desk: Desk) -> None:
    old = long_closed(desk)
    outcome = desk.do("", c.Receive((old,), "It is back", "web"))
    [new] = outcome.changed
    assert new != old
    begun, before = desk.ticket(new), desk.ticket(old)
    assert (begun.state, begun.subject, begun.channel) == (State.NEW, before.subject, "web")
    assert (begun.priority, begun.priority_reason, begun.category) == (Priority.P1, "vip", "Checkout")
    assert (begun.tags, begun.requester, begun.owner) == (frozenset({"outage"}), before.requester, None)
    assert begun.created_at == begun.waiting_since == desk.clock.at
    assert begun.links == {Link("follow-up", old)}
    assert (before.state, before.links) == (State.CLOSED, frozenset({Link("follow-up", new)}))
    told = [message.text for message in desk.store.ticket(new).messages]
    assert told == ["It is back"]
    check(desk.store.database)


def test_a_note_on_what_is_closed_makes_the_window_no_longer(desk: Desk) -> None:
    old = long_closed(desk)
    desk.do("bo", c.Note((old,), "for the record"))
    assert desk.do("", c.Receive((old,), "It is back")).changed != (old,)


def test_inside_the_window_it_reopens(desk: Desk) -> None:
    old = long_closed(desk)
    desk.clock.forward(days=-2)
    assert desk.do("", c.Receive((old,), "It is back")).changed == (old,)
    assert desk.ticket(old).state is State.OPEN


def test_one_undo_takes_the_new_ticket_and_the_link_back(desk: Desk) -> None:
    old = long_closed(desk)
    [new] = desk.do("dana", c.Receive((old,), "It is back")).changed
    desk.do("dana", c.Undo())
    assert desk.ticket(old).links == frozenset()
    with pytest.raises(NotFound):
        desk.ticket(new)
