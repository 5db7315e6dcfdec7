"""Merging from any screen with tickets on it: choose the other ticket, look at what would happen, agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.ui.late import Late
from deskterm.ui.screens.targets import Targets, subject
from deskterm.ui.theme import STATE_GLYPH

if TYPE_CHECKING:
    from deskterm.domain import commands as c
    from deskterm.domain import merging, wording
    from deskterm.domain.proposal import Situation
    from deskterm.domain.views import LikelyDuplicate, TicketView
    from deskterm.ui.dialogs.choice_list import Choice
else:
    c, merging, wording = map(
        Late, ("deskterm.domain.commands", "deskterm.domain.merging", "deskterm.domain.wording")
    )

MOST = 50
"""Tickets merged in one step: more than anybody can have looked at."""


class MergeActions(Targets):
    """The action that merges, and takes merged tickets apart."""

    async def do_ticket_merge(self) -> None:
        """Merge with a duplicate, or the selected ones into one; a merged ticket is taken out again."""
        numbers, view = await self.meant()
        if not numbers:
            return
        if view is None:
            await self._merge_all(numbers)
        elif view.ticket.merged_into is not None or any(link.kind == "merged into" for link in view.links):
            await self._unmerge(view)
        else:
            other = await self.ask_duplicate(view)
            if other is not None:
                await self.merge_these((view.ticket.number, other))

    async def _unmerge(self, view: TicketView) -> None:
        from deskterm.ui.dialogs.confirm import Confirm

        number, into = view.ticket.number, view.ticket.merged_into
        text = f"#{number} was merged into #{into}. Both become what they were; what was written since stays."
        if await self.ask(Confirm(f"Take #{number} out of #{into}?", text, yes="unmerge", no="leave it")):
            self.send(c.Unmerge((number,)), None)

    async def ask_duplicate(self, view: TicketView) -> int | None:
        """Ask which ticket this is a duplicate of; the likely ones are offered first."""
        from deskterm.ui.dialogs.choose_ticket import ChooseTicket

        number = view.ticket.number
        likely = await self.read_in_thread(self.store.duplicates, number)
        if likely is None:
            return None
        first = tuple(likely_choice(one) for one in likely)
        chosen = await self.ask(
            ChooseTicket(f"#{number} is a duplicate of …", but=(number,), detail=subject(view), first=first)
        )
        return chosen.value if chosen is not None else None

    async def merge_these(self, numbers: tuple[int, ...]) -> None:
        """Show what merging would do, and do it when that is agreed to."""
        from deskterm.ui.dialogs.merge import MergePreview

        found = await self.read_in_thread(self._read_all, numbers)
        if found is None:
            return
        views, situation = found

        def refusal(view: TicketView, survivor: TicketView) -> str:
            return why_not(view, survivor, situation)

        answer = await self.ask(MergePreview(views, refusal))
        if answer is not None:
            self.send(c.Merge(answer.others, answer.into, answer.children), None)

    async def _merge_all(self, numbers: tuple[int, ...]) -> None:
        if len(numbers) > MOST:
            self.status(f"At most {MOST} tickets are merged in one step", error=True)
        else:
            await self.merge_these(numbers)

    def _read_all(self, numbers: tuple[int, ...]) -> tuple[list[TicketView], Situation]:
        from deskterm.domain.proposal import Situation

        store = self.store
        queues = store.people().queues
        situation = Situation(store.actor, store.now(), store.policy, queues)
        return [store.ticket(number, messages=1) for number in numbers], situation


def why_not(view: TicketView, survivor: TicketView, situation: Situation) -> str:
    """Say why one ticket cannot be merged into another, "" when it can."""
    from dataclasses import replace

    command = c.Merge((view.ticket.number,), survivor.ticket.number, children=True)
    try:
        merging.merge(command, view.ticket, replace(situation, other=survivor.ticket))
    except DeskError as error:
        return error.message
    return ""


def likely_choice(one: LikelyDuplicate) -> Choice[int]:
    """Return a likely duplicate as something to choose: how likely, which, and why."""
    from deskterm.ui.dialogs.choice_list import Choice

    row = one.row
    why = " · ".join(one.reasons)
    return Choice(row.number, f"{one.score:>4.0%} #{row.number}  {row.subject}", why, STATE_GLYPH[row.state])
