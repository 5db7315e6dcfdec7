"""Deciding: who may ask for what, what was looked at, priorities, and the fields that describe a ticket."""

from __future__ import annotations

from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.decide import NEEDS, RULES, authorise, decide
from deskterm.domain.errors import FieldMoved, NotAllowed, NotFound, Refused
from deskterm.domain.kinds import LINK_INVERSE, LINK_KINDS, Level, MessageKind, Priority, State
from deskterm.domain.people import DESK, Actor, Agent, Role
from deskterm.domain.policy import DEFAULT
from deskterm.domain.proposal import Situation
from deskterm.domain.ticket import Link
from deskterm.domain.triage import opening
from tests.domain.situations import ALICE, GONE, NOON, QUEUES, after, done, propose, situation, ticket_in

HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
EVERY = {
    name: kind for name, kind in vars(c).items() if isinstance(kind, type) and issubclass(kind, c.Command)
}
NOBODYS = {"Command", "TicketCommand"}


def blank(name: str) -> c.Command:
    """A command of this kind, as far as asking who may do it goes."""
    kind = EVERY[name]
    found: c.Command = kind.__new__(kind)
    return found


# Who may


@pytest.mark.parametrize("role", Role, ids=str)
@pytest.mark.parametrize("name", sorted(EVERY.keys() - NOBODYS))
def test_each_command_needs_a_role(name: str, role: Role) -> None:
    kind = EVERY[name]
    actor = Actor(Agent(9, "x", "X", role))
    desk_only = kind in (c.ClockDue, c.SnoozeDue, c.ReminderDue, c.StepDue)
    admins = (c.AddAgent, c.AddQueue, c.ApplyPolicy, c.Recount, c.Rejudge)
    leads = (c.SetTarget, c.Rebalance, c.DiscardMail)
    more = dict.fromkeys(admins, Role.ADMIN) | dict.fromkeys(leads, Role.LEAD)
    needed = more.get(kind, Role.AGENT)
    own = (
        *(c.SaveView, c.Snooze, c.Follow, c.Remind, c.ChangeReminder, c.DismissReminder),
        *(c.Undo, c.Redo, c.Together, c.GoAway),
    )
    if kind in own:
        needed = Role.VIEWER
    assert NEEDS.get(kind, Role.AGENT) is needed
    if role.includes(needed) and not desk_only:
        authorise(blank(name), actor)
    else:
        with pytest.raises(NotAllowed) as refused:
            authorise(blank(name), actor)
        assert refused.value.exit_code == 4
        told = f"{refused.value.message} {refused.value.hint}"
        assert "scheduler" in told or (f"that needs a{'' if needed is Role.LEAD else 'n'} {needed}" in told)
        assert name not in told
    authorise(blank(name), DESK)


def test_every_ticket_command_has_a_rule() -> None:
    kinds = {kind for kind in EVERY.values() if issubclass(kind, c.TicketCommand)} - {c.TicketCommand}
    # A macro has actions, and each of them is decided as the command it is.
    assert set(RULES) == kinds - {c.UseMacro}


def test_roles_include_those_before_them() -> None:
    order = tuple(Role)
    for place, role in enumerate(order):
        assert [role.includes(other) for other in order] == [n <= place for n in range(len(order))]


def test_who_has_left_may_do_nothing() -> None:
    with pytest.raises(NotAllowed, match="gone does not work here any more"):
        authorise(c.Undo(), Actor(GONE))


# What was looked at


@pytest.mark.parametrize(
    ("expected", "field"),
    [
        ({"priority": Priority.P3, "owner": None, "state": State.OPEN}, ""),
        ({"tags": ("vpn",)}, ""),
        ({"field.vendor": "acme"}, ""),
        ({"field.site": ""}, ""),
        ({"priority": Priority.P1}, "priority"),
        ({"owner": 2}, "owner"),
        ({"tags": ()}, "tags"),
        ({"field.vendor": "other"}, "field.vendor"),
    ],
)
def test_a_field_that_moved_since_it_was_looked_at_is_a_conflict(
    expected: dict[str, Any], field: str
) -> None:
    ticket = ticket_in(State.OPEN, tags=frozenset({"vpn"}), fields=frozenset({("vendor", "acme")}))
    command = c.Note((7,), "Hm", expected=expected)
    if not field:
        assert propose(command, ticket).kind == "noted"
        return
    with pytest.raises(FieldMoved) as moved:
        propose(command, ticket)
    assert (moved.value.field, moved.value.exit_code) == (field, 5)
    assert moved.value.mine == expected[field]


def test_looking_at_a_field_there_is_not_is_refused() -> None:
    with pytest.raises(Refused, match="'colour' is no field"):
        propose(c.Note((7,), "Hm", expected={"colour": "red"}), ticket_in(State.OPEN))


