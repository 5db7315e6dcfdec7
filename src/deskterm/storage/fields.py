"""The query language's fields as SQL: what `name:value` means for each name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union,
)

from deskterm.domain import query as q
from deskterm.domain.plain import fold_tokens
from deskterm.storage import full_text, mentions, metrics_sql, requester_words, sides, worktime
from deskterm.storage.codec import to_ms
from deskterm.storage.mail_tables import message_parts
from deskterm.storage.process_fields import at_step, in_process
from deskterm.storage.scope import (
    Clause,
    Scope,
    begins,
    same,
    snoozed,
    visible,
    worded,
)
from deskterm.storage.sla_field import time_left
from deskterm.storage.state_fields import in_status
from deskterm.storage.tables import (
    agents,
    drafts,
    messages,
    organizations,
    requesters,
    snoozes,
    ticket_fields,
    ticket_links,
    ticket_tags,
    tickets,
)


def condition(term: q.Field, scope: Scope) -> Clause:
    """Return the condition of one filter."""
    if term.name.startswith(q.FORM_PREFIX):
        return _form_field(term, term.name.removeprefix(q.FORM_PREFIX), scope)
    if term.name == "sla":
        return time_left(term, scope)
    kind = q.FIELDS[term.name].kind
    if kind == "time":
        return _time(term, scope)
    if kind == "number":
        return _number(term)
    if kind == "duration":
        return _worked(term, scope)
    return or_(false(), *(_value(term.name, value, scope) for value in term.values))


_TIME_COLUMNS = {
    "created": tickets.c.created_at,
    "updated": tickets.c.updated_at,
    "replied": tickets.c.first_replied_at,
    "solved": tickets.c.solved_at,
    "closed": tickets.c.closed_at,
    "due": tickets.c.due_at,
}


def _time(term: q.Field, scope: Scope) -> Clause:
    empty = any(isinstance(value, q.Nothing) for value in term.values)
    if term.name == "snoozed":
        return not_(snoozed(scope)) if empty else _snoozed_between(term, scope)
    column = _TIME_COLUMNS[term.name]
    return column.is_(None) if empty else _between(column, term, scope)


def _between(column: ColumnElement[Any], term: q.Field, scope: Scope) -> Clause:
    start, end = q.time_bounds(term, scope.now, scope.zone)
    parts: list[Clause] = [column.is_not(None)]
    if start is not None:
        parts.append(column >= to_ms(start))
    if end is not None:
        parts.append(column < to_ms(end))
    return and_(*parts)


def _snoozed_between(term: q.Field, scope: Scope) -> Clause:
    mine = and_(snoozes.c.ticket == tickets.c.number, snoozes.c.agent_id == (scope.actor.id or 0))
    return exists().where(mine, snoozes.c.until > scope.now_ms, _between(snoozes.c.until, term, scope))


_NUMBERS = {"skipped": "steps_skipped"}
"""Numbers that are kept under another name than a query asks for them by."""


def _number(term: q.Field) -> Clause:
    if term.name == "rating":
        # Ratings come with verification: until then every ticket has none.
        return true() if any(isinstance(value, q.Nothing) for value in term.values) else false()
    column = tickets.c[_NUMBERS.get(term.name, term.name)]
    numbers = q.amounts(term)
    if term.op == "..":
        return column.between(numbers[0], numbers[1])
    if term.op == "=":
        return column.in_(numbers)
    compare: dict[str, Clause] = {
        "<": column < numbers[0],
        "<=": column <= numbers[0],
        ">": column > numbers[0],
        ">=": column >= numbers[0],
    }
    return compare[term.op]


def _worked(term: q.Field, scope: Scope) -> Clause:
    """Return the condition of time worked: what nobody worked on has no entry, and none is less than any."""
    first, *more = q.amounts(term)
    held = tickets.c.number.in_
    if term.op == "..":
        inside = held(worktime.with_time(scope, max(first, 1), more[0]))
        return inside if first else or_(inside, not_(held(worktime.with_time(scope, 1, None))))
    least = {"=": 1, "<": first, "<=": first + 1, ">": first + 1, ">=": first}[term.op]
    if least < 1:
        return true() if term.op in (">", ">=") else false()
    reached = held(worktime.with_time(scope, least, None))
    return reached if term.op in (">", ">=") else not_(reached)


def _form_field(term: q.Field, name: str, scope: Scope) -> Clause:
    held = exists().where(ticket_fields.c.ticket == tickets.c.number, same(ticket_fields.c.name, name, scope))
    column = ticket_fields.c.value
    words = [_word(value, scope) for value in term.values]
    if term.op == "..":
        return held.where(column.between(words[0], words[1]))
    if term.op != "=":
        compare: dict[str, Clause] = {
            "<": column < words[0],
            "<=": column <= words[0],
            ">": column > words[0],
            ">=": column >= words[0],
        }
        return held.where(compare[term.op])
    return or_(
        false(),
        *(
            not_(held) if isinstance(value, q.Nothing) else held.where(_text(column, value, scope))
            for value in term.values
        ),
    )


def _word(value: q.Value, scope: Scope) -> str:
    """Return a value as the text it is compared with; `me` is the actor's login."""
    return value.text if isinstance(value, q.Exact | q.Prefix) else scope.actor.name


