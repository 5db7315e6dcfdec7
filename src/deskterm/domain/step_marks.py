"""Marks of steps that are taken back: never two of one step, none of a process that is not followed."""

from __future__ import annotations

from collections.abc import Collection

from deskterm.domain.errors import FieldMoved
from deskterm.domain.process import UNDECIDED
from deskterm.domain.ticket import Mark, Ticket, in_order

Marks = frozenset[Mark]


def decided(mark: Mark) -> bool:
    """Say whether somebody did, skipped or refused a step."""
    return bool(mark.agent) and mark.state not in UNDECIDED


def marks_back(gone: Marks, left: Marks, ticket: Ticket, *, other: bool) -> tuple[Marks, Marks]:
    """Return which marks go, and which come back, when a command is taken back that took some away (`gone`)
    and `left` others; `other` when it let the ticket follow another process.

    Raises FieldMoved when somebody has marked one of these steps since, or any of that other process.
    """
    held = ticket.steps
    if other:
        since = {mark for mark in held if decided(mark)} - left
        if since:
            raise _moved(ticket, left, since)
        return held - gone, gone - held
    for name in {mark.step for mark in gone | left}:
        mine, now = _of(name, left), _of(name, held)
        if {mark for mark in mine if mark.agent} != {mark for mark in now if mark.agent}:
            raise _moved(ticket, mine, now)
    removed, decisions = left & held, {mark.step for mark in gone if mark.agent}
    # What the desk says of a step is looked at again anyway: it makes way for what somebody said.
    removed |= {mark for mark in held if mark.step in decisions and not mark.agent}
    kept = {mark.step for mark in held - removed}
    return removed - gone, frozenset(mark for mark in gone - held if mark.step not in kept)


def _of(step: str, marks: Marks) -> Marks:
    return frozenset(mark for mark in marks if mark.step == step)


def _moved(ticket: Ticket, mine: Collection[Mark], theirs: Collection[Mark]) -> FieldMoved:
    return FieldMoved(ticket.number, "steps", in_order(mine), in_order(theirs))