def test_what_was_looked_at_is_not_asked_of_the_other_end_of_a_link() -> None:
    command = c.LinkTo((9,), "related", 7, expected={"priority": Priority.P1})
    assert propose(command, ticket_in(State.OPEN)).kind == "linked"


# Priority

MATRIX = {
    (HIGH, HIGH): "P1", (HIGH, MEDIUM): "P2", (MEDIUM, HIGH): "P2", (HIGH, LOW): "P3", (LOW, HIGH): "P3",
    (MEDIUM, MEDIUM): "P3", (MEDIUM, LOW): "P4", (LOW, MEDIUM): "P4", (LOW, LOW): "P4",
}  # fmt: skip


@pytest.mark.parametrize(("impact", "urgency"), MATRIX)
def test_impact_and_urgency_make_the_priority(impact: Level, urgency: Level) -> None:
    expected = MATRIX[impact, urgency]
    assert DEFAULT.priority(impact, urgency) == expected
    made = opening(c.Create("x", "a@x", impact=impact, urgency=urgency), 1, situation())
    assert {change.field: change.after for change in made.changes}["priority"] == expected
    ticket = ticket_in(State.OPEN, impact=LOW, urgency=LOW, priority=Priority.P4)
    if (impact, urgency) != (LOW, LOW):
        assert done(c.SetPriority((7,), impact=impact, urgency=urgency), ticket).priority == expected


def test_an_override_needs_a_reason_and_keeps_it_until_the_matrix_decides_again() -> None:
    with pytest.raises(Refused, match="medium make P3: P1 needs a reason") as refused:
        propose(c.SetPriority((7,), Priority.P1), ticket_in(State.OPEN))
    assert refused.value.field == "priority"
    urgent = done(c.SetPriority((7,), Priority.P1, reason="vip"), ticket_in(State.OPEN))
    assert (urgent.priority, urgent.priority_reason) == (Priority.P1, "vip")
    calm = done(c.SetPriority((7,), impact=HIGH), urgent)
    assert (calm.priority, calm.priority_reason, calm.impact) == (Priority.P2, "", HIGH)


def test_going_back_to_the_matrix_needs_no_reason() -> None:
    urgent = ticket_in(State.OPEN, priority=Priority.P1, priority_reason="vip")
    calm = done(c.SetPriority((7,), Priority.P3), urgent)
    assert (calm.priority, calm.priority_reason) == (Priority.P3, "")


@pytest.mark.parametrize(
    "command", [c.SetPriority((7,)), c.SetPriority((7,), Priority.P3), c.SetPriority((7,), impact=MEDIUM)]
)
def test_a_priority_that_changes_nothing_is_refused(command: c.SetPriority) -> None:
    with pytest.raises(Refused, match="#7 is P3 already"):
        propose(command, ticket_in(State.OPEN))


# Opening


def test_opening_keeps_what_was_said_and_starts_waiting() -> None:
    command = c.Create(
        "It  fails", "ana@x", text="Help\x1b[31m", queue="Network", tags=("#VPN", "vpn"), channel="email",
        fields=(("vendor", "acme"), ("vendor", "other"), ("site", " ")), owner=1, category=" Printer ",
    )  # fmt: skip
    proposal = opening(command, 5, situation())
    values = {change.field: change.after for change in proposal.changes}
    assert (values["state"], values["owner"], values["queue"], values["requester"]) == ("open", 1, 2, 5)
    assert values["tags"] == ("vpn",)
    assert values["fields"] == (("vendor", "other"),)
    assert values["category"] == "Printer"
    assert values["waiting_since"] == NOON
    assert proposal.message is not None
    assert (proposal.message.kind, proposal.message.requester) == (MessageKind.PUBLIC, True)
    assert "\x1b" not in proposal.message.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 301}, "subject"),
        ({"type": "wish"}, "type"),
        ({"channel": "pigeon"}, "channel"),
        ({"priority": Priority.P1}, "priority"),
        ({"tags": ("two words",)}, "tags"),
        ({"tags": ("",)}, "tags"),
        ({"fields": (("", "x"),)}, "fields"),
        ({"fields": (("x" * 61, "x"),)}, "fields"),
        ({"owner": 3}, "owner"),
        ({"owner": 1, "queue": "hr"}, "owner"),
        ({"text": "x" * 1_000_001}, "text"),
    ],
)
def test_opening_refuses_what_makes_no_sense(values: dict[str, Any], field: str) -> None:
    command = c.Create(**({"subject": "It fails", "requester_address": "ana@x"} | values))
    with pytest.raises(Refused) as refused:
        opening(command, 1, situation())
    assert refused.value.field == field


