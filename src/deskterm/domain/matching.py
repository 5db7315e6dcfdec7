"""Matching: what a query says of one ticket in memory, with the same meaning that lists give it in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from deskterm.domain import query as q
from deskterm.domain import verdicts
from deskterm.domain.facts import Facts
from deskterm.domain.kinds import MERGED_INTO, State, status
from deskterm.domain.left import due_after
from deskterm.domain.people import Actor
from deskterm.domain.plain import fold, fold_tokens
from deskterm.domain.sla import Standing
from deskterm.domain.ticket import Ticket


class _Asked(NamedTuple):
    """One question: the ticket, who asks, when, and in whose days."""

    facts: Facts
    actor: Actor
    now: datetime
    zone: tzinfo


def matches(query: q.Query, facts: Facts, actor: Actor, now: datetime, zone: tzinfo) -> bool:
    """Say whether a list of `query` would hold this ticket for `actor` at `now`; days are those of `zone`."""
    ticket, asked = facts.ticket, _Asked(facts, actor, now, zone)
    if ticket.voided or (facts.queue.confidential and not _member(asked)):
        return False
    if not query.lifts_active and not ticket.active:
        return False
    if actor.agent is not None and not mentions(query.root, ("any", "snoozed")) and _snoozed(asked):
        return False
    return _holds(query.root, asked)


def mentions(term: q.Term, values: Sequence[str]) -> bool:
    """Say whether an `is:` (or a field) of one of these names occurs anywhere in a term."""
    if isinstance(term, q.Is):
        return term.value in values
    if isinstance(term, q.Field):
        return term.name in values
    if isinstance(term, q.Not):
        return mentions(term.term, values)
    if isinstance(term, q.And | q.Or):
        return any(mentions(part, values) for part in term.terms)
    return False


def _holds(term: q.Term, asked: _Asked) -> bool:
    match term:
        case q.And(terms):
            # Words last: they may have to be fetched, and most tickets fail at a field before.
            order = sorted(terms, key=lambda part: isinstance(part, q.Word | q.Phrase))
            return all(_holds(part, asked) for part in order)
        case q.Or(terms):
            return any(_holds(part, asked) for part in terms)
        case q.Not(inner):
            return not _holds(inner, asked)
        case q.Word(text, prefix):
            return _occurs((text,), prefix, asked.facts.talk().words)
        case q.Phrase(words, prefix):
            return _occurs(words, prefix, asked.facts.talk().words)
        case q.Is(value):
            return _is(value, asked)
    return _field(term, asked)


def _occurs(tokens: Sequence[str], prefix: bool, folded: str) -> bool:
    """Say whether these tokens stand in a row in a folded text; with `prefix` the last may go on."""
    return f" {' '.join(tokens)}{'' if prefix else ' '}" in f" {folded} "


# is:


def _is(value: str, asked: _Asked) -> bool:
    ticket = asked.facts.ticket
    if value in tuple(State):
        return ticket.state == value
    simple: dict[str, Callable[[], bool]] = {
        "any": lambda: True,
        "active": lambda: ticket.active,
        "unassigned": lambda: ticket.owner is None,
        "mine": lambda: ticket.owner is not None and ticket.owner == asked.actor.id,
        "snoozed": lambda: _snoozed(asked),
        "breached": lambda: _stands("breached", asked),
        "atrisk": lambda: _stands("atrisk", asked),
        "unread": lambda: asked.facts.seen().unread,
        "mentioned": lambda: asked.facts.seen().mentioned,
        "sideopen": lambda: "open" in asked.facts.sides(),
        "confidential": lambda: asked.facts.queue.confidential,
        "merged": lambda: _merged(ticket),
        "vip": lambda: asked.facts.requester.vip,
        "firstcontact": lambda: verdicts.first_contact(ticket),
    }
    return simple[value]()


def _merged(ticket: Ticket) -> bool:
    linked = any(link.kind in ("duplicate", MERGED_INTO) for link in ticket.links)
    return ticket.state is State.CLOSED and ticket.close_reason == "duplicate" and linked


def _member(asked: _Asked) -> bool:
    agent = asked.actor.agent
    return agent is None or asked.facts.queue.id in agent.queues


def _snoozed(asked: _Asked) -> bool:
    until = asked.facts.seen().snoozed_until if asked.actor.id is not None else None
    return until is not None and until > asked.now


def _stands(word: str, asked: _Asked) -> bool:
    standing = asked.facts.standing()
    if standing.due_at is not None and standing.risk_at is None and word in ("ok", "atrisk"):
        return False
    return status(standing.rest, standing.due_at, standing.risk_at, asked.now) == word


# Fields


def _field(term: q.Field, asked: _Asked) -> bool:
    if term.name.startswith(q.FORM_PREFIX):
        return _form(term, term.name.removeprefix(q.FORM_PREFIX), asked)
    if term.name == "sla":
        return _sla(term, asked)
    kind = q.FIELDS[term.name].kind
    if kind == "time":
        return _time(term, asked)
    if kind in ("number", "duration"):
        return _number(term, asked.facts)
    return any(_TESTS[term.name](value, asked) for value in term.values)


def _time(term: q.Field, asked: _Asked) -> bool:
    empty = any(isinstance(value, q.Nothing) for value in term.values)
    ticket = asked.facts.ticket
    if term.name == "snoozed":
        if empty or not _snoozed(asked):
            return empty and not _snoozed(asked)
        return _within(asked.facts.seen().snoozed_until, term, asked)
    if term.name == "due":
        at = asked.facts.standing().due_at
    else:
        at = {
            "created": ticket.created_at,
            "updated": ticket.updated_at,
            "replied": ticket.first_replied_at,
            "solved": ticket.solved_at,
            "closed": ticket.closed_at,
        }[term.name]
    return at is None if empty else _within(at, term, asked)


def _within(at: datetime | None, term: q.Field, asked: _Asked) -> bool:
    start, end = q.time_bounds(term, asked.now, asked.zone)
    return at is not None and (start is None or at >= start) and (end is None or at < end)


def _sla(term: q.Field, asked: _Asked) -> bool:
    if term.op == "=":
        return any(
            _stands("none" if isinstance(value, q.Nothing) else _text(value, asked), asked)
            for value in term.values
        )
    standing = asked.facts.standing()
    seconds = q.duration_seconds(_text(term.values[0], asked)) or 0
    due_at = standing.due_at
    return due_at is not None and _ordered(term.op, due_at, due_after(standing.calendar, asked.now, seconds))


def _number(term: q.Field, facts: Facts) -> bool:
    if term.name == "rating":
        # Ratings come with verification: until then every ticket has none.
        return any(isinstance(value, q.Nothing) for value in term.values)
    numbers = q.amounts(term)
    held: int = sum(facts.worked().values()) if term.name == "worked" else getattr(facts.ticket, term.name)
    if term.op == "..":
        return numbers[0] <= held <= numbers[1]
    if term.op == "=":
        return held in numbers
    return _ordered(term.op, held, numbers[0])


def _ordered(op: str, found: object, bound: object) -> bool:
    """Compare two values of a kind by one of the four orders."""
    left, right = (found, bound) if op in ("<", "<=") else (bound, found)
    return bool(left < right) or (op in ("<=", ">=") and left == right)  # type: ignore[operator]


def _form(term: q.Field, name: str, asked: _Asked) -> bool:
    held = [text for key, text in asked.facts.ticket.fields if _same(key, name)]
    if term.op == "..":
        first, last = (_text(value, asked) for value in term.values)
        return any(first <= text <= last for text in held)
    if term.op != "=":
        return any(_ordered(term.op, text, _text(term.values[0], asked)) for text in held)
    return any(
        not held if isinstance(value, q.Nothing) else any(_texted(text, value, asked) for text in held)
        for value in term.values
    )


# Texts: whatever the case, as the tables compare them


def _text(value: q.Value, asked: _Asked) -> str:
    """Return a value as the text it is compared with; `me` is the actor's login."""
    return value.text if isinstance(value, q.Exact | q.Prefix) else asked.actor.name


