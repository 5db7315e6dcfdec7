"""Handing tickets out one by one: chosen and held in one transaction, so that no two agents get one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.assignment import may_be_given, needs
from deskterm.domain.decide import authorise
from deskterm.domain.errors import DeskError, NotAllowed, NotFound, Refused
from deskterm.domain.policy import Assignment
from deskterm.domain.terms import by_one_calendar, calendars
from deskterm.domain.views import Handed
from deskterm.domain.work_next import Load, best, ends_hold, why_next
from deskterm.storage import handing, reads
from deskterm.storage.scope import Scope

if TYPE_CHECKING:
    from deskterm.domain.people import Actor, Agent
    from deskterm.domain.work_next import Candidate
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Dispatcher, Walk


def after(walk: Walk) -> None:
    """End the holds of what was dealt with in a walk."""
    if not walk.touched:
        return
    for hold in handing.all_holds(walk.connection):
        one = walk.touched.get(hold.ticket)
        if one is None or hold.done:
            continue
        ended = next((event for event in one.events if ends_hold(event, hold.agent)), None)
        if ended is not None:
            handing.end_hold(walk.connection, hold.ticket, ended.kind)


class HandingDoor:
    """What a store hands its actor to work on next."""

    actor: Actor
    zone: tzinfo
    _dispatcher: Dispatcher
    _nudge: Callable[[], None]

    def work_next(self, skip: str | None = None) -> Handed:
        """Hand the actor the best ticket to open now and hold it for them.

        What they were handed before and have not dealt with is handed `again`, unless `skip` says why it is
        left. Raises NotFound when there is nothing to do, Refused when there is nothing to skip or they are
        away, NotAllowed unless they work tickets.
        """
        found = self._dispatcher.database.write(lambda connection: self._hand(connection, skip))
        if skip is not None:
            self._nudge()
        # Raised only now: what was skipped stays skipped when nothing comes after it.
        if isinstance(found, DeskError):
            raise found
        return found

    def _hand(self, connection: Connection, skip: str | None) -> Handed | NotFound:
        walk = self._dispatcher.walk(connection, self.actor)
        authorise(c.Skip((), ""), walk.actor)
        agent = walk.actor.agent
        if agent is None:
            raise NotAllowed("only an agent is handed tickets")
        if agent.is_away(walk.now):
            raise Refused(f"{agent.login} is away, so nothing is handed out", hint="deskterm back, first")
        desk = _Desk(walk, agent, self.zone, self._dispatcher.database.sqlite)
        held = desk.held()
        if skip is not None:
            if held is None:
                raise Refused("you hold no ticket that could be skipped", hint="work next hands you one")
            self._dispatcher.carry_out(connection, c.Skip((held.row.number,), skip), self.actor)
        elif held is not None:
            return held
        return desk.choose()


class _Desk:
    """The desk as work next looks at it for one agent, inside a transaction."""

    def __init__(self, walk: Walk, agent: Agent, zone: tzinfo, sqlite: bool) -> None:
        self.walk, self.agent = walk, agent
        self.connection, self.now = walk.connection, walk.now
        self.scope = Scope(
            walk.actor,
            walk.directory,
            walk.now,
            zone,
            sqlite,
            states=lambda: walk.policy.named,
            calendars=cache(lambda: calendars(walk.policy)),
        )
        self.span = timedelta(seconds=walk.policy.work_next_hold)
        self.load = Load(handing.held_by(walk.connection, agent.id), agent.capacity)
        self._known: dict[int, frozenset[str]] = {}

    def held(self) -> Handed | None:
        """Return what the agent was handed before and has not dealt with, None when there is nothing."""
        for hold in handing.all_holds(self.connection):
            if hold.agent == self.agent.id and not hold.done and hold.until > self.now:
                found = handing.candidate(self.connection, self.scope, hold.ticket)
                row = reads.one_row(self.connection, self.scope, hold.ticket)
                if found is not None and row is not None:
                    return Handed(row, why_next(found, self.load, self.now), hold.until, again=True)
        return None

    def choose(self) -> Handed | NotFound:
        """Choose the best ticket and hold it."""
        but = handing.without(self.connection, self.agent.id, self.now, self.now - self.span)
        chosen = self._best(but)
        row = reads.one_row(self.connection, self.scope, chosen.number) if chosen is not None else None
        if chosen is None or row is None:
            return self._nothing(but)
        until = self.now + self.span
        handing.hold(self.connection, chosen.number, self.agent.id, self.now, until)
        return Handed(row, why_next(chosen, self.load, self.now), until)

    def _best(self, but: set[int]) -> Candidate | None:
        found = handing.own(self.connection, self.scope, but)
        several = not by_one_calendar(self.walk.policy)
        queues = self.agent.queues
        found += handing.waiting(self.connection, self.scope, queues, but, self._suits, several=several)
        return best(found, self.walk.policy.weights, self.load, self.now)

    def _nothing(self, but: set[int]) -> NotFound:
        if not self.agent.queues:
            return NotFound("there is nothing to do: you are in no queue", hint="an admin adds you to one")
        hint = ""
        if but and self._best(set()) is not None:
            hint = "what waits is with a colleague, or you have just dealt with it"
        return NotFound("there is nothing to do: no ticket in your queues waits for you", hint=hint)

    def _suits(self, queue: int, words: handing.Words) -> bool:
        """Say whether the agent has the skills, where a queue goes by them and somebody here has them."""
        found = self.walk.directory.queues.get(queue)
        if found is None or self.walk.policy.queue(found.key).assignment is not Assignment.SKILLS:
            return True
        return needs(words, self._known_in(queue)) <= self.agent.skills

    def _known_in(self, queue: int) -> frozenset[str]:
        if queue not in self._known:
            here = (
                each
                for each in self.walk.directory.agents.values()
                if may_be_given(each, queue, each.is_away(self.now))
            )
            self._known[queue] = frozenset(skill for each in here for skill in each.skills)
        return self._known[queue]
