"""What hangs on a ticket that was solved: answered and solved with it, all in one step, when one agrees."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError
from deskterm.domain.kinds import HANGING, LINK_INVERSE, RESOLUTION_CODES
from deskterm.domain.plain import clean_line
from deskterm.domain.wording import which

if TYPE_CHECKING:
    from deskterm.domain.views import Outcome, TicketView
    from deskterm.ui.screens.everywhere import Everywhere

SHOWN = 3
"""Tickets that the dialog names; of more it says how many."""


async def offer(screen: Everywhere, command: c.TicketCommand | c.Together, outcome: Outcome) -> None:
    """Ask how the incidents and children of what was solved are solved, with what was said there to begin."""
    from deskterm.ui.dialogs import kept
    from deskterm.ui.dialogs.solve import SolveForm

    try:
        solved = await asyncio.to_thread(_links_of, screen, outcome)
    except DeskError:
        return  # it is solved all the same; what hangs on it stays where it is
    note, code = _said(command)
    title = f"Solve {which(outcome.hanging)} as well"
    detail = _detail(solved, outcome.hanging)
    answer = await screen.ask(SolveForm(title, detail=detail, keep_as=title, note=note, code=code))
    if answer:
        asked = c.Solve(outcome.hanging, answer["note"], answer["code"], answer["message"])
        screen.run_command(asked, lambda _: kept.forget(screen.app, title))


def _links_of(screen: Everywhere, outcome: Outcome) -> list[TicketView]:
    """Read the solved tickets: their links say what hangs on them, and how."""
    return [screen.store.ticket(number, messages=1) for number in outcome.changed[:SHOWN]]


def _detail(solved: list[TicketView], hanging: tuple[int, ...]) -> str:
    """Say what they are to what was solved, and which: "caused by #1: #2 VPN drops"."""
    found = [
        (LINK_INVERSE[link.kind] if link.kind == "causes" else "child of", view.ticket.number, link)
        for view in solved
        for link in view.links
        if link.kind in HANGING and link.number in hanging
    ]
    if not found:
        return ""
    how = ", ".join(sorted({f"{words} #{number}" for words, number, _ in found}))
    names = ", ".join(f"#{link.number} {clean_line(link.subject, 30)}" for _, _, link in found[:SHOWN])
    more = len(hanging) - min(len(found), SHOWN)
    return f"{how}: {names}" + (f" and {more} more" if more > 0 else "")


def _said(command: c.TicketCommand | c.Together) -> tuple[str, str]:
    """Return by which note and code it was solved; what its customer was told is not taken over."""
    note, code = "", RESOLUTION_CODES[0]
    for part in command.parts if isinstance(command, c.Together) else (command,):
        if isinstance(part, c.Solve):
            note, code = part.note, part.code
        elif isinstance(part, c.Reply):
            note = part.text
    return note, code
