"""Who gets a reply, as the composer shows it before it is sent; on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound
from deskterm.domain.mail import Address
from deskterm.domain.mail_settings import is_address, read_sender
from deskterm.domain.recipients import NO_MAIL, recipients
from tests.mails import mail, people, raw
from tests.outgoing import ANA, BEN, SENDER, SUPPORT, send_as
from tests.small_desk import Desk


def addresses(found: tuple[Address, ...]) -> list[str]:
    return [one.address for one in found]


def test_on_a_desk_without_outgoing_mail_nobody_gets_a_reply_and_it_says_so(desk: Desk) -> None:
    number = desk.create()
    found = desk.store.recipients(number)
    assert (found.everybody, found.why) == ((), NO_MAIL)


def test_a_reply_goes_to_the_requester_and_those_who_take_part(desk: Desk) -> None:
    send_as(desk)
    received = desk.store.receive_mail(one := mail(cc=people(BEN, "Support@desk.example")), raw(one), SUPPORT)
    found = desk.store.recipients(received.ticket or 0)
    assert found.sender == Address("Support", SENDER)
    assert (addresses(found.to), addresses(found.cc), found.why) == ([ANA], [BEN], "")


def test_who_has_no_address_or_is_the_desk_itself_gets_nothing_and_it_says_why(desk: Desk) -> None:
    send_as(desk)
    nameless = desk.create(requester_address="", requester_name="Ana Ruiz")
    assert "has no address" in desk.store.recipients(nameless).why
    own = desk.create(requester_address=SENDER)
    assert "this desk's own" in desk.store.recipients(own).why


def test_a_queue_sends_as_itself_or_not_at_all(desk: Desk) -> None:
    send_as(
        desk,
        '[queues.payments]\nmail = { from = "off" }\n[queues.network]\nmail = { from = "n@desk.example" }',
    )
    assert desk.store.recipients(desk.create(queue="payments")).why == NO_MAIL
    assert desk.store.recipients(desk.create(queue="network")).sender == Address("", "n@desk.example")


def test_nobody_is_told_of_a_ticket_they_may_not_know(desk: Desk) -> None:
    number = desk.create(login="hugo", queue="hr")
    with pytest.raises(NotFound):
        desk.seen_by("alice").recipients(number)


def test_a_dead_address_gets_nothing_until_somebody_allows_it() -> None:
    found = recipients(
        Address("", SENDER),
        Address("Ana", ANA),
        [Address("Ben", BEN), Address("Ben", BEN.upper())],
        is_dead=lambda address: address == ANA,
    )
    assert (addresses(found.to), addresses(found.cc)) == ([BEN], [])
    assert [(one.address, "came back" in why) for one, why in found.left_out] == [(ANA, True)]


@pytest.mark.parametrize(
    "address",
    [
        "ana",
        "ana@",
        "@x.com",
        "a b@x.com",
        "a@x..com",
        "a@-x.com",
        "a\r\nBcc:b@x.com",
        "-f@x.com",
        "a@x.com>",
        "",
    ],
)
def test_what_is_no_address_is_never_mailed(address: str) -> None:
    assert not is_address(address)


def test_a_sender_is_written_with_or_without_a_name() -> None:
    assert read_sender("Support, EU <Support@Desk.Example>") == Address("Support, EU", "Support@desk.example")
    assert read_sender("a@x.com") == Address("", "a@x.com")
    with pytest.raises(ValueError, match="no address"):
        read_sender("Support <>")


def test_settings_of_mail_are_undone_like_any_other_policy(desk: Desk) -> None:
    send_as(desk)
    desk.do("dana", c.Undo())
    assert desk.store.recipients(desk.create()).why == NO_MAIL
