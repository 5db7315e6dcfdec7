"""Giving tickets out: what queues do by themselves when a ticket comes to them, and what nobody touched."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.assignment import Waits
from deskterm.domain.calendar import BeyondReach
from deskterm.domain.decide import decide
from deskterm.domain.durations import write_duration
from deskterm.domain.kinds import State
from deskterm.domain.people import Actor
from deskterm.domain.policy import Assignment
from deskterm.storage import due, journal, policies, tickets, turns
from deskterm.store import rule_runner
from deskterm.store.candidates import GIVE, TRY_AGAIN, chosen

if TYPE_CHECKING:
    from datetime import datetime

    from deskterm.domain.people import Queue
    from deskterm.domain.ticket import Ticket
    from deskterm.storage.due import Due
    from deskterm.store.dispatch import Walk

GIVER = Actor(None, "assignment")
"""Whom the trail names when a queue gives a ticket out."""

RETURN = "return"
"""Due work: take back what its owner (ref) left untouched."""

UNTOUCHED = (State.NEW, State.OPEN)


def after(walk: Walk) -> None:
    """Give out each ticket that came into a queue in this walk, and watch what others were given in it."""
    if not walk.policy.gives_out:
        return
    for number, one in tuple(walk.touched.items()):
        before = one.before
        ticket = tickets.load(walk.connection, number)
        if ticket is None or not ticket.active:
            continue
        if ticket.owner is None:
            if before is None or before.queue != ticket.queue:
                give(walk, ticket)
        elif (before is None or before.owner != ticket.owner) and ticket.owner != walk.actor.id:
            watch(walk, ticket)


def again(walk: Walk, ticket: Ticket, item: Due) -> None:
    """Try once more to give out a ticket that found nobody, as its queue does or by a rule's mode."""
    if not ticket.active or ticket.owner is not None or ticket.state not in UNTOUCHED:
        return
    if _was_let_go(walk, ticket):
        return
    mode = item.what.partition(":")[2].partition(":")[0]
    queue = walk.directory.queues.get(ticket.queue)
    if not mode:
        give(walk, ticket)
    elif queue is not None:
        _give(walk, ticket, queue, item.what, Assignment(mode))


def _was_let_go(walk: Walk, ticket: Ticket) -> bool:
    """Say whether somebody let a ticket go by hand since it came into its queue: there it stays."""
    for event in reversed(journal.of_ticket(walk.connection, ticket.number)):
        if event.change("queue") is not None:
            return False
        if (owner := event.change("owner")) is not None:
            return owner.after is None and event.actor is not None and event.undoes is None
    return False


def waits(walk: Walk, number: int) -> Waits | None:
    """Say why nobody has been given a ticket that its queue, or a rule's mode, is to give out; None for one
    that has an owner or is given out by nothing. Raises NotFound."""
    ticket = walk.load(number)
    queue = walk.directory.queues.get(ticket.queue)
    item = due.first(walk.connection, GIVE, number) if ticket.active and ticket.owner is None else None
    if item is None or queue is None or ticket.state not in UNTOUCHED or _was_let_go(walk, ticket):
        return None
    if not walk.policy.queue_calendar(queue.key).is_open(walk.now):
        return Waits(f"{queue.name} is closed now, by its calendar", item.at)
    mode = item.what.partition(":")[2].partition(":")[0]
    choice = chosen(walk, ticket, queue, Assignment(mode) if mode else None)
    if choice.agent is not None:
        return Waits(f"{queue.name} can give it to somebody by now", item.at)
    return Waits(choice.reason, item.at) if choice.reason else None


def give(walk: Walk, ticket: Ticket, without: frozenset[int] = frozenset()) -> None:
    """Give a ticket to whom its queue's mode chooses; outside its hours, or with nobody free, try later."""
    queue = walk.directory.queues.get(ticket.queue)
    if queue is None or walk.policy.queue(queue.key).assignment is Assignment.NONE:
        return
    _give(walk, ticket, queue, GIVE, without=without)


