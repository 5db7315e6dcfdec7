"""The life of a ticket: the states, the allowed moves as a table, and what a move does to the clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from deskterm.domain.commands import ChangeState, Close, Reopen, Solve
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.kinds import ACTIVE, CLOSE_REASONS, HOLD_REASONS, RESOLUTION_CODES, MessageKind, State
from deskterm.domain.plain import clean_text
from deskterm.domain.proposal import NewMessage, Proposal, Situation, changed, stamp
from deskterm.domain.spells import moving
from deskterm.domain.ticket import Ticket

_N, _O, _P, _H, _S, _C = tuple(State)

TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        _N: frozenset({_O, _P, _H, _S, _C}),
        _O: frozenset({_P, _H, _S, _C}),
        _P: frozenset({_O, _H, _S, _C}),
        _H: frozenset({_O, _P, _S, _C}),
        _S: frozenset({_O, _C}),
        _C: frozenset({_O}),
    }
)
"""CONTRACT section 4 as data: from a state to those a command may lead to. Nothing re-enters new but undo."""


def state_changes(ticket: Ticket, to: State, now: datetime) -> tuple[Change, ...]:
    """Return the changes of a move, with what it does to stays, solved and closed times and hold.

    Raises Refused when the table has no such move; a move to the same state changes nothing.
    """
    if to is ticket.state:
        return ()
    if to not in TRANSITIONS[ticket.state]:
        allowed = ", ".join(state for state in State if state in TRANSITIONS[ticket.state])
        raise Refused(
            f"#{ticket.number} is {ticket.state}: it cannot become {to}",
            field="state",
            hint=f"from {ticket.state} it may become {allowed}",
        )
    changes = [Change("state", ticket.state, to), *moving(ticket, to, now)]
    if to is State.SOLVED:
        changes += changed(ticket, solved_at=now, waiting_since=None)
    if to is State.CLOSED:
        changes += changed(ticket, closed_at=now, waiting_since=None)
    if to in ACTIVE and ticket.state not in ACTIVE:
        changes += changed(
            ticket, solved_at=None, closed_at=None, close_reason="", reopens=ticket.reopens + 1
        )
    if ticket.state is State.HOLD:
        changes += changed(ticket, hold_reason="", hold_until=None)
    return tuple(changes)


def change_state(command: ChangeState, ticket: Ticket, situation: Situation) -> Proposal:
    """Open, wait or hold; ending has commands of its own because it asks for more."""
    if command.state in (State.SOLVED, State.CLOSED, State.NEW):
        verb = {State.SOLVED: "solve it with a note and a code", State.CLOSED: "close it with a reason"}
        raise Refused(
            f"#{ticket.number} cannot simply be set to {command.state}",
            field="state",
            hint=verb.get(command.state, "a ticket is new only until somebody takes it"),
        )
    if ticket.state not in ACTIVE:
        raise Refused(f"#{ticket.number} is {ticket.state}", field="state", hint="reopen it first")
    changes = list(state_changes(ticket, command.state, situation.now))
    reason: tuple[Change, ...] = ()
    if command.state is State.HOLD:
        if command.reason not in HOLD_REASONS:
            raise Refused(
                f"#{ticket.number}: hold needs to know what it waits for",
                field="reason",
                hint="one of " + ", ".join(HOLD_REASONS),
            )
        if command.until is not None and command.until <= situation.now:
            raise Refused(f"#{ticket.number}: that time has passed", field="until")
        changes += changed(ticket, hold_reason=command.reason, hold_until=command.until)
    else:
        reason = stamp(command.reason)
    if not changes:
        raise Refused(f"#{ticket.number} is {ticket.state} already", field="state")
    return Proposal("state", (*changes, *reason))


def answered(ticket: Ticket, now: datetime) -> list[Change]:
    """Return what an agent's public message does to the clocks: first and next reply are met."""
    changes = list(changed(ticket, replied_at=now, waiting_since=None))
    if ticket.first_replied_at is None:
        changes += changed(ticket, first_replied_at=now)
    return changes


def resolution(ticket: Ticket, note: str, code: str, situation: Situation) -> list[Change]:
    """Return a resolution's note and code; the solver becomes the owner when there is none."""
    text = clean_text(note).strip()
    if not text:
        raise Refused(f"#{ticket.number}: solving needs a resolution note", field="resolution")
    if code not in RESOLUTION_CODES:
        raise Refused(
            f"#{ticket.number}: {code!r} is no resolution code",
            field="resolution_code",
            hint="one of " + ", ".join(RESOLUTION_CODES),
        )
    changes = list(changed(ticket, resolution=text, resolution_code=code))
    if ticket.owner is None and situation.actor.id is not None:
        changes += changed(ticket, owner=situation.actor.id)
    return changes


def solve(command: Solve, ticket: Ticket, situation: Situation) -> Proposal:
    """Propose a resolution; the solver becomes the owner when there is none."""
    if ticket.state not in ACTIVE:
        raise Refused(f"#{ticket.number} is {ticket.state} already", field="state")
    changes = resolution(ticket, command.note, command.code, situation)
    message = None
    text = clean_text(command.message).strip()
    if text:
        message = NewMessage(MessageKind.PUBLIC, text, agent=situation.actor.id)
        changes += answered(ticket, situation.now)
    moves = state_changes(ticket, State.SOLVED, situation.now)
    already = {change.field for change in changes}
    return Proposal("solved", (*changes, *(move for move in moves if move.field not in already)), message)


def close(command: Close, ticket: Ticket, situation: Situation) -> Proposal:
    """End a ticket; confirmed and no answer follow solving, every other reason ends it without."""
    if command.reason not in CLOSE_REASONS:
        raise Refused(
            f"#{ticket.number}: {command.reason!r} is no reason to close",
            field="reason",
            hint="one of " + ", ".join(CLOSE_REASONS),
        )
    if ticket.state is State.CLOSED:
        raise Refused(f"#{ticket.number} is closed already", field="state")
    after_solving = command.reason in ("confirmed", "no answer")
    if after_solving and ticket.state is not State.SOLVED:
        raise Refused(
            f"#{ticket.number} is not solved yet",
            field="state",
            hint="solve it first, or close without solving",
        )
    if not after_solving and ticket.state is State.SOLVED:
        raise Refused(
            f"#{ticket.number} is solved: it closes as confirmed or no answer",
            field="reason",
            hint="reopen it to close it for another reason",
        )
    changes = state_changes(ticket, State.CLOSED, situation.now)
    return Proposal("closed", (*changes, *changed(ticket, close_reason=command.reason)))


def reopen(command: Reopen, ticket: Ticket, situation: Situation) -> Proposal:
    """Take it up again; the resolution clock goes on with the time it had used."""
    if ticket.state in ACTIVE:
        raise Refused(f"#{ticket.number} is {ticket.state}: there is nothing to reopen", field="state")
    if ticket.merged_into is not None:
        raise Refused(
            f"#{ticket.number} was merged into another ticket",
            field="state",
            hint="unmerge it, or go on where it was merged into",
        )
    if not stamp(command.reason):
        raise Refused(f"#{ticket.number}: reopening needs a line of reason", field="reason")
    changes = state_changes(ticket, State.OPEN, situation.now)
    return Proposal("reopened", (*changes, *stamp(command.reason)))
