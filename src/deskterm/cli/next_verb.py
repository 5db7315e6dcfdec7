"""`next`: the ticket an agent does best to work on now, and why; or the reason for leaving the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskterm.cli.session import Session


def work_next(session: Session) -> int:
    """Hand out the next best ticket; one that was handed out before stays until it was dealt with."""
    given, out, store = session.options, session.out, session.writer
    handed = store.work_next(given.skip)
    row = handed.row
    if out.json:
        from deskterm.channels.shapes import list_shape, queue_keys, stamp

        found = list_shape(row, store.now(), queue_keys(store.people().queues))
        out.emit({**found, "reason": handed.reason, "held_until": stamp(handed.until), "again": handed.again})
        return 0
    if out.quiet:
        out.line(str(row.number))
        return 0
    out.line(f"#{row.number}  {row.subject}", "bold")
    out.line(handed.reason)
    until = f"{handed.until.astimezone(store.zone):%H:%M}"
    if handed.again:
        out.line(f"still yours until {until}: take it, answer it, or next --skip REASON")
    else:
        out.line(f"nobody else is handed it until {until}")
    return 0
