"""Judging: by which priority a target that has ended is judged, whatever priority its ticket gets later."""

from __future__ import annotations

from datetime import UTC, datetime

from deskterm.domain.events import Change
from deskterm.domain.kinds import Priority
from deskterm.domain.ticket import Ticket

_MARK = "judged"


def judged_as(ticket: Ticket, target: str, ended: datetime) -> Priority:
    """Return the priority a target is judged by that ended then: the one the ticket had at that moment."""
    head = _head(target, ended)
    for name in ticket.alerts:
        if name.startswith(head):
            return Priority(name.removeprefix(head))
    return ticket.priority


def judgements(ticket: Ticket) -> list[Change]:
    """Return what keeps the priority of now for the targets that have ended, before the ticket gets another.

    Kept beside what was recorded about clocks, with the moment: a reply that is taken back, or a ticket that
    is solved anew, is judged by its priority of then.
    """
    ended = {"first_reply": ticket.first_replied_at or (None if ticket.active else ticket.solved_at)}
    if not ticket.active:
        ended["resolution"] = ticket.solved_at
    found = tuple(
        sorted(
            _head(target, at) + ticket.priority.value
            for target, at in ended.items()
            if at is not None and not any(name.startswith(_head(target, at)) for name in ticket.alerts)
        )
    )
    return [Change("alerts", (), found)] if found else []


def judged_by(alert: str) -> tuple[str, str] | None:
    """Return the target and the priority that a mark keeps, None for what else is recorded about clocks."""
    head, _, rest = alert.partition(":")
    target, _, ended = rest.partition("@")
    return (target, ended.partition("=")[2]) if head == _MARK and ended else None


def _head(target: str, ended: datetime) -> str:
    return f"{_MARK}:{target}@{ended.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}="
