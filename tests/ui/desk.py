"""A small desk with a clock that stands still, made by commands like any other desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskterm.domain.commands import AddAgent, AddQueue, Assign, ChangeState, Create, Note, Reply, Solve
from deskterm.domain.kinds import Level, State
from deskterm.domain.people import DESK, Actor, Role
from deskterm.storage.database import Database
from deskterm.store.store import Store

NOON = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)

SUBJECTS = (
    ("Checkout returns 502 for all EU customers", "Ana Ruiz", Level.HIGH, Level.HIGH, 252, "Payments"),
    ("VPN drops every ten minutes on the new client", "Joel Ek", Level.HIGH, Level.MEDIUM, 430, "Network"),
    ("Invoices for October sent twice", "Mara Lindqvist", Level.MEDIUM, Level.HIGH, 300, "Billing"),
    ("Cannot reset my password on the portal", "Kenji Sato", Level.MEDIUM, Level.MEDIUM, 190, "Identity"),
    ("SSO login loops back to landing page", "Priya N.", Level.MEDIUM, Level.MEDIUM, 100, "Identity"),
    ("Export to CSV drops the last column", "Tom Okafor", Level.MEDIUM, Level.MEDIUM, 60, "Billing"),
    ("Where do I change the billing address?", "Lena Voss", Level.LOW, Level.LOW, 40, "Billing"),
    ("Feature: dark mode for the status page", "Iris Chen", Level.LOW, Level.LOW, 30, "Payments"),
    ("Typo in the welcome mail", "Sam Ito", Level.LOW, Level.LOW, 20, "Identity"),
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **spans: float) -> None:
        """Let time pass."""
        self.at += timedelta(**spans)


def as_agent(path: Path, login: str, clock: Callable[[], datetime]) -> Store:
    """Open the desk as an agent; "" is the desk itself."""
    store = Store(Database(str(path)), DESK, clock=clock, zone=UTC)
    if login:
        agent = store.people().agent(login)
        assert agent is not None
        store.actor = Actor(agent, "tui")
    return store


def people(store: Store) -> None:
    """Four queues and three agents."""
    for queue in ("Billing", "Network", "Payments", "Identity"):
        store.dispatch(AddQueue(queue))
    every = ("billing", "network", "payments", "identity")
    store.dispatch(AddAgent("alice", "Alice Moreau", Role.LEAD, every, "L1"))
    store.dispatch(AddAgent("bo", "Bo Lindberg", Role.AGENT, ("payments", "network"), "L2"))
    store.dispatch(AddAgent("dana", "Dana Weiss", Role.ADMIN, every))


def small_desk(path: Path, clock: Clock) -> None:
    """The nine tickets of the target picture, with conversations, states and clocks of every kind."""
    store = as_agent(path, "", clock)
    people(store)
    now = clock.at
    for subject, name, impact, urgency, minutes, queue in SUBJECTS:
        clock.at = now - timedelta(minutes=minutes)
        address = name.split(" ")[0].lower() + "@northwind.example"
        text = f"Hello,\n\n{subject.lower()}. Since this morning, every time we try.\n\nThank you, {name}"
        store.dispatch(
            Create(
                subject,
                address,
                name,
                "Northwind",
                text,
                queue.lower(),
                channel="email",
                impact=impact,
                urgency=urgency,
            )
        )
    found = store.listing("is:any", sort="number").rows
    numbers = {row.subject: row.number for row in found}
    alice, bo = as_agent(path, "alice", clock), as_agent(path, "bo", clock)
    checkout, vpn, invoices, password, _, export, _, feature, typo = (numbers[line[0]] for line in SUBJECTS)
    clock.at = now - timedelta(minutes=26)
    alice.dispatch(Assign((checkout, vpn, invoices, password, export, feature, typo), alice.actor.id))
    for number in (checkout, vpn, password, export):
        alice.dispatch(Reply((number,), "Hi, we see it too and are on it.", State.OPEN))
    bo.dispatch(
        Note((checkout,), "Deploy 4.18 went out at 13:52 to eu-west.\nSame signature as the last one.")
    )
    alice.dispatch(ChangeState((feature,), State.HOLD, "vendor"))
    alice.dispatch(Reply((invoices,), "Could you send us one of the two?", State.PENDING))
    alice.dispatch(Reply((typo,), "Thank you, it is spelled right now.", State.OPEN))
    alice.dispatch(Solve((typo,), "Spelling corrected", "fixed"))
    clock.at = now
    for each in (alice, bo):
        each.mark_read(checkout)
        each.mark_read(vpn)
        each.mark_read(password)
    for each in (store, alice, bo):
        each.close()


def many_tickets(path: Path, clock: Clock, count: int) -> None:
    """A desk of many tickets in one queue, each with its own time to breach."""
    store = as_agent(path, "", clock)
    people(store)
    now = clock.at
    for index in range(count):
        clock.at = now - timedelta(minutes=count - index)
        store.dispatch(
            Create(
                f"Ticket number {index} of many",
                f"who{index % 7}@example.org",
                f"Who {index % 7}",
                queue="payments",
            )
        )
    clock.at = now
    store.close()
