"""The query language as SQL: one meaning for lists, counts, search, rules and exports, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, exists, false, func, not_, or_, select, text, true

from deskterm.domain import query as q
from deskterm.domain.kinds import ACTIVE as ACTIVE_STATES
from deskterm.domain.kinds import MERGED_INTO
from deskterm.domain.matching import mentions as speaks_of
from deskterm.storage import fields, full_text, mentions, metrics_sql, sides
from deskterm.storage.organization_tables import organization_cards
from deskterm.storage.scope import ACTIVE, Clause, Scope, snoozed, stands, unhidden, visible
from deskterm.storage.tables import reads, requesters, ticket_links, tickets

IS_VIP: Clause = text("requesters.vip = 1")  # type: ignore[assignment]
"""Written out, so that the index of VIPs can serve."""

_ACTIVE_WORDS = frozenset({"active", *(state.value for state in ACTIVE_STATES)})


def where(query: q.Query, scope: Scope) -> Clause:
    """Return a list's condition: what the actor may see, active unless lifted, not snoozed unless asked."""
    if active_only(query):
        scope = replace(scope, active=True)
    said = says(query, scope)
    parts = [ACTIVE, unhidden(scope), said] if scope.active else [visible(scope), said]
    if scope.actor.agent is not None and not speaks_of(query.root, ("any", "snoozed")):
        parts.append(not_(snoozed(scope)))
    return and_(*parts)


def matching(query: q.Query, scope: Scope) -> Clause:
    """Return what a query says of any ticket the actor may see, ended and snoozed ones too."""
    return and_(visible(scope), says(query, scope))


def says(query: q.Query, scope: Scope) -> Clause:
    """Return what a query itself asks for, whoever asks."""
    return _term(query.root, scope)


def active_only(query: q.Query) -> bool:
    """Say whether a query can find active tickets alone."""
    return not query.lifts_active or _needs_active(query.root)


def has_words(query: q.Query) -> bool:
    """Say whether a query looks for words, which costs more than any other condition."""
    terms = query.root.terms if isinstance(query.root, q.And) else (query.root,)
    return any(isinstance(term, q.Word | q.Phrase) for term in terms)


def _needs_active(term: q.Term) -> bool:
    if isinstance(term, q.Is):
        return term.value in _ACTIVE_WORDS
    if isinstance(term, q.Field):
        states = [value.text if isinstance(value, q.Exact) else "" for value in term.values]
        return term.name == "state" and all(state in _ACTIVE_WORDS for state in states)
    if isinstance(term, q.And):
        return any(_needs_active(part) for part in term.terms)
    return isinstance(term, q.Or) and all(_needs_active(part) for part in term.terms)


def _term(term: q.Term, scope: Scope) -> Clause:
    if isinstance(term, q.And):
        words = [part for part in term.terms if isinstance(part, q.Word | q.Phrase)]
        rest = [_term(part, scope) for part in term.terms if not isinstance(part, q.Word | q.Phrase)]
        if words:
            rest.append(full_text.matches(words, scope))
        return and_(true(), *rest)
    if isinstance(term, q.Or):
        return or_(false(), *(_term(part, scope) for part in term.terms))
    if isinstance(term, q.Not):
        # An empty column is neither: without coalesce a negated term would lose its tickets.
        return not_(func.coalesce(_term(term.term, scope), false()))
    if isinstance(term, q.Word | q.Phrase):
        return full_text.matches([term], scope)
    if isinstance(term, q.Is):
        return _is(term.value, scope)
    return fields.condition(term, scope)


def _is(value: str, scope: Scope) -> Clause:
    if value in (state.value for state in ACTIVE_STATES) or value in ("solved", "closed"):
        return tickets.c.state == value
    simple: dict[str, Callable[[], Clause]] = {
        "any": true,
        "active": lambda: tickets.c.active == 1,
        "unassigned": lambda: tickets.c.owner_id.is_(None),
        "mine": lambda: tickets.c.owner_id == (scope.actor.id or 0),
        "snoozed": lambda: snoozed(scope),
        "breached": lambda: stands("breached", scope),
        "atrisk": lambda: stands("atrisk", scope),
        "unread": lambda: _unread(scope),
        "sideopen": lambda: tickets.c.number.in_(sides.with_one(visible(scope), "open")),
        "mentioned": lambda: tickets.c.number.in_(mentions.waiting(scope.actor.id)),
        "confidential": lambda: tickets.c.queue_id.in_(
            [queue.id for queue in scope.directory.queues.values() if queue.confidential]
        ),
        "merged": _merged,
        "vip": lambda: tickets.c.requester_id.in_(_vips()),
        "firstcontact": lambda: metrics_sql.first_contact,
    }
    return simple[value]()


def _vips() -> Any:
    """Return the addresses (ids) of who is marked as VIP, or belongs to an organization that is."""
    marked = select(organization_cards.c.organization_id).where(organization_cards.c.vip == 1)
    theirs = select(requesters.c.id).where(requesters.c.organization_id.in_(marked))
    return select(requesters.c.id).where(IS_VIP).union_all(theirs)


def _unread(scope: Scope) -> Clause:
    mark = reads.alias("mark")  # lists join the marks too
    seen = exists().where(
        mark.c.ticket == tickets.c.number,
        mark.c.agent_id == (scope.actor.id or 0),
        mark.c.messages >= tickets.c.messages,
    )
    return not_(seen)


def _merged() -> Clause:
    linked = exists().where(
        ticket_links.c.ticket == tickets.c.number, ticket_links.c.kind.in_(("duplicate", MERGED_INTO))
    )
    return and_(tickets.c.state == "closed", tickets.c.close_reason == "duplicate", linked)
