"""The life of a ticket: where a command may move it, and what a move does to the clocks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from deskterm.domain.commands import ChangeState, Close, Reopen, Solve
from deskterm.domain.errors import Refused
from deskterm.domain.events import Change
from deskterm.domain.gates import AFTER_SOLVING, needless, refuse_shut
from deskterm.domain.kinds import ACTIVE, CLOSE_REASONS, HOLD_REASONS, RESOLUTION_CODES, MessageKind, State
from deskterm.domain.named_states import TRANSITIONS as TRANSITIONS
from deskterm.domain.plain import clean_line, clean_text
from deskterm.domain.process import Gate
from deskterm.domain.proposal import NewMessage, Proposal, Situation, changed, stamp
from deskterm.domain.spells import moving
from deskterm.domain.ticket import Ticket

if TYPE_CHECKING:
    from deskterm.domain.policy import NamedState


def state_changes(ticket: Ticket, to: State, now: datetime, status: str | None = None) -> tuple[Change, ...]:
    """Return the changes of a move, with what it does to stays, solved and closed times and hold.

    `status` is what the ticket carries then; None leaves it where it is in the same category, and brings
    it to the default of another one. Raises Refused when the table has no such move; a move to the same
    state changes nothing.
    """
    if to is ticket.state:
        if status is None or status == ticket.status:
            return ()
        return (Change("status", ticket.status, status), *moving(ticket, to, now, status))
    if to not in TRANSITIONS[ticket.state]:
        allowed = ", ".join(state for state in State if state in TRANSITIONS[ticket.state])
        raise Refused(
            f"#{ticket.number} is {ticket.state}: it cannot become {to}",
            field="state",
            hint=f"from {ticket.state} it may become {allowed}",
        )
    status = status or ""
    changes = [Change("state", ticket.state, to), *changed(ticket, status=status)]
    changes += moving(ticket, to, now, status)
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


def meant(ticket: Ticket, to: State, status: str | None, situation: Situation) -> NamedState:
    """Return the state of a category that a command names: "" its default; None leaves a ticket that is in
    the category where it is. Raises Refused when there is none, or the desk does not allow the move.
    """
    states = situation.policy.named
    here = states.of_ticket(ticket)
    if status is None:
        there = here if to is ticket.state else states.default(to)
    else:
        name = clean_line(status).strip()
        found = states.default(to) if not name else states.find(name)
        if found is None or found.category is not to:
            raise Refused(
                f"#{ticket.number}: no state of {to} is called {name!r}",
                field="status",
                hint="one of " + ", ".join(one.name for one in states.within(to)),
            )
        there = found
    within_table = to is ticket.state or to in TRANSITIONS[ticket.state]
    if within_table and not states.allows(here, there):
        allowed = ", ".join(one.name for one in states.onward(here)) or "no other state"
        raise Refused(
            f"#{ticket.number} is {_named(here)}: this desk does not let it become {_named(there)}",
            field="state",
            hint=f"from {here.name} it may become {allowed}",
        )
    return there


def _named(one: NamedState) -> str:
    """Say a state as a desk calls it, with its category where that is another word."""
    return one.name if one.name == one.category.value else f"{one.name} ({one.category})"


def moves(ticket: Ticket, to: State, status: str | None, situation: Situation) -> tuple[Change, ...]:
    """Return the changes of a move that somebody asked for, if its gate is open. Raises Refused."""
    if to is State.SOLVED and ticket.state is not State.SOLVED:
        refuse_shut(ticket, situation, Gate.SOLVED)
    states = situation.policy.named
    there = meant(ticket, to, status, situation)
    stays = to is ticket.state and there is states.of_ticket(ticket)
    return state_changes(ticket, to, situation.now, ticket.status if stays else states.status(there))


def change_state(command: ChangeState, ticket: Ticket, situation: Situation) -> Proposal:
    """Open, wait or hold, or go to another state of the same category; ending has commands of its own
    because it asks for more."""
    within = command.state is ticket.state and command.status is not None
    if command.state in (State.SOLVED, State.CLOSED, State.NEW) and not within:
        verb = {State.SOLVED: "solve it with a note and a code", State.CLOSED: "close it with a reason"}
        raise Refused(
            f"#{ticket.number} cannot simply be set to {command.state}",
            field="state",
            hint=verb.get(command.state, "a ticket is new only until somebody takes it"),
        )
    if ticket.state not in ACTIVE and not within:
        raise Refused(f"#{ticket.number} is {ticket.state}", field="state", hint="reopen it first")
    changes = list(moves(ticket, command.state, command.status, situation))
    reason: tuple[Change, ...] = ()
    if command.state is State.HOLD and not (changes and ticket.state is State.HOLD and not command.reason):
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
        here = situation.policy.named.of_ticket(ticket)
        raise Refused(f"#{ticket.number} is {here.name} already", field="state")
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
    ends = moves(ticket, State.SOLVED, command.status, situation)
    already = {change.field for change in changes}
    return Proposal("solved", (*changes, *(end for end in ends if end.field not in already)), message)


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
    after_solving = command.reason in AFTER_SOLVING
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
    # What was not needed as it closed stays so: nothing is looked at any more afterwards.
    needed = needless(ticket, situation) if after_solving else ()
    if after_solving:
        refuse_shut(ticket, situation, Gate.CLOSED)
    if situation.actor.agent is None and after_solving:
        # Closing in time is the desk's own: no move that somebody asks for.
        changes = state_changes(ticket, State.CLOSED, situation.now)
    else:
        changes = moves(ticket, State.CLOSED, command.status, situation)
    return Proposal("closed", (*changes, *changed(ticket, close_reason=command.reason), *needed))


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
    changes = moves(ticket, State.OPEN, None, situation)
    return Proposal("reopened", (*changes, *stamp(command.reason)))