_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _lower(text: str, like: str) -> str:
    """Fold the case of a text to be compared with `like`: SQL folds ASCII alone when that is all it needs."""
    return text.translate(_ASCII_LOWER) if like.isascii() else text.lower()


def _same(text: str, value: str) -> bool:
    return _lower(text, value) == value.lower()


def _begins(text: str, start: str) -> bool:
    return _lower(text, start).startswith(start.lower())


def _texted(text: str, value: q.Value, asked: _Asked) -> bool:
    if isinstance(value, q.Nothing):
        return text == ""
    compare = _begins if isinstance(value, q.Prefix) else _same
    return compare(text, _text(value, asked))


def _called(name: str, value: q.Value, asked: _Asked) -> bool:
    """Say whether a name is this one, or has these whole words; a prefix is its beginning."""
    if _texted(name, value, asked):
        return True
    if not isinstance(value, q.Exact):
        return False
    return f" {value.text.lower()} " in f" {_lower(name, value.text).replace(',', ' ')} "


def _named(names: Sequence[str], value: q.Value) -> bool:
    """Say whether a key, login or full name is this one or begins so."""
    if not isinstance(value, q.Exact | q.Prefix):
        return False
    word = value.text.casefold()
    folded = [name.casefold() for name in names]
    return any(name.startswith(word) if isinstance(value, q.Prefix) else name == word for name in folded)


# What each field means


def _plain(name: str) -> Callable[[q.Value, _Asked], bool]:
    return lambda value, asked: _texted(getattr(asked.facts.ticket, name), value, asked)


def _choice(name: str) -> Callable[[q.Value, _Asked], bool]:
    def test(value: q.Value, asked: _Asked) -> bool:
        return isinstance(value, q.Exact) and getattr(asked.facts.ticket, name) == value.text

    return test


