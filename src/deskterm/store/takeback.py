"""Undo and redo: which command is next to be taken back, and the events that do it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.decide import NEEDS, not_allowed, settle
from deskterm.domain.errors import FieldMoved, NotFound, Refused
from deskterm.domain.events import Change, Event, Taken, evolve, invert
from deskterm.domain.gates import refuse_undecided, refuse_untrue
from deskterm.domain.mend import mend
from deskterm.domain.merging import parts
from deskterm.domain.people import Role
from deskterm.domain.ticket import Ticket
from deskterm.domain.views import Outcome
from deskterm.domain.wording import doer, field_words, sentence, value_words
from deskterm.storage import journal, outbox, tickets, workplace
from deskterm.storage.codec import from_ms
from deskterm.store import desk_changes, merging

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Walk

COUNTED = "KeepTime"
"""What a timer recorded: taken back by its number, never by undo, which means what somebody did."""

NOT_COMMANDS = ("Import", "Due", "Recalculate", "Quarantine", "Send")
"""What the desk did by itself: nobody's to take back."""

Entry = tuple[int, str]
"""A command's id and what it did."""


def next_undo(connection: Connection, actor: int) -> Entry | None:
    """Return the command that undo takes back next, None when there is none."""
    return _top(connection, _stacks(connection, actor)[0])


def next_redo(connection: Connection, actor: int) -> Entry | None:
    """Return the undo that redo takes back next, None when there is none."""
    return _top(connection, _stacks(connection, actor)[1])


def _stacks(connection: Connection, actor: int) -> tuple[list[Entry], list[Entry]]:
    """Return an actor's commands that can be undone and undos that can be redone, the next one last."""
    done: list[Entry] = []
    undone: list[Entry] = []
    for number, name, summary, undoes in journal.recent_commands(connection, actor):
        if name == COUNTED:
            continue
        if undoes is None:
            done.append((number, summary))
            undone.clear()
        elif name == "Redo":
            undone[:] = [entry for entry in undone if entry[0] != undoes]
            done.append((number, summary.removeprefix("Redid: ")))
        else:
            done[:] = [entry for entry in done if entry[0] != undoes]
            undone.append((number, summary.removeprefix("Undid: ")))
    return done, undone


def _top(connection: Connection, stack: list[Entry]) -> Entry | None:
    """Return the last entry that nobody else has taken back."""
    while stack and _is_taken_back(connection, stack[-1][0]):
        stack.pop()
    return stack[-1] if stack else None


def _is_taken_back(connection: Connection, command: int) -> bool:
    return any(not _is_taken_back(connection, undo) for undo in journal.undos_of(connection, command))


def take_back(walk: Walk, command: c.Undo | c.Redo) -> Outcome:
    """Append the inverse of a command's net effect. Raises FieldMoved naming who changed what since."""
    redo = isinstance(command, c.Redo)
    target, what = _target(walk, command)
    happened = journal.of_command(walk.connection, target)
    if not happened:
        raise Refused("there is nothing left of that command to take back")
    summary = ("Redid: " if redo else "Undid: ") + what
    walk.begin(command, summary, undoes=target)
    grouped: dict[int | None, list[Event]] = {}
    for event in happened:
        grouped.setdefault(event.ticket, []).append(event)
    changed = []
    for number, events in grouped.items():
        if number is None:
            _take_back_desk(walk, events, target, redo)
        elif _take_back_ticket(walk, number, events, target, redo):
            changed.append(number)
    return Outcome(walk.command, walk.seq, tuple(changed), (), summary)


def _target(walk: Walk, command: c.Undo | c.Redo) -> Entry:
    actor = walk.actor.id
    if isinstance(command, c.Undo) and command.command is not None:
        return _named(walk, command.command)
    found = None
    if actor is not None:
        find = next_redo if isinstance(command, c.Redo) else next_undo
        found = find(walk.connection, actor)
    if found is None:
        raise Refused(f"there is nothing to {'redo' if isinstance(command, c.Redo) else 'undo'}")
    _may_take_back(walk, found[0])
    return found


def _may_take_back(walk: Walk, number: int) -> None:
    """Raise NotAllowed when the actor could not do (any more) what is to be taken back."""
    found = journal.command_of(walk.connection, number)
    kind = getattr(c, found[0], None) if found is not None else None
    needed = NEEDS.get(kind, Role.AGENT) if kind is not None else Role.AGENT
    if not walk.actor.may(needed):
        raise not_allowed(walk.actor, "take that back", needed)


def _named(walk: Walk, number: int) -> Entry:
    """Return a command by its id, when this actor may take it back."""
    found = journal.command_of(walk.connection, number)
    if found is None:
        raise NotFound(f"there is no command {number}", field="command")
    name, who, summary = found
    if name in NOT_COMMANDS:
        raise Refused("what the desk did by itself is not taken back")
    if who != walk.actor.id and not walk.actor.may(Role.LEAD):
        raise not_allowed(walk.actor, "take back what somebody else did", Role.LEAD)
    _may_take_back(walk, number)
    if _is_taken_back(walk.connection, number):
        raise Refused(f"command {number} was taken back already")
    return number, summary


