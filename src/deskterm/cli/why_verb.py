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
    now, waits = store.now(), store.waits(number)
    found = explain(view.ticket, store.policy, now, view.events, view.names, view.queues, waits)
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
                "out_of_hours_seconds": clock.added_seconds,
                "used_seconds": clock.used_seconds,
                "left_seconds": clock.target_seconds - clock.used_seconds,
                "earlier_pauses_seconds": clock.earlier_seconds,
                "judged_as": clock.judged or None,
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
        "waits": None
        if found.waits is None
        else {"reason": found.waits.reason, "tried_again_at": stamp(found.waits.until)},
        "decisions": [
            {
                "at": stamp(one.at),
                "what": one.what,
                "reason": one.reason,
                "event": one.event,
                "policy_version": one.policy,
                "rule": one.rule or None,
                "did": list(one.did),
                "fired_because": one.fired or None,
                "fired_by_event": one.cause,
            }
            for one in found.decisions
        ],
    }


def target(session: Session) -> int:
    """Give tickets a target of their own, or take it away with "policy"."""
    from deskterm.domain import commands as c
    from deskterm.domain.durations import read_duration
    from deskterm.domain.errors import UsageError

    given = session.options
    try:
        seconds = None if given.time == "policy" else read_duration(given.time)
    except ValueError as error:
        raise UsageError(str(error), field="time", hint="such as 4h, or policy to take it away") from None
    reason = session.words(given.text, "a line of reason")
    command = c.SetTarget(session.numbers(), given.target.replace("-", "_"), seconds, reason)
    return session.told(session.writer.dispatch(command))


def recount(session: Session) -> int:
    """Count clocks anew from the beginning, by the policy of now."""
    from deskterm.domain import commands as c

    reason = session.words(session.options.text, "a line of reason")
    return session.told(session.writer.dispatch(c.Recount(session.numbers(), reason)))
