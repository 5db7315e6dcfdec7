"""`rebalance`: which tickets would go from overloaded agents to colleagues, and moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskterm.cli.session import Session
    from deskterm.domain.rebalancing import Handover, Rebalancing


def rebalance(session: Session) -> int:
    """Show what would be moved and why; with --apply move it, as one step with one undo."""
    options, out, store = session.options, session.out, session.store
    queue = session.queue(options.queue) if options.queue is not None else None
    found = store.rebalancing(f'queue:"{queue.key}"' if queue is not None else "")
    if options.apply and found.moves:
        from deskterm.domain.commands import Rebalance

        moves = tuple((one.ticket, one.queue, one.giver, one.taker, one.reason) for one in found.moves)
        return session.told(session.writer.dispatch(Rebalance(moves)))
    if out.json:
        keys = {queue.id: queue.key for queue in store.people().queues.values()}
        out.emit(_shape(found, keys))
        return 0
    if not found.moves:
        out.line("nothing to rebalance")
    out.table(
        ("AGENT", "TICKETS", "OF", "LOAD"),
        (
            (
                one.agent,
                f"{one.held} → {one.held_after}",
                str(one.capacity),
                f"{one.load} → {one.load_after}",
            )
            for one in found.shares()
        ),
    )
    out.table(
        ("TICKET", "PRIORITY", "FROM", "TO", "WHY", "SUBJECT"), (_cells(found, one) for one in found.moves)
    )
    if found.closed:
        out.say(f"closed now, so nothing is moved in: {', '.join(found.closed)}")
    if found.more:
        out.say("there would be more: run it again after applying this")
    return 0


def _cells(found: Rebalancing, one: Handover) -> tuple[str, ...]:
    why = "not answered yet" if one.untouched else "answered before"
    skills = f", knows {', '.join(one.skills)}" if one.skills else ""
    number = f"#{one.ticket}"
    return number, one.priority, found.login(one.giver), found.login(one.taker), why + skills, one.subject


def _shape(found: Rebalancing, queues: dict[int, str]) -> dict[str, Any]:
    """Return a proposal as JSON can hold it."""
    return {
        "moves": [
            {
                "number": one.ticket,
                "subject": one.subject,
                "queue": queues.get(one.queue),
                "priority": one.priority.value,
                "from": found.login(one.giver),
                "to": found.login(one.taker),
                "untouched": one.untouched,
                "skills": list(one.skills),
                "reason": one.reason,
            }
            for one in found.moves
        ],
        "agents": [
            {
                "agent": one.agent,
                "capacity": one.capacity,
                "tickets": one.held,
                "tickets_after": one.held_after,
                "load": one.load,
                "load_after": one.load_after,
            }
            for one in found.shares()
        ],
        "closed_queues": list(found.closed),
        "more": found.more,
    }
