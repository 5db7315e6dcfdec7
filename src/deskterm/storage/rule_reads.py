"""The SELECTs behind rules: what each did, and what they would have matched, counted by the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, false, func, not_, select, true

from deskterm.domain.causes import FIRED
from deskterm.domain.decide import not_allowed
from deskterm.domain.kinds import State
from deskterm.domain.people import DESK, Role
from deskterm.domain.policy import Policy
from deskterm.domain.rule import On, Rule
from deskterm.domain.rule_views import DryRun, Overlap, RuleLine, Unreachable, as_it_came, settings_of
from deskterm.domain.rules import began, mark, passes
from deskterm.storage import firings, reads, search
from deskterm.storage import tickets as ticket_rows
from deskterm.storage.codec import from_ms, to_ms
from deskterm.storage.scope import Clause, Scope, visible
from deskterm.storage.tables import tickets

_MOMENTS = {
    "created": tickets.c.created_at,
    "replied": tickets.c.replied_at,
    "received": tickets.c.waiting_since,
    "solved": tickets.c.solved_at,
}
"""The columns of the moments from which rules on time count; a stay is none."""


def lines(connection: Connection, scope: Scope, policy: Policy) -> tuple[RuleLine, ...]:
    """Return every rule with what it did so far. Raises NotAllowed unless a lead asks."""
    if not scope.actor.may(Role.LEAD):
        raise not_allowed(scope.actor, "see the rules", Role.LEAD)
    hits = firings.hits(connection)
    found = []
    for rule in policy.rules:
        hit = hits.get(rule.name)
        found.append(
            RuleLine(rule, hit.fired, hit.tickets, hit.last_at, hit.stopped) if hit else RuleLine(rule)
        )
    return tuple(found)


def dry_run(
    connection: Connection, scope: Scope, policy: Policy, rule: Rule, last: int, limit: int
) -> DryRun:
    """Return what a rule would have matched of the `last` tickets (0: all), and `limit` of them as rows."""
    among, of = _among(connection, scope, last)
    condition = and_(among, matched(rule, scope))
    found: list[int] | None = None
    if rule.business or rule.since in (State.PENDING, State.HOLD):
        passed = _in_business_time if rule.business else _stayed
        found = passed(connection, scope, policy, rule, condition)
    if rule.on is On.TIME and (fired := _fired(connection, rule, condition)):
        if found is None:
            found = list(connection.execute(select(tickets.c.number).where(condition)).scalars())
        found = [number for number in found if number not in fired]
    if found is None:
        count, _ = reads.count(connection, condition, None)
    else:
        count, condition = len(found), tickets.c.number.in_(sorted(found)[-limit:] if limit else [])
    rows = reads.page(connection, scope, condition, "-number", limit=limit) if limit else []
    return DryRun(rule, count, of, tuple(rows))


def overlaps(connection: Connection, scope: Scope, rules: Sequence[Rule], last: int) -> tuple[Overlap, ...]:
    """Return where two rules of one kind set the same field to different values on the same tickets."""
    among, _ = _among(connection, scope, last)
    found = []
    for place, first in enumerate(rules):
        if not first.active or first.stop:
            continue  # a rule that stops has the last word
        for second in rules[place + 1 :]:
            if not second.active or not _together(first, second):
                continue
            one, other = settings_of(first), settings_of(second)
            fields = [name for name in one if name in other and one[name] != other[name]]
            if not fields:
                continue
            both = and_(among, matched(first, scope), matched(second, scope))
            count, _ = reads.count(connection, both, None)
            if count:
                found += [
                    Overlap(first.name, second.name, name, (one[name], other[name]), count) for name in fields
                ]
    return tuple(found)


def unreachable(
    connection: Connection, scope: Scope, rules: Sequence[Rule], last: int
) -> tuple[Unreachable, ...]:
    """Return the rules that an earlier one, which stops, keeps from ever being asked."""
    among, _ = _among(connection, scope, last)
    found = []
    for place, rule in enumerate(rules):
        if not rule.active:
            continue
        for stopper in rules[:place]:
            if not (stopper.active and stopper.stop and _covers(stopper, rule)):
                continue
            everything = rule.on is On.INTAKE and not stopper.when.strip()
            if everything or stopper.query == rule.query:
                found.append(Unreachable(rule.name, stopper.name, 0))
                break
            mine = and_(among, matched(rule, scope))
            count, _ = reads.count(connection, mine, None)
            left, _ = reads.count(
                connection, and_(mine, not_(func.coalesce(matched(stopper, scope), false()))), 1
            )
            if count and not left:
                found.append(Unreachable(rule.name, stopper.name, count))
                break
    return tuple(found)


def _together(first: Rule, second: Rule) -> bool:
    """Say whether two rules can be asked in one round."""
    if first.on is not second.on or first.on is On.TIME:
        return False
    return first.on is On.INTAKE or bool(set(first.events) & set(second.events))


def _covers(stopper: Rule, rule: Rule) -> bool:
    """Say whether a rule is asked whenever another one is."""
    if stopper.on is not rule.on or rule.on is On.TIME:
        return False
    return rule.on is On.INTAKE or set(rule.events) <= set(stopper.events)


def _among(connection: Connection, scope: Scope, last: int) -> tuple[Clause, int]:
    """Return the condition of the newest tickets this actor may know of, and how many they are."""
    if last <= 0:
        return visible(scope), reads.count(connection, visible(scope), None)[0]
    newest = (
        select(tickets.c.number)
        .where(visible(scope))
        .order_by(tickets.c.number.desc())
        .limit(last)
        .subquery()
    )
    row = connection.execute(select(func.count(), func.min(newest.c.number))).one()
    floor = tickets.c.number >= row[1] if row[1] is not None else true()
    return and_(floor, visible(scope)), int(row[0])


def matched(rule: Rule, scope: Scope) -> Clause:
    """Return what a rule matches, as far as today's values tell.

    On intake a ticket was new and nobody's, whatever it is now. A rule on an update may have met a ticket
    while it was active. A rule on time matches what it would fire on now.
    """
    asked = replace(scope, actor=DESK)
    if rule.on is On.INTAKE:
        return search.says(as_it_came(rule.query), asked)
    if rule.on is On.UPDATE:
        return search.says(rule.query, asked)
    said = search.says(rule.query, asked)
    if not rule.query.lifts_active:
        said = and_(tickets.c.active == 1, said)
    return and_(said, tickets.c.state != State.CLOSED.value, _came_due(rule, scope))


def _in_business_time(
    connection: Connection, scope: Scope, policy: Policy, rule: Rule, condition: Clause
) -> list[int]:
    """Return those of a condition's tickets on which a rule's business time has passed, one by one."""
    found = []
    for number in connection.execute(select(tickets.c.number).where(condition)).scalars().all():
        ticket = ticket_rows.load(connection, number)
        moment = began(ticket, rule.since) if ticket is not None else None
        at = passes(rule, ticket, policy, moment) if ticket is not None and moment is not None else None
        if at is not None and at <= scope.now:
            found.append(number)
    return found


def _stayed(connection: Connection, scope: Scope, policy: Policy, rule: Rule, condition: Clause) -> list[int]:
    """Return those of a condition's tickets that stay in their state for long enough; a stay is no column."""
    columns = (tickets.c.number, tickets.c.spells, tickets.c.paused_at)
    latest = to_ms(scope.now) - rule.after * 1000
    found = []
    for row in connection.execute(select(*columns).where(condition)):
        since = _since(json.loads(row.spells)) or row.paused_at
        if since is not None and since <= latest:
            found.append(row.number)
    return found


