"""Sending to a real server: what is on the wire, and what becomes of it when the server fails or dies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deskterm.channels.mail.sender import MailWorker
from deskterm.domain import commands as c
from deskterm.domain.kinds import MessageKind
from deskterm.domain.outgoing import OutState, fate_words
from deskterm.domain.ticket import Attachment
from deskterm.smtp_config import SmtpServer
from deskterm.storage import blobs
from deskterm.storage import mail as kept
from tests.mails import mail, people, raw
from tests.outgoing import ANA, BEN, SENDER, SUPPORT, send_as
from tests.small_desk import Desk, copy_of, open_desk
from tests.smtp_server import OK, PASSWORD, TOKEN, USER, VARIABLE, Cut, Handler, SmtpTestServer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(furnished_file: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk on SQLite that sends mail."""
    found = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    send_as(found, 'signature = "Kind regards,\\nSupport"\nundo_send = "off"\n')
    yield found
    found.close()


@pytest.fixture
def server() -> Iterator[SmtpTestServer]:
    with SmtpTestServer() as found:
        yield found


class Ticks:
    """A clock that measures, moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def worker(desk: Desk, server: SmtpServer, holder: str = "one") -> tuple[MailWorker, Ticks]:
    ticks = Ticks()
    return MailWorker(desk.store, server, holder, chance=Random(1), monotonic=ticks), ticks


def replied(desk: Desk, text: str = "Please try again.", **values: Any) -> int:
    number = desk.create(**values)
    desk.do("alice", c.Reply((number,), text))
    return number


def kept_marker(desk: Desk, number: int) -> str:
    """What names a ticket in the text of its mails."""
    return desk.store.database.write(kept.sure_signer).marker(number)


def fate(desk: Desk, number: int) -> str:
    view = desk.store.ticket(number)
    own = [one for one in view.messages if one.kind is MessageKind.PUBLIC and one.requester is None]
    assert own[-1].fate is not None
    return fate_words(own[-1].fate, desk.clock.at)


def test_a_mail_says_what_it_should_and_nothing_else(desk: Desk, server: SmtpTestServer) -> None:
    first = mail("Ana Ruiz <ana@northwind.example>", cc=people(BEN), subject="Großer Ärger")
    number = desk.store.receive_mail(first, raw(first), SUPPORT).ticket or 0
    desk.do("bo", c.Note((number,), "SECRET between us"))
    desk.do(
        "bo", c.Reply((number,), "Please **restart** it:\n\n- once\n- <script>alert(1)</script>\n\n> SEC")
    )
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 2
    [confirmation, answer] = server.handler.mails()
    assert confirmation["Auto-Submitted"] == "auto-generated"
    assert confirmation["X-Auto-Response-Suppress"]
    assert answer["Auto-Submitted"] is None
    assert str(answer["Subject"]) == f"Re: Großer Ärger [#{number}]"
    assert str(answer["From"]) == f"Support <{SENDER}>"
    assert (str(answer["To"]), str(answer["Cc"])) == ("Ana Ruiz <ana@northwind.example>", BEN)
    assert str(answer["In-Reply-To"]) == f"<{first.message_id}>"
    assert f"<{first.message_id}>" in str(answer["References"])
    text, html = (answer.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Please **restart** it" in text.get_content()
    assert "Kind regards," in text.get_content()
    for body in (text, html):
        assert kept_marker(desk, number) in body.get_content()
    assert "<strong>restart</strong>" in html.get_content()
    assert "<script" not in html.get_content()
    assert [to for _, to, _ in server.handler.taken] == [(ANA,), (ANA, BEN)]
    assert all(b"SECRET" not in content for _, _, content in server.handler.taken)
    assert fate(desk, number) == "sent"


@pytest.mark.parametrize(
    "hostile",
    [
        "a\r\nBcc: eve@elsewhere.example",
        "a\nBcc: eve@elsewhere.example\n\nbody",
        "a\r\n\r\nbody",
        "a\u2028Bcc: eve@elsewhere.example",
        "a\x00\x0bBcc: eve@elsewhere.example",
        "=?utf-8?q?a=0D=0ABcc:_eve@elsewhere.example?=",
    ],
)
def test_no_word_of_anybody_adds_a_header_or_a_recipient(
    desk: Desk, server: SmtpTestServer, hostile: str
) -> None:
    number = desk.create(subject=hostile, requester_name=hostile, requester_address=ANA)
    desk.do("alice", c.Reply((number,), hostile))
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 1
    [sent] = server.handler.mails()
    assert sorted(sent.keys()) == sorted(
        ["Message-ID", "Date", "From", "To", "Subject", "MIME-Version", "Content-Type"]
    )
    assert server.handler.taken[0][1] == (ANA,)


def test_it_logs_in_over_a_connection_that_may_be_trusted_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with SmtpTestServer(login=True) as server:
        number = replied(desk)
        config = server.config(user=USER, password_env=VARIABLE)
        sender, _ = worker(desk, config)
        assert sender.all_due() == 1
        assert server.handler.auth
        monkeypatch.setenv(VARIABLE, "wrong")
        number = replied(desk)
        assert sender.all_due() == 0
        assert "535" in fate(desk, number)
        assert "wrong" not in fate(desk, number)


def test_it_logs_in_with_a_token_that_a_command_prints(desk: Desk) -> None:
    def printing(token: str) -> tuple[str, ...]:
        return (sys.executable, "-c", f"print({token!r})")

    with SmtpTestServer(login=True) as server:
        number = replied(desk)
        good = server.config(user=USER, token_command=printing(TOKEN))
        assert worker(desk, good)[0].all_due() == 1
        number = replied(desk)
        bad = server.config(user=USER, token_command=printing("expired"))
        assert worker(desk, bad)[0].all_due() == 0
        assert "535" in fate(desk, number)
        assert "expired" not in fate(desk, number)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """A certificate for localhost that nobody has signed."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    make = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert]
    subprocess.run([*make, *more], check=True, capture_output=True)
    return cert, key


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(desk: Desk, certificate: tuple[str, str]) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    number = replied(desk)
    with SmtpTestServer(tls=context) as server:
        config = replace(server.config(security="starttls"), host="localhost")
        assert worker(desk, config)[0].all_due() == 0
        assert "certificate cannot be trusted" in fate(desk, number)
        assert server.handler.seen == 0
        desk.clock.forward(minutes=1)
        assert worker(desk, replace(config, ca_file=certificate[0]))[0].all_due() == 1
    assert fate(desk, number) == "sent"


