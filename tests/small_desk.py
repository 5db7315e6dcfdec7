"""A small desk for the tests of storage and store: seven people, three queues, a clock moved by hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from deskterm.domain import commands as c
from deskterm.domain.people import DESK, Actor, Role
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import Outcome
from deskterm.storage.database import Database
from deskterm.store.store import Store

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""

PEOPLE = (
    ("alice", "Alice Moreau", Role.AGENT, ("payments",)),
    ("bo", "Bo Lindberg", Role.AGENT, ("payments", "network")),
    ("carol", "Carol Weiss", Role.LEAD, ("payments", "network")),
    ("dana", "Dana Okafor", Role.ADMIN, ()),
    ("hana", "Hana Sato", Role.LEAD, ("hr", "payments")),
    ("hugo", "Hugo Ek", Role.AGENT, ("hr",)),
    ("vera", "Vera Voss", Role.VIEWER, ("payments",)),
)
PAYMENTS, NETWORK, HR = 1, 2, 3


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **spans: float) -> None:
        """Let time pass."""
        self.at += timedelta(**spans)


@dataclass
class Desk:
    """An open desk, its clock, and its people as actors by login."""

    url: str
    store: Store
    clock: Clock
    actors: dict[str, Actor] = field(default_factory=dict)
    others: list[Store] = field(default_factory=list)

    def id(self, login: str) -> int:
        """An agent's id."""
        found = self.actors[login].id
        assert found is not None
        return found

    def do(self, login: str, command: c.Command) -> Outcome:
        """Dispatch a command as somebody; "" is the desk itself."""
        return self.store.dispatch(command, actor=self.actors[login] if login else DESK)

    def create(self, login: str = "bo", subject: str = "It fails", **values: object) -> int:
        """Open a ticket and return its number."""
        given: dict[str, object] = {"requester_address": "ana@northwind.example", "queue": "payments"}
        outcome = self.do(login, c.Create(subject, **(given | values)))  # type: ignore[arg-type]
        assert outcome.created is not None
        return outcome.created

    def ticket(self, number: int) -> Ticket:
        """A ticket as the desk itself sees it."""
        before, self.store.actor = self.store.actor, DESK
        try:
            return self.store.ticket(number).ticket
        finally:
            self.store.actor = before

    def seen_by(self, login: str, zone: tzinfo = UTC) -> Store:
        """Another store on the same desk, as another process would have it: acting as `login`."""
        actor = self.actors[login] if login else DESK
        other = Store(Database(self.url), actor, clock=self.clock, zone=zone)
        self.others.append(other)
        return other

    def close(self) -> None:
        """Give all databases back."""
        for store in (*self.others, self.store):
            store.close()


def furnish(url: str) -> None:
    """Make an empty database a desk with its people and queues."""
    store = Store(Database(url), DESK, clock=Clock())
    try:
        for name, confidential in (("Payments", False), ("Network", False), ("HR", True)):
            store.dispatch(c.AddQueue(name, confidential))
        for login, name, role, queues in PEOPLE:
            store.dispatch(c.AddAgent(login, name, role, queues))
    finally:
        store.close()


def open_desk(url: str) -> Desk:
    """Open a furnished desk."""
    clock = Clock()
    desk = Desk(url, Store(Database(url), DESK, clock=clock), clock)
    known = desk.store.people()
    for login, *_ in PEOPLE:
        agent = known.agent(login)
        assert agent is not None
        desk.actors[login] = Actor(agent, "test")
    return desk


def copy_of(template: Path, into: Path) -> str:
    """Copy a furnished SQLite file and return the copy's URL."""
    shutil.copyfile(template, into)
    return f"sqlite:///{into}"
