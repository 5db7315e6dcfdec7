"""Side conversations: what is written beside a ticket stays beside it, whoever answers; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.delivery import Became, Received
from deskterm.domain.errors import DeskError, NewMessages, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.mail import Address, Mail
from deskterm.domain.mail_identity import Signer
from deskterm.domain.mail_threading import Verdict
from deskterm.domain.matching import matches
from deskterm.domain.outgoing import Outgoing, OutState
from deskterm.domain.people import Actor
from deskterm.domain.policy import DEFAULT
from deskterm.domain.query_parser import parse
from deskterm.domain.sides import Side, read_people
from deskterm.domain.ticket import NewFile
from deskterm.domain.views import TicketView
from deskterm.storage import mail as kept
from deskterm.storage import tickets
from deskterm.storage.facts import facts
from deskterm.store.posting import Result
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.mails import file, mail, people, raw
from tests.outgoing import ANA, BEN, SUPPORT, next_mail, send_as
from tests.small_desk import HR, Desk

ACME, BOB, EVE = "help@acme.example", "bob@acme.example", "eve@elsewhere.example"


@pytest.fixture
def posting(desk: Desk) -> Desk:
    """A desk that sends mail, without anything that it says by itself."""
    send_as(desk, 'undo_send = "off"\nconfirmation = ""\nsolved = ""\n')
    return desk


def begun(desk: Desk, number: int, to: str = f"ACME <{ACME}>", text: str = "Can you replace it?") -> Side:
    """Begin a side conversation and return it."""
    desk.do("bo", c.StartSide((number,), read_people(to), "Broken disk", text))
    return view(desk, number).sides[-1]


def view(desk: Desk, number: int, login: str = "carol") -> TicketView:
    """A ticket as somebody sees it."""
    desk.store.actor = desk.actors[login]
    return desk.store.ticket(number)


def leaves(desk: Desk) -> list[Outgoing]:
    """Send all that is due; what each mail said."""
    found = []
    while (one := next_mail(desk.store, "tests", timedelta(minutes=1))) is not None:
        desk.store.settle_outgoing(one.number, "tests", Result(sent=True), 0)
        found.append(one)
    return found


def answers(
    desk: Desk, to: Outgoing, sender: str = ACME, text: str = "On its way", **values: Any
) -> Received:
    """Let somebody answer a mail of the desk."""
    held: dict[str, Any] = {"in_reply_to": (to.message_id,), "subject": f"Re: {to.subject}"}
    one = mail(sender, text, **(held | values))
    return desk.store.receive_mail(one, raw(one), SUPPORT)


def sound(desk: Desk) -> None:
    """The journal, the rows and the doctor agree."""
    check(desk.store.database)
    assert [fault for fault in examine(desk.store).faults if "open to others" not in fault] == []


def found_by(desk: Desk, words: str) -> set[int]:
    """The tickets that a search finds, in SQL and one by one."""
    carol = desk.seen_by("carol")
    found = set(carol.numbers(words))
    query = parse(words)
    with desk.store.database.read() as connection:
        known = carol._dispatcher.directory(connection)
        actor = desk.actors["carol"]
        one_by_one = set()
        for number in carol.numbers("is:any"):
            ticket = tickets.load(connection, number)
            assert ticket is not None
            if matches(query, facts(connection, ticket, known, actor, DEFAULT), actor, desk.clock.at, UTC):
                one_by_one.add(number)
    assert one_by_one == found
    return found


def test_it_is_a_conversation_beside_the_ticket_and_moves_nothing(posting: Desk) -> None:
    number = posting.create(subject="SECRET of Ana")
    posting.do("bo", c.Assign((number,), posting.id("bo")))
    posting.do("carol", c.Follow((number,)))
    posting.do("bo", c.ChangeState((number,), State.HOLD, "vendor"))
    before = view(posting, number)
    side = begun(posting, number)
    assert (side.subject, side.open, side.awaits, side.whom) == ("Broken disk", True, False, "ACME")
    [first] = leaves(posting)
    assert (first.to, first.cc, first.envelope) == ((Address("ACME", ACME),), (), (ACME,))
    newest = posting.store.newest_message()
    posting.clock.forward(hours=1)
    received = answers(posting, first, f"Acme Helpdesk <{ACME}>")
    assert (received.became, received.ticket, received.thread.side) == (Became.BESIDE, number, side.id)
    after = view(posting, number)
    assert after.sides[0].awaits
    assert after.ticket.state is State.HOLD
    for clock in (
        "waiting_since",
        "first_replied_at",
        "replied_at",
        "spells",
        "alerts",
        "reopens",
        "solved_at",
    ):
        assert getattr(after.ticket, clock) == getattr(before.ticket, clock)
    said = [(each.kind, each.author, each.text, each.side) for each in after.messages]
    assert said == [
        (MessageKind.SIDE, "bo", "Can you replace it?", side.id),
        (MessageKind.SIDE, "Acme Helpdesk", "On its way", side.id),
    ]
    assert after.messages[1].address == ACME
    assert not after.messages[1].from_customer
    for login in ("bo", "carol"):
        other = posting.seen_by(login)
        [word] = other.words(newest)
        assert (word.ticket, word.who, word.side, word.mention) == (number, "Acme Helpdesk", True, False)
        assert number in other.numbers("is:unread is:any")
    assert posting.seen_by("alice").words(newest) == ()
    # Going on threads by the ids of this conversation alone.
    posting.do("bo", c.ReplySide((number,), side.id, "Thank you"))
    [second] = leaves(posting)
    assert second.subject == "Re: Broken disk"
    assert second.references[0] == first.message_id
    assert second.in_reply_to == second.references[-1] != first.message_id
    assert not view(posting, number).sides[0].awaits
    sound(posting)


def test_nothing_of_the_ticket_gets_into_its_mails_and_nothing_of_it_into_the_tickets(posting: Desk) -> None:
    first = mail(f"Ana Ruiz <{ANA}>", "SECRET request", subject="SECRET subject", cc=people(BEN))
    number = posting.store.receive_mail(first, raw(first), SUPPORT).ticket or 0
    posting.do("bo", c.Note((number,), "SECRET note"))
    posting.do("bo", c.Reply((number,), "SECRET reply"))
    side = begun(posting, number, text="Can you replace it?")
    reply, beside = leaves(posting)
    answers(posting, beside, text="VENDOR words", message_id="vendor-id@acme.example")
    posting.do("bo", c.ReplySide((number,), side.id, "Please do"))
    posting.do("bo", c.Reply((number,), "It comes"))
    posting.do("bo", c.ReplySide((number,), side.id, "Thanks"))
    out = leaves(posting)
    ours = {beside.message_id, "vendor-id@acme.example"}
    for one in (beside, out[0], out[2]):
        told = repr(
            (one.message_id, one.subject, one.text, one.references, one.in_reply_to, one.marker, one.to)
        )
        assert "SECRET" not in told
        assert first.message_id not in told
        assert reply.message_id not in told
        assert {each.address for each in one.to} == {ACME}
        ours.add(one.message_id)
    for one in (reply, out[1]):
        told = repr((one.message_id, one.subject, one.text, one.references, one.in_reply_to, one.marker))
        assert "VENDOR" not in told
        assert not any(each in told for each in ours)
        assert side.ref not in told
        assert {each.address for each in (*one.to, *one.cc)} == {ANA, BEN}
    assert posting.store.recipients(number).everybody == (Address("Ana Ruiz", ANA), Address(BEN, BEN))


@pytest.mark.parametrize("how", ["id", "references", "stored", "text"])
def test_an_answer_finds_its_side_conversation(posting: Desk, how: str) -> None:
    number = posting.create()
    side, other = begun(posting, number), begun(posting, number, BOB)
    first, second = leaves(posting)
    answers(posting, first, message_id="theirs@acme.example")
    values: dict[str, dict[str, Any]] = {
        "id": {},
        "references": {"in_reply_to": (), "references": ("x@y", first.message_id)},
        "stored": {"in_reply_to": ("theirs@acme.example",)},
        "text": {"in_reply_to": (), "text": f"Yes\n> {first.marker}"},
    }
    received = answers(posting, first, **values[how])
    assert (received.became, received.thread.side) == (Became.BESIDE, side.id)
    assert answers(posting, second, BOB).thread.side == other.id
    assert [len(one.messages) for one in view(posting, number).sides] == [3, 2]
    sound(posting)


@pytest.mark.parametrize("sender", [EVE, ANA, BOB])
def test_a_stranger_to_it_gets_a_ticket_of_their_own(posting: Desk, sender: str) -> None:
    number = posting.create()
    begun(posting, number)
    begun(posting, number, BOB)
    first, _ = leaves(posting)
    received = answers(posting, first, sender)
    assert (received.became, received.thread.verdict) == (Became.CREATED, Verdict.MAY_BELONG)
    assert received.ticket != number
    assert all(len(one.messages) == 1 for one in view(posting, number).sides)
    # The number in a subject brings nobody in who only takes part beside it.
    one = mail(ACME, "Hello", subject=f"[#{number}] disk")
    assert posting.store.receive_mail(one, raw(one), SUPPORT).became is Became.CREATED


def test_forged_ids_and_tokens_inject_nothing(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    [first] = leaves(posting)
    theirs = Signer(b"t" * 32)
    tag = posting.store.database.write(kept.sure_signer).tag
    forged = theirs.side_id(side.ref, 1, "desk.example").replace(theirs.tag, tag)
    other = "y" if first.message_id[-20] == "x" else "x"
    for values in (
        {"in_reply_to": (forged,)},
        {"in_reply_to": (), "references": (forged,)},
        {"in_reply_to": (), "text": theirs.side_marker(side.ref).replace(theirs.tag, tag)},
        {"in_reply_to": (first.message_id[:-20] + other + first.message_id[-19:],)},
    ):
        received = answers(posting, first, **values)
        assert received.became is Became.CREATED
        assert received.thread.verdict in (Verdict.FORGED, Verdict.NEW)
    elsewhere = theirs.side_id(side.ref, 1, "other.example")
    assert answers(posting, first, in_reply_to=(elsewhere,)).thread.verdict is Verdict.NEW
    assert len(view(posting, number).sides[0].messages) == 1


def test_whom_a_participant_copies_in_takes_part_but_never_the_requester(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    [first] = leaves(posting)
    answers(posting, first, cc=people(BOB, ANA, "noreply@acme.example", "support@desk.example"))
    posting.do("bo", c.ReplySide((number,), side.id, "Thanks"))
    [second] = leaves(posting)
    assert [one.address for one in second.to] == [ACME, BOB]
    assert answers(posting, second, BOB).became is Became.BESIDE
    assert view(posting, number).ticket.ccs == frozenset()


def test_it_is_never_with_those_of_the_ticket(posting: Desk) -> None:
    number = posting.create()
    for to, why in (
        (ANA, "takes part in the ticket"),
        (f"{ACME}, {ANA}", "takes part in the ticket"),
        ("support@desk.example", "this desk's own"),
    ):
        with pytest.raises(Refused, match=why):
            begun(posting, number, to)
    for command in (
        c.StartSide((number,), (), "Disk", "Hello"),
        c.StartSide((number,), read_people(ACME), " ", "Hello"),
        c.StartSide((number,), read_people(ACME), "Disk", " \n"),
        c.StartSide((number,), read_people(ACME), "Disk", "Hello ‹requester.name?›"),
    ):
        with pytest.raises(Refused):
            posting.do("bo", command)
    assert view(posting, number).sides == ()
    side = begun(posting, number)
    with pytest.raises(Refused, match="takes part"):
        posting.do("bo", c.ReplySide((number,), side.id, "Hi", also=read_people(ANA)))
    # Who becomes a requester of it later reads nothing any more.
    other = posting.create(requester_address=ACME)
    posting.do("bo", c.Merge((other,), number))
    assert leaves(posting) == []
    with pytest.raises(Refused, match="takes part"):
        posting.do("bo", c.ReplySide((number,), side.id, "Hi"))


def test_a_machine_that_answers_is_filed_and_answered_by_nobody(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    posting.do("bo", c.EndSide((number,), side.id))
    [first] = leaves(posting)
    received = answers(posting, first, text="I am away", is_auto=True, auto_reason="Auto-Submitted")
    assert received.became is Became.BESIDE
    found = view(posting, number).sides[0]
    assert (len(found.messages), found.awaits, found.open) == (2, False, False)
    assert leaves(posting) == []


def test_what_comes_back_warns_there_and_not_on_the_ticket(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    [first] = leaves(posting)
    report: dict[str, Any] = {
        "is_bounce": True,
        "is_auto": True,
        "auto_reason": "550 no such user",
        "bounce_for": ACME,
        "bounce_permanent": True,
        "null_return_path": True,
    }
    for values in ({"bounced_ids": (first.message_id,)}, {"text": f"Message-ID: <{first.message_id}>"}):
        received = answers(
            posting, first, "mailer-daemon@mx.example", **({"in_reply_to": ()} | report | values)
        )
        assert (received.became, received.ticket) == (Became.BOUNCED, number)
    found = view(posting, number)
    assert [each.side for each in found.messages] == [side.id] * 3
    assert "came back: 550 no such user" in found.messages[-1].text
    assert "bounced" not in found.ticket.tags
    assert [address for address, *_ in posting.store.dead_addresses()] == [ACME]
    with pytest.raises(Refused, match="dead"):
        posting.do("bo", c.ReplySide((number,), side.id, "Hello?"))
    posting.do("bo", c.ReplySide((number,), side.id, "Hello?", also=read_people(BOB)))
    assert [one.envelope for one in leaves(posting)] == [(BOB,)]
    sound(posting)


def test_a_server_that_refuses_is_said_there(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    one = next_mail(posting.store, "tests", timedelta(minutes=1))
    assert one is not None
    state = posting.store.settle_outgoing(one.number, "tests", Result(permanent=True, words="554 no"), 0)
    assert state is OutState.FAILED
    found = view(posting, number)
    assert [each.side for each in found.messages] == [side.id, side.id]
    assert "554 no" in found.messages[-1].text
    assert found.messages[0].fate is not None
    assert found.messages[0].fate.state is OutState.FAILED
    sound(posting)


def test_it_is_taken_back_before_it_leaves_and_is_a_draft_again(desk: Desk) -> None:
    send_as(desk)
    number = desk.create()
    begun(desk, number, f"ACME <{ACME}>")
    desk.do("bo", c.Undo())
    assert view(desk, number, "bo").sides == ()
    [draft] = desk.store.drafts(number)
    assert (draft.kind, draft.text) == ("side", "Can you replace it?")
    assert (draft.also.to, draft.also.subject) == (f'"ACME" <{ACME}>', "Broken disk")
    desk.clock.forward(minutes=5)
    assert leaves(desk) == []
    desk.do("bo", c.Redo())
    [side] = view(desk, number, "bo").sides
    assert desk.store.drafts(number) == ()
    desk.clock.forward(minutes=5)
    [first] = leaves(desk)
    with pytest.raises(Refused, match="left the house"):
        desk.do("bo", c.Undo())
    desk.do("bo", c.ReplySide((number,), side.id, "One more", also=read_people(BOB)))
    desk.do("bo", c.Undo())
    [found] = view(desk, number, "bo").sides
    assert [one.address for one in found.people] == [ACME]
    assert [(draft.kind, draft.text) for draft in desk.store.drafts(number)] == [
        (f"side:{side.id}", "One more")
    ]
    assert answers(desk, first).became is Became.BESIDE
    sound(desk)


def test_it_is_ended_listed_and_taken_up_by_an_answer(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    [first] = leaves(posting)
    store = posting.seen_by("bo")
    assert store.numbers("has:side") == store.numbers("is:sideopen") == (number,)
    posting.do("bo", c.EndSide((number,), side.id))
    assert not view(posting, number).sides[0].open
    assert (store.numbers("has:side"), store.numbers("is:sideopen")) == ((number,), ())
    assert store.numbers("-has:side") == ()
    posting.do("bo", c.Undo())
    assert view(posting, number).sides[0].open
    posting.do("bo", c.EndSide((number,), side.id))
    answers(posting, first)
    assert view(posting, number).sides[0].open
    posting.do("bo", c.EndSide((number,), side.id))
    posting.do("bo", c.EndSide((number,), side.id, open=True))
    posting.do("bo", c.EndSide((number,), side.id))
    posting.do("bo", c.ReplySide((number,), side.id, "Still there?"))
    assert view(posting, number).sides[0].open
    with pytest.raises(NotFound):
        posting.do("bo", c.ReplySide((number,), 99, "Hi"))
    with pytest.raises(NotFound):
        posting.do("bo", c.ReplySide((posting.create(),), side.id, "Hi"))
    sound(posting)


def test_an_answer_to_a_closed_ticket_opens_nothing(posting: Desk) -> None:
    number = posting.create()
    begun(posting, number)
    [first] = leaves(posting)
    posting.do("bo", c.Close((number,), "withdrawn"))
    posting.clock.forward(days=60)
    assert answers(posting, first).ticket == number
    found = view(posting, number)
    assert (found.ticket.state, found.sides[0].awaits) == (State.CLOSED, True)
    with pytest.raises(Refused, match="closed"):
        begun(posting, number)


def test_a_merge_takes_it_along_and_taking_apart_gives_it_back(posting: Desk) -> None:
    number, into = posting.create(), posting.create(subject="It fails too")
    posting.do("carol", c.Assign((into,), posting.id("carol")))
    side = begun(posting, number)
    [first] = leaves(posting)
    posting.do("bo", c.Merge((number,), into))
    posting.seen_by("carol").mark_read(into)
    newest = posting.store.newest_message()
    assert [one.id for one in view(posting, into).sides] == [side.id]
    answers(posting, first)
    merged = view(posting, into)
    assert [(each.text, each.ticket) for each in merged.messages] == [
        ("Can you replace it?", number),
        ("On its way", number),
    ]
    carol = posting.seen_by("carol")
    assert [word.ticket for word in carol.words(newest)] == [into]
    assert into in carol.numbers("is:unread")
    assert merged.spoken == 2
    posting.do("carol", c.ReplySide((into,), side.id, "Thanks"))
    assert len(view(posting, into).sides[0].messages) == 3
    for words in ("has:side is:any", "is:sideopen is:any"):
        assert found_by(posting, words) == {number, into}
    posting.do("carol", c.EndSide((into,), side.id))
    assert found_by(posting, "is:sideopen is:any") == set()
    assert found_by(posting, "has:side") == {into}
    sound(posting)
    posting.do("carol", c.Unmerge((number,)))
    assert (view(posting, into).sides, view(posting, into).messages) == ((), ())
    assert len(view(posting, number).messages) == 3
    assert found_by(posting, "has:side is:any") == {number}
    sound(posting)


def test_nothing_is_done_beside_a_ticket_that_went_on_out_of_sight(posting: Desk) -> None:
    number, into = posting.create(), posting.create()
    side = begun(posting, number)
    posting.do("bo", c.Merge((number,), into))
    posting.do("hana", c.Move((into,), HR, "theirs"))
    before = posting.ticket(into)
    for command in (c.EndSide((number,), side.id), c.ReplySide((number,), side.id, "Well?")):
        with pytest.raises(Refused, match="that you may not see"):
            posting.do("bo", command)
    assert posting.ticket(into) == before


def test_confidential_queues_and_viewers(posting: Desk) -> None:
    number = posting.create("hana", queue="hr")
    posting.do("hana", c.StartSide((number,), read_people(ACME), "A question", "Hello"))
    with pytest.raises(NotFound):
        begun(posting, number)
    with pytest.raises(NotFound):
        posting.do("bo", c.ReplySide((number,), 1, "Hello"))
    with pytest.raises(NotFound):
        posting.seen_by("bo").side_recipients(number, 1)
    with pytest.raises(NotAllowed):
        posting.do("vera", c.StartSide((posting.create(),), read_people(ACME), "A question", "Hello"))
    assert posting.seen_by("bo").count("has:side is:any") == 0
    [first] = leaves(posting)
    received = answers(posting, first, EVE)
    assert received.became is Became.CREATED
    assert posting.ticket(received.ticket or 0).queue == HR
    assert posting.seen_by("bo").words(0) == ()


def test_what_came_meanwhile_is_asked_about_once_and_files_go_along(posting: Desk) -> None:
    number = posting.create()
    side = begun(posting, number)
    [first] = leaves(posting)
    seen = view(posting, number).ticket.version
    answers(posting, first, attachments=(file("quote.txt"),))
    log = NewFile("disk.log", "text/plain", b"it clicks\n")
    command = c.ReplySide((number,), side.id, "Here", seen=seen, files=(log,))
    with pytest.raises(NewMessages):
        posting.do("bo", command)
    found = view(posting, number)
    posting.do("bo", replace(command, seen=found.ticket.version))
    [second] = leaves(posting)
    assert [one.name for one in second.files] == ["disk.log"]
    assert [each.name for each in found.messages[-1].attachments] == ["quote.txt"]
    sound(posting)


def test_a_side_message_is_not_split_off_sets_off_no_rule_and_counts_as_no_reply(posting: Desk) -> None:
    rule = (
        'on = "update"\nevents = ["message", "reply", "note"]\nwhen = "is:any"\ndo = [{ tag = "spoken" }]\n'
    )
    posting.do("dana", c.ApplyPolicy(f'[[rules]]\nname = "spoken"\n{rule}'))
    number = posting.create()
    begun(posting, number)
    [first] = leaves(posting)
    answers(posting, first)
    assert posting.ticket(number).tags == frozenset()
    posting.do("bo", c.Note((number,), "They send one"))
    assert posting.ticket(number).tags == {"spoken"}
    ids = tuple(each.id for each in view(posting, number).messages)
    with pytest.raises(Refused, match="side conversation"):
        posting.do("bo", c.Split(number, ids, "Another matter"))
    figures = posting.seen_by("carol").metrics("", None, None)
    assert sum(each.replies for each in figures.agents) == 0
    assert figures.first_reply_hours.n == 0


def test_a_desk_that_sends_no_mail_says_so(desk: Desk) -> None:
    with pytest.raises(DeskError, match="no outgoing mail"):
        begun(desk, desk.create())


def test_an_agent_of_the_desk_may_be_in_one(posting: Desk) -> None:
    """Another department: their answer is theirs in it, whatever else they are here."""
    posting.do("dana", c.AddAgent("hugo", "Hugo Ek", address="hugo@desk.example"))
    number = posting.create()
    begun(posting, number, "hugo@desk.example")
    [first] = leaves(posting)
    verified = replace(SUPPORT, trusted_server="mx.desk.example")
    passed = "mx.desk.example; dmarc=pass header.from=desk.example"
    one: Mail = mail("hugo@desk.example", "Yes", in_reply_to=(first.message_id,), authentication=(passed,))
    assert posting.store.receive_mail(one, raw(one), verified).became is Became.BESIDE
    assert posting.ticket(number).first_replied_at is None
    assert isinstance(posting.store.actor, Actor)


def test_a_flood_of_answers_waits_in_quarantine(posting: Desk) -> None:
    number = posting.create()
    begun(posting, number)
    [first] = leaves(posting)
    became = [answers(posting, first, text=f"Answer {count}").became for count in range(12)]
    assert became[:10] == [Became.BESIDE] * 10
    assert became[-1] is Became.QUARANTINED
    assert answers(posting, first, BOB).became is Became.CREATED
