"""Time worked on a desk: recorded, changed, summed over merges, searched, kept when a session is killed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import State
from deskterm.domain.worktime import Spent, summary
from deskterm.storage.time_tables import time_entries, timers
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine
from tests.invariants import check
from tests.small_desk import HR, NETWORK, START, Desk


def sound(desk: Desk) -> bool:
    """Say whether the doctor finds nothing but the mode of a test's file."""
    check(desk.store.database)
    return all("open to others" in fault for fault in examine(desk.store).faults)


def worked(desk: Desk, number: int, who: str = "alice") -> list[tuple[int, str, int]]:
    """The entries that somebody reads on a ticket: of which ticket, whose, how many seconds."""
    return [(one.ticket, one.agent, one.worked.seconds) for one in desk.seen_by(who).ticket(number).worked]


def entry(desk: Desk, number: int) -> int:
    """The id of the last entry of a ticket."""
    return max(one.id for one in desk.ticket(number).worked)


def found(desk: Desk, query: str, who: str = "alice") -> set[int]:
    """The tickets of a query."""
    return {row.number for row in desk.seen_by(who).listing(query, limit=100).rows}


def running(desk: Desk) -> list[tuple[int, int]]:
    """The timers that are kept: on which ticket, how many seconds."""
    with desk.store.database.read() as connection:
        return [(row.ticket, row.seconds) for row in connection.execute(select(timers))]


def test_entries_are_recorded_changed_and_taken_back(desk: Desk) -> None:
    number = desk.create()
    desk.do("alice", c.LogTime((number,), 1500, "called Ana"))
    assert desk.do("bo", c.LogTime((number,), 3600)).summary == f"Recorded 1h on #{number}"
    assert worked(desk, number) == [(number, "alice", 1500), (number, "bo", 3600)]
    assert summary(desk.seen_by("alice").ticket(number).worked) == "1h25 · 2 people"
    mine = entry(desk, number)
    desk.clock.forward(minutes=5)
    desk.do("carol", c.ChangeTime((number,), mine, 1800, "on site"))
    held = next(one for one in desk.seen_by("bo").ticket(number).worked if one.worked.id == mine)
    assert (held.agent, held.worked.seconds, held.worked.text, held.changed_by) == (
        "bo",
        1800,
        "on site",
        "carol",
    )
    with pytest.raises(Conflict, match=r"cannot be taken back: carol set the time of #1 to 30m of bo"):
        desk.do("bo", c.Undo())
    desk.do("carol", c.Undo())
    desk.do("bo", c.Undo())
    assert worked(desk, number) == [(number, "alice", 1500)]
    desk.do("bo", c.Redo())
    desk.do("alice", c.RemoveTime((number,), min(one.id for one in desk.ticket(number).worked)))
    assert worked(desk, number) == [(number, "bo", 3600)]
    desk.do("alice", c.Undo())
    assert len(worked(desk, number)) == 2
    assert sound(desk)


def test_viewers_record_nothing_and_agents_change_only_their_own(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.LogTime((number,), 600))
    with pytest.raises(NotAllowed, match="vera may not record time: that needs an agent"):
        desk.do("vera", c.LogTime((number,), 600))
    with pytest.raises(NotAllowed, match="alice may not change bo's time"):
        desk.do("alice", c.ChangeTime((number,), entry(desk, number), 60))
    with pytest.raises(NotFound):
        desk.do("alice", c.LogTime((desk.create("hana", queue="hr"),), 600))