def _take_back_ticket(walk: Walk, number: int, events: list[Event], target: int, redo: bool) -> bool:
    ticket = walk.load(number)
    if any(
        change.field == "voided" and change.after is False for event in events for change in event.changes
    ):
        _refuse_if_worked_on(walk, number, events[-1].seq)
    if not redo:
        _refuse_if_left(walk, number, events)
    try:
        taken = invert(events, ticket)
    except FieldMoved as error:
        raise _told(walk, error, events[-1].seq) from None
    if not taken.changes and not taken.moved:
        return False
    kind = "redone" if redo else "undone"
    after = walk.apply(ticket, number, kind, _mended(walk, ticket, taken), undoes=target)
    refuse_untrue(ticket, after, walk.situation())
    refuse_undecided(ticket, after, walk.situation())
    merging.agrees(walk, ticket, after, parted=not redo and parts(events))
    _words_back(walk, ticket, after, taken, events[-1].seq)
    follow = settle(after, walk.situation())
    if follow:
        walk.apply(after, number, "settled", follow)
    return True


def _words_back(walk: Walk, before: Ticket, after: Ticket, taken: Taken, seen: int) -> None:
    """Give agents what they wrote and took back as a draft, and count what was read anew."""
    connection, agent = walk.connection, walk.actor.id
    for change in taken.changes:
        if change.field != "message" or agent is None:
            continue
        if change.before is not None:
            workplace.give_back(connection, agent, change.before, seen, walk.now)
        if change.after is not None:
            workplace.send_again(connection, agent, change.after, walk.now)
            workplace.read_own(connection, agent, before, after)
    workplace.unread_again(connection, after)


def _mended(walk: Walk, ticket: Ticket, taken: Taken) -> tuple[Change, ...]:
    """Return an inverse whose clocks agree with what is left of the state and the conversation."""
    hushed = {change.before for change in taken.changes if change.field == "message"}
    shown = {change.after for change in taken.changes if change.field == "message"}
    if not taken.moved and not hushed and not any(c.field == "waiting_since" for c in taken.changes):
        return taken.changes
    connection, number = walk.connection, ticket.number
    now = tickets.spoken(connection, number)
    said = (ticket.first_replied_at, ticket.replied_at) == (now.first, now.last)
    spoken = tickets.spoken(connection, number, without=hushed, also=shown) if said else None
    after = evolve(ticket, Event(0, 0, number, "undone", walk.now, None, "", "", taken.changes))
    mended = {change.field: change for change in mend(after, taken.moved, spoken, walk.now)}
    changes = [
        replace(change, after=mended.pop(change.field).after) if change.field in mended else change
        for change in taken.changes
    ]
    return tuple(change for change in (*changes, *mended.values()) if change.before != change.after)


def _refuse_if_left(walk: Walk, number: int, events: list[Event]) -> None:
    """What somebody wrote and has left the house is not taken back, and nothing that was done with it."""
    queued = [
        int(change.field.partition(":")[2])
        for event in events
        for change in event.changes
        if change.field.startswith("outbox:") and change.after
    ]
    for row in outbox.left(walk.connection, queued):
        at = "is being sent" if row["sent_at"] is None else f"was sent at {from_ms(row['sent_at']):%H:%M} UTC"
        raise Refused(
            f"#{number}: the mail to {row['target']} {at}: it has left the house",
            field="text",
            hint="write again; a mail waits in the outbox for a moment, and can be taken back so long",
        )


def _refuse_if_worked_on(walk: Walk, number: int, seq: int) -> None:
    """A ticket that others have worked on since is not taken back."""
    names, queues = walk.names()
    for event in journal.of_ticket(walk.connection, number, after=seq):
        requester = event.actor is None and event.kind == "received"
        if requester or event.actor not in (None, walk.actor.id):
            error = FieldMoved(number, "voided", False, False)
            error.by = "the requester" if requester else names.get(event.actor or 0, event.via)
            error.at = event.at
            did = "wrote" if requester else sentence(event, names, queues)
            raise _worded(error, f"#{number} cannot be taken back: since then {error.by}: {did}")


def _told(walk: Walk, error: FieldMoved, seq: int) -> FieldMoved:
    """Add to a conflict who changed the field, when, and to what."""
    names, queues = walk.names()
    for event in reversed(journal.of_ticket(walk.connection, error.ticket, after=seq)):
        change = event.change(error.field)
        if change is not None and (error.field != "worked" or _touches(change, error)):
            error.by = doer(event, names)
            error.at = event.at
            found = value_words(error.field, error.theirs, names, queues)
            field = field_words(error.field)
            words = f"cannot be taken back: {error.by} set the {field} of #{error.ticket} to {found} since"
            return _worded(error, words)
    return error


def _touches(change: Change, error: FieldMoved) -> bool:
    """Say whether a change is about the entry of time worked that moved."""
    about = {one.id for one in (error.mine, error.theirs) if one is not None}
    return any(one[0] in about for one in (*(change.before or ()), *(change.after or ())))


def _worded(error: FieldMoved, words: str) -> FieldMoved:
    error.message = words
    error.args = (words,)
    return error


def _take_back_desk(walk: Walk, events: list[Event], target: int, redo: bool) -> None:
    inverse = tuple(
        Change(change.field, change.after, change.before)
        for event in reversed(events)
        for change in reversed(event.changes)
    )
    for change in inverse:
        desk_changes.put_back(walk, change)
    event = walk.append(None, "redone" if redo else "undone", inverse, undoes=target)
    desk_changes.touched(walk, event)
