"""A plan of a desk: its policy and its people as a policy file says them."""

from __future__ import annotations

from dataclasses import dataclass, field

from deskterm.domain.people import Role
from deskterm.domain.policy import DEFAULT, Policy


@dataclass(frozen=True, slots=True, order=True)
class QueuePlan:
    """A queue; the key is what rules and files call it by."""

    key: str
    name: str
    confidential: bool = False


@dataclass(frozen=True, slots=True, order=True)
class AgentPlan:
    """An agent; `queues` are keys, in order."""

    login: str
    name: str
    role: Role = Role.AGENT
    queues: tuple[str, ...] = ()
    tier: str = ""
    capacity: int = 10
    skills: tuple[str, ...] = ()
    active: bool = True
    address: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ViewPlan:
    """A search that an agent (login) keeps under a name."""

    agent: str
    name: str
    query: str


@dataclass(frozen=True)
class Plan:
    """All that a policy file says; with `complete`, agents it does not name have left."""

    policy: Policy = DEFAULT
    queues: tuple[QueuePlan, ...] = ()
    agents: tuple[AgentPlan, ...] = ()
    views: tuple[ViewPlan, ...] = ()
    complete: bool = field(default=False, compare=False)
