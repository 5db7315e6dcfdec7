"""Steps and processes may be called anything: marked, rung, searched, told and taken back all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK
from deskterm.domain.process import StepState, step_name
from deskterm.domain.query_parser import parse
from deskterm.domain.wording import sentence
from deskterm.storage import tickets
from deskterm.storage.facts import facts
from deskterm.upkeep.doctor import examine
from tests import invariants
from tests.small_desk import Desk, open_desk
from tests.upkeep.test_doctor import private

NAMES = (
    "a: b:c",
    "[bold red]Fix[/]",
    "100 % done_now",
    "It's \\ 'quoted'",
    "Straße räumen",
    "İstanbul aramak",
    "ſhip",
    "step:Fix",
    "at 10:00 @home",
    "你好 🧯",
    "x" * 80,
    "none",
    "Deploy*",
    'say "done"',
)
NEVER = ("Fi\nx", "Fi\x1b[31mx", "x" * 81, "12", "", "  ")


def toml(text: str) -> str:
    """A string of a policy file."""
    return json.dumps(text, ensure_ascii=False)


def policy(names: tuple[str, ...], process: str = "All") -> str:
    """A policy file with one process of these steps."""
    steps = "".join(f'[[processes.steps]]\nname = {toml(name)}\nwithin = "1h"\n' for name in names)
    return f'[[processes]]\nname = {toml(process)}\ntypes = ["incident"]\n{steps}'


def holds(desk: Desk, number: int, query: str) -> bool:
    """Say whether a ticket is found by a query, asked in memory."""
    store = desk.store
    with store.database.read() as connection:
        ticket = tickets.load(connection, number)
        assert ticket is not None
        held = facts(connection, ticket, store._dispatcher.directory(connection), DESK, store.policy)
        return matches(parse(query), held, DESK, store.now(), store.zone)


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    """A desk, once on SQLite and once on PostgreSQL; sound afterwards."""
    opened = open_desk(desk_url)
    private(opened)
    yield opened
    invariants.check(opened.store.database, opened.store.policy)
    assert examine(opened.store).faults == []
    opened.close()


def test_a_step_may_be_called_anything(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(policy(NAMES, "[b]It's 100 % İ:ſ[/b]")))
    number = desk.create(owner=desk.id("bo"))
    names = {agent.id: agent.login for agent in desk.store.people().agents.values()}
    for name in NAMES:
        if '"' not in name:
            for said in (name, name.upper()):
                query = f'step:"{said}" is:any'
                assert bool(desk.store.listing(query).rows) == holds(desk, number, query), query
            assert [row.number for row in desk.store.listing(f'step:"{name}" is:any').rows] == [number]
        desk.clock.forward(hours=1, minutes=1)
        while desk.store.run_due():
            pass
        alerts = {alert for alert in desk.ticket(number).alerts if alert.startswith("step:")}
        assert alerts == {f"step:{name}"}
        late = [line.text for line in desk.seen_by("bo").reminders() if "is late" in line.text]
        assert late.count(f"{name} is late ([b]It's 100 % İ:ſ[/b])") == 1
        desk.do("bo", c.MarkStep((number,), name.casefold(), StepState.SKIPPED, f"no {name}"))
        desk.do("bo", c.Undo())
        assert step_name(desk.ticket(number), desk.store.policy) == name
        desk.do("bo", c.Redo())
        event = desk.store.history(number)[-1]
        assert name in sentence(event, names, {}) or event.kind == "settled"
    assert desk.ticket(number).skipped == len(NAMES)
    assert [line.text for line in desk.store.ticket(number).steps] == [f"no {name}" for name in NAMES]
    assert {row.number for row in desk.store.listing("step:none is:any").rows} == {number}
    desk.do("bo", c.Solve((number,), "done"))


@pytest.mark.parametrize("name", NEVER)
def test_what_is_no_name_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(DeskError, match="name"):
        desk.do("dana", c.ApplyPolicy(policy((name,))))


def test_names_that_differ_by_case_alone_are_one(desk: Desk) -> None:
    with pytest.raises(DeskError, match="name"):
        desk.do("dana", c.ApplyPolicy(policy(("Straße", "STRASSE"))))


def test_what_is_said_of_a_step_is_cleaned(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(policy(("Fix",))))
    number = desk.create()
    desk.do("bo", c.MarkStep((number,), "Fix", StepState.SKIPPED, "a\x1b[31m [b]bold[/b]\nand\u202e more"))
    (line,) = desk.store.ticket(number).steps
    assert "\x1b" not in line.text
    assert "\n" not in line.text
    assert "\u202e" not in line.text
    assert "[b]bold[/b]" in line.text
