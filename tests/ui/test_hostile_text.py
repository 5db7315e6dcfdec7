"""Hostile text in every field, seen through the bytes a terminal gets: shown literally, steering nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.segment import Segment
from sqlalchemy import text as text_of
from textual.color import Color

from deskterm.domain.commands import AddAgent, AddQueue, Assign, Create, Note, Receive, Remind, SaveView
from deskterm.domain.people import Role
from deskterm.ui.safe import Scrub, fit, safe
from tests.ui.desk import Clock, as_agent
from tests.ui.terminal import Terminal

EVIL = (
    "[bold]B[/bold] [@click=app.bell]C[/] [/red] \x1b]0;TITLE\x07 \x1b]52;c;Y2xpcA==\x1b\\ \x1b[31mRED "
    "\x9b32mGREEN \x7f \u202egnp.exe \u2066x\u2069 \r\b\t\v\f \x00 $(reboot) 家族 👨‍👩‍👧 e\u0301\u0301 "
)
LONG = "x" * 10_000
FORBIDDEN = (
    b"\x1b]0;TITLE",
    b"\x1b]52;c;Y2xp",
    b"\x1b[31mRED",
    "\x9b".encode(),
    b"\x7f",
    b"\x00",
    "\u202e".encode(),
    "\u2066".encode(),
)
_SGR_OR_MOVE = re.compile(rb"\x1b(\[[0-9;?<>=$]*[a-zA-Z]|\][0-9]+;[^\x07\x1b]*(\x07|\x1b\\)|[=>78()][AB0]?)")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A desk on which everybody means harm."""
    now = datetime.now(UTC)
    path, clock = tmp_path / "desk.db", Clock(now - timedelta(hours=1))
    store = as_agent(path, "", clock)
    store.dispatch(AddQueue("Q " + EVIL.replace("\n", " ")))
    queue = next(iter(store.people().queues.values()))
    store.dispatch(AddAgent("alice", "Alice " + EVIL, Role.ADMIN, (queue.key,)))
    alice = as_agent(path, "alice", clock)
    first = Create(
        EVIL + "subject", "evil@example.org", EVIL + "name", EVIL + "organization", EVIL + LONG, queue.key
    )
    number = alice.dispatch(first).created
    assert number is not None
    for text in (EVIL * 3, LONG, "> " + LONG):
        alice.dispatch(Receive((number,), text))
        alice.dispatch(Note((number,), text))
    alice.dispatch(Create(LONG[:300], "long@example.org", "家族" * 40, queue=queue.key))
    alice.dispatch(Assign((number,), alice.actor.id))
    alice.dispatch(SaveView("V", "is:open"))
    alice.dispatch(Remind(clock.at + timedelta(minutes=1), EVIL, number))
    # Rows that never went through the cleaning at the door: the screens have to hold on their own.
    for table, column in (
        ("tickets", "subject"),
        ("requesters", "name"),
        ("queues", "name"),
        ("messages", "text"),
        ("views", "name"),
    ):
        statement = text_of(f"UPDATE {table} SET {column} = {column} || :evil")
        store.database.write(lambda connection, it=statement: connection.execute(it, {"evil": EVIL}))  # type: ignore[misc]
    for each in (store, alice):
        each.close()
    return path


@pytest.mark.terminal
def test_the_terminal_gets_nothing_that_steers_it(hostile: Path) -> None:
    with Terminal(hostile) as term:
        term.wait("Inbox").wait("[bold]B[/bold]").keys("j", "k", "x", "u", "?", "\x1b", ":", "\x1b")
        term.keys("/", "bold", "\r").wait("[bold]B").keys("\x1b", "\r").wait("evil@example.org")
        term.keys("G", "h", "\x1b", "q", "2").wait("[bold]B").keys("3", "1", "v", "a", "\x1b", "t", "\x1b")
        term.keys("z", "\x1b", "L", "\x1b", "q")
        term.ended()
        found = [bad for bad in FORBIDDEN if bad in term.raw]
        assert not found
        ours = re.sub(rb"\x1b\]22;default\x07", b"", term.raw)  # Textual sets the mouse pointer's shape
        assert ours.count(b"\x07") <= 1, "more than the reminder's bell"
        strangers = re.findall(rb"[\x00-\x06\x0b\x0c\x0e\x10-\x1a\x1c-\x1f]", _SGR_OR_MOVE.sub(b"", term.raw))
        assert not strangers


def test_the_net_takes_out_what_cleaning_missed() -> None:
    segments = [Segment(EVIL), Segment("plain"), Segment("\x1b[2J", control=[(2,)])]  # type: ignore[list-item]
    scrubbed = Scrub().apply(segments, Color(0, 0, 0))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", scrubbed[0].text)
    assert scrubbed[1].text == "plain"
    assert scrubbed[2].text == "\x1b[2J"


def test_markup_is_text() -> None:
    assert safe("[bold]x[/bold] [/red]").plain == "[bold]x[/bold] [/red]"
    assert not safe("[bold]x[/bold]").spans


@pytest.mark.parametrize("width", range(0, 30))
@pytest.mark.parametrize(
    "text", ["plain text", "家族家族家族家族", "e\u0301" * 20, "👨‍👩‍👧 family", LONG, ""]
)
def test_a_cut_text_is_exactly_as_wide_as_its_column(text: str, width: int) -> None:
    from rich.cells import cell_len

    assert cell_len(fit(text, width)) == width


def test_no_screen_builds_markup_from_text() -> None:
    folder = Path(__file__).parents[2] / "src/deskterm/ui"
    risky = re.compile(r"(Static|Label|Button|Checkbox)\(f[\"']|border_title\s*=|from_markup")
    found = [
        f"{path.name}:{at}"
        for path in folder.rglob("*.py")
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if risky.search(line)
    ]
    assert not found
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for call in re.findall(r"\.notify\((?:[^()]|\([^()]*\))*\)", text):
            assert "markup=False" in call, f"{path.name}: {call}"
