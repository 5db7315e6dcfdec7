"""Who should give what to whom: table cases, and what holds of every proposal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskterm.domain.kinds import Priority
from deskterm.domain.people import Agent
from deskterm.domain.policy import DEFAULT
from deskterm.domain.rebalancing import Carrier, Handover, Held, Rebalancing, rebalance

P1, P2, P3, P4 = Priority
NET, PAY = 1, 2
WEIGHTS = DEFAULT.weights


@dataclass
class Team:
    """Agents of a desk and what they hold; `stays` are further tickets that nobody may move."""

    agents: list[Agent] = field(default_factory=list)
    here: dict[int, bool] = field(default_factory=dict)
    tickets: dict[int, list[Held]] = field(default_factory=dict)
    stays: dict[int, list[Priority]] = field(default_factory=dict)

    def add(
        self,
        login: str,
        held: Sequence[Held] = (),
        stays: Sequence[Priority] = (),
        *,
        room: int = 10,
        queues: Iterable[int] = (NET,),
        skills: str = "",
        here: bool = True,
    ) -> Team:
        """Add somebody."""
        number = len(self.agents) + 1
        self.agents.append(
            Agent(
                number, login, login.title(), capacity=room, queues=frozenset(queues),
                skills=frozenset(skills.split()),
            )
        )  # fmt: skip
        self.here[number], self.tickets[number], self.stays[number] = here, list(held), list(stays)
        return self

    def carriers(self) -> list[Carrier]:
        """Everybody as they stand."""
        found = []
        for agent in self.agents:
            held = [one.priority for one in self.tickets[agent.id]] + self.stays[agent.id]
            load = sum(WEIGHTS[priority] for priority in held)
            found.append(Carrier(agent, len(held), load, self.here[agent.id]))
        return found

    def propose(self, queues: Iterable[int] = (NET, PAY), most: int = 500) -> Rebalancing:
        """Ask for moves."""
        return rebalance(self.carriers(), queues, WEIGHTS, lambda agent: self.tickets[agent], most)

    def apply(self, moves: Iterable[Handover]) -> None:
        """Make moves."""
        for move in moves:
            ticket = next(one for one in self.tickets[move.giver] if one.number == move.ticket)
            self.tickets[move.giver].remove(ticket)
            self.tickets[move.taker].append(ticket)

    def spread(self) -> float:
        """How far apart the loads are, for each place."""
        loads = [one.load / one.places for one in self.carriers()]
        return max(loads) - min(loads)


def some(count: int, priority: Priority = P4, start: int = 1, queue: int = NET, **more: object) -> list[Held]:
    """So many tickets of one kind."""
    return [Held(start + at, queue, priority, **more) for at in range(count)]  # type: ignore[arg-type]


def said(found: Rebalancing) -> list[str]:
    """Moves as ticket: from → to."""
    return [f"{one.ticket}: {found.login(one.giver)} → {found.login(one.taker)}" for one in found.moves]


def test_the_newest_of_what_nobody_answered_goes_to_who_carries_least() -> None:
    answered = some(6, start=10, untouched=False)
    team = Team().add("ann", [*some(6), *answered]).add("bo", some(3, start=30)).add("cy", some(1, start=40))
    found = team.propose()
    assert said(found)[:3] == ["6: ann → cy", "5: ann → cy", "4: ann → bo"]
    assert all(one.untouched for one in found.moves)
    assert found.moves[0].reason == "rebalanced: ann held 12 of 10 (load 12), cy held 1 of 10 (load 1)"
    ann, *_ = found.shares()
    assert (ann.agent, ann.held, ann.held_after) == ("ann", 12, 12 - len(found.moves))


def test_what_weighs_most_goes_first_as_long_as_it_helps() -> None:
    team = Team().add("ann", [*some(4, P2), *some(6, P3, 10)]).add("bo").add("cy")
    found = team.propose()
    assert [one.priority for one in found.moves][:2] == [P2, P2]
    assert {share.agent: share.load_after for share in found.shares()} == {"ann": 12, "bo": 8, "cy": 8}


@pytest.mark.parametrize(
    "team",
    [
        pytest.param(Team().add("ann", some(12)).add("bo", here=False), id="the colleague is away"),
        pytest.param(Team().add("ann", some(12)).add("bo", room=0), id="can carry nothing"),
        pytest.param(Team().add("ann", some(12)).add("bo", some(1, start=30), room=1), id="is full"),
        pytest.param(Team().add("ann", some(12)).add("bo", queues=[PAY]), id="is in another queue"),
        pytest.param(Team().add("ann", [], [P4] * 12).add("bo"), id="nothing can be moved"),
        pytest.param(Team().add("ann", some(9)).add("bo", some(7, start=30)), id="both carry about as much"),
        pytest.param(Team().add("ann", some(4)).add("bo"), id="nobody carries much"),
        pytest.param(Team().add("ann", some(1, P1)).add("bo"), id="it would only change hands"),
        pytest.param(
            Team().add("ann", some(12, words=frozenset({"vpn"})), skills="vpn").add("bo", skills="mail"),
            id="does not know how",
        ),
        pytest.param(Team().add("ann", some(12)), id="there is nobody else"),
    ],
)
def test_nothing_is_moved_where(team: Team) -> None:
    assert team.propose().moves == ()


def test_skills_are_named_and_asked_for_only_where_somebody_has_them() -> None:
    vpn = some(12, words=frozenset({"vpn", "urgent"}))
    team = Team().add("ann", vpn, skills="vpn").add("bo", skills="mail").add("cy", skills="vpn mail")
    found = team.propose()
    assert {found.login(one.taker) for one in found.moves} == {"cy"}
    assert found.moves[0].reason.endswith("; cy knows vpn")


def test_a_queue_that_is_closed_now_is_left_alone() -> None:
    team = Team().add("ann", some(12)).add("bo")
    assert team.propose(queues=[PAY]).moves == ()


def test_what_is_in_hidden_queues_counts_and_is_not_shown() -> None:
    team = Team().add("ann", some(12)).add("bo", [], [P4] * 9)
    carriers = [replace(one, unseen=9, unseen_load=9) if one.held == 9 else one for one in team.carriers()]
    found = rebalance(carriers, [NET], WEIGHTS, lambda agent: team.tickets[agent])
    assert len(found.moves) == 1
    assert "bo held 0 of 10 (load 0)" in found.moves[0].reason
    assert [(one.held, one.held_after) for one in found.shares() if one.agent == "bo"] == [(0, 1)]


def test_a_move_that_needs_another_one_says_so() -> None:
    one = Agent(1, "ann", "Ann", capacity=1)
    found = Rebalancing(
        (Handover(7, NET, 2, 1, P4, True, (), ""), Handover(8, NET, 1, 2, P4, True, (), "")),
        {1: Carrier(one, 1, 1), 2: Carrier(replace(one, id=2, login="bo", capacity=9), 5, 5)},
        WEIGHTS,
    )
    assert found.too_full(found.moves) == ()
    assert found.too_full(found.moves[:1]) == ("ann",)


def test_there_is_an_end_to_a_proposal_and_it_says_so() -> None:
    team = Team().add("ann", some(60), room=20).add("bo", room=50)
    found = team.propose(most=5)
    assert (len(found.moves), found.more) == (5, True)
    assert not team.propose().more


@st.composite
def teams(draw: st.DrawFn) -> Team:
    """Desks of any shape: two queues, skills, absences, and tickets that cannot be moved."""
    team, number = Team(), 1
    for at in range(draw(st.integers(1, 6))):
        held = []
        for _ in range(draw(st.integers(0, 14))):
            words = frozenset(draw(st.sampled_from(["", "vpn", "mail", "vpn mail"])).split())
            queue, priority = draw(st.sampled_from([NET, PAY])), draw(st.sampled_from(list(Priority)))
            held.append(Held(number, queue, priority, draw(st.booleans()), words))
            number += 1
        team.add(
            f"a{at}",
            held,
            draw(st.lists(st.sampled_from(list(Priority)), max_size=6)),
            room=draw(st.integers(0, 12)),
            queues=draw(st.sampled_from([(), (NET,), (PAY,), (NET, PAY)])),
            skills=draw(st.sampled_from(["", "vpn", "vpn mail"])),
            here=draw(st.booleans()),
        )
    return team


@given(teams())
def test_nobody_gets_too_much_loads_come_nearer_and_a_second_run_proposes_nothing(team: Team) -> None:
    before, spread = {one.agent.id: one for one in team.carriers()}, team.spread()
    found = team.propose()
    assert team.propose() == found
    for move in found.moves:
        taker = before[move.taker]
        assert taker.here
        assert move.queue in taker.agent.queues
        assert taker.agent.skills.issuperset(move.skills)
    team.apply(found.moves)
    for one in team.carriers():
        assert one.held <= max(one.agent.capacity, before[one.agent.id].held)
    assert team.spread() <= spread + 1e-9
    assert team.propose().moves == ()


@given(teams(), st.data())
def test_what_is_left_out_of_a_proposal_makes_nobody_carry_too_much_unnoticed(
    team: Team, data: st.DataObject
) -> None:
    found = team.propose()
    chosen = [move for move in found.moves if data.draw(st.booleans())]
    before = {one.agent.id: one for one in team.carriers()}
    team.apply(chosen)
    fuller = {
        one.agent.login
        for one in team.carriers()
        if one.held > max(one.agent.capacity, before[one.agent.id].held)
    }
    assert fuller <= set(found.too_full(chosen))
    told = {share.agent: share.held_after for share in found.shares(chosen)}
    assert all(told.get(one.agent.login, one.held) == one.held for one in team.carriers())
