"""What becomes of mails: the right ticket, everything kept, once; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deskterm.channels.mail.parsing import parse_mail
from deskterm.domain import commands as c
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.mail import Mail
from deskterm.domain.mail_identity import Signer
from deskterm.domain.mail_threading import Verdict
from deskterm.domain.outgoing import Outgoing
from deskterm.domain.people import Role
from deskterm.domain.ticket import Link
from deskterm.storage import mail as kept
from deskterm.store.posting import Result
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.mails import file, mail, people, raw
from tests.outgoing import next_mail, send_as
from tests.small_desk import HR, NETWORK, Desk

SUPPORT = Mailbox("support", "network", ("support@desk.example",))
ANA, BEN, EVE = "ana@northwind.example", "ben@northwind.example", "eve@elsewhere.example"


def comes(desk: Desk, one: Mail, box: Mailbox = SUPPORT) -> Received:
    """Let a mail come in."""
    return desk.store.receive_mail(one, raw(one), box)


def opened(desk: Desk, sender: str = ANA, **values: Any) -> int:
    """Open a ticket by mail."""
    received = comes(desk, mail(sender, **values))
    assert received.became is Became.CREATED
    assert received.ticket is not None
    return received.ticket


def signer(desk: Desk) -> Signer:
    """What signs the desk's mail."""
    return desk.store.database.write(kept.sure_signer)


def answer_to(desk: Desk, number: int) -> str:
    """The id of a mail that the desk sent for a ticket."""
    return signer(desk).message_id(number, 1, "desk.example")


def sound(desk: Desk) -> bool:
    """Say whether the doctor finds nothing but the open mode of a test's file."""
    return all("open to others" in fault for fault in examine(desk.store).faults)


def said(desk: Desk, number: int) -> list[str]:
    """The messages of a ticket."""
    return [message.text for message in desk.store.ticket(number).messages]


def test_a_mail_opens_a_ticket_in_the_queue_of_its_mailbox(desk: Desk) -> None:
    one = mail("Ana Ruiz <Ana@Northwind.example>", "It fails\n\n-- \nAna", new_text="It fails", subject="VPN")
    received = comes(desk, one)
    assert (received.became, received.address, received.automatic) == (
        Became.CREATED,
        "Ana@Northwind.example",
        "",
    )
    view = desk.store.ticket(received.ticket or 0)
    ticket = view.ticket
    assert (ticket.subject, ticket.queue, ticket.channel) == ("VPN", NETWORK, "email")
    assert (ticket.state, ticket.created_at, ticket.waiting_since) == (
        State.NEW,
        desk.clock.at,
        desk.clock.at,
    )
    assert (view.requester, view.address) == ("Ana Ruiz", ANA)
    [message] = view.messages
    assert (message.text, message.author, message.shortened) == ("It fails", "Ana Ruiz", True)
    assert desk.store.whole_text(message.id) == "It fails\n\n-- \nAna"
    assert desk.store.raw_mail(message.id) == raw(one)
    check(desk.store.database)
    assert sound(desk)


def test_a_second_delivery_changes_nothing(desk: Desk) -> None:
    one, nameless = mail(), mail(message_id="")
    first, second = comes(desk, one), comes(desk, nameless)
    events = len(desk.store.history(first.ticket or 0))
    for again, was in ((one, first), (nameless, second)):
        received = comes(desk, again, Mailbox("other"))
        assert (received.became, received.ticket) == (Became.KNOWN, was.ticket)
    assert len(desk.store.history(first.ticket or 0)) == events
    assert desk.store.count("is:any") == 2


