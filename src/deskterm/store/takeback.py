"""Undo and redo: which command is next to be taken back, and the events that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.errors import FieldMoved, NotAllowed, NotFound, Refused
from deskterm.domain.events import Change, Event, invert
from deskterm.domain.people import Role
from deskterm.domain.views import Outcome
from deskterm.domain.wording import value_words
from deskterm.storage import journal
from deskterm.store import desk_changes

if TYPE_CHECKING:
    from deskterm.storage.database import Connection
    from deskterm.store.dispatch import Walk

LEFT_OUT = ("Import",)


def stacks(connection: Connection, actor: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return an actor's commands that can be undone and undos that can be redone, the next one last."""
    done: list[tuple[int, str]] = []
    undone: list[tuple[int, str]] = []
    for number, name, summary, undoes in journal.recent_commands(connection, actor):
        if name in LEFT_OUT:
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


def take_back(walk: Walk, command: c.Undo | c.Redo) -> Outcome:
    """Append the inverse of a command's net effect. Raises FieldMoved naming who changed what since."""
    target, what = _target(walk, command)
    happened = journal.of_command(walk.connection, target)
    if not happened:
        raise Refused("there is nothing left of that command to take back")
    summary = ("Redid: " if isinstance(command, c.Redo) else "Undid: ") + what
    walk.begin(command, summary, undoes=target)
    grouped: dict[int | None, list[Event]] = {}
    for event in happened:
        grouped.setdefault(event.ticket, []).append(event)
    changed = []
    for number, events in grouped.items():
        if number is None:
            _take_back_desk(walk, events, target)
        elif _take_back_ticket(walk, number, events, target):
            changed.append(number)
    return Outcome(walk.command, walk.seq, tuple(changed), (), summary)


def _target(walk: Walk, command: c.Undo | c.Redo) -> tuple[int, str]:
    actor = walk.actor.id
    if isinstance(command, c.Undo) and command.command is not None:
        found = journal.command_of(walk.connection, command.command)
        if found is None:
            raise NotFound(f"there is no command {command.command}")
        if found[1] != actor and not walk.actor.may(Role.LEAD):
            raise NotAllowed("only a lead takes back what somebody else did")
        return command.command, found[2]
    done, undone = stacks(walk.connection, actor) if actor is not None else ([], [])
    stack = undone if isinstance(command, c.Redo) else done
    if not stack:
        verb = "redo" if isinstance(command, c.Redo) else "undo"
        raise Refused(f"there is nothing to {verb}")
    return stack[-1]


def _take_back_ticket(walk: Walk, number: int, events: list[Event], target: int) -> bool:
    ticket = walk.load(number)
    if events[0].kind == "created":
        _refuse_if_worked_on(walk, number, events[-1].seq, target)
    try:
        changes = invert(events, ticket)
    except FieldMoved as error:
        raise _told(walk, error, events[-1].seq) from None
    if not changes:
        return False
    after = walk.apply(ticket, number, "undone", changes, undoes=target)
    from deskterm.domain.decide import settle

    follow = settle(after, walk.situation())
    if follow:
        walk.apply(after, number, "settled", follow)
    return True


def _refuse_if_worked_on(walk: Walk, number: int, seq: int, target: int) -> None:
    for event in journal.of_ticket(walk.connection, number, after=seq):
        if event.actor != walk.actor.id and event.actor is not None:
            who = walk.directory.login(event.actor)
            raise FieldMoved(number, "voided", False, f"worked on by {who}")


def _told(walk: Walk, error: FieldMoved, seq: int) -> FieldMoved:
    names = {agent.id: agent.login for agent in walk.directory.agents.values()}
    queues = {queue.id: queue.name for queue in walk.directory.queues.values()}
    for event in reversed(journal.of_ticket(walk.connection, error.ticket, after=seq)):
        if event.change(error.field) is not None:
            error.by = names.get(event.actor, event.via) if event.actor is not None else event.via
            error.at = event.at
            found = value_words(error.field, error.theirs, names, queues)
            error.message = (
                f"cannot be taken back: {error.by} set the {error.field} of #{error.ticket} to {found} since"
            )
            error.args = (error.message,)
            break
    return error


def _take_back_desk(walk: Walk, events: list[Event], target: int) -> None:
    inverse = tuple(
        Change(change.field, change.after, change.before)
        for event in reversed(events)
        for change in event.changes
    )
    for change in inverse:
        desk_changes.apply(walk, change)
    event = walk.append(None, "undone", inverse, undoes=target)
    desk_changes.touched(walk, event)
