"""The verbs of mail: the pipe of a mail server, old mail, the quarantine, and dead addresses."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from deskterm.channels.shapes import stamp
from deskterm.cli.output import Cell
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.delivery import Became, Mailbox, Received
from deskterm.domain.errors import DeskError, InputFileError, NotAllowed, NotFound, UsageError

if TYPE_CHECKING:
    from deskterm.domain.quarantine import Quarantined

TRY_AGAIN = 75
"""What a mail server understands as: keep it and offer it again (EX_TEMPFAIL)."""

PIPE_LIMIT = 100 * 1024 * 1024
"""Bytes of a mail that are kept at all, be it in quarantine."""

SHOWN_LIMIT = 100_000
"""Characters of a mail in quarantine that are shown."""


def mail_in(session: Session) -> int:
    """Take in the mail on stdin. Whatever goes wrong, the mail server keeps it and tries again."""
    try:
        received = _piped(session)
    except InputFileError as error:
        return session.out.fail(error)
    except DeskError as error:
        session.out.fail(error)
        return TRY_AGAIN
    except Exception as error:
        from deskterm.cli.crash import record

        session.out.fail(record(error))
        return TRY_AGAIN
    if session.out.json:
        session.out.emit(_shape(received))
    else:
        session.out.say(_words(received))
    return 0


def _piped(session: Session) -> Received:
    raw = sys.stdin.buffer.read(PIPE_LIMIT + 1)
    if len(raw) > PIPE_LIMIT:
        raise InputFileError(f"the mail has more than {PIPE_LIMIT // (1024 * 1024)} MB", field="mail")
    if not raw.strip():
        raise InputFileError("there is no mail on stdin", field="mail")
    mailbox = _mailbox(session)
    from deskterm.channels.mail.intake import take

    return take(session.desk, raw, mailbox)


def _mailbox(session: Session) -> Mailbox:
    """Return the mailbox that was named, or one that is only a queue. Raises UsageError."""
    name, queue = str(session.options.mailbox), str(session.options.queue)
    known = [one.mailbox for one in session.config.mailboxes()]
    if not name:
        every = known[0].addresses if known else ()
        return Mailbox("", queue or None, every)
    for one in known:
        if one.name == name:
            return replace(one, queue=queue or one.queue)
    names = ", ".join(one.name for one in known)
    raise UsageError(
        f"there is no mailbox {name!r}",
        field="mailbox",
        hint=f"mailboxes: {names}" if names else "none is in the configuration file: [[mail.mailboxes]]",
    )


def _shape(received: Received) -> dict[str, object]:
    return {
        "became": received.became.value,
        "number": received.ticket,
        "message": received.message,
        "why": received.thread.why or None,
        "automatic": received.automatic or None,
        "quarantined": received.quarantined,
        "reason": received.reason or None,
    }


def _words(received: Received) -> str:
    if received.became is Became.QUARANTINED:
        return f"in quarantine as {received.quarantined}: {received.reason}"
    words = {
        Became.CREATED: "opened",
        Became.JOINED: "joined",
        Became.BESIDE: "answers a side conversation of",
        Became.FOLLOWED_UP: "opened, a follow-up:",
        Became.BOUNCED: "came back, noted on",
        Became.KNOWN: "known already, on",
    }
    return f"{words[received.became]} #{received.ticket}"


def import_mail(session: Session) -> int:
    """Bring old mail in from files."""
    from deskterm.channels.mail import importing
    from deskterm.domain.people import Role

    options, out = session.options, session.out
    path = Path(options.file).expanduser()
    mailbox = _mailbox(session)
    store = None
    if not options.dry_run:
        store = session.writer
        if not store.actor.may(Role.ADMIN):
            raise NotAllowed(f"{store.actor.name} may not import: that needs an admin", hint="ask an admin")
        if mailbox.queue is not None:
            session.queue(mailbox.queue)
    with out.progress("importing") as progress:
        report = importing.run(store, path, mailbox, still_open=options.open, on_progress=progress)
    if out.json:
        out.emit(report.as_dict())
    else:
        for line in report.text():
            out.line(line)
    return 0


def quarantine(session: Session) -> int:
    """List, show, retry or discard what could not be handled."""
    return {"list": _list, "show": _show, "retry": _retry, "discard": _discard}[session.options.action](
        session
    )


def _numbers(session: Session) -> tuple[int, ...]:
    typed = str(session.options.mails)
    if not typed:
        raise UsageError("which mail?", field="mail", hint="a number of deskterm quarantine list, or 3,4")
    if "@" in typed:
        return _from(session, typed)
    found = []
    for part in typed.split(","):
        if not (part.strip().isascii() and part.strip().isdigit() and len(part.strip()) < 16):
            raise UsageError(f"{part!r} is no mail in quarantine", field="mail", hint="such as 3 or 3,4")
        found.append(int(part))
    return tuple(dict.fromkeys(found))


def _from(session: Session, sender: str) -> tuple[int, ...]:
    """Return all the mails of a sender, the oldest first. Raises NotFound."""
    waiting = session.store.quarantine()
    found = [one.number for one in waiting if one.sender.casefold() == sender.strip().casefold()]
    if not found:
        raise NotFound(f"nothing of {sender} is in quarantine", field="mail")
    return tuple(reversed(found))


def _list(session: Session) -> int:
    out, found = session.out, session.store.quarantine()
    if out.json:
        out.stream(_line_shape(one) for one in found)
        return 0
    if not found:
        out.say("nothing is in quarantine: every mail could be handled")
        return 0
    rows = [
        (
            Cell(str(one.number)),
            Cell(stamp(one.at) or ""),
            Cell(one.mailbox or "-"),
            Cell(one.sender or "nobody"),
            Cell(one.subject or "-"),
            Cell(one.reason, "amber"),
        )
        for one in found
    ]
    out.table(("n", "at", "mailbox", "from", "subject", "reason"), rows, right="n")
    return 0


def _line_shape(one: Quarantined) -> dict[str, object]:
    return {
        "number": one.number,
        "at": stamp(one.at),
        "mailbox": one.mailbox or None,
        "from": one.sender or None,
        "subject": one.subject or None,
        "size": one.size,
        "reason": one.reason,
        "state": one.state,
    }


def _show(session: Session) -> int:
    [number, *more] = _numbers(session)
    if more:
        raise UsageError("one mail at a time here", field="mail")
    held, raw = session.store.quarantined(number)
    out = session.out
    if session.options.raw:
        sys.stdout.buffer.write(raw)
        return 0
    text = raw[: 4 * SHOWN_LIMIT].decode("utf-8", "replace")[:SHOWN_LIMIT]
    if out.json:
        out.emit({**_line_shape(held), "text": text})
        return 0
    out.line(f"{held.number}: {held.reason}", "amber")
    out.line(f"{held.size:,} bytes, from {held.sender or 'nobody'}, to the mailbox {held.mailbox or '-'}")
    out.line()
    out.text(text)
    return 0


def _retry(session: Session) -> int:
    store, out = session.writer, session.out
    told = []
    for number in _numbers(session):
        received = store.retry_mail(number)
        told.append({"mail": number, **_shape(received)})
        if not out.json:
            out.line(f"{number}: {_words(received)}")
    if out.json:
        out.emit(told)
    return 1 if any(one["became"] == Became.QUARANTINED.value for one in told) else 0


def _discard(session: Session) -> int:
    return session.told(session.writer.dispatch(c.DiscardMail(_numbers(session))))


def mail(session: Session) -> int:
    """List the addresses that mail came back from, or let one be mailed again."""
    out, address = session.out, str(session.options.address)
    if session.options.action == "allow":
        if not address:
            raise UsageError("which address?", field="address", hint="deskterm mail dead lists them")
        return session.told(session.writer.dispatch(c.AllowAddress(address)))
    found = [line for line in session.store.dead_addresses() if address in ("", line[0])]
    if address and not found:
        raise NotFound(f"no mail came back from {address!r}", field="address")
    if out.json:
        out.stream({"address": one, "reason": why, "number": number} for one, why, number in found)
    elif not found:
        out.say("no address is dead")
    else:
        rows = [(Cell(one), Cell(f"#{number}" if number else "-"), Cell(why)) for one, why, number in found]
        out.table(("address", "ticket", "reason"), rows)
    return 0
