"""`contact`: who asks for help, what is known of them, their addresses, and two that are one."""

from __future__ import annotations

from typing import Any

from deskterm.cli import party
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.contacts import ContactLine, ContactView
from deskterm.domain.errors import UsageError

CHANGES = ("name", "org", "zone", "notes", "vip")


def contact(session: Session) -> int:
    """Answer `contact list`, `show`, `set`, `merge`, `add-address` and `remove-address`."""
    options, words = session.options, list(session.options.words)
    party.check_changes(session, "contact", CHANGES, "WHO")
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
    party.something_to_change(session, CHANGES)
    notes = party.notes_of(session)
    command = c.SaveContact(number, options.name, options.org, options.zone, options.vip, notes)
    return session.told(session.writer.dispatch(command))


def _who(session: Session, text: str) -> int:
    """Return the contact that was named. Raises NotFound, UsageError when several are called so."""
    store, wanted = session.store, text.strip()
    if party.is_id(wanted):
        return store.contact(int(wanted)).line.id
    return party.only_one(store.contacts_called(wanted), "contact", text)


def _listed(session: Session, text: str) -> int:
    out = session.out
    lines = session.store.contacts(text, session.options.limit or party.ALL)
    if out.json:
        out.stream(line_shape(line) for line in lines)
        return 0
    rows = (
        (
            str(line.id),
            party.starred(line),
            line.address + (f" +{line.addresses - 1}" if line.addresses > 1 else ""),
            line.organization,
            party.open_of_all(line),
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
    out, line = session.out, view.line
    if out.json:
        known = {"addresses": list(view.addresses), "zone": view.zone or None, "notes": view.notes}
        out.emit({**line_shape(line), **known, **party.work_shape(session, view)})
        return 0
    facts = (
        ("addresses", ", ".join(view.addresses)),
        ("organization", line.organization),
        ("time zone", view.zone),
    )
    party.show_known(session, view, facts)
    party.show_tickets(session, view)
    if view.history:
        out.line()
    for each in view.history:
        when = f"{each.at.astimezone(session.store.zone):%Y-%m-%d %H:%M}"
        out.line(f"{when}  {each.who}: {each.what}", "dim")
    return 0