def _give(
    walk: Walk,
    ticket: Ticket,
    queue: Queue,
    what: str,
    mode: Assignment | None = None,
    without: frozenset[int] = frozenset(),
) -> None:
    calendar = walk.policy.queue_calendar(queue.key)
    if not calendar.is_open(walk.now):
        due.put(walk.connection, what, ticket.number, 0, calendar.next_open(walk.now))
        return
    choice = chosen(walk, ticket, queue, mode, without)
    if choice.agent is None:
        due.put(walk.connection, what, ticket.number, 0, walk.now + TRY_AGAIN)
        return
    rule = what.partition(":")[2].partition(":")[2]
    reason = f"for the rule {rule}: {choice.reason}" if rule else choice.reason
    given = _assign(walk, ticket, choice.agent, reason)
    turns.take(walk.connection, queue.id, choice.agent, walk.seq)
    watch(walk, given)


def watch(walk: Walk, ticket: Ticket) -> None:
    """Let a ticket return to its queue when its owner does not touch it in time."""
    queue = walk.directory.queues.get(ticket.queue)
    seconds = walk.policy.returns_after(queue.key) if queue is not None else None
    if queue is None or seconds is None or ticket.owner is None or ticket.state not in UNTOUCHED:
        return
    at = walk.policy.queue_calendar(queue.key).add(walk.now, seconds)
    due.put(walk.connection, RETURN, ticket.number, ticket.owner, at)


def returns_sooner(walk: Walk) -> list[tuple[int, datetime]]:
    """Return the queues (ids) whose untouched tickets return only now, or sooner than they did when tickets
    were last looked at, and when those that are given out already do: their owners have the whole time."""
    before = walk.policy.at(policies.watched(walk.connection))
    found = []
    for queue in walk.directory.queues.values():
        seconds, was = walk.policy.returns_after(queue.key), before.returns_after(queue.key)
        if seconds is not None and (was is None or seconds < was):
            with suppress(BeyondReach):
                found.append((queue.id, walk.policy.queue_calendar(queue.key).add(walk.now, seconds)))
    return found


def take_back(walk: Walk, item: Due, ticket: Ticket) -> None:
    """Return a ticket to its queue when its owner has not touched it since they got it."""
    queue = walk.directory.queues.get(ticket.queue)
    seconds = walk.policy.returns_after(queue.key) if queue is not None else None
    if queue is None or seconds is None or not ticket.active or ticket.owner != item.ref:
        return
    waits_since = _waits_since(walk, ticket)
    if ticket.state not in UNTOUCHED or waits_since is None:
        return
    # The policy or the queue may be another one than when it was given.
    at = walk.policy.queue_calendar(queue.key).add(waits_since, seconds)
    if at > walk.now:
        due.again(walk.connection, item, at)
        return
    owner = walk.directory.login(ticket.owner)
    reason = f"{owner} did not touch it for {write_duration(seconds)} of business time: back to {queue.name}"
    returned = _assign(walk, ticket, None, reason)
    give(walk, returned, frozenset({item.ref}))


def _waits_since(walk: Walk, ticket: Ticket) -> datetime | None:
    """Return when a ticket's owner was given it; None when they took it or did anything on it since."""
    for event in reversed(journal.of_ticket(walk.connection, ticket.number)):
        change = event.change("owner")
        if change is not None and change.after == ticket.owner:
            return None if event.actor == ticket.owner else event.at
        if event.actor == ticket.owner and event.kind != "skipped":
            return None
    return ticket.created_at


def _assign(walk: Walk, ticket: Ticket, agent: int | None, reason: str) -> Ticket:
    """Change the owner in the name of the desk; triggers hear of it as of any other change."""
    giver = type(walk)(walk.connection, GIVER, walk.now, walk.policies, walk.directory)
    giver.command = walk.command
    giver.ruled = walk.ruled
    command = c.Assign((ticket.number,), agent, reason)
    proposal = decide(command, ticket, giver.situation())
    assert proposal is not None
    given = giver.carry_out(ticket, ticket.number, ticket.requester, proposal)
    walk.seq = giver.seq
    rule_runner.after(giver)
    walk.seq = max(walk.seq, giver.seq)
    return tickets.load(walk.connection, ticket.number) or given
