"""The priority budget: why one more ticket is P1 when more are than the policy allows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskterm.domain import triage
from deskterm.domain.errors import DeskError

if TYPE_CHECKING:
    from deskterm.ui.screens.everywhere import Everywhere


async def ask_beyond(screen: Everywhere, share: float, numbers: Sequence[int] = ()) -> str | None:
    """Ask for the second reason of a P1; "" when it needs none, None when that was left.

    Of several tickets (`numbers`) it is asked once, when all of them together are too many.
    """
    from deskterm.ui.dialogs.prompt import Prompt

    try:
        urgent = await asyncio.to_thread(screen.store.urgent, numbers)
    except DeskError:
        return ""  # the command says what is wrong
    if not triage.too_urgent(urgent, share):
        return ""
    several = len(numbers) > 1
    answer = await screen.ask(
        Prompt(
            f"{urgent[0]} of {urgent[1]} active tickets {'would be' if several else 'are'} P1",
            "Why too",
            required="more P1 needs a second reason" if several else "one more P1 needs a second reason",
            help=f"P1 is for {share:.0%} of them: why {'these' if several else 'this one'} as well?",
            verb="set P1",
        )
    )
    return answer["text"] if answer else None
