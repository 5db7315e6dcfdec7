"""What agents write themselves: it is read already, and comes back as a draft when they take it back."""

from __future__ import annotations

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.views import Draft
from tests import invariants
from tests.small_desk import Desk


def unread(desk: Desk, login: str, number: int) -> tuple[bool, int]:
    """Whether a ticket is unread for somebody, and how many of its messages are new."""
    row = desk.seen_by(login).listing("is:any").rows[0]
    assert row.number == number
    return row.unread, row.new_messages


def test_what_i_write_is_read_by_me_alone(desk: Desk) -> None:
    number = desk.create(text="It fails.")
    for login in ("alice", "bo"):
        desk.seen_by(login).mark_read(number)
    desk.do("alice", c.Reply((number,), "Looking"))
    desk.do("alice", c.Note((number,), "Odd"))
    desk.do("alice", c.Solve((number,), "rolled back", message="Done"))
    assert unread(desk, "alice", number) == (False, 0)
    assert unread(desk, "bo", number) == (False, 3)


def test_what_i_write_hides_nothing_that_i_have_not_read(desk: Desk) -> None:
    number = desk.create(text="It fails.")
    desk.do("alice", c.Note((number,), "Odd"))
    assert unread(desk, "alice", number) == (True, 0)
    desk.seen_by("alice").mark_read(number)
    desk.do("bo", c.Note((number,), "Not so odd"))
    desk.do("alice", c.Note((number,), "Well"))
    assert unread(desk, "alice", number) == (False, 2)


def test_what_comes_after_a_message_that_was_taken_back_is_new(desk: Desk) -> None:
    number = desk.create(text="It fails.")
    for login in ("alice", "bo"):
        desk.seen_by(login).mark_read(number)
    desk.do("alice", c.Note((number,), "Odd"))
    desk.seen_by("bo").mark_read(number)
    desk.do("alice", c.Undo())
    desk.do("carol", c.Note((number,), "Hm"))
    assert unread(desk, "alice", number) == unread(desk, "bo", number) == (False, 1)


def test_taking_a_message_back_gives_its_text_back(desk: Desk) -> None:
    number = desk.create()
    store = desk.seen_by("alice")
    store.mark_read(number)
    for command, kind in (
        (c.Reply((number,), "A long\nanswer", State.PENDING), "reply"),
        (c.Note((number,), "A long\nnote"), "note"),
    ):
        for _ in range(2):
            desk.do("alice", command)
            assert store.drafts(number) == ()
            sent = desk.ticket(number).version
            desk.do("alice", c.Undo())
            assert store.drafts(number) == (Draft(number, kind, command.text, desk.clock(), sent),)
            desk.do("alice", c.Redo())
            assert store.drafts(number) == ()
            assert unread(desk, "alice", number) == (False, 0)
            desk.do("alice", c.Undo())
            assert [draft.text for draft in store.drafts(number)] == [command.text]
        store.save_draft(number, kind, "", 0)
    invariants.check(desk.store.database)


def test_a_draft_that_was_begun_since_is_left_alone(desk: Desk) -> None:
    number = desk.create()
    store = desk.seen_by("alice")
    desk.do("alice", c.Reply((number,), "First"))
    store.save_draft(number, "reply", "Second", 0)
    desk.do("alice", c.Undo())
    assert [draft.text for draft in store.drafts(number)] == ["Second"]
    desk.do("alice", c.Redo())
    assert [draft.text for draft in store.drafts(number)] == ["Second"]


def test_nobody_gets_what_somebody_else_wrote(desk: Desk) -> None:
    number = desk.create()
    sent = desk.do("alice", c.Reply((number,), "First"))
    desk.do("carol", c.Undo(sent.command))
    assert desk.seen_by("carol").drafts(number) == desk.seen_by("alice").drafts(number) == ()
