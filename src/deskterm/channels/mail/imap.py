"""A session with an IMAP server: logged in over TLS, reading what is new, marking what is stored.

The server is not trusted with our memory: what is announced as larger than a mail may be is never read.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from deskterm.channels.mail.mime import MAIL_LIMIT
from deskterm.domain.errors import Refused
from deskterm.mail_config import STARTTLS, TLS

if TYPE_CHECKING:
    from deskterm.channels.mail.credentials import Credential
    from deskterm.mail_config import Account

HEAD_LIMIT = 64 * 1024
"""Bytes of the head of a mail that is too large to fetch."""

ROOM = 1024 * 1024
"""Bytes that an answer may have beside a mail."""

SEEN = b"\\Seen"
SIZES_AT_ONCE = 200


class Offered(NamedTuple):
    """A mail on the server: its number there, and how large the server says that it is."""

    uid: int
    size: int


class ImapSession:
    """One connection with one folder selected. Every method may raise what `FAILURES` names."""

    def __init__(self, account: Account, credential: Credential) -> None:
        from imapclient import IMAPClient

        self.account = account
        context = ssl.create_default_context(cafile=account.ca_file or None)
        direct = account.security == TLS
        self._client: Any = IMAPClient(
            account.host,
            port=account.port,
            ssl=direct,
            ssl_context=context if direct else None,
            timeout=account.timeout_seconds,
        )
        try:
            if account.security == STARTTLS:
                if not self._client.has_capability("STARTTLS"):
                    raise Refused(f"{account.host} offers no STARTTLS: the password stays here")
                self._client.starttls(context)
            self._guard()
            self._log_in(credential)
            selected = self._client.select_folder(account.folder)
            self.uid_validity = int(selected[b"UIDVALIDITY"])
            self.can_idle = bool(self._client.has_capability("IDLE"))
        except BaseException:
            self.drop()
            raise

    def _guard(self) -> None:
        """Refuse what is announced as larger than any answer: imaplib would fetch it into memory whole."""
        connection = self._client._imap
        read = connection.read

        def guarded(size: int) -> bytes:
            if size > MAIL_LIMIT + ROOM:
                raise connection.abort(f"the server announced {size:,} bytes")
            found: bytes = read(size)
            return found

        connection.read = guarded

    def _log_in(self, credential: Credential) -> None:
        client, user = self._client, self.account.user
        if credential.is_token:
            if client.has_capability("AUTH=OAUTHBEARER") and not client.has_capability("AUTH=XOAUTH2"):
                client.oauthbearer_login(user, credential.secret)
            else:
                client.oauth2_login(user, credential.secret)
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(user, credential.secret)
        else:
            client.login(user, credential.secret)

    # What is there

    def unseen(self) -> list[int]:
        """Return the mails that nobody has marked as seen."""
        return sorted(int(uid) for uid in self._client.search("UNSEEN"))

    def after(self, uid: int) -> list[int]:
        """Return the mails that came after one, seen by somebody or not."""
        # `N:*` always names the last mail, even when its number is lower.
        found = (int(one) for one in self._client.search(["UID", f"{uid + 1}:*"]))
        return sorted(one for one in found if one > uid)

    def last_uid(self) -> int:
        """Return the number of the newest mail, 0 for an empty folder."""
        return max((int(one) for one in self._client.search(["UID", "*"])), default=0)

    def sizes(self, uids: Iterable[int]) -> Iterator[Offered]:
        """Yield those mails that are (still) there, in their order."""
        wanted = list(uids)
        for start in range(0, len(wanted), SIZES_AT_ONCE):
            some = wanted[start : start + SIZES_AT_ONCE]
            answer = self._client.fetch(some, ["RFC822.SIZE"])
            for uid in some:
                size = answer.get(uid, {}).get(b"RFC822.SIZE")
                if size is not None:
                    yield Offered(uid, int(size))

    def bytes_of(self, uid: int) -> bytes | None:
        """Return a mail without marking it; None when it is gone."""
        return self._part(uid, b"BODY[]", "BODY.PEEK[]")

    def head_of(self, uid: int) -> bytes | None:
        """Return the beginning of a mail's head; None when it is gone."""
        return self._part(uid, b"BODY[HEADER]<0>", f"BODY.PEEK[HEADER]<0.{HEAD_LIMIT}>")

    def _part(self, uid: int, key: bytes, what: str) -> bytes | None:
        answer = self._client.fetch([uid], [what])
        found = answer.get(uid, {}).get(key)
        return bytes(found) if isinstance(found, bytes | bytearray) else None

    def mark_seen(self, uids: Iterable[int]) -> None:
        """Mark mails as seen, because they are stored here."""
        wanted = list(uids)
        if wanted:
            self._client.add_flags(wanted, [SEEN], silent=True)

    # Waiting

    def idle(self) -> None:
        """Ask to be told of new mail."""
        self._client.idle()

    def heard(self, seconds: float) -> bool:
        """Wait for the server to say something while idle; True when it did."""
        return bool(self._client.idle_check(timeout=seconds))

    def idle_no_more(self) -> None:
        """Go back to asking."""
        self._client.idle_done()

    def still_there(self) -> None:
        """Let the server tell what is new, where it does not by itself."""
        self._client.noop()

    # The end

    def close(self) -> None:
        """Log out."""
        self._client.logout()

    def drop(self) -> None:
        """Cut the connection, whatever state it is in."""
        try:
            self._client.shutdown()
        except OSError:
            return

    def __enter__(self) -> ImapSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.drop()
            return
        try:
            self.close()
        except failures():
            self.drop()


def failures() -> tuple[type[Exception], ...]:
    """Return what a server, a network or a wrong password raise: all of it is tried again later."""
    import imaplib

    from imapclient.exceptions import IMAPClientError

    # A server that talks nonsense makes the library fail in these ways too.
    nonsense = (ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError)
    return (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError, *nonsense)
