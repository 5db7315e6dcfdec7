"""Judging: by which priority a target that has ended is judged, whatever priority its ticket gets later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from deskterm.domain.errors import Refused
from deskterm.domain.events import Change, Event, evolve
from deskterm.domain.kinds import Priority
from deskterm.domain.proposal import Proposal, Situation, stamp
from deskterm.domain.ticket import Ticket
from deskterm.domain.time_commands import Rejudge

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
    found = tuple(sorted(head + ticket.priority.value for head in _unmarked(ticket)))
    return [Change("alerts", (), found)] if found else []


def unkept(ticket: Ticket, history: Sequence[Event]) -> tuple[str, ...]:
    """Return the marks that a ticket lacks: of targets that ended when it had another priority than now.

    Older versions kept none as the priority changed; its history tells which one it had. What was imported
    with a verdict keeps that.
    """
    wanted = set(_unmarked(ticket)) if ticket.imported_sla is None else set()
    if not wanted or not any(event.change("priority") is not None for event in history[1:]):
        return ()
    found: dict[str, Priority] = {}
    before: Ticket | None = None
    for event in history:
        after = evolve(before, event)
        if before is not None and before.priority is not after.priority:
            for head in wanted.intersection(_unmarked(before)):
                # The first change after it ended: whatever priority followed was not that of then.
                found.setdefault(head, before.priority)
        before = after
    changed = ((head, then) for head, then in found.items() if then is not ticket.priority)
    return tuple(sorted(head + then.value for head, then in changed))


def rejudge(command: Rejudge, ticket: Ticket, situation: Situation) -> Proposal | None:
    """Let what has ended be judged by the priority of then, where an older version did not keep it.

    A repair of the past: it is asked for, with a reason, and logged (SEMANTICS S10).
    """
    if not stamp(command.reason):
        raise Refused(f"#{ticket.number}: judging anew needs a reason", field="reason")
    marks = unkept(ticket, situation.history)
    return Proposal("rejudged", (Change("alerts", (), marks), *stamp(command.reason))) if marks else None


def _unmarked(ticket: Ticket) -> list[str]:
    """Return the beginnings of the marks of targets that have ended and have none."""
    ended = {"first_reply": ticket.first_replied_at or (None if ticket.active else ticket.solved_at)}
    if not ticket.active:
        ended["resolution"] = ticket.solved_at
    heads = [_head(target, at) for target, at in ended.items() if at is not None]
    return [head for head in heads if not any(name.startswith(head) for name in ticket.alerts)]


def judged_by(alert: str) -> tuple[str, str] | None:
    """Return the target and the priority that a mark keeps, None for what else is recorded about clocks."""
    head, _, rest = alert.partition(":")
    target, _, ended = rest.partition("@")
    return (target, ended.partition("=")[2]) if head == _MARK and ended else None


def _head(target: str, ended: datetime) -> str:
    return f"{_MARK}:{target}@{ended.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}="
