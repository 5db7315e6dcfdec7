"""`time`: the time worked on a ticket, and recording, changing and taking away what was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError
from deskterm.domain.time_words import time_words
from deskterm.domain.worktime import read_day, read_worked, summary

if TYPE_CHECKING:
    from deskterm.domain.worktime import Entry


def time(session: Session) -> int:
    """Answer `time N`, `time N add`, `time N edit` and `time N delete`."""
    options = session.options
    number = session.number()
    if options.action == "list":
        return _list(session, number)
    store, words, zone = session.writer, list(options.words), session.store.zone
    at = read_day(options.at, store.now(), zone) if options.at else None
    if options.action == "add":
        seconds = read_worked(_next(words, "how long is missing", "such as time 1042 add 25m called Ana"))
        text = session.words(words, "the text") if words else ""
        return session.told(store.dispatch(c.LogTime((number,), seconds, text, at)))
    entry = _entry(_next(words, "which entry is missing", f"its ID is in: deskterm time {number}"))
    if options.action == "delete":
        if words:
            raise UsageError("one entry at a time here", field="entry")
        return session.told(store.dispatch(c.RemoveTime((number,), entry)))
    changed = read_worked(words.pop(0)) if words else None
    said = session.words(words, "the text") if words else options.text
    if changed is None and said is None and at is None:
        raise UsageError("nothing to change", field="entry", hint="give a time, --text or --at")
    return session.told(store.dispatch(c.ChangeTime((number,), entry, changed, said, at)))


def _next(words: list[str], missing: str, hint: str) -> str:
    if not words:
        raise UsageError(missing, field="entry", hint=hint)
    return words.pop(0)


def _entry(text: str) -> int:
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise UsageError(f"{text!r} is no entry", field="entry", hint="its number is under ID")
    return int(digits)


def _list(session: Session, number: int) -> int:
    from deskterm.channels.shapes import worked_shape

    store, out = session.store, session.out
    view = store.ticket(number, messages=1)
    if out.json:
        out.emit({"number": number, **worked_shape(view)})
        return 0
    rows = (
        (
            str(one.worked.id),
            f"{one.worked.at.astimezone(store.zone):%Y-%m-%d %H:%M}",
            time_words(one.worked.seconds),
            one.agent,
            _more(one, number),
        )
        for one in view.worked
    )
    if out.table(("ID", "WHEN", "TIME", "WHO", "WHAT"), rows, right="ID"):
        out.say(f"worked {summary(view.worked)}")
    else:
        out.say(f"no time is recorded: deskterm time {number} add 25m TEXT")
    return 0


def _more(one: Entry, number: int) -> str:
    """Say what it was, how it came to be, and on which merged ticket."""
    told = [one.worked.text, "timer" * one.worked.timed]
    told.append(f"changed by {one.changed_by}" if one.changed_by else "")
    told.append(f"#{one.ticket}" if one.ticket != number else "")
    return " · ".join(filter(None, told))
