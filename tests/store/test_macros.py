"""Macros and files on tickets: one step with what was written, all of it or nothing, one undo."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.actions import Macro
from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.kinds import MessageKind, Priority, State
from deskterm.domain.macros import command_of, filled
from deskterm.domain.rule import Action
from deskterm.domain.ticket import NewFile
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.small_desk import NETWORK, PAYMENTS, Desk

THANKS = Macro(
    "Thanks",
    "Hi {requester.first_name}, thank you for #{ticket.number}.\n{agent.name}",
    (
        Action("tag", "vip"),
        Action("priority", "P2", "promised"),
        Action("assign", "me"),
        Action("note", "Thanked {requester.name}"),
        Action("state", "hold", "vendor"),
    ),
)


def use(desk: Desk, login: str, macro: Macro, *numbers: int, **fills: str) -> None:
    """Use a macro as somebody."""
    store = desk.seen_by(login)
    whole = {number: filled(macro, store.macro_values(number) | fills) for number in numbers}
    desk.do(login, command_of(whole))


def sound(desk: Desk) -> bool:
    """Say whether the doctor finds nothing but the open mode of a test's file."""
    return all("open to others" in fault for fault in examine(desk.store).faults)


def test_a_macro_replies_and_acts_in_one_step_with_one_undo(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz")
    before = desk.ticket(number)
    use(desk, "alice", THANKS, number)
    view = desk.store.ticket(number)
    ticket = view.ticket
    assert (ticket.state, ticket.priority, ticket.owner, ticket.tags) == (
        State.HOLD, Priority.P2, desk.id("alice"), frozenset({"vip"}),
    )  # fmt: skip
    assert [(one.kind, one.text, one.agent) for one in view.messages] == [
        (MessageKind.PUBLIC, f"Hi Ana, thank you for #{number}.\nAlice Moreau", desk.id("alice")),
        (MessageKind.INTERNAL, "Thanked Ana Ruiz", desk.id("alice")),
    ]
    assert ticket.first_replied_at == desk.clock.at
    why = [event.change("reason") for event in view.events]
    assert [one.after for one in why if one] == ["macro Thanks", "macro Thanks"]
    check(desk.store.database)
    desk.do("alice", c.Undo())
    after = desk.ticket(number)
    assert (after.state, after.priority, after.owner, after.tags) == (
        before.state, before.priority, before.owner, before.tags,
    )  # fmt: skip
    desk.do("alice", c.Redo())
    assert desk.ticket(number).state is State.HOLD
    check(desk.store.database)
    assert sound(desk)


def test_what_is_missing_keeps_a_reply_from_being_sent(desk: Desk) -> None:
    number = desk.create()
    with pytest.raises(Refused, match=r"‹requester.first_name\?› is still to be filled in"):
        use(desk, "alice", THANKS, number)
    assert desk.ticket(number).messages == 0
    use(desk, "alice", THANKS, number, **{"requester.first_name": "Ana", "requester.name": "Ana"})
    assert desk.ticket(number).messages == 2
    with pytest.raises(Refused, match="‹agent"):
        desk.do("alice", c.Note((number,), "ask ‹agent.name?›"))


def test_an_action_that_is_refused_takes_everything_back(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz")
    macro = Macro("Gone", "Hi", (Action("queue", "network"), Action("assign", "nobody-here")))
    with pytest.raises(Refused, match="macro Gone on #1: assign nobody-here: there is no agent"):
        use(desk, "alice", macro, number)
    ticket = desk.ticket(number)
    assert (ticket.messages, ticket.queue) == (0, PAYMENTS)


def test_a_macro_can_do_no_more_than_who_uses_it(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz")
    with pytest.raises(NotAllowed, match="vera may not use macros"):
        desk.do("vera", c.UseMacro((number,), "Tag", (Action("tag", "x"),)))
    hidden = desk.create("hana", queue="hr")
    with pytest.raises(NotFound):
        desk.do("alice", c.UseMacro((hidden,), "Tag", (Action("tag", "x"),)))
    with pytest.raises(Refused, match="no queue 'hr'"):
        desk.do("alice", c.UseMacro((number,), "Move", (Action("queue", "hr"),)))


def test_a_macro_of_actions_alone_works_on_a_selection(desk: Desk) -> None:
    numbers = tuple(desk.create() for _ in range(3))
    desk.do("bo", c.Close(numbers[:1], "spam"))
    outcome = desk.do("bo", c.UseMacro(numbers, "Net", (Action("queue", "network"), Action("tag", "net"))))
    assert (outcome.changed, [number for number, _ in outcome.refused]) == (numbers[1:], [numbers[0]])
    assert outcome.summary == "Macro Net on 2 tickets"
    assert [desk.ticket(number).queue for number in numbers] == [PAYMENTS, NETWORK, NETWORK]
    desk.do("bo", c.Undo())
    assert [desk.ticket(number).queue for number in numbers] == [PAYMENTS] * 3


def test_several_tickets_are_answered_each_with_its_own_words(desk: Desk) -> None:
    numbers = tuple(
        desk.create(requester_address=f"{who}@x.example", requester_name=who) for who in ("Ana", "Ben")
    )
    own = tuple(zip(numbers, ("Hi Ana", "Hi Ben"), strict=True))
    outcome = desk.do("alice", c.Reply(numbers, "Hi", own=own))
    assert outcome.summary == "Replied on 2 tickets"
    assert [desk.store.ticket(number).messages[-1].text for number in numbers] == ["Hi Ana", "Hi Ben"]
    desk.do("alice", c.Undo())
    assert [desk.ticket(number).messages for number in numbers] == [0, 0]


def test_files_are_kept_with_what_is_written(desk: Desk) -> None:
    number = desk.create()
    log = NewFile("nginx.log", "text/plain", b"line\n" * 100_000)
    desk.do("alice", c.Reply((number,), "See the log", files=(log,)))
    desk.do("alice", c.Together((c.Note((number,), "Twice", files=(log,)), c.Tag((number,), ("log",)))))
    view = desk.store.ticket(number)
    for message in view.messages:
        [hung] = message.attachments
        assert (hung.name, hung.media_type, hung.size) == ("nginx.log", "text/plain", 500_000)
        assert desk.store.attachment(message.id, 0)[1] == log.content
    check(desk.store.database)
    assert sound(desk)


def test_files_past_the_limit_are_refused_before_anything_happens(desk: Desk) -> None:
    number = desk.create()
    large = NewFile("core", "application/octet-stream", bytes(25_000_001))
    with pytest.raises(Refused, match="are the limit"):
        desk.do("alice", c.Reply((number,), "See", files=(large,)))
    assert desk.ticket(number).messages == 0


def test_a_reply_that_is_refused_keeps_no_files(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.Close((number,), "spam"))
    with pytest.raises(Refused):
        desk.do("alice", c.Reply((number,), "See", files=(NewFile("a", "b/c", b"x"),)))
    with desk.store.database.read() as connection:
        assert connection.exec_driver_sql("select count(*) from blobs").scalar() == 0
