"""Side conversations on the wire: a real server gets nothing of the ticket, and answers find home."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from random import Random

import pytest

from deskterm.channels.mail.parsing import parse_mail
from deskterm.channels.mail.sender import MailWorker
from deskterm.domain import commands as c
from deskterm.domain.delivery import Became
from deskterm.domain.outgoing import OutState
from deskterm.domain.sides import read_people
from deskterm.domain.ticket import NewFile
from deskterm.storage import mail as kept
from tests.mails import mail, raw
from tests.outgoing import ANA, SUPPORT, send_as
from tests.small_desk import Desk, copy_of, open_desk
from tests.smtp_server import Handler, SmtpTestServer

ACME = "help@acme.example"


@pytest.fixture
def desk(furnished_file: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk on SQLite that sends mail at once."""
    found = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    send_as(found, 'signature = "Kind regards,\\nSupport"\nundo_send = "off"\n')
    yield found
    found.close()


@pytest.fixture
def server() -> Iterator[SmtpTestServer]:
    with SmtpTestServer() as found:
        yield found


def send(desk: Desk, server: SmtpTestServer) -> None:
    MailWorker(desk.store, server.config(), "one", chance=Random(1), monotonic=lambda: 0.0).all_due()


def numbered(desk: Desk, subject: str) -> int:
    """A ticket that came by mail."""
    first = mail(f"Ana Ruiz <{ANA}>", "SECRET words of hers", subject=subject)
    received = desk.store.receive_mail(first, raw(first), SUPPORT)
    assert received.ticket is not None
    return received.ticket


def decoded(content: bytes) -> str:
    """All that can be read in a mail: its bytes, its headers as words, and each text part."""
    one = email.message_from_bytes(content, policy=default)
    assert isinstance(one, EmailMessage)
    parts = [content.decode("ascii"), *(f"{name}: {value}" for name, value in one.items())]
    for part in one.walk():
        if part.get_content_maintype() == "text":
            parts.append(part.get_content())
    return "\n".join(parts)


def test_its_bytes_show_nothing_of_the_ticket_and_the_answer_comes_home(
    desk: Desk, server: SmtpTestServer
) -> None:
    for count in range(60):
        desk.create(subject=f"Another {count}")
    number = numbered(desk, "SECRET subject")
    desk.do("bo", c.Note((number,), "SECRET note"))
    desk.do("bo", c.Reply((number,), "SECRET reply"))
    log = NewFile("disk.log", "text/plain", b"it clicks\n")
    to = read_people(f"ACME <{ACME}>")
    desk.do("bo", c.StartSide((number,), to, "Broken disk", "Can you *replace* it?", files=(log,)))
    send(desk, server)
    [beside] = [content for _, people, content in server.handler.taken if people == (ACME,)]
    others = [one for one in server.handler.mails() if ACME not in str(one["To"])]
    said = decoded(beside)
    signer = desk.store.database.write(kept.sure_signer)
    hidden = ["SECRET", "Ana", ANA, f"#{number}", signer.token(number), f".{number}.", f"-{number}-"]
    hidden += [str(one["Message-ID"]).strip("<>") for one in others]
    assert [each for each in hidden if each in said] == []
    one = email.message_from_bytes(beside, policy=default)
    assert str(one["Subject"]) == "Broken disk"
    assert str(one["From"]) == "Support <support@desk.example>"
    assert one["In-Reply-To"] is None
    assert one["References"] is None
    assert str(number) not in str(one["Message-ID"]).split("@")[0].split(".", 2)[2][:17]
    assert [part.get_filename() for part in one.iter_attachments()] == ["disk.log"]
    # The vendor's program answers, quoting all of it, with no more than a Message-ID to go by.
    answer = (
        f"From: Helpdesk <{ACME}>\r\nTo: support@desk.example\r\nSubject: AW: Broken disk\r\n"
        f"Message-ID: <theirs@acme.example>\r\nIn-Reply-To: {one['Message-ID']}\r\n\r\n"
        "VENDOR will replace it\r\n\r\nOn Monday Support wrote:\r\n> Can you replace it?\r\n"
    ).encode()
    received = desk.store.receive_mail(parse_mail(answer), answer, SUPPORT)
    assert (received.became, received.ticket) == (Became.BESIDE, number)
    view = desk.store.ticket(number)
    assert view.messages[-1].text == "VENDOR will replace it"
    desk.do("bo", c.Reply((number,), "A new one comes"))
    desk.do("bo", c.ReplySide((number,), view.sides[0].id, "Thanks"))
    send(desk, server)
    to_ana, to_acme = server.handler.taken[-2:]
    if ACME in to_ana[1]:
        to_ana, to_acme = to_acme, to_ana
    leaked = ("VENDOR", "theirs@acme.example", view.sides[0].ref, "Broken disk", ACME)
    assert [each for each in leaked if each in decoded(to_ana[2])] == []
    again = decoded(to_acme[2])
    assert [each for each in hidden if each in again] == []
    assert "References: <desk." in again
    assert "<theirs@acme.example>" in again
    assert "Subject: Re: Broken disk" in again


def test_a_server_that_is_away_is_tried_again_with_the_same_id(desk: Desk, server: SmtpTestServer) -> None:
    number = desk.create()
    server.stop()
    desk.do("bo", c.StartSide((number,), read_people(ACME), "Broken disk", "Hello"))
    send(desk, server)
    [message] = desk.store.ticket(number).messages
    assert message.fate is not None
    assert (message.fate.state, message.fate.attempts) == (OutState.WAITING, 1)
    server.start()
    desk.clock.forward(hours=1)
    send(desk, server)
    [message] = desk.store.ticket(number).messages
    assert message.fate is not None
    assert message.fate.state is OutState.SENT
    assert len(server.handler.taken) == 1


def test_a_vendors_machine_is_never_answered_by_a_machine(desk: Desk) -> None:
    """Every side mail is answered by an out-of-office at once, for a day; nothing goes out by itself."""
    handler = Handler()
    with SmtpTestServer(handler) as server:
        number = desk.create()
        desk.do("bo", c.StartSide((number,), read_people(ACME), "Broken disk", "Hello"))
        for turn in range(5):
            send(desk, server)
            newest = email.message_from_bytes(handler.taken[-1][2], policy=default)
            away = (
                f"From: {ACME}\r\nTo: support@desk.example\r\nSubject: Out of office\r\n"
                f"Message-ID: <away{turn}@acme.example>\r\nIn-Reply-To: {newest['Message-ID']}\r\n"
                "Auto-Submitted: auto-replied\r\n\r\nI am away.\r\n"
            ).encode()
            assert desk.store.receive_mail(parse_mail(away), away, SUPPORT).became is Became.BESIDE
            desk.clock.forward(hours=5)
        assert len(handler.taken) == 1
        assert len(desk.store.ticket(number).messages) == 6