def test_a_server_without_starttls_gets_nothing(desk: Desk, server: SmtpTestServer) -> None:
    number = replied(desk)
    sender, _ = worker(desk, server.config(security="starttls"))
    assert sender.all_due() == 0
    assert server.handler.seen == 0
    assert "offers no STARTTLS" in fate(desk, number)


def test_a_server_that_is_down_is_left_alone_for_a_while_and_then_gets_all(
    desk: Desk, server: SmtpTestServer
) -> None:
    numbers = [replied(desk) for _ in range(3)]
    server.stop()
    sender, ticks = worker(desk, server.config())
    assert sender.all_due() == 0
    assert "waiting, tried 1×" in fate(desk, numbers[0])
    assert fate(desk, numbers[1]) == "waiting"
    assert sender.all_due() == 0
    server.start()
    ticks.at += 5
    desk.clock.forward(seconds=60)
    assert sender.all_due() == 3
    assert {fate(desk, number) for number in numbers} == {"sent"}


def test_who_turns_out_not_to_exist_gets_no_second_mail_that_was_taken_with_the_first(
    desk: Desk, server: SmtpTestServer
) -> None:
    asked: list[str] = []

    def on_rcpt(address: str) -> str:
        asked.append(address)
        return "550 5.1.1 no such user" if address == ANA else "250 ok"

    server.handler.on_rcpt = on_rcpt
    first, second, other = replied(desk), replied(desk), replied(desk, requester_address=BEN)
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 1
    assert asked == [ANA, BEN]
    assert fate(desk, first) == "failed: 550 5.1.1 no such user"
    assert fate(desk, second) == "stored, not sent: mail came back from every address it was for"
    assert fate(desk, other) == "sent"


