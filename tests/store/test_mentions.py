"""Mentions and followers: who is told of a ticket, who never is, and that nothing internal gets out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.people import Actor
from deskterm.storage.tables import outbox
from deskterm.store import topics
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.outgoing import send_as
from tests.small_desk import HR, NETWORK, Desk

VIEW = "is:active is:mentioned"


def sound(desk: Desk) -> bool:
    """Say whether the doctor finds nothing but the mode of a test's file."""
    return all("open to others" in fault for fault in examine(desk.store).faults)


def waits_for(desk: Desk, login: str) -> tuple[set[int], int]:
    """The tickets of somebody's view of mentions, and the figure beside it."""
    store = desk.seen_by(login)
    counted = next(line.count for line in store.counts().views if line.name == "Mentions")
    return {row.number for row in store.listing(VIEW).rows}, counted


def said_to(desk: Desk, login: str, after: int = 0) -> list[tuple[int, str, str, bool]]:
    """What a screen of somebody's would show."""
    return [(w.ticket, w.who, w.words, w.mention) for w in desk.seen_by(login).words(after)]


def mails(desk: Desk, state: str = "waiting") -> list[tuple[str, str, str]]:
    """To whom something is to be sent, and what it says."""
    with desk.store.database.read() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.state == state))
        return [(row.target, row.subject, row.text) for row in rows]


def test_a_mention_is_seen_followed_and_taken_back(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Note((number,), "@bo and @carol: do you know this? cc bo@example.org @alice"))
    ticket = desk.ticket(number)
    assert ticket.followers == {desk.id("bo"), desk.id("carol")}
    assert waits_for(desk, "bo") == ({number}, 1)
    assert waits_for(desk, "alice") == (set(), 0)
    assert said_to(desk, "carol") == [
        (number, "alice", "@bo and @carol: do you know this? cc bo@example.org @alice", True)
    ]
    assert {row.number for row in desk.seen_by("bo").listing("follower:me").rows} == {number}
    assert {row.number for row in desk.seen_by("").listing("follower:carol").rows} == {number}
    check(desk.store.database)
    assert sound(desk)
    desk.do("alice", c.Undo())
    assert desk.ticket(number).followers == set()
    assert waits_for(desk, "bo") == (set(), 0)
    assert said_to(desk, "carol") == []
    assert desk.seen_by("bo").listing("follower:me").rows == ()
    desk.do("alice", c.Redo())
    assert waits_for(desk, "bo") == ({number}, 1)
    assert desk.ticket(number).followers == {desk.id("bo"), desk.id("carol")}
    check(desk.store.database)
    assert sound(desk)


def test_reading_or_answering_ends_it(desk: Desk) -> None:
    one, two = desk.create(), desk.create()
    desk.do("alice", c.Note((one, two), "@bo please"))
    assert waits_for(desk, "bo") == ({one, two}, 2)
    desk.seen_by("bo").mark_read(one)
    assert waits_for(desk, "bo") == ({two}, 1)
    desk.do("bo", c.Note((two,), "I look"))
    assert waits_for(desk, "bo") == (set(), 0)
    # Said once more, it waits again; and a solved ticket is not in the view.
    desk.do("alice", c.Reply((two,), "Hello, @bo helps you", State.PENDING))
    assert waits_for(desk, "bo") == ({two}, 1)
    desk.do("alice", c.Solve((two,), "done", "answered"))
    assert waits_for(desk, "bo") == (set(), 0)
    assert {row.number for row in desk.seen_by("bo").listing("is:mentioned").rows} == {two}


def test_who_unfollowed_follows_again_when_mentioned(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Note((number,), "@bo"))
    desk.do("bo", c.Follow((number,), on=False))
    assert desk.ticket(number).followers == set()
    desk.do("alice", c.Note((number,), "@bo again"))
    assert desk.ticket(number).followers == {desk.id("bo")}


def test_who_may_not_see_the_ticket_cannot_be_mentioned(desk: Desk) -> None:
    number = desk.create("hugo", queue="hr")
    for command in (c.Note((number,), "@alice?"), c.Reply((number,), "Ask @alice")):
        with pytest.raises(Refused, match="@alice may not see"):
            desk.do("hugo", command)
    desk.do("hugo", c.Note((number,), "@hana?"))
    assert waits_for(desk, "hana") == ({number}, 1)
    # What goes into a confidential queue later is out of sight, and out of the figures.
    other = desk.create()
    desk.do("hana", c.Note((other,), "@bo"))
    desk.do("hana", c.Move((other,), HR, "not for everybody"))
    assert waits_for(desk, "bo") == (set(), 0)
    assert said_to(desk, "bo") == []


