"""Rebalancing: which tickets should go from overloaded agents to colleagues with room, and why."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from deskterm.domain.kinds import Priority
from deskterm.domain.people import Agent

MOST = 500
"""Moves in one proposal: more than anybody looks through."""


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that could be given to somebody else: the desk's turn, and its owner is not writing on it.

    `untouched` says that nobody has answered the requester yet; `words` are its tags, category and
    component, folded, among which the skills it asks for are found.
    """

    number: int
    queue: int
    priority: Priority
    untouched: bool = True
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Carrier:
    """An agent with the active tickets they hold, and what those weigh.

    `here` says that they may be given something. Of `held` and `load`, `unseen` and `unseen_load` are in
    queues that do not exist for whoever asks: they count, and are never shown.
    """

    agent: Agent
    held: int = 0
    load: int = 0
    here: bool = True
    unseen: int = 0
    unseen_load: int = 0

    @property
    def places(self) -> int:
        """What their load is measured by; who can carry nothing is measured as if it were one ticket."""
        return max(1, self.agent.capacity)

    def said(self) -> str:
        """Say what they hold as far as it may be shown: "bo held 3 of 10 (load 6)"."""
        held, load = self.held - self.unseen, self.load - self.unseen_load
        return f"{self.agent.login} held {held} of {self.agent.capacity} (load {load})"


