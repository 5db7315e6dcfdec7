"""An imported log under office hours: the desk's verdicts are those of a plain count beside it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskterm.channels.importers import servicenow
from deskterm.channels.importers.report import ImportReport
from deskterm.domain import commands as c
from deskterm.domain.history import History
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK
from deskterm.storage.database import Database
from deskterm.store.store import Store

DATA = Path(__file__).parents[1] / "data"
REAL = Path(__file__).parents[3] / "shared/data"
NOW = datetime(2025, 11, 22, 14, 0, tzinfo=UTC)
HOURS = {"P1": 8, "P2": 16, "P3": 24, "P4": 60}
FEASTS = {date(2016, 3, 25), date(2016, 3, 28), date(2016, 5, 5)}
LONG = ", ".join(f'{day} = "08:00-18:00"' for day in ("mon", "tue", "wed", "thu"))
POLICY = f"""
[calendars.Office]
zone = "UTC"
hours = {{ {LONG}, fri = "08:00-16:00" }}
holidays = [{", ".join(f'{{ day = {day}, name = "Feast" }}' for day in sorted(FEASTS))}]

[[sla]]
name = "Incidents"
when = "type:incident"
calendar = "Office"
[sla.targets]
{chr(10).join(f'{priority} = {{ resolution = "{hours}h" }}' for priority, hours in HOURS.items())}
"""
CLOSES = (18, 18, 18, 18, 16, 0, 0)
"""When the office closes from Monday on; it opens at eight."""


def open_seconds(start: datetime, end: datetime) -> float:
    """The office's open time between two moments, day by day."""
    total, day = 0.0, start.date()
    while day <= end.date():
        closes = 0 if day in FEASTS else CLOSES[day.weekday()]
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        begin, finish = (
            max(start, midnight + timedelta(hours=8)),
            min(end, midnight + timedelta(hours=closes)),
        )
        total += max(0.0, (finish - begin).total_seconds())
        day += timedelta(days=1)
    return total


def verdict(history: History) -> tuple[str, str]:
    """Priority and met, missed or cancelled of one ticket, from nothing but what the log says."""
    values: dict[str, Any] = {}
    used, since, state = 0.0, history.facts[0].at, State.NEW
    for fact in history.facts:
        if state in (State.NEW, State.OPEN):
            used += open_seconds(since, fact.at)
        values |= fact.values
        since, state = fact.at, State(values["state"])
    priority = str(values["priority"])
    assert state in (State.SOLVED, State.CLOSED)
    late = used >= HOURS[priority] * 3600
    return priority, "missed" if late else "met"


@pytest.mark.parametrize(
    "log",
    [
        DATA / "servicenow_words.csv",
        pytest.param(
            REAL / "servicenow_head.csv.gz",
            marks=[
                pytest.mark.skipif(not REAL.exists(), reason="the real logs are not here"),
                pytest.mark.slow,
                pytest.mark.timeout(240),
            ],
        ),
    ],
    ids=("excerpt", "head"),
)
def test_a_policy_over_an_imported_log_judges_as_a_plain_count_does(log: Path, tmp_path: Path) -> None:
    wanted = Counter(verdict(one) for one in servicenow.read(servicenow.survey(log), ImportReport("")))
    store = Store(Database(str(tmp_path / "desk.db")), DESK, clock=lambda: NOW)
    try:
        report = servicenow.run(store, log)
        store.dispatch(c.ApplyPolicy(POLICY))
        every = tuple(range(1, report.tickets + 1))
        store.dispatch(c.Recount(every, "judge the log by our own hours"))
        view = store.metrics("is:any", None, None, sla="desk")
        found = {
            (priority, word): count
            for priority, sla in view.resolution_by_priority.items()
            for word, count in (("met", sla.met), ("missed", sla.total - sla.met))
            if count
        }
        assert found == dict(wanted)
        assert sum(found.values()) == report.tickets
        met = sum(count for (_, word), count in found.items() if word == "met")
        assert (view.resolution_sla.met, view.resolution_sla.total) == (met, report.tickets)
        assert store.count("sla:missed is:any") <= report.tickets
    finally:
        store.close()


def test_importing_under_a_policy_measures_from_the_beginning(tmp_path: Path) -> None:
    """The other order: the policy holds already, and what is imported is measured by it."""
    log = DATA / "servicenow_words.csv"
    wanted = Counter(verdict(one)[1] for one in servicenow.read(servicenow.survey(log), ImportReport("")))
    store = Store(Database(str(tmp_path / "desk.db")), DESK, clock=lambda: NOW)
    try:
        store.dispatch(c.ApplyPolicy(POLICY))
        report = servicenow.run(store, log)
        sla = store.metrics("is:any", None, None, sla="desk").resolution_sla
        assert (sla.met, sla.total) == (wanted["met"], report.tickets)
        legs = {leg.policy for number in range(1, 4) for leg in store.ticket(number).ticket.legs}
        assert legs == {"Incidents"}
    finally:
        store.close()
