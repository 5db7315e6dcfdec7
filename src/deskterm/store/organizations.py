"""Commands on organizations: what is known of one is a single value in the journal, which undo puts back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskterm.domain import commands as c
from deskterm.domain.errors import NotFound, Refused
from deskterm.domain.events import Change
from deskterm.domain.organizations import edited
from deskterm.storage import organizations, tickets

if TYPE_CHECKING:
    from deskterm.store.dispatch import Walk

RESETTLED = 200
"""Active tickets whose SLA policy is looked at again when their organization changes."""


def carry_out(walk: Walk, command: c.SaveOrganization) -> str:
    """Change what is known of an organization and say what was. Raises Refused, NotFound."""
    connection, number = walk.connection, command.organization
    card = organizations.card(connection, number)
    if card is None or not organizations.known(connection, tuple(walk.hidden), number):
        raise NotFound("there is no such organization", field="organization")
    after = edited(card, name=command.name, vip=command.vip, notes=command.notes, domains=command.domains)
    changed = [
        name for name in ("name", "vip", "notes", "domains") if getattr(card, name) != getattr(after, name)
    ]
    if not changed:
        raise Refused("that is so already")
    change = Change(f"{organizations.FIELD}{number}", organizations.packed(card), organizations.packed(after))
    put(walk, change)
    walk.append(None, "organization", (change,))
    if changed != ["notes"]:
        theirs = organizations.people_of(connection, number)
        for ticket in tickets.active_of(connection, theirs, RESETTLED, tuple(walk.hidden)):
            walk.settle(walk.load(ticket))
    return f"Changed {after.name}: {', '.join('VIP' if name == 'vip' else name for name in changed)}"


def held(walk: Walk, number: int) -> str | None:
    """Return what is kept of an organization now, as the journal holds it."""
    return organizations.value(walk.connection, number)


def put(walk: Walk, change: Change) -> None:
    """Make an organization be what a change says."""
    organizations.put(walk.connection, int(change.field.removeprefix(organizations.FIELD)), change.after)
