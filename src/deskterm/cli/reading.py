"""The verbs that read tickets: list, search, show and history, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from deskterm.cli.output import Cell
from deskterm.cli.session import Session
from deskterm.domain.causes import origins
from deskterm.domain.errors import UsageError
from deskterm.domain.kinds import Sla
from deskterm.domain.left import day_of, left_words
from deskterm.domain.outgoing import fate_words
from deskterm.domain.plain import clean_line
from deskterm.domain.query_parser import nearest, parse
from deskterm.domain.time_spans import ago
from deskterm.domain.worktime import summary

if TYPE_CHECKING:
    from deskterm.domain.views import Row, TicketView
    from deskterm.store.store import Store

SORTS = ("breach", "number", "updated", "created", "priority")
COLUMNS = ("#", "P", "SUBJECT", "REQUESTER", "STATE", "QUEUE", "OWNER", "AGE", "SLA")
_SLA_PAINTS = {Sla.BREACHED: "red", Sla.ATRISK: "amber", Sla.MISSED: "red", Sla.MET: "green"}
_PRIORITY_PAINTS = {"P1": "red", "P2": "amber"}
_TARGETS = {"first_reply": "first reply", "next_reply": "next reply"}


def list_tickets(session: Session) -> int:
    """List the tickets of a query."""
    query = " ".join(session.options.query)
    parse(query)
    return _list(session, query, "breach")


def search(session: Session) -> int:
    """List whatever a search finds, solved and closed tickets too, what changed last first."""
    query = " ".join(session.options.query)
    if not query.strip():
        raise UsageError("nothing to search for", field="query", hint="deskterm search WORDS")
    return _list(session, everywhere(query), "-updated")


def everywhere(query: str) -> str:
    """Return the query over tickets in any state, unless it says otherwise. Raises QueryError."""
    if parse(query).lifts_active:
        return query
    return f"is:any ({query})" if query.strip() else "is:any"


def _list(session: Session, query: str, sort: str) -> int:
    from deskterm.channels.export import rows
    from deskterm.channels.shapes import list_shape, queue_keys

    options, out, store = session.options, session.out, session.store
    if options.limit < 0:
        raise UsageError("--limit cannot be negative", field="limit", hint="0 is all")
    found = rows(store, query, sort=_sort(options.sort or sort), limit=options.limit)
    if out.json:
        keys = queue_keys(store.people().queues)
        out.stream(list_shape(row, store.now(), keys) for row in found)
        return 0
    count = out.table(COLUMNS, (row_cells(row, store.now()) for row in found), right="# AGE SLA")
    if not count:
        out.say("no tickets match" + _ended_too(query))
    elif count == options.limit and out.tty:
        total = store.count(query)
        if total > count:
            out.say(f"{count} of {total:,}; --limit 0 shows all")
    return 0


def _ended_too(query: str) -> str:
    """Say how to find ended tickets to whom asks of them and is shown active ones."""
    from deskterm.domain.matching import mentions

    asked = parse(query)
    if asked.lifts_active or not mentions(asked.root, ("solved", "closed")):
        return ""
    return "; solved and closed ones are left out: add is:any"


def _sort(name: str) -> str:
    plain = name.removeprefix("-")
    if plain not in SORTS:
        close = nearest(plain, SORTS)
        meant = f"did you mean {close}? " if close else ""
        raise UsageError(f"{name!r} is no order", field="sort", hint=meant + "one of " + ", ".join(SORTS))
    return name


def row_cells(row: Row, now: datetime) -> Sequence[Cell | str]:
    """Return the columns of a row."""
    stands = row.sla(now)
    return (
        str(row.number),
        Cell(row.priority.value, _PRIORITY_PAINTS.get(row.priority.value, "")),
        row.subject,
        row.requester,
        row.status or row.state.value,
        row.queue,
        row.owner or "-",
        ago((now - row.created_at).total_seconds()),
        Cell(sla_words(row, now), _SLA_PAINTS.get(stands, "")),
    )


def sla_words(row: Row, now: datetime) -> str:
    """Say time left, or late, or how the ticket stands; never by colour alone."""
    rest = row.left(now)
    if rest is None:
        return row.sla(now).value
    stands = row.sla(now)
    mark = {Sla.BREACHED: "▲ ", Sla.ATRISK: "◆ "}.get(stands, "")
    return mark + left_words(rest, row.day, over=stands is Sla.BREACHED)


def show(session: Session) -> int:
    """Show everything about one ticket."""
    number, out, store = session.number(), session.out, session.store
    view = store.ticket(number, messages=0)
    if out.json:
        from deskterm.channels.shapes import queue_keys, show_shape

        out.emit(show_shape(view, store.now(), queue_keys(store.people().queues)))
        return 0
    out.line(f"#{view.ticket.number}  {view.ticket.subject}", "bold")
    for name, value in _facts(view, store):
        out.line(f"{name:<12}{value}")
    if view.steps:
        from deskterm.cli.step_verb import step_table

        out.line()
        step_table(out, view.steps, store.now(), store.zone)
    written = origins(view.events)
    labels = {one.id: f" · {one.label}" for one in view.sides}
    for message in view.messages:
        out.line()
        where = f" · {message.address}" if message.from_customer and message.address else ""
        kind = " · internal note" if message.kind == "internal" else labels.get(message.side or 0, "")
        where += f" · #{message.ticket}" if message.ticket != number else ""
        at = f"{message.at.astimezone(store.zone):%Y-%m-%d %H:%M}"
        at += f" · {clean_line(written[message.id], 80)}" if message.id in written else ""
        at += f" · {fate_words(message.fate, store.now())}" if message.fate is not None else ""
        out.line(f"{message.author}{where}{kind} · {at}", "violet" if kind else "bold")
        out.text(message.text, "  ")
        for file in message.attachments:
            out.line(f"  attached: {file.name} ({file.media_type}, {file.size:,} bytes)", "dim")
    return 0


def _facts(view: TicketView, store: Store) -> Iterator[tuple[str, str]]:
    ticket, now = view.ticket, store.now()
    hold = f" for {ticket.hold_reason}" if ticket.hold_reason else ""
    ended = next(filter(None, (ticket.close_reason, ticket.resolution_code)), "")
    named = f", {view.row.status}" if view.row.status else ""
    yield "state", ticket.state.value + named + hold + (f": {ended}" if ended and not ticket.active else "")
    why = f" ({ticket.priority_reason})" if ticket.priority_reason else ""
    yield "priority", f"{ticket.priority}{why} · impact {ticket.impact} · urgency {ticket.urgency}"
    of = f" · {view.organization}" if view.organization else ""
    vip = " · VIP" if view.person is not None and view.person.vip else ""
    yield "requester", f"{view.requester} <{view.address}>{of}{vip}"
    for name, address in view.participants:
        yield "cc", f"{name} <{address}>"
    yield "queue", view.queue
    yield "owner", view.owner or "nobody"
    kind = " · ".join(filter(None, (ticket.type, ticket.category, ticket.component, ticket.channel)))
    yield "kind", kind
    if ticket.tags:
        yield "tags", " ".join(sorted(ticket.tags))
    for name, value in sorted(ticket.fields):
        yield name, value
    for link in view.links:
        yield link.kind, f"#{link.number} {link.subject} ({link.state})"
    created = f"{ticket.created_at.astimezone(store.zone):%Y-%m-%d %H:%M}"
    yield "created", f"{created}, {ago((now - ticket.created_at).total_seconds())} ago"
    for clock in view.clocks:
        name = _TARGETS.get(clock.target, clock.target)
        rest = ""
        if clock.due_at is not None:
            over = now >= clock.due_at
            rest = f" {left_words(clock.left(now), day_of(clock.calendar), over=over)}"
        yield name, clock.state.value + rest
    if ticket.process:
        from deskterm.cli.step_verb import process_words

        yield "process", process_words(view)
    if view.worked:
        yield "worked", summary(view.worked)
    if ticket.resolution:
        yield "resolution", ticket.resolution


def history(session: Session) -> int:
    """Show what happened to a ticket, oldest first."""
    number, out, store = session.number(), session.out, session.store
    events = store.history(number)
    if out.json:
        from deskterm.channels.records import Records

        records = Records(store)
        out.stream(
            {name: value for name, value in records.event(event).items() if name != "record"}
            for event in events
        )
        return 0
    from deskterm.domain.wording import sentence

    known = store.people()
    agents = {agent.id: agent.login for agent in known.agents.values()}
    queues = {queue.id: queue.name for queue in known.queues.values()}
    for event in events:
        who = agents.get(event.actor, event.via) if event.actor is not None else event.via
        whole = f"{event.login} as {who}" if event.login else who
        at = f"{event.at.astimezone(store.zone):%Y-%m-%d %H:%M:%S}"
        out.line(f"{at}  {whole:<12}  {sentence(event, agents, queues)}")
    return 0
