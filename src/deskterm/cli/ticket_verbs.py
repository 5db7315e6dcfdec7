"""The verbs that work tickets: each turns what was typed into one command and dispatches it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deskterm.cli.fields import chosen, expected
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError
from deskterm.domain.kinds import LINK_KINDS, Level, Priority, State
from deskterm.domain.query_parser import nearest

if TYPE_CHECKING:
    from deskterm.domain.ticket import NewFile

THEN = {"wait": State.PENDING, "solve": State.SOLVED, "open": State.OPEN}
_NAMED = re.compile(r"(?P<name>.*?)\s*<(?P<address>[^<>]+)>\s*")


def new(session: Session) -> int:
    """Open a ticket."""
    return session.told(session.writer.dispatch(create(session, session.options.subject)))


def create(session: Session, subject: list[str]) -> c.Create:
    """Return the command that opens a ticket as the options say. Raises UsageError, NotFound."""
    options, store = session.options, session.writer
    me = store.actor.agent
    assert me is not None
    address, name = requester(options.requester)
    return c.Create(
        subject=session.words(subject, "the subject"),
        requester_address=address or me.login,
        requester_name=options.name or name or ("" if address else me.name),
        organization=options.org,
        text=session.piped() if options.text == "-" else options.text,
        queue=session.queue(options.queue).key if options.queue is not None else None,
        type=options.type,
        channel=options.channel,
        impact=Level(options.impact),
        urgency=Level(options.urgency),
        priority=chosen("priority", options.priority, Priority) if options.priority else None,
        reason=options.reason,
        beyond=options.beyond,
        category=options.category,
        component=options.component,
        tags=tuple(tag for given in options.tag for tag in given.split(",") if tag),
        fields=tuple(pair(given) for given in options.field),
        owner=session.owner(options.owner) if options.owner else None,
    )


def requester(given: str) -> tuple[str, str]:
    """Return the address and name of who was named. Raises UsageError for what looks like neither.

    A name of one word may stand for the address: somebody who called has perhaps none.
    """
    who = given.strip()
    named = _NAMED.fullmatch(who)
    address, name = (named["address"].strip(), named["name"].strip('" ')) if named else (who, "")
    local, at, host = address.rpartition("@")
    odd = any(char.isspace() or char in "<>," for char in address)
    if odd or (at and not (local and host)) or (named and not at):
        raise UsageError(
            f"{given!r} is no address",
            field="requester",
            hint="joe@example.com, 'Joe Ek <joe@example.com>', or joe --name 'Joe Ek' without an address",
        )
    return address, name


def pair(given: str) -> tuple[str, str]:
    """Return a form field and its value as typed. Raises UsageError."""
    name, equals, value = given.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"{given!r} is no field", field="field", hint="--field NAME=VALUE")
    return name.strip(), value


def _expecting(session: Session) -> Mapping[str, Any]:
    return expected(session, session.options.expect)


def note(session: Session) -> int:
    """Write an internal note."""
    numbers, text = session.numbers(), session.words(session.options.text, "the note")
    command = c.Note(numbers, text, files=attached(session))
    return session.told(session.writer.dispatch(command))


def attached(session: Session) -> tuple[NewFile, ...]:
    """Return the files named with --attach. Raises InputFileError, Refused."""
    from deskterm.store.files import read_files

    return read_files(session.options.attach) if session.options.attach else ()


def reply(session: Session) -> int:
    """Answer the requester."""
    options = session.options
    numbers, text = session.numbers(), session.words(options.text, "the reply")
    command = c.Reply(numbers, text, THEN[options.then], code=options.code, files=attached(session))
    return session.told(session.writer.dispatch(command))


def assign(session: Session) -> int:
    """Give to an agent, or to nobody."""
    options, numbers, store = session.options, session.numbers(), session.writer
    command = c.Assign(numbers, session.owner(options.owner), options.reason, expected=_expecting(session))
    return session.told(store.dispatch(command))


def take(session: Session) -> int:
    """Take as the acting agent."""
    numbers, store = session.numbers(), session.writer
    return session.told(store.dispatch(c.Assign(numbers, store.actor.id, expected=_expecting(session))))


def solve(session: Session) -> int:
    """Propose a resolution."""
    options, numbers, store = session.options, session.numbers(), session.writer
    text = session.words(options.text, "the resolution note")
    command = c.Solve(numbers, text, options.code, options.message, expected=_expecting(session))
    return session.told(store.dispatch(command))


def close(session: Session) -> int:
    """End it for a reason."""
    numbers, reason = session.numbers(), session.words(session.options.text, "the reason")
    return session.told(session.writer.dispatch(c.Close(numbers, reason, expected=_expecting(session))))


def reopen(session: Session) -> int:
    """Take it up again."""
    numbers, reason = session.numbers(), session.words(session.options.text, "a line of reason")
    return session.told(session.writer.dispatch(c.Reopen(numbers, reason, expected=_expecting(session))))


def tag(session: Session) -> int:
    """Add and remove tags."""
    numbers = session.numbers()
    if not session.options.tags:
        raise UsageError("a tag is missing", field="tag", hint="+vpn adds, -vpn removes")
    return session.told(session.writer.dispatch(tagging(numbers, session.options.tags)))


def tagging(numbers: tuple[int, ...], words: list[str], **rest: Any) -> c.Tag:
    """Return the command of words such as +vpn, -old and new."""
    tags = [tag for word in words for tag in word.split(",") if tag.strip()]
    add = tuple(tag.removeprefix("+") for tag in tags if not tag.startswith("-"))
    remove = tuple(tag.removeprefix("-") for tag in tags if tag.startswith("-"))
    return c.Tag(numbers, add, remove, **rest)


def link(session: Session) -> int:
    """Relate to another ticket."""
    number, words = session.number(), list(session.options.words)
    if not words:
        raise UsageError("the other ticket is missing", field="link", hint="such as link 5 blocked by 7")
    other = session.number(words.pop())
    kind = " ".join(words).casefold().replace("-", " ").replace("_", " ") or "related"
    known = {name.replace("-", " "): name for name in LINK_KINDS}
    if kind not in known:
        close = nearest(kind, known)
        hint = f"did you mean {known[close]}? " * bool(close) if close else ""
        raise UsageError(
            f"{kind!r} is no kind of link", field="link", hint=hint + "one of " + ", ".join(LINK_KINDS)
        )
    command = c.LinkTo((number,), known[kind], other, session.options.remove)
    return session.told(session.writer.dispatch(command))


def snooze(session: Session) -> int:
    """Hide from the acting agent's lists until a time."""
    numbers, when = session.numbers(), " ".join(session.options.when)
    if not when:
        raise UsageError("the time is missing", field="until", hint="such as tomorrow 9am, or none")
    until = None if when in ("none", "off", "now") else session.when(when)
    return session.told(session.writer.dispatch(c.Snooze(numbers, until)))


def undo(session: Session) -> int:
    """Take back the last command of the acting agent, or a named one."""
    return session.told(session.writer.dispatch(c.Undo(session.options.command)))


def redo(session: Session) -> int:
    """Do again what was taken back."""
    return session.told(session.writer.dispatch(c.Redo()))
