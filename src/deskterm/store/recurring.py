"""Recurring tickets in their transaction: set, ended, and opened once an occurrence, however many run."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.kinds import Level, Priority
from deskterm.domain.proposal import Ring, stamp
from deskterm.domain.recurrence import parse_recurrence, stored
from deskterm.domain.triage import opening
from deskterm.storage import people, recurring, tickets
from deskterm.store import ringing

if TYPE_CHECKING:
    from collections.abc import Callable

    from deskterm.storage.due import Due
    from deskterm.storage.recurring import Kind
    from deskterm.store.dispatch import Walk

log = logging.getLogger(__name__)


def add(walk: Walk, command: c.AddRecurring) -> Change:
    """Store a kind of ticket and return the change that sets it. Raises Refused for what none can be."""
    opening(command.ticket, 0, walk.situation())
    if not (command.ticket.requester_address.strip() or command.ticket.requester_name.strip()):
        raise Refused("a ticket needs a requester", field="requester", hint="an address or a name")
    queue = walk.situation().queue(command.ticket.queue)
    zone, name = ringing.zone_of(walk, command.zone)
    recurs = parse_recurrence(command.every, walk.now, zone)
    if recurs.next(walk.now, zone, ringing.business_days(walk, queue.id)) is None:
        raise Refused("that never comes: the calendar does not open then", field="every")
    given = asdict(command.ticket)
    number = recurring.add(
        walk.connection,
        queue=queue.id,
        template={name: held for name, held in given.items() if held not in ("", None, ())},
        recurs=str(recurs),
        zone=name,
        by=walk.actor.id,
    )
    return Change(f"recurring:{number}", None, recurring.ACTIVE)


def change(walk: Walk, command: c.ChangeRecurring) -> str:
    """Let another kind of ticket be opened in place of one, as one step. Raises Refused, NotFound."""
    gone = end(walk, command.recurring)
    before = recurring.kind(walk.connection, command.recurring)
    assert before is not None
    every, zone = (command.every, command.zone) if command.every else (before.recurs, before.zone)
    new = add(walk, c.AddRecurring(command.ticket, every, zone))
    number = int(new.field.partition(":")[2])
    after = recurring.kind(walk.connection, number)
    if after is not None and after[1:5] == before[1:5]:
        raise Refused("that is so already")
    recurring.go_on(walk.connection, number, command.recurring)
    for each in (gone, new):
        put(walk, each)
    walk.append(None, "recurring", (gone, new))
    return f"Changed a recurring ticket: {command.ticket.subject}"


def ticket_of(kind: Kind, queue: str) -> c.Create:
    """Return what a kind of ticket is opened with."""
    convert: dict[str, Callable[[Any], Any]] = {
        "impact": Level,
        "urgency": Level,
        "priority": Priority,
        "tags": tuple,
        "fields": lambda held: tuple((name, text) for name, text in held),
    }
    given = {name: convert.get(name, lambda value: value)(value) for name, value in kind.template.items()}
    return c.Create(**{**given, "queue": queue})


def end(walk: Walk, number: int) -> Change:
    """Return the change that ends one. Raises NotFound."""
    kind = recurring.kind(walk.connection, number)
    if kind is None or not kind.active or kind.queue not in walk.queues:
        raise NotFound(f"there is no recurring ticket {number}", field="recurring")
    return Change(f"recurring:{number}", recurring.ACTIVE, None)


def held(walk: Walk, number: int) -> str | None:
    """Return what a change that left one as it is now would have left: active, or None."""
    kind = recurring.kind(walk.connection, number)
    return recurring.ACTIVE if kind is not None and kind.active else None


def put(walk: Walk, change: Change) -> None:
    """Make one be what a change says; it is next opened at its first time from now on."""
    number = int(change.field.partition(":")[2])
    kind, at = recurring.kind(walk.connection, number), None
    if change.after is not None and kind is not None:
        zone, _ = ringing.zone_of(walk, kind.zone)
        at = stored(kind.recurs).next(walk.now, zone, ringing.business_days(walk, kind.queue))
    recurring.put(walk.connection, number, at)


def fall_due(walk: Walk, item: Due) -> bool:
    """Open the ticket whose time has come, one however many were missed; False when it has ended since."""
    kind = recurring.kind(walk.connection, item.ref)
    if kind is None or not kind.active:
        return False
    zone, _ = ringing.zone_of(walk, kind.zone)
    days, recurs = ringing.business_days(walk, kind.queue), stored(kind.recurs)
    missed = recurs.missed(item.at, walk.now, zone, days)
    why = f"recurring ticket {kind.id}: {recurs}" + (f"; {missed_words(missed)}" if missed else "")
    number: int | None = None
    try:
        number = _open(walk, ticket_of(kind, walk.directory.queues[kind.queue].key), why)
    except DeskError as error:
        _could_not(walk, kind, error)
    recurring.opened(walk.connection, kind.id, number, recurs.next(max(walk.now, item.at), zone, days))
    return number is not None


def missed_words(missed: int) -> str:
    """Say that times were missed."""
    return f"{missed} more time{'s' * (missed > 1)} missed meanwhile"


def _open(walk: Walk, command: c.Create, why: str) -> int:
    proposal = opening(command, 0, walk.situation())
    requester = people.requester_id(
        walk.connection, command.requester_name, command.requester_address, command.organization
    )
    changes = tuple(
        replace(change, after=requester) if change.field == "requester" else change
        for change in proposal.changes
    )
    number = tickets.next_number(walk.connection)
    walk.carry_out(None, number, requester, replace(proposal, changes=(*changes, *stamp(why))))
    return number


def _could_not(walk: Walk, kind: Kind, error: DeskError) -> None:
    """Say to whoever set it that no ticket could be opened, for example because its owner has left."""
    words = f"Recurring ticket {kind.id} ({kind.template['subject']}) was not opened: {error.message}"
    log.warning("recurring ticket %s was not opened: %s", kind.id, error.message)
    maker = walk.directory.agents.get(kind.by or 0)
    if maker is not None and maker.active:
        ringing.ring_now(walk, None, [Ring(maker.id, walk.now, words)])
