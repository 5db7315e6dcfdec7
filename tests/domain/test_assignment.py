"""To whom a queue gives a ticket: each mode, who is left out, and the reason that is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.assignment import Candidate, Choice, choose, load_of, may_be_given, needs
from deskterm.domain.kinds import Priority, State
from deskterm.domain.people import Agent, Role
from deskterm.domain.policy import DEFAULT, Assignment, QueueSettings
from tests.domain.situations import ticket_in

NONE, ROUND, LEAST, SKILLS = Assignment


def one(
    number: int, *, held: int = 0, load: int = 0, given: int = 0, room: int = 10, skills: str = ""
) -> Candidate:
    """Somebody who could be given a ticket."""
    agent = Agent(number, "abcdefgh"[number], "", capacity=room, skills=frozenset(skills.split()))
    return Candidate(agent, held, load, given)


VPN = frozenset({"vpn"})


@pytest.mark.parametrize(
    ("settings", "candidates", "wanted", "expected"),
    [
        (QueueSettings(), [one(1)], VPN, Choice(None, "")),
        (QueueSettings(ROUND), [], VPN, Choice(None, "Net: nobody is here, so it waits in the queue")),
        (
            QueueSettings(ROUND),
            [one(1, held=2, room=2), one(2, held=9, room=3)],
            VPN,
            Choice(None, "Net: all 2 are at their capacity, so it waits in the queue"),
        ),
        (
            QueueSettings(ROUND),
            [one(1, given=7), one(2, given=3), one(3, given=5)],
            VPN,
            Choice(2, "round robin in Net: c has waited longest"),
        ),
        (
            QueueSettings(ROUND),
            [one(1, given=7), one(2), one(3)],
            VPN,
            Choice(2, "round robin in Net: c has had none yet"),
        ),
        (
            QueueSettings(ROUND),
            [one(1, given=1, held=5, room=5), one(2, given=2)],
            VPN,
            Choice(2, "round robin in Net: c has waited longest"),
        ),
        (
            QueueSettings(LEAST),
            [one(1, held=1, load=8), one(2, held=3, load=3)],
            VPN,
            Choice(2, "least loaded in Net: c holds 3 of 10 (load 3)"),
        ),
        (
            QueueSettings(LEAST),
            [one(1, held=2, load=4), one(2, held=1, load=4), one(3, held=1, load=4, given=9)],
            VPN,
            Choice(2, "least loaded in Net: c holds 1 of 10 (load 4)"),
        ),
        (
            QueueSettings(SKILLS),
            [one(1), one(2, load=9, skills="vpn mail"), one(3, load=11, skills="vpn")],
            VPN,
            Choice(2, "skills in Net: c knows vpn and has the least load"),
        ),
        (
            QueueSettings(SKILLS),
            [one(1, load=4), one(2, load=2)],
            frozenset(),
            Choice(2, "least loaded in Net: c holds 0 of 10 (load 2)"),
        ),
        (
            QueueSettings(SKILLS),
            [one(1, skills="mail"), one(2, held=1, room=1, skills="vpn")],
            VPN,
            Choice(None, "nobody free in Net knows vpn, so it waits in the queue"),
        ),
        (
            QueueSettings(SKILLS, fallback=ROUND),
            [one(1, skills="mail", given=4), one(2, given=2)],
            VPN,
            Choice(2, "nobody free in Net knows vpn; round robin in Net: c has waited longest"),
        ),
    ],
)
def test_each_mode_chooses_and_says_why(
    settings: QueueSettings, candidates: list[Candidate], wanted: frozenset[str], expected: Choice
) -> None:
    assert choose(settings, "Net", candidates, wanted) == expected


@pytest.mark.parametrize(
    ("agent", "away", "may"),
    [
        (Agent(1, "a", "", queues=frozenset({5})), False, True),
        (Agent(1, "a", "", Role.LEAD, frozenset({5})), False, True),
        (Agent(1, "a", "", queues=frozenset({5})), True, False),
        (Agent(1, "a", "", queues=frozenset({6})), False, False),
        (Agent(1, "a", "", Role.VIEWER, frozenset({5})), False, False),
        (Agent(1, "a", "", queues=frozenset({5}), active=False), False, False),
    ],
)
def test_only_members_who_are_here_are_given_anything(agent: Agent, away: bool, may: bool) -> None:
    assert may_be_given(agent, 5, away) is may


def test_load_weighs_what_is_held_by_priority() -> None:
    assert load_of({Priority.P1: 1, Priority.P4: 3}, DEFAULT.weights) == 11
    assert load_of({}, DEFAULT.weights) == 0


def test_a_ticket_needs_what_its_words_have_in_common_with_the_skills_of_people() -> None:
    ticket = ticket_in(State.NEW, tags=frozenset({"VPN", "urgent"}), category="Network", component="mail")
    assert needs(ticket, {"vpn", "network", "printing"}) == {"vpn", "network"}


@given(
    st.lists(
        st.builds(
            one, st.integers(0, 7), held=st.integers(0, 4), load=st.integers(0, 9), given=st.integers(0, 9),
            room=st.integers(0, 4), skills=st.sampled_from(["", "vpn", "mail vpn"]),
        ),
        max_size=6,
        unique_by=lambda each: each.agent.id,
    ),
    st.sampled_from([ROUND, LEAST, SKILLS]),
    st.sampled_from([NONE, ROUND, LEAST]),
)  # fmt: skip
def test_nobody_is_given_more_than_they_can_carry_and_somebody_with_room_is_found(
    candidates: list[Candidate], mode: Assignment, fallback: Assignment
) -> None:
    choice = choose(QueueSettings(mode, fallback), "Net", candidates, VPN)
    free = {each.agent.id for each in candidates if each.has_room}
    assert choice.agent is None or choice.agent in free
    if free and (mode is not SKILLS or fallback is not NONE):
        assert choice.agent is not None
    assert choice.reason
