"""Other terminals and rough ends: few colours or none, a line that drops, what a key costs in bytes."""

from __future__ import annotations

import os
import re
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from deskterm.domain.commands import ApplyPolicy
from deskterm.machine import utc_now
from deskterm.storage.time_tables import timers
from deskterm.store.store import Store
from tests.ui.desk import Clock, as_agent, many_tickets, small_desk
from tests.ui.terminal import Terminal

pytestmark = pytest.mark.terminal


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A desk at the machine's own time: the program started on it reads that clock."""
    path = tmp_path / "desk.db"
    small_desk(path, Clock(datetime.now(UTC)))
    return path


def test_sixteen_colours_use_the_users_own(fresh: Path) -> None:
    with Terminal(fresh, term="xterm") as term:
        term.wait("Checkout").wait("▲ -12m").wait("▌").quiet(0.3)
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", term.raw), "no colour beyond the sixteen"
        assert re.search(rb"\x1b\[[0-9;]*44[;m]", term.raw), "the cursor's row has a ground of its own"


def test_without_colours_glyphs_and_words_say_it(fresh: Path) -> None:
    with Terminal(fresh, env={"NO_COLOR": "1"}) as term:
        term.wait("Checkout")
        for said in ("▲ -12m", "◆ 0:", "● open", "○ new", "◐ pending", "◌ hold", "paused", "▌"):
            term.wait(said)
        for triple in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", term.raw):
            assert len(set(triple)) == 1, "greys alone"


@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM"])
def test_a_signal_ends_cleanly(fresh: Path, name: str) -> None:
    with Terminal(fresh) as term:
        term.wait("Checkout")
        term.process.send_signal(getattr(signal, name))
        assert term.ended() == 0
        assert b"\x1b[?1049l" in term.raw


def test_the_terminal_goes_away(fresh: Path) -> None:
    with Terminal(fresh) as term:
        term.wait("Checkout")
        os.kill(term.process.pid, signal.SIGHUP)
        term.ended()
    with Terminal(fresh) as again:
        again.wait("Checkout")


def test_a_line_that_hangs_up_without_a_signal_leaves_no_process(fresh: Path) -> None:
    with Terminal(fresh) as term:
        term.wait("Checkout")
        term.hang_up()
        assert term.process.wait(timeout=90) is not None


@pytest.mark.parametrize("name", ["SIGHUP", "SIGKILL"])
def test_time_counted_is_recorded_whatever_ends_the_session(fresh: Path, name: str) -> None:
    store = as_agent(fresh, "", utc_now)
    store.dispatch(ApplyPolicy('[time]\nleast = "1s"\n'))
    with Terminal(fresh) as term:
        # Not before it is put down, which is some seconds after the last key.
        term.wait("Checkout").keys("\r").wait(lambda: bool(_put_down(store)))
        [(ticket, seconds)] = _put_down(store)
        assert store.ticket(ticket).worked == ()
        term.process.send_signal(getattr(signal, name))
        term.ended()
    if name == "SIGKILL":
        with Terminal(fresh) as again:
            again.wait("Time of a session that broke off is recorded")
    [one] = store.ticket(ticket).worked
    assert one.worked.seconds >= seconds
    assert (one.worked.timed, _put_down(store)) == (True, [])
    store.close()


def _put_down(store: Store) -> list[tuple[int, int]]:
    """What timers that run have put down: ticket and seconds."""
    with store.database.read() as connection:
        rows = connection.execute(select(timers.c.ticket, timers.c.seconds)).all()
    return [(row.ticket, row.seconds) for row in rows]


def test_a_key_costs_little_on_the_line(tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    many_tickets(path, Clock(datetime.now(UTC)), 300)
    with Terminal(path, "--layout", "wide") as term:
        term.wait("Ticket number 30 of many")
        term.keys("j").quiet(2.0)  # the scheduler records which of the new clocks are late already
        before = len(term.raw)
        term.keys(*"jjjjjjjjjj").wait(lambda: under_cursor(term) == 12)
        assert (len(term.raw) - before) / 10 <= 600
        term.keys(*"j" * 20).wait(lambda: under_cursor(term) == 32)
        before = len(term.raw)
        term.keys(*"j" * 30).wait(lambda: under_cursor(term) == 62).quiet(0.7)
        assert (len(term.raw) - before) / 30 <= 600
        shown = [int(found) for found in re.findall(r"Ticket number (\d+) of many", term.text)]
        assert len(shown) == 35
        assert shown == sorted(shown)
        before = len(term.raw)
        term.keys("\x1b[6~").wait(lambda: under_cursor(term) > 62).quiet(0.7)
        assert len(term.raw) - before <= 9000


def under_cursor(term: Terminal) -> int:
    """The ticket under the cursor, 0 while none is painted."""
    found = re.search(r"▌\W* (\d+)  P\d", term.text)
    return int(found[1]) if found else 0


def timeless(text: str) -> list[str]:
    """Leave out the end of each line, where the time stands and what is left of it: a minute may pass.

    Likewise the line above the foot, where an error goes with the next key.
    """
    lines = text.splitlines()
    return [line[:88] for line in (*lines[:-2], lines[-1])]


def answered(term: Terminal, keys: str, by: bytes) -> Terminal:
    """Send keys in one burst, and read on until the answer to the last one is written, and all with it."""
    before = len(term.raw)
    os.write(term._fd, keys.encode())
    return term.wait(lambda: by in term.raw[before:]).quiet(0.7)


def test_scrolling_in_the_terminal_shows_what_a_repaint_shows(tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    many_tickets(path, Clock(datetime.now(UTC)), 200)
    with Terminal(path, "--layout", "wide", size=(100, 24)) as term:
        term.wait("Ticket number 10 of many")
        # One by one the terminal itself moves the lines; a burst that is read at once is painted anew.
        slow = len(term.raw)
        term.keys(*"j" * 24)
        assert b"\x1b[1S" in term.raw[slow:]
        shown = term.text
        answered(term, "\x0c", b"help")
        assert timeless(term.text) == timeless(shown)
        for keys in ("j" * 30, "k" * 25, "\x04", "jjjkkk", "\x15", "G", "k" * 25, "gg", "j" * 19):
            # On a busy machine a burst is read in parts, with pauses between: the last key says it is over.
            scrolled = answered(term, keys + "U", b"redo").text
            answered(term, "\x0c", b"help")
            assert timeless(term.text) == timeless(scrolled), f"after {keys!r}"
