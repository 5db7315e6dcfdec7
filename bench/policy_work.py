"""Times of what a policy costs: clocks, dry runs and likely duplicates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from sqlalchemy import select

from bench.desks import open_store
from bench.measures import Figures, percentile
from deskterm.domain.policy import DEFAULT, Policy
from deskterm.domain.policy_file import read_policy
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.sla import standing
from deskterm.domain.ticket import Ticket
from deskterm.holiday_dates import holiday_dates
from deskterm.storage.codec import ticket_of
from deskterm.storage.tables import tickets
from deskterm.store.store import Store

CLOCKS = 100_000
DUPLICATES = 60

OFFICE = """
[calendars.office]
zone = "Europe/Berlin"
places = ["DE"]

[calendars.office.hours]
mon = "09:00-12:00, 13:00-17:00"
tue = "09:00-17:00"
wed = "09:00-17:00"
thu = "09:00-17:00"
fri = "09:00-15:00"

[[sla]]
name = "Office"
calendar = "office"

[sla.targets]
P1 = { first_reply = "30m", resolution = "4h" }
P2 = { first_reply = "2h", resolution = "8h" }
P3 = { first_reply = "4h", resolution = "24h" }
P4 = { first_reply = "8h", resolution = "40h" }
"""


def _milliseconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return 1000 * (perf_counter() - began)


def _some(store: Store, count: int) -> list[Ticket]:
    """Load the newest tickets as values."""
    with store.database.read() as connection:
        newest = select(tickets).order_by(tickets.c.number.desc()).limit(count)
        return [ticket_of(row) for row in connection.execute(newest).mappings()]


def _clocks(found: list[Ticket], policy: Policy) -> float:
    def work() -> None:
        for ticket in found:
            standing(ticket, policy)

    return _milliseconds(work)


def measure(path: Path) -> Figures:
    """Return the figures of a desk, in milliseconds."""
    store = open_store(path)
    try:
        newest = _some(store, CLOCKS)
        found = {f"clocks of {len(newest):,}, around the clock": _clocks(newest, DEFAULT)}
        numbers = [row.number for row in store.listing("is:any", sort="-number", limit=DUPLICATES).rows]
        times = [_milliseconds(lambda: store.duplicates(number)) for number in numbers]  # noqa: B023
        found["likely duplicates.p50"] = percentile(times, 0.5)
        found["likely duplicates.p95"] = percentile(times, 0.95)
        rule = Rule("bench", On.INTAKE, "invoice priority:p1,p2", (Action("tag", "money"),))
        found["dry run over all"] = _milliseconds(lambda: store.dry_run(rule, last=0))
        found["dry run over the last 1,000"] = _milliseconds(lambda: store.dry_run(rule))
    finally:
        store.close()
    found[f"clocks of {len(newest):,}, office hours"] = _clocks(newest, read_policy(OFFICE, holiday_dates))
    return found
