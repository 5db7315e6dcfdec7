"""The migrations make exactly the tables that the program reads and writes, on both engines."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from deskterm.channels.shapes import clock_shape
from deskterm.domain import commands as c
from deskterm.domain.due_work import due_work
from deskterm.domain.errors import DeskError
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK
from deskterm.domain.policy import DEFAULT
from deskterm.domain.process import StepState
from deskterm.domain.sla import clocks, standing
from deskterm.storage import tickets
from deskterm.storage.database import HEAD, Database
from deskterm.storage.migrations import known_versions
from deskterm.storage.tables import metadata
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine
from tests.small_desk import Desk, open_desk

SEARCH = ("ticket_words", "ticket_text", "ticket_search")
"""Made by guards.py, not by tables.py."""


def test_the_newest_migration_is_the_version_the_program_asks_for() -> None:
    assert known_versions()[0] == HEAD


def test_they_make_the_tables_of_the_program(database_url: str) -> None:
    database = Database(database_url)
    try:
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            found = [
                change
                for change in compare_metadata(context, metadata)
                if not any(name in repr(change) for name in (*SEARCH, "alembic_version"))
            ]
            assert found == []
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
            inspector = inspect(connection)
            indexes = {
                index["name"]: tuple(index["column_names"])
                for table in metadata.tables
                for index in inspector.get_indexes(table)
                if not index.get("duplicates_constraint")
            }
            wanted = {
                index.name: tuple(column.name for column in index.columns)
                for table in metadata.tables.values()
                for index in table.indexes
            }
            assert {name: indexes.get(str(name)) for name in wanted} == wanted
    finally:
        database.close()


OLD = Path(__file__).parents[1] / "data"


def test_a_desk_of_the_first_version_opens_with_its_clocks_unchanged(tmp_path: Path) -> None:
    """Written by the program that knew schema 0001 alone, with what its clocks said five hours later."""
    path = tmp_path / "desk.db"
    path.write_bytes(gzip.decompress((OLD / "desk-0001.db.gz").read_bytes()))
    path.chmod(0o600)
    told = json.loads((OLD / "desk-0001.json").read_text())
    now = datetime.fromisoformat(told["at"])
    store = Store(Database(str(path)), DESK, clock=lambda: now)
    try:
        found = examine(store)
        assert (found.faults, found.schema, found.tickets) == ([], HEAD, len(told["tickets"]))
        with store.database.read() as connection:
            for number, was in told["tickets"].items():
                ticket = tickets.load(connection, int(number))
                assert ticket is not None
                assert [clock_shape(clock) for clock in clocks(ticket, DEFAULT, now)] == was["clocks"]
                assert standing(ticket, DEFAULT).at(now) == was["sla"]
                work = [[item.what, item.at.isoformat()] for item in due_work(ticket, DEFAULT)]
                assert sorted(work) == was["due"]
        for row in store.listing("is:any", limit=500).rows:
            asked = store.ticket(row.number).address
            assert row.number in store.numbers(f'is:any requester:"{asked}"')
    finally:
        store.close()
    _go_on(f"sqlite:///{path}", now, len(told["tickets"]))


def _go_on(url: str, now: datetime, count: int) -> None:
    """Work on with every old ticket, and take back what was done before: all agrees all the time."""
    desk = open_desk(url)
    desk.clock.at = now
    try:
        for number in range(1, count + 1):
            for command in (
                c.Undo(),
                c.Reopen((number,), "again"),
                c.ChangeState((number,), State.OPEN),
                c.ChangeState((number,), State.HOLD, "vendor"),
                c.Reply((number,), "Done", State.SOLVED),
                c.Undo(),
            ):
                desk.clock.forward(seconds=61.5)
                with suppress(DeskError):
                    desk.do("carol", command)
        assert examine(desk.store).faults == []
        _follow(desk, count)
    finally:
        desk.close()


PROCESS = """
[[processes]]
name = "Check"
types = ["question"]
[[processes.steps]]
name = "Look"
within = "1h"
[[processes.steps]]
name = "Tell"
when = "priority:P1"
[[processes.steps]]
name = "Learn"
before = "closed"
"""


def _follow(desk: Desk, count: int) -> None:
    """Let old tickets follow a process, by hand and by their type, and mark and unmark its steps."""
    desk.do("dana", c.ApplyPolicy(PROCESS))
    for number in range(1, count + 1):
        for command in (
            c.Reopen((number,), "again"),
            c.FollowProcess((number,), "Check"),
            c.MarkStep((number,), "Look", StepState.SKIPPED, "seen before"),
            c.Undo(),
            c.MarkStep((number,), "Look", StepState.DONE),
            c.Classify((number,), (("type", "question"),)),
            c.Solve((number,), "Done"),
        ):
            desk.clock.forward(minutes=61)
            with suppress(DeskError):
                desk.do("carol", command)
        while desk.store.run_due():
            pass
    found = desk.store.numbers("is:any process:check step:learn")
    assert found
    assert desk.store.numbers("is:any process:check skipped:>0") == ()
    assert examine(desk.store).faults == []
