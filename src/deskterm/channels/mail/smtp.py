"""A session with a mail server that takes our mail: over verified TLS, logged in, one after the other."""

from __future__ import annotations

import re
import smtplib
import ssl
from types import TracebackType
from typing import TYPE_CHECKING, Any

from deskterm.channels.mail.rendering import wire_address
from deskterm.domain.errors import Refused
from deskterm.domain.plain import clean_line
from deskterm.mail_config import STARTTLS, TLS
from deskterm.store.posting import Result

if TYPE_CHECKING:
    from deskterm.channels.mail.credentials import Credential
    from deskterm.domain.outgoing import Outgoing
    from deskterm.smtp_config import SmtpServer

BROKEN = (smtplib.SMTPException, OSError, ValueError)
"""What a connection may end with: then nothing is known of the mail at hand, and it is tried again."""

_NO_SUCH = tuple([code] for code in ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"))
"""Enhanced codes by which a server says that an address does not exist (RFC 3463)."""


_LOGIN = (530, 534, 535, 538)
"""Codes that are about logging in: no mail's fault."""


_ABOUT_SENDER = re.compile(
    r"\b5\.(?:1\.[78]|7\.60|2\.252)\b|sender|send ?as ?denied|return.?path|envelope", re.I
)
"""How servers say that they do not take a mail because of whom its envelope says it is from."""


class Unreachable(Exception):
    """The server cannot be used now: not reached, not trusted, or it does not let us in."""


class SmtpSession:
    """One connection, ready to send. Raises Unreachable with the reason in words."""

    def __init__(self, server: SmtpServer, credential: Credential | None) -> None:
        self.server = server
        self._takes_empty = True
        try:
            self._smtp = self._connected()
            self._log_in(credential)
        except Unreachable:
            raise
        except Refused as error:
            raise Unreachable(error.message) from None
        except BROKEN as error:
            self.drop()
            raise Unreachable(said(error)) from None

    def _connected(self) -> Any:
        server = self.server
        context = ssl.create_default_context(cafile=server.ca_file or None)
        timeout = float(server.timeout_seconds)
        if server.security == TLS:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if server.security == STARTTLS:
            if not smtp.has_extn("starttls"):
                self.drop()
                raise Unreachable(f"{server.host} offers no STARTTLS: nothing is sent in the open")
            smtp.starttls(context=context)
        return smtp

    def _log_in(self, credential: Credential | None) -> None:
        smtp = self._smtp
        smtp.ehlo_or_helo_if_needed()
        if credential is None:
            return
        if credential.is_token:
            # What answers a refusal is an empty line: the server then says why.
            first = f"user={self.server.user}\x01auth=Bearer {credential.secret}\x01\x01"
            smtp.auth("XOAUTH2", lambda challenge=None: first if challenge is None else "")
        else:
            smtp.login(self.server.user, credential.secret)

    def send(self, mail: Outgoing, raw: bytes) -> Result:
        """Send a mail to those who have not got it. Raises what BROKEN names when the connection breaks.

        What the desk writes by itself has an empty return path, so that no machine answers or returns it.
        A server that takes no such mail gets it with the address it is from; Auto-Submitted stays.
        """
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdecimal() and 0 < int(limit) < len(raw):
            return Result(permanent=True, words=f"{len(raw):,} bytes are more than the server takes")
        own = wire_address(mail.sender.address)
        if not mail.automatic or not self._takes_empty:
            return self._transferred(own, mail, raw)
        try:
            result = self._transferred("", mail, raw)
        except smtplib.SMTPSenderRefused:
            result = None
        if result is not None and not (result.permanent and _ABOUT_SENDER.search(result.words)):
            return result
        result = self._transferred(own, mail, raw)
        if result.sent:
            # It is this server's way: what follows over this connection need not be refused first.
            self._takes_empty = False
        return result

    def _transferred(self, sender: str, mail: Outgoing, raw: bytes) -> Result:
        smtp = self._smtp
        smtp.rset()
        code, words = smtp.mail(sender)
        if code != 250:
            if not sender and code not in (*_LOGIN, 421):
                raise smtplib.SMTPSenderRefused(code, words, sender)
            if code in _LOGIN or code < 500:
                raise smtplib.SMTPResponseException(code, words)
            return Result(permanent=True, words=_plain(code, words))
        taken: list[str] = []
        later: dict[str, str] = {}
        never: dict[str, str] = {}
        for address in mail.envelope:
            code, words = smtp.rcpt(wire_address(address))
            if code in (250, 251):
                taken.append(address)
            elif code == 421:
                raise smtplib.SMTPServerDisconnected(_plain(code, words))
            else:
                (later if 400 <= code < 500 else never)[address] = _plain(code, words)
        said_of = "; ".join(dict.fromkeys((*never.values(), *later.values())))
        dead = tuple(address for address, answer in never.items() if answer.split()[1:2] in _NO_SUCH)
        if not taken:
            smtp.rset()
            return Result(
                permanent=not later, words=said_of, dead=dead, left=tuple(later), refused=tuple(never)
            )
        code, words = _data(smtp, raw)
        if code != 250:
            if code == 421:
                raise smtplib.SMTPServerDisconnected(_plain(code, words))
            return Result(permanent=code >= 500, words=_plain(code, words))
        return Result(sent=True, words=said_of, dead=dead, left=tuple(later), refused=tuple(never))

    def drop(self) -> None:
        """Let go of the connection."""
        smtp = getattr(self, "_smtp", None)
        if smtp is not None:
            smtp.close()

    def __enter__(self) -> SmtpSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self._smtp.quit()
            except BROKEN:
                self.drop()
        else:
            self.drop()


def _data(smtp: smtplib.SMTP, raw: bytes) -> tuple[int, bytes]:
    try:
        return smtp.data(raw)
    except smtplib.SMTPDataError as error:
        words = error.smtp_error
        return error.smtp_code, words if isinstance(words, bytes) else words.encode("utf-8", "replace")


def _plain(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return clean_line(f"{code} {text}", 300).strip()


def said(error: BaseException) -> str:
    """Say what broke, in the server's words where it had some; secrets are never in them."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _plain(error.smtp_code, error.smtp_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate cannot be trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "the server took too long to answer"
    if isinstance(error, OSError) and error.strerror:
        return clean_line(error.strerror, 300)
    return clean_line(str(error) or type(error).__name__, 300)
