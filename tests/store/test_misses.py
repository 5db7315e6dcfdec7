"""A late next reply on a desk: what `show`, the ticket's clocks and why say of it, and what undo does."""

from __future__ import annotations

from deskterm.channels.shapes import show_shape
from deskterm.domain import commands as c
from deskterm.domain.kinds import Priority, State
from deskterm.domain.policy import HOUR, Policy, Targets
from deskterm.domain.why import why
from deskterm.storage.database import Database
from deskterm.store.store import Store
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
