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
