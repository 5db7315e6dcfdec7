"""Every verb anyone may ask for, as frozen values; what follows from each is decided elsewhere.

`expected` holds the values the asker was looking at (field to value): a field that moved since is a conflict.
Times are UTC-aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deskterm.domain.command import Command as Command
from deskterm.domain.command import TicketCommand as TicketCommand
from deskterm.domain.contact_commands import AddContactAddress as AddContactAddress
from deskterm.domain.contact_commands import MergeContacts as MergeContacts
from deskterm.domain.contact_commands import RemoveContactAddress as RemoveContactAddress
from deskterm.domain.contact_commands import SaveContact as SaveContact
from deskterm.domain.contact_commands import SaveOrganization as SaveOrganization
from deskterm.domain.kinds import Level, Priority, State
from deskterm.domain.people import Role
from deskterm.domain.process_commands import FollowProcess as FollowProcess
from deskterm.domain.process_commands import MarkStep as MarkStep
from deskterm.domain.process_commands import StepDue as StepDue
from deskterm.domain.side_commands import EndSide as EndSide
from deskterm.domain.side_commands import ReplySide as ReplySide
from deskterm.domain.side_commands import StartSide as StartSide
from deskterm.domain.ticket import Attachment
from deskterm.domain.time_commands import ChangeReminder as ChangeReminder
from deskterm.domain.time_commands import ChangeTime as ChangeTime
from deskterm.domain.time_commands import ClockDue as ClockDue
from deskterm.domain.time_commands import DismissReminder as DismissReminder
from deskterm.domain.time_commands import KeepTime as KeepTime
from deskterm.domain.time_commands import LogTime as LogTime
from deskterm.domain.time_commands import Recount as Recount
from deskterm.domain.time_commands import Rejudge as Rejudge
from deskterm.domain.time_commands import Remind as Remind
from deskterm.domain.time_commands import ReminderDue as ReminderDue
from deskterm.domain.time_commands import RemoveTime as RemoveTime
from deskterm.domain.time_commands import SetTarget as SetTarget
from deskterm.domain.time_commands import Snooze as Snooze
from deskterm.domain.time_commands import SnoozeDue as SnoozeDue
from deskterm.domain.written import Note as Note
from deskterm.domain.written import Receive as Receive
from deskterm.domain.written import Reply as Reply
from deskterm.domain.written import UseMacro as UseMacro


@dataclass(frozen=True, slots=True)
class Create(Command):
    """Open a ticket. `queue` is a key or name (None: the first queue); `priority` overrides the matrix.

    `beyond` is the second reason that such a P1 needs when more is P1 already than the policy allows.
    """

    subject: str
    requester_address: str
    requester_name: str = ""
    organization: str = ""
    text: str = ""
    queue: str | None = None
    type: str = "incident"
    channel: str = "phone"
    impact: Level = Level.LOW
    urgency: Level = Level.MEDIUM
    priority: Priority | None = None
    reason: str = ""
    category: str = ""
    component: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    owner: int | None = None
    attachments: tuple[Attachment, ...] = ()
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Assign(TicketCommand):
    """Give to an agent (id), or to nobody. Taking is assigning to oneself."""

    owner: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move(TicketCommand):
    """Hand over to another queue (id), with the note the next team needs."""

    queue: int
    note: str = ""


class EscalateTo(StrEnum):
    """Where an escalation goes: functional, hierarchical, or out of the house."""

    QUEUE = "queue"
    LEAD = "lead"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Escalate(TicketCommand):
    """Escalate to a specialist queue (id), to the lead of its queue, or to a vendor, with the reason.

    A vendor needs a name and when to follow up; `reference` is what they call it, known perhaps later.
    `by` names the rule that does it.
    """

    to: EscalateTo
    queue: int | None = None
    vendor: str = ""
    reference: str = ""
    follow_up: datetime | None = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class ChangeState(TicketCommand):
    """Put to open, pending or hold; hold needs a reason (vendor, problem, change, other), maybe an end.

    `status` names one of the desk's states in that category, "" its default; None is the default too, but
    leaves a ticket that is in the category where it is. To another state of its category any ticket may go.
    """

    state: State
    reason: str = ""
    until: datetime | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Solve(TicketCommand):
    """Propose a resolution: a note and a code; `message` is also sent to the customer when given.

    `status` names one of the desk's states in solved, None its default.
    """

    note: str
    code: str = "fixed"
    message: str = ""
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Close(TicketCommand):
    """End it: confirmed or no answer after solving, any other reason without.

    `status` names one of the desk's states in closed, None its default.
    """

    reason: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Reopen(TicketCommand):
    """Take a solved or closed ticket up again, with a line of reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class SetPriority(TicketCommand):
    """Override the priority with a reason, or set impact and urgency and let the matrix decide.

    `beyond` is the second reason that a P1 needs when more is P1 already than the policy allows.
    """

    priority: Priority | None = None
    impact: Level | None = None
    urgency: Level | None = None
    reason: str = ""
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Classify(TicketCommand):
    """Set descriptive fields: subject, type, category, component, channel, `field.NAME`."""

    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tag(TicketCommand):
    """Add and remove tags."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Follow(TicketCommand):
    """Follow or unfollow as the acting agent."""

    on: bool = True


@dataclass(frozen=True, slots=True)
class LinkTo(TicketCommand):
    """Relate to another ticket, or take that relation away; the other side gets the inverse."""

    kind: str
    other: int
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Merge(TicketCommand):
    """Close tickets as duplicates of `into`, where their messages are read from then on.

    `children` says that a ticket with child tickets is meant too.
    """

    into: int
    children: bool = False


@dataclass(frozen=True, slots=True)
class Unmerge(TicketCommand):
    """Take merged tickets apart again: each is what it was before, and so is the one that took it in."""


@dataclass(frozen=True, slots=True)
class Split(Command):
    """Open a ticket of its own with copies of some of a ticket's messages (ids), linked to it.

    `queue` is a key or name, None the queue it is in.
    """

    ticket: int
    messages: tuple[int, ...]
    subject: str
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Skip(TicketCommand):
    """Leave what work next handed to the acting agent, saying why: others may be handed it now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Together(Command):
    """Several ticket commands as one step, in their order: all of them or none, and one undo."""

    parts: tuple[TicketCommand, ...]


