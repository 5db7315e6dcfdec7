"""What the verbs of contacts and organizations share: which one is meant, listing them, and showing one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deskterm.channels.shapes import list_shape, queue_keys, stamp
from deskterm.cli.session import Session
from deskterm.domain.contacts import ContactLine, ContactView
from deskterm.domain.errors import NotFound, UsageError
from deskterm.domain.organizations import OrganizationLine, OrganizationView

ALL = 1_000_000_000


def check_changes(session: Session, noun: str, names: tuple[str, ...], which: str) -> None:
    """Refuse what changes nothing: options without `set`, and `set` without any. Raises UsageError."""
    options = session.options
    changing = any(getattr(options, name) is not None for name in names)
    if options.action != "set" and changing:
        raise UsageError(
            f"{noun} {options.action} changes none of that", hint=f"deskterm {noun} set {which} …"
        )


def something_to_change(session: Session, names: tuple[str, ...]) -> None:
    """Ask for something to set. Raises UsageError."""
    if all(getattr(session.options, name) is None for name in names):
        said = " ".join(f"--{name}" for name in names)
        raise UsageError("what to change is missing", hint=f"{said} --no-vip")


def notes_of(session: Session) -> str | None:
    """Return the notes that were given, from a pipe where they are `-`."""
    notes: str | None = session.options.notes
    return session.piped() if notes == "-" else notes


def is_id(text: str) -> bool:
    """Say whether this may be the id of the list."""
    return text.isascii() and text.isdigit() and len(text) <= 15


def only_one(found: list[int] | tuple[int, ...], noun: str, text: str) -> int:
    """Return the one that is called so. Raises NotFound, UsageError when several are."""
    if not found:
        hint = f"deskterm {noun} list WORDS"
        raise NotFound(f"there is no {noun} {text!r}", field=noun, hint=hint)
    if len(found) > 1:
        ids = ", ".join(str(each) for each in found[:12])
        raise UsageError(f"{len(found)} {noun}s are called {text!r}", field=noun, hint=f"ids: {ids}")
    return found[0]


def starred(line: ContactLine | OrganizationLine) -> str:
    """Return the name as a list shows it."""
    return line.name + (" ★" if line.vip else "")


def open_of_all(line: ContactLine | OrganizationLine) -> str:
    """Say how many of their tickets are active."""
    return f"{line.active} of {line.tickets}"


def work_shape(session: Session, view: ContactView | OrganizationView) -> dict[str, Any]:
    """Return their tickets and what was changed about them as JSON."""
    keys, now = queue_keys(session.store.people().queues), session.store.now()
    return {
        "tickets": [list_shape(row, now, keys) for row in view.tickets],
        "tickets_total": view.line.tickets,
        "history": [{"at": stamp(each.at), "who": each.who, "what": each.what} for each in view.history],
    }


def show_known(
    session: Session, view: ContactView | OrganizationView, facts: Iterable[tuple[str, str]]
) -> None:
    """Print what is known of them, the notes last."""
    out, line = session.out, view.line
    out.line(f"{line.name}{' ★ VIP' if line.vip else ''}", "bold")
    for name, value in (*facts, ("tickets", f"{line.tickets}, {line.active} of them active")):
        if value:
            out.line(f"{name:<13} {value}")
    if view.notes:
        out.line()
        out.text(view.notes)


def show_tickets(session: Session, view: ContactView | OrganizationView) -> None:
    """Print their newest tickets."""
    if view.tickets:
        session.out.line()
        session.out.table(
            ("NUMBER", "PRIORITY", "STATE", "SUBJECT"),
            ((f"#{row.number}", row.priority, row.state, row.subject) for row in view.tickets),
        )
