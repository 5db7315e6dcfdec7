"""Assignment: to whom a queue gives a ticket by itself, and why (PRODUCT section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from deskterm.domain.kinds import Priority
from deskterm.domain.people import Agent, Role
from deskterm.domain.policy import Assignment, QueueSettings

NEVER = 0
"""The place in the journal of somebody who has been given nothing yet: they come first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of a queue who could be given a ticket now.

    `held` counts the active tickets they own, `load` weighs them by priority, and `given` is the sequence
    number of the last event by which this queue gave them one by itself.
    """

    agent: Agent
    held: int = 0
    load: int = 0
    given: int = NEVER

    @property
    def has_room(self) -> bool:
        """Say whether they may be given one more."""
        return self.held < self.agent.capacity


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets a ticket (an agent's id, None for nobody yet), and the reason that is kept with the event."""

    agent: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Why nobody has been given a ticket by its queue yet, and when that is tried again."""

    reason: str
    until: datetime


def load_of(held: Mapping[Priority, int], weights: Mapping[Priority, int]) -> int:
    """Weigh what an agent holds: a P1 counts as many times a P4 as the policy says."""
    return sum(count * weights[priority] for priority, count in held.items())


class Described(Protocol):
    """What says which skills it needs: a ticket, or as much of one as was read."""

    @property
    def tags(self) -> Iterable[str]:
        """Its tags."""

    @property
    def category(self) -> str:
        """Its category."""

    @property
    def component(self) -> str:
        """Its component."""


def needs(ticket: Described, known: Iterable[str]) -> frozenset[str]:
    """Return the skills a ticket asks for: tags, category and component that agents name as their skills."""
    words = {word.strip().casefold() for word in (*ticket.tags, ticket.category, ticket.component)}
    return frozenset(words & set(known))


def may_be_given(agent: Agent, queue: int, away: bool) -> bool:
    """Say whether a queue may give an agent anything: a member who works tickets and is here."""
    return agent.active and not away and queue in agent.queues and agent.role.includes(Role.AGENT)


def choose(
    settings: QueueSettings, queue: str, candidates: Sequence[Candidate], wanted: frozenset[str] = frozenset()
) -> Choice:
    """Choose among those who may be given a ticket of a queue; `wanted` are the skills it asks for.

    Whoever is full gets nothing. When the queue's mode finds nobody its fallback is asked, and says so.
    """
    if settings.assignment is Assignment.NONE:
        return Choice(None, "")
    free = [each for each in candidates if each.has_room]
    if not free:
        full = f"all {len(candidates)} are at their capacity" if candidates else "nobody is here"
        return Choice(None, f"{queue}: {full}, so it waits in the queue")
    found = _MODES[settings.assignment](queue, free, wanted)
    if found is not None:
        return found
    missing = f"nobody free in {queue} knows {_listed(wanted)}"
    second = _MODES.get(settings.fallback)
    other = second(queue, free, frozenset()) if second is not None else None
    if other is None:
        return Choice(None, f"{missing}, so it waits in the queue")
    return Choice(other.agent, f"{missing}; {other.reason}")


def _round_robin(queue: str, free: Sequence[Candidate], wanted: frozenset[str]) -> Choice | None:
    chosen = min(free, key=lambda each: (each.given, each.agent.id))
    turn = "has had none yet" if chosen.given == NEVER else "has waited longest"
    return Choice(chosen.agent.id, f"round robin in {queue}: {chosen.agent.login} {turn}")


def _least_loaded(queue: str, free: Sequence[Candidate], wanted: frozenset[str]) -> Choice | None:
    chosen = min(free, key=lambda each: (each.load, each.held, each.given, each.agent.id))
    has = f"{chosen.agent.login} holds {chosen.held} of {chosen.agent.capacity} (load {chosen.load})"
    return Choice(chosen.agent.id, f"least loaded in {queue}: {has}")


def _by_skills(queue: str, free: Sequence[Candidate], wanted: frozenset[str]) -> Choice | None:
    able = [each for each in free if wanted <= each.agent.skills]
    if not able:
        return None
    found = _least_loaded(queue, able, wanted)
    if found is None or not wanted:
        return found
    login = next(each.agent.login for each in able if each.agent.id == found.agent)
    return Choice(found.agent, f"skills in {queue}: {login} knows {_listed(wanted)} and has the least load")


def _listed(skills: frozenset[str]) -> str:
    return ", ".join(sorted(skills))


_MODES: Mapping[Assignment, Callable[[str, Sequence[Candidate], frozenset[str]], Choice | None]] = {
    Assignment.ROUND_ROBIN: _round_robin,
    Assignment.LEAST_LOADED: _least_loaded,
    Assignment.SKILLS: _by_skills,
}
