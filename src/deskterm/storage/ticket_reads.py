"""The SELECTs behind the ticket screen: the conversation, its requester, links and reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from deskterm.domain.errors import NotFound
from deskterm.domain.events import Event
from deskterm.domain.kinds import State
from deskterm.domain.misses import asks_next_reply, clocks_with_misses
from deskterm.domain.policy import Policy
from deskterm.domain.process_lines import step_lines
from deskterm.domain.sla import Clock
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import LinkedTicket, ReminderLine, TicketView
from deskterm.storage import contacts, journal, merged, people, reads, sides, tickets, workplace, worktime
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.conversations import conversation
from deskterm.storage.reminder_tables import reminders
from deskterm.storage.scope import Scope, visible
from deskterm.storage.tables import reads as read_marks
from deskterm.storage.tables import ticket_tags
from deskterm.storage.tables import tickets as table

COMMON = 500
"""How far the uses of a tag are counted."""

OTHERS = 10
"""How many of the requester's other open tickets are named."""

MANY = 100
"""Events from which judging every reply that was ever waited for takes longer than reading the rest."""


def ticket_view(
    connection: Connection,
    scope: Scope,
    policy: Policy,
    number: int,
    messages: int,
    *,
    whole: bool = True,
    known: TicketView | None = None,
) -> TicketView:
    """Return everything the ticket screen shows. Raises NotFound when the actor may not know of it.

    When it need not be `whole`, events before the first of the messages are left out, and of a long
    conversation the replies that came too late, which `judged` says. What is `known` is not read again.
    """
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
    linked = _links(connection, scope, ticket)
    known_links = frozenset((link.kind, link.number) for link in linked)
    inside = merged.absorbed(connection, number, visible(scope)) if ticket.absorbed else []
    spoken = ticket.messages + _spoken(connection, inside)
    if known is not None and not inside and _still_holds(known, ticket, messages):
        said, events = known.messages, known.events
    else:
        said = tuple(conversation(connection, [number, *inside] if inside else number, messages))
        since = min((each.at for each in said), default=None) if not whole and len(said) < spoken else None
        events = tuple(_events(connection, scope, number, since))
    judged = whole or max(len(events), ticket.messages) < MANY or not asks_next_reply(ticket, policy)
    return TicketView(
        seq=journal.last_seq(connection),
        ticket=replace(ticket, links=frozenset(link for link in ticket.links if tuple(link) in known_links)),
        row=row,
        queue=row.queue,
        owner=row.owner,
        requester=who.name,
        address=who.address,
        organization=organization,
        requester_total=total,
        requester_open=others,
        messages=said,
        events=events,
        clocks=clocks_with_misses(ticket, policy, scope.now, events if judged else ()),
        links=linked,
        reminders=_reminders(connection, scope, number),
        snoozed_until=_asleep_until(tickets.snoozes_of(connection, number).get(agent), scope.now),
        drafts=workplace.drafts_of(connection, agent, number),
        names=scope.logins,
        queues=scope.queue_names,
        read_messages=seen or 0,
        spoken=spoken,
        participants=merged.participants(connection, inside, ticket.ccs, but=ticket.requester),
        person=who,
        judged=judged,
        worked=worktime.entries(
            (ticket, *filter(None, (tickets.load(connection, other) for other in inside))), scope.logins
        ),
        sides=sides.of_tickets(connection, [number, *inside]),
        steps=step_lines(ticket, policy, scope.logins) if ticket.process else (),
    )


def _still_holds(known: TicketView, ticket: Ticket, messages: int) -> bool:
    """Say whether nothing happened on a ticket since it was read, as far as it is wanted."""
    same = known.ticket.number == ticket.number and known.ticket.version == ticket.version
    return same and (len(known.messages) >= known.spoken or 0 < messages <= len(known.messages))


def ticket_clocks(
    connection: Connection, scope: Scope, policy: Policy, number: int
) -> tuple[int, tuple[Clock, ...]]:
    """Return a ticket's version and its clocks, with every reply that came too late. Raises NotFound."""
    ticket = tickets.load(connection, number)
    if reads.one_row(connection, scope, number) is None or ticket is None:
        raise NotFound(f"there is no ticket #{number}", field="ticket")
    events = journal.of_ticket(connection, number)
    return ticket.version, clocks_with_misses(ticket, policy, scope.now, events)


