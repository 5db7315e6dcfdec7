"""Mentions and followers as rows, kept with the events that say them: each agent's are found at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, func, insert, or_, select, update

from deskterm.domain.events import Event
from deskterm.domain.kinds import MERGED_INTO
from deskterm.domain.mentions import first_words
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import Word
from deskterm.storage.follow_tables import mentions, ticket_followers
from deskterm.storage.scope import Scope, visible
from deskterm.storage.side_tables import side_messages
from deskterm.storage.tables import agents, messages, requesters, snoozes, ticket_links, tickets

TOLD = 5
"""Words at once: who was away from the screen for longer looks at the views."""

_READ = update(mentions).values(seen=1)


def put(connection: Connection, ticket: int, agent: int, before: int | None, after: int | None) -> None:
    """Make the rows be what a `mention:AGENT` change says: the message it was in, and the one it is in."""
    if before is not None:
        gone = (mentions.c.agent_id == agent, mentions.c.message == before)
        connection.execute(delete(mentions).where(*gone))
    if after is not None:
        row = {"agent_id": agent, "message": after, "ticket": ticket, "seen": 0}
        connection.execute(insert(mentions), row)


def replace_followers(connection: Connection, ticket: Ticket) -> None:
    """Keep who follows a ticket in place of who did."""
    connection.execute(delete(ticket_followers).where(ticket_followers.c.ticket == ticket.number))
    if ticket.followers:
        rows = [{"agent_id": agent, "ticket": ticket.number} for agent in sorted(ticket.followers)]
        connection.execute(insert(ticket_followers), rows)


def read(connection: Connection, agent: int, ticket: int) -> bool:
    """Remember that an agent has read what they were mentioned in; says whether that was news."""
    mine = (mentions.c.agent_id == agent, mentions.c.seen == 0, mentions.c.ticket == ticket)
    return connection.execute(_READ.where(*mine)).rowcount > 0


def called(facts: Iterable[Event]) -> set[tuple[int, int]]:
    """Return which agents a history mentions, each with the message it is in."""
    found: set[tuple[int, int]] = set()
    for change in (change for event in facts for change in event.changes):
        head, _, agent = change.field.partition(":")
        if head == "mention":
            found.discard((int(agent), change.before))
            found |= {(int(agent), change.after)} if change.after is not None else set()
    return found


# What is found by them


def waiting(agent: int | None) -> Select[tuple[int]]:
    """Select the tickets on which an agent was mentioned and has not read it."""
    return select(mentions.c.ticket).where(mentions.c.agent_id == (agent or 0), mentions.c.seen == 0)


def waits(connection: Connection, agent: int, ticket: int) -> bool:
    """Say whether an agent was mentioned on a ticket and has not read it."""
    return connection.execute(waiting(agent).where(mentions.c.ticket == ticket).limit(1)).first() is not None


def followed(by: Collection[int]) -> Select[tuple[int]]:
    """Select the tickets that one of these agents follows."""
    return select(ticket_followers.c.ticket).where(ticket_followers.c.agent_id.in_(sorted(by)))


def followers(connection: Connection, ticket: int) -> list[int]:
    """Return who follows a ticket."""
    mine = select(ticket_followers.c.agent_id).where(ticket_followers.c.ticket == ticket)
    return list(connection.execute(mine).scalars())


def owner(connection: Connection, ticket: int) -> list[int]:
    """Return whose a ticket is: nobody or one."""
    held = select(tickets.c.owner_id).where(tickets.c.number == ticket, tickets.c.owner_id.is_not(None))
    return list(connection.execute(held).scalars())


_CALLED = (
    select(tickets.c.queue_id, func.count(tickets.c.number.distinct()).label("n"))
    .join(mentions, mentions.c.ticket == tickets.c.number)
    .where(mentions.c.agent_id == bindparam("me"), mentions.c.seen == 0, tickets.c.active == 1)
    .where(
        ~exists().where(
            snoozes.c.ticket == tickets.c.number,
            snoozes.c.agent_id == bindparam("me"),
            snoozes.c.until > bindparam("now"),
        )
    )
    .group_by(tickets.c.queue_id)
)
"""Asked after every commit by every screen: built once, because building it takes longer than running it."""


def count(connection: Connection, scope: Scope) -> int:
    """Count the active tickets that wait for the actor to read a mention."""
    if scope.actor.id is None:
        return 0
    hidden = set(scope.hidden)
    found = connection.execute(_CALLED, {"me": scope.actor.id, "now": scope.now_ms})
    return sum(row.n for row in found if row.queue_id not in hidden)


# What is told on the screen


def newest(connection: Connection) -> int:
    """Return the newest message there is."""
    return int(connection.execute(select(func.coalesce(func.max(messages.c.id), 0))).scalar_one())


def words(connection: Connection, scope: Scope, after: int) -> Sequence[Word]:
    """Return what was said to the actor after a message: their mentions, customers on what they follow, and
    answers in side conversations of what they follow or own.

    What customers write on what they own is theirs to look at anyway; an answer beside it moves nothing.
    """
    me = scope.actor.id or 0
    called = (
        select(messages, tickets.c.number, tickets.c.subject, agents.c.login.label("who"))
        .join(mentions, mentions.c.message == messages.c.id)
        .join(tickets, tickets.c.number == messages.c.ticket)
        .outerjoin(agents, agents.c.id == messages.c.agent_id)
        .where(mentions.c.agent_id == me, mentions.c.seen == 0)
    )
    customers = (
        select(messages, tickets.c.number, tickets.c.subject, requesters.c.name.label("who"))
        .join(tickets, tickets.c.number == messages.c.ticket)
        .join(requesters, requesters.c.id == messages.c.requester_id)
        .where(messages.c.ticket.in_(followed([me])), tickets.c.owner_id.is_distinct_from(me))
    )
    found = []
    for mention, side, asked in (
        (True, False, called),
        (False, False, customers),
        (False, True, _beside(me)),
    ):
        new = (messages.c.id > after, messages.c.retracted.is_(False), visible(scope))
        for row in connection.execute(asked.where(*new).order_by(messages.c.id.desc()).limit(TOLD)):
            said = first_words(row.text)
            found.append(Word(row.id, row.number, row.subject, row.who or "", said, mention, side))
    return sorted(found, key=lambda word: word.message)[-TOLD:]


def _beside(me: int) -> Select[Any]:
    """Select the answers beside tickets that somebody owns or follows, by the ticket where they are read."""
    into = and_(ticket_links.c.ticket == messages.c.ticket, ticket_links.c.kind == MERGED_INTO)
    place = func.coalesce(ticket_links.c.other, messages.c.ticket)
    return (
        select(
            messages,
            tickets.c.number,
            tickets.c.subject,
            func.coalesce(_NAME, side_messages.c.address).label("who"),
        )
        .join(side_messages, side_messages.c.message == messages.c.id)
        .outerjoin(ticket_links, into)
        .join(tickets, tickets.c.number == place)
        .where(side_messages.c.address != "", messages.c.agent_id.is_(None))
        .where(or_(tickets.c.owner_id == me, tickets.c.number.in_(followed([me]))))
    )


_NAME = func.nullif(side_messages.c.name, "")
