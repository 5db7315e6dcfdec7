"""The SELECTs behind the ticket screen: the conversation, its requester, links and reminders."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from deskterm.domain.errors import NotFound
from deskterm.domain.policy import Policy
from deskterm.domain.sla import clocks
from deskterm.domain.ticket import State, Ticket
from deskterm.domain.views import LinkedTicket, ReminderLine, TicketView
from deskterm.storage import journal, people, reads, tickets, workplace
from deskterm.storage.codec import from_ms
from deskterm.storage.scope import Scope, visible
from deskterm.storage.tables import reads as read_marks
from deskterm.storage.tables import reminders
from deskterm.storage.tables import tickets as table

OTHERS = 10
"""How many of the requester's other open tickets are named."""


def ticket_view(
    connection: Connection, scope: Scope, policy: Policy, number: int, messages: int
) -> TicketView:
    """Return everything the ticket screen shows. Raises NotFound when the actor may not know of it."""
    row = reads.one_row(connection, scope, number)
    ticket = tickets.load(connection, number)
    if row is None or ticket is None:
        raise NotFound(f"there is no ticket #{number}", field="ticket")
    who, organization = people.requester(connection, ticket.requester)
    total, others = _requester_tickets(connection, scope, ticket)
    agent = scope.actor.id or 0
    seen = connection.execute(
        select(read_marks.c.messages).where(read_marks.c.agent_id == agent, read_marks.c.ticket == number)
    ).scalar()
    return TicketView(
        seq=journal.last_seq(connection),
        ticket=ticket,
        row=row,
        queue=row.queue,
        owner=row.owner,
        requester=who.name,
        address=who.address,
        organization=organization,
        requester_total=total,
        requester_open=others,
        messages=tuple(tickets.conversation(connection, number, messages)),
        events=tuple(journal.of_ticket(connection, number)),
        clocks=clocks(ticket, policy, scope.now),
        links=_links(connection, scope, ticket),
        reminders=_reminders(connection, scope, number),
        snoozed_until=tickets.snoozed_until(connection, agent, number),
        drafts=workplace.drafts_of(connection, agent, number),
        names={person.id: person.login for person in scope.directory.agents.values()},
        queues={queue.id: queue.name for queue in scope.directory.queues.values()},
        read_messages=seen or 0,
    )


def _requester_tickets(connection: Connection, scope: Scope, ticket: Ticket) -> tuple[int, tuple[int, ...]]:
    theirs = and_(table.c.requester_id == ticket.requester, visible(scope))
    total, _ = reads.count(connection, theirs, reads.CAP)
    others = connection.execute(
        select(table.c.number)
        .where(theirs, table.c.active == 1, table.c.number != ticket.number)
        .order_by(table.c.number.desc())
        .limit(OTHERS)
    ).scalars()
    return total, tuple(others)


def _links(connection: Connection, scope: Scope, ticket: Ticket) -> tuple[LinkedTicket, ...]:
    wanted = [link.number for link in ticket.links]
    if not wanted:
        return ()
    statement = select(table.c.number, table.c.subject, table.c.state).where(
        table.c.number.in_(wanted), visible(scope)
    )
    found = {row.number: row for row in connection.execute(statement)}
    return tuple(
        LinkedTicket(link.kind, link.number, found[link.number].subject, State(found[link.number].state))
        for link in sorted(ticket.links)
        if link.number in found
    )


def _reminders(connection: Connection, scope: Scope, number: int) -> tuple[ReminderLine, ...]:
    statement = select(reminders).where(reminders.c.ticket == number, reminders.c.state == "pending")
    return _lines(connection, scope, statement.order_by(reminders.c.at))


def my_reminders(connection: Connection, scope: Scope, since: datetime) -> tuple[ReminderLine, ...]:
    """Return the actor's pending reminders, and those that rang since a time, by time."""
    from deskterm.storage.codec import to_ms

    statement = (
        select(reminders)
        .where(
            reminders.c.agent_id == (scope.actor.id or 0),
            or_(
                reminders.c.state == "pending",
                and_(reminders.c.state == "fired", reminders.c.at >= to_ms(since)),
            ),
        )
        .order_by(reminders.c.at)
        .limit(200)
    )
    return _lines(connection, scope, statement)


def _lines(connection: Connection, scope: Scope, statement: object) -> tuple[ReminderLine, ...]:
    return tuple(
        ReminderLine(
            row.id, from_ms(row.at), row.text, scope.directory.login(row.agent_id), row.ticket, row.state
        )
        for row in connection.execute(statement)  # type: ignore[call-overload]
    )


def tags(connection: Connection, limit: int) -> tuple[str, ...]:
    """Return the tags in use, the commonest first."""
    from deskterm.storage.tables import ticket_tags

    statement = (
        select(ticket_tags.c.tag).group_by(ticket_tags.c.tag).order_by(func.count().desc(), ticket_tags.c.tag)
    )
    return tuple(connection.execute(statement.limit(limit)).scalars())
