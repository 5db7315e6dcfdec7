"""The people of a desk and what they may do: requesters, organizations, agents, roles and queues."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deskterm.domain.errors import Refused
from deskterm.domain.plain import clean_line


class Role(StrEnum):
    """What an agent may do, from least to most; each role includes the ones before it."""

    VIEWER = "viewer"
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Say whether this role may do what `other` may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Requester:
    """A person who asks for help, by the address they ask from.

    `contact` is the requester (id) whose further address it is, None when it is their first; `zone` is an
    IANA name, "" for unknown.
    """

    id: int
    name: str
    address: str
    organization: int | None = None
    contact: int | None = None
    vip: bool = False
    zone: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A team's tickets; a confidential queue exists for its members alone."""

    id: int
    name: str
    key: str
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who works tickets; `queues` are the ids of the queues they are a member of.

    `capacity` is how many active tickets they can carry; `skills` are words that assignment looks for;
    until `away_until` (UTC) they are given nothing. `address` is where they are mailed, "" for nowhere.
    """

    id: int
    login: str
    name: str
    role: Role = Role.AGENT
    queues: frozenset[int] = frozenset()
    tier: str = ""
    capacity: int = 10
    active: bool = True
    skills: frozenset[str] = frozenset()
    away_until: datetime | None = None
    address: str = ""

    def is_away(self, now: datetime) -> bool:
        """Say whether they are away at a moment: nothing is given to them."""
        return self.away_until is not None and now < self.away_until


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is behind a command: an agent, or the desk itself (`agent` is None): scheduler, import, requester.

    `via` is the door the command came through (tui, cli, scheduler, import, demo); `login` is the
    operating system user when somebody acts as somebody else, so that the trail says "bo as alice".
    """

    agent: Agent | None
    via: str = "tui"
    login: str = ""

    @property
    def id(self) -> int | None:
        """The agent's id, None for the desk itself."""
        return self.agent.id if self.agent else None

    @property
    def name(self) -> str:
        """The name shown in history."""
        return self.agent.login if self.agent else self.via

    def may(self, role: Role) -> bool:
        """Say whether this actor has at least `role`; the desk itself may do everything."""
        return self.agent is None or self.agent.role.includes(role)


def mail_address(text: str) -> str:
    """Return an address as it is kept, "" for none. Raises Refused for what is none."""
    address = clean_line(text).strip()
    if address and not re.fullmatch(r"[^\s<>,;:\"@]{1,64}@[^\s<>,;:\"@]{1,255}", address):
        raise Refused(f"{address!r} is no address", field="address", hint="such as bo@example.com")
    return address


DESK = Actor(None, "desk")
"""The desk acting on its own behalf: it sees everything and is never shown on a screen."""