def test_merging_moves_no_time_and_counts_each_entry_once(desk: Desk) -> None:
    first, second, third = desk.create(), desk.create(), desk.create()
    for number, seconds in ((first, 600), (second, 1200), (third, 2400)):
        desk.do("bo", c.LogTime((number,), seconds))
    desk.do("bo", c.Merge((first,), second))
    desk.do("bo", c.Merge((second,), third))
    assert sorted(worked(desk, third)) == [(1, "bo", 600), (2, "bo", 1200), (3, "bo", 2400)]
    assert worked(desk, first) == [(1, "bo", 600)]
    assert found(desk, "worked:>=70m is:any") == {third}
    assert found(desk, "worked:>=30m is:any") == {second, third}
    desk.do("bo", c.Unmerge((second,)))
    assert worked(desk, third) == [(3, "bo", 2400)]
    assert found(desk, "worked:>=70m is:any") == set()
    desk.do("bo", c.Unmerge((first,)))
    assert worked(desk, second) == [(2, "bo", 1200)]
    assert sound(desk)


def test_a_split_ticket_begins_without_time(desk: Desk) -> None:
    number = desk.create(text="Two things")
    desk.do("bo", c.LogTime((number,), 600))
    message = desk.seen_by("bo").ticket(number).messages[0].id
    made = desk.do("bo", c.Split(number, (message,), "The other thing")).created
    assert made is not None
    assert (worked(desk, made), worked(desk, number)) == ([], [(number, "bo", 600)])
    assert sound(desk)


def test_searches_know_how_long_and_who(desk: Desk) -> None:
    busy, short, idle = desk.create(), desk.create(), desk.create()
    desk.do("alice", c.LogTime((busy,), 3000))
    desk.do("bo", c.LogTime((busy,), 3000))
    desk.do("bo", c.LogTime((short,), 300))
    assert found(desk, "worked:>1h") == {busy}
    assert found(desk, "worked:<1h") == {short, idle}
    assert found(desk, "worked:none") == {idle}
    assert found(desk, "worked:5m..2h") == {busy, short}
    assert found(desk, "worker:me") == {busy}
    assert found(desk, "worker:bo") == {busy, short}
    assert found(desk, "worker:none") == {idle}


def test_sums_of_a_period_are_by_agent_and_by_organization(desk: Desk) -> None:
    ours, theirs = desk.create(organization="Northwind"), desk.create(requester_address="x@y.example")
    hidden = desk.create("hana", queue="hr")
    desk.do("bo", c.LogTime((ours,), 600, at=START - timedelta(days=9)))
    desk.do("bo", c.LogTime((ours,), 1200))
    desk.do("alice", c.LogTime((theirs,), 3000))
    desk.do("hana", c.LogTime((hidden,), 9000))
    desk.clock.forward(minutes=1)
    store = desk.seen_by("alice")
    assert store.time_spent("is:any") == (
        (Spent("alice", 3000, 1), Spent("bo", 1800, 1)),
        (Spent("", 3000, 1), Spent("Northwind", 1800, 1)),
    )
    assert store.time_spent("worker:bo", START - timedelta(days=1)) == (
        (Spent("bo", 1200, 1),),
        (Spent("Northwind", 1200, 1),),
    )


def test_time_on_a_ticket_out_of_sight_is_not_counted(desk: Desk) -> None:
    ticket, other = desk.create("hana", queue="hr"), desk.create("hana", queue="hr")
    desk.do("hana", c.LogTime((other,), 3600))
    desk.do("hana", c.Merge((other,), ticket))
    desk.do("hana", c.Move((ticket,), NETWORK, "theirs"))
    assert desk.ticket(other).queue == HR
    assert worked(desk, ticket, "alice") == []
    assert found(desk, "worked:>0m is:any", "alice") == set()
    assert found(desk, "worked:>0m is:any", "hana") == {ticket, other}


# The timer


def session(desk: Desk, who: str) -> tuple[Store, str]:
    """A session of somebody's, and the token of its timer."""
    store = desk.seen_by(who)
    return store, store.timer_token()


