"""Opening a new ticket from any screen: the form, its command, and nothing lost when it is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain.errors import DeskError
from deskterm.domain.kinds import Priority
from deskterm.ui.dialogs import kept

if TYPE_CHECKING:
    from deskterm.domain.commands import Create
    from deskterm.domain.people import Agent, Queue
    from deskterm.domain.policy import Policy
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
    command = await with_reasons(screen, command_from(answer), policy) if answer is not None else None
    if command is not None:
        screen.run_command(command, lambda outcome: kept.forget(screen.app, KEEP_AS))


async def with_reasons(screen: Everywhere, command: Create, policy: Policy) -> Create | None:
    """Ask why a priority is overridden, and why it is P1 when too many are; None when that was left."""
    matrix = policy.priority(command.impact, command.urgency)
    if command.priority is None or command.priority is matrix:
        return command
    from deskterm.ui.dialogs.prompt import Prompt
    from deskterm.ui.screens.budget import ask_beyond

    why = await screen.ask(
        Prompt(
            f"{command.priority} instead of {matrix}",
            "Why",
            required=f"impact {command.impact} and urgency {command.urgency} make {matrix}: say why not",
            verb="go on",
        )
    )
    if why is None:
        return None
    command = replace(command, reason=why["text"])
    if command.priority is not Priority.P1:
        return command
    beyond = await ask_beyond(screen, policy.p1_share)
    return replace(command, beyond=beyond) if beyond is not None else None


def in_order(queues: list[Queue], agent: Agent | None) -> list[Queue]:
    """Return the agent's own queues first."""
    mine = agent.queues if agent else frozenset[int]()
    return sorted(queues, key=lambda queue: (queue.id not in mine, queue.name.casefold()))
