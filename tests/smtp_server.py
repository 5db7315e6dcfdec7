"""A real SMTP server for the tests, which answers, fails and dies as it is told."""

from __future__ import annotations

import base64
import email
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from deskterm.smtp_config import SmtpServer
from tests.ports import Port

VARIABLE, USER, PASSWORD = "DESKTERM_TEST_SMTP", "support", "correct horse"
TOKEN = "ya29.token"
PATIENCE = 60
"""Seconds until a server that does not answer is taken to be dead; on a busy machine it is only slow."""

OK = "250 taken"
EMPTY = "<>"
"""What the server of these tests makes of an empty return path."""


class Cut(Exception):
    """Close the connection without an answer."""


class Handler:
    """Keeps what comes; what becomes of a sender, a recipient and the data is said, which may raise Cut."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, tuple[str, ...], bytes]] = []
        self.on_mail: Callable[[str], str] = lambda address: "250 ok"
        self.on_rcpt: Callable[[str], str] = lambda address: "250 ok"
        self.on_data: Callable[[int], str] = lambda count: OK
        self.seen = 0
        self.auth: list[str] = []

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer to a sender."""
        answer = self.on_mail("" if address == EMPTY else address)
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer to a recipient."""
        answer = self.on_rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Take a mail, or not."""
        self.seen += 1
        to = tuple(envelope.rcpt_tos)
        path = "" if envelope.mail_from == EMPTY else envelope.mail_from
        try:
            answer = self.on_data(self.seen)
        except Cut as cut:
            if "after" in str(cut):
                self.taken.append((path, to, envelope.content))
            cast("Any", server.transport).abort()
            return "421 gone"
        if answer.startswith("250"):
            self.taken.append((path, to, envelope.content))
        return answer

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Log in with a token; one that is refused is told why, as the large mail hosts do."""
        said = base64.b64decode(args[1]).decode()
        self.auth.append(said)
        if said == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01":
            return AuthResult(success=True)
        await server.push("334 eyJzdGF0dXMiOiI0MDAifQ==")
        await server._reader.readline()
        return AuthResult(success=False, handled=False)

    def mails(self) -> list[EmailMessage]:
        """What was taken, read again."""
        return [email.message_from_bytes(raw, policy=default) for _, _, raw in self.taken]


class SmtpTestServer:
    """A server on a port of its own, from entering to leaving; it can be stopped and started in between."""

    def __init__(
        self, handler: Handler | None = None, *, tls: ssl.SSLContext | None = None, login: bool = False
    ) -> None:
        self.handler = handler or Handler()
        self._held = Port()
        self.port = self._held.number
        self._tls = tls
        self._login = login
        self._controller: Controller | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Listen."""
        more: dict[str, Any] = {}
        if self._login:
            more = {
                "authenticator": self._check,
                "auth_required": True,
                "auth_require_tls": self._tls is not None,
            }
        self._controller = Controller(
            self.handler,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            ready_timeout=PATIENCE,
            **more,
        )
        self._controller.start()

    def stop(self) -> None:
        """Listen no more; who is connected is cut off."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def _check(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.handler.auth.append(mechanism)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)

    def config(self, **more: Any) -> SmtpServer:
        """How to reach it."""
        values: dict[str, Any] = {"port": self.port, "security": "none", "timeout_seconds": PATIENCE}
        return SmtpServer("test", "127.0.0.1", **(values | more))

    def __enter__(self) -> SmtpTestServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._held.close()
