"""Work next from any screen: the best ticket is opened with its reason; leaving one undone asks why, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.work_next import LONGEST_REASON, REASONS

if TYPE_CHECKING:
    from deskterm.domain.lists import Row
    from deskterm.domain.views import Handed
    from deskterm.ui.screens.everywhere import Everywhere

OTHER, BACK = "other", "back"


async def work_next(screen: Everywhere) -> None:
    """Open the ticket that is best to work on now; ask first why the one before is left as it is."""
    handed = await _ask_desk(screen)
    if handed is not None and handed.again:
        reason = await _why_skipped(screen, handed.row)
        if reason is None:
            return
        if reason is not BACK:
            handed = await _ask_desk(screen, reason)
    if handed is not None:
        await screen.open_handed(handed.row.number, f"Next: {handed.reason}")


async def _ask_desk(screen: Everywhere, skip: str | None = None) -> Handed | None:
    """Be handed a ticket in a thread; say what came instead and return None."""
    try:
        return await asyncio.to_thread(screen.store.work_next, skip)
    except DeskError as error:
        # That there is nothing to do is no fault.
        nothing = error.code == "not_found"
        said = error.message[:1].upper() + error.message[1:]
        if skip is not None and nothing:
            said = f"Skipped; {error.message}"
        screen.status(said, error=not nothing, hint=error.hint)
    return None


async def _why_skipped(screen: Everywhere, row: Row) -> str | None:
    """Ask why a ticket is left: a reason, BACK to open it after all, None when nothing is to happen."""
    from deskterm.ui.dialogs.choice_list import Choice
    from deskterm.ui.dialogs.choose import Choose
    from deskterm.ui.dialogs.prompt import Prompt

    choices = [Choice(reason, reason) for reason in REASONS]
    choices.append(Choice(OTHER, OTHER, "in your own words"))
    if not _shows(screen, row.number):
        choices.append(Choice(BACK, f"it is not: open #{row.number}", words="back open"))
    chosen = await screen.ask(Choose(f"Why is #{row.number} skipped?", choices, detail=row.subject))
    if chosen is None or chosen.value != OTHER:
        return chosen.value if chosen is not None else None
    answer = await screen.ask(
        Prompt(
            f"Why is #{row.number} skipped?",
            "Reason",
            required="skipping needs a reason",
            help=f"kept in the history of the ticket, at most {LONGEST_REASON} characters",
            detail=row.subject,
            verb="skip",
        )
    )
    return answer["text"] if answer else None


def _shows(screen: Everywhere, number: int) -> bool:
    from deskterm.ui.screens.ticket import TicketScreen

    return isinstance(screen, TicketScreen) and screen.number == number
