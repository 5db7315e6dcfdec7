"""`organization`: companies and departments, what is known of them, their people and tickets."""

from __future__ import annotations

from typing import Any

from deskterm.channels.shapes import list_shape, queue_keys, stamp
from deskterm.cli.contact_verb import ALL, line_shape
from deskterm.cli.session import Session
from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound, UsageError
from deskterm.domain.organizations import OrganizationLine, OrganizationView


def organization(session: Session) -> int:
    """Answer `organization list`, `show` and `set`."""
    options, words = session.options, " ".join(session.options.words)
    changes = (options.name, options.notes, options.vip, options.domains)
    if options.action != "set" and any(each is not None for each in changes):
        raise UsageError(
            f"organization {options.action} changes none of that", hint="deskterm organization set NAME …"
        )
    if options.action == "list":
        return _listed(session, words)
    if not words.strip():
        raise UsageError("which one is missing", field="organization", hint="a name or an id")
    number = _which(session, words.strip())
    if options.action == "show":
        return _shown(session, session.store.organization(number))
    if all(each is None for each in changes):
        raise UsageError("what to change is missing", hint="--name --domains --notes --vip --no-vip")
    notes = session.piped() if options.notes == "-" else options.notes
    domains = None if options.domains is None else (options.domains,)
    command = c.SaveOrganization(number, options.name, options.vip, notes, domains)
    return session.told(session.writer.dispatch(command))


def _which(session: Session, text: str) -> int:
    """Return the organization that was named. Raises NotFound, UsageError when several are called so."""
    store = session.store
    found = store.organizations_called(text)
    if not found and text.isascii() and text.isdigit() and len(text) <= 15:
        return store.organization(int(text)).line.id
    if not found:
        hint = "deskterm organization list WORDS"
        raise NotFound(f"there is no organization {text!r}", field="organization", hint=hint)
    if len(found) > 1:
        ids = ", ".join(str(each) for each in found[:12])
        raise UsageError(
            f"{len(found)} organizations are called {text!r}", field="organization", hint=f"ids: {ids}"
        )
    return found[0]


def _listed(session: Session, text: str) -> int:
    out = session.out
    lines = session.store.organizations(text, session.options.limit or ALL)
    if out.json:
        out.stream(_line_shape(line) for line in lines)
        return 0
    rows = (
        (
            str(line.id),
            line.name + (" ★" if line.vip else ""),
            str(line.people),
            f"{line.active} of {line.tickets}",
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
    out, store, line = session.out, session.store, view.line
    if out.json:
        keys, now = queue_keys(store.people().queues), store.now()
        out.emit(
            {
                **_line_shape(line),
                "domains": list(view.domains),
                "notes": view.notes,
                "sla_policies": [{"name": name, "when": when} for name, when in view.policies],
                "people": [line_shape(each) for each in view.people],
                "people_total": line.people,
                "tickets": [list_shape(row, now, keys) for row in view.tickets],
                "tickets_total": line.tickets,
                "history": [
                    {"at": stamp(each.at), "who": each.who, "what": each.what} for each in view.history
                ],
            }
        )
        return 0
    out.line(f"{line.name}{' ★ VIP' if line.vip else ''}", "bold")
    policies = "; ".join(f"{name} ({when})" for name, when in view.policies)
    for name, value in (
        ("mail domains", ", ".join(view.domains)),
        ("SLA policy", policies or "none asks for it"),
        ("people", str(line.people)),
        ("tickets", f"{line.tickets}, {line.active} of them active"),
    ):
        if value:
            out.line(f"{name:<13} {value}")
    if view.notes:
        out.line()
        out.text(view.notes)
    if view.people:
        out.line()
        out.table(
            ("NAME", "ADDRESS", "OPEN"),
            ((p.name, p.address, f"{p.active} of {p.tickets}") for p in view.people),
        )
    if view.tickets:
        out.line()
        out.table(
            ("NUMBER", "PRIORITY", "STATE", "SUBJECT"),
            ((f"#{row.number}", row.priority, row.state, row.subject) for row in view.tickets),
        )
    return 0
