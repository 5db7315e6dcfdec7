"""The priority budget: why one more ticket is P1 when more are than the policy allows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain import triage
from deskterm.domain.errors import DeskError

if TYPE_CHECKING:
    from deskterm.ui.screens.everywhere import Everywhere


async def ask_beyond(screen: Everywhere, share: float) -> str | None:
    """Ask for the second reason of a P1; "" when it needs none, None when that was left."""
    from deskterm.ui.dialogs.prompt import Prompt

    try:
        urgent = await asyncio.to_thread(screen.store.urgent)
    except DeskError:
        return ""  # the command says what is wrong
    if not triage.too_urgent(urgent, share):
        return ""
    answer = await screen.ask(
        Prompt(
            f"{urgent[0]} of {urgent[1]} active tickets are P1",
            "Why too",
            required="one more P1 needs a second reason",
            help=f"more than the {share:.0%} that P1 is for: why this one as well?",
            verb="set P1",
        )
    )
    return answer["text"] if answer else None
