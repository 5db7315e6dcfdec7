"""Rules on one ticket: what sets them off, in which order they are asked, what they do, and that they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskterm.domain.acting import Effects, Post, act
from deskterm.domain.actions import ACTIONS
from deskterm.domain.calendar import Calendar
from deskterm.domain.causes import cause_words
from deskterm.domain.events import Change, Event
from deskterm.domain.facts import Facts, Talk
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK, Agent, Requester, Role
from deskterm.domain.plain import fold
from deskterm.domain.policy import DEFAULT, DEFAULT_SLA, Policy
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.rule_views import occasion
from deskterm.domain.rules import Update, falls_due, marked, run, time_work
from deskterm.domain.sla import standing
from deskterm.domain.ticket import Leg, Spell, Ticket
from tests.domain.situations import ALICE, NOON, QUEUES, after, situation, ticket_in
from tests.hours import office_week

CAROL = Agent(5, "carol", "Carol Weiss", Role.LEAD, frozenset({1}))
UTC = ZoneInfo("UTC")


def event(kind: str, *changes: Change) -> Event:
    return Event(9, 1, 7, kind, NOON, 1, "test", "", changes)


def doing(*actions: Action, ticket: Ticket | None = None, intake: bool = False) -> Effects:
    """What actions come to on a new ticket in Payments; carol leads there."""
    agents = {**situation().agents, CAROL.id: CAROL}
    around = situation(None, NOON)
    around = type(around)(around.actor, NOON, DEFAULT, QUEUES, agents)
    return act(actions, ticket or ticket_in(State.NEW), around, "test", intake=intake)


def fields(effects: Effects) -> dict[str, Any]:
    return {change.field: change.after for change in effects.changes}


ACTS: list[tuple[Action, dict[str, Any]]] = [
    (Action("queue", "network"), {"queue": 2, "handoffs": 1}),
    (Action("queue", "payments"), {}),
    (Action("assign", "alice"), {"owner": 1, "state": State.OPEN}),
    (Action("assign", "none"), {}),
    (Action("type", "problem"), {"type": "problem"}),
    (Action("category", "vpn"), {"category": "vpn"}),
    (Action("component", "client"), {"component": "client"}),
    (Action("channel", "email"), {"channel": "email"}),
    (
        Action("impact", "high"),
        {"impact": Level.HIGH, "priority": Priority.P2},
    ),
    (Action("urgency", "low"), {"urgency": Level.LOW, "priority": Priority.P4}),
    (Action("priority", "P1", "vip"), {"priority": Priority.P1, "priority_reason": "vip"}),
    (Action("priority", "P1"), {"priority": Priority.P1, "priority_reason": "rule test"}),
    (Action("priority", "raise"), {"priority": Priority.P2, "priority_reason": "rule test"}),
    (Action("priority", "P3"), {}),
    (Action("state", "open"), {"state": State.OPEN}),
    (Action("state", "new"), {}),
    (Action("close", "spam"), {"state": State.CLOSED, "close_reason": "spam"}),
    (Action("field", "vendor", "Acme"), {"fields": (("vendor", "Acme"),)}),
    (Action("tag", "#VIP"), {"tags": ("vip",)}),
    (Action("untag", "vip"), {}),
    (Action("follow", "alice"), {"followers": (1,)}),
]


@pytest.mark.parametrize(("action", "expected"), ACTS, ids=str)
def test_an_action_does_what_its_command_does(action: Action, expected: dict[str, Any]) -> None:
    effects = doing(action)
    assert effects.refused == ()
    found = fields(effects)
    assert {name: found.get(name) for name in expected} == expected
    assert effects.nothing is (expected == {})


def test_every_action_that_a_file_may_name_is_known() -> None:
    for name in ACTIONS:
        assert not any("no such action" in words for words in doing(Action(name, "x")).refused), name


def test_an_action_that_cannot_be_done_says_why_and_keeps_no_other_from_being_done() -> None:
    effects = doing(
        Action("queue", "nowhere"),
        Action("assign", "gone"),
        Action("priority", "P9"),
        Action("explode", "now"),
        Action("process", "onboarding"),
        Action("close", "confirmed"),
        Action("remind", "yesterday"),
        Action("webhook", "ftp://x"),
        Action("tag", "seen"),
    )
    assert fields(effects) == {"tags": ("seen",)}
    assert len(effects.refused) == 8
    assert "no queue 'nowhere'" in effects.refused[0]
    assert "no agent 'gone'" in effects.refused[1]
    assert "not solved yet" in effects.refused[5]


def test_actions_see_what_the_ones_before_them_did() -> None:
    effects = doing(Action("impact", "high"), Action("urgency", "high"), Action("priority", "raise"))
    assert fields(effects)["priority"] is Priority.P1
    moved = doing(Action("queue", "network"), Action("queue", "payments"))
    assert fields(moved) == {"handoffs": 2}


def test_choosing_a_queue_at_intake_is_no_handoff() -> None:
    assert fields(doing(Action("queue", "network"), intake=True)) == {"queue": 2}


def test_people_are_told_by_reminders_and_the_house_is_left_by_the_outbox() -> None:
    told = doing(Action("notify", "lead", "look"), Action("remind", "in 2h", "again"))
    assert [(ring.agent, ring.at, ring.text) for ring in told.rings] == [
        (5, NOON, "look"),
        (5, after(hours=2), "again"),
    ]
    owned = doing(Action("notify", "owner"), ticket=ticket_in(State.OPEN, owner=1))
    assert [(ring.agent, ring.text) for ring in owned.rings] == [(1, "test: #7")]
    assert doing(Action("webhook", "https://x.example/hook")).posts == (
        Post("webhook", "https://x.example/hook"),
    )


def test_escalating_is_always_visible_in_the_conversation() -> None:
    lead = doing(Action("escalate", "lead", "angry customer"))
    (note,) = lead.messages
    assert "carol" in note.text
    assert "angry customer" in note.text
    assert [ring.agent for ring in lead.rings] == [5]
    team = doing(Action("escalate", "network", "routing"))
    assert fields(team)["queue"] == 2
    assert "routing" in team.messages[0].text


def test_what_the_desk_writes_answers_nobody() -> None:
    effects = doing(Action("reply", "We are on it"), Action("note", "Seen"), ticket=ticket_in(State.PENDING))
    assert [(message.kind.value, message.agent) for message in effects.messages] == [
        ("public", None),
        ("internal", None),
    ]
    assert effects.changes == ()


# What sets a rule off

P4, P1 = ticket_in(State.OPEN, priority=Priority.P4), ticket_in(State.OPEN, priority=Priority.P1)
MESSAGE = Change("message", None, 3)
CAUSES: list[tuple[str, Ticket | None, Ticket, tuple[str, ...], bool]] = [
    ("created", None, P4, ("created",), True),
    ("created", P4, P4, ("tagged",), False),
    ("updated", P4, P4, ("tagged",), True),
    ("updated", None, P4, ("created",), False),
    ("updated", P4, P4, ("at_risk",), False),
    ("updated", P4, P4, ("snoozed",), False),
    ("updated", P4, P4, ("bounced",), False),
    ("updated", P4, P4, ("flooded",), False),
    ("updated", P4, P4, ("settled", "replied"), True),
    ("at_risk", P4, P4, ("at_risk",), True),
    ("breached", P4, P4, ("at_risk",), False),
    ("changed:priority", P4, P1, ("prioritised",), True),
    ("changed:priority", P4, P4, ("tagged",), False),
    ("changed:priority", None, P1, ("created",), False),
    ("changed:tag", P4, ticket_in(State.OPEN, tags=frozenset({"x"})), ("tagged",), True),
    ("changed:field.vendor", P4, ticket_in(State.OPEN, fields=frozenset({("vendor", "A")})), (), True),
    ("changed:field.vendor", P4, ticket_in(State.OPEN, fields=frozenset({("site", "A")})), (), False),
    ("reply", P4, P4, ("replied",), True),
    ("reply", P4, P4, ("noted",), False),
    ("note", P4, P4, ("noted",), True),
    ("message", P4, P4, ("received",), True),
    ("message", None, P4, ("created", "received"), False),
]


@pytest.mark.parametrize(("name", "before", "now", "kinds", "expected"), CAUSES)
def test_what_sets_a_rule_off_is_said_by_the_rule(
    name: str, before: Ticket | None, now: Ticket, kinds: tuple[str, ...], expected: bool
) -> None:
    update = Update(before, tuple(event(kind) for kind in kinds or ("classified",)))
    assert update.is_a(name, now) is expected


def test_a_solution_with_a_message_is_a_reply_too() -> None:
    assert Update(P4, (event("solved", MESSAGE),)).is_a("reply", P4)
    assert not Update(P4, (event("solved"),)).is_a("reply", P4)


# A round


def holds(rule: Rule, ticket: Ticket) -> bool:
    """Ask a query of a ticket without a store."""
    facts = Facts(
        ticket,
        QUEUES[ticket.queue],
        Requester(1, "Ana", "ana@x.example"),
        lambda: Talk(fold(ticket.subject), frozenset()),
        lambda: standing(ticket, DEFAULT),
        lambda: ticket.links,
        None,
        {ALICE.id: ALICE},
    )
    return matches(rule.query, facts, DESK, NOON, UTC)


def round_of(
    rules: Sequence[Rule], ticket: Ticket, before: Ticket | None, on: On = On.UPDATE
) -> tuple[Ticket, list[str]]:
    """Run a round and return the ticket after it and which rules fired, in order."""
    fired: list[str] = []

    def fire(rule: Rule, held: Ticket) -> Ticket:
        fired.append(rule.name)
        return doing(*rule.actions, ticket=held).ticket

    update = Update(before, (event("created" if before is None else "tagged"),))
    return run(rules, on, update, ticket, holds, fire), fired


def trigger(name: str, when: str, *actions: Action, **values: Any) -> Rule:
    return Rule(name, On.UPDATE, when, actions, values.pop("events", ("updated",)), **values)


def test_a_rule_sees_what_the_ones_before_it_did_and_not_what_comes_after() -> None:
    rules = (
        trigger("late", "tag:vip", Action("tag", "seen")),
        trigger("vip", "is:new", Action("tag", "vip")),
        trigger("urgent", "tag:vip", Action("priority", "P1")),
    )
    ticket, fired = round_of(rules, ticket_in(State.NEW), ticket_in(State.NEW))
    assert fired == ["vip", "urgent"]
    assert ticket.priority is Priority.P1
    assert ticket.tags == {"vip"}


def test_a_rule_that_stops_keeps_the_later_ones_of_its_kind_from_being_asked() -> None:
    rules = (
        trigger("a", "is:new", Action("tag", "a"), stop=True),
        trigger("b", "is:new", Action("tag", "b")),
    )
    assert round_of(rules, ticket_in(State.NEW), ticket_in(State.NEW))[1] == ["a"]
    assert round_of(rules[::-1], ticket_in(State.NEW), ticket_in(State.NEW))[1] == ["b", "a"]


def test_a_rule_is_asked_on_its_own_occasion_and_when_it_is_active() -> None:
    rules = (
        Rule("intake", On.INTAKE, "", (Action("tag", "i"),)),
        trigger("opened", "", Action("tag", "c"), events=("created",)),
        trigger("worked on", "", Action("tag", "u")),
        trigger("silent", "", Action("tag", "s"), events=()),
        trigger("off", "", Action("tag", "o"), active=False),
        Rule("later", On.TIME, "", (Action("tag", "t"),), since="created"),
    )
    new = ticket_in(State.NEW)
    assert round_of(rules, new, None, On.INTAKE)[1] == ["intake"]
    assert round_of(rules, new, None)[1] == ["opened"]
    assert round_of(rules, new, new)[1] == ["worked on"]


def test_a_closed_ticket_is_left_alone_but_while_it_is_being_closed() -> None:
    rule = trigger("closing", "is:closed", Action("tag", "done"))
    closed, solved = ticket_in(State.CLOSED), ticket_in(State.SOLVED)
    assert round_of((rule,), closed, solved)[1] == ["closing"]
    assert round_of((rule,), closed, closed)[1] == []
    opened = ticket_in(State.OPEN)
    assert round_of((trigger("back", "is:open", Action("tag", "x")),), opened, closed)[1] == ["back"]


def test_what_a_rule_says_of_no_state_is_about_active_tickets() -> None:
    solved = ticket_in(State.SOLVED)
    assert round_of((trigger("a", "", Action("tag", "a")),), solved, ticket_in(State.OPEN))[1] == []
    assert round_of((trigger("a", "is:any", Action("tag", "a")),), solved, ticket_in(State.OPEN))[1] == ["a"]


QUERIES = st.sampled_from(
    ("", "is:any", "is:new", "is:open", "-is:new", "tag:a", "-tag:a", "tag:b", "priority:P1", "owner:none")
)
ACTED = st.sampled_from(
    (
        *(Action("tag", "a"), Action("untag", "a"), Action("tag", "b"), Action("untag", "b")),
        *(Action("priority", "P1"), Action("priority", "P4"), Action("priority", "raise")),
        *(Action("state", "open"), Action("state", "pending"), Action("assign", "alice")),
        *(Action("assign", "none"), Action("queue", "network"), Action("queue", "payments")),
        *(Action("close", "spam"), Action("note", "x"), Action("explode")),
    )
)
EVENTS = st.sampled_from(
    (("updated",), ("created",), ("changed:tag",), ("changed:priority", "changed:state"))
)


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    """Rules that contradict each other as they like."""
    return [
        Rule(
            f"rule {number}",
            draw(st.sampled_from((On.UPDATE, On.UPDATE, On.INTAKE))),
            draw(QUERIES),
            tuple(draw(st.lists(ACTED, min_size=1, max_size=3))),
            draw(EVENTS),
            stop=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


@given(some_rules(), st.sampled_from(tuple(State)), st.sampled_from((None, *State)))
@settings(max_examples=300)
def test_whatever_rules_say_each_fires_at_most_once_and_the_round_ends(
    rules: list[Rule], state: State, before: State | None
) -> None:
    was = ticket_in(before) if before is not None else None
    for on in (On.INTAKE, On.UPDATE):
        ticket, fired = round_of(rules, ticket_in(state), was, on)
        assert len(fired) == len(set(fired))
        assert fired == [rule.name for rule in rules if rule.name in fired]
        assert all(rule.on is on for rule in rules if rule.name in fired)
        again, _ = round_of(rules, ticket_in(state), was, on)
        assert again == ticket


# Time


def timed(since: str, hours: float, when: str = "", **values: Any) -> Rule:
    return Rule("nudge", On.TIME, when, (), since=since, after=int(hours * 3600), **values)


MOMENTS: list[tuple[str, Ticket, bool]] = [
    ("created", ticket_in(State.NEW), True),
    ("pending", ticket_in(State.PENDING), True),
    ("pending", ticket_in(State.OPEN), False),
    ("hold", ticket_in(State.HOLD), True),
    ("hold", ticket_in(State.PENDING), False),
    ("solved", ticket_in(State.SOLVED), True),
    ("solved", ticket_in(State.CLOSED), False),
    ("received", ticket_in(State.OPEN), True),
    ("received", ticket_in(State.OPEN, waiting_since=None), False),
    ("replied", ticket_in(State.OPEN), False),
    ("replied", ticket_in(State.OPEN, replied_at=NOON), True),
    ("created", ticket_in(State.CLOSED), False),
    ("created", ticket_in(State.NEW, voided=True), False),
]


@pytest.mark.parametrize(("since", "ticket", "expected"), MOMENTS)
def test_a_rule_on_time_counts_from_its_moment(since: str, ticket: Ticket, expected: bool) -> None:
    assert falls_due(timed(since, 48), ticket, DEFAULT) == (after(hours=48) if expected else None)
    work = time_work(Policy(rules=(timed(since, 48), timed(since, 1, active=False))), ticket)
    assert [item.what for item in work] == (["rule:nudge"] if expected else [])


def test_a_rule_on_time_fires_once_for_each_moment() -> None:
    rule, ticket = timed("pending", 1), ticket_in(State.PENDING)
    kept = marked(rule, ticket, NOON)
    fired = ticket_in(State.PENDING, alerts=frozenset(kept.after))
    assert falls_due(rule, fired, DEFAULT) is None
    later = NOON + timedelta(days=2)
    again = ticket_in(State.PENDING, alerts=fired.alerts, spells=frozenset({Spell(later, State.PENDING)}))
    assert falls_due(rule, again, DEFAULT) == later + timedelta(hours=1)
    renewed = marked(rule, again, later)
    assert (renewed.before, len(renewed.after)) == (kept.after, 1)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("created:12", "the ticket was opened (event 12)"),
        ("replied:1042", "an agent replied (event 1042)"),
        ("time:pending:172800", "2d since it was put to pending"),
        ("time:created:5400", "90m since it was opened"),
        ("stopped:fired 10 times within an hour", "stopped: it fired 10 times within an hour"),
    ],
)
def test_a_cause_is_said_in_words(cause: str, words: str) -> None:
    assert cause_words(cause) == words


OFFICE = Policy(
    calendar="office",
    calendars=(Calendar("office", "UTC", office_week("09:00-17:00")),),
    sla=(),
)


def test_business_time_counts_by_the_calendar_of_the_tickets_targets() -> None:
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    ticket = ticket_in(State.NEW, created_at=friday)
    measured_so = replace(ticket, legs=frozenset({Leg(friday, DEFAULT_SLA, OFFICE.version)}))
    rule = timed("created", 4, business=True)
    monday_noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert falls_due(rule, measured_so, OFFICE) == monday_noon
    assert falls_due(timed("created", 4), measured_so, OFFICE) == friday + timedelta(hours=4)
    assert falls_due(rule, ticket, DEFAULT) == friday + timedelta(hours=4)
    assert occasion(rule) == "4h of business time since it was opened"
    assert cause_words("time:created:14400:business") == "4h of business time since it was opened"
