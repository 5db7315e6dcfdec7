"""The query language as SQL: one meaning for lists, counts, search, rules and exports, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, text, true

from deskterm.domain import query as q
from deskterm.domain.people import Actor
from deskterm.domain.plain import fold_tokens
from deskterm.storage.codec import to_ms
from deskterm.storage.people import Directory
from deskterm.storage.tables import (
    agents,
    drafts,
    messages,
    organizations,
    requesters,
    snoozes,
    ticket_fields,
    ticket_tags,
    tickets,
)

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom and when a query is asked: it decides visibility, `me`, dates and what is breached."""

    actor: Actor
    directory: Directory
    now: datetime
    zone: tzinfo
    sqlite: bool

    @property
    def now_ms(self) -> int:
        """`now` as the tables store it."""
        return to_ms(self.now)


def where(query: q.Query, scope: Scope) -> Clause:
    """Return the whole condition: what the actor may see, active unless lifted, not snoozed unless asked."""
    parts = [visible(scope), _term(query.root, scope)]
    if not query.lifts_active:
        parts.append(text("tickets.active = 1"))  # the literal lets the partial indexes serve it
    if scope.actor.agent is not None and not mentions(query.root, ("any", "snoozed")):
        parts.append(not_(snoozed(scope)))
    return and_(*parts)


def visible(scope: Scope) -> Clause:
    """Return what limits any read to the tickets this actor may know of."""
    hidden = scope.directory.hidden(scope.actor)
    seen: Clause = tickets.c.voided.is_(False)
    return and_(seen, tickets.c.queue_id.not_in(hidden)) if hidden else seen


def mentions(term: q.Term, values: Sequence[str]) -> bool:
    """Say whether an `is:` (or the snoozed field) of these values occurs anywhere in a term."""
    if isinstance(term, q.Is):
        return term.value in values
    if isinstance(term, q.Field):
        return term.name in values
    if isinstance(term, q.Not):
        return mentions(term.term, values)
    if isinstance(term, q.And | q.Or):
        return any(mentions(part, values) for part in term.terms)
    return False


def _term(term: q.Term, scope: Scope) -> Clause:
    if isinstance(term, q.And):
        words = [part for part in term.terms if isinstance(part, q.Word | q.Phrase)]
        rest = [_term(part, scope) for part in term.terms if not isinstance(part, q.Word | q.Phrase)]
        if words:
            rest.append(_matches(words, scope))
        return and_(true(), *rest)
    if isinstance(term, q.Or):
        return or_(false(), *(_term(part, scope) for part in term.terms))
    if isinstance(term, q.Not):
        # An empty column is neither: without coalesce a negated term would lose its tickets.
        return not_(func.coalesce(_term(term.term, scope), false()))
    if isinstance(term, q.Word | q.Phrase):
        return _matches([term], scope)
    if isinstance(term, q.Is):
        return _is(term.value, scope)
    return _field(term, scope)


def fts_expression(terms: Sequence[q.Word | q.Phrase]) -> str:
    """Return an FTS5 expression: every word is quoted, so nothing typed is an operator."""
    parts = []
    for term in terms:
        tokens = (term.text,) if isinstance(term, q.Word) else term.words
        quoted = '"' + " ".join(token.replace('"', '""') for token in tokens) + '"'
        parts.append(quoted + ("*" if term.prefix else ""))
    return " AND ".join(parts)


def tsquery_expression(terms: Sequence[q.Word | q.Phrase]) -> str:
    """Return the same for PostgreSQL's to_tsquery."""
    parts = []
    for term in terms:
        tokens = (term.text,) if isinstance(term, q.Word) else term.words
        quoted = ["'" + token.replace("\\", "").replace("'", "''") + "'" for token in tokens]
        if term.prefix:
            quoted[-1] += ":*"
        parts.append("(" + " <-> ".join(quoted) + ")")
    return " & ".join(parts)


def _matches(terms: Sequence[q.Word | q.Phrase], scope: Scope) -> Clause:
    if scope.sqlite:
        hits = text("tickets.number IN (SELECT rowid FROM ticket_text WHERE ticket_text MATCH :words)")
        return hits.bindparams(words=fts_expression(terms))  # type: ignore[return-value]
    hits = text(
        "tickets.number IN (SELECT ticket FROM ticket_search WHERE body @@ to_tsquery('simple', :words))"
    )
    return hits.bindparams(words=tsquery_expression(terms))  # type: ignore[return-value]


