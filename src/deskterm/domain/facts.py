"""Facts: one ticket with everything that a query can ask of it, as one actor may know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from deskterm.domain.named_states import States, usual
from deskterm.domain.people import Agent, Queue, Requester
from deskterm.domain.sla import Standing
from deskterm.domain.ticket import Link, Ticket


class Talk(NamedTuple):
    """What is searchable of a ticket, folded (subject, number, names, messages), and which agents wrote."""

    words: str
    writers: frozenset[int]


class Seen(NamedTuple):
    """What one agent has to do with a ticket: until when it sleeps, is it unread, is a draft begun, is there
    a mention that they have not read."""

    snoozed_until: datetime | None = None
    unread: bool = True
    drafted: bool = False
    mentioned: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """One ticket with all that a query can ask of it.

    What costs a look elsewhere is asked only when a query needs it. `linked` are the links to tickets that
    whoever asks may know of, `colleagues` the desk's agents by id, `organization` is None without one.
    """

    ticket: Ticket
    queue: Queue
    requester: Requester
    talk: Callable[[], Talk]
    standing: Callable[[], Standing]
    linked: Callable[[], frozenset[Link]]
    organization: str | None = None
    colleagues: Mapping[int, Agent] = field(default_factory=dict)
    seen: Callable[[], Seen] = Seen
    filed: Callable[[], bool] = bool
    """Whether a message carries a file."""
    worked: Callable[[], Mapping[int, int]] = dict
    """The seconds that each agent (id) worked on it, and on what was merged into it."""
    sides: Callable[[], frozenset[str]] = frozenset
    """The states of the side conversations beside it."""
    addresses: Callable[[], tuple[str, ...]] = tuple
    """Every address of the contact whose ticket it is."""
    states: Callable[[], States] = usual
    """The states of the desk."""
    step: Callable[[], str] = str
    """The name of the step of its process that it is at, "" for none."""
