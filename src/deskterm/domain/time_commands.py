"""The commands of time: what is put off, what rings, what clocks count, and what has fallen due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deskterm.domain.command import Command, TicketCommand


@dataclass(frozen=True, slots=True)
class Snooze(TicketCommand):
    """Hide from the acting agent's lists until a time or a requester message; None wakes it now."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Remind(Command):
    """Ring at a time, about a ticket or free, for oneself (agent None) or a colleague.

    With `every` (domain/recurrence.py) it rings again and again by the wall clock of `zone` (an IANA name,
    "" the desk's), and `at` is None: the first time follows from it.
    """

    at: datetime | None
    text: str
    ticket: int | None = None
    agent: int | None = None
    every: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class DismissReminder(Command):
    """Take a reminder away before it rings; of one that recurs this time alone, unless it is to `end`."""

    reminder: int
    end: bool = False


@dataclass(frozen=True, slots=True)
class ChangeReminder(Command):
    """Change a reminder that is to ring: when (a time, or `every` as in Remind), its text, for whom.

    None leaves what it says; without `at` and `every` it rings when it was to.
    """

    reminder: int
    at: datetime | None = None
    text: str | None = None
    agent: int | None = None
    every: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class SetTarget(TicketCommand):
    """Give tickets a target of their own, in seconds of business time; None is what their policy says."""

    target: str
    seconds: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recount(TicketCommand):
    """Count clocks anew from the beginning by the policy of now, also of what has ended."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rejudge(TicketCommand):
    """Judge what has ended by the priority that the ticket had then, where that was not kept."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClockDue(TicketCommand):
    """The scheduler says a clock's time has come: level is at_risk or breached."""

    target: str
    level: str


@dataclass(frozen=True, slots=True)
class SnoozeDue(TicketCommand):
    """The scheduler says an agent's snooze is over."""

    agent: int


@dataclass(frozen=True, slots=True)
class ReminderDue(Command):
    """The scheduler says a reminder's time has come."""

    reminder: int


@dataclass(frozen=True, slots=True)
class LogTime(TicketCommand):
    """Say that the acting agent worked on a ticket for so many seconds, until `at` (None: now)."""

    seconds: int
    text: str = ""
    at: datetime | None = None
    timed: bool = False


@dataclass(frozen=True, slots=True)
class KeepTime(LogTime):
    """The same, counted by the timer: nobody's last command, so that undo takes back what was meant."""


@dataclass(frozen=True, slots=True)
class ChangeTime(TicketCommand):
    """Change an entry of time worked, by its id; None leaves what it says."""

    entry: int
    seconds: int | None = None
    text: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemoveTime(TicketCommand):
    """Take an entry of time worked away, by its id."""

    entry: int
