"""Escalation: who is told, what changes, what is said in the conversation, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deskterm.domain import commands as c
from deskterm.domain.acting import act
from deskterm.domain.errors import DeskError, NotFound, Refused
from deskterm.domain.kinds import MessageKind, State
from deskterm.domain.people import Agent, Role
from deskterm.domain.policy_file import read_policy
from deskterm.domain.proposal import Proposal
from deskterm.domain.rule import Action
from deskterm.domain.ticket import Ticket
from tests.domain.situations import ALICE, BO, NOON, QUEUES, after, done, propose, situation, ticket_in

CAROL = Agent(5, "carol", "Carol", Role.LEAD, frozenset({1}))
HANA = Agent(6, "hana", "Hana", Role.LEAD, frozenset({2, 3}))
DANA = Agent(7, "dana", "Dana", Role.ADMIN)
QUEUE, LEAD, VENDOR = c.EscalateTo
TOMORROW = after(days=1)


def to_vendor(**values: Any) -> c.Escalate:
    """An escalation to Acme, to be followed up tomorrow."""
    given: dict[str, Any] = {"vendor": "Acme", "follow_up": TOMORROW}
    return c.Escalate((7,), VENDOR, **(given | values))


def said(proposal: Proposal) -> str:
    """The note it leaves in the conversation."""
    assert proposal.message is not None
    assert proposal.message.kind is MessageKind.INTERNAL
    return proposal.message.text


def to_lead(ticket: Ticket, *agents: Agent, by: Agent = ALICE) -> Proposal:
    """Escalate to the lead, on a desk of these people."""
    people = {agent.id: agent for agent in (by, *agents)}
    given = replace(situation(by), agents=people)
    from deskterm.domain.decide import decide

    found = decide(c.Escalate((7,), LEAD, reason="angry"), ticket, given)
    assert found is not None
    return found


def test_a_queue_is_a_handoff_that_says_why() -> None:
    ticket = ticket_in(State.OPEN, owner=ALICE.id)
    proposal = propose(c.Escalate((7,), QUEUE, 2, reason="BGP flaps"), ticket)
    assert said(proposal) == "Escalated to Network: BGP flaps"
    moved = done(c.Escalate((7,), QUEUE, 2), ticket)
    assert (moved.queue, moved.handoffs, moved.owner) == (2, 1, None)
    assert done(c.Escalate((7,), QUEUE, 2), ticket_in(State.OPEN, owner=BO.id)).owner == BO.id


@pytest.mark.parametrize(
    ("agents", "told"),
    [
        ((CAROL, HANA, DANA), ["carol"]),
        ((HANA, DANA), ["hana"]),
        ((DANA,), ["dana"]),
        ((replace(CAROL, active=False), DANA), ["dana"]),
    ],
)
def test_the_lead_of_the_queue_is_told_else_all_leads_else_the_admins(
    agents: tuple[Agent, ...], told: list[str]
) -> None:
    proposal = to_lead(ticket_in(State.OPEN), *agents)
    assert said(proposal) == f"Escalated to {', '.join(told)}: angry"
    names = {agent.id: agent.login for agent in agents}
    assert [(names[ring.agent], ring.at, ring.text) for ring in proposal.rings] == [
        (login, NOON, "Escalated #7: angry") for login in told
    ]


def test_of_a_confidential_queue_only_its_members_are_told() -> None:
    assert "hana" in said(to_lead(ticket_in(State.OPEN, queue=3), CAROL, HANA, DANA))
    with pytest.raises(NotFound, match="no lead"):
        to_lead(ticket_in(State.OPEN, queue=3), DANA)


def test_the_only_lead_does_not_escalate_to_themselves() -> None:
    assert "dana" in said(to_lead(ticket_in(State.OPEN), DANA, by=CAROL))
    with pytest.raises(NotFound) as error:
        to_lead(ticket_in(State.OPEN), by=CAROL)
    assert "you are the lead" in error.value.hint


@pytest.mark.parametrize("state", [State.NEW, State.OPEN, State.PENDING, State.HOLD])
def test_a_vendor_holds_the_ticket_until_it_is_followed_up(state: State) -> None:
    ticket = ticket_in(state)
    held = done(to_vendor(reference="ABC-1"), ticket)
    assert (held.state, held.hold_reason, held.hold_until) == (State.HOLD, "vendor", TOMORROW)
    assert dict(held.fields) == {"vendor": "Acme", "vendor_reference": "ABC-1"}
    note = said(propose(to_vendor(reference="ABC-1", reason="their router"), ticket))
    assert note == (
        "Escalated to the vendor Acme, reference ABC-1, follow up Tue 2026-11-24 12:00 UTC: their router"
    )


def test_the_reference_may_come_later_and_another_vendor_has_its_own() -> None:
    held = done(to_vendor(), ticket_in(State.OPEN))
    assert dict(held.fields) == {"vendor": "Acme"}
    named = done(to_vendor(reference="ABC-1"), held)
    assert dict(named.fields) == {"vendor": "Acme", "vendor_reference": "ABC-1"}
    later = done(to_vendor(follow_up=after(days=3)), named)
    assert dict(later.fields)["vendor_reference"] == "ABC-1"
    assert later.hold_until == after(days=3)
    other = done(to_vendor(vendor="Globex"), named)
    assert dict(other.fields) == {"vendor": "Globex"}


@pytest.mark.parametrize(
    ("command", "ticket", "says"),
    [
        (to_vendor(vendor=" "), ticket_in(State.OPEN), "needs their name"),
        (to_vendor(follow_up=None), ticket_in(State.OPEN), "follow up with Acme"),
        (to_vendor(follow_up=NOON), ticket_in(State.OPEN), "has passed"),
        (to_vendor(vendor="x" * 121), ticket_in(State.OPEN), "more than 120"),
        (to_vendor(reference="x" * 121), ticket_in(State.OPEN), "more than 120"),
        (to_vendor(), ticket_in(State.SOLVED), "is solved"),
        (to_vendor(), ticket_in(State.CLOSED), "is closed"),
        (c.Escalate((7,), LEAD), ticket_in(State.SOLVED), "is solved"),
        (c.Escalate((7,), QUEUE, 1), ticket_in(State.OPEN), "in Payments already"),
        (c.Escalate((7,), QUEUE, 99), ticket_in(State.OPEN), "no such queue"),
        (c.Escalate((7,), QUEUE), ticket_in(State.OPEN), "no such queue"),
        (c.Escalate((7,), LEAD), ticket_in(State.OPEN), "no lead"),
    ],
)
def test_what_is_refused(command: c.Escalate, ticket: Ticket, says: str) -> None:
    with pytest.raises(DeskError, match=says):
        propose(command, ticket)


def test_the_same_vendor_until_the_same_time_changes_nothing() -> None:
    held = done(to_vendor(), ticket_in(State.OPEN))
    with pytest.raises(Refused, match="with Acme already"):
        propose(to_vendor(), held)


def test_what_a_vendor_is_called_is_plain() -> None:
    note = said(propose(to_vendor(vendor="Ac\x1b[31mme\n[b]x"), ticket_in(State.OPEN)))
    assert "\x1b" not in note
    assert "\n" not in note


def test_viewers_may_not_escalate() -> None:
    from deskterm.domain.decide import authorise
    from deskterm.domain.people import Actor
    from tests.domain.situations import VERA

    with pytest.raises(DeskError, match="escalate tickets"):
        authorise(c.Escalate((7,), LEAD), Actor(VERA))


# By a rule


def ruled(text: str, value: str = "vendor:Acme", ticket: Ticket | None = None) -> Any:
    """What a rule's escalation comes to."""
    given = replace(situation(None), agents={5: CAROL}, queues=QUEUES)
    return act([Action("escalate", value, text)], ticket or ticket_in(State.OPEN), given, "late")