@dataclass(frozen=True, slots=True)
class Handover:
    """One proposed move between two agents (ids), with the reason that is kept when it is done."""

    ticket: int
    queue: int
    giver: int
    taker: int
    priority: Priority
    untouched: bool
    skills: tuple[str, ...]
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What an agent holds before and after, in tickets and by weight, as far as it may be shown."""

    agent: str
    capacity: int
    held: int
    held_after: int
    load: int
    load_after: int


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """A proposal: moves from who carries most on, and everybody as they stood when it was made.

    `closed` names the queues whose hours are over for now: nothing is moved in them. `more` says that there
    would be further moves.
    """

    moves: tuple[Handover, ...] = ()
    carriers: Mapping[int, Carrier] = field(default_factory=dict)
    weights: Mapping[Priority, int] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    more: bool = False

    def login(self, agent: int) -> str:
        """How an agent is called."""
        return self.carriers[agent].agent.login

    def shares(self, moves: Iterable[Handover] | None = None) -> tuple[Share, ...]:
        """Return what everybody has before and after these moves (None: all), who gives most first."""
        meant = self.moves if moves is None else tuple(moves)
        found: dict[int, list[int]] = {}
        for one in self.moves:
            found.setdefault(one.giver, [0, 0])
            found.setdefault(one.taker, [0, 0])
        for one in meant:
            weight = self.weights[one.priority]
            for agent, by in ((one.giver, -1), (one.taker, 1)):
                found[agent][0] += by
                found[agent][1] += by * weight
        shares = (_share(self.carriers[agent], *change) for agent, change in found.items())
        return tuple(sorted(shares, key=lambda one: (one.load_after - one.load, one.agent)))

    def too_full(self, moves: Iterable[Handover]) -> tuple[str, ...]:
        """Name who would hold more than they can carry because these moves are made without the others."""
        change: dict[int, int] = {}
        taking = set()
        for one in moves:
            change[one.giver] = change.get(one.giver, 0) - 1
            change[one.taker] = change.get(one.taker, 0) + 1
            taking.add(one.taker)
        return tuple(
            sorted(
                self.login(agent)
                for agent in taking
                if change[agent] > 0
                and self.carriers[agent].held + change[agent] > self.carriers[agent].agent.capacity
            )
        )


def _share(carrier: Carrier, held: int, load: int) -> Share:
    had, weighed = carrier.held - carrier.unseen, carrier.load - carrier.unseen_load
    agent = carrier.agent
    return Share(agent.login, agent.capacity, had, had + held, weighed, weighed + load)


class _Kind(NamedTuple):
    """What does not differ between tickets as far as moving them goes; in this order they are moved."""

    touched: bool
    lighter: int
    queue: int
    priority: Priority
    skills: tuple[str, ...]


def rebalance(
    carriers: Sequence[Carrier],
    queues: Iterable[int],
    weights: Mapping[Priority, int],
    movable: Callable[[int], Iterable[Held]],
    most: int = MOST,
) -> Rebalancing:
    """Propose moves in these queues, where tickets are given out now; `movable` reads those of an agent.

    Somebody is overloaded who holds more tickets than they can carry, or whose load, for each place they
    have, is at least one P4 and more than one and a half times that of the queue's team. They give to the
    members of the ticket's queue who are here, have room, know the skills it asks for, and carry less: after
    each move the two are no further apart than before, neither is beyond where the other was, and the taker
    still carries less than the giver did. So it ends, nobody gets more than they can carry, and asked again
    about what it leaves, it proposes nothing. What nobody has answered yet goes first, then what weighs
    most, then what is newest; whoever carries most gives first, whoever carries least takes. What has been
    answered stays with whom the requester knows, unless they hold more tickets than they can carry.
    """
    desk = _Desk(carriers, frozenset(queues), weights, movable)
    moved: dict[int, tuple[int, int, _Kind]] = {}
    count, more = 0, False
    while not more:
        before = count
        heap = [desk.rank(agent) for agent in desk.carriers]
        heapify(heap)
        while heap:
            giver = heappop(heap)[-1]
            found = desk.best(giver)
            if found is None:
                continue
            if count == most:
                more = True
                break
            kind, taker = found
            number = desk.move(kind, giver, taker)
            moved[number] = (moved[number][0] if number in moved else giver, taker, kind)
            count += 1
            heappush(heap, desk.rank(giver))
        if count == before:
            break
    known = {one.agent.id: one for one in carriers}
    net = [(number, *one) for number, one in moved.items() if one[0] != one[1]]
    return Rebalancing(tuple(_handovers(net, known)), known, weights, more=more)


def _handovers(
    moved: Iterable[tuple[int, int, int, _Kind]], known: Mapping[int, Carrier]
) -> Iterator[Handover]:
    for number, giver, taker, kind in moved:
        knows = f"; {known[taker].agent.login} knows {', '.join(kind.skills)}" if kind.skills else ""
        reason = f"rebalanced: {known[giver].said()}, {known[taker].said()}{knows}"
        untouched = not kind.touched
        yield Handover(number, kind.queue, giver, taker, kind.priority, untouched, kind.skills, reason)


class _Desk:
    """Who holds what while moves are being tried; loads are compared by place, in whole numbers."""

    def __init__(
        self,
        carriers: Sequence[Carrier],
        queues: frozenset[int],
        weights: Mapping[Priority, int],
        movable: Callable[[int], Iterable[Held]],
    ) -> None:
        self.carriers = {one.agent.id: one for one in carriers}
        self.held = {one.agent.id: one.held for one in carriers}
        self.load = {one.agent.id: one.load for one in carriers}
        self.weights = weights
        self.lightest = min(weights.values(), default=0)
        self.movable = movable
        self.piles: dict[int, dict[_Kind, list[int]]] = {}
        self.waiting: dict[int, list[tuple[_Kind, int]]] = {}
        self.teams = {
            queue: [one for one in carriers if one.here and queue in one.agent.queues] for queue in queues
        }
        self.known = {
            queue: frozenset[str]().union(
                *(one.agent.skills for one in carriers if queue in one.agent.queues)
            )
            for queue in queues
        }

    def rank(self, agent: int) -> tuple[float, int, int]:
        """Say in which order agents give: who carries most for each place comes first."""
        return (-self.load[agent] / self.carriers[agent].places, -self.held[agent], agent)

    def best(self, giver: int) -> tuple[_Kind, int] | None:
        """Return what an agent should give away next, and to whom; None when nothing would help."""
        over = {queue for queue in self.teams if self._could(giver, queue) and self._overloaded(giver, queue)}
        if not over:
            return None
        pile = self._pile(giver)
        too_many = self.held[giver] > self.carriers[giver].agent.capacity
        for kind in sorted(kind for kind, numbers in pile.items() if numbers and kind.queue in over):
            if (kind.touched or not kind.lighter) and not too_many:
                continue
            takers = [one for one in self.teams[kind.queue] if self._helps(kind, giver, one)]
            if takers:
                weight = self.weights[kind.priority]
                least = min(takers, key=lambda one: self._after(one, weight))
                return kind, least.agent.id
        return None

    def move(self, kind: _Kind, giver: int, taker: int) -> int:
        """Move the newest ticket of a kind; returns its number."""
        number = self.piles[giver][kind].pop()
        weight = self.weights[kind.priority]
        for agent, by in ((giver, -1), (taker, 1)):
            self.held[agent] += by
            self.load[agent] += by * weight
        if taker in self.piles:
            insort(self.piles[taker].setdefault(kind, []), number)
        else:
            self.waiting.setdefault(taker, []).append((kind, number))
        return number

    def _after(self, one: Carrier, weight: int) -> tuple[float, int, int]:
        agent = one.agent.id
        return ((self.load[agent] + weight) / one.places, self.held[agent], agent)

    def _could(self, giver: int, queue: int) -> bool:
        """Say whether anybody of a queue could take even the lightest ticket: else none need be read."""
        mine, load = self.carriers[giver].places, self.load[giver]
        return any(
            each.agent.id != giver
            and self.held[each.agent.id] < each.agent.capacity
            and (self.load[each.agent.id] + self.lightest) * mine < load * each.places
            for each in self.teams[queue]
        )

    def _overloaded(self, agent: int, queue: int) -> bool:
        one, team = self.carriers[agent], self.teams[queue]
        if self.held[agent] > one.agent.capacity:
            return True
        if self.load[agent] < one.places:
            return False
        others = [each.agent.id for each in team if each.agent.id != agent]
        load = self.load[agent] + sum(self.load[each] for each in others)
        places = one.places + sum(self.carriers[each].places for each in others)
        return 2 * self.load[agent] * places > 3 * load * one.places

    def _helps(self, kind: _Kind, giver: int, one: Carrier) -> bool:
        taker, weight = one.agent.id, self.weights[kind.priority]
        if taker == giver or self.held[taker] >= one.agent.capacity:
            return False
        if not one.agent.skills.issuperset(kind.skills):
            return False
        mine, theirs = self.carriers[giver].places, one.places
        given, taken = self.load[giver], self.load[taker]
        return (taken + weight) * mine < given * theirs and (given - weight) * theirs >= taken * mine

    def _pile(self, agent: int) -> dict[_Kind, list[int]]:
        pile = self.piles.get(agent)
        if pile is None:
            pile = self.piles[agent] = {}
            for ticket in self.movable(agent):
                if ticket.queue in self.teams:
                    pile.setdefault(self._kind(ticket), []).append(ticket.number)
            for kind, number in self.waiting.pop(agent, ()):
                pile.setdefault(kind, []).append(number)
            for numbers in pile.values():
                numbers.sort()
        return pile

    def _kind(self, ticket: Held) -> _Kind:
        skills = tuple(sorted(ticket.words & self.known[ticket.queue]))
        weight = self.weights[ticket.priority]
        return _Kind(not ticket.untouched, -weight, ticket.queue, ticket.priority, skills)
