"""The commands of side conversations: begun, gone on with, and ended, each beside a ticket."""

from __future__ import annotations

from dataclasses import dataclass

from deskterm.domain.command import TicketCommand
from deskterm.domain.mail import Address
from deskterm.domain.ticket import Attachment, NewFile


@dataclass(frozen=True, slots=True)
class StartSide(TicketCommand):
    """Write to somebody who is not the requester, by mail that shows nothing of the ticket."""

    to: tuple[Address, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    files: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplySide(TicketCommand):
    """Write to all who take part in a side conversation (by its id), and to `also`, who do from then on.

    `seen` is the ticket version the composer was opened on: a newer message of somebody else refuses once.
    """

    side: int
    text: str
    also: tuple[Address, ...] = ()
    seen: int | None = None
    attachments: tuple[Attachment, ...] = ()
    files: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True)
class EndSide(TicketCommand):
    """End a side conversation, or begin it anew (`open`). An answer, either way, does so by itself."""

    side: int
    open: bool = False
