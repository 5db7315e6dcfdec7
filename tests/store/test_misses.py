"""A late next reply on a desk: what `show`, the ticket's clocks and why say of it, and what undo does."""

from __future__ import annotations

from datetime import UTC

from deskterm.channels.shapes import show_shape
from deskterm.domain import commands as c
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.policy import HOUR, Policy, Targets
from deskterm.domain.why import told, why
from deskterm.storage.database import Database
from deskterm.store.store import Store
from deskterm.upkeep.doctor import examine
from tests.small_desk import Desk


def test_a_late_reply_is_shown_as_missed_and_explained(desk: Desk) -> None:
    targets = {priority: Targets(4 * HOUR, 40 * HOUR, 2 * HOUR) for priority in Priority}
    store = Store(Database(desk.url), desk.actors["alice"], clock=desk.clock, policy=Policy(targets=targets))
    desk.others.append(store)
    number = store.dispatch(c.Create("It fails", "a@b.example", queue="payments")).created
    assert number is not None
    store.dispatch(c.Reply((number,), "We look", State.OPEN))
    store.dispatch(c.Receive((number,), "And now?"))
    desk.clock.forward(hours=3)
    store.dispatch(c.Reply((number,), "Done", State.OPEN))
    desk.clock.forward(hours=1)
    view = store.ticket(number)
    shown = show_shape(view, store.now(), {})["clocks"]
    assert [(clock["target"], clock["state"]) for clock in shown] == [
        ("first_reply", "met"), ("next_reply", "missed"), ("resolution", "running")
    ]  # fmt: skip
    assert [shown[1][key] for key in ("used_seconds", "target_seconds", "due_at")] == [
        3 * HOUR,
        2 * HOUR,
        None,
    ]
    missed = why(view.ticket, store.policy, store.now(), view.events).clocks[1]
    assert (missed.state.value, missed.used_seconds) == ("missed", 3 * HOUR)
    assert sum(one.seconds for one in missed.intervals) == 3 * HOUR
    store.dispatch(c.Undo())
    assert [clock.state.value for clock in store.ticket(number).clocks][1] == "running"
    store.dispatch(c.Redo())
    assert [clock.state.value for clock in store.ticket(number).clocks][1] == "missed"


def test_a_verdict_outlives_priorities_undo_and_counting_anew(desk: Desk) -> None:
    number = desk.create(impact=Level.HIGH, urgency=Level.HIGH)
    desk.clock.forward(hours=2)
    reply = desk.do("bo", c.Reply((number,), "Sorry", State.OPEN)).command

    def first() -> tuple[str, int]:
        clock = desk.seen_by("carol").ticket(number).clocks[0]
        return clock.state.value, clock.target_seconds

    assert first() == ("missed", 15 * 60)
    lowered = desk.do("bo", c.SetPriority((number,), impact=Level.LOW, urgency=Level.LOW)).command
    assert first() == ("missed", 15 * 60)
    assert desk.store.numbers("is:any priority:P4") == (number,)
    desk.do("dana", c.Recount((number,), "a contract"))
    assert first() == ("missed", 15 * 60)
    view = desk.seen_by("carol").ticket(number)
    said = "\n".join(told(why(view.ticket, desk.store.policy, desk.clock.at, view.events), UTC))
    assert "First reply: missed, used 2h00 of 0h15, as the P1 it was then" in said
    desk.do("bo", c.Undo(lowered))
    assert first() == ("missed", 15 * 60)
    desk.do("bo", c.SetPriority((number,), impact=Level.LOW, urgency=Level.LOW))
    desk.do("bo", c.Undo(reply))
    assert first() == ("running", 8 * 3600)
    desk.clock.forward(minutes=1)
    desk.do("bo", c.Reply((number,), "Here", State.OPEN))
    assert first() == ("met", 8 * 3600)
    assert not [one for one in examine(desk.store).faults if "open to others" not in one]


def test_a_late_next_reply_of_a_merged_ticket_stays_a_miss(desk: Desk) -> None:
    targets = {priority: Targets(4 * HOUR, 40 * HOUR, 2 * HOUR) for priority in Priority}
    store = Store(Database(desk.url), desk.actors["bo"], clock=desk.clock, policy=Policy(targets=targets))
    desk.others.append(store)
    first, second = desk.create(), desk.create()
    store.dispatch(c.Reply((second,), "We look", State.OPEN))
    store.dispatch(c.Receive((second,), "And now?"))
    desk.clock.forward(hours=3)
    store.dispatch(c.Merge((second,), first))
    verdicts = [(clock.target, clock.state.value) for clock in store.ticket(second).clocks]
    assert verdicts == [("first_reply", "met"), ("next_reply", "missed"), ("resolution", "cancelled")]
