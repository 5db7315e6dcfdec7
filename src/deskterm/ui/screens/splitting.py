"""Splitting messages off into a ticket of their own, on the screens that show a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject

if TYPE_CHECKING:
    from deskterm.domain import commands as c
else:
    c = Late("deskterm.domain.commands")

MESSAGES = 200
"""Messages of a ticket that are offered, the newest of them."""


class SplitAction(Targets):
    """The action that splits."""

    async def do_ticket_split(self) -> None:
        """Choose messages and a subject, and open a ticket with them."""
        from deskterm.ui.dialogs.split import SplitForm

        numbers = self.targets()
        if len(numbers) != 1:
            words = "Messages are split off one ticket: take the others out of the selection"
            self.status(words if numbers else "There is no ticket under the cursor", error=True)
            return
        view = await self.read_in_thread(lambda: self.store.ticket(numbers[0], messages=MESSAGES))
        if view is None:
            return
        if not view.messages:
            self.status(f"#{numbers[0]} has no messages to split off", error=True)
            return
        answer = await self.ask(SplitForm(f"Split off #{numbers[0]}", view.messages, detail=subject(view)))
        if answer is not None:
            self.run_command(c.Split(numbers[0], answer.messages, answer.subject))
