"""docs/rules.md: every example in it is run, and tickets say afterwards what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deskterm.domain import commands as c
from deskterm.domain.actions import ACTIONS
from deskterm.domain.causes import EVENTS, SINCE
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import DESK
from deskterm.domain.policy_file import read_policy
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.wording import sentence
from deskterm.storage.database import Database
from deskterm.store.store import Store
from tests.small_desk import NETWORK, PAYMENTS, Desk, copy_of, open_desk

MANUAL = (Path(__file__).parents[1] / "docs/rules.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    """The blocks of a kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)


ROUTING, OUTAGE, TIMES = blocks("toml")
PRINTED = [line for block in blocks("text") for line in block.splitlines()]


@pytest.fixture
def ruled(furnished_file: Path, tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """A desk whose policy is one of the examples."""
    opened: list[Desk] = []

    def with_policy(document: str) -> Desk:
        desk = open_desk(copy_of(furnished_file, tmp_path / f"desk{len(opened)}.db"))
        desk.store.close()
        desk.store = Store(Database(desk.url), DESK, clock=desk.clock, policy=read_policy(document))
        opened.append(desk)
        return desk

    yield with_policy
    for desk in opened:
        desk.close()


def printed(desk: Desk, number: int) -> set[str]:
    """What rules did to a ticket, in the words of the manual; events are counted from the ticket's first."""
    events = desk.store.history(number)
    agents = {agent.id: agent.login for agent in desk.store.people().agents.values()}
    queues = {queue.id: queue.name for queue in desk.store.people().queues.values()}
    said = {sentence(event, agents, queues) for event in events if event.kind == "ruled"}

    def counted(match: re.Match[str]) -> str:
        return f"(event {int(match[1]) - events[0].seq + 1})"

    return {re.sub(r"\(event (\d+)\)", counted, words) for words in said}


def test_what_comes_in_is_routed_as_the_manual_says(ruled: Callable[[str], Desk]) -> None:
    desk = ruled(ROUTING)
    number = desk.create(subject="My VPN drops", queue="payments")
    assert desk.ticket(number).queue == NETWORK
    assert printed(desk, number) == {PRINTED[0]}
    spam = desk.create(subject="Re: Out of office", channel="email")
    assert desk.ticket(spam).state is State.CLOSED
    assert desk.ticket(desk.create(subject="Printer")).queue == PAYMENTS


def test_an_outage_is_handled_as_the_manual_says(ruled: Callable[[str], Desk]) -> None:
    desk = ruled(OUTAGE)
    number = desk.create()
    desk.do("bo", c.Note((number,), "Looks like an outage"))
    before = desk.ticket(number)
    desk.do("bo", c.Tag((number,), ("outage",)))
    ticket = desk.ticket(number)
    assert (ticket.priority, ticket.priority_reason) == (Priority.P1, "an outage")
    assert printed(desk, number) == {PRINTED[1]}
    carol = desk.seen_by("carol")
    assert [line.text for line in carol.reminders()] == ["An outage was reported"]
    desk.do("bo", c.Undo())
    after = desk.ticket(number)
    assert replace(after, version=0, updated_at=before.updated_at) == replace(before, version=0)
    assert carol.reminders() == ()


def test_time_is_counted_as_the_manual_says(ruled: Callable[[str], Desk]) -> None:
    desk = ruled(TIMES)
    number = desk.create()
    desk.do("bo", c.Reply((number,), "Try again"))
    for days in range(1, 8):
        desk.clock.forward(days=1)
        while desk.store.run_due():
            pass
        assert len(printed(desk, number)) == (1 if days >= 2 else 0)
    desk.do("bo", c.Solve((number,), "It helped"))
    desk.clock.forward(days=4)
    while desk.store.run_due():
        pass
    assert printed(desk, number) == {PRINTED[2], PRINTED[3]}
    assert desk.ticket(number).state is State.CLOSED


def test_disagreements_are_said_as_the_manual_says(ruled: Callable[[str], Desk]) -> None:
    desk = ruled(ROUTING)
    desk.create(subject="VPN gateway")
    rules = (
        Rule("VPN to network", On.INTAKE, "vpn", (Action("queue", "network"),)),
        Rule("Gateways", On.INTAKE, "gateway", (Action("queue", "payments"),)),
        Rule("Everything", On.INTAKE, "", (), stop=True),
        Rule("Printers", On.INTAKE, "printer", (Action("tag", "print"),)),
    )
    overlaps, unreachable = desk.store.rule_conflicts(rules)
    assert [f"! {one}" for one in (*overlaps, *unreachable)] == PRINTED[4:]


def test_the_manual_names_every_action_event_and_moment() -> None:
    for name in ACTIONS:
        assert f"{name} = " in MANUAL or f"`{name}`" in MANUAL, name
    for name in (*EVENTS, *SINCE):
        assert f"`{name.removesuffix(':')}" in MANUAL or f'"{name}"' in MANUAL, name
