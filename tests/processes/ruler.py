"""Races and kills processes that run rules on time: ruler.py PATH TICKETS SEED; says as JSON what each did.

Six forks at a time do a few pieces of due work each until they are killed in the middle of it; new ones take
their place until nothing is due any more.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import text

from deskterm.domain import commands as c
from deskterm.domain.people import DESK, Actor
from deskterm.domain.policy import Policy
from deskterm.domain.process import Process, Step
from deskterm.domain.rule import Action, On, Rule
from deskterm.machine import utc_now
from deskterm.storage.codec import to_ms
from deskterm.storage.database import Database
from deskterm.store.due_runner import run_due
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine

POLICY = Policy(
    rules=(
        Rule("hour", On.TIME, "", (Action("note", "An hour"),), since="created", after=3600),
        Rule("two", On.TIME, "", (Action("tag", "old"),), since="created", after=7200),
        Rule("late", On.UPDATE, "", (Action("escalate", "lead", "late"),), ("breached",)),
    ),
    processes=(Process("Incident", (Step("Look", owner="bo", within=3600), Step("Fix")), ("incident",)),),
)

FORKS = 6
PATIENCE = 120.0
"""Seconds in which one of them must have done something."""


def later() -> datetime:
    """Ten hours on: everything is due, and a target has passed."""
    return utc_now() + timedelta(hours=10)


def work(path: str, said: Callable[[], object] = lambda: None) -> None:
    """Do what is due until there is nothing left, saying so after each piece."""
    store = Store(Database(path), DESK, clock=later, policy=POLICY)
    while run_due(store._dispatcher, limit=3):
        said()
    store.close()


def fork(path: str, told: int) -> int:
    """Start a process that works, tells when it has done something, and waits for its end."""
    child = os.fork()
    if child == 0:
        try:
            work(path, lambda: os.write(told, b"."))
            signal.pause()
        finally:
            os._exit(0)
    return child


def race(path: str, rng: Random) -> int:
    """Let processes race, and kill all soon after one has done something; returns how many were killed."""
    heard, told = os.pipe()
    children = [fork(path, told) for _ in range(FORKS)]
    # Not before: kills during start-up would bring nothing to its end.
    assert select.select([heard], [], [], PATIENCE)[0], "nobody works"
    select.select([], [], [], rng.random() * 0.2)
    kills = 0
    for child in children:
        os.kill(child, signal.SIGKILL)
        kills += os.waitpid(child, 0)[1] == signal.SIGKILL
    os.close(heard)
    os.close(told)
    return kills


def _rang(store: Store, said: str = "again") -> int:
    """How many reminders rang of those that say this."""
    with store.database.read() as connection:
        found = text("SELECT count(*) FROM reminders WHERE text = :said AND state = 'fired'")
        return int(connection.execute(found, {"said": said}).scalar_one())


def _late(store: Store) -> list[int]:
    """How many tickets were told to be late at a step, and how often."""
    with store.database.read() as connection:
        found = text("SELECT count(DISTINCT ticket), count(*) FROM events WHERE kind = 'step_late'")
        return [int(number) for number in connection.execute(found).one()]


def _left(path: str) -> int:
    """How much is still due."""
    store = Store(Database(path), DESK, clock=later, policy=POLICY)
    try:
        with store.database.read() as connection:
            return int(
                connection.execute(
                    text("SELECT count(*) FROM due WHERE at <= :now"), {"now": to_ms(later())}
                ).scalar_one()
            )
    finally:
        store.close()


def main(path: str, count: int, seed: int) -> dict[str, object]:
    """Open tickets, let time pass, and let processes race and die until all is done."""
    rng = Random(seed)
    store = Store(Database(path), DESK, clock=utc_now, policy=POLICY)
    store.actor = Actor(store.people().agent("bo"), "test")
    for number in range(count):
        # A process begins by its type: the step it is at is late by the time the others race.
        store.dispatch(c.Create(f"Ticket {number}", "ana@x.example", queue="payments"))
    hour = f"{utc_now() + timedelta(hours=1):%H:%M}"
    again = c.Create("Again", "ops@x.example", queue="payments", tags=("again",))
    store.dispatch(c.AddRecurring(again, f"every day {hour}", "UTC"))
    store.dispatch(c.Remind(None, "again", every=f"every day {hour}", zone="UTC"))
    store.close()
    kills = 0
    while _left(path) > count // 2:
        kills += race(path, rng)
    done = _left(path)
    work(path)
    store = Store(Database(path), DESK, clock=later, policy=POLICY)
    try:
        fired = {line.rule.name: (line.fired, line.tickets) for line in store.rules()}
        notes = [len(store.ticket(number).messages) for number in store.numbers("-tag:again is:any")]
        rang = _rang(store)
        return {
            "fired": fired,
            "notes": sorted(set(notes)),
            "late": [*_late(store), _rang(store, "Look is late (Incident)")],
            "again": [len(store.numbers("tag:again is:any")), rang],
            "kills": kills,
            "left": done,
            "faults": examine(store).faults,
        }
    finally:
        store.close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), default=str))
