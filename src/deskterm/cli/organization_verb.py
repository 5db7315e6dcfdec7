"""`organization`: companies and departments, what is known of them, their people and tickets."""

from __future__ import annotations

from typing import Any

from deskterm.cli import party
from deskterm.cli.contact_verb import line_shape
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import UsageError
from deskterm.domain.organizations import OrganizationLine, OrganizationView

CHANGES = ("name", "domains", "notes", "vip")


def organization(session: Session) -> int:
    """Answer `organization list`, `show` and `set`."""
    options, words = session.options, " ".join(session.options.words)
    party.check_changes(session, "organization", CHANGES, "NAME")
    if options.action == "list":
        return _listed(session, words)
    if not words.strip():
        raise UsageError("which one is missing", field="organization", hint="a name or an id")
    number = _which(session, words.strip())
    if options.action == "show":
        return _shown(session, session.store.organization(number))
    party.something_to_change(session, CHANGES)
    domains = None if options.domains is None else (options.domains,)
    notes = party.notes_of(session)
    command = c.SaveOrganization(number, options.name, options.vip, notes, domains)
    return session.told(session.writer.dispatch(command))


def _which(session: Session, text: str) -> int:
    """Return the organization that was named. Raises NotFound, UsageError when several are called so."""
    store = session.store
    found = store.organizations_called(text)
    if not found and party.is_id(text):
        return store.organization(int(text)).line.id
    return party.only_one(found, "organization", text)


def _listed(session: Session, text: str) -> int:
    out = session.out
    lines = session.store.organizations(text, session.options.limit or party.ALL)
    if out.json:
        out.stream(_line_shape(line) for line in lines)
        return 0
    rows = (
        (
            str(line.id),
            party.starred(line),
            str(line.people),
            party.open_of_all(line),
        )
        for line in lines
    )
    if not out.table(("ID", "NAME", "PEOPLE", "OPEN"), rows, right="ID"):
        out.say("no organizations")
    return 0


def _line_shape(line: OrganizationLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "vip": line.vip,
        "people": line.people,
        "tickets": line.tickets,
        "active": line.active,
    }


def _shown(session: Session, view: OrganizationView) -> int:
    out, line = session.out, view.line
    if out.json:
        known = {
            "domains": list(view.domains),
            "notes": view.notes,
            "sla_policies": [{"name": name, "when": when} for name, when in view.policies],
            "people": [line_shape(each) for each in view.people],
            "people_total": line.people,
        }
        out.emit({**_line_shape(line), **known, **party.work_shape(session, view)})
        return 0
    policies = "; ".join(f"{name} ({when})" for name, when in view.policies)
    facts = (
        ("mail domains", ", ".join(view.domains)),
        ("SLA policy", policies or "none asks for it"),
        ("people", str(line.people)),
    )
    party.show_known(session, view, facts)
    if view.people:
        out.line()
        out.table(
            ("NAME", "ADDRESS", "OPEN"),
            ((each.name, each.address, party.open_of_all(each)) for each in view.people),
        )
    party.show_tickets(session, view)
    return 0
