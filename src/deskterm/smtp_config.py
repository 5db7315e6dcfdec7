"""The servers of a configuration file that take mail, and how webhooks are called; never a secret itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deskterm.domain.errors import UsageError
from deskterm.domain.mail_settings import is_address
from deskterm.mail_config import LOCAL, PLAIN, STARTTLS, TLS, Table

SMTP_PORTS = {TLS: 465, STARTTLS: 587, PLAIN: 25}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server that takes our mail. `senders` are the addresses (or `@domain`) it takes it from, () for all
    that no other server takes. Without a `user` nobody logs in; else one of the three ways is set.
    """

    name: str
    host: str
    port: int = 587
    security: str = STARTTLS
    user: str = ""
    ca_file: str = ""
    password_env: str = ""
    password_command: tuple[str, ...] = ()
    token_command: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """How webhooks are called. What is signed with the secret of `secret_env` cannot be forged.

    Addresses inside a network are refused but for the hosts that are named in `allow_private`.
    """

    secret_env: str = ""
    allow_private: tuple[str, ...] = ()
    timeout_seconds: int = 15


def read_servers(held: Mapping[str, Any]) -> tuple[SmtpServer, ...]:
    """Return the servers of the file's `mail` table. Raises UsageError naming the setting."""
    tables = held.get("servers", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError("mail.servers must be tables: [[mail.servers]]", field="mail")
    found = tuple(_server(Table(f"mail.servers {at}", dict(table))) for at, table in enumerate(tables, 1))
    if sum(not one.senders for one in found) > 1:
        raise UsageError(
            "mail.servers: two servers take everything",
            field="senders",
            hint='senders = ["support@example.com"] or ["@example.com"] says which mail is whose',
        )
    return found


def _server(table: Table) -> SmtpServer:
    host = table.text("host")
    if not host:
        raise UsageError(f"{table.where}: host is missing", field="host")
    name = table.text("name") or host
    table.where = f"mail server {name!r}"
    security = table.text("security", STARTTLS)
    if security not in SMTP_PORTS:
        raise UsageError(
            f"{table.where}: security is {security!r}",
            field="security",
            hint="one of " + ", ".join(SMTP_PORTS),
        )
    server = SmtpServer(
        name,
        host,
        table.number("port", SMTP_PORTS[security], 1, 65535),
        security,
        table.text("user"),
        table.text("ca_file"),
        table.text("password_env"),
        table.words("password_command"),
        table.words("token_command"),
        tuple(one.casefold() for one in table.words("senders")),
        table.number("timeout_seconds", 60, 1, 600),
    )
    table.finish()
    if security == PLAIN and host not in LOCAL:
        raise UsageError(
            f"{table.where}: mail would cross the network to {host} in the open",
            field="security",
            hint="tls or starttls; none is for this machine alone",
        )
    ways = sum(map(bool, (server.password_env, server.password_command, server.token_command)))
    if ways != bool(server.user):
        raise UsageError(
            f"{table.where}: a user and one way to log in belong together",
            field="user",
            hint="password_env, password_command or token_command; or none of them",
        )
    for sender in server.senders:
        if not is_address(f"anybody{sender}" if sender.startswith("@") else sender):
            raise UsageError(f"{table.where}: {sender!r} is neither an address nor @domain", field="senders")
    return server


def read_webhooks(held: Mapping[str, Any]) -> WebhookConfig:
    """Return how webhooks are called. Raises UsageError naming the setting."""
    table = Table("webhooks", dict(held))
    found = WebhookConfig(
        table.text("secret_env"),
        tuple(one.casefold() for one in table.words("allow_private")),
        table.number("timeout_seconds", 15, 1, 120),
    )
    table.finish()
    return found
