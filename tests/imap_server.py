"""IMAP servers for the tests: a real one in a process of its own, and one that does what it should not."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pytest
from imapclient import IMAPClient

from deskterm.domain.delivery import Mailbox
from deskterm.mail_config import PLAIN, TLS, Account, MailboxConfig
from tests.ports import Port

USER, PASSWORD, VARIABLE = "demouser", "demopass", "DESKTERM_TEST_PASSWORD"
PATIENCE = 60
"""Seconds until a server that does not answer is taken to be dead; on a busy machine it is only slow."""
SUPPORT = Mailbox("support", "network", ("support@desk.example",))


def small_mail(number: int) -> bytes:
    """A small mail with an id of its own."""
    head = (
        f"From: p{number % 50}@northwind.example\r\nTo: support@desk.example\r\nSubject: Matter {number}\r\n"
    )
    return f"{head}Message-ID: <{number}@northwind.example>\r\n\r\nIt fails ({number}).\r\n".encode()


class ImapServer:
    """pymap with one user, whose INBOX begins empty."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        program = shutil.which("pymap", path=str(Path(sys.executable).parent))
        if program is None:
            pytest.skip("pymap is not installed")
        self._held = Port()
        self.port = self._held.number
        secure = (
            ["--cert", str(certificate[0]), "--key", str(certificate[1])] if certificate else ["--no-tls"]
        )
        words = [program, "--host", "127.0.0.1", "--port", str(self.port), *secure, "dict", "--demo-data"]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rest, until = threading.Event(), time.monotonic() + 2 * PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
                return
            except OSError:
                rest.wait(0.05)
        raise AssertionError("pymap did not start")

    def client(self) -> IMAPClient:
        """A connection with the INBOX selected."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=PATIENCE)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        return client

    def holds(self, mails: Sequence[bytes]) -> None:
        """Make these the mails of the INBOX, none of them seen."""
        with self.client() as client:
            known = client.search("ALL")
            if known:
                client.delete_messages(known)
                client.expunge()
            for start in range(0, len(mails), 100):
                client.multiappend("INBOX", mails[start : start + 100])

    def unseen(self) -> int:
        """Count the mails that are not marked as seen."""
        with self.client() as client:
            return len(client.search("UNSEEN"))

    def __enter__(self) -> ImapServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._held.close()


def account(port: int, security: str = PLAIN, **values: object) -> MailboxConfig:
    """The mailbox `support` on a server of this machine."""
    held: dict[str, object] = {"password_env": VARIABLE, "poll_seconds": 1, "timeout_seconds": PATIENCE}
    host = "localhost" if security == TLS else "127.0.0.1"
    made = Account(host, USER, port, security, **(held | values))  # type: ignore[arg-type]
    return MailboxConfig(SUPPORT, made)


Fault = Callable[[str, socket.socket], bool]
"""What a server does wrong with a command; True when that was all there is to do."""


@dataclass
class Scripted:
    """A server that keeps mails in a list, and obeys `fault` before anything else."""

    mails: list[bytes] = field(default_factory=list)
    validity: int = 1
    seen: set[int] = field(default_factory=set)
    sizes: dict[int, int] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    fault: Fault = lambda command, connection: False
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                connection.sendall(f"* OK [CAPABILITY {self.capabilities}] here\r\n".encode())
                for line in lines:
                    tag, _, command = line.decode("utf-8", "replace").strip().partition(" ")
                    self.commands.append(command)
                    if self.fault(command, connection):
                        return
                    if command.startswith("AUTHENTICATE"):
                        connection.sendall(b"+ \r\n")
                        self.commands.append(lines.readline().decode().strip())
                    connection.sendall(self._answer(command) + f"{tag} OK done\r\n".encode())
                    if command == "LOGOUT":
                        return
        except OSError:
            return

    def _answer(self, command: str) -> bytes:
        words = command.split()
        if words[:1] == ["CAPABILITY"]:
            return f"* CAPABILITY {self.capabilities}\r\n".encode()
        if words[:1] == ["SELECT"]:
            counted = f"* {len(self.mails)} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n"
            return f"{counted}* OK [UIDVALIDITY {self.validity}] here\r\n".encode()
        if words[:2] == ["UID", "SEARCH"]:
            return self._found(command)
        if words[:2] == ["UID", "FETCH"]:
            return b"".join(self._fetched(uid, command) for uid in _numbers(words[2]))
        if words[:2] == ["UID", "STORE"]:
            self.seen.update(_numbers(words[2]))
        if words[:1] == ["LOGOUT"]:
            return b"* BYE\r\n"
        return b""

    def _found(self, command: str) -> bytes:
        uids = range(1, len(self.mails) + 1)
        if "UNSEEN" in command:
            found = [uid for uid in uids if uid not in self.seen]
        elif (start := re.search(r"UID (\d+):\*", command)) is not None:
            found = [uid for uid in uids if uid >= int(start[1])] or list(uids[-1:])
        else:
            found = list(uids[-1:])
        return f"* SEARCH {' '.join(map(str, found))}".strip().encode() + b"\r\n"

    def _fetched(self, uid: int, command: str) -> bytes:
        if not 1 <= uid <= len(self.mails):
            return b""
        mail = self.mails[uid - 1]
        if "RFC822.SIZE" in command:
            return f"* {uid} FETCH (UID {uid} RFC822.SIZE {self.sizes.get(uid, len(mail))})\r\n".encode()
        name, body = "BODY[]", mail
        if "HEADER" in command:
            name, body = "BODY[HEADER]<0>", mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        return f"* {uid} FETCH (UID {uid} {name} {{{len(body)}}}\r\n".encode() + body + b")\r\n"


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found