def test_what_a_slow_server_keeps_waiting_is_given_back_meanwhile(desk: Desk, server: SmtpTestServer) -> None:
    numbers = [replied(desk, requester_address=f"p{at}@x.example") for at in range(5)]
    seen: list[str] = []

    def on_data(count: int) -> str:
        ticks.at += 3
        if count == 2:
            desk.clock.forward(seconds=1)
        seen.append(" ".join(fate(desk, number) for number in numbers))
        return "250 taken"

    server.handler.on_data = on_data
    sender, ticks = worker(desk, server.config())
    assert sender.all_due() == 5
    assert {fate(desk, number) for number in numbers} == {"sent"}
    assert len(server.handler.taken) == len({str(one["Message-ID"]) for one in server.handler.mails()}) == 5
    # After five seconds what was sent is told, and what was not come to was anybody's for a moment.
    assert seen[0] == " ".join(["sending"] * 5)
    assert seen[2] == " ".join(["sent"] * 2 + ["sending"] * 3)


def test_what_the_desk_says_by_itself_has_an_empty_return_path(desk: Desk, server: SmtpTestServer) -> None:
    first = mail()
    number = desk.store.receive_mail(first, raw(first), SUPPORT).ticket or 0
    desk.do("bo", c.Reply((number,), "Hello"))
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 2
    assert [path for path, _, _ in server.handler.taken] == ["", SENDER]
    assert ["Auto-Submitted" in one for one in server.handler.mails()] == [True, False]
    assert {str(one["From"]) for one in server.handler.mails()} == {f"Support <{SENDER}>"}


@pytest.mark.parametrize("where", ["mail", "mail for now", "rcpt", "data"])
def test_a_server_that_takes_no_empty_return_path_gets_the_desks_address(
    desk: Desk, server: SmtpTestServer, where: str
) -> None:
    handler, paths = server.handler, list[str]()

    def on_mail(address: str) -> str:
        paths.append(address)
        code = {"mail": "501 5.1.7 invalid address", "mail for now": "450 not now"}.get(where, "250 ok")
        return code if not address else "250 ok"

    def on_rcpt(address: str) -> str:
        return "550 5.7.1 <>: Sender address rejected" if where == "rcpt" and not paths[-1] else "250 ok"

    def on_data(count: int) -> str:
        return "554 5.2.252 SendAsDenied" if where == "data" and not paths[-1] else "250 taken"

    handler.on_mail, handler.on_rcpt, handler.on_data = on_mail, on_rcpt, on_data
    for address in (ANA, BEN):
        first = mail(address)
        desk.store.receive_mail(first, raw(first), SUPPORT)
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 2
    assert paths == ["", SENDER, SENDER]
    assert len({str(one["Message-ID"]) for one in handler.mails()}) == len(handler.mails()) == 2
    assert {one["Auto-Submitted"] for one in handler.mails()} == {"auto-generated"}


def test_an_address_that_does_not_exist_is_asked_for_once_only(desk: Desk, server: SmtpTestServer) -> None:
    asked: list[str] = []

    def on_rcpt(address: str) -> str:
        asked.append(address)
        return "550 5.1.1 no such user"

    server.handler.on_rcpt = on_rcpt
    first = mail()
    desk.store.receive_mail(first, raw(first), SUPPORT)
    sender, _ = worker(desk, server.config())
    sender.all_due()
    assert asked == [ANA]


def test_a_refusal_fails_at_once_and_holds_up_no_other_mail(desk: Desk, server: SmtpTestServer) -> None:
    server.handler.on_rcpt = lambda to: "550 5.1.1 no such user" if to == ANA else "250 ok"
    bad, good = replied(desk), replied(desk, requester_address=BEN)
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 1
    assert fate(desk, bad) == "failed: 550 5.1.1 no such user"
    assert fate(desk, good) == "sent"
    assert desk.store.recipients(bad).why.endswith("mail came back from it")


