"""Contacts: several addresses of one person, duplicates made one, what is known of them; on both engines."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.errors import NotAllowed, NotFound, Refused
from deskterm.domain.kinds import Level
from deskterm.domain.mail import Mail
from deskterm.domain.mail_identity import Signer
from deskterm.storage import mail as kept
from deskterm.upkeep.doctor import examine
from tests.mails import mail, people, raw
from tests.small_desk import Desk

SUPPORT = Mailbox("support", "network", ("support@desk.example",))
ANA, HOME, OTHER = "ana@northwind.example", "ana@home.example", "a.ruiz@northwind.example"


def comes(desk: Desk, one: Mail) -> Received:
    """Let a mail come in."""
    return desk.store.receive_mail(one, raw(one), SUPPORT)


def answer_to(desk: Desk, number: int) -> str:
    """The id of a mail that the desk sent for a ticket."""
    signer: Signer = desk.store.database.write(kept.sure_signer)
    return signer.message_id(number, 1, "desk.example")


def who(desk: Desk, address: str, login: str = "bo") -> int:
    """The contact of an address."""
    [found] = desk.seen_by(login).contacts_called(address)
    return found


def numbers(desk: Desk, query: str, login: str = "bo") -> set[int]:
    """The tickets that a query lists."""
    return {row.number for row in desk.seen_by(login).listing(query).rows}


def sound(desk: Desk) -> bool:
    """Say whether the doctor finds nothing but the open mode of a test's file."""
    return all("open to others" in fault for fault in examine(desk.store).faults)


