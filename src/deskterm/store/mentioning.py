"""Mentions in their transaction: kept with the message, and mailed to who has no screen open to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain.events import Change
from deskterm.domain.people import Actor
from deskterm.domain.plain import clean_line
from deskterm.storage import mentions, outbox, sessions, tickets

if TYPE_CHECKING:
    from deskterm.domain.proposal import NewMessage
    from deskterm.store.dispatch import Walk


def tell(walk: Walk, number: int, message: int, new: NewMessage) -> tuple[Change, ...]:
    """Return the changes that keep a message's mentions; who writes has read what they were mentioned in."""
    if new.agent is not None:
        mentions.read(walk.connection, new.agent, number)
    changes: list[Change] = []
    for agent in new.mentions:
        changes.append(Change(f"mention:{agent}", None, message))
        changes += _mail(walk, number, agent)
    return tuple(changes)


def _mail(walk: Walk, number: int, whom: int) -> tuple[Change, ...]:
    """Queue a mail to an agent who is not here. Not a word of the message is in it: it may be internal."""
    agent, ticket = walk.directory.agents.get(whom), tickets.load(walk.connection, number)
    if agent is None or ticket is None or not agent.address:
        return ()
    if sessions.is_here(walk.connection, agent.id, walk.now) or ticket.queue in walk.directory.hidden(
        Actor(agent)
    ):
        return ()
    who = walk.actor.name
    row = outbox.add(
        walk.connection,
        "mail",
        agent.address,
        ticket=number,
        rule="",
        at=walk.now,
        subject=clean_line(f"{who} mentioned you on #{number} {ticket.subject}", 200),
        text=(
            f"{who} mentioned you on #{number} {ticket.subject} ({ticket.priority}, {ticket.state})\n\n"
            f"Read it at the desk: deskterm show {number}\n"
        ),
    )
    return (Change(f"outbox:{row}", None, outbox.QUEUED),)
