"""Reminders and tickets that come again: once an occurrence, after sleep and clock jumps, and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, NotFound, Refused
from deskterm.domain.kinds import Priority
from deskterm.domain.people import Role
from deskterm.domain.policy import DEFAULT
from deskterm.domain.policy_file import read_policy
from deskterm.domain.views import ReminderLine
from deskterm.domain.wording import sentence
from deskterm.storage.database import Database
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine
from tests.small_desk import HR, START, Desk

MONDAY = START
"""Monday 23 November 2026, 9:00 UTC."""


def sound(desk: Desk) -> None:
    """The doctor finds nothing."""
    assert [fault for fault in examine(desk.store).faults if "open to others" not in fault] == []


def due(desk: Desk) -> int:
    """Do all that is due; returns how much that was."""
    done = 0
    while some := desk.store.run_due():
        done += some
    return done


def lines(desk: Desk, login: str, state: str) -> list[ReminderLine]:
    """Somebody's reminders in a state."""
    return [line for line in desk.seen_by(login).reminders() if line.state == state]


def words(desk: Desk, number: int) -> list[str]:
    """What happened to a ticket."""
    return [sentence(event, {}, {}) for event in desk.store.history(number)]


def weekly(**values: object) -> c.AddRecurring:
    """A ticket every Monday at ten."""
    given: dict[str, object] = {"requester_address": "ops@northwind.example", "queue": "payments"}
    return c.AddRecurring(c.Create("Rotate the keys", **(given | values)), "every monday 10am", "UTC")  # type: ignore[arg-type]


# Reminders


def test_a_reminder_comes_again(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.Remind(None, "call Ana", number, every="every weekday 9:30", zone="UTC"))
    for day in range(3):
        (pending,) = lines(desk, "bo", "pending")
        assert pending.at == MONDAY + timedelta(days=day, minutes=30)
        assert (pending.text, pending.recurs) == ("call Ana", "every weekday at 09:30")
        desk.clock.at = pending.at
        due(desk)
        assert due(desk) == 0
        assert len([said for said in words(desk, number) if said.startswith("reminder rang")]) == day + 1
        sound(desk)
    assert len(lines(desk, "bo", "fired")) == 1  # those of the last twelve hours


def test_it_rings_by_the_wall_clock_when_the_clocks_change(sqlite_desk: Desk) -> None:
    desk, berlin = sqlite_desk, ZoneInfo("Europe/Berlin")
    desk.clock.at = datetime(2027, 3, 26, 12, tzinfo=UTC)
    desk.do("bo", c.Remind(None, "x", every="every day 9am", zone="Europe/Berlin"))
    rang = []
    for _ in range(4):
        (pending,) = lines(desk, "bo", "pending")
        rang.append(pending.at)
        desk.clock.at = pending.at
        due(desk)
    assert {at.astimezone(berlin).hour for at in rang} == {9}
    assert [at.hour for at in rang] == [8, 7, 7, 7]


def test_after_a_long_sleep_it_rings_once_and_says_what_was_missed(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.Remind(None, "stand-up", number, every="every day 9:30", zone="UTC"))
    desk.clock.forward(days=50)
    # As it rings; and the clocks of the ticket came to their levels meanwhile.
    due(desk)
    rang = [said for said in words(desk, number) if said.startswith("reminder rang")]
    assert len(rang) == 1
    assert "49 more missed meanwhile" in rang[0]
    (pending,) = lines(desk, "bo", "pending")
    assert pending.at == MONDAY + timedelta(days=50, minutes=30)
    sound(desk)


def test_a_clock_that_jumps_ahead_and_back_rings_nothing_twice(desk: Desk) -> None:
    desk.do("bo", c.Remind(None, "x", every="every day 10am", zone="UTC"))
    desk.clock.forward(days=1, hours=2)
    due(desk)
    assert len(lines(desk, "bo", "fired")) == 1
    before = desk.clock.at
    desk.clock.at = MONDAY + timedelta(minutes=5)
    assert due(desk) == 0
    desk.clock.at = before + timedelta(hours=1)
    assert due(desk) == 0
    (pending,) = lines(desk, "bo", "pending")
    assert pending.at == MONDAY + timedelta(days=2, hours=1)