def _text(column: ColumnElement[Any], value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return or_(column.is_(None), column == "")
    compare = begins if isinstance(value, q.Prefix) else same
    return compare(column, _word(value, scope), scope)


_COLUMNS: dict[str, ColumnElement[Any]] = {
    name: tickets.c[name] for name in ("type", "category", "component", "channel")
}
_CHOICES: dict[str, ColumnElement[Any]] = {
    name: tickets.c[name] for name in ("state", "impact", "urgency", "priority")
}
"""Written as they are stored, because the parser has put them so: their indexes can serve."""


def _value(name: str, value: q.Value, scope: Scope) -> Clause:
    """Return the condition of one of a field's values."""
    if name in _CHOICES:
        return false() if isinstance(value, q.Nothing) else _CHOICES[name] == _word(value, scope)
    if name in _COLUMNS:
        return _text(_COLUMNS[name], value, scope)
    special: dict[str, Callable[[q.Value, Scope], Clause]] = {
        "status": in_status,
        "process": in_process,
        "step": at_step,
        "queue": _queue,
        "owner": _owner,
        "follower": _follower,
        "worker": _worker,
        "requester": _requester,
        "from": _from,
        "org": _organization,
        "tag": _tag,
        "has": _has,
        "link": _link,
        "subject": _subject,
        "reply": lambda value, scope: _verdict(metrics_sql.first_reply(scope.now_ms), value),
        "resolution": lambda value, scope: _verdict(metrics_sql.resolution(scope.now_ms, None), value),
    }
    return special[name](value, scope)


def _verdict(verdict: metrics_sql.Verdict, value: q.Value) -> Clause:
    if isinstance(value, q.Exact):
        return verdict.met if value.text == "met" else verdict.missed
    return not_(or_(func.coalesce(verdict.met, false()), func.coalesce(verdict.missed, false())))


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
        return tickets.c.owner_id == (scope.actor.id or 0)
    if isinstance(value, q.Nothing):
        return tickets.c.owner_id.is_(None)
    return tickets.c.owner_id.in_(_agents(value, scope))


def _agents(value: q.Exact | q.Prefix, scope: Scope) -> list[int]:
    """Return the ids of the agents of a login or a name, or of one that begins so."""
    word = value.text.casefold()
    return [
        agent.id
        for agent in scope.directory.agents.values()
        if any(_named(name.casefold(), word, value) for name in (agent.login, agent.name))
    ]


def _follower(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return tickets.c.followers == "[]"
    if isinstance(value, q.Me):
        return tickets.c.number.in_(mentions.followed([scope.actor.id or 0]))
    return tickets.c.number.in_(mentions.followed(_agents(value, scope)))


def _worker(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return not_(tickets.c.number.in_(worktime.with_time(scope, 1, None)))
    who = [scope.actor.id or 0] if isinstance(value, q.Me) else _agents(value, scope)
    return tickets.c.number.in_(worktime.worked_by(scope, who))


def _requester(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return false()
    return tickets.c.requester_id.in_(_people(value, scope))


def _people(value: q.Value, scope: Scope) -> CompoundSelect[tuple[int]]:
    """Return the requesters who are meant, by every address of theirs."""
    meant = _meant(value, scope).cte()
    further = meant.c.contact_id.is_not(None)
    sibling = requesters.alias("sibling")
    # All addresses are looked through once; those of merged contacts are few, and have an index.
    return union(
        select(meant.c.id),
        select(meant.c.contact_id).where(further),
        select(sibling.c.id).join(meant, meant.c.contact_id == sibling.c.contact_id).where(further),
        select(requesters.c.id).join(meant, meant.c.id == requesters.c.contact_id),
    )


def _meant(value: q.Value, scope: Scope) -> Select[tuple[int, int]]:
    """Return the addresses that are meant themselves: by address, its part before @, or words of the name."""
    asked = q.Prefix(scope.actor.name + "@") if isinstance(value, q.Me) else value
    some = requester_words.candidates(asked) if isinstance(asked, q.Exact | q.Prefix) else None
    people: FromClause = requesters
    if some is not None:
        # Comparing every name of a large desk takes long: an index says who may be meant. The offset
        # keeps PostgreSQL from comparing them all the same before it asks the index.
        people = select(requesters).where(requesters.c.id.in_(some)).offset(0).subquery()
    address, name = people.c.address, people.c.name
    said = _text(address, asked, scope)
    if isinstance(value, q.Exact):
        known = address == value.text.casefold()
        said = or_(known, begins(address, value.text + "@", scope), _called(name, value, scope))
    elif not isinstance(value, q.Me):
        said = or_(said, _text(name, value, scope))
    return select(people.c.id, people.c.contact_id).where(said)


def _called(column: ColumnElement[Any], value: q.Value, scope: Scope) -> Clause:
    """Return the condition that a name is this one, or has these whole words; a prefix is its beginning."""
    named = _text(column, value, scope)
    return or_(named, worded(column, value.text, scope)) if isinstance(value, q.Exact) else named


def _from(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return tickets.c.messages == 0
    # One list from the index of agents: ticket by ticket, an agent's whole work would be read each time.
    said = select(messages.c.ticket).where(messages.c.retracted.is_(False))
    if isinstance(value, q.Me):
        return tickets.c.number.in_(said.where(messages.c.agent_id == (scope.actor.id or 0)))
    # A customer's messages are on tickets of their own.
    colleagues = select(agents.c.id).where(
        or_(_text(agents.c.login, value, scope), _called(agents.c.name, value, scope))
    )
    wrote = said.where(messages.c.agent_id.in_(colleagues))
    return or_(tickets.c.requester_id.in_(_people(value, scope)), tickets.c.number.in_(wrote))


def _organization(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return tickets.c.requester_id.in_(
            select(requesters.c.id).where(requesters.c.organization_id.is_(None))
        )
    named = select(requesters.c.id).join(organizations, organizations.c.id == requesters.c.organization_id)
    return tickets.c.requester_id.in_(named.where(_called(organizations.c.name, value, scope)))


def _tag(value: q.Value, scope: Scope) -> Clause:
    held = exists().where(ticket_tags.c.ticket == tickets.c.number)
    if isinstance(value, q.Nothing):
        return not_(held)
    if isinstance(value, q.Prefix):
        return held.where(begins(ticket_tags.c.tag, value.text, scope))
    # Tags are stored folded, so their index serves.
    return held.where(ticket_tags.c.tag == _word(value, scope).removeprefix("#").casefold())


def _has(value: q.Value, scope: Scope) -> Clause:
    word = _word(value, scope)
    if word == "link":
        return _linked(scope)
    if word == "side":
        return tickets.c.number.in_(sides.with_one(visible(scope)))
    if word == "draft":
        mine = drafts.c.agent_id == (scope.actor.id or 0)
        return exists().where(drafts.c.ticket == tickets.c.number, mine)
    hung = message_parts.join(messages, messages.c.id == message_parts.c.message)
    of_ticket = and_(messages.c.ticket == tickets.c.number, messages.c.retracted.is_(False))
    return exists().select_from(hung).where(of_ticket)


def _linked(scope: Scope, *more: Clause) -> Clause:
    """Return the condition of a link, to a ticket which the actor may know of."""
    other = tickets.alias("other")
    seen = select(other.c.number).where(other.c.number == ticket_links.c.other, visible(scope, other))
    return exists().where(ticket_links.c.ticket == tickets.c.number, *more, seen.exists())


def _link(value: q.Value, scope: Scope) -> Clause:
    if isinstance(value, q.Nothing):
        return not_(_linked(scope))
    number = _word(value, scope).removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 15 and isinstance(value, q.Exact):
        return _linked(scope, ticket_links.c.other == int(number))
    return _linked(scope, _text(ticket_links.c.kind, value, scope))


def _subject(value: q.Value, scope: Scope) -> Clause:
    tokens = tuple(fold_tokens(_word(value, scope))) if not isinstance(value, q.Nothing) else ()
    if not tokens:
        return false()
    prefix = isinstance(value, q.Prefix)
    term = q.Word(tokens[0], prefix) if len(tokens) == 1 else q.Phrase(tokens, prefix)
    return full_text.in_subject([term], scope)
