"""The verbs of triage: duplicates found, merged and taken apart, and messages split off."""

from __future__ import annotations

from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError


def merge(session: Session) -> int:
    """Close a duplicate into another ticket."""
    numbers, into = session.numbers(), session.number(session.options.into)
    return session.told(session.writer.dispatch(c.Merge(numbers, into, session.options.children)))


def unmerge(session: Session) -> int:
    """Take merged tickets apart again."""
    return session.told(session.writer.dispatch(c.Unmerge(session.numbers())))


def split(session: Session) -> int:
    """Make a ticket of some of another one's messages."""
    options, number = session.options, session.number()
    subject = session.words(options.subject, "the subject of the new ticket")
    found = []
    for part in options.messages.split(","):
        if not (part.strip().isascii() and part.strip().isdigit() and len(part.strip()) < 16):
            raise UsageError(f"{part!r} is no message id", field="messages", hint="such as 12,15")
        found.append(int(part))
    queue = session.queue(options.queue).key if options.queue is not None else None
    return session.told(session.writer.dispatch(c.Split(number, tuple(found), subject, queue)))


def duplicates(session: Session) -> int:
    """Show the tickets that may be about the same, and why."""
    number, out, store = session.number(), session.out, session.store
    found = store.duplicates(number, limit=max(1, session.options.limit))
    if out.json:
        from deskterm.channels.shapes import list_shape, queue_keys

        now, keys = store.now(), queue_keys(store.people().queues)
        out.stream(
            {**list_shape(one.row, now, keys), "score": one.score, "reasons": list(one.reasons)}
            for one in found
        )
        return 0
    rows = (
        (
            f"{one.score:.0%}",
            f"#{one.row.number}",
            one.row.state.value,
            one.row.subject,
            " · ".join(one.reasons),
        )
        for one in found
    )
    if not out.table(("LIKELY", "TICKET", "STATE", "SUBJECT", "WHY"), rows, right="LIKELY"):
        out.say(f"nothing on the desk looks like #{number}")
    return 0
