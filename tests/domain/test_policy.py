"""Policy: the contract's figures as defaults, what policies look up, and the levels of a clock."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from deskterm.domain.calendar import AROUND_THE_CLOCK, Calendar
from deskterm.domain.errors import QueryError
from deskterm.domain.kinds import Priority, State
from deskterm.domain.policy import ALWAYS, DEFAULT, Effect, NamedState, Policy, QueueSettings, Targets
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.sla_policy import SlaPolicy, Threshold
from tests.hours import office_week

HOUR = 3600


def test_a_desk_that_set_nothing_keeps_the_figures_of_the_contract() -> None:
    assert DEFAULT.last_resort.of(Priority.P1) == Targets(900, 4 * HOUR)
    assert DEFAULT.last_resort.of(Priority.P2) == Targets(HOUR, 8 * HOUR)
    assert DEFAULT.last_resort.of(Priority.P3) == Targets(4 * HOUR, 24 * HOUR)
    assert DEFAULT.last_resort.of(Priority.P4) == Targets(8 * HOUR, 40 * HOUR)
    assert DEFAULT.last_resort.calendar == ALWAYS
    assert (DEFAULT.risk, DEFAULT.p1_share, DEFAULT.auto_close_days) == (0.8, 0.1, 4)
    assert (DEFAULT.undo_send, DEFAULT.work_next_hold) == (10, 600)
    assert DEFAULT.return_after is None
    assert DEFAULT.reopens_within("payments") == timedelta(days=14)
    assert DEFAULT.queue("payments").reply is State.PENDING


def test_each_state_has_one_effect_on_clocks() -> None:
    effects = {state: DEFAULT.effect(state) for state in State}
    assert effects == {
        State.NEW: Effect.RUNS,
        State.OPEN: Effect.RUNS,
        State.PENDING: Effect.PAUSED,
        State.HOLD: Effect.PAUSED,
        State.SOLVED: Effect.STOPPED,
        State.CLOSED: Effect.STOPPED,
    }
    waiting = NamedState("with the vendor", State.HOLD, Effect.RUNS)
    others = tuple(state for state in DEFAULT.states if state.category is not State.HOLD)
    assert replace(DEFAULT, states=(*others, waiting)).effect(State.HOLD) is Effect.RUNS


def test_the_first_threshold_of_a_level_is_the_one_for_its_target() -> None:
    early = Threshold("at_risk", 0.5)
    call = Threshold("call", before=900, target="resolution", actions=(Action("notify", "lead"),))
    sla = SlaPolicy("Gold", thresholds=(early, call, Threshold("at_risk", 0.9, target="first_reply")))
    assert {one.level: one.after(HOUR) for one in sla.levels("resolution")} == {
        "call": 2700,
        "at_risk": 1800,
        "breached": 3600,
    }
    assert {one.level: one.after(HOUR) for one in sla.levels("first_reply")} == {
        "at_risk": 3240,
        "breached": 3600,
    }
    assert call.after(600) == 0
    with pytest.raises(ValueError, match="no target"):
        sla.levels("fixing")


def test_calendars_and_queues_are_found_by_name() -> None:
    office = Calendar("Office", "Europe/Berlin", office_week("09:00-17:00"))
    policy = Policy(
        calendars=(office,),
        queues={"network": QueueSettings(calendar="Office", return_after=0)},
        return_after=1800,
    )
    assert policy.calendar_named("") is AROUND_THE_CLOCK is policy.calendar_named(ALWAYS)
    assert policy.queue_calendar("network") == office
    assert policy.queue_calendar("payments") is AROUND_THE_CLOCK
    assert (policy.returns_after("network"), policy.returns_after("payments")) == (None, 1800)


def test_conditions_are_queries_and_are_read_once() -> None:
    rule = Rule("vip", On.INTAKE, "tag:vip", (Action("priority", "P1"),))
    assert rule.query.text == "tag:vip"
    assert SlaPolicy("all").query.text == ""
    with pytest.raises(QueryError, match="colour is not a field"):
        SlaPolicy("wrong", "colour:red")


def test_the_app_opens_without_reading_calendars_or_rules() -> None:
    names = ("calendar", "hours", "rule", "sla_policy", "policy_file")
    code = (
        "import sys, deskterm.ui.app;"
        f"print([name for name in {names!r} if 'deskterm.domain.' + name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
