"""Selections: which tickets a command is about, which a summary counts, and why none was changed."""

from __future__ import annotations

from collections.abc import Sequence

from deskterm.domain import commands as c
from deskterm.domain.errors import Conflict, DeskError, Refused


def none_of(wanted: int, first: DeskError) -> DeskError:
    """Say of a whole selection why its first ticket was refused; a conflict keeps what it knows."""
    if isinstance(first, Conflict):
        return first
    words = f"none of {wanted} tickets: {first.message}"
    return type(first)(words, field=first.field, hint=first.hint)


def wanted_by(command: c.TicketCommand) -> tuple[int, ...]:
    """Return the tickets a command is about, each once; a link is about its other end too."""
    wanted = tuple(dict.fromkeys(command.tickets))
    if not wanted:
        raise Refused("no ticket was named", field="ticket")
    if isinstance(command, c.LinkTo) and command.other not in wanted:
        return (*wanted, command.other)
    return wanted


def shown_by(command: c.TicketCommand, changed: Sequence[int]) -> tuple[int, ...]:
    """Return the tickets that a summary counts: the other end of a link is not one of them."""
    other = command.other if isinstance(command, c.LinkTo) else None
    return tuple(number for number in changed if number != other)
