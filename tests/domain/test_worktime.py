"""Time worked: what is typed, who may change which entry, sums, undo, and a stopwatch that knows idleness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain import commands as c
from deskterm.domain.errors import FieldMoved, NotAllowed, NotFound, Refused
from deskterm.domain.events import Change, Event, evolve, invert
from deskterm.domain.kinds import State
from deskterm.domain.people import Agent, Role
from deskterm.domain.policy import Policy, TimeSettings
from deskterm.domain.ticket import Ticket, Worked
from deskterm.domain.time_words import time_words
from deskterm.domain.worktime import Entry, Stopwatch, read_day, read_worked, rounded, summary, total
from tests.domain.situations import ALICE, BO, NOON, after, done, event, propose, ticket_in

CAROL = Agent(9, "carol", "Carol Weiss", Role.LEAD)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("25m", 25), ("25", 25), (" 25 min ", 25), ("1h30", 90), ("1h30m", 90), ("1h 30m", 90),
        ("1 h 30", 90),
        ("1:15", 75), ("0:05", 5), ("0.5h", 30), ("1,25h", 75), (".5h", 30), ("2h", 120), ("2 hours", 120),
        ("90", 90), ("24h", 1440),
        ("1H30", 90),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(typed: str, minutes: int) -> None:
    assert read_worked(typed) == minutes * 60


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "how long is missing"), ("soon", "'soon' is no time worked"), ("1:75", "more than 59 minutes"),
        ("0m", "no time at all"), ("25h", "more than 24 hours"), ("-5m", "no time worked"), ("h", "no time"),
        ("1h30x", "no time worked"), ("٣m", "no time worked"), ("1e3", "no time"), ("99999999m", "no time"),
        ("\x1b[31m5m", "no time worked"),
    ],
)  # fmt: skip
def test_a_time_that_is_none_says_why(typed: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as error:
        read_worked(typed)
    assert error.value.hint
    assert "\x1b" not in error.value.message


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("", "2026-11-23T12:00"), ("today", "2026-11-23T11:00"), ("09:30", "2026-11-23T08:30"),
        ("yesterday", "2026-11-22T11:00"), ("Yesterday 14:30", "2026-11-22T13:30"),
        ("monday", "2026-11-23T11:00"), ("friday 8:00", "2026-11-20T07:00"),
        ("2026-07-01", "2026-07-01T10:00"),
    ],
)  # fmt: skip
def test_a_day_is_the_last_one_of_its_name_in_the_agents_zone(typed: str, at: str) -> None:
    assert read_day(typed, NOON, BERLIN) == datetime.fromisoformat(at).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tomorrow", "is still to come"), ("2026-02-30", "no 2026-02-30"), ("2026-11-24", "still to come"),
        ("18:00", "still to come"), ("next friday", "is no day"), ("25:00", "is no day"),
    ],
)  # fmt: skip
def test_a_day_that_is_none_says_why(typed: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_day(typed, NOON, BERLIN)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0m"), (59, "<1m"), (60, "1m"), (3599, "59m"), (3600, "1h"), (5100, "1h25"), (36300, "10h05")],
)
def test_worked_time_is_written_in_whole_minutes(seconds: int, words: str) -> None:
    assert time_words(seconds) == words


def logged(ticket: Ticket, seconds: int, agent: Agent = ALICE, **values: object) -> Ticket:
    """A ticket on which somebody recorded time."""
    command = c.LogTime((ticket.number,), seconds, **values)  # type: ignore[arg-type]
    return done(command, ticket, agent, after(hours=1), entry=ticket.version + 1)


def test_entries_are_the_agents_own_and_a_leads() -> None:
    ticket = logged(ticket_in(State.CLOSED), 1500, text="called\n Ana\x1b[2J ")
    (entry,) = ticket.worked
    assert (entry.agent, entry.seconds, entry.at, entry.timed) == (ALICE.id, 1500, after(hours=1), False)
    assert entry.text.startswith("called Ana")
    assert "\x1b" not in entry.text
    for command in (c.ChangeTime((7,), entry.id, 60), c.RemoveTime((7,), entry.id)):
        with pytest.raises(NotAllowed, match="bo may not change alice's time"):
            propose(command, ticket, BO)
    changed = done(c.ChangeTime((7,), entry.id, 60, "mail"), ticket, CAROL, after(hours=2))
    assert changed.worked == {entry._replace(seconds=60, text="mail", changed_by=CAROL.id)}
    assert not done(c.RemoveTime((7,), entry.id), ticket, ALICE).worked
    with pytest.raises(NotFound, match="no time entry 99"):
        propose(c.RemoveTime((7,), 99), ticket)


def test_what_no_entry_can_say_is_refused() -> None:
    ticket = logged(ticket_in(State.OPEN), 600)
    (entry,) = ticket.worked
    refused = {
        "still to come": c.LogTime((7,), 600, at=after(hours=9)),
        "between a second and 24 hours": c.LogTime((7,), 86401),
        "says that already": c.ChangeTime((7,), entry.id, 600),
    }
    for said, command in refused.items():
        with pytest.raises(Refused, match=said):
            propose(command, ticket, at=after(hours=2))
    with pytest.raises(Refused, match="only an agent"):
        propose(c.LogTime((7,), 600), ticket, None)


def test_only_counted_time_is_rounded() -> None:
    policy = Policy(time=TimeSettings(round=900))
    ticket = ticket_in(State.OPEN)
    assert total(done(c.KeepTime((7,), 61, timed=True), ticket, policy=policy).worked) == 900
    assert total(done(c.LogTime((7,), 61), ticket, policy=policy).worked) == 61
    assert rounded(901, policy.time) == 1800
    assert rounded(900, policy.time) == 900
    assert rounded(61, TimeSettings()) == 61


def test_the_sum_says_how_many_worked() -> None:
    entries = [Entry(7, Worked(at, who, NOON, 1700), "") for at, who in ((1, 1), (2, 2), (3, 1))]
    assert summary(entries) == "1h25 · 2 people"
    assert summary(entries[:1]) == "28m · 1 person"
    assert summary(()) == ""


# Undo

ENTRY = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(60, 9000))


def happens(ticket: Ticket, step: tuple[int, int, int]) -> Event:
    """Record, change or take away an entry, whatever there is."""
    what, number, seconds = step
    held = next((one for one in ticket.worked if one.id == number), None)
    new = Worked(number, 1, NOON, seconds)
    if held is None:
        return event(ticket, "worked", (Change("worked", (), (new,)),))
    if what == 2:
        return event(ticket, "time_removed", (Change("worked", (held,), ()),))
    other = held._replace(seconds=seconds + (seconds == held.seconds))
    return event(ticket, "time_changed", (Change("worked", (held,), (other,)),))


@given(st.lists(ENTRY, min_size=1, max_size=8), st.integers(0, 7))
def test_undo_gives_back_what_was_or_refuses(steps: list[tuple[int, int, int]], which: int) -> None:
    ticket = ticket_in(State.OPEN)
    tickets, events = [ticket], []
    for step in steps:
        fact = happens(ticket, step)
        ticket = evolve(ticket, fact)
        tickets.append(ticket)
        events.append(fact)
    assert total(ticket.worked) == sum(one.seconds for one in ticket.worked)
    assert len({one.id for one in ticket.worked}) == len(ticket.worked)
    last = evolve(ticket, event(ticket, "undone", invert(events[-1:], ticket).changes))
    assert last.worked == tickets[-2].worked
    at = which % len(events)
    about = {one.id for change in events[at].changes for one in (*change.before, *change.after)}
    as_it_was = {one for one in tickets[at].worked if one.id in about}
    left = {one for one in tickets[at + 1].worked if one.id in about}
    try:
        changes = invert(events[at : at + 1], ticket).changes
    except FieldMoved:
        assert {one for one in ticket.worked if one.id in about} != left
        return
    back = evolve(ticket, event(ticket, "undone", changes))
    assert {one for one in back.worked if one.id in about} == as_it_was
    assert {one for one in back.worked if one.id not in about} == {
        one for one in ticket.worked if one.id not in about
    }


# The stopwatch


def test_a_stretch_without_a_key_is_not_counted() -> None:
    watch = Stopwatch(300).resumed(NOON).touched(after(minutes=4))
    assert watch.seconds(after(minutes=4)) == 240
    assert watch.seconds(after(minutes=9)) == 540
    assert not watch.is_idle(after(minutes=9))
    assert watch.seconds(after(minutes=10)) == 240
    assert watch.is_idle(after(minutes=10))
    back = watch.touched(after(minutes=30))
    assert back.seconds(after(minutes=31)) == 300


def test_a_paused_one_stands_still() -> None:
    watch = Stopwatch(300).resumed(NOON).paused(after(minutes=2)).touched(after(minutes=3))
    assert watch.seconds(after(minutes=4)) == 120
    assert not watch.is_idle(after(hours=1))
    assert watch.resumed(after(hours=1)).seconds(after(minutes=61)) == 180


@given(st.lists(st.tuples(st.sampled_from("tpr"), st.integers(-600, 4000)), max_size=30))
def test_it_never_counts_more_than_passed_nor_less_than_before(steps: list[tuple[str, int]]) -> None:
    watch, now, passed, counted = Stopwatch(300).resumed(NOON), NOON, 0, 0.0
    for what, seconds in steps:
        now += timedelta(seconds=seconds)
        passed += max(0, seconds)
        moved = {"t": watch.touched, "p": watch.paused, "r": watch.resumed}[what]
        watch = moved(now)
        assert counted <= watch.counted <= passed
        counted = watch.counted
