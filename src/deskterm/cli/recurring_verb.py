"""`remind` and `recurring`: what rings at a time, what is opened again and again, and how both end."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import datetime

from deskterm.cli.session import Session
from deskterm.cli.ticket_verbs import create
from deskterm.domain import commands as c
from deskterm.domain.errors import DeskError, UsageError
from deskterm.domain.recurrence import is_recurrence, parse_recurrence, zone_name

When = datetime | str
"""A time, or the words of what comes again."""


def remind(session: Session) -> int:
    """Ring at a time, about a ticket or free."""
    options, store = session.options, session.writer
    if options.list:
        return _reminders(session)
    if options.dismiss is not None:
        return session.told(store.dispatch(c.DismissReminder(options.dismiss)))
    if options.end is not None:
        return session.told(store.dispatch(c.DismissReminder(options.end, end=True)))
    if options.change is not None:
        return _change(session, options.change)
    if not options.words:
        raise UsageError("the time is missing", field="at", hint='such as remind 1042 "fri 9am" call Ana')
    number, when, text = _read_reminder(session, options.words)
    agent = session.agent(options.who).id if options.who else None
    if isinstance(when, str):
        zone = zone_name(store.zone)
        return session.told(store.dispatch(c.Remind(None, text, number, agent, every=when, zone=zone)))
    return session.told(store.dispatch(c.Remind(when, text, number, agent)))


def _change(session: Session, number: int) -> int:
    """Change a reminder: when and what as words, or either of them alone."""
    options, store = session.options, session.writer
    if not options.words and options.note is None and not options.who:
        raise UsageError("what to change is missing", field="at", hint='remind --change 7 "fri 9am" call Ana')
    when, text = _leading_time(session, options.words) if options.words else (None, "")
    said = options.note if options.note is not None else text or None
    agent = session.agent(options.who).id if options.who else None
    if isinstance(when, str):
        command = c.ChangeReminder(number, None, said, agent, when, zone_name(store.zone))
    else:
        command = c.ChangeReminder(number, when, said, agent)
    return session.told(store.dispatch(command))


def _read_reminder(session: Session, words: list[str]) -> tuple[int | None, When, str]:
    """Tell [N], WHEN and TEXT apart: WHEN is as much of the words as makes a time."""
    digits = words[0].removeprefix("#")
    if len(words) > 1 and digits.isascii() and digits.isdigit():
        try:
            at, text = _leading_time(session, words[1:])
        except UsageError as error:
            try:
                # "30 minutes" begins with a number that is no ticket.
                return None, *_leading_time(session, words)
            except UsageError:
                raise error from None
        return session.number(words[0]), at, text
    return None, *_leading_time(session, words)


def _leading_time(session: Session, words: list[str]) -> tuple[When, str]:
    wrong: DeskError | None = None
    for count in range(min(len(words), 12), 1, -1):
        try:
            return _when(session, " ".join(words[:count])), " ".join(words[count:])
        except DeskError as error:
            wrong = error
    if wrong is not None and is_recurrence(words[0]) and words[0].casefold() in ("every", "each"):
        raise wrong
    return _when(session, words[0]), " ".join(words[1:])


def _when(session: Session, text: str) -> When:
    """Return a time, or the words of what comes again, checked. Raises UsageError."""
    if not is_recurrence(text):
        return session.when(text)
    return str(parse_recurrence(text, session.store.now(), session.store.zone))


def _reminders(session: Session) -> int:
    from deskterm.channels.shapes import stamp

    store, out = session.store, session.out
    lines = store.reminders()
    if out.json:
        out.stream(
            {
                "id": one.id,
                "at": stamp(one.at),
                "text": one.text,
                "ticket": one.ticket,
                "state": one.state,
                "recurs": one.recurs,
            }
            for one in lines
        )
        return 0
    rows = (
        (
            str(one.id),
            f"{one.at.astimezone(store.zone):%Y-%m-%d %H:%M}",
            f"#{one.ticket}" if one.ticket else "",
            one.state,
            one.recurs,
            one.text,
        )
        for one in lines
    )
    if not out.table(("ID", "WHEN", "TICKET", "STATE", "AGAIN", "TEXT"), rows, right="ID"):
        out.say("no reminders")
    return 0


def recurring(session: Session) -> int:
    """Answer `recurring add`, `list`, `change` and `end`."""
    options = session.options
    if options.action == "list":
        return _listed(session)
    store = session.writer
    if options.action == "end":
        number = " ".join(options.words)
        if not (number.isascii() and number.isdigit()) or len(number) > 15:
            raise UsageError("which one is missing", field="recurring", hint="deskterm recurring end ID")
        return session.told(store.dispatch(c.EndRecurring(int(number))))
    if options.action == "change":
        return _change_ticket(session)
    _usual(options)
    if not options.words:
        raise UsageError("when is missing", field="every", hint='recurring add "every monday 9am" SUBJECT')
    when, subject = _leading_time(session, options.words)
    if not isinstance(when, str):
        raise UsageError("that comes only once", field="every", hint='such as "every monday 9am"')
    command = c.AddRecurring(create(session, subject.split()), when, zone_name(store.zone))
    return session.told(store.dispatch(command))


_USUAL = {"type": "incident", "channel": "phone", "impact": "low", "urgency": "medium"}
_ASKED = {
    **{"text": "text", "queue": "queue", "owner": "owner", "priority": "priority", "reason": "reason"},
    **{
        "beyond": "beyond",
        "category": "category",
        "component": "component",
        "tag": "tags",
        "field": "fields",
    },
    **{name: name for name in _USUAL},
}
"""Which option says which field of a ticket."""


def _usual(options: Namespace) -> None:
    """Let what was not said be what a new ticket has."""
    for name, value in _USUAL.items():
        if getattr(options, name) is None:
            setattr(options, name, value)


def _change_ticket(session: Session) -> int:
    """Change when a recurring ticket is opened, or what it is opened with; what is not said stays."""
    options, store = session.options, session.writer
    digits = options.words[0] if options.words else ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        raise UsageError("which one is missing", field="recurring", hint="deskterm recurring change ID …")
    held = store.recurring_ticket(int(digits))
    when, subject = _leading_time(session, options.words[1:]) if options.words[1:] else ("", "")
    if not isinstance(when, str):
        raise UsageError("that comes only once", field="every", hint='such as "every monday 9am"')
    said = {field for option, field in _ASKED.items() if getattr(options, option) not in (None, "", [])}
    if options.requester:
        said |= {"requester_address", "requester_name"}
    said |= {"requester_name"} if options.name else set()
    said |= {"organization"} if options.org else set()
    _usual(options)
    given = create(session, [subject or held.subject])
    changes = {name: getattr(given, name) for name in said}
    ticket = replace(held, **{**changes, "subject": given.subject})
    if not said and not when and not subject:
        raise UsageError("what to change is missing", field="every", hint="WHEN, SUBJECT, --text, --queue …")
    zone = zone_name(store.zone) if when else ""
    return session.told(store.dispatch(c.ChangeRecurring(int(digits), ticket, when, zone)))


def _listed(session: Session) -> int:
    from deskterm.channels.shapes import stamp

    store, out = session.store, session.out
    lines = store.recurring()
    if out.json:
        out.stream(
            {
                "id": one.id,
                "subject": one.subject,
                "queue": one.queue,
                "recurs": one.recurs,
                "zone": one.zone,
                "next_at": stamp(one.next_at) if one.next_at is not None else None,
                "opened": one.made,
                "last": one.last_ticket,
            }
            for one in lines
        )
        return 0
    rows = (
        (
            str(one.id),
            f"{one.next_at.astimezone(store.zone):%Y-%m-%d %H:%M}" if one.next_at is not None else "",
            one.recurs,
            one.queue,
            f"#{one.last_ticket}" if one.last_ticket else "",
            one.subject,
        )
        for one in lines
    )
    if not out.table(("ID", "NEXT", "AGAIN", "QUEUE", "LAST", "SUBJECT"), rows, right="ID"):
        out.say("no recurring tickets: deskterm recurring add WHEN SUBJECT")
    return 0