def test_customers_mails_and_quotes_mention_nobody(desk: Desk) -> None:
    number = desk.create(text="@bo help me")
    desk.do("", c.Receive((number,), "@bo hello?"))
    alice = desk.actors["alice"]
    desk.store.dispatch(c.Note((number,), "@bo by mail"), actor=Actor(alice.agent, "email"))
    desk.do("alice", c.Note((number,), "> @bo said\n`@bo` @vera@example.org"))
    assert waits_for(desk, "bo") == (set(), 0)
    assert desk.ticket(number).followers == set()


def test_followers_hear_of_customers_but_not_of_what_they_own(desk: Desk) -> None:
    followed, own, other = desk.create(), desk.create(), desk.create()
    desk.do("bo", c.Follow((followed, own)))
    desk.do("bo", c.Assign((own,), desk.id("bo")))
    last = desk.store.newest_message()
    bo = desk.seen_by("bo")
    seq = bo.counts().seq
    for number in (followed, own, other):
        desk.do("", c.Receive((number,), f"And now?\x1b]0;evil\x07 {number}"))
    told = said_to(desk, "bo", last)
    assert told == [(followed, "ana@northwind.example", f"And now?␛]0;evil␇ {followed}", False)]
    assert said_to(desk, "alice", last) == []
    notice = bo._read(lambda connection, scope: topics.notice_since(connection, scope, seq))
    assert notice is not None
    assert f"said:{desk.id('bo')}" in notice.topics
    assert f"said:{desk.id('alice')}" not in notice.topics


def with_address(desk: Desk, login: str) -> None:
    """Give an agent an address."""
    agent = desk.store.people().agent(login)
    assert agent is not None
    desk.do("dana", c.AddAgent(login, agent.name, agent.role, ("payments",), address=f"{login}@desk.example"))


def test_who_is_not_here_is_queued_a_mail_without_the_words(desk: Desk) -> None:
    with_address(desk, "bo")
    number = desk.create(subject="Card declined")
    desk.seen_by("bo").beat(
        "screen",
    )
    desk.do("alice", c.Note((number,), "@bo the secret is 42"))
    assert mails(desk) == []
    desk.clock.forward(minutes=10)
    desk.do("alice", c.Note((number,), "@bo the secret is 42"))
    ((target, subject, text),) = mails(desk)
    assert target == "bo@desk.example"
    assert subject == f"alice mentioned you on #{number} Card declined"
    assert "42" not in text
    desk.do("alice", c.Undo())
    assert mails(desk) == []


def test_nothing_internal_is_in_what_a_customer_gets(desk: Desk) -> None:
    """Every kind of internal text, each with a word of its own that must not be found outside."""
    send_as(desk)
    with_address(desk, "bo")
    number = desk.create(text="My card does not work")
    secrets = [f"sesame{letter}" for letter in "abcdefghi"]
    later = desk.clock() + timedelta(days=1)
    note, mention, handoff, hold, solved, reopened, lead, vendor, owned = secrets
    for command in (
        c.Note((number,), note),
        c.Note((number,), f"@bo {mention}"),
        c.Assign((number,), desk.id("alice"), reason=owned),
        c.Move((number,), NETWORK, handoff),
        c.Reply((number,), "We are on it", State.OPEN),
        c.ChangeState((number,), State.HOLD, "other"),
        c.Escalate((number,), c.EscalateTo.LEAD, reason=lead),
        c.Escalate((number,), c.EscalateTo.VENDOR, vendor=hold, follow_up=later, reason=vendor),
        c.Solve((number,), solved, "answered"),
        c.Reopen((number,), reopened),
    ):
        desk.clock.forward(minutes=1)
        desk.do("carol", command)
    view = desk.seen_by("").ticket(number)
    internal = " ".join(
        [message.text for message in view.messages if message.kind is not MessageKind.PUBLIC]
        + [str(change.after) for event in view.events for change in event.changes]
    )
    assert [secret for secret in secrets if secret not in internal] == []
    public = [message for message in view.messages if message.kind is MessageKind.PUBLIC]
    outside = " ".join(message.text for message in public)
    with desk.store.database.read() as connection:
        for row in connection.execute(select(outbox)):
            outside += f" {row.subject} {row.text} {row.target} {row.recipients}"
            assert row.message is None or row.message in {message.id for message in public}
    assert "We are on it" in outside
    assert [secret for secret in secrets if secret in outside] == []
