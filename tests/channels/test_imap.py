"""Fetching by IMAP: from a real server, through kills and cuts, and from servers that cannot be trusted."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deskterm.channels.mail.credentials import credential_of
from deskterm.channels.mail.fetching import Fetcher
from deskterm.channels.mail.imap import failures
from deskterm.channels.mail.reader import MailReader
from deskterm.desk import Desk as OpenDesk
from deskterm.domain.errors import Refused, StorageError
from deskterm.mail_config import STARTTLS, Account
from deskterm.upkeep.doctor import examine
from tests.imap_server import PASSWORD, VARIABLE, ImapServer, Scripted, account, small_mail
from tests.small_desk import Desk

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is where the configuration says."""
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture
def server() -> Iterator[ImapServer]:
    """A real IMAP server."""
    with ImapServer() as started:
        yield started


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server that does what a test says."""
    made = Scripted()
    yield made
    made.close()


@pytest.fixture
def ready(sqlite_desk: Desk) -> Iterator[Desk]:
    """A desk that reads mail."""
    with MailReader() as reader:
        sqlite_desk.store.read_mail = reader.read
        yield sqlite_desk


def fetcher(desk: Desk, port: int, holder: str = "here", **values: Any) -> Fetcher:
    """What fetches the mailbox of a server on this machine."""
    return Fetcher(desk.store, account(port, **values), holder, monotonic=time.monotonic, chance=Random(1))


def subjects(desk: Desk) -> list[str]:
    """The subjects of all tickets, by number."""
    return [row.subject for row in desk.store.listing("is:any", sort="number", limit=2000).rows]


def eventually(holds: Callable[[], bool], seconds: float = 120) -> bool:
    """Wait until something holds."""
    pause, until = threading.Event(), time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        pause.wait(0.05)
    return holds()


def test_mail_is_fetched_stored_and_then_marked(ready: Desk, server: ImapServer) -> None:
    server.holds([small_mail(number) for number in range(45)])
    one = fetcher(ready, server.port)
    assert one.once() == 45
    assert len(subjects(ready)) == 45
    assert server.unseen() == 0
    assert one.once() == 0
    with server.client() as client:
        client.append("INBOX", small_mail(45))
        client.append("INBOX", small_mail(46), [b"\\Seen"])
        client.append("INBOX", small_mail(3))
    # What somebody has read elsewhere is new here all the same; what is known already stays one.
    assert one.once() == 3
    assert len(subjects(ready)) == 47
    assert server.unseen() == 0


def test_new_mail_is_heard_of_at_once(ready: Desk, server: ImapServer) -> None:
    server.holds([small_mail(0)])
    one = fetcher(ready, server.port)
    running = threading.Thread(target=one.run)
    running.start()
    try:
        assert eventually(lambda: len(subjects(ready)) == 1)
        with server.client() as client:
            client.append("INBOX", small_mail(1))
        assert eventually(lambda: len(subjects(ready)) == 2)
    finally:
        one.end()
        running.join(120)
    assert not running.is_alive()
    assert ready.store.take_lease(one.lease, "another", timedelta(seconds=1))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_mails_come_in_once_though_the_fetcher_is_killed_twenty_times(
    ready: Desk, server: ImapServer
) -> None:
    server.holds([small_mail(number) for number in range(1000)])
    path = ready.url.removeprefix("sqlite:///")
    killed = subprocess.run(
        [sys.executable, "-m", "tests.processes.fetcher", path, str(server.port), "20", "7", "2"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        timeout=540,
        check=False,
    )
    assert killed.returncode == 0
    before = len(subjects(ready))
    ready.clock.forward(days=900)
    fetcher(ready, server.port).once()
    fetcher(ready, server.port).once()
    assert sorted(subjects(ready)) == sorted(f"Matter {number}" for number in range(1000))
    assert server.unseen() == 0
    assert before > 100
    assert all("open to others" in fault for fault in examine(ready.store).faults)


def test_only_one_process_fetches_and_another_takes_over(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0)]
    assert ready.store.take_lease("mailbox:support", "there", timedelta(seconds=60))
    assert fetcher(ready, scripted.port).once() == 0
    assert scripted.commands == []
    ready.clock.forward(seconds=61)
    assert fetcher(ready, scripted.port).once() == 1


# Servers and networks that fail


def test_a_connection_may_be_cut_at_any_command(ready: Desk, scripted: Scripted) -> None:
    """Whatever was under way, each mail is one ticket in the end, and in the order of the server."""
    scripted.mails = [small_mail(number) for number in range(6)]
    for cut in range(45):
        left = [cut % 15]

        def fault(command: str, connection: socket.socket, left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        scripted.fault = fault
        one = fetcher(ready, scripted.port)
        try:
            one.once()
        except failures():
            ready.store.give_lease_back(one.lease, one.holder)
        if cut % 15 == 14:
            scripted.seen.clear()
            scripted.mails.append(small_mail(cut))
    scripted.fault = lambda command, connection: False
    fetcher(ready, scripted.port).once()
    assert subjects(ready)[:6] == [f"Matter {number}" for number in range(6)]
    assert sorted(subjects(ready)) == sorted({*subjects(ready)})
    assert len(subjects(ready)) == 9


def test_a_mail_cut_in_its_middle_is_fetched_again(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0)]

    def half(command: str, connection: socket.socket) -> bool:
        if "BODY.PEEK[]" not in command:
            return False
        connection.sendall(b"* 1 FETCH (UID 1 BODY[] {5000}\r\nFrom: half")
        return True

    scripted.fault = half
    one = fetcher(ready, scripted.port)
    with pytest.raises(failures()):
        one.once()
    assert subjects(ready) == []
    assert scripted.seen == set()
    scripted.fault = lambda command, connection: False
    scripted.commands.clear()
    assert one.once() == 1, scripted.commands


def test_numbers_made_anew_and_lost_flags_double_nothing(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(number) for number in range(5)]
    one = fetcher(ready, scripted.port)
    assert one.once() == 5
    scripted.validity, scripted.mails = 2, [*reversed(scripted.mails), small_mail(9)]
    scripted.seen.clear()
    assert fetcher(ready, scripted.port).once() == 6
    assert len(subjects(ready)) == 6
    assert scripted.seen == {1, 2, 3, 4, 5, 6}


def test_a_mail_too_large_is_told_of_and_left_where_it_is(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0), small_mail(1)]
    scripted.sizes[1] = 90 * 1024 * 1024
    assert fetcher(ready, scripted.port).once() == 2
    [held] = ready.store.quarantine()
    assert (held.sender, held.subject, held.size) == ("p0@northwind.example", "Matter 0", 90 * 1024 * 1024)
    assert "90 MB" in held.reason
    assert not any("UID FETCH 1 (BODY.PEEK[])" in command for command in scripted.commands)
    with pytest.raises(Refused):
        ready.store.retry_mail(held.number)
    assert subjects(ready) == ["Matter 1"]


def test_a_mail_that_cannot_be_read_does_not_hold_up_the_next(ready: Desk, scripted: Scripted) -> None:
    levels = range(80)
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in levels)
    bomb = f"From: eve@x.example\r\nMIME-Version: 1.0\r\n{nested}".encode()
    scripted.mails = [bomb if number == 4 else small_mail(number) for number in range(10)]
    assert fetcher(ready, scripted.port).once() == 10
    assert subjects(ready) == [f"Matter {number}" for number in range(10) if number != 4]
    [held] = ready.store.quarantine()
    assert ready.store.quarantined(held.number)[1] == bomb
    assert scripted.seen == set(range(1, 11))


def test_an_announced_flood_is_not_read(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0)]

    def flood(command: str, connection: socket.socket) -> bool:
        if "BODY.PEEK[]" in command:
            connection.sendall(b"* 1 FETCH (UID 1 BODY[] {2000000000}\r\n")
            return False
        return False

    scripted.fault = flood
    with pytest.raises(failures(), match="announced"):
        fetcher(ready, scripted.port).once()


@pytest.mark.parametrize(
    "garbage",
    [
        b"* 1 FETCH (UID x BODY[] NIL)\r\n",
        b"* SEARCH one two\r\n",
        b"\xff\xfe\x00\r\n",
        b"* 1 FETCH (((((\r\n",
        b"* OK " + b"x" * 2_000_000 + b"\r\n",
        b"",
    ],
)
def test_nonsense_is_a_failed_connection_and_nothing_worse(
    ready: Desk, scripted: Scripted, garbage: bytes
) -> None:
    scripted.mails = [small_mail(0)]

    def nonsense(command: str, connection: socket.socket) -> bool:
        if command.startswith("UID"):
            connection.sendall(garbage)
            return True
        return False

    scripted.fault = nonsense
    one = fetcher(ready, scripted.port)
    with pytest.raises(failures()):
        one.once()
    scripted.fault = lambda command, connection: False
    scripted.commands.clear()
    assert one.once() == 1, scripted.commands


def test_a_flag_that_cannot_be_set_is_no_endless_fetching(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0)]
    one = fetcher(ready, scripted.port)
    assert one.once() == 1
    scripted.seen.clear()
    assert one.once() == 0


def test_a_busy_desk_leaves_the_mail_unmarked(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0)]
    read = ready.store.read_mail

    def full(raw: bytes) -> Any:
        raise StorageError("the disk is full")

    ready.store.read_mail = full
    with pytest.raises(StorageError):
        pytest.fail(f"took {fetcher(ready, scripted.port).once()}: {scripted.commands}")
    assert scripted.seen == set()
    ready.store.read_mail = read
    assert fetcher(ready, scripted.port).once() == 1


def test_a_fault_of_ours_sets_the_mail_aside(ready: Desk, scripted: Scripted) -> None:
    scripted.mails = [small_mail(0)]

    def broken(raw: bytes) -> Any:
        raise ZeroDivisionError

    ready.store.read_mail = broken
    assert fetcher(ready, scripted.port).once() == 1
    assert [held.reason for held in ready.store.quarantine()] == ["deskterm failed: ZeroDivisionError"]


# Logging in


def test_a_server_without_starttls_gets_no_password(ready: Desk, scripted: Scripted) -> None:
    with pytest.raises(Refused, match="STARTTLS"):
        fetcher(ready, scripted.port, security=STARTTLS).once()
    assert not any("AUTHENTICATE" in command or "LOGIN" in command for command in scripted.commands)


def test_a_token_comes_from_a_command_and_goes_by_the_mechanism_there_is(
    ready: Desk, scripted: Scripted
) -> None:
    import base64

    command = (sys.executable, "-c", "print('the-token')")
    for offered, mechanism in (("XOAUTH2", "XOAUTH2"), ("OAUTHBEARER", "OAUTHBEARER")):
        scripted.capabilities = f"IMAP4rev1 AUTH={offered}"
        scripted.commands.clear()
        fetcher(ready, scripted.port, password_env="", token_command=command).once()
        place = scripted.commands.index(f"AUTHENTICATE {mechanism}")
        said = base64.b64decode(scripted.commands[place + 1])
        assert b"Bearer the-token" in said


def test_secrets_that_cannot_be_had_are_told_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    base = Account("h", "u", password_env=VARIABLE)
    leaking = (sys.executable, "-c", "print('hunter2'); raise SystemExit(3)")
    for one in (
        base,
        replace(base, password_command=leaking),
        replace(base, token_command=(sys.executable, "-c", "")),
        replace(base, password_command=("/no/such/program",)),
    ):
        with pytest.raises(Refused) as told:
            credential_of(one)
        assert "hunter2" not in str(told.value)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody has signed."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*words, *more], check=True, capture_output=True)
    return cert, key


def test_a_server_proves_who_it_is_before_it_hears_a_password(
    ready: Desk, certificate: tuple[Path, Path]
) -> None:
    with ImapServer(certificate) as server:
        with pytest.raises(failures(), match=r"(?i)certificate"):
            fetcher(ready, server.port, security=STARTTLS).once()
        trusted = fetcher(ready, server.port, security=STARTTLS, ca_file=str(certificate[0]))
        with pytest.raises(failures(), match=r"(?i)mismatch|not valid"):
            trusted.once()
        trusted.account = replace(trusted.account, host="localhost")
        assert trusted.once() > 0


# Beside the screens and in `serve`


def test_a_desk_fetches_its_mailboxes_until_it_is_closed(
    tmp_path: Path, ready: Desk, scripted: Scripted
) -> None:
    from deskterm.config import load

    scripted.mails = [small_mail(0)]
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[mail.mailboxes]]\nname = "support"\nhost = "127.0.0.1"\nport = {scripted.port}\nuser = "u"\n'
        f'security = "none"\npassword_env = "{VARIABLE}"\npoll_seconds = 1\n'
        '[[mail.mailboxes]]\nname = "piped"\n'
    )
    config = load(db=ready.url.removeprefix("sqlite:///"), file=str(file), agent="bo")
    with OpenDesk.open(config) as desk:
        assert desk.start_fetching() == 1
        assert eventually(lambda: len(subjects(ready)) == 1)