def test_what_a_timer_counted_is_recorded_once_and_is_nobodys_last_command(desk: Desk) -> None:
    number = desk.create()
    store, token = session(desk, "bo")
    store.dispatch(c.Assign((number,), desk.id("bo")))
    assert store.beat_timer(token, number, 90, known=False)
    assert store.beat_timer(token, number, 110, known=True)
    assert running(desk) == [(number, 110)]
    outcome = store.record_timer(token, number, 120, kept=110)
    assert outcome is not None
    assert running(desk) == []
    assert worked(desk, number) == [(number, "bo", 120)]
    store.dispatch(c.Undo())
    assert desk.ticket(number).owner is None
    assert worked(desk, number) == [(number, "bo", 120)]
    store.dispatch(c.Undo(outcome.command))
    assert worked(desk, number) == []
    assert sound(desk)


def test_a_killed_session_is_recorded_by_the_next_one(desk: Desk) -> None:
    number, short = desk.create(), desk.create()
    store, token = session(desk, "bo")
    other = store.timer_token()
    store.beat_timer(token, number, 500, known=False)
    store.beat_timer(other, short, 40, known=False)
    desk.clock.forward(minutes=1)
    # A session of a process that still runs and spoke a moment ago is left alone; nobody else's is looked at.
    assert desk.seen_by("bo").take_up_timers() == ()
    assert desk.seen_by("alice").take_up_timers() == ()
    desk.clock.forward(minutes=5)
    assert desk.seen_by("bo").take_up_timers() == ((number, 500),)
    assert desk.seen_by("bo").take_up_timers() == ()
    assert (running(desk), worked(desk, short)) == ([], [])
    (one,) = desk.seen_by("bo").ticket(number).worked
    assert (one.worked.seconds, one.worked.at, one.worked.timed) == (500, START, True)


def test_a_process_that_is_gone_is_not_waited_for(desk: Desk) -> None:
    number = desk.create()
    store, token = session(desk, "bo")
    host, _, rest = token.split(":", 2)
    store.beat_timer(f"{host}:{2**22 + 7}:{rest}", number, 500, known=False)
    assert store.take_up_timers(token) == ((number, 500),)
    assert worked(desk, number) == [(number, "bo", 500)]


def test_a_session_whose_time_was_recorded_meanwhile_records_the_rest(desk: Desk) -> None:
    number = desk.create()
    store, token = session(desk, "bo")
    store.beat_timer(token, number, 300, known=False)
    desk.clock.forward(minutes=30)
    assert desk.seen_by("bo").take_up_timers() == ((number, 300),)
    assert not store.beat_timer(token, number, 320, known=True)
    assert store.record_timer(token, number, 400, kept=300) is not None
    assert sum(seconds for _, _, seconds in worked(desk, number)) == 400


def test_a_timer_on_a_ticket_that_is_gone_is_forgotten(desk: Desk) -> None:
    number = desk.create("bo")
    store, token = session(desk, "bo")
    store.beat_timer(token, number, 300, known=False)
    desk.do("bo", c.Undo())
    with pytest.raises(Refused):
        store.record_timer(token, number, 300, kept=300)
    desk.clock.forward(minutes=30)
    assert desk.seen_by("bo").take_up_timers() == ()
    assert running(desk) == []


def test_counted_time_follows_the_policy(desk: Desk) -> None:
    document = '[time]\nround = "15m"\nleast = "2m"\nidle = "10m"\nask = true\n'
    desk.do("dana", c.ApplyPolicy(document))
    number = desk.create()
    store, token = session(desk, "bo")
    assert (store.policy.time.idle, store.policy.time.least, store.policy.time.ask) == (600, 120, True)
    store.record_timer(token, number, 61)
    assert worked(desk, number) == [(number, "bo", 900)]


def test_closed_tickets_can_still_be_recorded_on(desk: Desk) -> None:
    number = desk.create()
    desk.do("bo", c.Close((number,), "spam"))
    desk.do("bo", c.LogTime((number,), 60, at=START - timedelta(days=1)))
    assert desk.ticket(number).state is State.CLOSED
    with desk.store.database.read() as connection:
        assert connection.execute(select(time_entries.c.seconds)).scalars().all() == [60]
    assert sound(desk)
