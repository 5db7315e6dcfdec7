"""The commands of processes: which one a ticket follows, and what became of its steps."""

from __future__ import annotations

from dataclasses import dataclass

from deskterm.domain.command import TicketCommand
from deskterm.domain.process import StepState


@dataclass(frozen=True, slots=True)
class FollowProcess(TicketCommand):
    """Let tickets follow a process by its name, "" none; leaving one needs a reason.

    The one they follow already begins again as the desk has it now: steps that are still there stay as they
    stand. `by` says what chose it when nobody did, such as their type.
    """

    process: str
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class MarkStep(TicketCommand):
    """Say what became of a step: done (with what is to be said of it), skipped or refused (with the reason),
    or open again. `values` fill form fields by their names, with it.
    """

    step: str
    state: StepState
    text: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StepDue(TicketCommand):
    """The scheduler's: a step's deadline has come."""

    step: str