def snoozed(scope: Scope) -> Clause:
    """Return the condition that the actor has snoozed a ticket for longer than now."""
    mine = snoozes.c.agent_id == scope.actor.id
    return exists().where(snoozes.c.ticket == tickets.c.number, mine, snoozes.c.until > scope.now_ms)


def _is(value: str, scope: Scope) -> Clause:
    if value in ("new", "open", "pending", "hold", "solved", "closed"):
        return tickets.c.state == value
    simple: dict[str, Callable[[], Clause]] = {
        "any": true,
        "active": lambda: tickets.c.active == 1,
        "unassigned": lambda: tickets.c.owner_id.is_(None),
        "mine": lambda: tickets.c.owner_id == scope.actor.id,
        "snoozed": lambda: snoozed(scope),
        "breached": lambda: stands("breached", scope),
        "atrisk": lambda: stands("atrisk", scope),
        "unread": lambda: _unread(scope),
        "confidential": lambda: tickets.c.queue_id.in_(
            [queue.id for queue in scope.directory.queues.values() if queue.confidential]
        ),
        "merged": lambda: and_(tickets.c.close_reason == "duplicate", tickets.c.links.like('%"duplicate"%')),
    }
    return simple[value]()


def _unread(scope: Scope) -> Clause:
    from deskterm.storage.tables import reads

    seen = exists().where(
        reads.c.ticket == tickets.c.number,
        reads.c.agent_id == scope.actor.id,
        reads.c.messages >= tickets.c.messages,
    )
    return not_(seen)


def stands(value: str, scope: Scope) -> Clause:
    """Return the condition of one of the words of `sla:` at the scope's moment."""
    now = scope.now_ms
    running = tickets.c.due_at.is_not(None)
    if value == "breached":
        return tickets.c.due_at <= now
    if value == "atrisk":
        return and_(tickets.c.due_at > now, tickets.c.risk_at <= now)
    if value == "ok":
        return and_(running, tickets.c.risk_at > now)
    return and_(tickets.c.due_at.is_(None), tickets.c.sla_rest == value)


def _field(term: q.Field, scope: Scope) -> Clause:
    if term.name.startswith(q.FORM_PREFIX):
        return _form_field(term, term.name.removeprefix(q.FORM_PREFIX))
    info = q.FIELDS[term.name]
    if term.name == "sla":
        return _sla_field(term, scope)
    if info.kind == "time":
        return _time(term, scope)
    if info.kind == "number":
        return _number(term)
    return or_(false(), *(_value(term.name, value, scope) for value in term.values))


_TIME_COLUMNS = {
    "created": tickets.c.created_at,
    "updated": tickets.c.updated_at,
    "solved": tickets.c.solved_at,
    "closed": tickets.c.closed_at,
    "due": tickets.c.due_at,
}


def _time(term: q.Field, scope: Scope) -> Clause:
    empty = any(isinstance(value, q.Nothing) for value in term.values)
    if term.name == "snoozed":
        return not_(snoozed(scope)) if empty else _snoozed_between(term, scope)
    column = _TIME_COLUMNS[term.name]
    if empty:
        return column.is_(None)
    return or_(*(_between(column, part, scope) for part in _one_by_one(term)))


def _one_by_one(term: q.Field) -> list[q.Field]:
    """Split "one of" into single comparisons; ranges and orders are one already."""
    if term.op == "=" and len(term.values) > 1:
        return [q.Field(term.name, term.op, (value,)) for value in term.values]
    return [term]


def _between(column: ColumnElement[Any], term: q.Field, scope: Scope) -> Clause:
    start, end = q.time_bounds(term, scope.now, scope.zone)
    parts = [column.is_not(None)]
    if start is not None:
        parts.append(column >= to_ms(start))
    if end is not None:
        parts.append(column < to_ms(end))
    return and_(*parts)


