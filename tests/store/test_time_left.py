"""Time left: lists, searches, rules and clocks say business time, not the time on the wall."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deskterm.cli.reading import sla_words
from deskterm.domain import commands as c
from deskterm.domain.kinds import Sla, State
from deskterm.domain.left import day_of, left_words
from deskterm.domain.lists import Row
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK
from deskterm.domain.query_parser import parse
from deskterm.domain.why import ClockWhy, why
from deskterm.storage.facts import facts
from deskterm.ui.widgets.clock import bar_cells, sla_text
from tests.small_desk import Desk

FILE = """
[calendars.Office]
zone = "Europe/Berlin"
hours.mon = "09:00-17:00"
hours.tue = "09:00-17:00"
hours.wed = "09:00-17:00"
hours.thu = "09:00-17:00"
hours.fri = "09:00-17:00"

[calendars.Long]
zone = "UTC"
hours.mon = "06:00-22:00"
hours.tue = "06:00-22:00"
hours.wed = "06:00-22:00"
hours.thu = "06:00-22:00"
hours.fri = "06:00-22:00"

[[sla]]
name = "Office hours"
when = "queue:payments"
calendar = "Office"
targets.P4 = { first_reply = "4h", resolution = "40h" }

[[sla]]
name = "Long hours"
when = "tag:long"
calendar = "Long"
targets.P4 = { first_reply = "4h" }

[[sla]]
name = "Always"
targets.P4 = { first_reply = "4h" }
"""
FRIDAY = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
"""Three in the afternoon in Berlin: two hours of business time are left that week."""


@pytest.fixture
def office(desk: Desk) -> tuple[Desk, int, int, int]:
    """A desk with three tickets of the same targets: by office hours, by long hours, around the clock."""
    admin = desk.seen_by("dana")
    admin.dispatch(c.ApplyPolicy(FILE))
    desk.clock.at = FRIDAY
    number = desk.create(queue="payments")
    long = desk.create(queue="network", tags=("long",))
    return desk, number, long, desk.create(queue="network")


def row(desk: Desk, number: int) -> Row:
    """The ticket as lists show it."""
    [found] = desk.store.listing(f"number:{number}").rows
    return found


def test_a_row_says_the_business_time_that_is_left(office: tuple[Desk, int, int, int]) -> None:
    desk, number, long, always = office
    at = desk.clock.at
    assert [sla_text(row(desk, one), at) for one in (number, long, always)] == ["4:00", "4:00", "4:00"]
    desk.clock.forward(hours=1)
    assert sla_text(row(desk, number), desk.clock.at) == "3:00"
    # A night and a weekend take nothing.
    desk.clock.at = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    found = row(desk, number)
    assert (sla_text(found, desk.clock.at), sla_words(found, desk.clock.at)) == ("2:00", "2:00")
    assert bar_cells(found, desk.clock.at) == 3
    assert sla_text(row(desk, always), desk.clock.at) == "-1d"
    # Monday at 11:00 in Berlin the last minute ends.
    for minute, second, words in ((59, 30, "◆ now"), (0, 0, "▲ -1m"), (0, 30, "▲ -1m")):
        desk.clock.at = datetime(2026, 11, 30, 9 if minute else 10, minute, second, tzinfo=UTC)
        found = row(desk, number)
        assert (sla_text(found, desk.clock.at), sla_words(found, desk.clock.at)) == (words[2:], words)
    # At 11:20 it has been late for twenty minutes.
    desk.clock.at = datetime(2026, 11, 30, 10, 20, tzinfo=UTC)
    found = row(desk, number)
    assert found.sla(desk.clock.at) is Sla.BREACHED
    assert (sla_text(found, desk.clock.at), sla_words(found, desk.clock.at)) == ("-20m", "▲ -20m")


def test_a_day_of_time_left_is_one_of_its_calendar(office: tuple[Desk, int, int, int]) -> None:
    desk, number, _, _ = office
    desk.do("bo", c.Reply((number,), "We look", State.OPEN))
    assert sla_text(row(desk, number), desk.clock.at) == "5d"
    view = desk.seen_by("carol").ticket(number)
    assert view.clocks[-1].left(desk.clock.at) == 40 * 3600


def test_searches_and_rules_ask_for_business_time(office: tuple[Desk, int, int, int]) -> None:
    desk, number, long, always = office
    desk.clock.at = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
    # Left: two hours by office hours, none by long hours (late since 18:00), none around the clock.
    for query, expected in (
        ("sla:<3h", {number, long, always}),
        ("sla:<2h", {long, always}),
        ("sla:<=2h", {number, long, always}),
        ("sla:>1h", {number}),
        ("sla:>=2h", {number}),
        ("sla:>2h", set()),
        ("-sla:<2h", {number}),
    ):
        assert set(desk.store.numbers(query)) == expected, query
        policy = desk.store.policy
        with desk.store.database.read() as connection:
            known = desk.store.people()
            held = {
                one
                for one in (number, long, always)
                if matches(
                    parse(query), facts(connection, desk.ticket(one), known, DESK, policy), DESK,
                    desk.clock.at, UTC,
                )
            }  # fmt: skip
        assert held == expected, query


def test_work_next_says_the_same(office: tuple[Desk, int, int, int]) -> None:
    desk = office[0]
    desk.clock.at = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
    assert "P4, breaches in 2:00, in your queue Payments" in desk.seen_by("alice").work_next().reason


def test_a_split_ticket_was_measured_by_what_measured_the_first(office: tuple[Desk, int, int, int]) -> None:
    desk, number, _, _ = office
    desk.do("", c.Receive((number,), "And the printer"))
    message = desk.seen_by("carol").ticket(number).messages[-1].id
    desk.clock.at = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    split = desk.do("bo", c.Split(number, (message,), "The printer")).created
    assert split is not None
    clock = desk.seen_by("carol").ticket(split).clocks[0]
    assert (clock.target, clock.used_seconds) == ("first_reply", 2 * 3600)


def explanation(desk: Desk, number: int) -> ClockWhy:
    """What why says of its resolution."""
    [clock] = why(desk.ticket(number), desk.store.policy, desk.clock.at, desk.store.history(number)).clocks
    return clock


def over_everywhere(desk: Desk, number: int) -> set[str]:
    """How late its resolution is: as the list, the ticket's screen and why say it."""
    now, carol = desk.clock.at, desk.seen_by("carol")
    said = {sla_text(row(desk, number), now), sla_words(row(desk, number), now).removeprefix("▲ ")}
    [clock] = carol.ticket(number).clocks
    said.add(left_words(clock.left(now), day_of(clock.calendar), over=True))
    explained = explanation(desk, number)
    left = explained.target_seconds - explained.used_seconds
    return said | {left_words(left, day_of(clock.calendar), over=True)}