def test_it_is_dismissed_once_or_ended(desk: Desk) -> None:
    desk.do("bo", c.Remind(None, "x", every="every day 10am", zone="UTC"))
    (first,) = lines(desk, "bo", "pending")
    desk.do("bo", c.DismissReminder(first.id))
    (second,) = lines(desk, "bo", "pending")
    assert second.at == first.at + timedelta(days=1)
    desk.do("bo", c.Undo())
    assert [line.at for line in lines(desk, "bo", "pending")] == [first.at]
    desk.clock.at = first.at
    due(desk)
    (rang,) = lines(desk, "bo", "fired")
    # One that rang names its series as well as the one that is to ring.
    desk.do("bo", c.DismissReminder(rang.id, end=True))
    assert lines(desk, "bo", "pending") == []
    with pytest.raises(Refused, match="already"):
        desk.do("bo", c.DismissReminder(rang.id, end=True))
    desk.do("bo", c.Undo())
    assert len(lines(desk, "bo", "pending")) == 1
    sound(desk)


def test_for_a_colleague_who_leaves(desk: Desk) -> None:
    desk.do("bo", c.Remind(None, "x", agent=desk.id("alice"), every="every day 10am", zone="UTC"))
    assert [line.recurs for line in lines(desk, "alice", "pending")] == ["every day at 10:00"]
    assert lines(desk, "bo", "pending") == []
    desk.clock.forward(days=1)
    due(desk)
    assert len(lines(desk, "alice", "fired")) == 1


def test_it_ends_with_its_ticket(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.Remind(None, "x", number, every="every day 10am", zone="UTC"))
    desk.do("bo", c.Close((number,), "spam"))
    desk.clock.forward(hours=2)
    due(desk)
    assert any("it rings no more: the ticket is closed" in said for said in words(desk, number))
    assert lines(desk, "bo", "pending") == []


def test_it_has_a_last_time(desk: Desk) -> None:
    desk.do("bo", c.Remind(None, "x", every="every day 10am until 2026-11-24", zone="UTC"))
    desk.clock.forward(days=5)
    due(desk)
    assert lines(desk, "bo", "pending") == []
    for never in ("every day until 2026-11-22", "every foo", "every day 10am until 2020-01-01"):
        with pytest.raises(DeskError):
            desk.do("bo", c.Remind(None, "x", every=never, zone="UTC"))


CALENDAR = """
[calendars.Office]
zone = "Europe/Berlin"
hours = { mon = "09:00-17:00", tue = "09:00-17:00", thu = "09:00-17:00" }
holidays = [{ day = 2026-11-26, name = "Closed" }]

[queues.payments]
calendar = "Office"
"""


