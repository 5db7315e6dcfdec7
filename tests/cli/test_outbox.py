"""`deskterm outbox`: what waits, what failed, tried again and taken out; and the settings of servers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from deskterm.config import load
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError
from deskterm.domain.people import DESK
from deskterm.machine import utc_now
from deskterm.storage.database import Database
from deskterm.store.posting import Result
from deskterm.store.store import Store
from tests.cli.conftest import Cli
from tests.outgoing import next_mail


@pytest.fixture
def failed(path: Path) -> Path:
    """A desk on which one mail has failed and one waits."""
    store = Store(Database(str(path)), DESK, clock=utc_now)
    try:
        store.dispatch(c.ApplyPolicy('[mail]\nfrom = "support@desk.example"\nundo_send = "off"\n'))
        for text in ("one", "two"):
            number = store.dispatch(c.Create(f"VPN {text}", "ana@northwind.example")).created
            store.dispatch(c.Note((number or 0,), "between us"))
            bo = store.people().agent("bo")
            store.dispatch(c.Reply((number or 0,), text), actor=type(DESK)(bo, "test"))
        mail = next_mail(store, "test", timedelta(minutes=5))
        assert mail is not None
        store.settle_outgoing(mail.number, "test", Result(permanent=True, words="554 \x1b[31mspam"), 0)
    finally:
        store.close()
    return path


def test_it_lists_failures_first_and_shows_what_the_server_said(failed: Path, bo: Cli) -> None:
    ran = bo("outbox")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert "failed" in lines[1]
    assert "554" in lines[1]
    assert "waiting" in lines[2]
    assert "\x1b" not in ran.out
    found = bo("outbox", "list", "--json").json
    assert [(one["state"], one["ticket"], one["to"]) for one in found] == [
        ("failed", 1, "ana@northwind.example"),
        ("waiting", 2, "ana@northwind.example"),
    ]
    [message] = [one for one in bo("show", "1", "--json").json["messages"] if one["kind"] == "public"]
    assert (message["sent"]["state"], message["sent"]["attempts"]) == ("failed", 1)


def test_what_failed_is_tried_again_and_what_waits_is_taken_out(failed: Path, bo: Cli) -> None:
    assert bo("outbox", "retry", "failed", "--json").json == [{"number": 1, "state": "waiting"}]
    assert bo("outbox", "cancel", "1,2").code == 0
    assert bo("outbox", "list", "--json").json == []
    assert bo("outbox", "cancel", "2").code == 1
    assert bo("outbox", "cancel", "9").code == 3
    assert bo("outbox", "retry").code == 2
    assert bo("outbox", "retry", "x").code == 2
    states = [one["state"] for one in bo("outbox", "list", "--all", "--json").json]
    assert states == ["cancelled", "cancelled"]


def settings(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return file


def test_servers_are_read_from_the_configuration(tmp_path: Path) -> None:
    file = settings(
        tmp_path,
        '[[mail.servers]]\nhost = "smtp.example.com"\nuser = "u"\npassword_env = "P"\n'
        '[[mail.servers]]\nhost = "localhost"\nsecurity = "none"\nsenders = ["@Other.example"]\n'
        '[webhooks]\nallow_private = ["Hooks.Internal"]\n',
    )
    config = load(file=str(file), environ={})
    one, two = config.servers()
    assert (one.name, one.port, one.security, one.senders) == ("smtp.example.com", 587, "starttls", ())
    assert (two.port, two.senders) == (25, ("@other.example",))
    assert config.webhook_config().allow_private == ("hooks.internal",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "host is missing"),
        ('host = "a"\nsecurity = "none"\n', "in the open"),
        ('host = "a"\nuser = "u"\n', "belong together"),
        ('host = "a"\npassword_env = "P"\n', "belong together"),
        ('host = "a"\npassword = "secret"\n', "does not belong into this file"),
        ('host = "a"\nsenders = ["other.example"]\n', "neither an address"),
        ('host = "a"\nfoo = 1\n', "unknown setting"),
        ('host = "a"\n[[mail.servers]]\nhost = "b"\n', "two servers take everything"),
    ],
)
def test_a_server_that_cannot_work_is_refused_by_its_setting(tmp_path: Path, text: str, said: str) -> None:
    config = load(file=str(settings(tmp_path, "[[mail.servers]]\n" + text)), environ={})
    with pytest.raises(UsageError, match=said):
        config.servers()
