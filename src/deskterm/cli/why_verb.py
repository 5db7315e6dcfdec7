"""`why`: a ticket's clocks taken apart, and the reasons for where it is, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskterm.cli.session import Session
    from deskterm.domain.why import Why


def why(session: Session) -> int:
    """Explain a ticket's clocks, its owner and what rules did."""
    from deskterm.domain.why import told
    from deskterm.domain.why import why as explain

    number, out, store = session.number(), session.out, session.store
    view = store.ticket(number, messages=1)
    found = explain(view.ticket, store.policy, store.now(), view.events, view.names, view.queues)
    if out.json:
        out.emit(shape(found))
        return 0
    out.line(f"#{number}  {view.ticket.subject}", "bold")
    for line in told(found, store.zone):
        out.line(line)
    return 0


def shape(found: Why) -> dict[str, Any]:
    """Return an explanation as JSON can hold it."""
    from deskterm.channels.shapes import stamp

    return {
        "number": found.number,
        "clocks": [
            {
                "target": clock.target,
                "state": clock.state.value,
                "policy": clock.policy,
                "version": clock.version,
                "calendar": clock.calendar,
                "target_seconds": clock.target_seconds,
                "own_target": clock.own_target,
                "used_seconds": clock.used_seconds,
                "left_seconds": clock.target_seconds - clock.used_seconds,
                "earlier_pauses_seconds": clock.earlier_seconds,
                "started_at": stamp(clock.started_at),
                "due_at": stamp(clock.due_at),
                "intervals": [
                    {
                        "from": stamp(one.start),
                        "to": stamp(one.end),
                        "cause": one.cause,
                        "name": one.name,
                        "counted_seconds": one.seconds,
                        "policy": one.policy,
                        "version": one.version,
                    }
                    for one in clock.intervals
                ],
            }
            for clock in found.clocks
        ],
        "decisions": [
            {"at": stamp(one.at), "what": one.what, "reason": one.reason} for one in found.decisions
        ],
    }