def test_business_days_are_those_of_the_queue(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.store.close()
    desk.store = Store(Database(desk.url), desk.store.actor, clock=desk.clock, policy=read_policy(CALENDAR))
    number = desk.create()
    desk.do("bo", c.Remind(None, "x", number, every="every business day 10am", zone="UTC"))
    seen = []
    for _ in range(3):
        (pending,) = lines(desk, "bo", "pending")
        seen.append(pending.at.date().isoformat())
        desk.clock.at = pending.at
        due(desk)
    assert seen == ["2026-11-23", "2026-11-24", "2026-11-30"]


# Tickets


def test_a_ticket_is_opened_every_monday(desk: Desk) -> None:
    command = weekly(text="All of them.", tags=("keys",), priority=Priority.P2, reason="audit", type="task")
    desk.do("bo", command)
    (line,) = desk.seen_by("bo").recurring()
    assert (line.subject, line.queue, line.recurs) == ("Rotate the keys", "payments", "every monday at 10:00")
    assert line.next_at == MONDAY + timedelta(hours=1)
    desk.clock.forward(hours=1)
    due(desk)
    (number,) = desk.store.numbers("tag:keys")
    view = desk.store.ticket(number)
    assert (view.ticket.priority, view.ticket.type, view.queue) == (Priority.P2, "task", "Payments")
    assert (view.address, view.messages[0].text) == ("ops@northwind.example", "All of them.")
    assert "recurring ticket 1: every monday at 10:00" in words(desk, number)[0]
    (line,) = desk.seen_by("bo").recurring()
    assert (line.made, line.last_ticket, line.next_at) == (1, number, MONDAY + timedelta(days=7, hours=1))
    desk.clock.forward(days=7)
    due(desk)
    assert len(desk.store.numbers("tag:keys")) == 2
    sound(desk)


def test_after_a_long_sleep_one_is_opened_that_says_so(desk: Desk) -> None:
    desk.do("bo", weekly())
    desk.clock.forward(days=7 * 50)
    due(desk)
    (number,) = desk.store.numbers("is:any")
    assert "50 more times missed meanwhile" not in words(desk, number)[0]
    assert "49 more times missed meanwhile" in words(desk, number)[0]
    (line,) = desk.seen_by("bo").recurring()
    assert line.next_at == MONDAY + timedelta(days=7 * 50, hours=1)
    assert due(desk) == 0
    sound(desk)


def test_ending_and_taking_that_back(desk: Desk) -> None:
    desk.do("bo", weekly())
    desk.do("bo", c.EndRecurring(1))
    assert desk.seen_by("bo").recurring() == ()
    desk.clock.forward(days=8)
    assert due(desk) == 0
    desk.do("bo", c.Undo())
    (line,) = desk.seen_by("bo").recurring()
    assert line.next_at == MONDAY + timedelta(days=14, hours=1)
    desk.do("bo", c.Undo())
    assert desk.seen_by("bo").recurring() == ()
    with pytest.raises(NotFound):
        desk.do("bo", c.EndRecurring(1))
    desk.do("bo", c.Redo())
    assert len(desk.seen_by("bo").recurring()) == 1
    sound(desk)


def test_routing_looks_at_what_recurs_too(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.store.close()
    rule = '[[rules]]\nname = "keys"\non = "intake"\nwhen = "keys"\ndo = [{ tag = "routed" }]\n'
    desk.store = Store(Database(desk.url), desk.store.actor, clock=desk.clock, policy=read_policy(rule))
    desk.do("bo", weekly())
    desk.clock.forward(hours=1)
    due(desk)
    assert len(desk.store.numbers("tag:routed")) == 1


def test_what_cannot_be_opened_any_more_is_said_and_goes_on(desk: Desk) -> None:
    desk.do("bo", weekly(owner=desk.id("alice")))
    desk.do("dana", c.AddAgent("alice", "Alice Moreau", role=Role.VIEWER))
    desk.clock.forward(hours=1)
    due(desk)
    assert desk.store.numbers("is:any") == ()
    (told,) = lines(desk, "bo", "fired")
    assert "was not opened: alice is a viewer" in told.text
    (line,) = desk.seen_by("bo").recurring()
    assert line.next_at == MONDAY + timedelta(days=7, hours=1)
    sound(desk)


def test_those_of_a_confidential_queue_are_its_members(desk: Desk) -> None:
    desk.do("hugo", weekly(queue="hr"))
    assert desk.seen_by("bo").recurring() == ()
    with pytest.raises(NotFound):
        desk.do("bo", c.EndRecurring(1))
    assert len(desk.seen_by("hugo").recurring()) == 1
    desk.clock.forward(hours=1)
    due(desk)
    assert desk.ticket(1).queue == HR


@pytest.mark.parametrize(
    "values",
    [
        {"subject": " "},
        {"queue": "hr"},
        {"type": "nonsense"},
        {"requester_address": ""},
        {"priority": Priority.P1},
    ],
)
def test_what_no_ticket_could_be_is_refused_at_once(sqlite_desk: Desk, values: dict[str, object]) -> None:
    subject = values.pop("subject", "Rotate")
    given = {"requester_address": "ops@x.example", "queue": "payments", **values}
    with pytest.raises(DeskError):
        sqlite_desk.do("bo", c.AddRecurring(c.Create(subject, **given), "every monday"))  # type: ignore[arg-type]
    assert sqlite_desk.seen_by("bo").recurring() == ()


def test_a_queue_that_tickets_recur_in_is_not_taken_away(desk: Desk) -> None:
    desk.do("dana", c.AddQueue("Spare"))
    desk.do("bo", weekly(queue="spare"))
    desk.do("bo", c.EndRecurring(1))
    with pytest.raises(Refused, match="recurring tickets were set"):
        desk.do("dana", c.Undo())
    sound(desk)


def test_a_viewer_sets_none(sqlite_desk: Desk) -> None:
    with pytest.raises(DeskError, match="set recurring tickets"):
        sqlite_desk.do("vera", weekly())


def test_the_default_policy_has_a_zone() -> None:
    assert DEFAULT.calendar_named("").zone
