"""What tests do with steps of processes on a small desk: marking them, and looking at what became of them."""

from __future__ import annotations

from deskterm.domain import commands as c
from deskterm.domain.process import StepState
from tests.small_desk import Desk


def mark(
    desk: Desk,
    number: int,
    step: str,
    state: str = "done",
    text: str = "",
    login: str = "bo",
    **values: str,
) -> None:
    """Mark a step of a ticket, filling form fields with it."""
    desk.do(login, c.MarkStep((number,), step, StepState(state), text, tuple(values.items())))


def steps(desk: Desk, number: int) -> dict[str, str]:
    """Return what became of each step, as the ticket screen reads it."""
    return {line.step.name: str(line.state) for line in desk.store.ticket(number).steps}


def run_all(desk: Desk) -> None:
    """Do all that is due."""
    while desk.store.run_due():
        pass


def rung(desk: Desk, login: str) -> list[str]:
    """Return what rang for somebody, or will."""
    return [line.text for line in desk.seen_by(login).reminders()]
