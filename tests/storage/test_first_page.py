"""The plain-SQL first page shows exactly what the store would."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.calendar import Calendar
from deskterm.domain.hours import week_of
from deskterm.domain.kinds import Level, State
from deskterm.domain.known_hours import KnownHours
from deskterm.domain.left import seconds_left
from deskterm.domain.lists import UNREAD, Row, Unread
from deskterm.domain.people import DESK, Actor, Role
from deskterm.domain.policy import Policy
from deskterm.storage import known_hours
from deskterm.storage.database import Database
from deskterm.storage.first_page import ROWS, first_page
from deskterm.storage.sqlite_library import sqlite
from deskterm.store.store import Store
from deskterm.ui.widgets.clock import bar_cells, sla_text
from deskterm.ui.widgets.sidebar import count_text
from tests.domain.test_named_states import MORE, USUAL

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OFFICE = """
[calendars.Office]
zone = "UTC"
hours.mon = "09:00-17:00"
[[sla]]
name = "Office \\"hours\\""
when = "priority:P1,P2,P3"
calendar = "Office"
targets.P1 = { first_reply = "4h", resolution = "40h" }
targets.P2 = { first_reply = "4h", resolution = "40h" }
targets.P3 = { first_reply = "4h", resolution = "40h" }
[[sla]]
name = "Others"
targets.P4 = { first_reply = "4h", resolution = "40h" }
"""
MY_QUEUE = "owner:me OR (queue:me owner:none)"


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Path, Store, list[datetime]]:
    """A desk with a confidential queue, snoozes, paused, breached and read tickets, and more than a page."""
    path, now = tmp_path / "desk.db", [START]
    store = Store(Database(str(path)), DESK, clock=lambda: now[0])
    for name, confidential in (("Payments", False), ("Network", False), ("HR", True)):
        store.dispatch(c.AddQueue(name, confidential))
    store.dispatch(c.AddAgent("alice", "Alice", Role.AGENT, ("Payments",), tier="L1"))
    store.dispatch(c.AddAgent("bo", "Bo", Role.AGENT, ("Network", "HR")))
    known = store.people()
    alice, bo = Actor(known.agent("alice")), Actor(known.agent("bo"))
    levels = tuple(Level)
    for number in range(90):
        now[0] += timedelta(minutes=7)
        created = store.dispatch(
            c.Create(
                f"Request {number}",
                f"person{number % 9}@example.com",
                queue=("Payments", "Network", "HR")[number % 3],
                impact=levels[number % 3],
                urgency=levels[number % 2],
                text="Please help.",
            ),
            actor=bo,
        ).created
        assert created is not None
        if number % 5 == 0 and number % 3 != 2:
            store.dispatch(c.Assign((created,), alice.id), actor=alice)
        if number % 10 == 0 and number % 3 != 2:
            store.dispatch(c.Reply((created,), "We look.", State.PENDING), actor=alice)
        if number % 11 == 0 and number % 3 != 2:
            store.dispatch(c.Snooze((created,), START + timedelta(days=30)), actor=alice)
    store.dispatch(c.Note((1, 2, 4, 7, 12), "@alice have a look"), actor=bo)
    store.actor = alice
    store.mark_read(1)
    store.dispatch(c.SaveView("Mine", "owner:me"))
    now[0] = now[0].replace(microsecond=0)
    return path, store, now


def test_it_is_what_the_store_reads(desk: tuple[Path, Store, list[datetime]]) -> None:
    path, store, now = desk
    page = first_page(str(path), "alice", now[0], MY_QUEUE)
    assert page is not None
    listing = store.listing(MY_QUEUE, limit=ROWS)
    assert listing.rows
    assert page.listing == listing
    counts = store.counts()
    by_name = {(line.kind, line.name): line.count for line in counts.views if line.kind != "saved"}
    assert {
        (line.kind, line.name): line.count for line in page.counts.views if line.kind != "saved"
    } == by_name
    assert [line.query for line in page.counts.views] == [line.query for line in counts.views]
    assert (page.counts.breached, page.counts.atrisk) == (counts.breached, counts.atrisk)
    assert page.actor_name == "alice · L1"


def test_without_a_sidebar_only_the_view_that_is_shown_is_counted(
    desk: tuple[Path, Store, list[datetime]],
) -> None:
    path, _, now = desk
    whole = first_page(str(path), "alice", now[0], MY_QUEUE)
    page = first_page(str(path), "alice", now[0], MY_QUEUE, sidebar=False)
    assert whole is not None
    assert page is not None
    assert page.listing == whole.listing
    assert page.counts.views[0] == whole.counts.views[0]
    assert (page.counts.breached, page.counts.atrisk) == (whole.counts.breached, whole.counts.atrisk)
    assert {count_text(view) for view in page.counts.views if view.kind == "queue"} == {""}
    assert [view.query for view in page.counts.views] == [view.query for view in whole.counts.views]


def test_it_calls_states_as_the_desk_does(desk: tuple[Path, Store, list[datetime]]) -> None:
    path, store, now = desk
    admin = store.dispatch(c.AddAgent("dana", "Dana", Role.ADMIN, ()), actor=DESK).command
    assert admin
    dana = Actor(store.people().agent("dana"))
    more = USUAL + MORE.replace("waiting for parts", 'at "the" bänk\u00e9'.replace('"', '\\"'))
    store.dispatch(c.ApplyPolicy(more), actor=dana)
    shown = [row.number for row in store.listing(MY_QUEUE, limit=ROWS).rows]
    name = next(one.name for one in store.policy.states if one.name.startswith("at "))
    store.dispatch(c.ChangeState((shown[0],), State.HOLD, "vendor", status=name))
    store.dispatch(c.ChangeState((shown[1],), State.PENDING))
    renamed = more.replace('clock = "stopped"', 'clock = "stopped"\nwas = ["long ago"]')
    store.dispatch(c.ApplyPolicy(renamed), actor=dana)
    for _ in range(2):
        page = first_page(str(path), "alice", now[0], MY_QUEUE)
        assert page is not None
        assert page.listing == store.listing(MY_QUEUE, limit=ROWS)
        called = {row.number: row.status for row in page.listing.rows}
        assert called[shown[0]] == (name if "bänk" in store.policy.named.of(State.HOLD, name).name else "")
        assert called[shown[1]] == "Waiting for the customer"
        if store.policy.named.find(name) is not None:
            store.dispatch(c.ApplyPolicy(USUAL), actor=dana)


def test_agents_see_their_own_page(desk: tuple[Path, Store, list[datetime]]) -> None:
    path, store, now = desk
    store.actor = Actor(store.people().agent("bo"))
    page = first_page(str(path), "BO", now[0], MY_QUEUE)
    assert page is not None
    assert page.listing == store.listing(MY_QUEUE, limit=ROWS)
    assert {row.queue for row in page.listing.rows} == {"Network", "HR"}


def test_what_is_not_simple_waits_for_the_store(
    desk: tuple[Path, Store, list[datetime]], tmp_path: Path
) -> None:
    path, _, now = desk
    assert first_page(str(path), "nobody", now[0]) is None
    assert first_page(str(tmp_path / "missing.db"), "alice", now[0]) is None
    other = tmp_path / "other.db"
    other.write_bytes(b"not a database at all")
    assert first_page(str(other), "alice", now[0]) is None
    assert first_page(str(path), "alice", now[0]) is not None


def _shown(row: Row, now: datetime) -> tuple[int, str, int]:
    return row.number, sla_text(row, now), bar_cells(row, now)


def _forget_hours(path: Path) -> None:
    connection = sqlite.connect(path)
    connection.execute("DELETE FROM meta WHERE key = 'known_hours'")
    connection.commit()
    connection.close()


def test_known_hours_count_as_their_calendar_does() -> None:
    week = week_of({"mon": "09:00-12:00, 13:00-17:00", "tue": "22:00-24:00", "sun": "00:00-05:30"})
    office = Calendar("Office", "Europe/Berlin", week)
    policy = Policy(calendars=(office,), calendar="Office", version=4)
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)  # the clocks change that weekend
    version, until, kept = known_hours.made(policy, now).split(" ", 2)
    held = json.loads(kept)
    day, opens, closes = held["hours"][held["by"]["default"]]
    hours = KnownHours(held["begins"], int(until), opens, closes, day)
    assert version == "4"
    moments = [now + timedelta(hours=step * 7, minutes=step) for step in range(-40, 60)]
    for start, end in zip(moments, [*moments[9:], *[moments[-1]] * 9], strict=True):
        assert hours.elapsed(start, end) == office.elapsed(start, end)
    far = now + timedelta(days=600)
    assert not hours.covers(now, far)
    assert seconds_left(hours, far, now) == (far - now).total_seconds()


def test_the_first_page_counts_by_calendars_without_reading_one(
    desk: tuple[Path, Store, list[datetime]],
) -> None:
    path, store, now = desk
    store.dispatch(c.AddAgent("dana", "Dana", Role.ADMIN), actor=DESK)
    store.dispatch(c.ApplyPolicy(OFFICE), actor=Actor(store.people().agent("dana")))
    store.recalculate(rest=lambda _: False)
    code = (
        "import sys; from datetime import datetime; from deskterm.storage.first_page import first_page\n"
        f"page = first_page({str(path)!r}, 'alice', datetime.fromisoformat({now[0].isoformat()!r}))\n"
        "print(len([row for row in page.listing.rows if type(row.calendar).__name__ == 'KnownHours']) > 0,\n"
        "[name for name in ('calendar', 'hours', 'policy_file') if f'deskterm.domain.{name}' in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "[]"]
    # Another policy: the hours that are kept are not its own any more until they are made anew.
    store.dispatch(c.ApplyPolicy(OFFICE.replace("17:00", "18:00")), actor=Actor(store.people().agent("dana")))
    page = first_page(str(path), "alice", now[0], MY_QUEUE)
    assert page is not None
    assert {type(row.calendar) for row in page.listing.rows} == {Unread, type(None)}


def test_time_left_by_a_calendar_is_told_once_that_is_read(desk: tuple[Path, Store, list[datetime]]) -> None:
    path, store, now = desk
    store.dispatch(c.AddAgent("dana", "Dana", Role.ADMIN), actor=DESK)
    dana = Actor(store.people().agent("dana"))
    store.dispatch(c.ApplyPolicy(OFFICE), actor=dana)
    store.recalculate(rest=lambda _: False)
    now[0] += timedelta(hours=1)
    page = first_page(str(path), "alice", now[0], MY_QUEUE)
    assert page is not None
    listing = store.listing(MY_QUEUE, limit=ROWS)
    assert [row._replace(calendar=None) for row in page.listing.rows] == [
        row._replace(calendar=None) for row in listing.rows
    ]
    counted = [row for row in listing.rows if row.calendar is not None]
    assert 0 < len(counted) < len(listing.rows)
    assert [_shown(row, now[0]) for row in page.listing.rows] == [_shown(row, now[0]) for row in listing.rows]
    _forget_hours(path)
    page = first_page(str(path), "alice", now[0], MY_QUEUE)
    assert page is not None
    assert [row.number for row in page.listing.rows if row.calendar is UNREAD] == [
        row.number for row in counted
    ]
    for row in page.listing.rows:
        if row.calendar is UNREAD:
            assert (sla_text(row, now[0]), bar_cells(row, now[0])) == ("…", 0)