def _snoozed_between(term: q.Field, scope: Scope) -> Clause:
    within = or_(*(_between(snoozes.c.until, part, scope) for part in _one_by_one(term)))
    return exists().where(snoozes.c.ticket == tickets.c.number, snoozes.c.agent_id == scope.actor.id, within)


def _sla_field(term: q.Field, scope: Scope) -> Clause:
    words = [value.text for value in term.values if isinstance(value, q.Exact)]
    words += ["none"] if any(isinstance(value, q.Nothing) for value in term.values) else []
    if all(word in q.SLA_WORDS for word in words) and term.op == "=":
        return or_(false(), *(stands(word, scope) for word in words))
    bound = scope.now_ms + 1000 * (q.duration_seconds(words[0]) or 0)
    column = tickets.c.due_at
    if term.op == "..":
        last = scope.now_ms + 1000 * (q.duration_seconds(words[1]) or 0)
        return and_(column >= bound, column <= last)
    compare = {"<": column < bound, "<=": column <= bound, ">": column > bound, ">=": column >= bound}
    return and_(column.is_not(None), compare.get(term.op, column <= bound))


def _number(term: q.Field) -> Clause:
    if term.name == "rating":
        # Ratings come with verification: until then every ticket has none.
        return true() if any(isinstance(value, q.Nothing) for value in term.values) else false()
    column = tickets.c.number
    numbers = [int(value.text) for value in term.values if isinstance(value, q.Exact)]
    if term.op == "..":
        return column.between(numbers[0], numbers[1])
    if term.op == "=":
        prefixes = [
            _like(func.cast(column, tickets.c.subject.type), v.text)
            for v in term.values
            if isinstance(v, q.Prefix)
        ]
        return or_(column.in_(numbers), *prefixes)
    compare: dict[str, Clause] = {
        "<": column < numbers[0],
        "<=": column <= numbers[0],
        ">": column > numbers[0],
        ">=": column >= numbers[0],
    }
    return compare[term.op]