def test_who_cannot_be_reached_for_now_gets_it_later_and_the_others_get_it_once(
    desk: Desk, server: SmtpTestServer
) -> None:
    full = {BEN}
    server.handler.on_rcpt = lambda to: "452 mailbox full" if to in full else "250 ok"
    first = mail(cc=people(BEN))
    number = desk.store.receive_mail(first, raw(first), SUPPORT).ticket or 0
    desk.do("bo", c.Reply((number,), "Hello"))
    sender, _ = worker(desk, server.config())
    sender.all_due()
    assert "452 mailbox full" in fate(desk, number)
    full.clear()
    desk.clock.forward(minutes=2)
    sender.all_due()
    assert fate(desk, number) == "sent"
    ids = [
        (str(one["Message-ID"]), to)
        for one, (_, to, _) in zip(server.handler.mails(), server.handler.taken, strict=True)
    ]
    answers = [each for each in ids if each[1] != (ANA,) or each is not ids[0]][-2:]
    assert answers[0][0] == answers[1][0]
    assert [to for _, to in answers] == [(ANA,), (BEN,)]


@pytest.mark.parametrize("answer", ["451 try later", "421 closing", "cut before", "cut after"])
def test_whatever_comes_after_the_data_it_arrives_under_one_id(
    desk: Desk, server: SmtpTestServer, answer: str
) -> None:
    def first_fails(count: int) -> str:
        if count > 1:
            return "250 taken"
        if answer.startswith("cut"):
            raise Cut(answer)
        return answer

    server.handler.on_data = first_fails
    number, other = replied(desk), replied(desk, requester_address=BEN)
    sender, ticks = worker(desk, server.config())
    for _ in range(3):
        sender.all_due()
        ticks.at += 10
        desk.clock.forward(minutes=1)
    assert {fate(desk, number), fate(desk, other)} == {"sent"}
    arrived = Counter(str(one["Message-ID"]) for one in server.handler.mails())
    assert len(arrived) == 2
    assert sum(arrived.values()) == (3 if answer == "cut after" else 2)


def test_554_after_the_data_is_a_failure_in_the_servers_words(desk: Desk, server: SmtpTestServer) -> None:
    server.handler.on_data = lambda count: "554 5.7.1 looks like spam"
    number = replied(desk)
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 0
    assert fate(desk, number) == "failed: 554 5.7.1 looks like spam"
    assert [line.state for line in desk.store.outbox()] == [OutState.FAILED]


def test_each_server_takes_the_mail_of_its_senders(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy('[queues.network]\nmail = { from = "Net <net@other.example>" }\n'))
    replied(desk)
    replied(desk, queue="network")
    with SmtpTestServer() as one, SmtpTestServer() as two:
        ticks = Ticks()
        for_others = MailWorker(
            desk.store, two.config(senders=("@other.example",)), "b", chance=Random(1), monotonic=ticks
        )
        for_rest = MailWorker(
            desk.store, one.config(), "a", chance=Random(1), monotonic=ticks, others=("@other.example",)
        )
        assert (for_rest.all_due(), for_others.all_due()) == (1, 1)
        assert [who for who, _, _ in one.handler.taken] == [SENDER]
        assert [who for who, _, _ in two.handler.taken] == ["net@other.example"]


@pytest.mark.slow
def test_a_thousand_mails_arrive_though_the_server_dies_in_the_middle(desk: Desk) -> None:
    numbers = [desk.create(requester_address=f"c{n}@northwind.example") for n in range(1000)]
    for start in range(0, 1000, 250):
        desk.do("alice", c.Reply(tuple(numbers[start : start + 250]), "To you all"))
    died = {100, 333, 700}
    server = SmtpTestServer()

    def dies(count: int) -> str:
        if count in died:
            raise Cut("after" if count == 333 else "before")
        return "250 taken"

    server.handler.on_data = dies
    sender, ticks = worker(desk, server.config())
    total = 0
    with server:
        for turn in range(30):
            total += sender.all_due()
            if turn == 1:
                server.stop()
            if turn == 3:
                server.start()
            ticks.at += 200
            desk.clock.forward(minutes=5)
            if total == 1000:
                break
    assert total == 1000
    arrived = Counter(
        (to, str(one["Message-ID"]))
        for one, (_, to, _) in zip(server.handler.mails(), server.handler.taken, strict=True)
    )
    assert len({to for to, _ in arrived}) == 1000
    assert len({one for _, one in arrived}) == 1000
    assert sum(arrived.values()) == 1001


def taken(count: int) -> str:
    """Take a mail."""
    return OK


