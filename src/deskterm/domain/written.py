"""The commands that write on tickets: replies, notes, what the requester says, and macros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskterm.domain.command import TicketCommand
from deskterm.domain.kinds import State
from deskterm.domain.ticket import Attachment, NewFile

if TYPE_CHECKING:
    from deskterm.domain.rule import Action


@dataclass(frozen=True, slots=True)
class Reply(TicketCommand):
    """A public reply; `then` is the state it leaves the ticket in: open, pending (and wait) or solved.

    None is what usually follows in the ticket's queue: pending, unless its policy says open.
    `seen` is the ticket version the composer was opened on: a newer message of somebody else refuses once.
    `seen_each` are those versions (ticket, version) of several tickets.
    `own` holds the texts (ticket, text) of those of several tickets that are not answered with `text`.
    `files` are kept with the command and become attachments.
    """

    text: str
    then: State | None = None
    seen: int | None = None
    code: str = "answered"
    attachments: tuple[Attachment, ...] = ()
    own: tuple[tuple[int, str], ...] = ()
    macro: str = ""
    files: tuple[NewFile, ...] = ()
    seen_each: tuple[tuple[int, int], ...] = ()

    def seen_on(self, ticket: int) -> int | None:
        """Return the version of a ticket that was answered, None when that does not matter."""
        return dict(self.seen_each).get(ticket, self.seen) if self.seen_each else self.seen

    def text_for(self, ticket: int) -> str:
        """Return what is written on a ticket."""
        return dict(self.own).get(ticket, self.text) if self.own else self.text


@dataclass(frozen=True, slots=True)
class Note(TicketCommand):
    """An internal note; it never leaves the desk."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    macro: str = ""
    files: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True)
class UseMacro(TicketCommand):
    """Do what a macro does besides its text: its actions, as who uses it. `own` are those of one ticket.

    `beyond` is the second reason that a P1 needs when more is P1 already than the policy allows.
    """

    macro: str
    actions: tuple[Action, ...]
    own: tuple[tuple[int, tuple[Action, ...]], ...] = ()
    beyond: str = ""

    def actions_for(self, ticket: int) -> tuple[Action, ...]:
        """Return what is done on a ticket."""
        return dict(self.own).get(ticket, self.actions)


@dataclass(frozen=True, slots=True)
class Receive(TicketCommand):
    """A message from the requester's side (mail, phone, portal).

    `automatic` says why a machine must have written it: then it is filed and moves nothing.
    """

    text: str
    channel: str = "email"
    attachments: tuple[Attachment, ...] = ()
    automatic: str = ""
