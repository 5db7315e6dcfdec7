"""Which tickets a command is for, what they hold as it is decided, and how it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from deskterm.domain.errors import DeskError
from deskterm.domain.plain import clean_line
from deskterm.ui.dialogs import kept
from deskterm.ui.late import Late
from deskterm.ui.screens.everywhere import Everywhere

if TYPE_CHECKING:
    from deskterm.domain import wording
    from deskterm.domain.commands import TicketCommand
    from deskterm.domain.macros import Filled
    from deskterm.domain.ticket import Ticket
    from deskterm.domain.views import TicketView
else:
    wording = Late("deskterm.domain.wording")

T = TypeVar("T")


class Source(NamedTuple):
    """The list a ticket was opened from: `J` and `K` walk through it as it is when they are pressed."""

    query: str
    sort: str = "breach"
    title: str = ""


class Targets(Everywhere):
    """Asks the screen which tickets are meant.

    A command on one ticket carries the values it was decided on, so that a change somebody else made
    meanwhile is shown and not overwritten; on several tickets the count is said first.
    """

    def list_source(self) -> Source | None:
        """The list that a ticket opened from here is walked through in."""
        return None

    def open_ticket(
        self, number: int, view: Sequence[int] = (), compose: str = "", macro: Filled | None = None
    ) -> None:
        """Open a ticket's screen, with the composer when `compose` says which, and a macro in it."""
        source, known = self.list_source(), self.in_sight(number)
        self.desk.spare.open(number, view, source=source, compose=compose, macro=macro, known=known)

    def in_sight(self, number: int) -> TicketView | None:
        """Return a ticket as it is shown beside something else; what is known of it is not read again."""
        return None

    async def open_handed(self, number: int, why: str) -> None:
        """Open what work next handed out; the list that was left is still there to walk through."""
        self.desk.spare.open(number, source=self.list_source(), why=why)

    async def read_in_thread(self, job: Callable[..., T], *args: Any) -> T | None:
        """Read from the store without holding up the screen; say what went wrong and return None."""
        try:
            return await asyncio.to_thread(job, *args)
        except Exception as fault:
            error = fault if isinstance(fault, DeskError) else self.unforeseen(fault)
            self.status(error.message, error=True, hint=error.hint)
            return None

    async def ticket_in_hand(self) -> TicketView | None:
        """Return the ticket that is meant, as it is now; None when several are, or it is gone."""
        numbers = self.targets()
        return await self.read_in_thread(self._one, numbers[0]) if len(numbers) == 1 else None

    def _one(self, number: int) -> TicketView:
        return self.store.ticket(number, messages=1)

    async def meant(self) -> tuple[tuple[int, ...], TicketView | None]:
        """Return which tickets are meant and, when it is one, that ticket; nothing when there is none."""
        numbers = self.targets()
        if not numbers:
            self.status("There is no ticket under the cursor", error=True)
            return (), None
        view = await self.ticket_in_hand()
        return ((), None) if view is None and len(numbers) == 1 else (numbers, view)

    def send(self, command: TicketCommand, view: TicketView | None, *fields: str, keep_as: str = "") -> None:
        """Dispatch; on one ticket the named fields must still hold what was shown."""
        if view is not None and fields:
            command = replace(command, expected=expected(view.ticket, *fields))
        self.run_command(command, (lambda outcome: kept.forget(self.app, keep_as)) if keep_as else None)

    def run_words(self, verb: str, rest: str) -> None:
        """Carry out a short command of the palette on the tickets that are meant."""
        from deskterm.ui.screens.short_commands import obey

        self.run_worker(obey(self, verb, rest), name="short command")

    async def sure(self, verb: str, numbers: tuple[int, ...]) -> bool:
        """Say the count and ask, when a key without a dialog would change several tickets."""
        if len(numbers) < 2:
            return True
        from deskterm.ui.dialogs.confirm import Confirm

        count = wording.which(numbers)
        text = f"{count} will be changed in one step; one undo takes all of it back."
        sure = await self.ask(Confirm(f"{verb} {count}?", text, yes=verb.lower(), no="leave them"))
        return sure is True


def subject(view: TicketView | None) -> str:
    """Return what stands beside a dialog's title: the subject of the one ticket it is about."""
    return clean_line(view.ticket.subject, 60) if view else ""


def expected(ticket: Ticket, *fields: str) -> dict[str, Any]:
    """Return the values a command was decided on."""
    return {name: getattr(ticket, name) for name in fields}