def test_a_mail_without_an_id_is_known_again_by_what_is_in_it(desk: Desk) -> None:
    head = b"From: Ana <ana@northwind.example>\r\nTo: support@desk.example\r\nSubject: VPN\r\n"
    first, second, other = (
        parse_mail(route + head + date + b"\r\nIt fails\r\n" + end)
        for route, date, end in (
            (b"Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0000\r\n", b"", b""),
            (b"Delivered-To: support@desk.example\r\n", b"", b"\r\n"),
            (b"", b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n", b""),
        )
    )
    assert first.message_id == ""
    assert first.identity == second.identity != other.identity
    assert comes(desk, first).became is Became.CREATED
    assert comes(desk, second).became is Became.KNOWN
    assert comes(desk, other).became is Became.CREATED


def test_an_answer_joins_and_opens_what_was_solved(desk: Desk) -> None:
    number = opened(desk)
    desk.do("bo", c.Solve((number,), "rolled back"))
    desk.clock.forward(hours=1)
    received = comes(desk, mail(text="It is still broken", in_reply_to=(answer_to(desk, number),)))
    assert (received.became, received.ticket, received.opened) == (Became.JOINED, number, False)
    assert desk.ticket(number).state is State.OPEN
    assert said(desk, number) == ["It fails again", "It is still broken"]


def test_thanks_are_filed_without_reopening(desk: Desk) -> None:
    number = opened(desk)
    desk.do("bo", c.Solve((number,), "rolled back"))
    received = comes(desk, mail(text="Thanks!", in_reply_to=(answer_to(desk, number),)))
    assert (received.became, desk.ticket(number).state) == (Became.JOINED, State.SOLVED)


def test_after_the_window_it_is_a_ticket_that_follows(desk: Desk) -> None:
    number = opened(desk)
    desk.do("bo", c.Solve((number,), "rolled back"))
    desk.do("bo", c.Close((number,), "confirmed"))
    desk.clock.forward(days=15)
    received = comes(desk, mail(text="It is back", in_reply_to=(answer_to(desk, number),)))
    assert (received.became, received.opened) == (Became.FOLLOWED_UP, True)
    assert received.ticket != number
    assert desk.ticket(received.ticket or 0).links == {Link("follow-up", number)}
    # What answers the first mail again goes on where that went.
    assert desk.store.raw_mail(received.message or 0)
    check(desk.store.database)


def test_a_machine_moves_nothing_and_is_not_answered(desk: Desk) -> None:
    number = opened(desk)
    desk.do("bo", c.Reply((number,), "Try again"))
    desk.do("bo", c.Solve((number,), "rolled back"))
    before = desk.ticket(number)
    away = mail(
        text="I am away", in_reply_to=(answer_to(desk, number),), is_auto=True, auto_reason="Auto-Submitted"
    )
    received = comes(desk, away)
    assert (received.became, received.automatic) == (Became.JOINED, "Auto-Submitted")
    after = desk.ticket(number)
    assert (after.state, after.waiting_since, after.reopens) == (State.SOLVED, None, 0)
    assert after.messages == before.messages + 1
    desk.do("bo", c.Close((number,), "confirmed"))
    desk.clock.forward(days=30)
    again = comes(desk, mail(text="Still away", in_reply_to=(answer_to(desk, number),), is_auto=True))
    assert (again.became, again.ticket) == (Became.JOINED, number)
    assert desk.ticket(number).state is State.CLOSED
    fresh = comes(desk, mail("robot@monitor.example", "disk full", is_auto=True))
    assert fresh.became is Became.CREATED
    assert fresh.automatic


def test_mail_from_one_of_our_own_addresses_is_a_machines(desk: Desk) -> None:
    assert comes(desk, mail("Support+x@desk.example")).automatic


def test_an_address_that_the_policy_sends_from_is_the_desks_own(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy('[mail]\nfrom = "Help <help@desk.example>"\n'))
    received = comes(desk, mail("help@desk.example", cc=people("help@desk.example", BEN)))
    assert received.automatic
    number = opened(desk, cc=people("help@desk.example", BEN))
    assert [address for _, address in desk.store.ticket(number).participants] == [BEN]


def test_our_own_mail_that_comes_back_is_nothing_new(desk: Desk) -> None:
    number = opened(desk)
    received = comes(desk, mail("support@desk.example", message_id=answer_to(desk, number)))
    assert (received.became, received.ticket) == (Became.KNOWN, number)
    assert len(said(desk, number)) == 1


def test_a_stranger_gets_a_ticket_beside_the_one_it_may_belong_to(desk: Desk) -> None:
    number = opened(desk)
    events = len(desk.store.history(number))
    received = comes(desk, mail(EVE, in_reply_to=(answer_to(desk, number),)))
    assert (received.became, received.thread.verdict) == (Became.CREATED, Verdict.MAY_BELONG)
    assert desk.ticket(received.ticket or 0).links == {Link("may belong to", number)}
    assert len(desk.store.history(number)) == events
    assert len(said(desk, number)) == 1
    [likely] = desk.store.duplicates(received.ticket or 0)
    assert likely.row.number == number
    assert f"its mail answers #{number}, from somebody else" in likely.reasons
    check(desk.store.database)


def test_what_answers_a_confidential_ticket_stays_confidential(desk: Desk) -> None:
    number = opened_in_hr(desk)
    received = comes(desk, mail(EVE, in_reply_to=(answer_to(desk, number),)))
    assert desk.ticket(received.ticket or 0).queue == HR
    assert desk.seen_by("bo").count("is:any") == 0


def opened_in_hr(desk: Desk) -> int:
    received = comes(desk, mail(), Mailbox("people", "hr", ("people@desk.example",)))
    assert received.ticket is not None
    return received.ticket


def test_a_forged_reference_is_a_marked_ticket(desk: Desk) -> None:
    number = opened(desk)
    forged = answer_to(desk, number + 1).replace(f".{number + 1}.", f".{number}.")
    received = comes(desk, mail(in_reply_to=(forged,)))
    assert received.thread.verdict is Verdict.FORGED
    ticket = desk.ticket(received.ticket or 0)
    assert ticket.tags == {"forged-reference"}
    assert not ticket.links
    assert len(said(desk, number)) == 1
    assert "not signed" in str(desk.store.history(ticket.number)[0].change("reason"))


def test_people_on_copy_take_part(desk: Desk) -> None:
    first = mail(
        cc=people(BEN, "support@desk.example", "no-reply@northwind.example"), to=people("x@y.example")
    )
    number = comes(desk, first).ticket or 0
    view = desk.store.ticket(number)
    assert {address for _, address in view.participants} == {BEN, "x@y.example"}
    received = comes(desk, mail(BEN, "Me too", in_reply_to=(first.message_id,)))
    assert (received.became, received.ticket) == (Became.JOINED, number)
    last = desk.store.ticket(number).messages[-1]
    assert (last.address, last.from_customer) == (BEN, True)
    check(desk.store.database)


def test_a_guessed_number_brings_nobody_in(desk: Desk) -> None:
    """Whoever writes as the requester and guesses a number must not be sent what was said."""
    number = opened(desk)
    received = comes(desk, mail(ANA, subject=f"[#{number}] hello", cc=people(EVE)))
    assert (received.became, received.ticket) == (Became.JOINED, number)
    assert not desk.ticket(number).ccs
    assert comes(desk, mail(EVE, subject=f"[#{number}] hello")).became is Became.CREATED


def test_there_is_an_end_to_copies(desk: Desk) -> None:
    number = opened(desk, cc=people(*(f"p{n}@many.example" for n in range(500))))
    assert len(desk.ticket(number).ccs) == 20


def test_later_mail_of_a_merged_ticket_lands_in_the_one_that_goes_on(desk: Desk) -> None:
    first, second = opened(desk), opened(desk, BEN, cc=people("cleo@northwind.example"))
    desk.do("bo", c.Merge((second,), first))
    assert len(desk.store.ticket(first).participants) == 2
    for sender in (BEN, ANA, "cleo@northwind.example"):
        for about in (first, second):
            received = comes(desk, mail(sender, f"more of {about}", in_reply_to=(answer_to(desk, about),)))
            assert (received.became, received.ticket) == (Became.JOINED, first)
    desk.do("bo", c.Unmerge((second,)))
    assert desk.store.ticket(first).participants == ()
    assert comes(desk, mail(BEN, in_reply_to=(answer_to(desk, second),))).ticket == second
    check(desk.store.database)
    assert sound(desk)


def test_files_are_kept_and_found(desk: Desk) -> None:
    large = bytes(range(256)) * 4000
    number = opened(desk, attachments=(file(), file("photo.png", large, "image/png")))
    [message] = desk.store.ticket(number).messages
    assert [(one.name, one.media_type, one.size) for one in message.attachments] == [
        ("log.txt", "text/plain", 9),
        ("photo.png", "image/png", 1_024_000),
    ]
    assert desk.store.attachment(message.id, 1)[1] == large
    with pytest.raises(NotFound):
        desk.store.attachment(message.id, 2)
    without = opened(desk, BEN)
    assert desk.store.numbers("has:attachment") == (number,)
    assert desk.store.numbers("-has:attachment") == (without,)
    split = desk.do("bo", c.Split(number, (message.id,), "Another matter")).created
    assert split is not None
    [copy] = desk.store.ticket(split).messages
    assert copy.attachments == message.attachments
    assert sound(desk)


def test_a_file_of_a_confidential_ticket_does_not_exist_for_others(desk: Desk) -> None:
    one = mail(attachments=(file(),))
    received = comes(desk, one, Mailbox("people", "hr"))
    other = desk.seen_by("bo")
    for look in (other.raw_mail, other.whole_text, lambda message: other.attachment(message, 0)):
        with pytest.raises(NotFound):
            look(received.message or 0)


def test_a_file_that_was_changed_behind_the_desk_is_noticed(sqlite_desk: Desk) -> None:
    from sqlalchemy import text

    opened(sqlite_desk, attachments=(file(),))
    with sqlite_desk.store.database.engine.begin() as connection:
        connection.execute(text("UPDATE message_parts SET name = 'other.txt'"))
    assert any("was altered" in fault for fault in examine(sqlite_desk.store).faults)


def test_mail_without_words_is_a_ticket_all_the_same(desk: Desk) -> None:
    number = opened(desk, text="", new_text="", subject="")
    assert (desk.ticket(number).subject, said(desk, number)) == ("(no subject)", ["(no text)"])
    quoted = opened(desk, text="> all quoted", new_text=" \n", subject="x" * 900)
    assert said(desk, quoted) == ["> all quoted"]
    assert len(desk.ticket(quoted).subject) == 300
    assert len(said(desk, opened(desk, text="y" * 990_000))[0]) < 201_000
    long_id = mail(message_id="x" * 9000)
    assert comes(desk, long_id).became is Became.CREATED
    assert comes(desk, long_id).became is Became.KNOWN


def test_the_date_of_a_mail_orders_nothing(desk: Desk) -> None:
    number = opened(desk, date=desk.clock.at - timedelta(days=4000))
    assert desk.ticket(number).created_at == desk.clock.at


def test_rules_see_what_came_in(desk: Desk) -> None:
    rule = '[[rules]]\nname = "vpn"\non = "intake"\nwhen = "vpn"\ndo = [{ tag = "net" }]\n'
    desk.do("dana", c.ApplyPolicy(rule))
    assert desk.ticket(opened(desk)).tags == {"net"}


def test_an_agent_is_a_customer_unless_the_channel_vouches_for_them(desk: Desk) -> None:
    desk.do("dana", c.AddAgent("nora@desk.example", "Nora Ek", Role.AGENT, ("network",)))
    number = opened(desk)
    reference: dict[str, Any] = {"in_reply_to": (answer_to(desk, number),)}
    assert comes(desk, mail("nora@desk.example", **reference)).became is Became.CREATED
    trusting = Mailbox("support", "network", ("support@desk.example",), "mx.desk.example")
    passed = "mx.desk.example; dkim=pass; dmarc=pass (p=none) header.from=desk.example"
    for told in (
        (),
        ("mx.desk.example; dmarc=fail header.from=desk.example",),
        (passed.replace("mx.", "evil."), passed),
        (passed.replace("header.from=desk", "header.from=other"),),
    ):
        one = mail("nora@desk.example", authentication=told, **reference)
        assert comes(desk, one, trusting).became is Became.CREATED
    one = mail("nora@desk.example", "Try again", authentication=(passed,), **reference)
    assert comes(desk, one, trusting).became is Became.JOINED
    view = desk.store.ticket(number)
    assert (view.messages[-1].author, view.ticket.first_replied_at) == ("nora@desk.example", desk.clock.at)


# What came back


def bounce(**values: Any) -> Mail:
    """A report that a mail could not be delivered."""
    held: dict[str, Any] = {
        "is_bounce": True,
        "is_auto": True,
        "auto_reason": "550 no such user",
        "bounce_for": ANA,
        "bounce_permanent": True,
        "null_return_path": True,
        "subject": "Undelivered",
        "text": "It could not be delivered",
    }
    return mail("mailer-daemon@mx.example", **(held | values))


def test_a_bounce_warns_on_its_ticket_and_moves_nothing(desk: Desk) -> None:
    number = opened(desk)
    desk.do("bo", c.Reply((number,), "Try again"))
    received = comes(desk, bounce(bounced_ids=(answer_to(desk, number),)))
    assert (received.became, received.ticket) == (Became.BOUNCED, number)
    ticket, last = desk.ticket(number), desk.store.ticket(number).messages[-1]
    assert ticket.state is State.PENDING
    assert ticket.tags == {"bounced"}
    assert last.kind is MessageKind.SYSTEM
    assert ANA in last.text
    assert "550 no such user" in last.text
    assert [address for address, _, _ in desk.store.dead_addresses()] == [ANA]
    desk.do("bo", c.AllowAddress(ANA))
    assert desk.store.dead_addresses() == ()
    with pytest.raises(NotFound):
        desk.do("bo", c.AllowAddress(ANA))
    desk.do("bo", c.Undo())
    assert len(desk.store.dead_addresses()) == 1
    check(desk.store.database)
    assert sound(desk)


def test_a_bounce_is_known_by_an_id_in_its_text_or_its_address(desk: Desk) -> None:
    number = opened(desk)
    by_text = bounce(text=f"Message-ID: <{answer_to(desk, number)}>")
    by_address = bounce(recipients=(signer(desk).address("support@desk.example", number),))
    for one in (by_text, by_address):
        assert comes(desk, one).ticket == number


def test_a_bounce_for_now_kills_nobody(desk: Desk) -> None:
    number = opened(desk)
    comes(desk, bounce(bounced_ids=(answer_to(desk, number),), bounce_permanent=False))
    assert desk.store.dead_addresses() == ()


def sends(desk: Desk) -> list[Outgoing]:
    """Send all that is due; what each mail said."""
    desk.clock.at += timedelta(minutes=1)
    found = []
    while (one := next_mail(desk.store, "tests", timedelta(minutes=1))) is not None:
        desk.store.settle_outgoing(one.number, "tests", Result(sent=True), 0)
        found.append(one)
    return found


def _mailed(desk: Desk, *copies: str) -> tuple[int, str]:
    """A ticket that was answered by mail, and the id of that mail."""
    send_as(desk, 'undo_send = "off"\nconfirmation = ""\n')
    number = opened(desk, cc=people(*copies))
    desk.do("bo", c.Reply((number,), "Try again"))
    [sent] = sends(desk)
    return number, sent.message_id


def test_who_was_the_only_one_is_dead_though_the_report_names_nobody(desk: Desk) -> None:
    number, sent = _mailed(desk)
    comes(desk, bounce(bounced_ids=(sent,), bounce_for=""))
    assert [address for address, _, _ in desk.store.dead_addresses()] == [ANA]
    assert desk.ticket(number).tags == {"bounced"}
    assert f"A mail to {ANA} came back" in said(desk, number)[-1]
    desk.do("bo", c.Reply((number,), "Are you there?"))
    assert sends(desk) == []


def test_a_confirmation_that_comes_back_without_a_name_is_known_too(desk: Desk) -> None:
    send_as(desk)
    number = opened(desk)
    [sent] = sends(desk)
    comes(desk, bounce(bounced_ids=(sent.message_id,), bounce_for=""))
    assert [(one, ticket) for one, _, ticket in desk.store.dead_addresses()] == [(ANA, number)]


def test_of_several_nobody_is_dead_when_the_report_names_nobody(desk: Desk) -> None:
    number, sent = _mailed(desk, BEN)
    comes(desk, bounce(bounced_ids=(sent,), bounce_for=""))
    assert desk.store.dead_addresses() == ()
    assert "came back" in said(desk, number)[-1]


def test_everybody_whom_a_report_names_is_dead(desk: Desk) -> None:
    number, sent = _mailed(desk, BEN, EVE)
    report = bounce(bounced_ids=(sent,), bounce_permanent=False, bounce_dead=(BEN, EVE, "x@else.example"))
    comes(desk, report)
    assert [address for address, _, _ in desk.store.dead_addresses()] == [BEN, EVE]
    assert f"A mail to {BEN}, {EVE} came back" in said(desk, number)[-1]
    desk.do("bo", c.Reply((number,), "Are you there?"))
    assert [one.envelope for one in sends(desk)] == [(ANA,)]
    check(desk.store.database)
    assert sound(desk)


def test_a_report_about_somebody_else_kills_nobody(desk: Desk) -> None:
    number = opened(desk)
    comes(desk, mail(BEN))
    comes(desk, bounce(bounced_ids=(answer_to(desk, number),), bounce_for=BEN))
    assert desk.store.dead_addresses() == ()


def test_a_bounce_of_mail_that_is_not_ours_goes_to_quarantine(desk: Desk) -> None:
    opened(desk)
    received = comes(desk, bounce(bounced_ids=("spam@elsewhere.example",)))
    assert received.became is Became.QUARANTINED
    assert "did not send" in received.reason


# Quarantine


def test_what_is_refused_waits_with_its_bytes_and_the_reason(desk: Desk) -> None:
    nobody = mail(sender="")
    received = comes(desk, nobody)
    lost = mail()
    comes(desk, lost, Mailbox("x", "nowhere"))
    assert (received.became, received.quarantined) == (Became.QUARANTINED, 1)
    second, first = desk.seen_by("bo").quarantine()
    assert ("who sent it" in first.reason, "nowhere" in second.reason) == (True, True)
    assert (second.sender, second.subject, second.mailbox) == (ANA, "VPN down", "x")
    assert desk.store.quarantined(1)[1] == raw(nobody)
    assert comes(desk, nobody).quarantined == 1
    assert len(desk.store.quarantine()) == 2
    with pytest.raises(NotAllowed):
        desk.seen_by("vera").quarantine()
    with pytest.raises(NotFound):
        desk.store.quarantined(3)
    # The next one is not held up, and the mail comes in when it can.
    assert comes(desk, mail(BEN)).became is Became.CREATED
    desk.store.read_mail = lambda content: lost
    desk.do("dana", c.AddQueue("Nowhere"))
    retried = desk.store.retry_mail(2)
    assert retried.became is Became.CREATED
    assert [one.number for one in desk.store.quarantine()] == [1]
    with pytest.raises(Refused):
        desk.store.retry_mail(2)
    assert sound(desk)


def test_what_an_engine_does_not_take_is_set_aside(desk: Desk) -> None:
    """PostgreSQL keeps no zero byte in a text; whatever an engine refuses must not hold up the next mail."""
    odd = mail(attachments=(file("a\x00b.txt"),))
    received = comes(desk, odd)
    assert (received.became is Became.QUARANTINED) is desk.url.startswith("postgresql")
    assert comes(desk, odd).became in (Became.QUARANTINED, Became.KNOWN)
    assert comes(desk, mail(BEN, "hidden \x00 \x1b[2J", new_text="hidden")).became is Became.CREATED
    assert "\x1b" not in desk.store.whole_text(
        desk.store.ticket(desk.store.numbers("from:ben")[0]).messages[0].id
    )


def test_a_retry_that_fails_says_why_now(desk: Desk) -> None:
    desk.store.set_aside(b"rubbish", "too deep")

    def refuse(content: bytes) -> Mail:
        raise Refused("still too deep")

    desk.store.read_mail = refuse
    assert desk.store.retry_mail(1).became is Became.QUARANTINED
    assert [one.reason for one in desk.store.quarantine()] == ["still too deep"]


def test_discarding_is_a_leads_and_can_be_taken_back(desk: Desk) -> None:
    desk.store.set_aside(b"rubbish", "too deep")
    with pytest.raises(NotAllowed):
        desk.do("bo", c.DiscardMail((1,)))
    desk.do("carol", c.DiscardMail((1,)))
    assert desk.store.quarantine() == ()
    with pytest.raises(Refused):
        desk.do("carol", c.DiscardMail((1,)))
    desk.do("carol", c.Undo())
    assert len(desk.store.quarantine()) == 1
    # The same bytes once more are no second mail.
    desk.store.set_aside(b"rubbish", "too deep")
    assert len(desk.store.quarantine()) == 1


def test_the_quarantine_of_a_confidential_mailbox_is_for_its_members(desk: Desk) -> None:
    desk.store.set_aside(b"secret", "too deep", Mailbox("people", "hr"))
    desk.store.set_aside(b"open", "too deep", Mailbox("support", "network"))
    desk.store.set_aside(b"lost", "no such queue", Mailbox("x", "nowhere"))
    assert [one.number for one in desk.seen_by("bo").quarantine()] == [3, 2]
    assert [one.number for one in desk.seen_by("hugo").quarantine()] == [3, 2, 1]
    with pytest.raises(NotFound):
        desk.seen_by("bo").quarantined(1)
    with pytest.raises(NotFound):
        desk.do("carol", c.DiscardMail((1,)))
    desk.do("hana", c.DiscardMail((1,)))


def test_a_dead_address_of_a_confidential_ticket_is_not_told_of(desk: Desk) -> None:
    number = opened_in_hr(desk)
    comes(desk, bounce(bounced_ids=(answer_to(desk, number),)))
    assert desk.seen_by("bo").dead_addresses() == ()
    with pytest.raises(NotFound):
        desk.do("bo", c.AllowAddress(ANA))
    assert len(desk.seen_by("hugo").dead_addresses()) == 1
    desk.do("hugo", c.AllowAddress(ANA))


def test_a_lease_is_one_holders_until_it_ends(desk: Desk) -> None:
    span = timedelta(seconds=30)
    assert desk.store.take_lease("mailbox:a", "one", span)
    assert not desk.store.take_lease("mailbox:a", "two", span)
    assert desk.store.take_lease("mailbox:b", "two", span)
    desk.clock.forward(seconds=29)
    assert desk.store.take_lease("mailbox:a", "one", span)
    desk.clock.forward(seconds=31)
    assert desk.store.take_lease("mailbox:a", "two", span)
    desk.store.give_lease_back("mailbox:a", "one")
    assert not desk.store.take_lease("mailbox:a", "one", span)
    desk.store.give_lease_back("mailbox:a", "two")
    assert desk.store.take_lease("mailbox:a", "one", span)
    # A clock that was wrong must not lock it up for years.
    desk.clock.forward(days=-900)
    assert desk.store.take_lease("mailbox:a", "two", span)


def test_old_mail_comes_in_as_history(desk: Desk) -> None:
    then = desk.clock.at - timedelta(days=400)
    first = mail()
    received = desk.store.receive_mail(first, raw(first), SUPPORT, past=then)
    number = received.ticket or 0
    ticket = desk.ticket(number)
    assert (ticket.state, ticket.created_at, ticket.closed_at) == (State.CLOSED, then, then)
    later = mail(text="more", in_reply_to=(first.message_id,))
    desk.store.receive_mail(later, raw(later), SUPPORT, past=then + timedelta(days=30))
    assert [message.at for message in desk.store.ticket(number).messages] == [then, then + timedelta(days=30)]
    assert desk.ticket(number).state is State.CLOSED
    assert desk.store.run_due() == 0
    check(desk.store.database)
    assert sound(desk)
