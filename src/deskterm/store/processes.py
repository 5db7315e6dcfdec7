"""Processes in their transaction: tickets begin that of their type, and gates hold up closing by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain.decide import decide
from deskterm.domain.escalation import owner_or_leads
from deskterm.domain.gates import left, listed
from deskterm.domain.process import Gate
from deskterm.domain.proposal import Ring
from deskterm.domain.stepping import by_type
from deskterm.store import ringing

if TYPE_CHECKING:
    from deskterm.domain.ticket import Ticket
    from deskterm.store.dispatch import Walk


def after(walk: Walk) -> None:
    """Let each ticket that was opened in this walk, or got another type, follow the process of its type.

    It is the desk that does it: rules may have put the ticket where whoever began the walk cannot see it.
    """
    if not walk.policy.processes:
        return
    queues = {queue.id: queue for queue in walk.directory.queues.values()}
    for number, one in walk.all_touched().items():
        if one.ticket is None:
            continue
        command = by_type(one.before, one.ticket, walk.policy)
        if command is None:
            continue
        proposal = decide(command, one.ticket, replace(walk.situation(), queues=queues))
        if proposal is not None:
            walk.carry_out(one.ticket, number, one.ticket.requester, proposal)


def held_open(walk: Walk, ticket: Ticket) -> bool:
    """Say whether steps keep a solved ticket from closing by itself, and tell its owner which."""
    situation = walk.situation()
    names = left(ticket, situation, Gate.CLOSED)
    if not names:
        return False
    text = f"Not closed by itself: {listed(names)} ({ticket.process})"
    told = owner_or_leads(ticket, situation)
    ringing.ring_now(walk, ticket.number, [Ring(agent.id, walk.now, text) for agent in told])
    return True
