"""docs/sla.md: its policy is applied, its ticket lives as it says, and `why` says what the manual says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from deskterm.domain import commands as c
from deskterm.domain.kinds import State
from deskterm.domain.why import told, why
from tests.small_desk import Desk

MANUAL = (Path(__file__).parents[1] / "docs/sla.md").read_text("utf-8")
BERLIN = ZoneInfo("Europe/Berlin")
STEPS: dict[str, c.TicketCommand] = {
    "reply": c.Reply((1,), "We look into it", State.OPEN),
    "hold": c.ChangeState((1,), State.HOLD, "vendor"),
    "open": c.ChangeState((1,), State.OPEN),
    "the customer writes": c.Receive((1,), "And now?"),
    "sent a guide": c.ChangeState((1,), State.PENDING, status="sent a guide"),
    "Waiting for the customer": c.ChangeState((1,), State.PENDING, status=""),
    "waiting for parts": c.ChangeState((1,), State.HOLD, "vendor", status="waiting for parts"),
}


def example(name: str) -> str:
    """The block of the manual with this mark."""
    fenced = rf"<!-- example: {re.escape(name)} -->\n```\w*\n(.*?)```"
    table = rf"<!-- example: {re.escape(name)} -->\n(\|.*?)\n\n"
    found = re.search(fenced, MANUAL, re.DOTALL) or re.search(table, MANUAL, re.DOTALL)
    assert found is not None, name
    return found[1]


def at(text: str) -> datetime:
    """A time on the wall in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def said(desk: Desk) -> str:
    """What `deskterm why 1` says now, but for who decided what."""
    view = desk.seen_by("bo").ticket(1)
    found = why(view.ticket, desk.store.policy, desk.clock.at, view.events, view.names, view.queues)
    return "\n".join(told(found, BERLIN)).split("\n\nDecided")[0] + "\n"


def test_the_worked_example_is_true(desk: Desk) -> None:
    desk.clock.at = at("2026-11-23 08:00")
    desk.do("dana", c.ApplyPolicy(example("sla.toml")))
    for when, what in re.findall(r"^\| (\d\S+ \S+) \| (.+?) \|$", example("life"), re.MULTILINE):
        desk.clock.at = at(when)
        if what == "it comes in":
            assert desk.create() == 1
        else:
            desk.do("bo", STEPS[what])
    desk.clock.at = at("2026-11-26 10:00")
    assert said(desk) == example("why")
    desk.do("bo", c.Tag((1,), ("vip",)))
    assert example("vip") in said(desk)


def test_the_example_of_nights_is_true(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(example("night.toml")))
    for when, what in re.findall(r"^\| (\d\S+ \S+) \| (.+?) \|$", example("night life"), re.MULTILINE):
        desk.clock.at = at(when)
        if what == "it comes in":
            assert desk.create() == 1
        else:
            desk.do("bo", STEPS[what])
    desk.clock.at = at("2026-11-24 12:00")
    assert said(desk) == example("night why")


def test_the_example_of_states_is_true(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(example("states.toml")))
    for when, what in re.findall(r"^\| (\d\S+ \S+) \| (.+?) \|$", example("states life"), re.MULTILINE):
        desk.clock.at = at(when)
        if what == "it comes in":
            assert desk.create() == 1
        else:
            desk.do("bo", STEPS[what])
    desk.clock.at = at("2026-11-23 14:00")
    assert example("states why") in said(desk)
