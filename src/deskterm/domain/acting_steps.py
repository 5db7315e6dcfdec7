"""Acting on processes: the actions that let a ticket follow one, and that mark a step of it as done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from deskterm.domain.errors import Refused
from deskterm.domain.process import NO_PROCESS, StepState, stands
from deskterm.domain.process_commands import FollowProcess, MarkStep

if TYPE_CHECKING:
    from deskterm.domain.command import TicketCommand
    from deskterm.domain.proposal import Situation
    from deskterm.domain.rule import Action
    from deskterm.domain.ticket import Ticket


class Hands(Protocol):
    """What acts on a ticket (domain/acting.py)."""

    ticket: Ticket
    situation: Situation
    by: str

    def command(self, command: TicketCommand) -> None:
        """Do what a command says."""


def begin(hands: Hands, action: Action) -> None:
    """Begin a process, or end the one that is followed."""
    name = "" if action.value.casefold() == NO_PROCESS else action.value
    if name.casefold() != hands.ticket.process.casefold():
        what = "macro" if hands.situation.actor.agent is not None else "rule"
        reason = action.text.strip() or f"{what} {hands.by}"
        hands.command(FollowProcess((hands.ticket.number,), name, reason))


def mark(hands: Hands, action: Action) -> None:
    """Mark a step as done, for whoever uses the macro; one that is done already stays as it is."""
    if hands.situation.actor.agent is None:
        raise Refused("a step is marked by somebody: a macro does it, a rule cannot")
    wanted = action.value.strip().casefold()
    for stand in stands(hands.ticket, hands.situation.policy):
        if stand.step.name.casefold() == wanted and stand.state is StepState.DONE:
            return
    hands.command(MarkStep((hands.ticket.number,), action.value, StepState.DONE, action.text.strip()))
