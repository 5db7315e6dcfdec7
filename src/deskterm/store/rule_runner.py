"""Running rules: inside the transaction of what set them off, after it, and as part of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from deskterm.domain import rules
from deskterm.domain.acting import RULES, act, begun_first
from deskterm.domain.causes import FIRED
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.matching import matches
from deskterm.domain.people import DESK
from deskterm.domain.proposal import stamp
from deskterm.domain.rule import Action, On, Rule
from deskterm.domain.rules import Update
from deskterm.domain.stepping import by_type
from deskterm.domain.terms import measured
from deskterm.domain.ticket import Ticket
from deskterm.storage import due, firings, outbox, turns
from deskterm.storage.facts import facts
from deskterm.store import ringing
from deskterm.store.asking import desk_zone, urgent_by_macro
from deskterm.store.candidates import GIVE, TRY_AGAIN, chooser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deskterm.domain.acting import Effects
    from deskterm.domain.commands import UseMacro
    from deskterm.domain.facts import Facts
    from deskterm.storage.due import Due
    from deskterm.store.dispatch import Walk

LOOK_AGAIN = timedelta(hours=1)
"""When a rule on time whose query speaks of time is asked again about a ticket it did not hold for."""


def after(walk: Walk, *, intake: bool = False) -> None:
    """Ask the rules about each ticket that a command touched: routing for what came in, then triggers."""
    touched = tuple(walk.touched.items()) if walk.policy.rules else ()
    if not touched and not walk.ruled:
        return
    runner = Runner(walk)
    for number, one in touched:
        ticket = _as_it_stands(walk, number)
        if ticket is not None:
            runner.update(Update(one.before, tuple(one.events)), ticket, intake)
    for number in tuple(walk.ruled):
        ticket = _as_it_stands(walk, number)
        if ticket is not None:
            runner.walk.settle(ticket)
    walk.seq = max(walk.seq, runner.walk.seq)


def _as_it_stands(walk: Walk, number: int) -> Ticket | None:
    """Return a ticket of a walk after what rules, and an SLA policy at one of its levels, did to it."""
    both = (walk.touched.get(number), walk.ruled.get(number))
    found = [one.ticket for one in both if one is not None and one.ticket is not None]
    return max(found, key=lambda ticket: ticket.version, default=None)


def at_time(walk: Walk, item: Due, ticket: Ticket) -> None:
    """Ask a rule on time whose time has come for a ticket, unless it fired, moved on, or is gone."""
    name = item.what.partition(":")[2]
    rule = next((one for one in rules.time_rules(walk.policy.rules) if one.name == name), None)
    falls = rules.falls_due(rule, ticket, walk.policy) if rule is not None else None
    if rule is None or falls is None:
        return
    if falls > walk.now:
        due.again(walk.connection, item, falls)
        return
    runner = Runner(walk)
    if runner.holds(rule, ticket):
        moment = rules.began(ticket, rule.since)
        assert moment is not None
        cause = f"time:{rule.since}:{rule.after}" + (":business" if rule.business else "")
        runner.fire(rule.name, rule.actions, ticket, cause, (rules.marked(rule, ticket, moment),))
    elif rules.asks_for_time(rule.query.root):
        due.again(walk.connection, item, walk.now + LOOK_AGAIN)
    walk.seq = max(walk.seq, runner.walk.seq)


def at_level(walk: Walk, target: str, level: str, ticket: Ticket) -> None:
    """Do what an SLA policy says of a level that a clock has come to, as part of recording it."""
    terms = measured(ticket, walk.policy)[-1].terms
    if terms.sla is None:
        return
    found = next(one for one in terms.sla.levels(target) if one.level == level)
    if not found.actions:
        return
    runner = Runner(walk)
    runner.fire(f"{terms.name}: {level}", found.actions, ticket, f"clock:{target}:{level}")
    walk.seq = max(walk.seq, runner.walk.seq)


def use_macro(walk: Walk, command: UseMacro, number: int) -> int | None:
    """Do what a macro does, as who uses it: all of it or nothing. Raises Refused."""
    ticket = walk.load(number)
    if ticket.voided:
        raise Refused(f"#{number} was taken back", hint="redo brings it back")
    actions = command.actions_for(number)
    situation = walk.situation(gives=chooser(walk), **urgent_by_macro(walk, command, ticket))
    effects = act(
        actions,
        ticket,
        situation,
        command.macro,
        zone=desk_zone(walk.policy),
        actor=walk.actor,
        beyond=command.beyond,
    )
    if effects.refused:
        raise Refused(f"macro {command.macro} on #{number}: {effects.refused[0]}")
    if effects.nothing:
        return None
    changes = [*effects.changes, *_beside(walk, ticket, effects, command.macro)]
    changes += stamp("; ".join((f"macro {command.macro}", *effects.reasons)))
    after = walk.apply(ticket, number, "acted", tuple(changes))
    if effects.turn is not None:
        turns.take(walk.connection, *effects.turn, walk.seq)
    walk.settle(after)
    return number


def _beside(walk: Walk, ticket: Ticket, effects: Effects, by: str) -> list[Change]:
    """Write, ring and queue what actions ask for besides changes, and return the changes that show it."""
    changes: list[Change] = []
    for message in effects.messages:
        changes += walk.message(ticket.number, ticket.requester, message)
    changes += ringing.set_all(walk, ticket.number, effects.rings)
    for post in effects.posts:
        letter = outbox.add(
            walk.connection, post.kind, post.target, ticket=ticket.number, rule=by, at=walk.now
        )
        changes.append(Change(f"outbox:{letter}", None, outbox.QUEUED))
    return changes


class Runner:
    """The desk itself at work in somebody's walk: same transaction, same command, all queues."""

    def __init__(self, walk: Walk) -> None:
        self.walk = type(walk)(walk.connection, RULES, walk.now, walk.policies, walk.directory)
        self.walk.command = walk.command
        self.walk.touched = walk.ruled
        self.zone = desk_zone(walk.policy)
        self._facts: Facts | None = None

    def update(self, update: Update, ticket: Ticket, intake: bool) -> Ticket:
        """Ask all rules about one update; each fires at most once."""
        cause, found = update.cause, self.walk.policy.rules

        def fire(rule: Rule, held: Ticket) -> Ticket:
            actions = begun_first(rule.actions, by_type(update.before, held, self.walk.policy))
            return self.fire(rule.name, actions, held, cause, intake=rule.on is On.INTAKE)

        if intake:
            ticket = rules.run(found, On.INTAKE, update, ticket, self.holds, fire)
        return rules.run(found, On.UPDATE, update, ticket, self.holds, fire)

    def holds(self, rule: Rule, ticket: Ticket) -> bool:
        """Say whether a rule's query holds for a ticket as it is now."""
        walk = self.walk
        if self._facts is None or self._facts.ticket != ticket:
            # What one rule had to look up, the next ones know, until the ticket changes.
            self._facts = facts(walk.connection, ticket, walk.directory, DESK, walk.policy)
        return matches(rule.query, self._facts, DESK, walk.now, self.zone)

    def fire(
        self,
        name: str,
        actions: Sequence[Action],
        ticket: Ticket,
        cause: str,
        more: tuple[Change, ...] = (),
        *,
        intake: bool = False,
    ) -> Ticket:
        """Do what a rule says, as one event that names the rule and its cause; the loop guard may stop it."""
        walk, number = self.walk, ticket.number
        why = firings.too_often(walk.connection, name, number, walk.now)
        if why:
            return self._stopped(name, ticket, why)
        situation = walk.situation(gives=chooser(walk))
        effects = act(actions, ticket, situation, name, zone=self.zone, intake=intake)
        if effects.nothing and not more:
            return ticket
        changes = [Change(f"{FIRED}:{name}", None, cause), *effects.changes, *more]
        changes += _beside(walk, ticket, effects, name)
        reasons = [*effects.reasons]
        if effects.refused:
            reasons.append("not done: " + "; ".join(effects.refused))
        if reasons:
            changes.append(Change("reason", None, "; ".join(reasons)))
        after = walk.apply(ticket, number, "ruled", tuple(changes))
        firings.add(walk.connection, walk.seq, name, number, walk.now)
        if effects.turn is not None:
            turns.take(walk.connection, *effects.turn, walk.seq)
        if effects.later:
            due.put(walk.connection, f"{GIVE}:{effects.later}:{name}", number, 0, walk.now + TRY_AGAIN)
        # What rang rings again only if it is not true any more after all rules: one may undo another.
        return walk.settle(after, alerts=False)

    def _stopped(self, name: str, ticket: Ticket, why: str) -> Ticket:
        """Record that the loop guard kept a rule from firing: once an hour is enough to be seen."""
        walk, number = self.walk, ticket.number
        if firings.told(walk.connection, name, number, walk.now):
            return ticket
        change = Change(f"{FIRED}:{name}", None, f"stopped:{why}")
        after = walk.apply(ticket, number, "rule_stopped", (change,))
        firings.add(walk.connection, walk.seq, name, number, walk.now, stopped=True)
        return after
