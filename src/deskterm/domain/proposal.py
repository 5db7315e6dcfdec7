"""What a decision works with and gives back: the situation around a command and the changes it proposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from deskterm.domain.errors import NotFound
from deskterm.domain.events import Change, Event, Value
from deskterm.domain.kinds import MessageKind
from deskterm.domain.people import Actor, Agent, Queue
from deskterm.domain.plain import clean_line
from deskterm.domain.policy import Policy
from deskterm.domain.ticket import Attachment, Ticket

if TYPE_CHECKING:
    from deskterm.domain.assignment import Choice
    from deskterm.domain.policy import Assignment
    from deskterm.domain.query import Query
    from deskterm.domain.recipients import Recipients
    from deskterm.domain.sides import Side


@dataclass(frozen=True, slots=True)
class Situation:
    """What is true when a command is decided.

    `queues` are those the actor may know of. `unseen` counts messages of others since a composer opened;
    `snoozes` says until when each agent (id) has snoozed the ticket; `other` is the second ticket of a merge
    and `history` what happened to the first, when they are to be taken apart. `asks` says whether a query
    holds for a ticket, None where nothing is asked; `gives` says to whom a rule gives it by a mode.
    `urgent` counts the active tickets that are P1, and all, and `urging` how many the same command makes P1
    beside this one; `entry` is the id of a new entry of time worked.
    `side` is the side conversation that is meant and `whom` who would get a mail of it.
    """

    actor: Actor
    now: datetime
    policy: Policy
    queues: Mapping[int, Queue] = field(default_factory=dict)
    agents: Mapping[int, Agent] = field(default_factory=dict)
    unseen: int = 0
    snoozes: Mapping[int, datetime] = field(default_factory=dict)
    other: Ticket | None = None
    history: Sequence[Event] = ()
    asks: Callable[[Ticket, Query], bool] | None = None
    gives: Callable[[Ticket, Assignment], Choice] | None = None
    urgent: tuple[int, int] | None = None
    urging: int = 0
    entry: int = 0
    side: Side | None = None
    whom: Recipients | None = None

    def queue(self, name: str | None) -> Queue:
        """Find a queue by key or name, the first one for None. Raises NotFound."""
        if name is None:
            if not self.queues:
                raise NotFound("the desk has no queue yet", field="queue", hint="an admin adds one")
            return min(self.queues.values(), key=lambda queue: queue.id)
        wanted = name.strip().casefold()
        for queue in self.queues.values():
            if wanted in (queue.key.casefold(), queue.name.casefold()):
                return queue
        known = ", ".join(sorted(queue.key for queue in self.queues.values()))
        raise NotFound(f"there is no queue {name!r}", field="queue", hint=f"queues: {known}" if known else "")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be added; `requester` is True when the ticket's requester wrote it.

    `mentions` are the ids of the agents whom it calls.
    """

    kind: MessageKind
    text: str
    agent: int | None = None
    requester: bool = False
    channel: str = ""
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[int, ...] = ()


class Ring(NamedTuple):
    """A reminder to set: who is told (an agent's id), when, and what about."""

    agent: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a decision wants to happen to one ticket: an event of this kind with these changes and message.

    `rings` are reminders that are set with it.
    """

    kind: str
    changes: tuple[Change, ...] = ()
    message: NewMessage | None = None
    rings: tuple[Ring, ...] = ()


def changed(ticket: Ticket, **values: Value) -> tuple[Change, ...]:
    """Return a change for each field whose value really differs."""
    return tuple(
        Change(name, getattr(ticket, name), value)
        for name, value in values.items()
        if getattr(ticket, name) != value
    )


def stamp(reason: str) -> tuple[Change, ...]:
    """Keep a reason with the event: a text that is not a field of the ticket."""
    said = clean_line(reason).strip()
    return (Change("reason", None, said),) if said else ()