def test_mail_from_a_further_address_takes_part_in_the_ticket(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz")
    forged = comes(desk, mail(HOME, subject=f"[#{number}] me again"))
    assert forged.became is Became.CREATED
    desk.do("bo", c.AddContactAddress(who(desk, ANA), "Ana@new.example"))
    one = mail("ana@new.example", in_reply_to=(answer_to(desk, number),))
    assert comes(desk, one).ticket == number
    assert comes(desk, mail("ana@new.example", subject=f"[#{number}] more")).ticket == number
    view = desk.seen_by("bo").contact(who(desk, "ana@new.example"))
    assert view.addresses == (ANA, "ana@new.example")
    assert (view.line.name, view.line.tickets) == ("Ana Ruiz", 1)
    assert [message.author for message in desk.store.ticket(number).messages] == ["Ana Ruiz"] * 2
    assert sound(desk)


def test_merged_contacts_are_one_and_come_apart_again(desk: Desk) -> None:
    first = desk.create(subject="The printer", requester_name="Ana Ruiz", organization="Northwind")
    second = desk.create(subject="The network", requester_address=OTHER, requester_name="A. Ruiz")
    desk.do("bo", c.SaveContact(who(desk, OTHER), vip=True, notes="Call first."))
    ana = who(desk, ANA)
    desk.do("bo", c.SaveContact(ana, notes="Speaks Spanish."))
    done = desk.do("bo", c.MergeContacts(who(desk, OTHER), ana))
    assert done.summary == f"Merged A. Ruiz ({OTHER}) into Ana Ruiz"
    assert who(desk, OTHER) == who(desk, ANA) == ana
    view = desk.seen_by("bo").contact(ana)
    assert (view.addresses, view.line.vip, view.line.organization) == ((ANA, OTHER), True, "Northwind")
    assert view.notes == "Speaks Spanish.\n\nCall first."
    assert [row.number for row in view.tickets] == [second, first]
    assert view.history[0].what == done.summary
    shown = desk.store.ticket(second)
    assert (shown.requester, shown.address, shown.requester_open) == ("Ana Ruiz", OTHER, (first,))
    for query in (f"requester:{ANA}", f"requester:{OTHER}", "org:Northwind", "is:vip", '"ana ruiz"'):
        assert numbers(desk, query) == {first, second}, query
    assert comes(desk, mail(OTHER, subject=f"[#{first}] and again")).ticket == first
    assert sound(desk)
    desk.do("bo", c.Undo())
    assert who(desk, OTHER) != ana
    assert desk.store.ticket(second).requester == "A. Ruiz"
    assert numbers(desk, "is:vip") == {second}
    assert numbers(desk, f"requester:{ANA}") == {first}
    assert desk.seen_by("bo").contact(ana).notes == "Speaks Spanish."
    desk.do("bo", c.Redo())
    assert numbers(desk, f"requester:{ANA}") == {first, second}
    assert sound(desk)


def test_what_was_changed_since_is_not_taken_back(desk: Desk) -> None:
    desk.create(requester_name="Ana Ruiz")
    ana = who(desk, ANA)
    done = desk.do("bo", c.SaveContact(ana, name="Ana R."))
    desk.do("alice", c.SaveContact(ana, name="Ana Ruiz-Gil"))
    with pytest.raises(Exception, match="the contact was changed since"):
        desk.do("bo", c.Undo(done.command))


def test_an_address_that_was_taken_back_can_be_given_again(desk: Desk) -> None:
    desk.create(requester_name="Ana Ruiz")
    ana = who(desk, ANA)
    desk.do("bo", c.AddContactAddress(ana, HOME))
    desk.do("bo", c.Undo())
    assert desk.seen_by("bo").contact(ana).addresses == (ANA,)
    assert desk.seen_by("bo").contacts_called(HOME) == ()
    assert [line.address for line in desk.seen_by("bo").contacts("home.example")] == []
    desk.do("bo", c.AddContactAddress(ana, HOME))
    assert desk.seen_by("bo").contact(ana).addresses == (ANA, HOME)


def test_a_removed_address_stands_for_itself_with_its_tickets(desk: Desk) -> None:
    first = desk.create(requester_name="Ana Ruiz", organization="Northwind")
    second = desk.create(requester_address=OTHER, requester_name="A. Ruiz")
    ana = who(desk, ANA)
    desk.do("bo", c.MergeContacts(who(desk, OTHER), ana))
    done = desk.do("bo", c.RemoveContactAddress(ana, OTHER.upper()))
    assert done.summary == f"Removed {OTHER} from Ana Ruiz"
    assert desk.seen_by("bo").contact(ana).addresses == (ANA,)
    assert numbers(desk, f"requester:{ANA}") == {first}
    assert desk.store.ticket(second).requester == OTHER
    assert sound(desk)
    desk.do("bo", c.Undo())
    assert numbers(desk, f"requester:{ANA}") == {first, second}
    assert desk.store.ticket(second).requester == "Ana Ruiz"
    assert sound(desk)


def test_who_loses_their_first_address_stays_who_they_are(desk: Desk) -> None:
    desk.create(requester_name="Ana Ruiz", organization="Northwind")
    ana = who(desk, ANA)
    for address in (HOME, OTHER):
        desk.do("bo", c.AddContactAddress(ana, address))
    desk.do("bo", c.SaveContact(ana, notes="Call first.", vip=True))
    desk.do("bo", c.RemoveContactAddress(ana, ANA))
    view = desk.seen_by("bo").contact(who(desk, OTHER))
    assert (view.addresses, view.line.name, view.notes) == ((HOME, OTHER), "Ana Ruiz", "Call first.")
    assert (view.line.vip, view.line.organization) == (True, "Northwind")
    assert who(desk, ANA) != who(desk, HOME) == who(desk, OTHER)
    assert sound(desk)
    desk.do("bo", c.Undo())
    assert desk.seen_by("bo").contact(ana).addresses == (ANA, HOME, OTHER)


def test_a_name_that_changed_finds_the_tickets(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz")
    desk.do("bo", c.SaveContact(who(desk, ANA), name="Ana Gutiérrez"))
    assert numbers(desk, "Gutierrez") == {number}
    assert numbers(desk, "Ruiz") == set()
    for query in ("requester:GUTIÉRREZ", "requester:ana", "requester:guti*", f"requester:{ANA[:5]}*"):
        assert numbers(desk, query) == ({number} if "guti*" not in query else set()), query
    assert numbers(desk, "requester:ruiz") == set()
    assert desk.seen_by("bo").listing("is:any").rows[0].requester == "Ana Gutiérrez"
    desk.do("bo", c.Undo())
    assert numbers(desk, "Ruiz") == numbers(desk, "requester:ruiz") == {number}
    assert numbers(desk, "requester:gutiérrez") == set()
    assert sound(desk)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (lambda ana, ben: c.SaveContact(ana, name=" "), "needs a name"),
        (lambda ana, ben: c.SaveContact(ana, zone="Mars/Base"), "is no time zone"),
        (lambda ana, ben: c.SaveContact(ana, zone="../../etc/passwd"), "is no time zone"),
        (lambda ana, ben: c.SaveContact(ana, vip=False), "so already"),
        (lambda ana, ben: c.MergeContacts(ana, ana), "one contact already"),
        (lambda ana, ben: c.AddContactAddress(ana, ANA), "theirs already"),
        (lambda ana, ben: c.AddContactAddress(ana, OTHER), "another contact's"),
        (lambda ana, ben: c.AddContactAddress(ana, "nonsense"), "no address"),
        (lambda ana, ben: c.RemoveContactAddress(ana, ANA), "their only address"),
        (lambda ana, ben: c.RemoveContactAddress(ana, OTHER), "no address of theirs"),
        (lambda ana, ben: c.RemoveContactAddress(ana, HOME), "no address of theirs"),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, command: object, reason: str) -> None:
    desk.create(requester_name="Ana Ruiz")
    desk.create(requester_address=OTHER)
    with pytest.raises(Refused, match=reason):
        desk.do("bo", command(who(desk, ANA), who(desk, OTHER)))  # type: ignore[operator]


def test_a_viewer_looks_and_changes_nothing(desk: Desk) -> None:
    desk.create(requester_name="Ana Ruiz")
    assert desk.seen_by("vera").contact(who(desk, ANA)).line.name == "Ana Ruiz"
    with pytest.raises(NotAllowed, match="change contacts"):
        desk.do("vera", c.SaveContact(who(desk, ANA), vip=True))


def test_who_only_wrote_in_confidence_is_nobody_to_others(desk: Desk) -> None:
    secret = desk.create("hugo", requester_address="eve@northwind.example", requester_name="Eve", queue="hr")
    shared = desk.create("hugo", requester_name="Ana Ruiz", queue="hr")
    public = desk.create(requester_name="Ana Ruiz")
    hugo, bo = desk.seen_by("hugo"), desk.seen_by("bo")
    assert [line.name for line in hugo.contacts()] == ["Ana Ruiz", "Eve"]
    assert [line.name for line in bo.contacts()] == ["Ana Ruiz"]
    eve, ana = who(desk, "eve@northwind.example", "hugo"), who(desk, ANA)
    assert bo.contacts_called("eve@northwind.example") == ()
    with pytest.raises(NotFound):
        bo.contact(eve)
    for command in (c.SaveContact(eve, vip=True), c.MergeContacts(eve, ana), c.MergeContacts(ana, eve)):
        with pytest.raises(NotFound):
            desk.do("bo", command)
    assert [row.number for row in bo.contact(ana).tickets] == [public]
    assert (bo.contact(ana).line.tickets, hugo.contact(ana).line.tickets) == (1, 2)
    # Merged by somebody who knows both, the address of which others may not know stays unknown to them.
    desk.do("hana", c.MergeContacts(eve, ana))
    assert bo.contact(ana).addresses == (ANA,)
    assert [row.number for row in bo.contact(ana).tickets] == [public]
    assert {row.number for row in desk.seen_by("hana").contact(ana).tickets} == {secret, shared, public}
    assert bo.contacts("eve") == ()


def test_another_address_of_the_requester_is_no_cc(desk: Desk) -> None:
    number = desk.create(requester_name="Ana Ruiz")
    desk.do("bo", c.AddContactAddress(who(desk, ANA), HOME))
    copied = people(HOME, "ben@northwind.example")
    comes(desk, mail(ANA, in_reply_to=(answer_to(desk, number),), cc=copied))
    assert [address for _, address in desk.store.ticket(number).participants] == ["ben@northwind.example"]


SLA = """
[[sla]]
name = "VIPs"
when = "is:vip"
targets.P4 = { first_reply = "10m" }

[[sla]]
name = "Northwind"
when = "org:northwind"
targets.P4 = { first_reply = "20m" }

[[rules]]
name = "VIPs are tagged"
on = "intake"
when = "is:vip"
do = [{ tag = "important" }]
"""


def measured(desk: Desk, number: int) -> str:
    """The SLA policy that measures a ticket now."""
    legs = desk.ticket(number).legs
    return max(legs, key=lambda leg: leg.since).policy if legs else ""


def test_sla_policies_and_rules_ask_for_vip_and_organization(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(SLA))
    number = desk.create(requester_name="Ana Ruiz", impact=Level.LOW, urgency=Level.LOW)
    assert measured(desk, number) == ""
    ana = who(desk, ANA)
    for change, policy in (
        (c.SaveContact(ana, organization="Northwind"), "Northwind"),
        (c.SaveContact(ana, vip=True), "VIPs"),
    ):
        desk.clock.forward(minutes=1)
        desk.do("bo", change)
        assert measured(desk, number) == policy
    assert "important" in desk.ticket(desk.create(requester_name="Ana Ruiz")).tags
    desk.clock.forward(minutes=1)
    desk.do("bo", c.SaveContact(ana, vip=False))
    assert measured(desk, number) == "Northwind"
    desk.clock.forward(minutes=1)
    desk.do("bo", c.Undo())
    assert measured(desk, number) == "VIPs"
    assert sound(desk)


def test_hostile_words_stay_words(desk: Desk) -> None:
    desk.create(requester_name="Ana Ruiz")
    ana = who(desk, ANA)
    desk.do("bo", c.SaveContact(ana, name="100% [red]\x1b[31m_ana", organization="A\x07B", notes="\x1b]0;x"))
    view = desk.seen_by("bo").contact(ana)
    assert "\x1b" not in view.line.name + view.line.organization + view.notes
    assert [line.id for line in desk.seen_by("bo").contacts("100%")] == [ana]
    assert desk.seen_by("bo").contacts("1_0") == ()
