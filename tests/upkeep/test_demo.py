"""The demo desk: the same for the same seed, obedient to the desk's own rules, believable at every size."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.errors import Refused
from deskterm.domain.events import fold
from deskterm.domain.history import History
from deskterm.domain.kinds import ACTIVE, MessageKind, Priority, Sla, State
from deskterm.domain.lifecycle import TRANSITIONS
from deskterm.domain.people import DESK, Actor
from deskterm.domain.policy import DEFAULT
from deskterm.domain.process import Gate, shut, step_name
from deskterm.domain.time_words import time_words
from deskterm.domain.views import TicketView
from deskterm.storage.database import Database
from deskterm.store.store import Store
from deskterm.upkeep.demo import Script, fill
from deskterm.upkeep.demo_cast import HR, Cast
from deskterm.upkeep.demo_days import arrivals, days_of
from deskterm.upkeep.demo_showcase import CHECKOUT, scenes
from deskterm.upkeep.demo_stories import QUICK, STORIES, ended
from deskterm.upkeep.demo_texts import Slots
from deskterm.upkeep.doctor import examine

# What is made once and looked at by many is made by one worker.
pytestmark = pytest.mark.xdist_group("demo")

NOW = datetime(2025, 11, 21, 14, 32, tzinfo=UTC)
NIGHT = datetime(2026, 1, 1, 0, 3, tzinfo=UTC)


@cache
def histories(tickets: int, seed: int = 1, now: datetime = NOW) -> tuple[History, ...]:
    """A whole desk in memory."""
    return tuple(Script(tickets, seed, now).histories())


def last(history: History) -> dict[str, Any]:
    """What a ticket's fields are at the end of its history."""
    values: dict[str, Any] = {}
    for fact in history.facts:
        values |= fact.values
    return values


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A demo desk of the usual size, as its own agent sees it."""
    where = tmp_path_factory.mktemp("demo") / "desk.db"
    store = Store(Database(str(where)), DESK, clock=lambda: NOW)
    fill(store, 600, 1, NOW)
    store.actor = Actor(store.people().agent("alice"), "test")
    yield store
    store.close()


def test_the_same_seed_and_now_give_the_same_desk() -> None:
    assert histories(300) == tuple(Script(300, 1, NOW).histories())
    assert histories(300) != histories(300, seed=2)


@pytest.mark.parametrize("tickets", [0, 1, 5, 23, 24, 600, 1500])
def test_there_are_exactly_as_many_tickets_as_asked(tickets: int) -> None:
    assert len(histories(tickets)) == tickets


@pytest.mark.parametrize("now", [NOW, NIGHT])
def test_everything_happened_in_order_and_before_now(now: datetime) -> None:
    told = histories(600, now=now)
    for history in told:
        times = [fact.at for fact in history.facts]
        assert times == sorted(times)
        assert times[-1] <= now
    opened = [history.facts[0].at for history in told]
    assert opened == sorted(opened)


def test_every_state_priority_and_queue_occurs() -> None:
    ends = [last(history) for history in histories(600)]
    assert {values["state"] for values in ends} == set(State)
    assert {values["priority"] for values in ends} == set(Priority)
    assert {values["queue"] for values in ends} == {"Billing", "Network", "Payments", "Identity", HR}
    assert {"outage", "vpn", "refund"} <= {tag for values in ends for tag in values["tags"]}
    active = [values for values in ends if values["state"] in ACTIVE]
    assert sum(values["priority"] is Priority.P1 for values in active) <= len(active) / 10


def test_states_change_as_the_table_allows() -> None:
    for history in histories(600):
        states = [fact.values["state"] for fact in history.facts if "state" in fact.values]
        assert states[0] is State.NEW
        assert all(after in TRANSITIONS[before] for before, after in pairwise(states))


def test_only_people_who_may_work_there_do() -> None:
    cast = Cast(600, Random(1))
    members = {name: {*logins, "alice"} for name, logins in cast.members.items()}
    for history in histories(600):
        values = last(history)
        if values.get("owner") is not None:
            assert values["owner"] in members[values["queue"]]
        if values["queue"] == HR:
            assert values.get("owner") != "alice"
    assert {agent.login for agent in cast.agents} >= {"alice", "bo", "chen", "dana"}
    assert len(cast.agents) == 12
    assert next(queue for queue in cast.queues if queue.name == HR).confidential


def test_no_slot_is_left_open_and_nothing_unsafe_is_said() -> None:
    for history in histories(1500):
        texts = [fact.message.text for fact in history.facts if fact.message is not None]
        values = last(history)
        for text in (*texts, values["subject"], values.get("resolution", "")):
            assert "{" not in text
            assert not text.startswith("@")
            assert text.replace("\n", "").isprintable()


def test_every_phrase_and_topic_can_be_filled() -> None:
    cast = Cast(1_000_000, Random(1))
    known = dict.fromkeys(
        ("first", "organization", "organization_slug", "address", "agent", "component"), "x"
    )
    for queue in cast.queues:
        for topic in cast.topics(queue.name):
            slots = Slots(Random(1), **known)
            for field in fields(topic):
                slots.fill(getattr(topic, field.name))
            assert DEFAULT.priority(topic.impact, topic.urgency) in Priority


@pytest.mark.parametrize("name", [*STORIES, QUICK])
@pytest.mark.parametrize("priority", Priority)
def test_every_story_can_be_told_at_any_pace(name: str, priority: Priority) -> None:
    for seed in range(12):
        play = ended(name, priority, Random(seed))
        assert play.ticket is not None
        assert play.ticket.state is State.CLOSED
        assert play.until(timedelta(days=400)) == len(play.beats)
        assert play.until(timedelta(0)) is None


def test_conversations_go_to_and_fro() -> None:
    kinds: Counter[MessageKind] = Counter()
    longest = 0
    for history in histories(600):
        said = [fact.message for fact in history.facts if fact.message is not None]
        kinds.update(message.kind for message in said)
        longest = max(longest, len(said))
        assert said[0].requester
    assert longest >= 6
    assert kinds[MessageKind.INTERNAL] > 60
    assert kinds[MessageKind.PUBLIC] > 1000


def test_tickets_arrive_by_day_and_hour() -> None:
    times = list(arrivals(5000, NOW, (), Random(1)))
    assert len(times) == 5000
    assert times == sorted(times)
    assert times[-1] < NOW
    weekdays = Counter(time.weekday() for time in times)
    assert min(weekdays[day] for day in range(5)) > 3 * max(weekdays[5], weekdays[6])
    hours = Counter(time.hour for time in times)
    assert hours[10] > 10 * hours[2]
    assert {(NOW - time).days for time in times} >= set(range(1, 50))


def test_a_large_desk_has_twenty_queues_and_a_full_backlog() -> None:
    assert len(Cast(1_000_000, Random(1)).queues) == 20
    assert days_of(600) == 56
    assert days_of(1_000_000) > 365
    script = Script(100_000, 1, NOW)
    assert len(script.living) == pytest.approx(8000, rel=0.02)


def test_thousands_of_tickets_are_made_in_seconds(record_property: Callable[[str, object], None]) -> None:
    begun = time.perf_counter()
    assert sum(1 for _ in Script(3000, 1, NOW).histories()) == 3000
    record_property("seconds", round(time.perf_counter() - begun, 2))


def test_the_desk_opens_on_the_written_tickets(desk: Store) -> None:
    subjects = {scene.subject for scene in scenes(NOW)}
    assert {row.subject for row in desk.listing("is:any", limit=700).rows} >= subjects
    top = desk.listing("owner:me OR (queue:me owner:none)", limit=10).rows[0]
    assert (top.subject, top.sla(NOW)) == (CHECKOUT, Sla.BREACHED)
    view = desk.ticket(top.number)
    assert {link.kind for link in view.links} == {"duplicate", "caused by"}
    assert top.new_messages == 1


def test_the_usual_desk_is_believable(desk: Store) -> None:
    counts = desk.counts()
    views = {view.name: view.count for view in counts.views}
    assert 36 <= views["My queue"] <= 48
    assert 12 <= views["Unassigned"] <= 20
    assert HR not in views
    assert 3 <= counts.breached <= 6
    assert 6 <= counts.atrisk <= 10
    figures = desk.metrics("is:any", NOW - timedelta(days=28), NOW)
    assert 0.85 < (figures.resolution_sla.share or 0) < 0.99
    assert 0.85 < (figures.reply_sla.share or 0) < 0.995
    assert figures.reopened > 0
    assert figures.reassignments > 0
    assert len(desk.reminders()) == 3
    assert desk.count("is:active is:snoozed") > 0


def by_subject(desk: Store, subject: str) -> TicketView:
    """A written ticket, as its screen shows it."""
    rows = desk.listing("is:any", limit=700).rows
    return desk.ticket(next(row.number for row in rows if row.subject == subject))


def test_time_was_worked_on_the_desk_by_several_agents_and_by_the_timer(desk: Store) -> None:
    outage = by_subject(desk, CHECKOUT)
    assert [(entry.agent, time_words(entry.worked.seconds)) for entry in outage.worked] == [
        *(("bo", "27m"), ("alice", "34m"), ("alice", "22m")),
    ]
    by_agent, by_organization = desk.time_spent("is:any", since=NOW - timedelta(days=28), until=NOW)
    assert {"alice", "bo", "chen"} <= {one.name for one in by_agent}
    assert len(by_organization) > 3
    before, _ = desk.time_spent("is:any", since=NOW - timedelta(days=56), until=NOW - timedelta(days=28))
    assert sum(one.seconds for one in before) > 3600
    entries = [entry for number in desk.numbers("worked:>0m") for entry in desk.ticket(number).worked]
    assert all(entry.worked.at <= NOW for entry in entries)
    assert {entry.worked.timed for entry in entries} == {True, False}


def test_a_vendor_answered_beside_a_ticket_and_another_was_answered(desk: Store) -> None:
    mode = by_subject(desk, "Feature: dark mode for the status page")
    (side,) = mode.sides
    assert (side.whom, side.open, side.awaits) == ("Beacon Status", True, True)
    said = [message for message in mode.messages if message.side == side.id]
    assert [message.author for message in said] == ["alice", "Beacon Status"]
    (other,) = by_subject(desk, "Acquirer ticket ACQ-77").sides
    assert (len(other.messages), other.awaits) == (3, False)
    assert mode.ticket.number in desk.numbers("has:side")


def test_the_folded_journal_is_the_ticket_and_each_alarm_rang_once(desk: Store) -> None:
    for number in desk.numbers("is:any"):
        events = desk.history(number)
        ticket = fold(events)
        assert ticket == desk.ticket(number).ticket
        rang = Counter(
            name for event in events if (change := event.change("alerts")) for name in change.after
        )
        assert all(times == 1 for times in rang.values())
    assert desk.run_due() == 0


def test_the_doctor_finds_nothing(desk: Store) -> None:
    found = examine(desk)
    assert found.sound, found.faults


def test_nothing_the_demo_was_filled_with_can_be_undone(desk: Store) -> None:
    with pytest.raises(Refused, match="nothing to undo"):
        desk.dispatch(c.Undo())


def test_tickets_follow_their_processes_and_what_is_solved_passed_its_gate(desk: Store) -> None:
    incidents = desk.numbers("type:incident")
    assert incidents
    assert set(incidents) == set(desk.numbers("process:incident"))
    at = {step_name(desk.ticket(number, messages=1).ticket, desk.policy) for number in incidents}
    assert {"Reproduce", "Workaround", "Fix"} <= at
    assert desk.count('process:"service request"') == desk.count('type:"service request"')
    assert desk.count('step:"carry out"') > 0
    solved = desk.numbers("is:solved process:incident")
    assert solved
    for number in solved:
        ticket = desk.ticket(number, messages=1).ticket
        assert not shut(ticket, desk.policy, Gate.SOLVED), ticket.subject
    assert desk.count("is:any skipped:>0") > 0


def test_whoever_marked_a_step_is_somebody_of_the_desk(desk: Store) -> None:
    checkout = next(row.number for row in desk.quick(CHECKOUT) if row.subject == CHECKOUT)
    lines = desk.ticket(checkout).steps
    assert [(line.step.name, line.by) for line in lines if line.by] == [
        ("Reproduce", "alice"),
        ("Workaround", "alice"),
    ]
    assert [line.step.name for line in lines if line.current] == ["Fix"]
    assert "eu-west" in lines[0].text
    assert not any(line.late(NOW) for line in lines)
    allowed = desk.numbers('step:"carry out"')
    given = {desk.ticket(number, messages=1).steps[1].by for number in allowed}
    assert given <= {"dana", "hana"}