def _fired(connection: Connection, rule: Rule, condition: Clause) -> set[int]:
    """Return those of a condition's tickets on which a rule on time has fired for the moment of now."""
    moment = _MOMENTS.get(rule.since)
    at = (tickets.c.paused_at if moment is None else moment).label("moment")
    kept = json.dumps(f"{FIRED}:{rule.name}@", ensure_ascii=False)[1:-1]
    marked = and_(condition, tickets.c.alerts.contains(kept, autoescape=True))
    found = set()
    for row in connection.execute(
        select(tickets.c.number, tickets.c.alerts, tickets.c.spells, at).where(marked)
    ):
        began_at = _since(json.loads(row.spells)) or row.moment if moment is None else row.moment
        if began_at is not None and mark(rule, from_ms(began_at)) in json.loads(row.alerts):
            found.add(row.number)
    return found


def _since(spells: list[list[Any]]) -> int | None:
    """Return when a ticket came into the category it stays in, as `Ticket.stays_since` has it."""
    lasts = next((spell for spell in spells if spell[2] is None), None)
    if lasts is None:
        return None
    for spell in reversed(spells):
        if spell[2] == lasts[0] and spell[1] == lasts[1] and spell[3:] != lasts[3:]:
            lasts = spell
    return int(lasts[0])


def _came_due(rule: Rule, scope: Scope) -> Clause:
    column = _MOMENTS.get(rule.since)
    in_state = tickets.c.state == rule.since if rule.since in tuple(State) else true()
    if column is None:
        return in_state
    bound = to_ms(scope.now - timedelta(seconds=rule.after))
    return and_(in_state, column.is_not(None), column <= bound)