@dataclass(frozen=True, slots=True)
class Rebalance(Command):
    """Give each ticket from its owner to a colleague: (ticket, queue, giver, taker, reason), ids but for the
    reason. One step and one undo; what has changed since it was proposed is left out and named.
    """

    moves: tuple[tuple[int, int, int, int, str], ...]


@dataclass(frozen=True, slots=True)
class AddRecurring(Command):
    """Open such a ticket again and again, by the wall clock of `zone` (an IANA name, "" the desk's)."""

    ticket: Create
    every: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRecurring(Command):
    """Open other tickets in place of this kind, or at other times; "" leaves `every` and its zone."""

    recurring: int
    ticket: Create
    every: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class EndRecurring(Command):
    """Open no more tickets of this kind."""

    recurring: int


@dataclass(frozen=True, slots=True)
class Undo(Command):
    """Take back a command by id, the actor's last one when None."""

    command: int | None = None


@dataclass(frozen=True, slots=True)
class Redo(Command):
    """Do again what the actor's last undo took back."""


@dataclass(frozen=True, slots=True)
class AddAgent(Command):
    """Add an agent, or change the one with that login; queues are keys or names.

    `skills` and `address` None leave those the agent has.
    """

    login: str
    name: str
    role: Role = Role.AGENT
    queues: tuple[str, ...] = ()
    tier: str = ""
    capacity: int = 10
    skills: tuple[str, ...] | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class GoAway(Command):
    """Be given nothing until a time, None being back; for oneself (agent None) or a colleague (a lead)."""

    until: datetime | None
    agent: int | None = None


@dataclass(frozen=True, slots=True)
class AddQueue(Command):
    """Add a queue; a confidential one is visible to its members alone."""

    name: str
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class ApplyPolicy(Command):
    """Make the desk be what a policy file says; `expected` is the version it was compared with."""

    document: str
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class AllowAddress(Command):
    """Let mail go again to an address that it came back from."""

    address: str


@dataclass(frozen=True, slots=True)
class DiscardMail(Command):
    """Throw away mails in quarantine (their numbers there)."""

    mails: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SaveView(Command):
    """Keep a search under a name for the acting agent; an empty query removes it."""

    name: str
    query: str