def test_a_rule_escalates_to_a_vendor() -> None:
    effects = ruled("ABC-1; in 2 days; too slow")
    assert effects.refused == ()
    assert (effects.ticket.state, effects.ticket.hold_until) == (State.HOLD, after(days=2))
    assert dict(effects.ticket.fields) == {"vendor": "Acme", "vendor_reference": "ABC-1"}
    (note,) = effects.messages
    assert "by the rule late: too slow" in note.text
    again = ruled("ABC-1; in 2 days", ticket=effects.ticket)
    assert again.nothing


@pytest.mark.parametrize(
    ("text", "why"), [("ABC-1", "when to follow up"), ("ABC; soonish", "no time that is known")]
)
def test_a_rule_that_does_not_say_when_says_so_on_the_ticket(text: str, why: str) -> None:
    (refused,) = ruled(text).refused
    assert why in refused


def test_a_rule_names_itself_in_the_note() -> None:
    assert ruled("why", "lead").messages[0].text == "Escalated to carol by the rule late: why"
    assert ruled("why", "network").messages[0].text == "Escalated to Network by the rule late: why"


POLICY = """
[[rules]]
name = "late"
on = "update"
events = ["breached"]
do = [{{ escalate = "{value}", text = "{text}" }}]
"""


def test_a_policy_file_takes_a_vendor_and_names_what_is_missing() -> None:
    (rule,) = read_policy(POLICY.format(value="vendor: Acme Ltd", text="ABC; fri 9am; why")).rules
    assert rule.actions == (Action("escalate", "vendor:Acme Ltd", "ABC; fri 9am; why"),)
    for value, text, says in (
        ("vendor:", "ABC; fri 9am", "has no name"),
        ("vendor:Acme", "ABC", "when to follow up"),
    ):
        with pytest.raises(DeskError, match=says):
            read_policy(POLICY.format(value=value, text=text))