@pytest.mark.parametrize(("queue", "hint"), [("nowhere", "queues: hr, network, payments"), ("", "queues:")])
def test_an_unknown_queue_names_those_that_the_actor_may_know(queue: str, hint: str) -> None:
    with pytest.raises(NotFound) as missing:
        opening(c.Create("x", "a@x", queue=queue), 1, situation())
    assert hint in missing.value.hint
    outside = Situation(Actor(ALICE), NOON, DEFAULT, {1: QUEUES[1]}, {})
    with pytest.raises(NotFound) as missing:
        opening(c.Create("x", "a@x", queue="hr"), 1, outside)
    assert missing.value.hint == "queues: payments"


def test_a_desk_without_queues_says_so() -> None:
    with pytest.raises(NotFound, match="has no queue yet"):
        opening(c.Create("x", "a@x"), 1, Situation(DESK, NOON, DEFAULT))


# What describes a ticket


def test_classifying_sets_what_changed_and_nothing_else() -> None:
    ticket = ticket_in(
        State.OPEN, category="Printer", fields=frozenset({("vendor", "acme"), ("site", "Oslo")})
    )
    values = (
        ("category", "Printer"),
        ("type", "problem"),
        ("field.vendor", "x"),
        ("field.vendor", "other"),
        ("field.site", ""),
    )
    proposal = propose(c.Classify((7,), values), ticket)
    assert {change.field for change in proposal.changes} == {"type", "fields"}
    changed = done(c.Classify((7,), values), ticket)
    assert changed.type == "problem"
    assert changed.fields == {("vendor", "other")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("owner", "bo"),
        ("state", "open"),
        ("subject", ""),
        ("type", "wish"),
        ("channel", "pigeon"),
        ("field.", "x"),
    ],
)
def test_classifying_refuses_other_fields_and_values(name: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        propose(c.Classify((7,), ((name, value),)), ticket_in(State.OPEN))
    assert refused.value.field


@pytest.mark.parametrize("kind", LINK_KINDS)
def test_a_link_has_two_ends(kind: str) -> None:
    here = done(c.LinkTo((7,), kind, 9), ticket_in(State.OPEN))
    there = done(c.LinkTo((7,), kind, 9), ticket_in(State.OPEN, number=9))
    assert here.links == {Link(kind, 9)}
    assert there.links == {Link(LINK_INVERSE[kind], 7)}
    assert LINK_INVERSE[LINK_INVERSE[kind]] == kind
    assert done(c.LinkTo((7,), kind, 9, remove=True), here).links == frozenset()


def test_several_tickets_are_linked_to_one_at_once() -> None:
    command = c.LinkTo((7, 8), "child", 9)
    assert done(command, ticket_in(State.OPEN, number=8)).links == {Link("child", 9)}
    assert done(command, ticket_in(State.OPEN, number=9)).links == {Link("parent", 7), Link("parent", 8)}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (c.LinkTo((7,), "friend", 9), "no kind of link"),
        (c.LinkTo((7,), "related", 7), "cannot be linked to itself"),
        (c.LinkTo((7,), "related", 9, remove=True), "is not linked so"),
        (c.LinkTo((7,), "child", 3), "is linked so already"),
    ],
)
def test_links_that_make_no_sense_are_refused(command: c.LinkTo, words: str) -> None:
    with pytest.raises(Refused, match=words):
        propose(command, ticket_in(State.OPEN, links=frozenset({Link("child", 3)})))


def test_tags_are_folded_and_known_ones_left_alone() -> None:
    ticket = ticket_in(State.OPEN, tags=frozenset({"vpn", "eu"}))
    assert done(c.Tag((7,), ("#Outage", "VPN"), ("EU", "none-such")), ticket).tags == {"vpn", "outage"}
    with pytest.raises(Refused, match="those tags already"):
        propose(c.Tag((7,), ("vpn",), ("none-such",)), ticket)


def test_following_is_ones_own() -> None:
    followed = done(c.Follow((7,)), ticket_in(State.OPEN))
    assert followed.followers == {1}
    with pytest.raises(Refused, match="follow #7 already"):
        propose(c.Follow((7,)), followed)
    assert done(c.Follow((7,), on=False), followed).followers == frozenset()
    for command in (c.Follow((7,)), c.Snooze((7,), after(hours=1))):
        with pytest.raises(Refused, match="only an agent"):
            propose(command, ticket_in(State.OPEN), agent=None)


def test_a_snooze_that_was_set_anew_is_not_over() -> None:
    command = c.SnoozeDue((7,), 1)
    for snoozes, over in (({1: NOON}, True), ({1: after(hours=1)}, False), ({}, False), ({2: NOON}, False)):
        proposal = decide(command, ticket_in(State.OPEN), situation(None, snoozes=snoozes))
        assert (proposal is not None) is over