def _asleep_until(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and until > now else None


def _spoken(connection: Connection, inside: list[int]) -> int:
    if not inside:
        return 0
    held = select(func.sum(table.c.messages)).where(table.c.number.in_(inside))
    return int(connection.execute(held).scalar() or 0)


def _events(connection: Connection, scope: Scope, number: int, since: datetime | None = None) -> list[Event]:
    """Return a ticket's history without the links to tickets that the actor may not know of."""
    found = [_told(event) for event in journal.of_ticket(connection, number, since=since)]
    others = {
        other
        for event in found
        for change in event.changes
        if change.field == "links"
        for _, other in (*(change.before or ()), *(change.after or ()))
    }
    if not others:
        return found
    seen = select(table.c.number).where(table.c.number.in_(others), visible(scope))
    unknown = others - set(connection.execute(seen).scalars())
    return [_without_links(event, unknown) for event in found] if unknown else found


def _told(event: Event) -> Event:
    """Return an event without the hashes of contents, which are between the journal and the doctor."""
    shown = tuple(change for change in event.changes if not change.field.startswith("content:"))
    return replace(event, changes=shown) if len(shown) < len(event.changes) else event


def _without_links(event: Event, unknown: set[int]) -> Event:
    def kept(links: tuple[tuple[str, int], ...] | None) -> tuple[tuple[str, int], ...]:
        return tuple(link for link in links or () if link[1] not in unknown)

    changes = [
        replace(change, before=kept(change.before), after=kept(change.after))
        if change.field == "links"
        else change
        for change in event.changes
    ]
    shown = tuple(c for c in changes if c.field != "links" or c.before or c.after)
    return replace(event, changes=shown)


def _requester_tickets(connection: Connection, scope: Scope, ticket: Ticket) -> tuple[int, tuple[int, ...]]:
    theirs = and_(
        table.c.requester_id.in_(contacts.same_people(connection, (ticket.requester,))), visible(scope)
    )
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
    seen = select(table.c.number).where(table.c.number == reminders.c.ticket, visible(scope))
    statement = (
        select(reminders)
        .where(
            or_(reminders.c.ticket.is_(None), seen.exists()),
            reminders.c.agent_id == (scope.actor.id or 0),
            or_(
                reminders.c.state == "pending",
                and_(
                    reminders.c.state == "fired",
                    func.coalesce(reminders.c.rang_at, reminders.c.at) >= to_ms(since),
                ),
            ),
        )
        .order_by(reminders.c.at)
        .limit(200)
    )
    return _lines(connection, scope, statement)


def _lines(connection: Connection, scope: Scope, statement: Select[Any]) -> tuple[ReminderLine, ...]:
    return tuple(
        ReminderLine(
            row.id,
            from_ms(row.at),
            row.text,
            scope.directory.login(row.agent_id),
            row.ticket,
            row.state,
            row.recurs,
            from_ms(row.rang_at) if row.rang_at is not None else None,
            row.seen_at is not None,
        )
        for row in connection.execute(statement)
    )


def tags(connection: Connection, scope: Scope, limit: int) -> tuple[str, ...]:
    """Return the tags in use on tickets that the actor may know of, the commonest first.

    A large desk has millions of rows and few tags: each tag is sought, and counted no further than COMMON.
    """
    tag = ticket_tags.c.tag
    found = select(func.min(tag).label("tag")).cte("found", recursive=True)
    following = select(func.min(tag)).where(tag > found.c.tag).scalar_subquery()
    found = found.union_all(select(following).where(found.c.tag.is_not(None)))
    some = select(ticket_tags.c.ticket).where(tag == found.c.tag)
    if scope.hidden:
        known = table.c.queue_id.not_in(scope.hidden)
        some = some.join(table, table.c.number == ticket_tags.c.ticket).where(known)
    uses = select(func.count()).select_from(some.limit(COMMON).correlate(found).subquery()).scalar_subquery()
    used = select(found.c.tag, uses.label("uses")).where(found.c.tag.is_not(None)).subquery()
    statement = select(used.c.tag).where(used.c.uses > 0).order_by(used.c.uses.desc(), used.c.tag)
    return tuple(connection.execute(statement.limit(limit)).scalars())
