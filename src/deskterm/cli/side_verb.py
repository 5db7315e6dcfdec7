"""`side`: mail beside a ticket with somebody who is not its requester, listed, begun, answered and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deskterm.channels.shapes import message_shape, side_shape
from deskterm.cli.session import Session
from deskterm.cli.ticket_verbs import attached
from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound, UsageError
from deskterm.domain.outgoing import fate_words
from deskterm.domain.sides import read_people, write_people
from deskterm.domain.time_spans import ago

if TYPE_CHECKING:
    from deskterm.domain.sides import Side
    from deskterm.domain.views import TicketView


def side(session: Session) -> int:
    """Answer `side N list`, `new`, `show`, `reply`, `close` and `reopen`."""
    options, number = session.options, session.number()
    action, words = options.action, list(options.words)
    if options.subject and action != "new":
        raise UsageError(f"side {action} takes no --subject", field="subject")
    if (options.to or options.attach) and action not in ("new", "reply"):
        raise UsageError(f"side {action} writes nothing", hint="side N new …, or side N reply ID …")
    if action == "new":
        if not options.to:
            raise UsageError("who it is with is missing", field="to", hint="--to help@acme.example")
        text = session.words(words, "the text")
        to, files = read_people(", ".join(options.to)), attached(session)
        return session.told(
            session.writer.dispatch(c.StartSide((number,), to, options.subject, text, files=files))
        )
    view = session.store.ticket(number, messages=0)
    if action == "list":
        return _listed(session, view)
    found = _which(view, words.pop(0) if words else "")
    if action == "show":
        return _shown(session, view, found)
    if action == "reply":
        text, also = session.words(words, "the text"), read_people(", ".join(options.to))
        reply = c.ReplySide((number,), found.id, text, also, files=attached(session))
        return session.told(session.writer.dispatch(reply))
    return session.told(session.writer.dispatch(c.EndSide((number,), found.id, action == "reopen")))


def _which(view: TicketView, text: str) -> Side:
    """Return the side conversation that was named. Raises NotFound, UsageError."""
    number = view.ticket.number
    known = ", ".join(str(one.id) for one in view.sides)
    if not text:
        raise UsageError("which side conversation is missing", field="side", hint=f"ids: {known or 'none'}")
    found = next((one for one in view.sides if str(one.id) == text.strip()), None)
    if found is None:
        hint = f"ids: {known}" if known else f"deskterm side {number} new --to … --subject … TEXT"
        raise NotFound(f"#{number} has no side conversation {text!r}", field="side", hint=hint)
    return found


def _listed(session: Session, view: TicketView) -> int:
    out, now = session.out, session.store.now()
    if out.json:
        out.emit([side_shape(one, view.names) for one in view.sides])
        return 0
    rows = (
        (
            str(one.id),
            "awaits you" if one.awaits else "open" if one.open else "ended",
            write_people(one.people),
            one.subject,
            str(len(one.messages)),
            ago((now - (one.last_at or one.begun_at)).total_seconds()),
        )
        for one in view.sides
    )
    if not out.table(("ID", "STATE", "WITH", "SUBJECT", "MESSAGES", "LAST"), rows, right="ID MESSAGES LAST"):
        out.say(f"no side conversations beside #{view.ticket.number}")
    return 0


def _shown(session: Session, view: TicketView, found: Side) -> int:
    out, store = session.out, session.store
    said = [message for message in view.messages if message.side == found.id]
    if out.json:
        shape: dict[str, Any] = side_shape(found, view.names)
        out.emit({**shape, "messages": [message_shape(message, view.ticket.number) for message in said]})
        return 0
    out.line(f"{found.subject} · side conversation {found.id} of #{found.ticket}", "bold")
    state = "open" if found.open else "ended"
    out.line(f"{'with':<12}{write_people(found.people)}")
    out.line(f"{'state':<12}{state}{', awaits an answer of the desk' if found.awaits else ''}")
    for message in said:
        out.line()
        at = f"{message.at.astimezone(store.zone):%Y-%m-%d %H:%M}"
        at += f" · {fate_words(message.fate, store.now())}" if message.fate is not None else ""
        where = f" · {message.address}" if message.address and message.address != message.author else ""
        out.line(f"{message.author}{where} · {at}", "bold")
        out.text(message.text, "  ")
        for file in message.attachments:
            out.line(f"  attached: {file.name} ({file.media_type}, {file.size:,} bytes)", "dim")
    return 0