def _form_field(term: q.Field, name: str) -> Clause:
    def one(value: q.Value) -> Clause:
        held = exists().where(
            ticket_fields.c.ticket == tickets.c.number, func.lower(ticket_fields.c.name) == name.casefold()
        )
        if isinstance(value, q.Nothing):
            return not_(held)
        word = value.text if isinstance(value, q.Exact | q.Prefix) else "me"
        if term.op not in ("=", ".."):
            order = {"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}[term.op]
            return held.where(getattr(ticket_fields.c.value, order)(word))
        return held.where(_text(ticket_fields.c.value, value))

    if term.op == "..":
        low, high = (value.text for value in term.values if isinstance(value, q.Exact | q.Prefix))
        return exists().where(
            ticket_fields.c.ticket == tickets.c.number,
            func.lower(ticket_fields.c.name) == name.casefold(),
            ticket_fields.c.value.between(low, high),
        )
    return or_(false(), *(one(value) for value in term.values))


def _like(column: ColumnElement[Any], start: str) -> Clause:
    escaped = start.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return func.lower(column).like(escaped + "%", escape="\\")


def _text(column: ColumnElement[Any], value: q.Value) -> Clause:
    if isinstance(value, q.Nothing):
        return or_(column.is_(None), column == "")
    if isinstance(value, q.Prefix):
        return _like(column, value.text)
    return func.lower(column) == (value.text.casefold() if isinstance(value, q.Exact) else "me")


_COLUMNS: dict[str, ColumnElement[Any]] = {
    "state": tickets.c.state,
    "type": tickets.c.type,
    "category": tickets.c.category,
    "component": tickets.c.component,
    "impact": tickets.c.impact,
    "urgency": tickets.c.urgency,
    "priority": tickets.c.priority,
    "channel": tickets.c.channel,
}


def _value(name: str, value: q.Value, scope: Scope) -> Clause:
    """Return the condition of one of a field's values."""
    if name in _COLUMNS:
        return _text(_COLUMNS[name], value)
    special: dict[str, Callable[[q.Value, Scope], Clause]] = {
        "queue": _queue,
        "owner": _owner,
        "requester": _requester,
        "from": _from,
        "org": _organization,
        "tag": _tag,
        "has": _has,
        "link": _link,
        "subject": _subject,
    }
    if name in special:
        return special[name](value, scope)
    # process and step: no ticket follows a template before processes are set up.
    return true() if isinstance(value, q.Nothing) else false()


def _queue(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Me):
        mine = scope.actor.agent.queues if scope.actor.agent else scope.directory.queues
        return tickets.c.queue_id.in_(sorted(mine))
    if isinstance(value, q.Nothing):
        return false()
    word = value.text.casefold()
    found = [
        queue.id
        for queue in scope.directory.queues.values()
        if any(_named(name.casefold(), word, value) for name in (queue.key, queue.name))
    ]
    return tickets.c.queue_id.in_(found)


def _named(name: str, word: str, value: q.Value) -> bool:
    return name.startswith(word) if isinstance(value, q.Prefix) else name == word


def _owner(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Me):
        return tickets.c.owner_id == scope.actor.id
    if isinstance(value, q.Nothing):
        return tickets.c.owner_id.is_(None)
    word = value.text.casefold()
    found = [
        agent.id
        for agent in scope.directory.agents.values()
        if any(_named(name.casefold(), word, value) for name in (agent.login, agent.name))
    ]
    return tickets.c.owner_id.in_(found)


def _requester(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return false()
    either = or_(_text(requesters.c.address, value), _text(requesters.c.name, value))
    if isinstance(value, q.Me):
        login = scope.actor.name.casefold()
        either = func.lower(requesters.c.address).like(login + "@%")
    return tickets.c.requester_id.in_(select(requesters.c.id).where(either))


def _from(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Me):
        return exists().where(messages.c.ticket == tickets.c.number, messages.c.agent_id == scope.actor.id)
    if isinstance(value, q.Nothing):
        return tickets.c.messages == 0
    people = select(requesters.c.id).where(
        or_(_text(requesters.c.address, value), _text(requesters.c.name, value))
    )
    colleagues = select(agents.c.id).where(_text(agents.c.login, value))
    wrote = exists().where(
        messages.c.ticket == tickets.c.number,
        messages.c.retracted.is_(False),
        or_(messages.c.requester_id.in_(people), messages.c.agent_id.in_(colleagues)),
    )
    return or_(tickets.c.requester_id.in_(people), wrote)


def _organization(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return tickets.c.requester_id.in_(
            select(requesters.c.id).where(requesters.c.organization_id.is_(None))
        )
    named = select(requesters.c.id).join(organizations, organizations.c.id == requesters.c.organization_id)
    return tickets.c.requester_id.in_(named.where(_text(organizations.c.name, value)))


def _tag(value: q.Value, scope: Scope) -> Clause:
    held = exists().where(ticket_tags.c.ticket == tickets.c.number)
    if isinstance(value, q.Nothing):
        return not_(held)
    return held.where(_text(ticket_tags.c.tag, value))


def _has(value: q.Value, scope: Scope) -> Clause:
    word = value.text.casefold() if isinstance(value, q.Exact) else ""
    if word == "link":
        return tickets.c.links != "[]"
    if word == "draft":
        return exists().where(drafts.c.ticket == tickets.c.number, drafts.c.agent_id == scope.actor.id)
    # Attachments come with mail: until then no ticket has one.
    return false()


def _link(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return tickets.c.links == "[]"
    word = value.text.casefold() if isinstance(value, q.Exact | q.Prefix) else ""
    if word.lstrip("#").isdigit():
        return tickets.c.links.like(f"%,{int(word.lstrip('#'))}]%")
    escaped = word.replace("\\", "").replace("%", "\\%").replace("_", "\\_")
    return tickets.c.links.like(f'%["{escaped}%', escape="\\")


def _subject(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return false()
    word = value.text if isinstance(value, q.Exact | q.Prefix) else "me"
    tokens = tuple(fold_tokens(word))
    if not tokens:
        return false()
    terms = (
        [q.Phrase(tokens, isinstance(value, q.Prefix))]
        if len(tokens) > 1
        else [q.Word(tokens[0], isinstance(value, q.Prefix))]
    )
    inside = func.lower(tickets.c.subject).like(
        "%" + tokens[0].replace("%", "").replace("_", "\\_") + "%", escape="\\"
    )
    return and_(_matches(terms, scope), inside)
