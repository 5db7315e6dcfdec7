"""Webhooks of rules: called once with what they are told, signed, and never inside a network unasked."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deskterm.channels.webhooks import SIGNATURE, HookWorker
from deskterm.domain import commands as c
from deskterm.domain.outgoing import OutState
from deskterm.smtp_config import WebhookConfig
from tests.small_desk import Desk, copy_of, open_desk

VARIABLE, SECRET = "DESKTERM_TEST_HOOK", "a shared secret"


class Called:
    """A server that keeps what it is told and answers as it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = 200
        called = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                called.calls.append((self.path, dict(self.headers.items()), body))
                self.send_response(called.answer)
                if called.answer == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def do_GET(self) -> None:
                called.calls.append((self.path, {}, b""))

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?a=1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def called() -> Iterator[Called]:
    found = Called()
    yield found
    found.close()


@pytest.fixture
def desk(furnished_file: Path, tmp_path: Path, called: Called) -> Iterator[Desk]:
    """A desk with a rule that calls."""
    found = open_desk(copy_of(furnished_file, tmp_path / "desk.db"))
    rule = f'[[rules]]\nname = "tell"\non = "intake"\ndo = [{{ webhook = "{called.url}" }}]\n'
    found.do("dana", c.ApplyPolicy(rule))
    yield found
    found.close()


def hooks(desk: Desk, *allowed: str, secret: str = "") -> HookWorker:
    return HookWorker(desk.store, WebhookConfig(secret, allowed, 60), "one", chance=Random(1))


def states(desk: Desk) -> list[tuple[OutState, str]]:
    return [(one.state, one.error) for one in desk.store.outbox(tuple(OutState))]


def test_it_is_told_of_the_ticket_with_a_signature(
    desk: Desk, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    number = desk.create(subject="VPN ✓", queue="hr", login="hugo")
    assert hooks(desk, "127.0.0.1", secret=VARIABLE).all_due() == 1
    [(path, head, body)] = called.calls
    told = json.loads(body)
    assert path == "/hook?a=1"
    assert (told["rule"], told["ticket"]["number"], told["ticket"]["queue"]) == ("tell", number, "hr")
    assert told["ticket"]["subject"] == "VPN ✓"
    at, mac = (part.partition("=")[2] for part in head[SIGNATURE].split(","))
    assert hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() == mac
    assert states(desk) == [(OutState.SENT, "")]
    assert hooks(desk, "127.0.0.1").all_due() == 0


def test_an_address_inside_the_network_is_never_called_unless_it_is_named(desk: Desk, called: Called) -> None:
    desk.create()
    assert hooks(desk).all_due() == 0
    assert called.calls == []
    [(state, words)] = states(desk)
    assert (state, "inside a network" in words) == (OutState.FAILED, True)


def test_a_redirect_is_followed_nowhere(desk: Desk, called: Called) -> None:
    called.answer = 302
    desk.create()
    assert hooks(desk, "127.0.0.1").all_due() == 0
    assert len(called.calls) == 1
    assert states(desk)[0][0] is OutState.FAILED


def test_a_server_that_fails_is_called_again_later_under_the_same_key(desk: Desk, called: Called) -> None:
    called.answer = 503
    desk.create()
    worker = hooks(desk, "127.0.0.1")
    assert worker.all_due() == 0
    assert states(desk)[0] == (OutState.WAITING, "503 Service Unavailable")
    assert worker.all_due() == 0
    called.answer = 204
    desk.clock.forward(minutes=1)
    assert worker.all_due() == 1
    keys = {head["Idempotency-Key"] for _, head, _ in called.calls}
    assert (len(called.calls), len(keys)) == (2, 1)


def test_a_secret_that_is_not_there_sends_nothing_unsigned(desk: Desk, called: Called) -> None:
    desk.create()
    assert hooks(desk, "127.0.0.1", secret="DESKTERM_NOT_SET").all_due() == 0
    assert called.calls == []
    assert states(desk)[0][0] is OutState.WAITING
