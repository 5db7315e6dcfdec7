"""`contact`: who asks for help, what is known of them, their addresses, and two that are one."""

from __future__ import annotations

from typing import Any

from deskterm.channels.shapes import list_shape, queue_keys, stamp
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.contacts import ContactLine, ContactView
from deskterm.domain.errors import NotFound, UsageError

ALL = 1_000_000_000


def contact(session: Session) -> int:
    """Answer `contact list`, `show`, `set`, `merge`, `add-address` and `remove-address`."""
    options, words = session.options, list(session.options.words)
    changes = (options.name, options.org, options.zone, options.notes, options.vip)
    if options.action != "set" and any(each is not None for each in changes):
        raise UsageError(f"contact {options.action} changes none of that", hint="deskterm contact set WHO …")
    if options.action == "list":
        return _listed(session, " ".join(words))
    if options.action in ("merge", "add-address", "remove-address"):
        if len(words) != 2:
            what = "WHO INTO" if options.action == "merge" else "WHO ADDRESS"
            raise UsageError(
                "two of them are needed", field="contact", hint=f"contact {options.action} {what}"
            )
        number = _who(session, words[0])
        if options.action == "merge":
            command: c.Command = c.MergeContacts(number, _who(session, words[1]))
        elif options.action == "add-address":
            command = c.AddContactAddress(number, words[1])
        else:
            command = c.RemoveContactAddress(number, words[1])
        return session.told(session.writer.dispatch(command))
    if not words:
        raise UsageError("who is missing", field="contact", hint="an address, a name or an id")
    number = _who(session, " ".join(words))
    if options.action == "show":
        return _shown(session, session.store.contact(number))
    if all(each is None for each in changes):
        raise UsageError("what to change is missing", hint="--name --org --zone --notes --vip --no-vip")
    notes = session.piped() if options.notes == "-" else options.notes
    command = c.SaveContact(number, options.name, options.org, options.zone, options.vip, notes)
    return session.told(session.writer.dispatch(command))


def _who(session: Session, text: str) -> int:
    """Return the contact that was named. Raises NotFound, UsageError when several are called so."""
    store, wanted = session.store, text.strip()
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 15:
        return store.contact(int(wanted)).line.id
    found = store.contacts_called(wanted)
    if not found:
        raise NotFound(f"there is no contact {text!r}", field="contact", hint="deskterm contact list WORDS")
    if len(found) > 1:
        ids = ", ".join(str(each) for each in found[:12])
        raise UsageError(f"{len(found)} contacts are called {text!r}", field="contact", hint=f"ids: {ids}")
    return found[0]


def _listed(session: Session, text: str) -> int:
    out = session.out
    lines = session.store.contacts(text, session.options.limit or ALL)
    if out.json:
        out.stream(line_shape(line) for line in lines)
        return 0
    rows = (
        (
            str(line.id),
            line.name + (" ★" if line.vip else ""),
            line.address + (f" +{line.addresses - 1}" if line.addresses > 1 else ""),
            line.organization,
            f"{line.active} of {line.tickets}",
        )
        for line in lines
    )
    if not out.table(("ID", "NAME", "ADDRESS", "ORGANIZATION", "OPEN"), rows, right="ID"):
        out.say("no contacts")
    return 0


def line_shape(line: ContactLine) -> dict[str, Any]:
    """Return a contact in a list as JSON."""
    return {
        "id": line.id,
        "name": line.name,
        "address": line.address,
        "organization": line.organization or None,
        "vip": line.vip,
        "addresses": line.addresses,
        "tickets": line.tickets,
        "active": line.active,
    }


def _shown(session: Session, view: ContactView) -> int:
    out, store, line = session.out, session.store, view.line
    if out.json:
        keys, now = queue_keys(store.people().queues), store.now()
        out.emit(
            {
                **line_shape(line),
                "addresses": list(view.addresses),
                "zone": view.zone or None,
                "notes": view.notes,
                "tickets": [list_shape(row, now, keys) for row in view.tickets],
                "tickets_total": line.tickets,
                "history": [
                    {"at": stamp(each.at), "who": each.who, "what": each.what} for each in view.history
                ],
            }
        )
        return 0
    out.line(f"{line.name}{' ★ VIP' if line.vip else ''}", "bold")
    for name, value in (
        ("addresses", ", ".join(view.addresses)),
        ("organization", line.organization),
        ("time zone", view.zone),
        ("tickets", f"{line.tickets}, {line.active} of them active"),
    ):
        if value:
            out.line(f"{name:<13} {value}")
    if view.notes:
        out.line()
        out.text(view.notes)
    if view.tickets:
        out.line()
        out.table(
            ("NUMBER", "PRIORITY", "STATE", "SUBJECT"),
            ((f"#{row.number}", row.priority, row.state, row.subject) for row in view.tickets),
        )
    if view.history:
        out.line()
    for each in view.history:
        out.line(f"{each.at.astimezone(store.zone):%Y-%m-%d %H:%M}  {each.who}: {each.what}", "dim")
    return 0
