"""Metrics count what CONTRACT section 3 defines, the same on both engines, and agree with the real logs."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import ColumnElement, insert, true

from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.policy import DEFAULT
from deskterm.domain.ticket import Mark, Ticket
from deskterm.domain.views import MetricsView, Verdicts
from deskterm.storage import tables as t
from deskterm.storage.codec import ticket_row
from deskterm.storage.database import Database
from deskterm.storage.metrics import Question
from deskterm.store.metrics import as_csv, as_json, measure

NOW = datetime(2026, 11, 22, 14, 32, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATA = Path(__file__).parents[3] / "shared/data"
PEOPLE = {
    t.queues: [{"id": 1, "key": "pay", "name": "Payments", "confidential": False}],
    t.requesters: [{"id": 1, "name": "Ana", "address": "ana@x.example", "organization_id": None}],
    t.agents: [
        {"id": 1, "login": "alice", "name": "Alice", "role": "agent"},
        {"id": 2, "login": "=cmd", "name": "Bo", "role": "agent"},
    ],
}


@pytest.fixture
def desk(database_url: str) -> Iterator[Database]:
    """An empty desk with one queue, one requester and two agents."""
    database = Database(database_url)

    def people(connection: Any) -> None:
        for table, rows in PEOPLE.items():
            connection.execute(insert(table), rows)

    database.write(people)
    yield database
    database.close()


def ticket(number: int, created: datetime, **values: Any) -> Ticket:
    """A ticket with what a test does not care about filled in."""
    base: dict[str, Any] = {
        "subject": f"Ticket {number}",
        "state": State.OPEN,
        "priority": Priority.P3,
        "impact": Level.LOW,
        "urgency": Level.LOW,
        "queue": 1,
        "requester": 1,
        "updated_at": created,
    }
    return Ticket(number=number, created_at=created, **{**base, **values})


def solved(number: int, created: datetime, hours: float, **values: Any) -> Ticket:
    """A ticket solved so many hours after its creation."""
    at = created + hours * HOUR
    base: dict[str, Any] = {"state": State.SOLVED, "solved_at": at, "paused_at": at, "updated_at": at}
    return ticket(number, created, **{**base, **values})


def fill(desk: Database, tickets: Iterable[Ticket]) -> None:
    """Put tickets into the table."""
    rows = [ticket_row(one, DEFAULT) for one in tickets]
    desk.write(lambda connection: connection.execute(insert(t.tickets), rows))


def look(desk: Database, days: float | None = 7, **options: Any) -> MetricsView:
    """Measure the last days, None for everything."""
    where: ColumnElement[bool] = options.pop("where", true())
    zone = options.pop("zone", UTC)
    question = Question(where, NOW, sla=options.pop("sla", None))
    since = None if days is None else NOW - timedelta(days=days)
    return measure(desk.read, question, since, options.pop("until", None), zone=zone, **options)


def test_an_empty_desk_has_no_figures(desk: Database) -> None:
    view = look(desk, None)
    assert (view.tickets, view.solved, view.backlog, view.days) == (0, 0, 0, ())
    assert view.resolution_sla.share is None
    assert view.resolve_hours.p50 is None
    assert as_json(view)["hours_to_resolve"] == {"n": 0, "p50": None, "p90": None}


def test_volume_and_backlog_by_local_day(desk: Database) -> None:
    monday = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
    fill(desk, [ticket(1, monday), solved(2, monday, 30), solved(3, monday - timedelta(days=20), 500)])
    view = look(desk)
    assert [(day.day.day, day.created, day.solved, day.active) for day in view.days][:5] == [
        (15, 0, 0, 1),
        (16, 2, 0, 3),
        (17, 0, 1, 2),
        (18, 0, 1, 1),
        (19, 0, 0, 1),
    ]
    assert (len(view.days), view.days[-1].active, view.backlog) == (8, 1, 1)
    berlin = look(desk, zone=ZoneInfo("Europe/Berlin"))
    assert {day.day.day: day.created for day in berlin.days if day.created} == {17: 2}
    assert berlin.arrivals[1][0] == 2
    assert view.arrivals[0][23] == 2


def test_the_backlog_counts_back_from_today(desk: Database) -> None:
    start = NOW - timedelta(days=3)
    fill(desk, [ticket(1, start), solved(2, start, 25), solved(3, start, 49)])
    assert [day.active for day in look(desk, 4).days] == [0, 3, 2, 1, 1]
    assert look(desk, 4).backlog == 1
    past = look(desk, 4, until=NOW - timedelta(days=1, hours=12))
    assert (past.backlog, past.days[-1].active) == (2, 2)


def test_verdicts_follow_the_policy(desk: Database) -> None:
    at = NOW - timedelta(days=2)
    fill(
        desk,
        [
            solved(1, at, 23, first_replied_at=at + HOUR, replied_at=at + HOUR),
            solved(2, at, 25, first_replied_at=at + 5 * HOUR, replied_at=at + 6 * HOUR),
            solved(3, at, 25, paused_seconds=2 * 3600),
            ticket(4, at),
            ticket(5, NOW - HOUR),
            ticket(6, at, state=State.CLOSED, closed_at=at + HOUR, close_reason="spam", paused_at=at + HOUR),
        ],
    )
    view = look(desk)
    assert view.resolution_sla == Verdicts(2, 4)
    assert view.resolution_by_priority == {"P3": Verdicts(2, 4)}
    assert view.reply_sla == Verdicts(1, 4)
    assert view.first_contact == Verdicts(1, 2)
    assert view.source == "desk"
    assert (view.first_reply_hours.n, view.first_reply_hours.p50) == (2, 3.0)
    assert (view.resolve_hours.p50, view.resolve_hours.p90) == (25.0, 25.0)


def test_imported_verdicts_come_first_unless_asked(desk: Database) -> None:
    at = NOW - timedelta(days=2)
    fill(desk, [solved(1, at, 1, imported_sla=False), solved(2, at, 30, imported_sla=True), solved(3, at, 1)])
    assert (look(desk).source, look(desk).resolution_sla) == ("imported", Verdicts(2, 3))
    assert look(desk, sla="desk").resolution_sla == Verdicts(2, 3)
    assert look(desk, sla="imported").resolution_sla == Verdicts(1, 2)
    assert look(desk).reply_sla == Verdicts(0, 0)


def test_reopened_tickets_agents_and_ages(desk: Database) -> None:
    at = NOW - timedelta(days=2)
    fill(
        desk,
        [
            solved(1, at, 1, owner=1, reopens=3, handoffs=2),
            solved(2, at, 1, owner=1, handoffs=5),
            ticket(3, NOW - HOUR, owner=1),
            ticket(4, NOW - timedelta(days=5), owner=2),
            ticket(5, NOW - timedelta(days=30)),
        ],
    )
    said = {
        "kind": "public",
        "text": "x",
        "ticket": 1,
        "at": round(at.timestamp() * 1000),
        "retracted": False,
    }
    rows = [{**said, "agent_id": 1}, {**said, "agent_id": 1, "retracted": True}, {**said, "requester_id": 1}]
    desk.write(lambda connection: [connection.execute(insert(t.messages), row) for row in rows])
    view = look(desk)
    assert (view.reopened, view.reassignments) == (1, 7)
    assert [(one.agent, one.active, one.solved, one.replies, one.reopened) for one in view.agents] == [
        ("alice", 1, 2, 1, 1),
        ("=cmd", 1, 0, 0, 0),
    ]
    assert view.ages == (1, 0, 1, 1)
    assert "'=cmd" in as_csv(view)
    assert "reopened,,1" in as_csv(view)


def test_tickets_with_a_skipped_step_are_counted_once_each(desk: Database) -> None:
    marks = frozenset(Mark(name, "skipped", NOW, 1, "why") for name in ("Fix", "Docs check"))
    done = frozenset({Mark("Fix", "done", NOW, 1), Mark("Docs check", "needless", NOW, 0)})
    fill(
        desk,
        [
            ticket(1, NOW - 2 * HOUR, steps=marks),
            solved(2, NOW - 3 * HOUR, 1, steps=marks),
            ticket(3, NOW - 2 * HOUR, steps=done),
            ticket(4, NOW - 24 * 9 * HOUR, steps=marks),
        ],
    )
    view = look(desk, compare=True)
    assert view.steps_skipped == 2
    assert as_json(view)["steps_skipped"] == 2
    assert "steps_skipped,,2" in as_csv(view).splitlines()
    assert view.before is not None
    assert view.before.steps_skipped == 1


def test_the_period_before_has_the_same_length(desk: Database) -> None:
    fill(desk, [ticket(1, NOW - timedelta(days=1)), ticket(2, NOW - timedelta(days=8))])
    view = look(desk, 7, compare=True)
    assert view.before is not None
    assert (view.created, view.before.created, view.before.backlog) == (1, 1, 1)


def test_long_periods_are_read_in_pieces(desk: Database) -> None:
    fill(desk, [solved(number, NOW - timedelta(days=10 * number), number) for number in range(1, 60)])
    view = look(desk, None)
    assert (view.tickets, view.resolve_hours.p50, view.resolve_hours.p90) == (59, 30.0, 53.2)
    assert view.days[-1].active == 0
    assert view.days[0].created == 1


def test_only_what_is_asked_and_visible_is_counted(desk: Database) -> None:
    fill(desk, [ticket(1, NOW - HOUR), ticket(2, NOW - HOUR, priority=Priority.P1)])
    view = look(desk, where=t.tickets.c.priority == "P1")
    assert (view.tickets, view.by_priority, view.backlog) == (1, {"P1": 1}, 1)


def _log(name: str) -> Iterator[Ticket]:
    """The last line of each ticket of a real log as a row, read without the importer."""
    path = DATA / name
    if not path.exists():
        pytest.skip("the real logs are not here")
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        lines = list(csv.reader(io.StringIO(file.read())))
    head = ["incident_state" if name == "ident_state" else name for name in lines[0]]
    last = {line[0]: dict(zip(reversed(head), reversed(line), strict=True)) for line in lines[1:]}
    for number, (_, row) in enumerate(last.items(), 1):
        yield _logged(number, row)


def _logged(number: int, row: dict[str, str]) -> Ticket:
    def at(name: str) -> datetime | None:
        found = row[name].replace("/", "-")
        return None if found == "?" else datetime.strptime(found, "%d-%m-%Y %H:%M").replace(tzinfo=UTC)

    created, closed = at("opened_at"), at("closed_at")
    assert created is not None
    return ticket(
        number,
        created,
        state=State.CLOSED,
        priority=Priority(f"P{row['priority'][0]}"),
        updated_at=at("sys_updated_at") or created,
        solved_at=at("resolved_at"),
        closed_at=closed,
        paused_at=closed,
        reopens=int(row["reopen_count"]),
        handoffs=int(row["reassignment_count"]),
        imported_sla=row["made_sla"].casefold() in ("true", "1"),
    )


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("servicenow_head.csv.gz", (890, 10, 877, 495, 861, 54.47, 762.05, (15, 33, 757, 85))),
        ("servicenow_sample.csv.gz", (7461, 74, 6892, 4717, 7016, 22.55, 385.59, (78, 114, 7033, 236))),
    ],
)
def test_the_real_logs_agree_with_their_readme(tmp_path: Path, name: str, figures: tuple[Any, ...]) -> None:
    desk = Database(str(tmp_path / "desk.db"))
    desk.write(lambda connection: [connection.execute(insert(table), rows) for table, rows in PEOPLE.items()])
    fill(desk, _log(name))
    view = look(desk, None)
    hours = view.resolve_hours
    assert hours.p50 is not None
    assert hours.p90 is not None
    found = (view.tickets, view.reopened, view.reassignments, view.resolution_sla.met, hours.n)
    assert found == figures[:5]
    assert (round(hours.p50, 2), round(hours.p90, 2)) == figures[5:7]
    assert tuple(view.by_priority[level] for level in ("P1", "P2", "P3", "P4")) == figures[7]
    assert view.resolution_sla.total == view.tickets
    desk.close()
