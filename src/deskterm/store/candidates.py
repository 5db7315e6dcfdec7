"""Who could be given a ticket of a queue now, as assignment chooses among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from deskterm.domain.assignment import Candidate, Choice, choose, load_of, may_be_given, needs
from deskterm.domain.policy import Assignment
from deskterm.storage import turns

if TYPE_CHECKING:
    from deskterm.domain.people import Queue
    from deskterm.domain.ticket import Ticket
    from deskterm.store.dispatch import Walk

GIVE = "assign"
"""Due work: try to give a ticket out again; assign:MODE:RULE by a rule's mode."""

TRY_AGAIN = timedelta(minutes=5)
"""When a ticket that found nobody is tried again: somebody may have room or be back by then."""


def candidates(walk: Walk, queue: Queue, without: frozenset[int] = frozenset()) -> list[Candidate]:
    """Return the members of a queue who are here, with what they hold and when it was their turn."""
    here = [
        agent
        for agent in walk.directory.agents.values()
        if agent.id not in without and may_be_given(agent, queue.id, agent.is_away(walk.now))
    ]
    held = turns.held(walk.connection, [agent.id for agent in here])
    given = turns.last(walk.connection, queue.id)
    return [
        Candidate(
            agent,
            sum(held.get(agent.id, {}).values()),
            load_of(held.get(agent.id, {}), walk.policy.weights),
            given.get(agent.id, 0),
        )
        for agent in here
    ]


def chosen(
    walk: Walk,
    ticket: Ticket,
    queue: Queue,
    mode: Assignment | None = None,
    without: frozenset[int] = frozenset(),
) -> Choice:
    """Choose by a queue's mode, or by another one that a rule names; the fallback is the queue's."""
    settings = walk.policy.queue(queue.key)
    if mode is not None:
        settings = replace(settings, assignment=mode)
    found = candidates(walk, queue, without)
    known = {skill for each in found for skill in each.agent.skills}
    return choose(settings, queue.name, found, needs(ticket, known))


def chooser(walk: Walk) -> Callable[[Ticket, Assignment], Choice]:
    """Return what says to whom a rule gives a ticket by a mode: to somebody else than its owner."""

    def choice(ticket: Ticket, mode: Assignment) -> Choice:
        queue = walk.directory.queues.get(ticket.queue)
        if queue is None:
            return Choice(None, "its queue is gone")
        if not walk.policy.queue_calendar(queue.key).is_open(walk.now):
            return Choice(None, f"{queue.name} is closed now")
        without = frozenset() if ticket.owner is None else frozenset({ticket.owner})
        return chosen(walk, ticket, queue, mode, without)

    return choice
