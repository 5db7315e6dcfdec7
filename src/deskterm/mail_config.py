"""The mailboxes of a configuration file: where each is fetched from, whose queue it fills, how to log in.

Passwords are never in the file: each comes from the environment or from a command that prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deskterm.domain.delivery import Mailbox
from deskterm.domain.errors import UsageError
from deskterm.domain.mail_guard import OPENED

TLS, STARTTLS, PLAIN = "tls", "starttls", "none"
PORTS = {TLS: 993, STARTTLS: 143, PLAIN: 143}
_KINDS: dict[type, str] = {str: "text", int: "whole number"}
LOCAL = ("localhost", "127.0.0.1", "::1")
MOST_TICKETS = 100_000


@dataclass(frozen=True, slots=True)
class Account:
    """How to fetch a mailbox by IMAP. One of the three ways to log in is set, the others are empty.

    Commands are words, run without a shell; a `token_command` prints an OAuth2 access token.
    """

    host: str
    user: str
    port: int = 993
    security: str = TLS
    ca_file: str = ""
    password_env: str = ""
    password_command: tuple[str, ...] = ()
    token_command: tuple[str, ...] = ()
    folder: str = "INBOX"
    poll_seconds: int = 60
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class MailboxConfig:
    """A mailbox of the desk; `account` is None for one that a local mail server pipes in."""

    mailbox: Mailbox
    account: Account | None = None


@dataclass(slots=True)
class Table:
    """One table of the file, read setting by setting; what is left over is unknown."""

    where: str
    held: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return str(self._typed(name, str, default))

    def number(self, name: str, default: int, least: int, most: int) -> int:
        found = self._typed(name, int, default)
        if not least <= int(found) <= most:
            raise UsageError(f"{self.where}: {name} must be from {least} to {most}", field=name)
        return int(found)

    def words(self, name: str) -> tuple[str, ...]:
        found = self.held.pop(name, [])
        if isinstance(found, str):
            import shlex

            try:
                return tuple(shlex.split(found))
            except ValueError as error:
                raise UsageError(f"{self.where}: {name}: {error}", field=name) from None
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise UsageError(f"{self.where}: {name} must be a list of texts", field=name)
        return tuple(found)

    def _typed(self, name: str, kind: type, default: Any) -> Any:
        found = self.held.pop(name, default)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise UsageError(f"{self.where}: {name} must be a {_KINDS[kind]}", field=name)
        return found

    def finish(self) -> None:
        if {"password", "token", "secret"} & self.held.keys():
            raise UsageError(
                f"{self.where}: a password does not belong into this file",
                field="password",
                hint="password_env names a variable that holds it, password_command prints it",
            )
        if self.held:
            name = min(self.held)
            raise UsageError(f"{self.where}: unknown setting {name!r}", field=name)


def read_mailboxes(held: Mapping[str, Any]) -> tuple[MailboxConfig, ...]:
    """Return the mailboxes of the file's `mail` table. Raises UsageError naming the setting."""
    tables = held.get("mailboxes", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError("mail.mailboxes must be tables: [[mail.mailboxes]]", field="mail")
    found = tuple(
        _mailbox(Table(f"mail.mailboxes {place}", dict(table))) for place, table in enumerate(tables, 1)
    )
    names = [one.mailbox.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"mail.mailboxes: {name!r} is there twice", field="name")
    # Mail from any address of the desk is the desk's own, in whichever mailbox it arrives.
    every = tuple(dict.fromkeys(address for one in found for address in one.mailbox.addresses))
    return tuple(_knowing(one, every) for one in found)


def _knowing(one: MailboxConfig, addresses: tuple[str, ...]) -> MailboxConfig:
    box = one.mailbox
    return MailboxConfig(replace(box, addresses=addresses), one.account)


def _mailbox(table: Table) -> MailboxConfig:
    name = table.text("name")
    if not name:
        raise UsageError(f"{table.where}: name is missing", field="name", hint='such as name = "support"')
    table.where = f"mailbox {name!r}"
    box = Mailbox(
        name,
        table.text("queue") or None,
        table.words("addresses"),
        table.text("trusted_server"),
        table.number("tickets_an_hour", OPENED, 0, MOST_TICKETS),
        table.number("open_tickets", 0, 0, MOST_TICKETS),
        table.words("many_from"),
    )
    host = table.text("host")
    account = _account(table, host) if host else None
    table.finish()
    return MailboxConfig(box, account)


def _account(table: Table, host: str) -> Account:
    security = table.text("security", TLS)
    if security not in PORTS:
        raise UsageError(
            f"{table.where}: security is {security!r}", field="security", hint="one of " + ", ".join(PORTS)
        )
    if security == PLAIN and host not in LOCAL:
        raise UsageError(
            f"{table.where}: a password would cross the network to {host} in the open",
            field="security",
            hint="tls or starttls; none is for this machine alone",
        )
    account = Account(
        host,
        table.text("user"),
        table.number("port", PORTS[security], 1, 65535),
        security,
        table.text("ca_file"),
        table.text("password_env"),
        table.words("password_command"),
        table.words("token_command"),
        table.text("folder", "INBOX"),
        table.number("poll_seconds", 60, 1, 86_400),
        table.number("timeout_seconds", 60, 1, 3_600),
    )
    ways = sum(map(bool, (account.password_env, account.password_command, account.token_command)))
    if ways != 1 and not table.held:
        raise UsageError(
            f"{table.where}: one way to log in is needed",
            field="password_env",
            hint="password_env, password_command or token_command",
        )
    if not account.user and not table.held:
        raise UsageError(f"{table.where}: user is missing", field="user")
    return account