def killing(process: subprocess.Popen[bytes], handler: Handler, chance: Random) -> Callable[[int], str]:
    """Take some mails of a sender, and kill it soon after: at the latest it waits for the next answer."""
    last = handler.seen + chance.randrange(3, 9)
    soon = chance.random() * 0.03

    def on_data(count: int) -> str:
        if count == last:
            threading.Timer(soon, process.kill).start()
        if count > last:
            process.wait()
            raise Cut("before")
        return OK

    return on_data


@pytest.mark.slow
def test_a_sender_that_is_killed_loses_nothing_and_doubles_at_most_what_it_was_at(
    furnished_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "desk.db"
    desk = open_desk(copy_of(furnished_file, path))
    kills = 12
    try:
        from deskterm.machine import utc_now

        desk.store._dispatcher.clock = utc_now
        send_as(desk, 'undo_send = "off"\n')
        numbers = [desk.create(requester_address=f"c{n}@northwind.example") for n in range(120)]
        desk.do("alice", c.Reply(tuple(numbers), "To you all"))
        with SmtpTestServer() as server:
            handler: Handler = server.handler
            chance = Random(7)
            for turn in range(kills + 1):
                process = subprocess.Popen(
                    [sys.executable, "-m", "tests.processes.sender", str(path), str(server.port)],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
                )
                last = turn == kills
                handler.on_data = taken if last else killing(process, handler, chance)
                assert process.wait() == (0 if last else -signal.SIGKILL)
            ids = Counter(str(one["Message-ID"]) for one in handler.mails())
            assert len(ids) == 120
            assert sum(ids.values()) <= 120 + kills
    finally:
        desk.close()


class Cutting:
    """Stands between, and cuts a connection once so many bytes have come back from the server."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.left: int | None = None
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                passed, cut = self._let_through(chunk) if counted else (chunk, False)
                target.sendall(passed)
                if cut:
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _let_through(self, chunk: bytes) -> tuple[bytes, bool]:
        """What of some bytes may pass, and whether the line is cut after it."""
        with self._lock:
            if self.left is None:
                return chunk, False
            passed, left = chunk[: self.left], self.left - len(chunk)
            self.left = left if left > 0 else None
            return passed, left <= 0

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()


def test_wherever_the_line_is_cut_a_mail_arrives_under_one_id(desk: Desk, server: SmtpTestServer) -> None:
    between = Cutting(server.port)
    config = replace(server.config(), port=between.port)
    sender, ticks = worker(desk, config)
    try:
        for after in range(1, 420, 13):
            number = replied(desk, f"cut after {after} bytes of answers")
            between.left = after
            for _ in range(4):
                sender.all_due()
                ticks.at += 500
                desk.clock.forward(minutes=10)
            between.left = None
            sender.all_due()
            assert fate(desk, number) == "sent"
    finally:
        between.close()
    texts: dict[str, set[str]] = {}
    for one in server.handler.mails():
        body = one.get_body(("plain",))
        assert body is not None
        texts.setdefault(body.get_content().splitlines()[0], set()).add(str(one["Message-ID"]))
    assert len(texts) == len(range(1, 420, 13))
    assert {len(ids) for ids in texts.values()} == {1}


def test_the_files_of_a_reply_go_with_it(desk: Desk, server: SmtpTestServer) -> None:
    def hung(name: str, kind: str, content: bytes) -> Attachment:
        digest = desk.store.database.write(lambda connection: blobs.put(connection, content))
        return Attachment(name, kind, len(content), digest)

    files = (
        hung("größe\r\nBcc: eve@x.example.log", "text/plain", "zeile ü\n".encode()),
        hung("old.eml", "message/rfc822", b"Subject: x\r\n\r\nbody"),
        hung("data.bin", "no type at all", bytes(range(256))),
    )
    number = desk.create()
    desk.do("alice", c.Reply((number,), "See the files", attachments=files))
    sender, _ = worker(desk, server.config())
    assert sender.all_due() == 1
    [sent] = server.handler.mails()
    found = list(sent.iter_attachments())
    assert [one.get_payload(decode=True) for one in found] == [
        "zeile ü\n".encode(),
        b"Subject: x\r\n\r\nbody",
        bytes(range(256)),
    ]
    names = [one.get_filename() or "" for one in found]
    assert names[0].startswith("größe")
    assert "\n" not in names[0]
    assert names[1:] == ["old.eml", "data.bin"]
    assert sent["Bcc"] is None