def _status(value: q.Value, asked: _Asked) -> bool:
    states = asked.facts.states()
    here = states.of_ticket(asked.facts.ticket)
    if isinstance(value, q.Nothing):
        return here is states.default(here.category)
    return here in states.meant(_text(value, asked), prefix=isinstance(value, q.Prefix))


def _queue(value: q.Value, asked: _Asked) -> bool:
    queue = asked.facts.queue
    return _member(asked) if isinstance(value, q.Me) else _named((queue.key, queue.name), value)


def _owner(value: q.Value, asked: _Asked) -> bool:
    owner = asked.facts.ticket.owner
    return _among(() if owner is None else (owner,), value, asked)


def _among(held: Collection[int], value: q.Value, asked: _Asked) -> bool:
    """Say whether one of these agents is meant, or that there are none."""
    if isinstance(value, q.Nothing | q.Me):
        return not held if isinstance(value, q.Nothing) else asked.actor.id in held
    known = map(asked.facts.colleagues.get, held)
    return any(agent is not None and _named((agent.login, agent.name), value) for agent in known)


def _requester(value: q.Value, asked: _Asked) -> bool:
    """By any address of theirs, its part before the @, or words of the name."""
    name, addresses = asked.facts.requester.name, asked.facts.addresses()
    if isinstance(value, q.Nothing):
        return False
    if isinstance(value, q.Me):
        return any(_begins(each, asked.actor.name + "@") for each in addresses)
    if isinstance(value, q.Exact):
        known = any(each == value.text.casefold() or _begins(each, value.text + "@") for each in addresses)
        return known or _called(name, value, asked)
    return any(_begins(each, value.text) for each in (name, *addresses))


def _from(value: q.Value, asked: _Asked) -> bool:
    facts = asked.facts
    if isinstance(value, q.Nothing):
        return facts.ticket.messages == 0
    if isinstance(value, q.Me):
        return asked.actor.id in facts.talk().writers
    if _requester(value, asked):
        return True
    wrote = (facts.colleagues.get(number) for number in facts.talk().writers)
    return any(
        _texted(agent.login, value, asked) or _called(agent.name, value, asked)
        for agent in wrote
        if agent is not None
    )


def _organization(value: q.Value, asked: _Asked) -> bool:
    name = asked.facts.organization
    if isinstance(value, q.Nothing) or name is None:
        return isinstance(value, q.Nothing) and name is None
    return _called(name, value, asked)


def _tag(value: q.Value, asked: _Asked) -> bool:
    tags = asked.facts.ticket.tags
    if isinstance(value, q.Nothing):
        return not tags
    if isinstance(value, q.Prefix):
        return any(_begins(tag, value.text) for tag in tags)
    return _text(value, asked).removeprefix("#").casefold() in tags


def _has(value: q.Value, asked: _Asked) -> bool:
    word = _text(value, asked)
    if word == "link":
        return bool(asked.facts.linked())
    if word in ("attachment", "side"):
        return asked.facts.filed() if word == "attachment" else bool(asked.facts.sides())
    return word == "draft" and asked.actor.id is not None and asked.facts.seen().drafted


def _judged(verdict: Callable[[Ticket, Standing, datetime], str]) -> Callable[[q.Value, _Asked], bool]:
    def test(value: q.Value, asked: _Asked) -> bool:
        found = verdict(asked.facts.ticket, asked.facts.standing(), asked.now)
        return found == (value.text if isinstance(value, q.Exact) else "")

    return test


def _link(value: q.Value, asked: _Asked) -> bool:
    links = asked.facts.linked() if asked.facts.ticket.links else frozenset()
    if isinstance(value, q.Nothing):
        return not links
    number = _text(value, asked).removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 15 and isinstance(value, q.Exact):
        return any(link.number == int(number) for link in links)
    return any(_texted(link.kind, value, asked) for link in links)


def _subject(value: q.Value, asked: _Asked) -> bool:
    tokens = [] if isinstance(value, q.Nothing) else fold_tokens(_text(value, asked))
    if not tokens:
        return False
    return _occurs(tokens, isinstance(value, q.Prefix), fold(asked.facts.ticket.subject))


_TESTS: dict[str, Callable[[q.Value, _Asked], bool]] = {
    **{name: _choice(name) for name in ("state", "impact", "urgency", "priority")},
    **{name: _plain(name) for name in ("type", "category", "component", "channel", "process")},
    "status": _status,
    "queue": _queue,
    "owner": _owner,
    "follower": lambda value, asked: _among(asked.facts.ticket.followers, value, asked),
    "worker": lambda value, asked: _among(asked.facts.worked(), value, asked),
    "requester": _requester,
    "from": _from,
    "org": _organization,
    "tag": _tag,
    "has": _has,
    "link": _link,
    "subject": _subject,
    "step": lambda value, asked: _texted(asked.facts.step(), value, asked),
    "reply": _judged(verdicts.first_reply),
    "resolution": _judged(verdicts.resolution),
}
