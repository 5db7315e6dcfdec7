"""Rebalancing in the store: what would be moved as the desk stands, and moving it as one command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.assignment import may_be_given
from deskterm.domain.decide import not_allowed
from deskterm.domain.errors import Conflict, DeskError, NotFound, Refused
from deskterm.domain.people import Role
from deskterm.domain.rebalancing import Rebalancing, rebalance
from deskterm.domain.views import Outcome
from deskterm.domain.wording import outcome
from deskterm.storage import journal, loads
from deskterm.store.selection import none_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from deskterm.domain.policy import Policy
    from deskterm.domain.query import Query
    from deskterm.storage.database import Connection
    from deskterm.storage.scope import Scope
    from deskterm.store.dispatch import Walk


def proposed(connection: Connection, scope: Scope, policy: Policy, query: Query) -> Rebalancing:
    """Propose moves among the tickets of a query. Raises NotAllowed unless a lead asks."""
    if not scope.actor.may(Role.LEAD):
        raise not_allowed(scope.actor, "rebalance", Role.LEAD)
    hidden = frozenset(scope.hidden)
    teams = [queue for queue in scope.directory.queues.values() if queue.id not in hidden]
    closed = [queue for queue in teams if not policy.queue_calendar(queue.key).is_open(scope.now)]
    given = frozenset(queue.id for queue in teams if queue not in closed)
    found = rebalance(
        loads.carriers(connection, scope, policy.weights),
        given,
        policy.weights,
        lambda agent: loads.movable(connection, scope, query, given, agent),
    )
    names = loads.subjects(connection, [one.ticket for one in found.moves])
    moves = tuple(replace(one, subject=names.get(one.ticket, "")) for one in found.moves)
    return replace(found, moves=moves, closed=tuple(sorted(queue.name for queue in closed)))


def carry_out(
    walk: Walk,
    command: c.Rebalance,
    on_ticket: Callable[[Walk, c.TicketCommand, int], int | None],
    told: Callable[[Walk, DeskError], DeskError],
) -> Outcome:
    """Give each ticket to its taker, unless that is not how things stand any more; those are named."""
    walk.begin(command, "")
    changed: list[int] = []
    refused: list[tuple[int, DeskError]] = []
    held = loads.counts(walk.connection, _agents(command))
    for number, queue, giver, taker, reason in command.moves:
        try:
            _may_take(walk, queue, taker, held.get(taker, 0))
            expected = {"owner": giver, "queue": queue}
            one = c.Assign((number,), taker, reason, expected=expected)
            if on_ticket(walk, one, number) is not None:
                changed.append(number)
                held[taker] = held.get(taker, 0) + 1
                held[giver] = held.get(giver, 0) - 1
        except (Refused, NotFound, Conflict) as error:
            refused.append((number, told(walk, error)))
    if not changed:
        raise none_of(len(command.moves), refused[0][1]) if refused else Refused("there is nothing to move")
    summary = outcome(command, tuple(changed), *walk.names(), walk.actor.id)
    journal.rename_command(walk.connection, walk.command, summary)
    left = tuple((number, error.message) for number, error in refused)
    return Outcome(walk.command, walk.seq, tuple(changed), left, summary)


def _agents(command: c.Rebalance) -> frozenset[int]:
    return frozenset(agent for move in command.moves for agent in move[2:4])


def _may_take(walk: Walk, queue: int, taker: int, held: int) -> None:
    """Raise Refused when somebody can be given nothing (more) of a queue by now."""
    agent = walk.directory.agents.get(taker)
    if agent is None or not may_be_given(agent, queue, agent.is_away(walk.now)):
        who = agent.login if agent is not None else "somebody"
        raise Refused(f"{who} cannot be given it any more", field="owner")
    if held >= agent.capacity:
        raise Refused(f"{agent.login} has no room any more", field="owner")