def due_everywhere(desk: Desk, number: int) -> set[datetime | None]:
    """When its resolution was due, as each of them says it."""
    carol = desk.seen_by("carol")
    [clock] = carol.ticket(number).clocks
    return {row(desk, number).due_at, clock.due_at, explanation(desk, number).due_at}


LATE = """
[calendars.Office]
zone = "UTC"
hours = { mon = "09:00-17:00", tue = "09:00-17:00", wed = "09:00-17:00" }

[[sla]]
name = "Round the clock"
when = "tag:vip"
targets.P4 = { resolution = "2h" }

[[sla]]
name = "Office hours"
when = "queue:payments"
calendar = "Office"
targets.P4 = { resolution = "4h" }

[[sla]]
name = "Network"
targets.P4 = { resolution = "4h" }
"""


@pytest.mark.parametrize("queue", ["payments", "network"])
def test_what_was_due_before_a_pause_was_due_then_and_is_as_late_everywhere(desk: Desk, queue: str) -> None:
    desk.do("dana", c.ApplyPolicy(LATE))
    number = desk.create(queue=queue)
    desk.clock.forward(hours=5)
    desk.do("bo", c.ChangeState((number,), State.PENDING))
    desk.clock.forward(hours=2)
    desk.do("bo", c.ChangeState((number,), State.OPEN))
    # It stood still from 14:00 to 16:00: nothing can have been due in between.
    assert due_everywhere(desk, number) == {datetime(2026, 11, 23, 13, 0, tzinfo=UTC)}
    assert over_everywhere(desk, number) == {"-1h"}
    desk.clock.forward(minutes=30)
    assert over_everywhere(desk, number) == {"-1h"}
    desk.clock.forward(minutes=30)
    assert over_everywhere(desk, number) == {"-2h"}


def test_a_late_ticket_that_another_policy_measures_is_as_late_everywhere(desk: Desk) -> None:
    desk.do("dana", c.ApplyPolicy(LATE))
    number = desk.create()
    desk.clock.forward(hours=5)
    desk.do("bo", c.ChangeState((number,), State.PENDING))
    desk.clock.forward(hours=2)
    desk.do("bo", c.ChangeState((number,), State.OPEN))
    desk.do("bo", c.Tag((number,), ("vip",)))
    assert due_everywhere(desk, number) == {datetime(2026, 11, 23, 11, 0, tzinfo=UTC)}
    assert over_everywhere(desk, number) == {"-3h"}
    desk.clock.forward(hours=20)
    assert over_everywhere(desk, number) == {"-23h"}
    # Twenty hours were counted around the clock: a day of eight is 2.75 of the 22 that it is over then.
    desk.do("bo", c.Tag((number,), (), ("vip",)))
    desk.clock.forward(hours=1)
    assert due_everywhere(desk, number) == {datetime(2026, 11, 23, 13, 0, tzinfo=UTC)}
    assert over_everywhere(desk, number) == {"-2d"}
    desk.clock.forward(hours=2)
    assert over_everywhere(desk, number) == {"-3d"}


@pytest.mark.parametrize("queue", ["payments", "network"])
def test_the_bar_of_a_row_counts_neither_pauses_nor_what_another_policy_counted(
    desk: Desk, queue: str
) -> None:
    desk.do("dana", c.ApplyPolicy(LATE))
    number = desk.create(queue=queue)
    desk.do("bo", c.ChangeState((number,), State.PENDING))
    desk.clock.forward(hours=6)
    desk.do("bo", c.ChangeState((number,), State.OPEN))
    assert bar_cells(row(desk, number), desk.clock.at) == 0
    desk.clock.forward(hours=1)
    # One of two hours when it becomes a vip's, one of four else.
    assert bar_cells(row(desk, number), desk.clock.at, 12) == 3
    desk.do("bo", c.Tag((number,), ("vip",)))
    assert bar_cells(row(desk, number), desk.clock.at, 12) == 6
    desk.do("bo", c.Tag((number,), (), ("vip",)))
    assert bar_cells(row(desk, number), desk.clock.at, 12) == 3
