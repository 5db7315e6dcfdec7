"""Opening a new ticket from any screen: the form, its command, and nothing lost when it is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.ui.dialogs import kept

if TYPE_CHECKING:
    from deskterm.domain.people import Agent, Queue
    from deskterm.ui.screens.everywhere import Everywhere


async def ask_new_ticket(screen: Everywhere) -> None:
    """Ask for what a ticket needs and open it; a half-filled form comes back as it was left."""
    from deskterm.ui.dialogs.new_ticket import KEEP_AS, NewTicket, command_from

    try:
        people = await asyncio.to_thread(screen.store.people)
        policy = await asyncio.to_thread(lambda: screen.store.policy)
    except DeskError as error:
        screen.status(error.message, error=True, hint=error.hint)
        return
    queues = in_order(list(people.queues.values()), screen.store.actor.agent)
    if not queues:
        screen.status("The desk has no queue yet", error=True, hint="deskterm --help says how to add one")
        return
    answer = await screen.ask(NewTicket([queue.name for queue in queues], policy=policy))
    if answer is not None:
        screen.run_command(command_from(answer), lambda outcome: kept.forget(screen.app, KEEP_AS))


def in_order(queues: list[Queue], agent: Agent | None) -> list[Queue]:
    """Return the agent's own queues first."""
    mine = agent.queues if agent else frozenset[int]()
    return sorted(queues, key=lambda queue: (queue.id not in mine, queue.name.casefold()))
