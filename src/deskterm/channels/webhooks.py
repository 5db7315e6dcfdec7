"""Calling webhooks: one POST of JSON, signed, to where a rule says and nowhere else, never into a network."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from deskterm.channels.shapes import dump, list_shape, stamp
from deskterm.domain.outgoing import WEBHOOK, OutgoingHook
from deskterm.domain.plain import clean_line
from deskterm.store.posting import Result

if TYPE_CHECKING:
    from deskterm.smtp_config import WebhookConfig
    from deskterm.store.store import Store

LEASE = timedelta(minutes=5)

AGAIN = (408, 425, 429)
"""Answers that are no refusal: it is tried again later, as after every 5xx."""

SIGNATURE = "Deskterm-Signature"


class Refusal(Exception):
    """An address that is never called, whatever answers there."""


class HookWorker:
    """Calls what is due, one after the other; each has its own pauses, so a dead one blocks no other."""

    kind = WEBHOOK

    def __init__(
        self, store: Store, config: WebhookConfig, holder: str, *, chance: Random, span: timedelta = LEASE
    ) -> None:
        self.store = store
        self.config = config
        self.holder = holder
        self._chance = chance
        self._span = span

    def lift(self) -> None:
        """There is nothing to lift: every webhook waits for itself."""

    def rest_seconds(self) -> float:
        """Return 0: there is always somebody else to call."""
        return 0.0

    def all_due(self) -> int:
        """Call all that is due, and return how many were."""
        count = 0
        while (hook := self.store.next_hook(self.holder, self._span)) is not None:
            result = call(hook, self.config, self.store.now)
            self.store.settle_outgoing(hook.number, self.holder, result, self._chance.random())
            count += result.sent
        return count


def call(hook: OutgoingHook, config: WebhookConfig, clock: Callable[[], Any]) -> Result:
    """Call a webhook once, and say what became of it."""
    moment = clock()
    ticket = list_shape(hook.ticket, moment, {hook.ticket.queue: hook.queue}) if hook.ticket else None
    body = dump(
        {"id": hook.number, "rule": hook.rule, "at": stamp(hook.written_at), "ticket": ticket}
    ).encode("utf-8")
    head = {
        "Content-Type": "application/json",
        "User-Agent": "deskterm",
        # The same for every attempt: whoever is called twice can tell.
        "Idempotency-Key": f"deskterm-{hook.number}",
    }
    secret = os.environ.get(config.secret_env, "") if config.secret_env else ""
    if config.secret_env and not secret:
        return Result(words=f"the variable {config.secret_env} holds no secret")
    if secret:
        head[SIGNATURE] = signature(secret, int(moment.timestamp()), body)
    try:
        code, reason = _posted(hook.url, body, head, config)
    except Refusal as error:
        return Result(permanent=True, words=str(error))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Result(words=clean_line(str(error) or type(error).__name__, 300))
    words = clean_line(f"{code} {reason}", 300).strip()
    if 200 <= code < 300:
        return Result(sent=True)
    # A redirect is no answer: where it leads is nobody's here to follow.
    return Result(permanent=code < 500 and code not in AGAIN, words=words)


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the time and the HMAC-SHA256 of time, a dot and the body: an old call cannot be told anew."""
    mac = hmac.new(secret.encode("utf-8"), f"{at}.".encode("ascii") + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def _posted(url: str, body: bytes, head: dict[str, str], config: WebhookConfig) -> tuple[int, str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
        raise Refusal("a webhook needs an address such as https://example.com/hook")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, config)
    connection = _connection(parts.scheme, host, port, address, float(config.timeout_seconds))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body=body, headers=head)
        answer = connection.getresponse()
        return answer.status, answer.reason
    finally:
        connection.close()


def _address(host: str, port: int, config: WebhookConfig) -> str:
    """Return an address of a host; it is asked for once, so that it cannot become another one meanwhile."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = host.casefold() in config.allow_private
    for address in found:
        if allowed or ipaddress.ip_address(address.partition("%")[0]).is_global:
            return address
    raise Refusal(f"{host} is inside a network: webhooks.allow_private in the configuration names such hosts")


def _connection(
    scheme: str, host: str, port: int, address: str, timeout: float
) -> http.client.HTTPConnection:
    def connect(_: Any, timeout: Any = timeout, source: Any = None) -> socket.socket:
        return socket.create_connection((address, port), timeout, source)

    made: http.client.HTTPConnection
    if scheme == "https":
        made = http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    else:
        made = http.client.HTTPConnection(host, port, timeout=timeout)
    made._create_connection = connect  # type: ignore[attr-defined]
    return made
